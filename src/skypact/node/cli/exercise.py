"""``skypact exercise``: make exercise populations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Make exercise populations.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


@app.callback()
def group() -> None:
    """Keep ``population`` a command of its own, so that others can stand beside it."""


@app.command()
def population(
    output: Annotated[Path, typer.Option("--output", help="Catalog to write: FILE.csv or FILE.csv.gz.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same population.")] = 1,
    objects: Annotated[int, typer.Option("--objects", help="Number of objects.")] = 30_000,
    epoch: Annotated[
        str,
        typer.Option("--epoch", help="UTC time at which the catalog is current; empty: now, to the minute."),
    ] = "",
) -> None:
    """Write a seeded exercise catalog, its planted encounters and its assets.

    Example: skypact exercise population --seed 1 --epoch 2026-11-23T00:00:00Z --output population.csv
    """
    from skypact.astro.timescales import format_utc, parse_utc
    from skypact.node.cli.options import tell
    from skypact.node.clock import now_tai_ns
    from skypact.node.desk.exercise import make_exercise, write_exercise
    from skypact.node.desk.window import whole_minute

    at = parse_utc(epoch, where="--epoch") if epoch else whole_minute(now_tai_ns())
    exercise = make_exercise(seed, objects, at)
    catalog, truth, assets = write_exercise(exercise, output)
    tell(
        f"EXERCISE population of {objects:,} objects, seed {seed}, "
        f"current at {format_utc(at, decimals=0)}: {catalog}\n"
        f"{len(exercise.truth.miss_km)} planted encounters: {truth}\n{len(exercise.assets)} assets: {assets}"
    )
