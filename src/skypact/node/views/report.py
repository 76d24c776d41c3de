"""The report: one self-contained HTML page made of plain values.

:class:`ReportData` says everything that the page shows; ``node/desk`` fills it, :func:`render_report` writes
it. Nothing here reads the store, and the page asks nobody for anything: style, figures and text are inside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.astro.timescales import NS_PER_DAY, NS_PER_S, format_utc
from skypact.node.views import wording
from skypact.records import DataMode

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DECISION_LEAD_D = 2.0
"""Days before the closest approach by which a decision is taken: the time an operator needs to plan, screen
and upload a maneuver."""
TOP_ASSET_ROWS_MAX = 30
TOP_ROWS_MAX = 40
COMOVING_ROWS_MAX = 40
SKIPPED_ROWS_MAX = 40
"""Rows shown; the page counts the rest and says where they are."""

ASSET, LISTED, FOLDED = 0, 1, 2
"""Groups of encounters: of an asset, listed, folded away."""
PAYLOAD, ROCKET_BODY, DEBRIS, UNKNOWN = 0, 1, 2, 3
"""Kinds of objects in :class:`CatalogPicture`."""


@dataclass(frozen=True)
class ConjunctionRow:
    """One conjunction as the page shows it; object 1 is the asset where one of the two is.

    ``pc`` is the probability with the covariances named in ``trust``; ``pc_max`` the largest that any
    covariance of that shape gives. ``miss_before_km`` is the miss distance of the run before.
    """

    norad_1: int
    norad_2: int
    name_1: str
    name_2: str
    tca_tai_ns: int
    miss_km: float
    rel_speed_km_s: float
    radial_km: float
    in_track_km: float
    cross_track_km: float
    age_1_d: float
    age_2_d: float
    pc: float | None = None
    pc_max: float | None = None
    trust: str = ""
    trust_note: str = ""
    is_asset: bool = False
    owner: str = ""
    can_maneuver: bool = False
    change: str = ""
    """``new``, ``closer``, ``farther``, ``same``, ``ahead`` (beyond the window before), or empty."""
    miss_before_km: float | None = None
    wants_decision: bool = False
    why_decision: str = ""


@dataclass(frozen=True)
class CoMovingRow:
    """A pair that stays together."""

    norad_1: int
    norad_2: int
    name_1: str
    name_2: str
    start_tai_ns: int
    stop_tai_ns: int
    miss_km: float
    rel_speed_km_s: float
    note: str = ""


@dataclass(frozen=True)
class Fold:
    """Encounters that are counted but not listed, and why."""

    reason: str
    encounters: int
    explanation: str = ""


@dataclass(frozen=True)
class Skipped:
    """An object (or record) that took no part, or only for a time, and why."""

    norad: int
    name: str
    reason: str


@dataclass(frozen=True)
class InputFile:
    """Something that went into the run."""

    name: str
    what: str
    sha256: str
    records: int
    newest_tai_ns: int | None = None


@dataclass(frozen=True, eq=False)
class CatalogPicture:
    """The catalog as arrays of shape (n,): heights over the equator, ages at the start of the window."""

    perigee_km: Floats
    apogee_km: Floats
    inclination_deg: Floats
    age_d: Floats
    kind: Ints
    regime: tuple[str, ...]
    """Regime of every object, e.g. ``LEO``."""

    def __len__(self) -> int:
        return int(self.age_d.shape[0])


@dataclass(frozen=True, eq=False)
class EncounterPicture:
    """All encounters of the window as arrays of shape (m,)."""

    tca_tai_ns: Ints
    miss_km: Floats
    rel_speed_km_s: Floats
    altitude_km: Floats
    group: Ints

    def __len__(self) -> int:
        return int(self.miss_km.shape[0])


@dataclass(frozen=True)
class Changes:
    """What is different from the run before, over conjunctions that are listed."""

    previous_tai_ns: int
    new: int
    gone: int
    closer: int
    farther: int
    ahead: int = 0
    """Came into sight because the window moved on."""
    rows: tuple[ConjunctionRow, ...] = ()
    """The changes that matter most, assets first."""
    rule: str = ""


@dataclass(frozen=True, eq=False)
class ReportData:
    """Everything the page shows."""

    node_id: str
    data_mode: DataMode
    made_tai_ns: int
    start_tai_ns: int
    hours: float
    threshold_km: float
    catalog: CatalogPicture
    encounters: EncounterPicture
    top: tuple[ConjunctionRow, ...]
    decisions: tuple[ConjunctionRow, ...] = ()
    worst_by_asset: tuple[ConjunctionRow, ...] = ()
    assets: int = 0
    listed: int = 0
    """Conjunctions that are not folded (the table shows the first of them)."""
    changes: Changes | None = None
    comoving: tuple[CoMovingRow, ...] = ()
    folds: tuple[Fold, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    skipped_total: int = 0
    notices: tuple[str, ...] = ()
    """Sentences about the node used and what to do next; shown at the top."""
    inputs: tuple[InputFile, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    skypact_version: str = ""

    @property
    def present_tai_ns(self) -> int:
        """The moment that counts as now: when the page was made, or the start of an archive's window."""
        stop = self.start_tai_ns + int(self.hours * 3600 * NS_PER_S)
        return self.made_tai_ns if self.made_tai_ns < stop else self.start_tai_ns


def decide_by_tai_ns(tca_tai_ns: int) -> int:
    """Return the moment by which something must be decided about a closest approach."""
    return tca_tai_ns - int(DECISION_LEAD_D * NS_PER_DAY)


def regime_counts(catalog: CatalogPicture) -> list[tuple[str, tuple[int, int, int, int], int]]:
    """Return (regime, counts by kind, all) with the largest regime first."""
    names = np.array(catalog.regime, dtype=object)
    rows = []
    for name in sorted(set(catalog.regime)):
        kinds = np.bincount(catalog.kind[names == name], minlength=4)
        rows.append(
            (str(name), (int(kinds[0]), int(kinds[1]), int(kinds[2]), int(kinds[3])), int(kinds.sum()))
        )
    return sorted(rows, key=lambda row: (-row[2], row[0]))


def _age_quantiles(catalog: CatalogPicture) -> dict[str, float]:
    if not len(catalog):
        return {}
    levels = np.quantile(np.maximum(catalog.age_d, 0.0), [0.5, 0.9, 0.99])
    return {"median": float(levels[0]), "p90": float(levels[1]), "p99": float(levels[2])}


def render_report(data: ReportData) -> str:
    """Write the page.

    The same data give the same bytes. Object names and all other texts are escaped.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from skypact.node.views import brief, figures
    from skypact.node.views.paths import TEMPLATES

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(_filters())
    template = environment.get_template("report.html.j2")
    return template.render(
        d=data,
        style=(TEMPLATES / "report.css").read_text(encoding="utf-8"),
        brief=brief.compose(data),
        figures=figures.all_figures(data),
        regimes=regime_counts(data.catalog),
        ages=_age_quantiles(data.catalog),
        decide_by=decide_by_tai_ns,
        top_assets=[row for row in data.top if row.is_asset][:TOP_ASSET_ROWS_MAX],
        top_others=[row for row in data.top if not row.is_asset][:TOP_ROWS_MAX],
        comoving=data.comoving[:COMOVING_ROWS_MAX],
        skipped=data.skipped[:SKIPPED_ROWS_MAX],
    )


def _filters() -> dict[str, Any]:
    """Return the template's filters: how values are written."""
    return {
        "count": wording.count,
        "pc": wording.probability,
        "distance": wording.distance,
        "when": wording.day_and_time,
        "span": wording.span,
        "plain": lambda value: f"{value:g}",
        "utc_s": lambda tai_ns: format_utc(int(tai_ns), decimals=0),
        "fixed": lambda value, places: "–" if not np.isfinite(value) else f"{value:.{places}f}",
        "signed": lambda value: "–" if not np.isfinite(value) else f"{value:+.3f}".replace("-", "−"),
    }
