"""``skypact init``: make a node."""

from __future__ import annotations

from typing import Annotated

import typer

from skypact.records import DataMode

app = typer.Typer(help="Make a node in SKYPACT_HOME.", add_completion=False, rich_markup_mode=None)


@app.command()
def init(
    node_id: Annotated[str, typer.Option("--id", help="Identity: country and organization, as kr.kasi.")],
    mode: Annotated[DataMode, typer.Option("--mode", help="Data mode; it never changes.")],
) -> None:
    """Make a node in SKYPACT_HOME (default ./node); asks nothing, and a second time changes nothing.

    Example: skypact init --id kr.kasi --mode REAL
    """
    from skypact.node.cli.options import tell
    from skypact.node.desk.node_home import make_node

    node, is_new = make_node(node_id, mode)
    with node:
        words = "made" if is_new else "is there already, nothing changed"
        tell(f"node {node.node_id} ({node.mode}) in {node.settings.home}: {words}")
