"""``skypact ephemeris``: positions and velocities of objects."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from skypact.node.cli.options import OutputOption, output_stream, tell

app = typer.Typer(add_completion=False, rich_markup_mode=None)
REJECTED_SHOWN = 20


class FrameName(StrEnum):
    """Frames of the output."""

    GCRF = "gcrf"
    ITRF = "itrf"
    TEME = "teme"
    EME2000 = "eme2000"


class Form(StrEnum):
    """How an ephemeris is written."""

    CSV = "csv"
    OEM = "oem"


@app.command()
def ephemeris(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID...", help="Catalog numbers, designators or names; all of a --catalog file."
        ),
    ] = None,
    catalog: Annotated[
        list[Path] | None,
        typer.Option("--catalog", help="Element sets or OEM (repeatable); the node's catalog by default."),
    ] = None,
    start: Annotated[str, typer.Option("--start", help="First epoch, UTC (default: now).")] = "",
    stop: Annotated[str, typer.Option("--stop", help="Last epoch, UTC (default: start + 24 h).")] = "",
    step: Annotated[
        str, typer.Option("--step", help="Step: seconds (60, 60s), minutes (5m) or hours (1h).")
    ] = "60",
    frame: Annotated[
        FrameName, typer.Option("--frame", case_sensitive=False, help="Frame of the states.")
    ] = FrameName.GCRF,
    form: Annotated[Form, typer.Option("--as", case_sensitive=False, help="How to write them.")] = Form.CSV,
    output: OutputOption = None,
) -> None:
    """Print positions and velocities of objects.

    Example: skypact ephemeris 25544 --catalog gp.csv --start 2024-11-01T00:00:00Z --step 60 --frame itrf
    """
    from skypact.astro.frames import Frame
    from skypact.astro.timescales import parse_utc
    from skypact.node.cli.progress import compilation_told
    from skypact.node.clock import now_tai_ns
    from skypact.node.desk import ephemeris as desk
    from skypact.node.desk.window import whole_minute

    step_ns = desk.parse_step(step)
    now = now_tai_ns()
    start_tai_ns = parse_utc(start, where="--start") if start else whole_minute(now)
    stop_tai_ns = parse_utc(stop, where="--stop") if stop else start_tai_ns + desk.STOP_DEFAULT_NS
    desk.epoch_grid(start_tai_ns, stop_tai_ns, step_ns)
    with compilation_told():
        asked = desk.find(catalog or [], ids or [], start_tai_ns)
        for line in asked.kept_out[:REJECTED_SHOWN]:
            tell(f"kept out: {line}")
        if len(asked.kept_out) > REJECTED_SHOWN:
            tell(f"kept out: {len(asked.kept_out) - REJECTED_SHOWN:,} more")
        for line in [*asked.report.warnings, *asked.notes]:
            tell(line)
        epochs = desk.epoch_grid(start_tai_ns, stop_tai_ns, step_ns, len(asked.trajectories))
        chosen = Frame(frame.value.upper())
        for line in desk.orientation_notes(asked, epochs, chosen):
            tell(line)
        objects, left_out = desk.states_of(asked, epochs, chosen, leave_out=not ids)
        for line in left_out:
            tell(line)
    with output_stream(output) as stream:
        if form is Form.CSV:
            from skypact.node.views.ephemeris import write_ephemeris_csv

            write_ephemeris_csv(objects, stream)
        else:
            from skypact.formats.oem_write import write_oem_kvn

            stream.write(write_oem_kvn(desk.ephemeris_message(asked, objects, now)))
    tell(f"{len(objects)} objects, {epochs.size:,} epochs each, {chosen}")
