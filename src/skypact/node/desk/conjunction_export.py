"""Conjunctions as CDMs: messages as they were received, and messages made from element sets that say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skypact.astro.earth import EarthOrientation
from skypact.astro.timescales import format_utc
from skypact.conjunction.cdm_content import ElementSide, MessageHead, cdm_of_elements
from skypact.conjunction.encounters import EncounterKind
from skypact.errors import NotFoundError
from skypact.formats.cdm_text import write_cdm_json, write_cdm_kvn, write_cdm_xml
from skypact.formats.cdm_values import Cdm
from skypact.node.desk.cdm_solutions import cdm_of
from skypact.node.desk.conjunction_case import ConjunctionCase, find_conjunction
from skypact.node.desk.earth_orientation import earth_orientation_of
from skypact.node.desk.element_solutions import ElementMeeting, meeting_of
from skypact.node.desk.node_home import Node
from skypact.node.store.assets import read_assets
from skypact.node.store.cdms import StoredCdm, read_cdm
from skypact.node.store.conjunctions import SolutionLine, Source, read_conjunctions
from skypact.node.store.screenings import ScreeningLine, read_screening

WRITERS = {"cdm-kvn": write_cdm_kvn, "cdm-xml": write_cdm_xml, "cdm-json": write_cdm_json}
"""Writers by notation."""
SUFFIXES = {"cdm-kvn": ".cdm", "cdm-xml": ".xml", "cdm-json": ".json"}
PC_METHOD = "foster-1992"


@dataclass(frozen=True, eq=False)
class ExportedCdm:
    """One message of an export.

    Attributes
    ----------
    name
        Identifier of the conjunction.
    content
        The message in the notation asked for.
    received
        Whether it is a message that was received; else it was made from element sets.
    as_received
        Whether ``content`` is the bytes as they came.
    """

    name: str
    content: bytes
    cdm: Cdm
    received: bool
    as_received: bool

    @property
    def words(self) -> str:
        """Say what it is."""
        what = "as received" if self.as_received else "received, written anew" if self.received else ""
        return f"{self.name}: {what or 'made from element sets, covariance assumed'}"


def asset_conjunctions(node: Node, *, now_tai_ns: int) -> list[str]:
    """Return the identifiers of all open conjunctions with an asset, which are exported by default."""
    with node.database.read() as connection:
        assets = {asset.norad for asset in read_assets(connection)}
        lines = read_conjunctions(connection, since_tai_ns=now_tai_ns)
    return [
        str(line.conjunction_id)
        for line in lines
        if line.gone_run is None and not line.co_moving and {line.norad_1, line.norad_2} & assets
    ]


def export_conjunctions(
    node: Node, names: Sequence[str], notation: str, *, now_tai_ns: int
) -> list[ExportedCdm]:
    """Return one message for each conjunction, in the order asked for.

    Exported is what stands: a message as it was received (its own bytes where the notation is the same), or
    one made from the element sets of the newest screening, with ``COVARIANCE_METHOD = DEFAULT``.

    Parameters
    ----------
    notation
        ``cdm-kvn``, ``cdm-xml`` or ``cdm-json``.

    Raises
    ------
    NotFoundError
        For an unknown conjunction, or one that only ``cdm_public`` tells of.
    """
    orientation = earth_orientation_of(node)
    return [_export(node, find_conjunction(node, name), notation, now_tai_ns, orientation) for name in names]


def joined(messages: Sequence[ExportedCdm], notation: str) -> bytes:
    """Return one file with all messages; several in XML or JSON are written anew into one document."""
    if len(messages) == 1:
        return messages[0].content
    if notation == "cdm-kvn":
        return b"\n".join(message.content.rstrip(b"\r\n") + b"\n" for message in messages)
    return WRITERS[notation](*(message.cdm for message in messages)).encode()


def _export(
    node: Node, case: ConjunctionCase, notation: str, now_tai_ns: int, orientation: EarthOrientation
) -> ExportedCdm:
    solution = case.standing
    if solution.source == Source.CDM_PUBLIC:
        better = case.newest(Source.CDM, Source.CDM_ASSUMED) or case.newest(Source.SCREENING)
        if better is None:
            raise NotFoundError(
                f"conjunction {case.name} is known from cdm_public only, which has no states",
                remedy="ask the owner for the full CDM and load it with 'skypact cdm load'",
            )
        solution = better
    if solution.cdm_id is not None:
        return _received(node, case, solution.cdm_id, notation)
    cdm = _made(node, case, solution, now_tai_ns, orientation)
    return ExportedCdm(case.name, WRITERS[notation](cdm).encode(), cdm, received=False, as_received=False)


def _received(node: Node, case: ConjunctionCase, cdm_id: int, notation: str) -> ExportedCdm:
    with node.database.read() as connection:
        stored = read_cdm(connection, cdm_id)
    if stored is None:
        raise NotFoundError(f"message {cdm_id} is not in the node any more")
    cdm = cdm_of(stored)
    keep = _keeps_bytes(stored, notation)
    content = stored.content if keep else WRITERS[notation](cdm).encode()
    return ExportedCdm(case.name, content, cdm, received=True, as_received=keep)


def _keeps_bytes(stored: StoredCdm, notation: str) -> bool:
    return stored.as_received and stored.notation == notation


def _made(
    node: Node,
    case: ConjunctionCase,
    solution: SolutionLine,
    now_tai_ns: int,
    orientation: EarthOrientation,
) -> Cdm:
    """Make a message from the element sets of a solution, an asset as OBJECT1."""
    if solution.set_id_1 is None or solution.set_id_2 is None or solution.run_id is None:
        raise NotFoundError(f"conjunction {case.name} has no element sets")
    with node.database.read() as connection:
        run = read_screening(connection, solution.run_id)
        assets = {asset.norad for asset in read_assets(connection)}
    turned = case.line.norad_2 in assets and case.line.norad_1 not in assets
    sets = (solution.set_id_1, solution.set_id_2)
    meeting = meeting_of(node, sets[::-1] if turned else sets, solution.tca_tai_ns, orientation)
    pc = float(meeting.pc.pc[0])
    numbers = [int(n) for n in meeting.sets.table.norad.tolist()]
    edge = " (TCA is the edge of the window)" if solution.kind == EncounterKind.EDGE else ""
    head = MessageHead(
        message_id=_message_id(node, numbers, meeting.tca_tai_ns, now_tai_ns),
        originator=node.node_id,
        creation_tai_ns=now_tai_ns,
        tca_tai_ns=meeting.tca_tai_ns,
        data_mode=node.mode,
        screening=f"number {solution.run_id} of {node.node_id}"
        + (f", {_sought(run)}, catalog sha256:{run.facts.catalog_sha256}" if run else "")
        + edge,
        hbr_m=meeting.hbr_m,
        hbr_source=" and ".join(dict.fromkeys(map(str, meeting.radius_source))) + ", sum of both",
        pc=None if np.isnan(pc) else pc,
        pc_method=PC_METHOD,
        start_tai_ns=run.facts.start_tai_ns if run else None,
        stop_tai_ns=run.facts.stop_tai_ns if run else None,
    )
    return cdm_of_elements(_side(node, meeting, 0), _side(node, meeting, 1), head)


def _sought(run: ScreeningLine) -> str:
    return run.facts.volume or f"below {run.facts.threshold_km:g} km"


def _message_id(node: Node, numbers: Sequence[int], tca_tai_ns: int, created_tai_ns: int) -> str:
    """Name a message by both objects, TCA and creation, as NASA CARA does, behind the node's identity."""
    times = [format_utc(t, decimals=0) for t in (tca_tai_ns, created_tai_ns)]
    stamps = [t.translate(str.maketrans("T", "_", "-:Z")) for t in times]
    return f"{node.node_id}_{numbers[0]:09d}_conj_{numbers[1]:09d}_{stamps[0]}_{stamps[1]}"


def _side(node: Node, meeting: ElementMeeting, row: int) -> ElementSide:
    table, sets = meeting.sets.table, meeting.sets
    shapes = meeting.assumed.covariance_rtn_km2(meeting.age_d)
    return ElementSide(
        norad=int(table.norad[row]),
        object_name=str(table.object_name[row]),
        object_id=str(table.object_id[row]),
        kind=str(meeting.kinds[row]),
        operator=str(meeting.operators[row]),
        maneuverable=meeting.maneuverable[row],
        epoch_tai_ns=int(table.epoch_tai_ns[row]),
        set_name=f"source {sets.source[row]}, number {int(sets.set_id[row])} of {node.node_id}",
        position_km=meeting.states.position_km[row],
        velocity_km_s=meeting.states.velocity_km_s[row],
        covariance_rtn_km2=shapes[row],
        covariance_source=str(meeting.assumed.source[row]),
    )
