"""Everything known of a conjunction: both objects, elements and ages, Pc by methods, quality, provenance."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import numpy as np

from skypact.astro.timescales import format_utc
from skypact.catalog.actionable import class_pairs
from skypact.conjunction.orbit_quality import orbit_quality
from skypact.errors import NotFoundError
from skypact.formats.cdm_values import Cdm
from skypact.node.desk.catalog import object_traits, objects_by_number
from skypact.node.desk.cdm_solutions import cdm_of, computed_pc, is_assumed, pair_of, radii_of_node
from skypact.node.desk.conjunction_case import ConjunctionCase, history_listing
from skypact.node.desk.earth_orientation import earth_orientation_of
from skypact.node.desk.element_solutions import ElementMeeting, meeting_of
from skypact.node.desk.node_home import Node
from skypact.node.store.assets import read_assets
from skypact.node.store.cdms import StoredCdm, read_cdm
from skypact.node.store.conjunctions import SolutionLine, Source
from skypact.node.store.screenings import read_screening
from skypact.node.views.listing import Column, Listing

Rows = list[tuple[str, str, Any]]

SHOW_COLUMNS = (
    Column("part", "what it is about"),
    Column("field", "which fact"),
    Column("value", "the fact"),
)
METHODS = ("foster-1992", "alfriend-max", "nc3d")
_SIDES = (0, 1)


def show_conjunction(node: Node, case: ConjunctionCase, *, now_tai_ns: int) -> Listing:
    """List the facts of a conjunction; its history is another listing."""
    rows = _conjunction_rows(node, case, now_tai_ns)
    rows += _object_rows(node, case)
    own = case.newest(Source.SCREENING)
    if own is not None:
        rows += _by_elements(node, own)
    message = case.newest(Source.CDM, Source.CDM_ASSUMED)
    if message is not None and message.cdm_id is not None:
        with node.database.read() as connection:
            stored = read_cdm(connection, message.cdm_id)
        if stored is not None:
            rows += _by_message(node, stored)
    return Listing(SHOW_COLUMNS, [{"part": p, "field": f, "value": v} for p, f, v in rows if v is not None])


def with_history(facts: Listing, case: ConjunctionCase) -> Listing:
    """Return the facts with every solution behind them, as parts ``solution 1``, ``solution 2`` ..."""
    rows = list(facts.rows)
    history = history_listing(case)
    for number, solution in enumerate(history.rows, 1):
        rows += [
            {"part": f"solution {number}", "field": name, "value": value}
            for name, value in solution.items()
            if value not in (None, "")
        ]
    return Listing(facts.columns, rows, facts.note)


def _conjunction_rows(node: Node, case: ConjunctionCase, now_tai_ns: int) -> Rows:
    line, standing = case.line, case.standing
    facts = {
        "id": case.name,
        "status": case.status(now_tai_ns),
        "kind": standing.kind,
        "class": _class(node, case),
        "tca_utc": format_utc(standing.tca_tai_ns, decimals=6),
        "miss_km": f"{standing.miss_km:.6f}",
        "rel_speed_km_s": _text(standing.rel_speed_km_s, ".6f"),
        "radial_km": _text(standing.radial_km, ".6f"),
        "in_track_km": _text(standing.in_track_km, ".6f"),
        "cross_track_km": _text(standing.cross_track_km, ".6f"),
        "axes_of_object": standing.axes_of if standing.radial_km is not None else None,
        "pc": _text(standing.pc, ".4g"),
        "pc_method": standing.pc_method or None,
        "pc_trusted": None if standing.pc is None else standing.pc_trusted,
        "pc_why": standing.pc_why or None,
        "pc_max": _text(standing.pc_max, ".4g"),
        "covariance": standing.covariance,
        "hbr_m": _text(standing.hbr_m, ".3f"),
        "standing_solution": _origin(standing),
        "solutions": len(case.solutions),
        "tca_first_utc": format_utc(line.first_tai_ns, decimals=3),
        "tca_last_utc": format_utc(line.last_tai_ns, decimals=3),
        "found_by_screening": line.found_run,
        "gone_by_screening": line.gone_run,
        "data_mode": node.mode.value,
    }
    return [("conjunction", name, value) for name, value in facts.items()]


def _text(value: float | None, form: str) -> str | None:
    return None if value is None else format(value, form)


def _origin(one: SolutionLine) -> str:
    made = format_utc(one.created_tai_ns, decimals=0)
    number = f"screening {one.run_id}" if one.run_id is not None else f"message {one.cdm_id}"
    return f"{one.source}, {number}, made {made}"


def _numbers(case: ConjunctionCase) -> list[int]:
    return [number for number in (case.line.norad_1, case.line.norad_2) if number is not None]


def _class(node: Node, case: ConjunctionCase) -> str:
    with node.database.read() as connection:
        assets = {asset.norad for asset in read_assets(connection)}
    traits = object_traits(objects_by_number(node, _numbers(case)))
    first, second = (np.array([n or 0], dtype=np.int64) for n in (case.line.norad_1, case.line.norad_2))
    return str(class_pairs(first, second, traits, assets).pair_class[0])


def _object_rows(node: Node, case: ConjunctionCase) -> Rows:
    line = case.line
    known = objects_by_number(node, _numbers(case))
    traits = object_traits(known)
    places = {int(number): row for row, number in enumerate(traits.norad.tolist())}
    with node.database.read() as connection:
        assets = {asset.norad: asset for asset in read_assets(connection)}
    rows: Rows = []
    both = ((line.designator_1, line.norad_1, line.name_1), (line.designator_2, line.norad_2, line.name_2))
    for number, (designator, norad, name) in enumerate(both, 1):
        facts: dict[str, Any] = {"designator": designator, "name": name or None}
        if norad in known:
            fact = known[norad]
            facts |= {
                "name": fact.name or name or None,
                "object_id": fact.object_id or None,
                "kind": str(traits.kind[places[norad]]),
                "operator": str(traits.operator[places[norad]]) or None,
                "owner": fact.owner,
                "status": fact.status,
            }
        if norad in assets:
            asset = assets[norad]
            facts |= {
                "asset_of": asset.owner,
                "contact": asset.contact or None,
                "maneuverable": asset.maneuverable,
                "pc_threshold": asset.pc_threshold,
                "threshold_km": asset.threshold_km,
            }
        rows += [(f"object {number}", field, value) for field, value in facts.items()]
    return rows


def _by_elements(node: Node, solution: SolutionLine) -> Rows:
    """Facts by the element sets of a screening's solution."""
    rows: Rows = []
    with node.database.read() as connection:
        run = read_screening(connection, solution.run_id or 0)
    if run is not None:
        provenance = run.facts.provenance
        facts: dict[str, Any] = {
            "number": run.run_id,
            "made_utc": provenance.created_utc,
            "skypact_version": provenance.skypact_version,
            "method": provenance.method,
            "data_mode": provenance.data_mode.value,
            **provenance.parameters,
            "inputs": " ".join(provenance.inputs),
        }
        rows += [("screening", name, value) for name, value in facts.items()]
    if solution.set_id_1 is None or solution.set_id_2 is None:
        return rows
    sets = (solution.set_id_1, solution.set_id_2)
    try:
        meeting = meeting_of(node, sets, solution.tca_tai_ns, earth_orientation_of(node))
    except NotFoundError as error:
        return [*rows, ("pc by element sets", "why", f"not computed: {error.what}")]
    sigma = meeting.assumed.sigma_km(meeting.age_d)
    for side in _SIDES:
        facts = {
            "element_set": int(meeting.sets.set_id[side]),
            "element_source": str(meeting.sets.source[side]),
            "element_epoch_utc": format_utc(int(meeting.sets.table.epoch_tai_ns[side]), decimals=3),
            "element_age_d": f"{meeting.age_d[side]:.3f}",
            "radius_m": f"{meeting.radius_m[side]:.3f}",
            "radius_source": str(meeting.radius_source[side]),
            "covariance": str(meeting.assumed.source[side]),
            "sigma_rtn_km": " ".join(f"{value:.3f}" for value in sigma[side]),
        }
        rows += [(f"object {side + 1}", name, value) for name, value in facts.items()]
    return rows + _element_pc_rows(meeting)


def _element_pc_rows(meeting: ElementMeeting) -> Rows:
    pc = meeting.pc
    holds = "" if pc.straight[0] else "; slow or curved: Pc not valid"
    region = "diluted: better orbits may raise Pc" if pc.diluted[0] else "robust"
    told = (
        ("foster-1992", float(pc.pc[0]), f"the covariance is assumed{holds}; {region}"),
        ("alfriend-max", float(pc.pc_max[0]), f"largest over all sizes of the assumed covariance{holds}"),
        ("socrates-max", meeting.pc_socrates, "largest over all sizes of a covariance of shape 1:3:1 (RTN)"),
    )
    rows: Rows = []
    for method, value, why in told:
        part = f"pc by element sets, {method}"
        rows += [(part, "pc", None if np.isnan(value) else f"{value:.4g}"), (part, "trusted", False)]
        rows += [(part, "hbr_m", f"{meeting.hbr_m:.3f}"), (part, "why", why)]
    return rows


def _by_message(node: Node, stored: StoredCdm) -> Rows:
    """Facts by a message: what it is, the quality of its orbits, probabilities by several methods."""
    cdm = cdm_of(stored)
    facts: dict[str, Any] = {
        "number": stored.cdm_id,
        "originator": stored.originator,
        "message_id": stored.message_id,
        "created_utc": format_utc(stored.created_tai_ns, decimals=3),
        "file": stored.file_name,
        "loaded_utc": stored.loaded_utc,
        "sha256": sha256(stored.content).hexdigest(),
        "stated_pc": _text(stored.stated_pc, ".4g"),
        "stated_pc_method": stored.stated_pc_method or None,
    }
    rows: Rows = [("message", name, value) for name, value in facts.items()]
    rows += list(_quality_rows(cdm))
    turned = pair_of(cdm).turned
    radii = radii_of_node(node, (item.norad for item in cdm.objects if item.norad is not None))
    result, missing = computed_pc(cdm, METHODS, radii)
    if result is None:
        return [*rows, ("pc by message", "why", f"not computed: {missing}")]
    for one in result.results:
        part = f"pc by message, {one.method}"
        trusted = one.valid and not is_assumed(cdm)
        rows += [(part, "pc", None if np.isnan(one.pc) else f"{one.pc:.4g}"), (part, "trusted", trusted)]
        rows += [(part, "hbr_m", f"{result.hbr_m:.3f} ({result.hbr_source})"), (part, "why", one.why)]
    rows.append(("pc by message", "object_1_is", "object 2" if turned else "object 1"))
    return rows


def _quality_rows(cdm: Cdm) -> Iterable[tuple[str, str, Any]]:
    order = (1, 0) if pair_of(cdm).turned else (0, 1)
    for number, side in enumerate(order, 1):
        item = cdm.objects[side]
        quality = orbit_quality(item, tca_tai_ns=cdm.tca_tai_ns, creation_tai_ns=cdm.creation_tai_ns)
        yield f"object {number}", "orbit_by_message", quality.words()
        yield f"object {number}", "covariance_by_message", item.covariance_method
