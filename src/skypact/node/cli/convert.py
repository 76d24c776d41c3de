"""``skypact convert``: rewrite a message or catalog in another format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skypact.node.cli.options import OutputOption, output_stream, tell
from skypact.node.desk.convert import Target

app = typer.Typer(add_completion=False, rich_markup_mode=None)
LINES_SHOWN = 20
"""Rejections and warnings told one by one; the rest is counted."""


@app.command(
    help="Rewrite a message or catalog in another format.\n\n"
    "Example: skypact convert catalog.csv --to omm-xml --output catalog.xml"
)
def convert(
    file: Annotated[
        Path, typer.Argument(help="TLE, OMM, CDM, OEM or Modified ITC in any notation, plain, gzip or zip.")
    ],
    to: Annotated[Target, typer.Option("--to", help="Format to write.")],
    output: OutputOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse unknown keywords.")] = False,
) -> None:
    """Read the file by its content, write it in the format asked for, and say what was noticed."""
    from skypact.node.clock import now_tai_ns
    from skypact.node.desk.convert import convert as rewrite
    from skypact.node.desk.files import read_input

    result = rewrite(read_input(file), to, now_tai_ns=now_tai_ns(), strict=strict)
    with output_stream(output) as stream:
        stream.write(result.text)
    report = result.report
    for rejection in report.rejected[:LINES_SHOWN]:
        tell(f"kept out: line {rejection.line}: {rejection.field_name}: {rejection.reason}")
    for warning in report.warnings[:LINES_SHOWN]:
        tell(f"warning: {warning}")
    for what, entries in (("records kept out", report.rejected), ("warnings", report.warnings)):
        if len(entries) > LINES_SHOWN:
            tell(f"... and {len(entries) - LINES_SHOWN} more {what}")
    if report.unknown_keys:
        counted = ", ".join(f"{key} ({count})" for key, count in report.unknown_keys.most_common(LINES_SHOWN))
        tell(f"unknown keywords kept: {counted}")
    tell(f"{result.count} written as {to}, {len(report.rejected)} kept out, {len(report.warnings)} warnings")
