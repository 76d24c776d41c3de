"""One login for all processes of a node: reuse the session, log in when that is due, wait for who does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from skypact.astro.timescales import NS_PER_S
from skypact.node.desk.source_claims import (
    KEPT_S,
    Fetcher,
    Outcome,
    Result,
    at,
    barred,
    file_state,
    source_url,
)
from skypact.node.sources import space_track
from skypact.node.sources.answers import Verdict, judge_login
from skypact.node.sources.files import SourceFile
from skypact.node.sources.space_track import Session
from skypact.node.store.budgets import read_switch, reserve_request, write_switch

if TYPE_CHECKING:
    from sqlalchemy import Connection

LOGIN_LEASE_S = 120
"""How long other processes wait for one that is logging in before they hold it for dead."""

LOGIN_POLL_S = 0.5
"""How often a process looks whether the login of another is done."""

_LOGIN_LIMIT_BYTES = 65_536


def shared_session(fetcher: Fetcher, file: SourceFile) -> Session | Outcome:
    """Return the session of the node, after a login if one is due, or say why there is none."""
    settings = fetcher.settings
    if not settings.space_track_identity:
        return _unasked(fetcher, file, Result.NO_ACCOUNT, "set space_track_identity in the node's file")
    url = source_url(settings, file.source)
    for _ in range(int(LOGIN_LEASE_S / LOGIN_POLL_S)):
        session = space_track.read_session(fetcher.session_file)
        if session is not None and _is_good(session, url, settings.space_track_identity, fetcher.clock()):
            return session
        turn = _reserve_login(fetcher, file)
        if isinstance(turn, Outcome):
            return turn
        if turn:
            return _log_in(fetcher, file, url)
        fetcher.sleep(LOGIN_POLL_S)
    return _unasked(fetcher, file, Result.WAITING, "another process has been logging in for too long")


def _is_good(session: Session, url: str, identity: str, now: int) -> bool:
    same = session.url == url and session.identity == identity
    return same and 0 <= now - session.login_tai_ns < space_track.SESSION_S * NS_PER_S


def _reserve_login(fetcher: Fetcher, file: SourceFile) -> bool | Outcome:
    """Reserve the login (True), tell to wait for another process that has it (False), or say why not."""
    with fetcher.database.read() as connection:
        bar = _login_bar(connection, fetcher, file)
    if bar is not None:
        return bar
    if not fetcher.password():
        words = "no password: set SKYPACT_SPACE_TRACK_PASSWORD or space_track_password_file"
        return _unasked(fetcher, file, Result.NO_ACCOUNT, words)
    with fetcher.database.write() as connection:
        bar = _login_bar(connection, fetcher, file)
        if bar is not None:
            return bar
        now = fetcher.clock()
        reserve_request(connection, file.source, space_track.LOGIN, now, KEPT_S)
        switch = replace(
            read_switch(connection, file.source),
            login_tai_ns=now,
            login_until_tai_ns=now + LOGIN_LEASE_S * NS_PER_S,
        )
        write_switch(connection, switch)
    return True


def _login_bar(connection: Connection, fetcher: Fetcher, file: SourceFile) -> bool | Outcome | None:
    """Return why nobody may log in now, False while another process does, ``None`` where it is due."""
    now = fetcher.clock()
    bar = barred(connection, fetcher.settings, file, now)
    if bar is not None:
        return bar
    switch = read_switch(connection, file.source)
    if switch.login_until_tai_ns > now:
        return False
    again = switch.login_tai_ns + space_track.SESSION_S * NS_PER_S
    if switch.login_tai_ns and now < again:
        words = f"logged in at {at(switch.login_tai_ns)} and the session is gone: next login {at(again)}"
        return Outcome(file, Result.WAITING, file_state(connection, fetcher.settings, file), words)
    return None


def _log_in(fetcher: Fetcher, file: SourceFile, url: str) -> Session | Outcome:
    """Log in under the reservation just made and let all processes of the node have the session."""
    identity = fetcher.settings.space_track_identity
    with fetcher.database.read() as connection:
        login_tai_ns = read_switch(connection, file.source).login_tai_ns
    answer = fetcher.asker.ask(
        url + space_track.LOGIN_PATH,
        limit_bytes=_LOGIN_LIMIT_BYTES,
        form={"identity": identity, "password": fetcher.password()},
    )
    judgment = judge_login(answer)
    session = Session(url, identity, login_tai_ns, dict(answer.cookies))
    if judgment.verdict is Verdict.NEW:
        space_track.write_session(fetcher.session_file, session)
    with fetcher.database.write() as connection:
        switch = replace(read_switch(connection, file.source), login_until_tai_ns=0)
        if judgment.verdict is Verdict.SOURCE_REFUSED:
            switch = replace(switch, stop_reason=judgment.why, stopped_tai_ns=fetcher.clock())
        write_switch(connection, switch)
    if judgment.verdict is Verdict.NEW:
        return session
    if judgment.verdict is Verdict.SOURCE_REFUSED:
        resume = f"no more requests until 'skypact sources resume {file.source}'"
        return _unasked(fetcher, file, Result.REFUSED, f"{judgment.why}; {resume}")
    return _unasked(fetcher, file, Result.UNREACHABLE, judgment.why)


def _unasked(fetcher: Fetcher, file: SourceFile, result: Result, words: str) -> Outcome:
    """Return an outcome for a file that was not asked for."""
    with fetcher.database.read() as connection:
        return Outcome(file, result, file_state(connection, fetcher.settings, file), words)
