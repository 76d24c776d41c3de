"""Data providers as a person asks about them: switch, resume, show, update, and what is held of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from skypact.astro.timescales import NS_PER_S, format_utc
from skypact.errors import NotFoundError, SourceError
from skypact.formats.reading import RawInput
from skypact.node.clock import now_tai_ns
from skypact.node.desk.source_bundle import export_bundle, import_bundle
from skypact.node.desk.source_claims import (
    SOURCES,
    Outcome,
    Result,
    barred,
    bodies_folder,
    configured_files,
    file_state,
    refuse_mixing,
    session_path,
    source_limits,
    source_url,
)
from skypact.node.desk.source_update import (
    FILE_COLUMNS,
    HELD_COLUMNS,
    HOW_TO_ENABLE,
    UpdateReport,
    age_h,
    held_cells,
    password_of,
    update,
)
from skypact.node.settings import Settings
from skypact.node.sources import space_track
from skypact.node.sources.bodies import read_body
from skypact.node.sources.files import HOUR_S
from skypact.node.store.budgets import (
    FileState,
    count_requests,
    read_files,
    read_switch,
    write_file,
    write_switch,
)
from skypact.node.views.listing import Column, Listing

if TYPE_CHECKING:
    from skypact.node.store.database import Database

__all__ = [
    "HOW_TO_ENABLE",
    "HeldFile",
    "UpdateReport",
    "disable",
    "enable",
    "export_bundle",
    "held_file",
    "import_bundle",
    "list_sources",
    "password_of",
    "required_file",
    "resume",
    "update",
]

_COLUMNS = (
    *FILE_COLUMNS,
    Column("enabled", "Whether requests to the source are switched on"),
    Column("state", "off, offline, stopped, waiting or ready"),
    Column("asked_1h", "Requests to the source in the last hour, logins too", str),
    Column("allowed_1h", "Most requests to the source in an hour", str),
    Column("next_request_utc", "Before this time nobody asks"),
    *HELD_COLUMNS,
    Column("current_utc", "When the provider last said that what is held is its newest"),
    Column("last_asked_utc", "When it was last asked for"),
    Column("last_result", "What came of it"),
    Column("note", "In words"),
)


def _checked_source(source: str) -> str:
    if source not in SOURCES:
        raise NotFoundError(f"no source '{source}'", remedy=f"use {' or '.join(SOURCES)}")
    return source


def enable(settings: Settings, database: Database, source: str) -> list[str]:
    """Allow requests to a source and return the files that will be asked for.

    Raises
    ------
    NotFoundError
        For a source that does not exist.
    DataModeError
        On a node whose mode is not that of the source's data; UsageError for settings that cannot work.
    """
    refuse_mixing(settings, _checked_source(source))
    files = configured_files(settings, source)
    with database.write() as connection:
        write_switch(connection, replace(read_switch(connection, source), enabled=True))
    return [f.full_name for f in files]


def disable(database: Database, source: str) -> None:
    """Forbid requests to a source; what is held of it stays, and so do its clocks."""
    _checked_source(source)
    with database.write() as connection:
        write_switch(connection, replace(read_switch(connection, source), enabled=False))


def resume(settings: Settings, database: Database, name: str) -> list[str]:
    """Let a stopped source, or one stopped file as ``celestrak/gp-active``, be asked again.

    Only a person may say so. Budgets and intervals keep running; when Space-Track was stopped, its session is
    forgotten, so that a corrected password can be tried.

    Returns
    -------
    list of str
        What was stopped and why; empty where nothing was.
    """
    source, _, file_name = name.partition("/")
    _checked_source(source)
    known = {f.name for f in configured_files(settings, source)}
    resumed = []
    with database.write() as connection:
        states = [s for s in read_files(connection) if s.source == source]
        if file_name and file_name not in known | {s.name for s in states}:
            raise NotFoundError(f"no file '{name}'", remedy=f"one of {', '.join(sorted(known))}")
        for state in states:
            if state.stop_reason and file_name in {"", state.name}:
                resumed.append(f"{source}/{state.name}: {state.stop_reason}")
                write_file(connection, replace(state, stop_reason="", stopped_tai_ns=0))
        switch = read_switch(connection, source)
        if switch.stop_reason and not file_name:
            resumed.append(f"{source}: {switch.stop_reason}")
            again = replace(switch, stop_reason="", stopped_tai_ns=0, login_tai_ns=0, login_until_tai_ns=0)
            write_switch(connection, again)
            if source == space_track.SOURCE:
                session_path(settings).unlink(missing_ok=True)
    return resumed


def list_sources(settings: Settings, database: Database, *, clock: Callable[[], int] = now_tai_ns) -> Listing:
    """Return one row for each file the node takes from a provider: budget, next request, age, last result."""
    now = clock()
    rows = []
    enabled = False
    with database.read() as connection:
        for source in SOURCES:
            switch = read_switch(connection, source)
            enabled |= switch.enabled
            asked = count_requests(connection, source, now - HOUR_S * NS_PER_S)
            allowed = max(limit.requests_max for limit in source_limits(settings, source))
            for file in configured_files(settings, source):
                state = file_state(connection, settings, file)
                bar = barred(connection, settings, file, now)
                rows.append(
                    {
                        "source": source,
                        "file": file.name,
                        "enabled": switch.enabled,
                        "state": _state_word(bar, enabled=switch.enabled),
                        "asked_1h": asked,
                        "allowed_1h": allowed,
                        "next_request_utc": _utc(state.next_tai_ns),
                        **held_cells(state, now),
                        "current_utc": _utc(state.current_tai_ns),
                        "last_asked_utc": _utc(state.asked_tai_ns),
                        "last_result": state.result or None,
                        "note": _note(bar, state, now),
                    }
                )
    note = "" if enabled else f"Nobody has been asked for anything: {HOW_TO_ENABLE}."
    return Listing(_COLUMNS, rows, note)


def _state_word(bar: Outcome | None, *, enabled: bool) -> str:
    if not enabled:
        return "off"
    return "ready" if bar is None else bar.result.value


def _note(bar: Outcome | None, state: FileState, now: int) -> str:
    """Say why nobody may ask, where a column does not say it already; else what came of the last request."""
    if bar is None or (bar.result is Result.WAITING and now < state.next_tai_ns):
        return state.words
    return bar.words


def _utc(tai_ns: int) -> str | None:
    return format_utc(tai_ns, decimals=0) if tai_ns else None


@dataclass(frozen=True)
class HeldFile:
    """A file of a provider as the node holds it, whole and unchanged since it was retrieved."""

    name: str
    """Source and file, as ``celestrak/eop``."""
    raw: RawInput
    retrieved_tai_ns: int
    age_h: float
    """Hours since it was retrieved."""
    url: str


def held_file(
    settings: Settings, database: Database, name: str, *, clock: Callable[[], int] = now_tai_ns
) -> HeldFile | None:
    """Return what the node holds of a file as ``celestrak/eop``, at any age, or ``None``; asks nobody."""
    source, _, file_name = name.partition("/")
    with database.read() as connection:
        state = next((s for s in read_files(connection) if (s.source, s.name) == (source, file_name)), None)
    if state is None or not state.body_sha256:
        return None
    body = read_body(bodies_folder(settings), state.body_sha256)
    if body is None:
        return None
    return HeldFile(name, RawInput(name, body), state.retrieved_tai_ns, age_h(state, clock()), state.body_url)


def required_file(
    settings: Settings, database: Database, name: str, *, clock: Callable[[], int] = now_tai_ns
) -> HeldFile:
    """Return what the node holds of a file, which the caller cannot do without; asks nobody.

    Raises
    ------
    SourceError
        If nothing is held; names the file, its source and how to get it.
    """
    held = held_file(settings, database, name, clock=clock)
    if held is not None:
        return held
    source, _, file_name = name.partition("/")
    _checked_source(source)
    listed = file_name in {f.name for f in configured_files(settings, source)}
    steps = "" if listed else f"add '{file_name}' to {source.replace('-', '_')}_files, "
    raise SourceError(
        f"the node holds no file {name}",
        where=source_url(settings, source),
        remedy=f"{steps}'skypact sources enable {source}' and 'skypact catalog update' fetch it",
    )
