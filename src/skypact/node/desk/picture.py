"""From a screening to the page: rank, fold, say what needs a decision, and fill the report's data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from skypact.astro.timescales import NS_PER_DAY
from skypact.catalog.actionable import ObjectTraits, PairClass, PairClasses, class_pairs
from skypact.catalog.operators import ObjectKind
from skypact.catalog.regimes import orbit_shapes
from skypact.conjunction.changes import AHEAD, CLOSER, FARTHER, NEW, WORDS, Comparison, Passages
from skypact.conjunction.encounters import EncounterKind, EncounterTable
from skypact.formats.elements import ElementTable
from skypact.node.store.assets import Asset
from skypact.node.views import report, wording
from skypact.node.views.report import (
    CatalogPicture,
    Changes,
    CoMovingRow,
    ConjunctionRow,
    EncounterPicture,
    Fold,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Texts = NDArray[np.object_]

PC_THRESHOLD = 1e-4
"""Probability from which an asset's conjunction wants a decision where its owner gave none: the level at
which most operators maneuver (NASA CARA and ESA use it)."""
TOP_ROWS_MAX = 500
"""Conjunctions handed to the page: it shows the first of them in a table and more as dots."""
ASSET_TOP_MAX = 200
CHANGED_ROWS_MAX = 15

_KIND_CODE = {
    ObjectKind.PAYLOAD: report.PAYLOAD,
    ObjectKind.ROCKET_BODY: report.ROCKET_BODY,
    ObjectKind.DEBRIS: report.DEBRIS,
    ObjectKind.UNKNOWN: report.UNKNOWN,
}
_FOLD_WORDS = {
    PairClass.DEBRIS_ON_DEBRIS: ("debris on debris", "neither object can maneuver: nobody can act"),
    PairClass.ONE_OPERATOR: ("one operator", "both are flown by one operator, who keeps them apart"),
}
CHANGE_RULE = (
    "A conjunction is the same if the pair is the same and the closest approach within 20 minutes; closer "
    "and farther mean a change by more than 100 m and a tenth."
)


@dataclass(frozen=True, eq=False)
class Risks:
    """Probabilities of all rows of an :class:`EncounterTable`; columns of shape (n,), NaN where none.

    ``trust`` is the word shown (``assumed`` for covariances that nobody measured, ``cdm`` for those of a
    message), ``note`` the source; ``hbr_m`` the combined hard-body radius.
    """

    pc: Floats
    pc_max: Floats
    hbr_m: Floats
    trust: Texts
    note: Texts


@dataclass(frozen=True, eq=False)
class Picture:
    """Encounters with everything that is known of them; built once, asked several times."""

    elements: ElementTable
    encounters: EncounterTable
    risks: Risks
    classes: PairClasses
    assets: Mapping[int, Asset]
    comparison: Comparison | None = None
    """Against the run before, over :attr:`listed`."""
    miss_before_km: Floats | None = None
    """Miss distances of the run before, which :attr:`comparison` points into."""

    @cached_property
    def shown(self) -> NDArray[np.bool_]:
        """Rows that are encounters (or edges), not co-moving pairs."""
        return ~self.encounters.is_kind(EncounterKind.CO_MOVING)

    @cached_property
    def listed(self) -> Ints:
        """Rows of conjunctions that are listed: not folded, not co-moving; in order of time."""
        return np.flatnonzero(self.shown & ~self.classes.folded).astype(np.int64)

    @cached_property
    def is_asset(self) -> NDArray[np.bool_]:
        """Rows in which an asset takes part."""
        return np.asarray(self.classes.pair_class == PairClass.ASSET, dtype=np.bool_)


def classify(
    elements: ElementTable, encounters: EncounterTable, traits: ObjectTraits, assets: Sequence[Asset]
) -> PairClasses:
    """Class every row of ``encounters`` by who can act on it."""
    return class_pairs(
        elements.norad[encounters.row_1],
        elements.norad[encounters.row_2],
        traits,
        {asset.norad for asset in assets},
    )


def passages(picture: Picture) -> Passages:
    """Return the listed conjunctions as they are compared from run to run."""
    rows = picture.listed
    found = picture.encounters
    norad = picture.elements.norad
    return Passages(
        norad[found.row_1[rows]], norad[found.row_2[rows]], found.tca_tai_ns[rows], found.miss_km[rows]
    )


def rank(picture: Picture) -> Ints:
    """Return the listed rows, assets first, each by the largest probability, then by distance."""
    rows = picture.listed
    worst = np.nan_to_num(picture.risks.pc_max[rows], nan=-1.0)
    order = np.lexsort((picture.encounters.miss_km[rows], -worst, ~picture.is_asset[rows]))
    return rows[order]


def wants_decision(picture: Picture, row: int, asset: Asset) -> str:
    """Say why a conjunction of an asset wants a decision; empty where it does not."""
    risks, found = picture.risks, picture.encounters
    limit = PC_THRESHOLD if asset.pc_threshold is None else asset.pc_threshold
    pc, pc_max, miss = float(risks.pc[row]), float(risks.pc_max[row]), float(found.miss_km[row])
    if pc >= limit:
        return f"Pc above {wording.probability(limit)}"
    if pc_max >= limit:
        return f"Pc may exceed {wording.probability(limit)}"
    if asset.threshold_km is not None and miss <= asset.threshold_km:
        return f"closer than {wording.distance(asset.threshold_km)}"
    return ""


def conjunction_rows(picture: Picture, rows: Sequence[int]) -> tuple[ConjunctionRow, ...]:
    """Write rows for the page; the asset comes first in its row (axes stay those of the first object)."""
    elements, found, risks = picture.elements, picture.encounters, picture.risks
    written = []
    for row in rows:
        one, two = int(found.row_1[row]), int(found.row_2[row])
        flip = int(elements.norad[one]) not in picture.assets and int(elements.norad[two]) in picture.assets
        first, second = (two, one) if flip else (one, two)
        sign = -1.0 if flip else 1.0
        asset = picture.assets.get(int(elements.norad[first]))
        why = wants_decision(picture, row, asset) if asset else ""
        change, before = _change(picture, int(row))
        tca = int(found.tca_tai_ns[row])
        pc, pc_max = float(risks.pc[row]), float(risks.pc_max[row])
        written.append(
            ConjunctionRow(
                norad_1=int(elements.norad[first]),
                norad_2=int(elements.norad[second]),
                name_1=str(elements.object_name[first]),
                name_2=str(elements.object_name[second]),
                tca_tai_ns=tca,
                miss_km=float(found.miss_km[row]),
                rel_speed_km_s=float(found.rel_speed_km_s[row]),
                radial_km=sign * float(found.radial_km[row]),
                in_track_km=sign * float(found.in_track_km[row]),
                cross_track_km=sign * float(found.cross_track_km[row]),
                age_1_d=(tca - int(elements.epoch_tai_ns[first])) / NS_PER_DAY,
                age_2_d=(tca - int(elements.epoch_tai_ns[second])) / NS_PER_DAY,
                pc=None if np.isnan(pc) else pc,
                pc_max=None if np.isnan(pc_max) else pc_max,
                trust=str(risks.trust[row]),
                trust_note=str(risks.note[row]),
                is_asset=asset is not None,
                owner=asset.owner if asset else "",
                can_maneuver=bool(asset and asset.maneuverable is not False),
                change=change,
                miss_before_km=before,
                wants_decision=bool(why),
                why_decision=why,
            )
        )
    return tuple(written)


def _change(picture: Picture, row: int) -> tuple[str, float | None]:
    place = int(np.searchsorted(picture.listed, row))
    if picture.comparison is None or place == len(picture.listed) or picture.listed[place] != row:
        return "", None
    before = int(picture.comparison.before[place])
    miss = (
        float(picture.miss_before_km[before]) if picture.miss_before_km is not None and before >= 0 else None
    )
    return WORDS[int(picture.comparison.change[place])], miss


def top_rows(picture: Picture) -> list[int]:
    """Return the rows handed to the page: assets first (not all, where there are many), then the others."""
    ranked = rank(picture)
    own = ranked[picture.is_asset[ranked]][:ASSET_TOP_MAX]
    others = ranked[~picture.is_asset[ranked]][: TOP_ROWS_MAX - len(own)]
    return [*own.tolist(), *others.tolist()]


def decisions(picture: Picture) -> tuple[ConjunctionRow, ...]:
    """Return every conjunction that wants a decision, the earliest first."""
    own = np.flatnonzero(picture.is_asset & picture.shown)
    rows = conjunction_rows(picture, own.tolist())
    return tuple(sorted((r for r in rows if r.wants_decision), key=lambda r: r.tca_tai_ns))


def worst_by_asset(picture: Picture) -> tuple[ConjunctionRow, ...]:
    """Return the conjunction with the largest probability of each asset, the worst first."""
    found = picture.encounters
    norad = picture.elements.norad
    ranked = rank(picture)
    chosen: dict[int, int] = {}
    for row in ranked[picture.is_asset[ranked]].tolist():
        for number in (int(norad[found.row_1[row]]), int(norad[found.row_2[row]])):
            if number in picture.assets:
                chosen.setdefault(number, row)
    return conjunction_rows(picture, list(dict.fromkeys(chosen.values())))


def changes(picture: Picture, previous_tai_ns: int) -> Changes | None:
    """Count what changed since the run before and pick the changes that matter most."""
    if picture.comparison is None:
        return None
    change, listed = picture.comparison.change, picture.listed
    numbers = np.bincount(change, minlength=len(WORDS))
    worse = listed[(change == NEW) | (change == CLOSER)]
    ranked = rank(picture)
    rows = ranked[np.isin(ranked, worse)][:CHANGED_ROWS_MAX].tolist()
    return Changes(
        previous_tai_ns=previous_tai_ns,
        new=int(numbers[NEW]),
        gone=len(picture.comparison.gone),
        closer=int(numbers[CLOSER]),
        farther=int(numbers[FARTHER]),
        ahead=int(numbers[AHEAD]),
        rows=conjunction_rows(picture, rows),
        rule=CHANGE_RULE,
    )


def folds(picture: Picture) -> tuple[Fold, ...]:
    """Count what is folded, by reason."""
    counted = picture.classes.pair_class[picture.shown]
    found = [
        Fold(reason, int((counted == pair_class).sum()), why)
        for pair_class, (reason, why) in _FOLD_WORDS.items()
    ]
    return tuple(fold for fold in found if fold.encounters)


def comoving_rows(picture: Picture) -> tuple[CoMovingRow, ...]:
    """Write the co-moving pairs, assets first, then the closest."""
    found, elements = picture.encounters, picture.elements
    rows = np.flatnonzero(found.is_kind(EncounterKind.CO_MOVING))
    order = rows[np.lexsort((found.miss_km[rows], ~picture.is_asset[rows]))]
    return tuple(
        CoMovingRow(
            norad_1=int(elements.norad[found.row_1[row]]),
            norad_2=int(elements.norad[found.row_2[row]]),
            name_1=str(elements.object_name[found.row_1[row]]),
            name_2=str(elements.object_name[found.row_2[row]]),
            start_tai_ns=int(found.start_tai_ns[row]),
            stop_tai_ns=int(found.stop_tai_ns[row]),
            miss_km=float(found.miss_km[row]),
            rel_speed_km_s=float(found.rel_speed_km_s[row]),
            note="asset" if picture.is_asset[row] else "",
        )
        for row in order.tolist()
    )


def kinds_of(elements: ElementTable, traits: ObjectTraits) -> Texts:
    """Return the kind of each object of ``elements``; unknown where ``traits`` does not list it."""
    kinds = np.full(len(elements), ObjectKind.UNKNOWN, dtype=object)
    if len(traits.norad):
        place = np.minimum(np.searchsorted(traits.norad, elements.norad), len(traits.norad) - 1)
        known = traits.norad[place] == elements.norad
        kinds[known] = traits.kind[place[known]]
    return kinds


def catalog_picture(elements: ElementTable, traits: ObjectTraits, start_tai_ns: int) -> CatalogPicture:
    """Return the catalog as the page draws it."""
    shapes = orbit_shapes(elements)
    codes = np.array([_KIND_CODE[kind] for kind in kinds_of(elements, traits)], dtype=np.int64)
    return CatalogPicture(
        perigee_km=shapes.perigee_km,
        apogee_km=shapes.apogee_km,
        inclination_deg=elements.inclination_deg,
        age_d=(start_tai_ns - elements.epoch_tai_ns) / NS_PER_DAY,
        kind=codes,
        regime=tuple(str(r) for r in shapes.regime),
    )


def encounter_picture(picture: Picture, altitude_km: Floats) -> EncounterPicture:
    """Return all encounters as the page draws them; ``altitude_km`` is of every row."""
    rows = np.flatnonzero(picture.shown)
    found = picture.encounters
    group = np.where(
        picture.is_asset, report.ASSET, np.where(picture.classes.folded, report.FOLDED, report.LISTED)
    )
    return EncounterPicture(
        tca_tai_ns=found.tca_tai_ns[rows],
        miss_km=found.miss_km[rows],
        rel_speed_km_s=found.rel_speed_km_s[rows],
        altitude_km=altitude_km[rows],
        group=group[rows].astype(np.int64),
    )
