"""``skypact screen``: every close approach in a window."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skypact.node.cli.options import FormatOption, OutputOption, require_folder, show, tell
from skypact.node.views.listing import Format

if TYPE_CHECKING:
    from skypact.node.desk.screen import Search
    from skypact.node.desk.screen_objects import ObjectSet

app = typer.Typer(add_completion=False, rich_markup_mode=None)
LINES_SHOWN = 20
"""Records kept out, and warnings, that are told of each set of files; the rest is counted."""


class StatusName(StrEnum):
    """How real the trajectories are that are named first."""

    DEFINITIVE = "definitive"
    CANDIDATE = "candidate"
    HYPOTHETICAL = "hypothetical"


@app.command()
def screen(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Element sets or ephemerides; the node's catalog by default.")
    ] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option("--against", help="Screen FILES against these (repeatable), not against each other."),
    ] = None,
    against_catalog: Annotated[
        bool, typer.Option("--against-catalog", help="Screen FILES against the node's catalog.")
    ] = False,
    primaries: Annotated[
        str, typer.Option("--primaries", help="Catalog numbers, comma-separated: only their encounters.")
    ] = "",
    assets: Annotated[
        bool, typer.Option("--assets", help="Only encounters of the node's assets; they come first.")
    ] = False,
    status: Annotated[
        StatusName,
        typer.Option("--status", help="How real FILES are: a candidate is a maneuver not decided yet."),
    ] = StatusName.DEFINITIVE,
    start: Annotated[str, typer.Option("--start", help="Start of the window, UTC (default: now).")] = "",
    hours: Annotated[float, typer.Option("--hours", help="Length of the window in hours.")] = 24.0,
    threshold_km: Annotated[
        float | None, typer.Option("--threshold-km", help="Largest distance in km (default: 5).")
    ] = None,
    volume: Annotated[
        str,
        typer.Option(
            "--volume",
            metavar="R,T,N",
            help="A box instead: half sizes in km, radial, in-track, cross-track of the first object.",
        ),
    ] = "",
    volume_preset: Annotated[
        str,
        typer.Option(
            "--volume-preset",
            metavar="NAME",
            help="A published box: leo1 to leo4, geo, near-earth, deep-space, or by-regime.",
        ),
    ] = "",
    workers: Annotated[int, typer.Option("--workers", help="Threads (default: all cores).", min=0)] = 0,
    force: Annotated[bool, typer.Option("--force", help="Allow thresholds whose cost is high.")] = False,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Find every close approach of the objects in a window.

    Example: skypact screen gp.csv --start 2024-11-01T00:00:00Z --format csv --output encounters.csv
    """
    from skypact.astro.timescales import parse_utc
    from skypact.errors import UsageError
    from skypact.node.clock import now_tai_ns
    from skypact.node.desk import screen as desk
    from skypact.node.desk.window import whole_minute

    require_folder(output)
    box = desk.Volume.of(volume, volume_preset)
    if box is not None and threshold_km is not None:
        raise UsageError("choose one of the two", where="--threshold-km, --volume")
    search = desk.Search(
        start_tai_ns=parse_utc(start, where="--start") if start else whole_minute(now_tai_ns()),
        hours=hours,
        threshold_km=desk.THRESHOLD_KM if threshold_km is None else threshold_km,
        volume=box,
        primaries=desk.parse_numbers(primaries),
        workers=workers or os.cpu_count() or 1,
    )
    desk.check_search(search, force=force)
    if not files and not against:
        if against_catalog or status is not StatusName.DEFINITIVE:
            option = "--against-catalog" if against_catalog else "--status"
            raise UsageError("is for files, and none is named", where=option)
        _screen_node(search, assets, force, form, output)
        return
    sets = _read(files or [], against or [], against_catalog, status, search)
    _screen_sets(sets, search, assets, form, output)


def _read(
    files: list[Path], against: list[Path], against_catalog: bool, status: StatusName, search: Search
) -> list[ObjectSet]:
    """Read one or two sets of objects, and tell what was met."""
    from skypact.errors import UsageError
    from skypact.node.clock import now_tai_ns
    from skypact.node.desk.node_home import open_node
    from skypact.node.desk.screen_node import node_objects
    from skypact.node.desk.screen_objects import read_objects
    from skypact.orbits.trajectory import Status

    if against and against_catalog:
        raise UsageError("choose one of the two", where="--against, --against-catalog")
    sets = [read_objects(files, Status(status.value))] if files else []
    sets += [read_objects(against)] if against else []
    if against_catalog or not files:
        with open_node() as node:
            own = node_objects(node, search.start_tai_ns, now_tai_ns())
        sets.insert(1 if files else 0, own)
    for one in sets:
        for lines in ([f"kept out: {line}" for line in one.kept_out], one.warnings):
            for line in lines[:LINES_SHOWN]:
                tell(line)
            if len(lines) > LINES_SHOWN:
                tell(f"... and {len(lines) - LINES_SHOWN:,} more")
    return sets


def _screen_sets(
    sets: list[ObjectSet], search: Search, assets: bool, form: Format, output: Path | None
) -> None:
    """Screen what was read."""
    from skypact.node.cli.progress import compilation_told, progress_bar
    from skypact.node.desk import screen as desk

    own = _asset_numbers() if assets else ()
    with compilation_told(), progress_bar("screening") as progress:
        done = desk.screen_sets(sets, search, assets=own, progress=progress)
    show(desk.encounter_listing(done.scene, done.screening.encounters), form, output)
    for line in done.lines:
        tell(line)


def _asset_numbers() -> tuple[int, ...]:
    from skypact.node.desk.node_home import open_node
    from skypact.node.desk.screen_node import asset_numbers

    with open_node() as node:
        return asset_numbers(node)


def _screen_node(search: Search, assets: bool, force: bool, form: Format, output: Path | None) -> None:
    """Screen the node's catalog, and store the run."""
    from skypact.node.cli.progress import compilation_told, progress_bar
    from skypact.node.clock import now_tai_ns
    from skypact.node.desk import screen as desk
    from skypact.node.desk.node_home import open_node
    from skypact.node.desk.screen_node import screen_node

    own = _asset_numbers() if assets else ()
    with open_node() as node, compilation_told(), progress_bar("screening") as progress:
        done = screen_node(
            node,
            search.start_tai_ns,
            hours=search.hours,
            threshold_km=search.threshold_km,
            volume=search.volume,
            made_tai_ns=now_tai_ns(),
            primaries=search.primaries,
            assets=own,
            workers=search.workers,
            force=force,
            progress=progress,
        )
    show(desk.encounter_listing(done.scene, done.screening.encounters), form, output)
    for line in done.lines:
        tell(line)
