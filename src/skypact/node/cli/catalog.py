"""``skypact catalog``: load and ask the catalog."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skypact.node.cli.options import FormatOption, OutputOption, output_stream, show, tell
from skypact.node.views.listing import Format

if TYPE_CHECKING:
    from skypact.node.views.listing import Listing

app = typer.Typer(
    help="Load and ask the catalog.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

TABLE_ROWS = 50
"""Rows of a table for people where no limit is given; CSV and JSON give all."""

REJECTIONS_SHOWN = 5

AsOfOption = Annotated[
    str, typer.Option("--as-of", help="Only what the node knew at this UTC time; default: now.")
]
LimitOption = Annotated[
    int | None,
    typer.Option("--limit", min=1, help=f"At most so many rows; default: {TABLE_ROWS} in a table, else all."),
]
ObjectArgument = Annotated[
    str, typer.Argument(metavar="ID", help="Catalog number, designator (1998-067A) or exact name.")
]


def _time(text: str, option: str) -> int | None:
    from skypact.astro.timescales import parse_utc

    return parse_utc(text, where=option) if text else None


def _rows(limit: int | None, form: Format) -> int | None:
    return TABLE_ROWS if limit is None and form is Format.TABLE else limit


def _show(listing: Listing, form: Format, output: Path | None) -> None:
    """Write a listing; its note goes to stderr where the listing is for programs or empty."""
    show(listing, form, output)
    if listing.note and form is not Format.TABLE:
        tell(listing.note)


@app.command()
def load(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="TLE, 3LE, OMM, SATCAT or radii; gzip, zip.")
    ],
    source: Annotated[
        str, typer.Option("--source", help="Who gave the data; loads of one source follow each other.")
    ] = "file",
    retrieved_utc: Annotated[
        str, typer.Option("--retrieved-utc", help="When the data was got (UTC); default: now.")
    ] = "",
    addition: Annotated[
        bool, typer.Option("--addition", help="Put the objects beside the catalog; replaces nothing.")
    ] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="Take it as complete though it has far fewer objects.")
    ] = False,
) -> None:
    """Load files into the catalog; loading one again changes nothing, bad records are kept out and named.

    Example: skypact catalog load gp.csv satcat.csv
    """
    from skypact.node.desk.catalog_load import load_files
    from skypact.node.desk.node_home import open_node

    retrieved = _time(retrieved_utc, "--retrieved-utc")
    with open_node() as node:
        results = load_files(
            node, files, source=source, retrieved_tai_ns=retrieved, addition=addition, accept=accept
        )
    for result in results:
        for line in result.rejected[:REJECTIONS_SHOWN]:
            tell(f"kept out: {line}")
        if len(result.rejected) > REJECTIONS_SHOWN:
            tell(f"kept out: {len(result.rejected) - REJECTIONS_SHOWN:,} more")
        for line in result.warnings:
            tell(f"warning: {line}")
        tell(result.words)


@app.command()
def update(
    password_file: Annotated[
        Path | None,
        typer.Option("--password-file", help="File with the Space-Track password in its first line."),
    ] = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Ask the enabled data providers for what is due, and load what came.

    Example: skypact catalog update
    """
    from skypact.node.cli.sources import ask_password
    from skypact.node.desk.node_home import open_node
    from skypact.node.desk.source_update import password_of
    from skypact.node.desk.source_update import update as update_sources

    with open_node() as node:
        password = password_of(node.settings, password_file, ask_password)
        report = update_sources(node.settings, node.database, password=password)
    show(report.listing(), form, output)
    for line in report.problems:
        tell(line)
    if report.exit_code:
        raise typer.Exit(report.exit_code)


@app.command("list")
def list_(
    name: Annotated[str, typer.Option("--name", help="Part of the name.")] = "",
    regime: Annotated[str, typer.Option("--regime", help="LEO, LMO, MEO, GTO, GEO, HEO or OTHER.")] = "",
    owner: Annotated[str, typer.Option("--owner", help="Owner or operator.")] = "",
    source: Annotated[str, typer.Option("--source", help="Source of the element set in use.")] = "",
    as_of: AsOfOption = "",
    limit: LimitOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """List the objects in force, assets first, each with the element set in use, its age and why it is used.

    Example: skypact catalog list --name STARLINK --regime LEO --format csv
    """
    from skypact.catalog.regimes import Regime
    from skypact.errors import UsageError
    from skypact.node.desk.catalog_lists import ObjectFilter, list_objects
    from skypact.node.desk.node_home import open_node

    if regime and regime.upper() not in set(Regime):
        raise UsageError(f"'{regime}' is no regime", where="--regime", remedy=f"one of {', '.join(Regime)}")
    with open_node() as node:
        listing = list_objects(
            node,
            ObjectFilter(name=name, regime=regime, owner=owner, source=source),
            as_of_tai_ns=_time(as_of, "--as-of"),
            limit=_rows(limit, form),
        )
    _show(listing, form, output)


@app.command("show")
def show_(
    wanted: ObjectArgument,
    as_of: AsOfOption = "",
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Show one object: names, facts, and its newest element set of each source with age and quality.

    Example: skypact catalog show 25544
    """
    from skypact.node.desk.catalog_lists import show_object
    from skypact.node.desk.node_home import open_node

    with open_node() as node:
        listing = show_object(node, wanted, as_of_tai_ns=_time(as_of, "--as-of"))
    _show(listing, form, output)


@app.command()
def history(
    wanted: ObjectArgument,
    as_of: AsOfOption = "",
    limit: LimitOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """List every element set of an object, oldest epoch first; a limit keeps the newest.

    Example: skypact catalog history 25544 --as-of 2024-11-01T00:00:00Z --format csv
    """
    from skypact.node.desk.catalog_lists import list_history
    from skypact.node.desk.node_home import open_node

    with open_node() as node:
        listing = list_history(node, wanted, as_of_tai_ns=_time(as_of, "--as-of"), limit=_rows(limit, form))
    _show(listing, form, output)


@app.command()
def stats(
    as_of: AsOfOption = "",
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Count what is stored, by source, with the completeness of the newest load.

    Example: skypact catalog stats --format json
    """
    from skypact.node.desk.catalog_lists import list_stats
    from skypact.node.desk.node_home import open_node

    with open_node() as node:
        listing = list_stats(node, as_of_tai_ns=_time(as_of, "--as-of"))
    _show(listing, form, output)


@app.command()
def loads(
    as_of: AsOfOption = "",
    limit: LimitOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """List the files that were loaded, newest first: complete or not, in force or replaced.

    Example: skypact catalog loads
    """
    from skypact.node.desk.catalog_lists import list_loads
    from skypact.node.desk.node_home import open_node

    with open_node() as node:
        listing = list_loads(node, as_of_tai_ns=_time(as_of, "--as-of"), limit=_rows(limit, form))
    _show(listing, form, output)


@app.command()
def quarantine(
    load_id: Annotated[int | None, typer.Option("--load", help="Only of this load.")] = None,
    limit: LimitOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """List the records that were kept out, each with file, line, field and reason.

    Example: skypact catalog quarantine --format csv
    """
    from skypact.node.desk.catalog_lists import list_quarantine
    from skypact.node.desk.node_home import open_node

    with open_node() as node:
        listing = list_quarantine(node, load_id=load_id, limit=_rows(limit, form))
    _show(listing, form, output)


@app.command()
def export(
    form: Annotated[str, typer.Option("--as", help="omm-csv, omm-json, tle or 3le.")] = "omm-csv",
    wanted: Annotated[str, typer.Option("--history-of", help="All element sets of this object.")] = "",
    regime: Annotated[str, typer.Option("--regime", help="Only this regime.")] = "",
    source: Annotated[str, typer.Option("--source", help="Only sets of this source.")] = "",
    as_of: AsOfOption = "",
    output: OutputOption = None,
) -> None:
    """Write the element sets in force, one for each object, in a format of the field.

    Example: skypact catalog export --as omm-csv --output catalog.csv
    """
    from skypact.errors import UsageError
    from skypact.node.desk.catalog import find_object
    from skypact.node.desk.catalog_export import ExportFormat, export_catalog
    from skypact.node.desk.node_home import open_node

    if form not in set(ExportFormat):
        raise UsageError(f"'{form}' is no format", where="--as", remedy=f"one of {', '.join(ExportFormat)}")
    with open_node() as node:
        result = export_catalog(
            node,
            ExportFormat(form),
            as_of_tai_ns=_time(as_of, "--as-of"),
            norad=find_object(node, wanted) if wanted else None,
            regime=regime,
            source=source,
        )
    with output_stream(output) as stream:
        stream.write(result.text)
    tell(f"{result.written:,} element sets written")
    for line in result.left_out:
        tell(f"left out: {line}")
