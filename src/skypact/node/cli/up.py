"""``skypact up``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def up(
    catalog: Annotated[
        list[Path] | None, typer.Option("--catalog", help="File of element sets to work on; may be repeated.")
    ] = None,
    hours: Annotated[float, typer.Option("--hours", help="Length of the window in hours.")] = 168.0,
    threshold_km: Annotated[float, typer.Option("--threshold-km", help="Largest distance in km.")] = 5.0,
    start: Annotated[
        str, typer.Option("--start", help="Start of the window, UTC (default: now, or an archive's time).")
    ] = "",
    report: Annotated[Path, typer.Option("--report", help="The page to write.")] = Path("report/index.html"),
    objects: Annotated[
        int, typer.Option("--objects", help="Size of the exercise where one is made.")
    ] = 30_000,
    workers: Annotated[int, typer.Option("--workers", help="Threads (default: all cores).", min=0)] = 0,
) -> None:
    """Bring the catalog up to date, screen the next 7 days, write the report.

    It works on the node in SKYPACT_HOME (./node) where that has data, else on an exercise in ./node-exercise.

    Example: skypact up --catalog gp.csv
    """
    from skypact.astro.timescales import parse_utc
    from skypact.node.cli.options import tell
    from skypact.node.cli.progress import compilation_told, progress_bar
    from skypact.node.clock import now_tai_ns
    from skypact.node.desk.up import up as work

    with compilation_told(), progress_bar("screening") as progress:
        result = work(
            now_tai_ns=now_tai_ns(),
            catalog=catalog or (),
            report=report,
            start_tai_ns=parse_utc(start, where="--start") if start else None,
            hours=hours,
            threshold_km=threshold_km,
            objects=objects,
            workers=workers,
            progress=progress,
            say=tell,
        )
    for notice in result.notices:
        tell(notice)
    for line in result.lines:
        typer.echo(line)
    typer.echo(f"report: {result.report} ({result.seconds:.0f} s)")
