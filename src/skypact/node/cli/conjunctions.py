"""``skypact conjunctions``: list, show and export conjunctions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skypact.node.cli.options import FormatOption, OutputOption, output_stream, show, tell, write_bytes
from skypact.node.views.listing import Format

app = typer.Typer(help="List, show and export conjunctions.", no_args_is_help=True, rich_markup_mode=None)

TABLE_ROWS = 50
"""Rows of a table for people where no limit is given; CSV and JSON give all."""
ALL_ASSETS = "all"

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Identifier as in the column id of the list.")]


@app.command("list")
def list_(
    asset: Annotated[
        str, typer.Option("--asset", help="Only of this object (number or name); 'all': of every asset.")
    ] = "",
    since: Annotated[str, typer.Option("--since", help="TCA from this UTC time on; default: from now.")] = "",
    until: Annotated[str, typer.Option("--until", help="TCA up to this UTC time.")] = "",
    max_miss_km: Annotated[float | None, typer.Option("--max-miss-km", help="At most this far.")] = None,
    min_pc: Annotated[
        float | None, typer.Option("--min-pc", help="At least this probable, at worst.")
    ] = None,
    show_all: Annotated[
        bool, typer.Option("--all", help="Also what nobody can act on, and what is gone.")
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", min=1, help=f"At most so many rows; default: {TABLE_ROWS} in a table, else all."
        ),
    ] = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """List conjunctions, assets first, then by probability and distance.

    Example: skypact conjunctions list --max-miss-km 1 --format csv --output conjunctions.csv
    """
    from skypact.astro.timescales import parse_utc
    from skypact.node.clock import now_tai_ns
    from skypact.node.desk.catalog import find_object
    from skypact.node.desk.conjunctions import ConjunctionFilter, list_conjunctions
    from skypact.node.desk.node_home import open_node

    every = asset.strip().lower() == ALL_ASSETS
    with open_node() as node:
        number = None
        if asset and not every:
            number = int(asset) if asset.isdecimal() else find_object(node, asset)
        listing = list_conjunctions(
            node,
            ConjunctionFilter(
                assets=every,
                norad=number,
                since_tai_ns=parse_utc(since, where="--since") if since else None,
                until_tai_ns=parse_utc(until, where="--until") if until else None,
                miss_km_max=max_miss_km,
                pc_min=min_pc,
                show_all=show_all,
            ),
            now_tai_ns=now_tai_ns(),
            limit=TABLE_ROWS if limit is None and form is Format.TABLE else limit,
        )
    show(listing, form, output)
    if form is not Format.TABLE or output is not None:
        tell(listing.note)


@app.command("show")
def show_(identifier: IdArgument, form: FormatOption = Format.TABLE, output: OutputOption = None) -> None:
    """Show one conjunction: both objects, elements and their ages, Pc by methods, quality, and its history.

    Example: skypact conjunctions show 17
    """
    from skypact.node.clock import now_tai_ns
    from skypact.node.desk.conjunction_case import find_conjunction, history_listing
    from skypact.node.desk.conjunction_show import show_conjunction, with_history
    from skypact.node.desk.node_home import open_node
    from skypact.node.views.listing import write_listing

    with open_node() as node:
        case = find_conjunction(node, identifier)
        facts = show_conjunction(node, case, now_tai_ns=now_tai_ns())
    if form is not Format.TABLE:
        show(with_history(facts, case), form, output)
        return
    with output_stream(output) as stream:
        write_listing(facts, form, stream)
        stream.write("\n")
        write_listing(history_listing(case), form, stream)


@app.command()
def history(identifier: IdArgument, form: FormatOption = Format.TABLE, output: OutputOption = None) -> None:
    """List every solution of a conjunction, oldest first: screenings and messages.

    Example: skypact conjunctions history 17 --format csv
    """
    from skypact.node.desk.conjunction_case import find_conjunction, history_listing
    from skypact.node.desk.node_home import open_node

    with open_node() as node:
        listing = history_listing(find_conjunction(node, identifier))
    show(listing, form, output)


@app.command()
def export(
    identifiers: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID...]", help="Conjunctions; default: all open ones with an asset."),
    ] = None,
    notation: Annotated[str, typer.Option("--as", help="cdm-kvn, cdm-xml or cdm-json.")] = "cdm-kvn",
    output: Annotated[
        Path | None,
        typer.Option("--output", help="Write to this file; into a folder: one file for each."),
    ] = None,
) -> None:
    """Write conjunctions as CDMs: messages as received, others made from element sets and marked so.

    Example: skypact conjunctions export 17 --as cdm-xml --output 17.xml
    """
    from skypact.astro.timescales import NS_PER_S
    from skypact.errors import NotFoundError, UsageError
    from skypact.node.clock import now_tai_ns
    from skypact.node.desk.conjunction_export import (
        SUFFIXES,
        WRITERS,
        asset_conjunctions,
        export_conjunctions,
        joined,
    )
    from skypact.node.desk.node_home import open_node

    if notation not in WRITERS:
        raise UsageError(f"'{notation}' is no format", where="--as", remedy=f"one of {', '.join(WRITERS)}")
    with open_node() as node:
        wanted = identifiers or asset_conjunctions(node, now_tai_ns=now_tai_ns())
        if not wanted:
            raise NotFoundError(
                "no open conjunction with an asset", remedy="name conjunctions ('skypact conjunctions list')"
            )
        created = now_tai_ns() // NS_PER_S * NS_PER_S
        messages = export_conjunctions(node, wanted, notation, now_tai_ns=created)
    if output is not None and output.is_dir():
        for message in messages:
            name = message.name.replace(":", "-") + SUFFIXES[notation]
            write_bytes(message.content, output / name)
    else:
        write_bytes(joined(messages, notation), output)
    for message in messages:
        tell(message.words)
