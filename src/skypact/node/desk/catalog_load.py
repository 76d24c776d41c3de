"""Take files into the catalog: element sets, satellite catalogs, radius tables; each whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection

from skypact import __version__
from skypact.catalog.completeness import LoadKind, Verdict, judge, kind_of, series_of
from skypact.catalog.identity import element_digests
from skypact.catalog.operators import ObjectKind, kind_of_word
from skypact.errors import DataModeError, FormatError, UsageError
from skypact.formats.catalog_files import dedupe_newest, name_conflicts, reader_for
from skypact.formats.detect import Kind, detect_text
from skypact.formats.elements import ElementTable
from skypact.formats.hbr import read_radii
from skypact.formats.reading import RawInput, ReadReport, unpack
from skypact.formats.satcat import SatcatTable, read_satcat
from skypact.node.clock import now_tai_ns
from skypact.node.desk.files import read_input
from skypact.node.desk.node_home import Node
from skypact.node.store.element_sets import add_element_sets, numbers_of_load
from skypact.node.store.loads import (
    LoadLine,
    NewLoad,
    accept_load,
    add_load,
    find_load,
    read_loads,
    source_number,
)
from skypact.node.store.objects import Facts, add_facts, add_radii, name_objects
from skypact.records import DataMode

FILE_SOURCE = "file"
"""Source of files that a person loads, unless another name is given."""

MODE_KEYWORD = "DATA_MODE"
"""Column in which skypact marks the data mode of element sets that are not real; without it they are REAL."""

SOURCE_NAME_MAX = 80
_HEAD_BYTES = 262_144


@dataclass(frozen=True)
class LoadResult:
    """What became of one file.

    Attributes
    ----------
    is_new
        Whether the file was not loaded before; otherwise nothing changed, and the counts are of then.
    new_sets
        Element sets that the source had not given before.
    verdict
        Whether the load is complete; ``None`` for histories, additions and facts.
    rejected
        One line for each record that was kept out: where, which field, why.
    """

    load_id: int
    source: str
    file_name: str
    kind: LoadKind
    is_new: bool
    records: int
    objects: int
    new_sets: int
    verdict: Verdict | None
    rejected: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the load may be used for screening."""
        return self.verdict is None or self.verdict.complete

    @property
    def words(self) -> str:
        """Say in one line what happened."""
        if not self.is_new:
            text = f"already loaded (load {self.load_id}), nothing changed"
        elif self.kind is LoadKind.FACTS:
            text = f"facts of {self.objects:,} objects"
        else:
            what = "" if self.kind is LoadKind.CATALOG else f" as {self.kind}"
            text = f"{self.records:,} element sets of {self.objects:,} objects{what}, {self.new_sets:,} new"
        if self.rejected:
            text += f", {len(self.rejected):,} records kept out (skypact catalog quarantine)"
        if self.verdict is not None and not self.verdict.complete:
            text += (
                f"; INCOMPLETE: load {self.verdict.compared_with} has {self.verdict.expected_objects:,} "
                "objects and stays in force, this one is not used (--accept takes it as it is, "
                "--addition or --source NAME puts it beside the catalog)"
            )
        return f"{self.file_name}: {text}"


@dataclass(frozen=True, eq=False)
class _Content:
    """What a file holds, read and not yet written."""

    kind: LoadKind
    report: ReadReport
    elements: ElementTable | None = None
    satcat: SatcatTable | None = None
    radii: tuple[tuple[int, float], ...] = ()

    @property
    def norad(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        if self.elements is not None:
            return self.elements.norad
        if self.satcat is not None:
            return self.satcat.norad
        return np.array([norad for norad, _ in self.radii], dtype=np.int64)


def load_files(
    node: Node,
    paths: Sequence[Path],
    *,
    source: str = FILE_SOURCE,
    retrieved_tai_ns: int | None = None,
    addition: bool = False,
    accept: bool = False,
) -> list[LoadResult]:
    """Load files as :func:`load_raw` does, in order; one that cannot be read stops before any is stored."""
    _check_source(source)
    parts = [part for path in paths for part in _parts(read_input(path))]
    return _load(node, parts, source, retrieved_tai_ns, addition, accept)


def load_raw(
    node: Node,
    raw: RawInput,
    *,
    source: str,
    retrieved_tai_ns: int | None = None,
    addition: bool = False,
    accept: bool = False,
) -> list[LoadResult]:
    """Load one file (gzip and zip as they are), in one transaction for each file inside.

    Loading the same content from the same source again changes nothing. Records that cannot be used go to
    quarantine with their line and reason, the rest is loaded. A file with far fewer objects than the one
    before it is stored, marked incomplete and not used (:mod:`skypact.catalog.completeness`).

    Parameters
    ----------
    source
        Name of who gave the data: ``celestrak``, ``celestrak-supgp``, ``space-track``, ``file`` or any other.
        Loads of one source that share most objects follow each other, the newest complete one counts.
    retrieved_tai_ns
        When the data was got; default: now.
    addition
        Take the element sets as objects besides the catalog, which replace nothing.
    accept
        Take the file as complete although it has far fewer objects than the one before.

    Raises
    ------
    FormatError
        If it is nothing that a catalog can take, or no record of it can be used; nothing is written.
    DataModeError
        If it is of another data mode than the node.
    StoreError
        If the database cannot take it; nothing is written.
    """
    _check_source(source)
    return _load(node, _parts(raw), source, retrieved_tai_ns, addition, accept)


@dataclass(frozen=True)
class _Part:
    """One file, alone or out of an archive, with the SHA-256 by which it is known again."""

    raw: RawInput
    digest: str


def _parts(raw: RawInput) -> list[_Part]:
    found = list(unpack(raw))
    if not found:
        raise FormatError("an archive with no file in it", where=raw.name)
    if len(found) == 1:
        return [_Part(found[0], sha256(raw.data).hexdigest())]
    return [_Part(one, sha256(one.data).hexdigest()) for one in found]


def _load(
    node: Node,
    parts: Sequence[_Part],
    source: str,
    retrieved_tai_ns: int | None,
    addition: bool,
    accept: bool,
) -> list[LoadResult]:
    """Read all that is new, then store it: a bad file among good ones leaves nothing behind."""
    retrieved = now_tai_ns() if retrieved_tai_ns is None else retrieved_tai_ns
    ready: list[tuple[_Part, _Content | int]] = []
    for part in parts:
        with node.database.read() as connection:
            known = find_load(connection, source, part.digest)
        if known is None:
            content = _read(part.raw, addition)
            _refuse_other_mode(node.mode, content, part.raw.name)
            ready.append((part, content))
        else:
            ready.append((part, known))
    return [
        _known(node, part.raw, source, found, accept)
        if isinstance(found, int)
        else _store(node, part.raw, found, source, part.digest, retrieved, accept)
        for part, found in ready
    ]


def _check_source(source: str) -> None:
    if not source.strip() or len(source) > SOURCE_NAME_MAX:
        raise UsageError(f"a name of 1 to {SOURCE_NAME_MAX} characters is needed", where="--source")


def _read(raw: RawInput, addition: bool) -> _Content:
    head = RawInput(raw.name, raw.data[:_HEAD_BYTES])
    found = detect_text(head.text()) if head.data.strip() else Kind.UNKNOWN
    if found is Kind.SATCAT:
        satcat, report = read_satcat(raw)
        content = _Content(LoadKind.FACTS, report, satcat=satcat)
    elif found is Kind.HARD_BODY_RADIUS:
        table, report = read_radii(raw)
        radii = tuple(zip(table.norad.tolist(), table.radius_m.tolist(), strict=True))
        content = _Content(LoadKind.FACTS, report, radii=radii)
    else:
        elements, report = reader_for(raw)(raw)
        kind = LoadKind.ADDITION if addition else kind_of(elements.norad, elements.epoch_tai_ns)
        content = _Content(kind, report, elements=elements)
        report.warnings += name_conflicts(elements)
    if len(content.norad) == 0:
        first = report.rejected[0] if report.rejected else None
        raise FormatError(
            f"none of {len(report.rejected)} records can be used: {first.field_name}: {first.reason}"
            if first
            else "holds no record",
            where=raw.at(first.line if first else 0),
            remedy="nothing was loaded",
        )
    return content


def _refuse_other_mode(mode: DataMode, content: _Content, name: str) -> None:
    """Let a node take data of its own mode only; a TEST node takes all. Unmarked data is REAL."""
    marks = content.elements.extra.get(MODE_KEYWORD, ()) if content.elements is not None else ()
    found = sorted({mark or DataMode.REAL.value for mark in marks} or {DataMode.REAL.value})
    if mode is not DataMode.TEST and found != [mode.value]:
        raise DataModeError(
            f"the data is {' and '.join(found)}, this node is {mode}",
            where=name,
            remedy="load it into a node of its own mode (SKYPACT_HOME), or into a TEST node",
        )


def _known(node: Node, raw: RawInput, source: str, load_id: int, accept: bool) -> LoadResult:
    """Answer for content that is there already; only the word of a person is new."""
    if accept:
        with node.database.write() as connection:
            accept_load(connection, load_id)
    with node.database.read() as connection:
        lines = read_loads(connection, source=source)
    line = next(line for line in lines if line.facts.load_id == load_id)
    return LoadResult(
        load_id=load_id,
        source=source,
        file_name=raw.name,
        kind=line.facts.kind,
        is_new=False,
        records=line.records,
        objects=line.facts.objects,
        new_sets=0,
        verdict=_verdict(lines, load_id),
    )


def _store(
    node: Node, raw: RawInput, content: _Content, source: str, digest: str, retrieved: int, accept: bool
) -> LoadResult:
    elements = content.elements
    digests = element_digests(elements) if elements is not None else None
    report = content.report
    new_sets = 0
    with node.database.write() as connection:
        known = find_load(connection, source, digest)
        if known is None:
            load = _new_load(connection, raw, content, source, digest, retrieved, accept)
            load_id = add_load(connection, load, report.rejected)
            if elements is not None and digests is not None:
                source_id = source_number(connection, source)
                new_sets = add_element_sets(
                    connection, elements, digests, source_id=source_id, load_id=load_id
                )
                _name(connection, elements, source, retrieved)
            if content.satcat is not None:
                add_facts(
                    connection, _satcat_facts(content.satcat), source=source, retrieved_tai_ns=retrieved
                )
            if content.radii:
                add_radii(connection, content.radii, source=Path(raw.name).name)
            lines = read_loads(connection, source=source)
    if known is not None:  # another process was faster
        return _known(node, raw, source, known, accept)
    return LoadResult(
        load_id=load_id,
        source=source,
        file_name=raw.name,
        kind=content.kind,
        is_new=True,
        records=load.records,
        objects=load.objects,
        new_sets=new_sets,
        verdict=_verdict(lines, load_id),
        rejected=tuple(f"{raw.at(r.line, r.field_name)}: {r.reason}" for r in report.rejected),
        warnings=tuple(report.warnings),
    )


def _new_load(
    connection: Connection,
    raw: RawInput,
    content: _Content,
    source: str,
    digest: str,
    retrieved: int,
    accept: bool,
) -> NewLoad:
    epochs = (
        content.elements.epoch_tai_ns
        if content.elements is not None
        else np.array([retrieved], dtype=np.int64)
    )
    return NewLoad(
        source=source,
        series=_series(connection, content, source),
        kind=content.kind,
        file_name=raw.name,
        sha256=digest,
        size_bytes=len(raw.data),
        retrieved_tai_ns=retrieved,
        loaded_utc=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        records=len(content.norad),
        objects=len(np.unique(content.norad)),
        epoch_first_tai_ns=int(epochs.min()),
        epoch_median_tai_ns=int(np.partition(epochs, len(epochs) // 2)[len(epochs) // 2]),
        epoch_last_tai_ns=int(epochs.max()),
        accepted=accept,
        warnings=tuple(content.report.warnings),
        skypact_version=__version__,
    )


def _series(connection: Connection, content: _Content, source: str) -> int:
    """Return the series that a snapshot continues, compared with the newest complete load of each."""
    if content.kind is not LoadKind.CATALOG:
        return 0
    facts = [line.facts for line in read_loads(connection, source=source)]
    verdicts = judge(facts)
    newest = {p.series: p.load_id for p in facts if p.load_id in verdicts and verdicts[p.load_id].complete}
    known = {series: numbers_of_load(connection, load_id) for series, load_id in newest.items()}
    return series_of(content.norad, known)


def _verdict(lines: Sequence[LoadLine], load_id: int) -> Verdict | None:
    return judge(line.facts for line in lines).get(load_id)


def _name(connection: Connection, elements: ElementTable, source: str, retrieved: int) -> None:
    """Write the names of the objects, and what their records tell of them besides elements."""
    newest, others = dedupe_newest(elements)
    rows = zip(
        newest.norad.tolist(),
        newest.object_name.tolist(),
        newest.object_id.tolist(),
        newest.epoch_tai_ns.tolist(),
        strict=True,
    )
    more = zip(others.norad.tolist(), others.object_name.tolist(), strict=True)
    name_objects(connection, rows, source, more_names=more)
    facts = _element_facts(newest)
    if facts:
        add_facts(connection, facts, source=source, retrieved_tai_ns=retrieved)


_FACT_KEYWORDS = {
    "kind": "OBJECT_TYPE",
    "owner": "COUNTRY_CODE",
    "operator": "OPERATOR",
    "launch_utc": "LAUNCH_DATE",
    "launch_site": "SITE",
    "decay_utc": "DECAY_DATE",
    "rcs_size": "RCS_SIZE",
}
"""Facts that Space-Track's element sets and the exercise population carry along."""


def _element_facts(table: ElementTable) -> list[Facts]:
    told: dict[str, list[Any]] = {
        name: [_told(name, text) for text in table.extra[key]]
        for name, key in _FACT_KEYWORDS.items()
        if key in table.extra
    }
    if not told:
        return []
    rows = zip(
        table.norad.tolist(),
        table.object_name.tolist(),
        table.object_id.tolist(),
        *told.values(),
        strict=True,
    )
    return [
        Facts(norad, name, object_id, **dict(zip(told, values, strict=True)))
        for norad, name, object_id, *values in rows
    ]


def _told(key: str, value: str | None) -> str | None:
    """Return a fact as stored: ``None`` for what says nothing."""
    if key == "kind":
        kind = kind_of_word(value or "")
        return None if kind is ObjectKind.UNKNOWN else kind.value
    return value[:_DATE_LENGTH] if value and key in ("launch_utc", "decay_utc") else value or None


_DATE_LENGTH = len("2024-11-01")


def _satcat_facts(table: SatcatTable) -> list[Facts]:
    columns = (
        table.norad,
        table.object_name,
        table.object_id,
        table.object_type,
        table.owner,
        table.ops_status,
        table.launch_date,
        table.launch_site,
        table.decay_date,
        table.rcs_m2,
        table.rcs_size,
    )
    return [
        Facts(
            norad,
            name,
            object_id,
            kind=_told("kind", kind),
            owner=owner or None,
            status=status or None,
            launch_utc=launch or None,
            launch_site=site or None,
            decay_utc=decay or None,
            rcs_m2=None if np.isnan(rcs) else rcs,
            rcs_size=size or None,
        )
        for norad, name, object_id, kind, owner, status, launch, site, decay, rcs, size in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]
