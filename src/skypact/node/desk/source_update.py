"""Bring what the node holds of its providers up to date: ask for what is due, load what came."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from skypact.astro.timescales import NS_PER_S, format_utc
from skypact.errors import InputError, OfflineError, UsageError
from skypact.formats.reading import RawInput
from skypact.node.clock import now_tai_ns
from skypact.node.desk.source_claims import (
    SOURCES,
    Asking,
    Fetcher,
    Outcome,
    Result,
    configured_files,
    file_state,
    refuse_mixing,
)
from skypact.node.desk.source_fetch import fetch_file
from skypact.node.settings import Settings
from skypact.node.sources.answers import Answer, Content
from skypact.node.sources.bodies import drop_unused, read_body
from skypact.node.sources.files import HOUR_S, SourceFile
from skypact.node.sources.http import Asker
from skypact.node.store.budgets import FileState, read_files, read_switch, write_file
from skypact.node.views.listing import Column, Listing, decimals

if TYPE_CHECKING:
    from skypact.node.store.database import Database

HOW_TO_ENABLE = "say 'skypact sources enable celestrak' (or space-track) once"
"""What to type on a node that has never asked anybody."""

FILE_COLUMNS = (
    Column("source", "Data provider"),
    Column("file", "Name of the file, as in the settings"),
)
HELD_COLUMNS = (
    Column("age_h", "Hours since what is held was retrieved", decimals(1)),
    Column("retrieved_utc", "When what is held was retrieved"),
    Column("size_bytes", "Size of what is held", str),
)
_COLUMNS = (
    *FILE_COLUMNS,
    Column("result", "What happened"),
    *HELD_COLUMNS,
    Column("note", "In words"),
)
_PROBLEMS = frozenset(
    {Result.STOPPED, Result.REFUSED, Result.UNREACHABLE, Result.NO_ACCOUNT, Result.INCOMPLETE}
)


class Taken(NamedTuple):
    """What the catalog made of a body."""

    words: str
    complete: bool = True


TakeIn = Callable[[SourceFile, RawInput, int], Taken]
"""Load a body into the catalog: the file, its bytes, and when they were retrieved (TAI ns)."""


@dataclass(frozen=True)
class UpdateRow:
    """What happened to one file in an update; ``state`` describes what is held after it."""

    file: SourceFile
    result: Result
    words: str
    state: FileState
    now_tai_ns: int

    @property
    def missing(self) -> bool:
        """Whether nothing of the file is held."""
        return not self.state.body_sha256

    @property
    def failed(self) -> bool:
        """Whether a person should act: refused, nobody there, no account, or nothing held while offline."""
        return self.result in _PROBLEMS or (self.result is Result.OFFLINE and self.missing)


@dataclass(frozen=True)
class UpdateReport:
    """What an update did, one row for each file of the enabled sources."""

    rows: tuple[UpdateRow, ...]

    @property
    def exit_code(self) -> int:
        """0 where everything is current or merely not due, 2 for a missing account, 3 for the rest."""
        failed = {row.result for row in self.rows if row.failed}
        if not failed:
            return 0
        return 2 if failed == {Result.NO_ACCOUNT} else 3

    @property
    def problems(self) -> tuple[str, ...]:
        """One line for a person about each file that failed."""
        return tuple(f"{row.file.full_name}: {row.words}" for row in self.rows if row.failed)

    def listing(self) -> Listing:
        """Return the report as a listing."""
        rows = [
            {
                "source": row.file.source,
                "file": row.file.name,
                "result": row.result.value,
                **held_cells(row.state, row.now_tai_ns),
                "note": row.words,
            }
            for row in self.rows
        ]
        return Listing(_COLUMNS, rows)


def held_cells(state: FileState, now: int) -> dict[str, float | str | int | None]:
    """Return the cells that say what is held of a file, empty where nothing is."""
    if not state.body_sha256:
        return {"age_h": None, "retrieved_utc": None, "size_bytes": None}
    return {
        "age_h": age_h(state, now),
        "retrieved_utc": format_utc(state.retrieved_tai_ns, decimals=0),
        "size_bytes": state.body_bytes,
    }


def age_h(state: FileState, now: int) -> float:
    """Return the hours since what is held was retrieved."""
    return (now - state.retrieved_tai_ns) / (HOUR_S * NS_PER_S)


def password_of(
    settings: Settings, file: Path | None = None, prompt: Callable[[], str] | None = None
) -> Callable[[], str]:
    """Return what gives the Space-Track password when a login needs it, asking a person at most once.

    Looked for in this order: the file given, the setting (``SKYPACT_SPACE_TRACK_PASSWORD``), the file of the
    settings, the prompt. It is never stored and never printed.
    """

    @cache
    def password() -> str:
        if file is not None:
            return _first_line(file)
        if value := settings.space_track_password.get_secret_value():
            return value
        if settings.space_track_password_file is not None:
            return _first_line(settings.space_track_password_file)
        return prompt() if prompt is not None else ""

    return password


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as stream:
            return stream.readline(1024).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the password file ({error})", where=str(path)) from error


def update(
    settings: Settings,
    database: Database,
    *,
    password: Callable[[], str] | None = None,
    asker: Asking | None = None,
    take_in: TakeIn | None = None,
    clock: Callable[[], int] = now_tai_ns,
    fraction: Callable[[], float] = random.random,
    sleep: Callable[[float], None] = time.sleep,
) -> UpdateReport:
    """Ask the enabled providers for what is due and load what came into the catalog.

    What is not due is served from what is held; what a provider refuses stops until a person resumes it, and
    the other files go on. Offline nothing is asked at all.

    Parameters
    ----------
    settings, database
        Of the node.
    password
        Gives the Space-Track password when a login is due; default: from the settings.
    asker
        Sends the requests; default: HTTP.
    take_in
        Loads a body; default: into the node's catalog.
    clock, fraction, sleep
        The present (TAI ns), random numbers in [0, 1), and waiting; replaced in tests.

    Raises
    ------
    UsageError
        If no provider was ever enabled, or a setting cannot work.
    """
    with database.read() as connection:
        enabled = [source for source in SOURCES if read_switch(connection, source).enabled]
    if not enabled:
        raise UsageError("no data provider is enabled, so nothing was asked", remedy=HOW_TO_ENABLE)
    for source in enabled:
        refuse_mixing(settings, source)
    files = [file for source in enabled for file in configured_files(settings, source)]
    with ExitStack() as stack:
        fetcher = Fetcher(
            settings,
            database,
            asker or _asker(settings, stack),
            password or password_of(settings),
            clock,
            fraction,
            sleep,
            _checks(),
        )
        load = take_in or catalog_loader(fetcher)
        rows = [taken_in(fetcher, fetch_file(fetcher, file), load) for file in files]
    with database.read() as connection:
        used = {state.body_sha256 for state in read_files(connection)}
    drop_unused(fetcher.bodies, used)
    return UpdateReport(tuple(rows))


def _asker(settings: Settings, stack: ExitStack) -> Asking:
    if settings.offline:
        return offline_asker()
    return stack.enter_context(Asker(settings.contact, timeout_s=settings.source_timeout_s))


def offline_asker() -> Asking:
    """Return what stands for the network where no request may leave."""
    return _Nobody()


class _Nobody:
    """Stands for the network where no request may leave."""

    def ask(
        self,
        url: str,
        *,
        limit_bytes: int,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
    ) -> Answer:
        raise OfflineError(f"no request to {url}: the node is switched offline")


def taken_in(fetcher: Fetcher, outcome: Outcome, load: TakeIn) -> UpdateRow:
    """Load a body that the catalog does not have yet, from this request or from an interrupted one."""
    file, state = outcome.file, outcome.state
    now = fetcher.clock()
    result, words = outcome.result, outcome.words
    due = bool(file.catalog_source and state.body_sha256) and state.loaded_sha256 != state.body_sha256
    body = read_body(fetcher.bodies, state.body_sha256) if due else None
    if body is not None:
        try:
            taken = load(file, RawInput(file.full_name, body), state.retrieved_tai_ns)
        except InputError as error:
            state = _note(fetcher, file, state, stop=f"cannot be loaded: {error}")
            resume = f"no more requests until 'skypact sources resume {file.full_name}'"
            return UpdateRow(file, Result.REFUSED, f"cannot be loaded: {error}; {resume}", state, now)
        state = _note(fetcher, file, state, complete=taken.complete)
        result = result if taken.complete else Result.INCOMPLETE
        words = "; ".join(part for part in (words, taken.words) if part)
    elif not state.body_sha256:
        words = f"{words}; nothing is held of it" if words else "nothing is held of it"
    return UpdateRow(file, result, words, state, now)


def _note(
    fetcher: Fetcher, file: SourceFile, loaded: FileState, *, complete: bool = True, stop: str = ""
) -> FileState:
    """Note that the catalog has seen a body; one that is not whole loses its validators.

    Otherwise the provider would answer 304 to the next request, and half a file would stay for good.
    """
    with fetcher.database.write() as connection:
        state = file_state(connection, fetcher.settings, file)
        if state.body_sha256 != loaded.body_sha256:
            return state
        state = replace(state, loaded_sha256=state.body_sha256)
        if stop:
            state = replace(state, stop_reason=stop, stopped_tai_ns=fetcher.clock(), words=stop)
        if stop or not complete:
            state = replace(state, etag="", last_modified="")
        write_file(connection, state)
    return state


def _checks() -> Mapping[Content, Callable[[RawInput], object]]:
    """Return the readers that judge a body before it replaces what is held; the catalog judges the others."""
    from skypact.formats.environment import read_eop_csv, read_space_weather_csv

    return {
        Content.EOP_CSV: lambda raw: read_eop_csv(raw)[0].orientation(raw.name),
        Content.SPACE_WEATHER_CSV: read_space_weather_csv,
    }


def catalog_loader(fetcher: Fetcher) -> TakeIn:
    """Return what loads a body into the node's catalog."""
    from skypact.node.desk.catalog_load import load_raw
    from skypact.node.desk.node_home import Node

    node = Node(fetcher.settings, fetcher.database)

    def load(file: SourceFile, raw: RawInput, retrieved_tai_ns: int) -> Taken:
        loads = load_raw(node, raw, source=file.catalog_source, retrieved_tai_ns=retrieved_tai_ns)
        words = "; ".join(load.words.removeprefix(f"{raw.name}: ") for load in loads)
        return Taken(words, all(load.complete for load in loads))

    return load
