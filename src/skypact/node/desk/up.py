"""The main job: catalog, all against all for the next days, assets first, report and summary."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skypact import __version__
from skypact.astro.constants import EARTH_RADIUS_KM
from skypact.astro.timescales import NS_PER_DAY, NS_PER_S, format_utc, tai_ns_to_utc_ns
from skypact.catalog.actionable import ObjectTraits, PairClass, PairClasses
from skypact.catalog.sizes import DEFAULT_RADIUS_M
from skypact.conjunction.bodies import Bodies
from skypact.conjunction.changes import compare
from skypact.conjunction.encounters import EncounterTable
from skypact.conjunction.refinement import approach, local_axes_km
from skypact.conjunction.screening import Screening, screen_catalog
from skypact.errors import NotFoundError
from skypact.formats.elements import ElementTable
from skypact.node import clock
from skypact.node.desk import picture as pictures
from skypact.node.desk.catalog import (
    CatalogView,
    nothing_known,
    object_traits,
    objects_by_number,
    view_catalog,
)
from skypact.node.desk.node_home import Node
from skypact.node.desk.picture import Picture
from skypact.node.desk.risk import PC_METHOD, SOURCE, assumed_risks, covariances, with_messages
from skypact.node.desk.run_before import run_before
from skypact.node.desk.run_solutions import RunPc
from skypact.node.desk.screen import check_window
from skypact.node.desk.screening_runs import catalog_sha256, store_run
from skypact.node.desk.up_node import Chosen, Say, choose_node
from skypact.node.desk.window import whole_minute
from skypact.node.store.assets import Asset, read_assets
from skypact.node.store.loads import read_loads, read_quarantine
from skypact.node.views import brief
from skypact.node.views.report import InputFile, ReportData, Skipped, render_report
from skypact.node.whole_files import write_whole
from skypact.records import DataMode, Progress, no_progress

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HOURS = 168.0
"""Length of the window: decisions are taken two days before, so a day would be too short."""
THRESHOLD_KM = 5.0
REPORT = Path("report/index.html")
ARCHIVE_AGE_D = 10.0
"""A catalog whose newer half is older than this is an archive: the window starts at its own time, because
element sets carried further say nothing."""
ARCHIVE_QUANTILE = 0.9
"""An archive's time is the epoch that nine of ten of its element sets precede."""
STATES_AT_ONCE = 100_000
"""Encounters whose states are held at once, to bound memory."""


@dataclass(frozen=True)
class UpResult:
    """What the job did, for the command line."""

    report: Path
    notices: tuple[str, ...]
    lines: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, eq=False)
class _Run:
    """What belongs together during the job."""

    chosen: Chosen
    view: CatalogView
    start_tai_ns: int
    now_tai_ns: int
    hours: float
    threshold_km: float
    notices: tuple[str, ...]

    @property
    def window_tai_ns(self) -> tuple[int, int]:
        """Start and stop of the window."""
        return self.start_tai_ns, self.start_tai_ns + int(self.hours * 3600 * NS_PER_S)


def up(
    *,
    now_tai_ns: int,
    home: Path | None = None,
    catalog: Sequence[Path] = (),
    report: Path = REPORT,
    start_tai_ns: int | None = None,
    hours: float = HOURS,
    threshold_km: float = THRESHOLD_KM,
    objects: int = 30_000,
    workers: int = 0,
    progress: Progress = no_progress,
    say: Say = lambda _line: None,
) -> UpResult:
    """Do the main job and write the report.

    Parameters
    ----------
    now_tai_ns
        The present.
    home, catalog, objects
        Which node and data (see :func:`~skypact.node.desk.up_node.choose_node`).
    report
        The page to write; its folder is made.
    start_tai_ns
        Start of the window; default: the present, to the minute, or the time of an archive.
    hours, threshold_km
        Length of the window and largest distance of an encounter.
    workers
        Threads; 0 for all cores.

    Raises
    ------
    InputError
        For files or a window that cannot be used.
    """
    began = time.monotonic()
    check_window(hours, threshold_km, force=False)
    with choose_node(home, catalog, now_tai_ns=now_tai_ns, objects=objects, say=say) as chosen:
        view, start, notices = _view(chosen.node, now_tai_ns, start_tai_ns)
        run = _Run(chosen, view, start, now_tai_ns, hours, threshold_km, (*chosen.notices, *notices))
        say(f"screening {len(view):,} objects for {hours:g} h from {format_utc(start, decimals=0)} ...")
        threads = workers or os.cpu_count() or 1
        screening = screen_catalog(view.table, start, hours, threshold_km, workers=threads, progress=progress)
        data = _report_data(run, screening)
    report.parent.mkdir(parents=True, exist_ok=True)
    write_whole(report, render_report(data).encode())
    return UpResult(report, data.notices, tuple(brief.summary(data)), time.monotonic() - began)


def _view(node: Node, now_tai_ns: int, start_tai_ns: int | None) -> tuple[CatalogView, int, tuple[str, ...]]:
    """Return the catalog for the window, where the window starts, and what to say about that."""
    start = whole_minute(now_tai_ns) if start_tai_ns is None else start_tai_ns
    as_of = max(now_tai_ns, clock.now_tai_ns())  # what this run itself loaded counts
    view = view_catalog(node, at_tai_ns=start, as_of_tai_ns=as_of)
    if not len(view):
        raise NotFoundError(nothing_known(node, view), where=str(node.settings.home))
    notes = view.notes
    age_d = (start - float(np.median(view.table.epoch_tai_ns))) / NS_PER_DAY
    if start_tai_ns is None and age_d > ARCHIVE_AGE_D:
        newest = int(np.quantile(view.table.epoch_tai_ns, ARCHIVE_QUANTILE))
        start = whole_minute(newest)
        view = view_catalog(node, at_tai_ns=start, as_of_tai_ns=as_of)
        notes = (
            *view.notes,
            f"The catalog is {age_d:,.0f} days old: the window starts at its own time, "
            f"{format_utc(start, decimals=0)}, not now (--start says otherwise).",
        )
    return view, start, tuple(notes)


def _report_data(run: _Run, screening: Screening) -> ReportData:
    """Rank, fold, compare and fill the page."""
    node, table = run.chosen.node, run.view.table
    with node.database.read() as connection:
        assets = read_assets(connection)
    traits = object_traits(objects_by_number(node, table.norad.tolist()))
    encounters, altitude_km = _with_assets_first(table, screening.encounters, assets, run.start_tai_ns)
    classes = pictures.classify(table, encounters, traits, assets)
    listed = np.flatnonzero(~classes.folded).astype(np.int64)
    risks = assumed_risks(
        node,
        table,
        pictures.kinds_of(table, traits),
        encounters,
        listed,
        assumed=covariances(node, table, _closest_to_assets(encounters, classes)),
        start_tai_ns=run.start_tai_ns,
    )
    picture = Picture(table, encounters, risks, classes, {a.norad: a for a in assets})
    picture, previous_tai_ns = _compared(run, picture, traits)
    _store(run, screening, picture)
    picture = replace(picture, risks=with_messages(node, picture, run.window_tai_ns))
    top = pictures.conjunction_rows(picture, pictures.top_rows(picture))
    skipped, skipped_total = _skipped(run, screening)
    return ReportData(
        node_id=node.node_id,
        data_mode=node.mode,
        made_tai_ns=run.now_tai_ns,
        start_tai_ns=run.start_tai_ns,
        hours=run.hours,
        threshold_km=run.threshold_km,
        catalog=pictures.catalog_picture(table, traits, run.start_tai_ns),
        encounters=pictures.encounter_picture(picture, altitude_km),
        top=top,
        decisions=pictures.decisions(picture),
        worst_by_asset=pictures.worst_by_asset(picture),
        changes=pictures.changes(picture, previous_tai_ns),
        assets=len(assets),
        listed=len(picture.listed),
        comoving=pictures.comoving_rows(picture),
        folds=pictures.folds(picture),
        skipped=skipped,
        skipped_total=skipped_total,
        notices=run.notices,
        inputs=_inputs(node, run.view),
        parameters=_parameters(run),
        skypact_version=__version__,
    )


def _closest_to_assets(found: EncounterTable, classes: PairClasses) -> list[int]:
    """Return the objects of encounters with assets, the closest encounter first."""
    rows = np.flatnonzero(classes.pair_class == PairClass.ASSET)
    order = rows[np.argsort(found.miss_km[rows], kind="stable")]
    both = np.stack([found.row_1[order], found.row_2[order]], axis=1).ravel()
    return list(dict.fromkeys(both.tolist()))


def _with_assets_first(
    table: ElementTable, found: EncounterTable, assets: Sequence[Asset], start_tai_ns: int
) -> tuple[EncounterTable, Floats]:
    """Turn pairs so that the asset is the first object (and its axes count); also return the altitudes in km.

    The altitude is that of the first object at its closest approach, over the equatorial radius.
    """
    own = np.isin(table.norad, np.array([a.norad for a in assets], dtype=np.int64))
    flip = own[found.row_2] & ~own[found.row_1]
    row_1 = np.where(flip, found.row_2, found.row_1)
    row_2 = np.where(flip, found.row_1, found.row_2)
    bodies = Bodies.of(table, start_tai_ns)
    time_s = (tai_ns_to_utc_ns(found.tca_tai_ns) - int(tai_ns_to_utc_ns(start_tai_ns))) / NS_PER_S
    altitude_km = np.empty(len(found))
    axes = np.stack([found.radial_km, found.in_track_km, found.cross_track_km], axis=1)
    for low in range(0, len(found), STATES_AT_ONCE):
        part = slice(low, low + STATES_AT_ONCE)
        states, _ = bodies.states(row_1[part], time_s[part])
        altitude_km[part] = np.linalg.norm(states[:, :3], axis=1) - EARTH_RADIUS_KM
    turned = np.flatnonzero(flip)
    if turned.size:
        now = approach(bodies, row_1[turned], row_2[turned], time_s[turned])
        axes[turned] = local_axes_km(now.first, now.difference)
    columns = dict(zip(("radial_km", "in_track_km", "cross_track_km"), axes.T, strict=True))
    return replace(found, row_1=row_1, row_2=row_2, **columns), altitude_km


def _compared(run: _Run, picture: Picture, traits: ObjectTraits) -> tuple[Picture, int]:
    """Compare with the screening before; also return when that was made (0 where there is none).

    A new exercise population has nothing in common with the one before, so it is compared with nothing.
    """
    node = run.chosen.node
    before = run_before(
        node, traits, picture.assets, made_before_tai_ns=run.now_tai_ns, threshold_km=run.threshold_km
    )
    if before is None or (
        node.mode is DataMode.EXERCISE and before.catalog_sha256 != catalog_sha256(run.view)
    ):
        return picture, 0
    comparison = compare(
        pictures.passages(picture),
        before.passages,
        window_tai_ns=run.window_tai_ns,
        stop_before_tai_ns=before.stop_tai_ns,
    )
    compared = replace(picture, comparison=comparison, miss_before_km=before.passages.miss_km)
    return compared, before.made_tai_ns


def _store(run: _Run, screening: Screening, picture: Picture) -> None:
    """Keep the screening and update the conjunctions that the node tracks."""
    risks = picture.risks
    store_run(
        run.chosen.node,
        run.view,
        replace(screening, encounters=picture.encounters),
        start_tai_ns=run.start_tai_ns,
        hours=run.hours,
        threshold_km=run.threshold_km,
        made_tai_ns=run.now_tai_ns,
        classes=picture.classes,
        pc=RunPc(risks.pc, risks.pc_max, risks.hbr_m, PC_METHOD, SOURCE, risks.note),
    )


def _skipped(run: _Run, screening: Screening) -> tuple[tuple[Skipped, ...], int]:
    """List objects that SGP4 lost, and records that never became objects."""
    table = run.view.table
    lost = [
        Skipped(
            int(table.norad[row]),
            str(table.object_name[row]),
            "SGP4 cannot propagate it through the whole window: decayed, or elements without meaning",
        )
        for row in screening.absent.tolist()
    ]
    with run.chosen.node.database.read() as connection:
        in_force = {*run.view.force.catalogs, *run.view.force.additions}
        records = [line for line in read_quarantine(connection) if line.load_id in in_force]
    kept_out = [
        Skipped(0, "", f"{line.file_name}:{line.line}: {line.field}: {line.reason}") for line in records
    ]
    return (*lost, *kept_out), len(lost) + len(kept_out)


def _inputs(node: Node, view: CatalogView) -> tuple[InputFile, ...]:
    """List the loads that the catalog was made of."""
    wanted = {*view.force.catalogs, *view.force.additions}
    with node.database.read() as connection:
        lines = [line for line in read_loads(connection) if line.facts.load_id in wanted]
    return tuple(
        InputFile(
            name=Path(line.file_name).name,
            what=f"element sets of {line.facts.source}",
            sha256=line.sha256,
            records=line.records,
            newest_tai_ns=line.facts.epoch_last_tai_ns,
        )
        for line in lines
    )


def _parameters(run: _Run) -> dict[str, str]:
    """Name what the result depends on besides the inputs."""
    return {
        "window": f"{format_utc(run.start_tai_ns, decimals=0)}, {run.hours:g} h",
        "threshold_km": f"{run.threshold_km:g}",
        "propagation": "SGP4 and SDP4, WGS-72, TEME (AIAA 2006-6753)",
        "element set of an object": "best fit to the operator's ephemeris, else the newest",
        "Pc": f"{PC_METHOD}, covariances {SOURCE}",
        "Pc at most": "largest over all sizes of a covariance of shape 1:3:1 (RTN), as SOCRATES defines it",
        "hard-body radius": "owner of the asset, radius table, else by kind: "
        + ", ".join(f"{kind} {radius_m:g} m" for kind, radius_m in DEFAULT_RADIUS_M.items()),
        "decision": f"from a Pc of {pictures.PC_THRESHOLD:g} where the owner gave no threshold",
    }
