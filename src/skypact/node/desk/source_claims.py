"""May a provider be asked for a file now? Reserve the request, or say why not.

Everything that must hold between processes is decided here, inside one write transaction of the database
and before a request leaves. The facts are in :mod:`skypact.node.store.budgets`, the rules in
:mod:`skypact.node.sources.manners`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from skypact.astro.timescales import NS_PER_S, format_utc
from skypact.errors import DataModeError
from skypact.formats.reading import RawInput
from skypact.node.clock import now_tai_ns
from skypact.node.settings import Settings
from skypact.node.sources import celestrak, space_track
from skypact.node.sources.answers import Answer, Content
from skypact.node.sources.files import HOUR_S, SourceFile
from skypact.node.sources.http import checked_url
from skypact.node.sources.manners import Limit, earliest_hour, earliest_within, next_pull
from skypact.node.store.budgets import (
    FileState,
    read_file,
    read_switch,
    requests_since,
    reserve_request,
    write_file,
)
from skypact.records import DataMode

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from skypact.node.store.database import Database

SOURCES = (celestrak.SOURCE, space_track.SOURCE)
_REAL_URLS = {celestrak.SOURCE: celestrak.URL, space_track.SOURCE: space_track.URL}

KEPT_S = 7 * 24 * HOUR_S
"""How long requests are remembered; longer than any window of a budget."""


class Result(StrEnum):
    """How an attempt to bring one file up to date ended."""

    NEW = "new"
    UNCHANGED = "unchanged"
    TOO_SOON = "too soon"
    WAITING = "waiting"
    """Not due: what is held is served, no request was made."""
    OFFLINE = "offline"
    STOPPED = "stopped"
    """Refused earlier; a person must resume it."""
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    NO_ACCOUNT = "no account"
    INCOMPLETE = "incomplete"
    """It came and is kept, but has far fewer objects than the one before, which stays in force."""


@dataclass(frozen=True)
class Outcome:
    """What an attempt brought; ``state`` describes what is held, on a refusal what was held before."""

    file: SourceFile
    result: Result
    state: FileState
    words: str = ""


class Asking(Protocol):
    """What sends requests: :class:`skypact.node.sources.http.Asker`."""

    def ask(
        self,
        url: str,
        *,
        limit_bytes: int,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request and return what happened."""
        ...


@dataclass(frozen=True)
class Fetcher:
    """What a fetch needs of its node; clock, chance and sleep are arguments so that tests need not wait."""

    settings: Settings
    database: Database
    asker: Asking
    password: Callable[[], str] = lambda: ""
    """Called only when a login is due; returns nothing where there is no password."""
    clock: Callable[[], int] = now_tai_ns
    fraction: Callable[[], float] = random.random
    sleep: Callable[[float], None] = time.sleep
    checks: Mapping[Content, Callable[[RawInput], object]] = field(default_factory=dict)
    """Readers by content; one that raises FormatError keeps a body out."""

    @property
    def bodies(self) -> Path:
        """Folder of downloaded bodies."""
        return bodies_folder(self.settings)

    @property
    def session_file(self) -> Path:
        """File of the Space-Track session that the processes of this node share."""
        return session_path(self.settings)


def bodies_folder(settings: Settings) -> Path:
    """Return the folder in which a node keeps what it downloaded."""
    return settings.home / "sources" / "bodies"


def session_path(settings: Settings) -> Path:
    """Return the file in which a node keeps its Space-Track session."""
    return settings.home / "sources" / "space-track.session"


def source_url(settings: Settings, source: str) -> str:
    """Return the address of a source, from the settings.

    Raises
    ------
    UsageError
        If it is not https.
    """
    if source == celestrak.SOURCE:
        return checked_url(settings.celestrak_url, "celestrak_url")
    return checked_url(settings.space_track_url, "space_track_url")


def refuse_mixing(settings: Settings, source: str) -> None:
    """Keep what the real providers hold out of nodes that are not REAL.

    Raises
    ------
    DataModeError
        For the provider's own address in a node of another mode; a test server's is allowed.
    """
    if settings.mode is not DataMode.REAL and source_url(settings, source) == _REAL_URLS[source]:
        raise DataModeError(
            f"the node is {settings.mode} and {source} holds REAL data",
            remedy="make another node for it: set SKYPACT_HOME and 'skypact init --mode REAL'",
        )


def source_limits(settings: Settings, source: str) -> tuple[Limit, ...]:
    """Return the budget of a source, from the settings."""
    if source == celestrak.SOURCE:
        return celestrak.LIMITS
    return (
        Limit(settings.space_track_requests_per_min, 60),
        Limit(settings.space_track_requests_per_h, HOUR_S),
    )


def configured_files(settings: Settings, source: str) -> list[SourceFile]:
    """Return the files that a node takes from a source, in the order of its settings."""
    if source == space_track.SOURCE:
        names = dict.fromkeys(settings.space_track_files)
        return [space_track.space_track_file(name, settings.space_track_ids) for name in names]
    files = [celestrak.celestrak_file(name) for name in dict.fromkeys(settings.celestrak_files)]
    least_s = round(settings.celestrak_interval_h * HOUR_S)
    return [replace(f, interval_s=max(f.interval_s, least_s)) for f in files]


def file_url(settings: Settings, file: SourceFile) -> str:
    """Return the full address of a file."""
    return source_url(settings, file.source) + file.path


def file_state(connection: Connection, settings: Settings, file: SourceFile) -> FileState:
    """Return what is known of a file at its present address."""
    return read_file(connection, file.source, file.name, file_url(settings, file))


def barred(connection: Connection, settings: Settings, file: SourceFile, now: int) -> Outcome | None:
    """Return why a file must not be asked for at ``now`` (TAI ns), or ``None``."""
    switch = read_switch(connection, file.source)
    state = file_state(connection, settings, file)
    if settings.offline:
        return Outcome(file, Result.OFFLINE, state, "the node is switched offline")
    if not switch.enabled:
        return Outcome(file, Result.OFFLINE, state, f"{file.source} is not enabled")
    for reason, since, name in (
        (switch.stop_reason, switch.stopped_tai_ns, file.source),
        (state.stop_reason, state.stopped_tai_ns, file.full_name),
    ):
        if reason:
            words = f"stopped since {at(since)}: {reason}; 'skypact sources resume {name}' asks again"
            return Outcome(file, Result.STOPPED, state, words)
    if now < state.next_tai_ns:
        return Outcome(file, Result.WAITING, state, f"next request from {at(state.next_tai_ns)}")
    opens = earliest_hour(file.hours, now)
    if now < opens:
        return Outcome(file, Result.WAITING, state, f"{file.hours.value} only: from {at(opens)}")
    asked = requests_since(connection, file.source, now - KEPT_S * NS_PER_S)
    free = earliest_within(source_limits(settings, file.source), asked, now)
    if now < free:
        return Outcome(file, Result.WAITING, state, f"the budget is used up until {at(free)}")
    return None


def claim(fetcher: Fetcher, file: SourceFile) -> FileState | Outcome:
    """Reserve one request for a file, or say why not: the one place where processes compete.

    The file's clock moves on at once, as after a success, so that a crash from here on costs no request.
    """
    now = fetcher.clock()
    with fetcher.database.write() as connection:
        bar = barred(connection, fetcher.settings, file, now)
        if bar is not None:
            return bar
        reserve_request(connection, file.source, file.name, now, KEPT_S)
        state = replace(
            file_state(connection, fetcher.settings, file),
            asked_tai_ns=now,
            result="asked",
            words="no answer came back: the process was interrupted",
            next_tai_ns=next_pull(file.hours, now, file.interval_s, file.jitter_s, fetcher.fraction()),
        )
        write_file(connection, state)
    return state


def at(tai_ns: int) -> str:
    """Write a time for a person, to the second."""
    return format_utc(tai_ns, decimals=0)
