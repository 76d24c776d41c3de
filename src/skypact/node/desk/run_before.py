"""The screening before this one, as far as its conjunctions are listed, to be compared with."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from skypact.catalog.actionable import ObjectTraits, class_pairs
from skypact.conjunction.changes import Passages
from skypact.conjunction.encounters import KIND_NUMBER, EncounterKind
from skypact.errors import StoreError
from skypact.node.desk.node_home import Node
from skypact.node.store.screenings import Archive, read_archive, read_screenings


@dataclass(frozen=True, eq=False)
class RunBefore:
    """The listed conjunctions of a screening, and when it was made and ended."""

    passages: Passages
    made_tai_ns: int
    stop_tai_ns: int
    catalog_sha256: str


def run_before(
    node: Node, traits: ObjectTraits, assets: Collection[int], *, made_before_tai_ns: int, threshold_km: float
) -> RunBefore | None:
    """Return the newest screening of all against all with this threshold; ``None`` where there is none.

    Its encounters are folded by what is known now, so that both sides of a comparison follow one rule.
    """
    with node.database.read() as connection:
        lines = read_screenings(connection)
    for line in lines:
        facts = line.facts
        if facts.primaries or facts.threshold_km != threshold_km or facts.made_tai_ns >= made_before_tai_ns:
            continue
        try:
            archive = read_archive(node.settings.home, line.archive_sha256)
        except StoreError:
            continue  # damaged: an older one serves
        if archive is not None:
            passages = _listed(archive, traits, assets)
            return RunBefore(passages, facts.made_tai_ns, facts.stop_tai_ns, facts.catalog_sha256)
    return None


def _listed(archive: Archive, traits: ObjectTraits, assets: Collection[int]) -> Passages:
    norad_1, norad_2 = archive.norad[archive.row_1], archive.norad[archive.row_2]
    classes = class_pairs(norad_1, norad_2, traits, assets)
    rows = np.flatnonzero(~classes.folded & (archive.kind != KIND_NUMBER[EncounterKind.CO_MOVING]))
    return Passages(norad_1[rows], norad_2[rows], archive.tca_tai_ns[rows], archive.miss_km[rows])
