"""``skypact config``: show every setting."""

from __future__ import annotations

import typer

from skypact.node.cli.options import FormatOption, OutputOption, show
from skypact.node.views.listing import Column, Format, Listing

app = typer.Typer(help="Show every setting.", add_completion=False, rich_markup_mode=None)

COLUMNS = (
    Column("name", "Name in skypact.toml; in capitals behind SKYPACT_ as a variable"),
    Column("value", "Value in force; secrets show only whether they are set"),
    Column("unit", "Unit of the value"),
    Column("source", "Where the value comes from: file, env or default"),
    Column("default", "Default value"),
    Column("help", "What it is for"),
)


@app.command()
def config(form: FormatOption = Format.TABLE, output: OutputOption = None) -> None:
    """Show every setting of the node with its value, default, unit and where the value comes from.

    Settings stand in skypact.toml in the node's folder; a variable SKYPACT_NAME wins over the file.

    Example: skypact config --format json
    """
    from skypact.node.settings import describe, load_settings

    lines = describe(load_settings())
    rows = [{column.name: getattr(line, column.name) for column in COLUMNS} for line in lines]
    show(Listing(COLUMNS, rows), form, output)
