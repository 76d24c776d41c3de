"""``skypact assets``: the objects that the node answers for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skypact.node.cli.options import FormatOption, OutputOption, show, tell
from skypact.node.views.listing import Format

app = typer.Typer(
    help="Say which objects you answer for.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

ObjectArgument = Annotated[
    str, typer.Argument(metavar="ID", help="Catalog number, designator (1998-067A) or exact name.")
]


@app.command()
def add(
    wanted: ObjectArgument,
    owner: Annotated[str, typer.Option("--owner", help="Organization that answers for it.")],
    name: Annotated[str, typer.Option("--name", help="Name that the owner uses.")] = "",
    sector: Annotated[str, typer.Option("--sector", help="civil, government or military.")] = "",
    radius_m: Annotated[
        float | None, typer.Option("--radius-m", help="Hard-body radius; counts before any table.")
    ] = None,
    maneuverable: Annotated[
        bool | None,
        typer.Option("--maneuverable/--not-maneuverable", help="Whether it can maneuver."),
    ] = None,
    contact: Annotated[str, typer.Option("--contact", help="Whom to call.")] = "",
    threshold_km: Annotated[
        float | None, typer.Option("--threshold-km", help="Miss distance at which the owner is told.")
    ] = None,
    pc_threshold: Annotated[
        float | None, typer.Option("--pc-threshold", help="Collision probability at which the owner is told.")
    ] = None,
) -> None:
    """Put an object on the list, or change what is said of it; every list ranks assets first.

    Example: skypact assets add 39227 --owner kr.kari --radius-m 3 --maneuverable --threshold-km 5
    """
    from skypact.node.desk.assets import add_asset
    from skypact.node.desk.node_home import open_node

    with open_node() as node:
        change = add_asset(
            node,
            wanted,
            owner=owner,
            name=name,
            sector=sector,
            radius_m=radius_m,
            maneuverable=maneuverable,
            contact=contact,
            threshold_km=threshold_km,
            pc_threshold=pc_threshold,
        )
    tell(change.words)


@app.command("list")
def list_(form: FormatOption = Format.TABLE, output: OutputOption = None) -> None:
    """List the objects that the node answers for.

    Example: skypact assets list --format csv
    """
    from skypact.node.desk.assets import list_assets
    from skypact.node.desk.node_home import open_node

    with open_node() as node:
        show(list_assets(node), form, output)


@app.command()
def remove(wanted: ObjectArgument) -> None:
    """Take an object off the list.

    Example: skypact assets remove 39227
    """
    from skypact.node.desk.assets import remove_from_assets
    from skypact.node.desk.node_home import open_node

    with open_node() as node:
        norad = remove_from_assets(node, wanted)
    tell(f"asset {norad} removed")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with columns norad, owner, ...")],
) -> None:
    """Take assets from a CSV file, all or nothing; those that are on the list are replaced.

    Columns: norad, owner; then any of name, sector, radius_m, maneuverable, contact, threshold_km,
    pc_threshold.

    Example: skypact assets import assets.csv
    """
    from skypact.node.desk.assets import import_assets
    from skypact.node.desk.files import read_input
    from skypact.node.desk.node_home import open_node

    raw = read_input(file)
    with open_node() as node:
        assets = import_assets(node, raw)
    tell(f"{len(assets):,} assets taken from {file}")
