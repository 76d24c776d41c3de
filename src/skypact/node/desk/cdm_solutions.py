"""What a conjunction data message tells of a conjunction, as a solution."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from skypact.conjunction.cdm_content import ASSUMED
from skypact.conjunction.encounters import EncounterKind
from skypact.errors import InputError
from skypact.formats.cdm import read_cdms
from skypact.formats.cdm_values import Cdm, CdmObject, CdmSummary
from skypact.formats.hbr import RadiusTable
from skypact.formats.reading import RawInput
from skypact.node.desk.catalog import object_radii
from skypact.node.desk.node_home import Node
from skypact.node.desk.pc import MessagePc, PcRequest, pc_of_message
from skypact.node.store.cdms import StoredCdm
from skypact.node.store.conjunctions import SolutionLine, Source

M_PER_KM = 1000.0
METHOD = "foster-1992"
MAXIMUM = "alfriend-max"


@dataclass(frozen=True)
class Pair:
    """The two objects in the order in which conjunctions are written: by number, those without one last."""

    designators: tuple[str, str]
    norad: tuple[int | None, int | None]
    names: tuple[str, str]
    turned: bool
    """Whether OBJECT1 of the message is the second here."""


def pair_of(value: Cdm | CdmSummary) -> Pair:
    """Return the pair that a message is about."""
    if isinstance(value, CdmSummary):
        both = [
            (value.norad_1, str(value.norad_1), value.name_1),
            (value.norad_2, str(value.norad_2), value.name_2),
        ]
    else:
        both = [(item.norad, _designator(item), item.object_name) for item in value.objects]
    first, second = sorted(both, key=lambda one: (one[0] is None, one[0] or 0, one[1]))
    return Pair((first[1], second[1]), (first[0], second[0]), (first[2], second[2]), first is not both[0])


def _designator(item: CdmObject) -> str:
    if item.norad is not None:
        return str(item.norad)
    return f"{item.catalog_name.strip().upper()}:{item.designator.strip()}"


def cdm_of(stored: StoredCdm) -> Cdm:
    """Read a stored message."""
    return read_cdms(RawInput(stored.file_name, stored.content))[0][0]


def is_assumed(cdm: Cdm) -> bool:
    """Say whether a message states a covariance that nobody estimated."""
    return any(item.covariance_method.strip().upper() == ASSUMED for item in cdm.objects)


def told_by_row(row: CdmSummary) -> SolutionLine:
    """Return what a row of ``cdm_public`` tells: no states, so its probability is taken as stated."""
    why = "as stated in cdm_public, which has no states"
    pc = row.collision_probability
    return _solution(
        Source.CDM_PUBLIC,
        row.created_tai_ns,
        row.tca_tai_ns,
        row.miss_distance_m,
        pair_of(row),
        covariance="not given (cdm_public)",
        pc=pc,
        pc_method="" if pc is None else "stated",
        pc_why="" if pc is None else why,
    )


def told_by_message(cdm: Cdm, radii: RadiusTable) -> SolutionLine:
    """Return what a message tells, its probability computed anew where that is possible."""
    result, without_pc = computed_pc(cdm, (METHOD, MAXIMUM), radii)
    methods = " and ".join(dict.fromkeys(item.covariance_method or "not stated" for item in cdm.objects))
    covariance = f"CDM of {cdm.originator}: {methods}"
    assumed = is_assumed(cdm)
    pc, pc_max, hbr_m = cdm.collision_probability, None, cdm.hbr_m
    method, trusted = cdm.collision_probability_method or "stated", False
    why = f"as stated in the message; not computed: {without_pc}"
    if result is not None:
        foster, largest = result.results
        pc, pc_max, hbr_m = _finite(foster.pc), _finite(largest.pc), result.hbr_m
        method, trusted = METHOD, foster.valid and not assumed
        doubt = "the covariance is assumed; " if assumed else ""
        why = f"{doubt}{foster.why}; hard-body radius: {result.hbr_source}"
    return _solution(
        Source.CDM_ASSUMED if assumed else Source.CDM,
        cdm.creation_tai_ns,
        cdm.tca_tai_ns,
        cdm.miss_distance_m,
        pair_of(cdm),
        covariance=covariance,
        relative_speed_m_s=cdm.relative_speed_m_s if result is None else result.relative_speed_m_s,
        position_rtn_m=cdm.relative_position_rtn_m,
        hbr_m=hbr_m,
        pc=pc,
        pc_method="" if pc is None else method,
        pc_trusted=trusted,
        pc_why="" if pc is None else why,
        pc_max=pc_max,
    )


def computed_pc(cdm: Cdm, methods: tuple[str, ...], radii: RadiusTable) -> tuple[MessagePc | None, str]:
    """Compute probabilities of a message with its own radius or the node's; else say what is missing."""
    if any(item.covariance_rtn_m2 is None for item in cdm.objects):
        return None, "no covariance"
    try:
        return pc_of_message(cdm, cdm.message_id, PcRequest(methods=methods, radii=radii)), ""
    except InputError as error:
        return None, error.what


def radii_of_node(node: Node, norad: Iterable[int]) -> RadiusTable:
    """Return the radii that the node knows of these objects."""
    numbers = np.array(sorted(set(norad)), dtype=np.int64)
    radius_m, source = object_radii(node, numbers)
    known = np.flatnonzero(np.isfinite(radius_m))
    nothing = np.full(len(known), np.nan)
    return RadiusTable(
        numbers[known], radius_m[known], nothing, source[known], np.zeros(len(known), dtype=np.int64)
    )


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _solution(
    source: Source,
    created_tai_ns: int,
    tca_tai_ns: int,
    miss_m: float,
    pair: Pair,
    *,
    covariance: str,
    relative_speed_m_s: float | None = None,
    position_rtn_m: np.ndarray[tuple[int], np.dtype[np.float64]] | None = None,
    hbr_m: float | None = None,
    pc: float | None = None,
    pc_method: str = "",
    pc_trusted: bool = False,
    pc_why: str = "",
    pc_max: float | None = None,
) -> SolutionLine:
    radial, in_track, cross_track = (
        (None, None, None) if position_rtn_m is None else (float(x) / M_PER_KM for x in position_rtn_m)
    )
    return SolutionLine(
        solution_id=0,
        conjunction_id=0,
        source=source.value,
        run_id=None,
        cdm_id=None,
        created_tai_ns=created_tai_ns,
        kind=EncounterKind.ENCOUNTER.value,
        tca_tai_ns=tca_tai_ns,
        start_tai_ns=tca_tai_ns,
        stop_tai_ns=tca_tai_ns,
        miss_km=miss_m / M_PER_KM,
        rel_speed_km_s=None if relative_speed_m_s is None else relative_speed_m_s / M_PER_KM,
        radial_km=radial,
        in_track_km=in_track,
        cross_track_km=cross_track,
        axes_of=2 if pair.turned else 1,
        set_id_1=None,
        set_id_2=None,
        covariance=covariance,
        hbr_m=hbr_m,
        pc=pc,
        pc_method=pc_method,
        pc_trusted=pc_trusted,
        pc_why=pc_why,
        pc_max=pc_max,
    )
