"""``skypact pc``: compute the collision probability of CDMs by named methods."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skypact.node.cli.options import FormatOption, OutputOption, show, tell
from skypact.node.views.listing import Column, Format, Listing, significant

if TYPE_CHECKING:
    from skypact.conjunction.orbit_quality import OrbitQuality
    from skypact.node.desk.pc import MessagePc

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_EXACT = significant(17)
_SHORT = significant(3)
_METERS = significant(9)

_HEAD = (
    Column("file", "The file as named."),
    Column("tca_utc", "Time of closest approach as in the message."),
    Column("miss_m", "Distance at closest approach, after states were moved to it.", _METERS),
    Column("hbr_m", "Combined hard-body radius.", _METERS),
)
_RESULT = (
    Column("valid", "Whether the assumptions of the method hold."),
    Column("why", "Why, or why not."),
)
_FURTHER = (
    Column("low", "Lower bound, where the method gives one.", _EXACT),
    Column("high", "Upper bound, where the method gives one.", _EXACT),
    Column("pc_cross_corrected", "The same with the shared density error taken out.", _EXACT),
    Column("cross_correlation", "Whether the shared density error is stated, and used."),
    Column("pc_grid_min", "Least foster-1992 with sigmas and radius off by the factors of --grid.", _EXACT),
    Column("pc_grid_max", "Largest foster-1992 of the same.", _EXACT),
    Column("hbr_source", "Where the radius is from."),
    Column("relative_speed_m_s", "Relative speed at closest approach.", _METERS),
    Column("notes", "What was done to the input."),
    Column("message_pc", "The probability that the message itself states.", _EXACT),
    Column("message_method", "The method that the message names."),
    Column("message_id", "Identifier of the message."),
)
_QUALITY = (
    ("name", "Name of object {}.", None),
    ("obs_used", "Observations used for object {}.", None),
    ("obs_available", "Observations available for object {}.", None),
    ("weighted_rms", "Weighted RMS of the residuals of object {}.", significant(6)),
    ("od_span_d", "Span of the fit of object {}.", significant(6)),
    ("age_d", "Days from its last observation, else from the message, to closest approach, object {}.",
     significant(6)),
    ("doubts", "Why its covariance deserves doubt, object {}.", None),
)  # fmt: skip


@app.command(
    help="Compute the collision probability of CDMs by named methods.\n\n"
    "Example: skypact pc message.cdm --method foster-1992 --method nc3d --hbr-m 15"
)
def pc(
    files: Annotated[list[Path], typer.Argument(help="CDM files (KVN, XML, JSON; plain, gzip or zip).")],
    method: Annotated[
        list[str] | None,
        typer.Option(
            "--method",
            help="foster-1992, chan-1997, alfano-2005, alfriend-max, nc3d or monte-carlo; may be repeated. "
            "Without it foster-1992, alfriend-max and nc3d.",
        ),
    ] = None,
    hbr_m: Annotated[
        float | None,
        typer.Option("--hbr-m", help="Combined hard-body radius in m, before that of the message."),
    ] = None,
    hbr_table: Annotated[
        Path | None, typer.Option("--hbr-table", help="CSV of object radii, where the message has none.")
    ] = None,
    cross_correlation: Annotated[
        bool,
        typer.Option("--cross-correlation", help="Take out the density error that both objects share."),
    ] = False,
    samples: Annotated[int, typer.Option("--samples", help="Most samples of monte-carlo.")] = 1_000_000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of monte-carlo.")] = 20090209,
    grid: Annotated[
        bool, typer.Option("--grid", help="List foster-1992 over sigmas and radii off by factors instead.")
    ] = False,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Read the messages, judge the orbits, compute, and write one row for each message and method."""
    from skypact.conjunction.pc import DEFAULT_METHODS
    from skypact.conjunction.pc_result import PcOptions
    from skypact.node.desk.pc import PcRequest, pc_of_files, read_radius_table
    from skypact.node.plugins import pc_methods

    request = PcRequest(
        methods=tuple(method) if method else DEFAULT_METHODS,
        hbr_m=hbr_m,
        radii=read_radius_table(hbr_table) if hbr_table else None,
        options=PcOptions(cross_correlation=cross_correlation, samples_max=samples, seed=seed),
        known=pc_methods(),
    )
    messages, told = pc_of_files(files, request)
    for line in told:
        tell(line)
    if form is Format.TABLE:
        for message in messages:
            for quality in message.quality:
                tell(f"{message.file}: {quality.words()}")
    show(_grid_listing(messages) if grid else _listing(messages, form), form, output)


def _listing(messages: list[MessagePc], form: Format) -> Listing:
    rows = [
        _head(message) | _result(message, number)
        for message in messages
        for number in range(len(message.results))
    ]
    method = Column("method", "The method, by the word of the option.")
    if form is Format.TABLE:
        short = (Column("pc", "Collision probability.", _SHORT), *_RESULT)
        return Listing(
            (*_HEAD, method, *short), rows, "pc is no better than the covariances behind it: see --grid"
        )
    exact = (Column("pc", "Collision probability.", _EXACT), *_RESULT)
    quality = tuple(
        Column(f"{name}_{n}" if not name.endswith("_d") else f"{name[:-2]}_{n}_d", about.format(n), write)
        for n in (1, 2)
        for name, about, write in _QUALITY
    )
    return Listing((*_HEAD, method, *exact, *_FURTHER, *quality), rows)


def _head(message: MessagePc) -> dict[str, Any]:
    from skypact.astro.timescales import format_utc

    return {
        "file": message.file,
        "tca_utc": format_utc(message.cdm.tca_tai_ns),
        "miss_m": message.miss_m,
        "hbr_m": message.hbr_m,
    }


def _result(message: MessagePc, number: int) -> dict[str, Any]:
    result = message.results[number]
    row: dict[str, Any] = {
        "method": result.method,
        "pc": result.pc,
        "valid": result.valid,
        "why": result.why,
        "low": result.low,
        "high": result.high,
        "pc_cross_corrected": message.corrected[number],
        "cross_correlation": message.cross_correlation,
        "pc_grid_min": float(message.grid.min()),
        "pc_grid_max": float(message.grid.max()),
        "hbr_source": message.hbr_source,
        "relative_speed_m_s": message.relative_speed_m_s,
        "notes": "; ".join(result.notes),
        "message_pc": message.cdm.collision_probability,
        "message_method": message.cdm.collision_probability_method,
        "message_id": message.cdm.message_id,
    }
    for n, quality in enumerate(message.quality, 1):
        row |= _quality(n, quality)
    return row


def _quality(n: int, quality: OrbitQuality) -> dict[str, Any]:
    return {
        f"name_{n}": quality.name,
        f"obs_used_{n}": quality.obs_used,
        f"obs_available_{n}": quality.obs_available,
        f"weighted_rms_{n}": quality.weighted_rms,
        f"od_span_{n}_d": quality.od_span_d,
        f"age_{n}_d": quality.age_d,
        f"doubts_{n}": "; ".join(quality.doubts),
    }


def _grid_listing(messages: list[MessagePc]) -> Listing:
    from skypact.conjunction.pc import GRID_RADII, GRID_SCALES

    rows = [
        _head(message)
        | {
            "sigma_scale": scale,
            "hbr_m": message.hbr_m * factor,
            "pc": float(message.grid[i, k]),
        }
        for message in messages
        for i, scale in enumerate(GRID_SCALES)
        for k, factor in enumerate(GRID_RADII)
    ]
    columns = (
        *_HEAD[:3],
        Column("sigma_scale", "Factor on the sigmas of both objects.", significant(6)),
        _HEAD[3],
        Column("pc", "foster-1992 with these.", _EXACT),
    )
    return Listing(columns, rows)
