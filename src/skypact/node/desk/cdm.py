"""Take conjunction data messages in: kept as received, each once, grouped to conjunctions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
from sqlalchemy import Connection

from skypact import __version__
from skypact.astro.timescales import format_utc
from skypact.conjunction.cdm_mode import mode_of
from skypact.conjunction.grouping import Known, group_messages
from skypact.errors import DataModeError, FormatError, InputError
from skypact.formats.cdm import read_cdm_public, read_cdms
from skypact.formats.cdm_slices import cdm_slices
from skypact.formats.cdm_text import write_cdm_json, write_cdm_kvn, write_cdm_xml
from skypact.formats.cdm_values import Cdm, CdmSummary
from skypact.formats.cdm_write import message_fields
from skypact.formats.detect import Kind, detect
from skypact.formats.fields import COMMENT
from skypact.formats.reading import RawInput, ReadReport, Rejection, unpack
from skypact.node.desk.cdm_solutions import pair_of, radii_of_node, told_by_message, told_by_row
from skypact.node.desk.files import read_input
from skypact.node.desk.node_home import Node
from skypact.node.store.cdms import StoredCdm, add_cdms, known_cdms, list_cdms, message_ids, next_cdm_number
from skypact.node.store.conjunctions import (
    ConjunctionLine,
    SolutionLine,
    add_conjunctions,
    add_solutions,
    change_conjunctions,
    new_line,
    next_numbers,
    read_conjunctions_of,
    with_solutions,
)
from skypact.node.views.listing import Column, Listing, significant
from skypact.records import DataMode, Progress, no_progress

PUBLIC_ORIGINATOR = "Space-Track"
_WRITERS = {Kind.CDM_KVN: write_cdm_kvn, Kind.CDM_XML: write_cdm_xml, Kind.CDM_JSON: write_cdm_json}


@dataclass(frozen=True)
class CdmLoad:
    """What became of the messages.

    Attributes
    ----------
    new, known
        Messages stored now, and those that were there already.
    conjunctions, new_conjunctions
        Conjunctions that got a solution, and how many of them are new.
    rejected
        One line for each message or file that was kept out: where, which field, why.
    """

    new: int
    known: int
    conjunctions: int
    new_conjunctions: int
    rejected: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def words(self) -> str:
        """Say it in one line."""
        text = (
            f"{self.new:,} messages stored in {self.conjunctions:,} conjunctions, "
            f"{self.new_conjunctions:,} of them new"
        )
        if self.known:
            text += f"; {self.known:,} messages were there already"
        if self.rejected:
            text += f"; {len(self.rejected):,} kept out"
        return text


@dataclass(frozen=True, eq=False)
class _Message:
    """A message that was read: what is stored of it, and its value."""

    stored: StoredCdm
    value: Cdm | CdmSummary

    @property
    def pair(self) -> tuple[str, str]:
        return pair_of(self.value).designators


def load_cdms(
    node: Node, paths: Sequence[Path], *, now_tai_ns: int, progress: Progress = no_progress
) -> CdmLoad:
    """Load every CDM of files (KVN, XML, JSON, ``cdm_public``; several in one, gzip, zip).

    A message is stored once, whatever its notation, and joins its conjunction by the rules of
    :mod:`skypact.conjunction.grouping`. Its probability is computed anew where it has covariances and a
    hard-body radius is known. Bad messages are kept out and named; the good ones are stored together or not
    at all.

    Raises
    ------
    NotFoundError
        For a missing file; nothing is stored.
    DataModeError
        For a message of another data mode than the node; nothing is stored.
    FormatError
        Where no file has a good message: the reason of the first.
    """
    messages, rejected, warnings = _read_all([read_input(path) for path in paths], now_tai_ns)
    for message in messages:
        _refuse_other_mode(node.mode, message)
    once = {message.stored.digest: message for message in reversed(messages)}
    ordered = sorted(once.values(), key=lambda m: (m.stored.created_tai_ns, m.stored.digest))
    with node.database.read() as connection:
        there = known_cdms(connection, list(once))
        ids = message_ids(connection, [m.stored.message_id for m in ordered])
    fresh = [message for message in ordered if message.stored.digest not in there]
    for message in fresh:
        stored = message.stored
        if stored.message_id and (stored.originator, stored.message_id) in ids:
            warnings.append(f"{_place(stored)}: message {stored.message_id} was received before, otherwise")
    told = _told(node, fresh, progress)
    with node.database.write() as connection:
        there = known_cdms(connection, list(once))
        fresh = [message for message in fresh if message.stored.digest not in there]
        changed, new = _store(connection, fresh, told)
    return CdmLoad(
        new=len(fresh),
        known=len(messages) - len(fresh),
        conjunctions=changed + new,
        new_conjunctions=new,
        rejected=tuple(rejected),
        warnings=tuple(warnings),
    )


def _read_all(raws: Sequence[RawInput], now_tai_ns: int) -> tuple[list[_Message], list[str], list[str]]:
    """Read what is good; raise the first error where nothing is."""
    messages: list[_Message] = []
    rejected: list[str] = []
    warnings: list[str] = []
    first_error: InputError | None = None
    for raw in raws:
        try:
            parts = list(unpack(raw))
        except InputError as error:
            first_error = first_error or error
            rejected.append(str(error))
            continue
        for part in parts:
            try:
                found, report = _read(part, now_tai_ns)
            except InputError as error:
                first_error = first_error or error
                rejected.append(str(error))
                continue
            messages += found
            rejected += [_rejection(part, r.line, r.field_name, r.reason) for r in report.rejected]
            warnings += report.warnings
    if not messages:
        raise first_error or FormatError("no conjunction data message in it", where=raws[0].name)
    return messages, rejected, warnings


def _rejection(part: RawInput, line: int, field_name: str, reason: str) -> str:
    place = field_name if field_name.startswith(part.name) else part.at(line, field_name)
    return f"{place}: {reason}"


def _read(part: RawInput, now_tai_ns: int) -> tuple[list[_Message], ReadReport]:
    """Read one file and cut it into the bytes of its messages."""
    kind = detect(part)
    values, report = _values(part, kind)
    bad = {rejection.line for rejection in report.rejected}
    slices = [piece for piece in cdm_slices(part) if piece.line not in bad]
    cut = len(slices) == len(values)
    messages = []
    for place, value in enumerate(values):
        if isinstance(value, CdmSummary) and (value.norad_1 is None or value.norad_2 is None):
            report.rejected.append(Rejection(value.line, "SAT_1_ID", "no catalog numbers of both objects"))
            continue
        stored = _stored(value)
        content = slices[place].data if cut else _written(value, kind)
        line = slices[place].line if cut and len(slices) > 1 else 0
        stored = replace(
            stored,
            notation=kind.value,
            as_received=cut,
            content=content,
            file_name=part.name,
            line=line,
            loaded_utc=format_utc(now_tai_ns, decimals=0),
        )
        messages.append(_Message(stored, value))
    return messages, report


def _values(part: RawInput, kind: Kind) -> tuple[Sequence[Cdm | CdmSummary], ReadReport]:
    return read_cdm_public(part) if kind is Kind.CDM_PUBLIC else read_cdms(part)


def _written(value: Cdm | CdmSummary, kind: Kind) -> bytes:
    """Write a message that could not be cut out of its file."""
    return (repr(value) if isinstance(value, CdmSummary) else _WRITERS[kind](value)).encode()


def _stored(value: Cdm | CdmSummary) -> StoredCdm:
    """Return what a message says of itself; how it came is not filled in."""
    if isinstance(value, CdmSummary):
        head = {"originator": PUBLIC_ORIGINATOR, "message_id": value.cdm_id, "stated_pc_method": ""}
        created = value.created_tai_ns
    else:
        method = value.collision_probability_method or ""
        head = {"originator": value.originator, "message_id": value.message_id, "stated_pc_method": method}
        created = value.creation_tai_ns
    return StoredCdm(
        cdm_id=0,
        digest=_digest(value),
        created_tai_ns=created,
        notation="",
        as_received=False,
        content=b"",
        file_name="",
        line=0,
        loaded_utc="",
        stated_pc=value.collision_probability,
        skypact_version=__version__,
        **head,
    )


def _digest(value: Cdm | CdmSummary) -> str:
    """Return the hash of what a message says, the same in every notation."""
    if isinstance(value, CdmSummary):
        return sha256(repr(replace(value, line=0)).encode()).hexdigest()
    told = [
        f"{field.key}={field.text}"
        for part in message_fields(value)
        for field in part
        if field.key != COMMENT and field.text
    ]
    told += [f"mode {mode_of(value)}", f"radius {value.hbr_m}"]
    for item in value.objects:
        dcp = item.dcp
        vectors = [] if dcp is None else [dcp.sigma, *dcp.position_m.tolist(), *dcp.velocity_m_s.tolist()]
        told.append(f"radius {item.hbr_m}, density {vectors}")
    return sha256("\n".join(told).encode()).hexdigest()


def _place(stored: StoredCdm) -> str:
    return f"{stored.file_name}:{stored.line}" if stored.line else stored.file_name


def _refuse_other_mode(mode: DataMode, message: _Message) -> None:
    """Let a node take messages of its own mode only; a TEST node takes all. Unmarked messages are REAL."""
    found = mode_of(message.value) if isinstance(message.value, Cdm) else DataMode.REAL
    if mode is not DataMode.TEST and found is not mode:
        raise DataModeError(
            f"the message is {found}, this node is {mode}",
            where=_place(message.stored),
            remedy="load it into a node of its own mode (SKYPACT_HOME), or into a TEST node",
        )


def _told(node: Node, fresh: Sequence[_Message], progress: Progress) -> dict[str, SolutionLine]:
    """Return the solution of each message, its numbers not filled in yet, by digest."""
    radii = radii_of_node(node, (n for m in fresh for n in pair_of(m.value).norad if n is not None))
    told = {}
    for number, message in enumerate(fresh, 1):
        value = message.value
        told[message.stored.digest] = (
            told_by_row(value) if isinstance(value, CdmSummary) else told_by_message(value, radii)
        )
        progress(number, len(fresh), "messages")
    return told


def _store(
    connection: Connection, fresh: Sequence[_Message], told: dict[str, SolutionLine]
) -> tuple[int, int]:
    """Write messages and their solutions; return how many conjunctions were changed and how many made."""
    cdm_id = next_cdm_number(connection)
    conjunction_id, solution_id = next_numbers(connection)
    lines = [line for line in read_conjunctions_of(connection, {m.pair for m in fresh}) if not line.co_moving]
    places = _group(fresh, lines)
    add_cdms(connection, [replace(message.stored, cdm_id=cdm_id + k) for k, message in enumerate(fresh)])
    current: dict[int, ConjunctionLine] = dict(enumerate(lines))
    solutions = []
    for k, (message, place) in enumerate(zip(fresh, places, strict=True)):
        number = lines[place].conjunction_id if place < len(lines) else conjunction_id + place - len(lines)
        solution = replace(
            told[message.stored.digest],
            solution_id=solution_id + k,
            conjunction_id=number,
            cdm_id=cdm_id + k,
        )
        solutions.append(solution)
        if place not in current:
            pair = pair_of(message.value)
            current[place] = new_line(solution, pair.designators, pair.norad, pair.names)
        current[place] = with_solutions(current[place], [solution], [solution])
    touched = set(places)
    add_conjunctions(connection, [current[place] for place in sorted(touched) if place >= len(lines)])
    change_conjunctions(connection, [current[place] for place in sorted(touched) if place < len(lines)])
    add_solutions(connection, solutions)
    new = sum(place >= len(lines) for place in touched)
    return len(touched) - new, new


def _group(fresh: Sequence[_Message], lines: Sequence[ConjunctionLine]) -> list[int]:
    """Return the place of each message's conjunction: in ``lines``, or behind them for a new one."""
    pairs: dict[tuple[str, str], int] = {}
    for line in lines:
        pairs.setdefault((line.designator_1, line.designator_2), len(pairs))
    for message in fresh:
        pairs.setdefault(message.pair, len(pairs))
    batches: dict[tuple[int, str], int] = {}
    for message in fresh:
        batches.setdefault((message.stored.created_tai_ns, message.stored.originator), len(batches))
    columns = np.array(
        [
            (pairs[line.designator_1, line.designator_2], line.first_tai_ns, line.last_tai_ns)
            for line in lines
        ],
        dtype=np.int64,
    ).reshape(-1, 3)
    return group_messages(
        [pairs[message.pair] for message in fresh],
        [batches[message.stored.created_tai_ns, message.stored.originator] for message in fresh],
        [message.value.tca_tai_ns for message in fresh],
        Known(columns[:, 0], columns[:, 1], columns[:, 2]),
    )


CDM_COLUMNS = (
    Column("cdm", "number of the message in this node", str),
    Column("originator", "who made it"),
    Column("message_id", "its identifier"),
    Column("created_utc", "when it was made"),
    Column("stated_pc", "probability that it states", significant(4)),
    Column("stated_pc_method", "by which method"),
    Column("notation", "cdm-kvn, cdm-xml, cdm-json or cdm-public"),
    Column("as_received", "whether its bytes are kept as they came"),
    Column("file", "file it came in"),
    Column("line", "line at which it began (JSON: place in the list)", str),
    Column("loaded_utc", "when it was loaded"),
)


def list_messages(node: Node, *, limit: int | None = None) -> Listing:
    """List the messages that the node holds, newest creation first."""
    with node.database.read() as connection:
        messages = list_cdms(connection, limit=limit)
    rows = [
        {
            "cdm": m.cdm_id,
            "originator": m.originator,
            "message_id": m.message_id,
            "created_utc": format_utc(m.created_tai_ns, decimals=3),
            "stated_pc": m.stated_pc,
            "stated_pc_method": m.stated_pc_method,
            "notation": m.notation,
            "as_received": m.as_received,
            "file": m.file_name,
            "line": m.line,
            "loaded_utc": m.loaded_utc,
        }
        for m in messages
    ]
    return Listing(CDM_COLUMNS, rows)
