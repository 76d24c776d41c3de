"""``skypact screen``: every close approach in a window."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from skypact.node.cli.options import FormatOption, OutputOption, show, tell
from skypact.node.views.listing import Format

app = typer.Typer(add_completion=False, rich_markup_mode=None)
REJECTED_SHOWN = 20
TABLE_ROWS = 40


@app.command()
def screen(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Element sets or ephemerides; the node's catalog by default.")
    ] = None,
    against: Annotated[
        list[Path] | None, typer.Option("--against", help="Screen FILES against these instead of each other.")
    ] = None,
    primaries: Annotated[
        str, typer.Option("--primaries", help="Catalog numbers, comma-separated: only their encounters.")
    ] = "",
    start: Annotated[str, typer.Option("--start", help="Start of the window, UTC (default: now).")] = "",
    hours: Annotated[float, typer.Option("--hours", help="Length of the window in hours.")] = 24.0,
    threshold_km: Annotated[float, typer.Option("--threshold-km", help="Largest distance in km.")] = 5.0,
    workers: Annotated[int, typer.Option("--workers", help="Threads (default: all cores).", min=0)] = 0,
    force: Annotated[bool, typer.Option("--force", help="Allow thresholds whose cost is high.")] = False,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Find every close approach of the objects in a window.

    Example: skypact screen gp.csv --start 2024-11-01T00:00:00Z --format csv --output encounters.csv
    """
    from skypact.astro.timescales import parse_utc
    from skypact.node.cli.progress import compilation_told, progress_bar
    from skypact.node.clock import now_tai_ns
    from skypact.node.desk import screen as desk
    from skypact.node.desk.window import whole_minute

    start_tai_ns = parse_utc(start, where="--start") if start else whole_minute(now_tai_ns())
    desk.check_window(hours, threshold_km, force=force)
    wanted = [int(p) for p in primaries.split(",") if p.strip()]
    if not files:
        _screen_node(start_tai_ns, hours, threshold_km, wanted, workers, force, form, output)
        return
    catalog = desk.read_catalog_files(files)
    for rejection in catalog.report.rejected[:REJECTED_SHOWN]:
        tell(f"kept out: line {rejection.line}: {rejection.field_name}: {rejection.reason}")
    if len(catalog.report.rejected) > REJECTED_SHOWN:
        tell(f"... and {len(catalog.report.rejected) - REJECTED_SHOWN} more")
    with compilation_told(), progress_bar("screening") as progress:
        result = desk.screen_elements(
            catalog.elements,
            start_tai_ns,
            hours=hours,
            threshold_km=threshold_km,
            primaries=wanted,
            workers=workers or os.cpu_count() or 1,
            force=force,
            progress=progress,
        )
    show(desk.encounter_listing(catalog.elements, result.encounters), form, output)
    for line in desk.summary(catalog.elements, result, len(catalog.older), len(catalog.report.rejected)):
        tell(line)


def _screen_node(
    start_tai_ns: int,
    hours: float,
    threshold_km: float,
    primaries: list[int],
    workers: int,
    force: bool,
    form: Format,
    output: Path | None,
) -> None:
    """Screen the node's catalog, and store the run."""
    from skypact.node.cli.progress import compilation_told, progress_bar
    from skypact.node.clock import now_tai_ns
    from skypact.node.desk import screen as desk
    from skypact.node.desk.node_home import open_node
    from skypact.node.desk.screen_node import screen_node

    with open_node() as node, compilation_told(), progress_bar("screening") as progress:
        done = screen_node(
            node,
            start_tai_ns,
            hours=hours,
            threshold_km=threshold_km,
            made_tai_ns=now_tai_ns(),
            primaries=primaries,
            workers=workers or os.cpu_count() or 1,
            force=force,
            progress=progress,
        )
    show(desk.encounter_listing(done.view.table, done.screening.encounters), form, output)
    for line in (*desk.summary(done.view.table, done.screening, 0, 0), *done.lines):
        tell(line)
