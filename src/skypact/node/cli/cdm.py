"""``skypact cdm``: load and list conjunction data messages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skypact.node.cli.options import FormatOption, OutputOption, show, tell
from skypact.node.views.listing import Format

app = typer.Typer(
    help="Load and list conjunction data messages.", no_args_is_help=True, rich_markup_mode=None
)

TABLE_ROWS = 50
SHOWN = 20
"""Rejections and warnings told one by one."""


@app.command()
def load(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="CDMs in KVN, XML, JSON; cdm_public; gzip, zip.")
    ],
) -> None:
    """Load messages: each is kept as received, grouped to its conjunction, its Pc computed anew.

    Example: skypact cdm load message.cdm inbox.zip
    """
    from skypact.node.cli.progress import compilation_told, progress_bar
    from skypact.node.clock import now_tai_ns
    from skypact.node.desk.cdm import load_cdms
    from skypact.node.desk.node_home import open_node

    with open_node() as node, compilation_told(), progress_bar("reading") as progress:
        result = load_cdms(node, files, now_tai_ns=now_tai_ns(), progress=progress)
    for what, lines in (("kept out", result.rejected), ("warning", result.warnings)):
        for line in lines[:SHOWN]:
            tell(f"{what}: {line}")
        if len(lines) > SHOWN:
            tell(f"{what}: {len(lines) - SHOWN:,} more")
    tell(result.words)


@app.command("list")
def list_(
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", min=1, help=f"At most so many rows; default: {TABLE_ROWS} in a table, else all."
        ),
    ] = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """List the messages that the node holds, newest first.

    Example: skypact cdm list --format csv
    """
    from skypact.node.desk.cdm import list_messages
    from skypact.node.desk.node_home import open_node

    rows = TABLE_ROWS if limit is None and form is Format.TABLE else limit
    with open_node() as node:
        show(list_messages(node, limit=rows), form, output)
