"""Ask a provider for one file and keep what it answers: the body, its validators, or the refusal."""

from __future__ import annotations

from dataclasses import replace

from skypact.astro.timescales import NS_PER_S
from skypact.errors import FormatError
from skypact.formats.reading import RawInput
from skypact.node.desk.source_claims import Fetcher, Outcome, Result, barred, claim, file_state
from skypact.node.desk.source_login import shared_session
from skypact.node.sources import celestrak, space_track
from skypact.node.sources.answers import (
    Answer,
    Judgment,
    Verdict,
    judge_celestrak,
    judge_space_track,
    plain_header,
)
from skypact.node.sources.bodies import keep_body, read_body
from skypact.node.sources.files import DAY_S, SourceFile
from skypact.node.sources.manners import BACKOFF_S, next_try
from skypact.node.sources.space_track import Session
from skypact.node.store.budgets import FileState, read_switch, write_file, write_switch

FRESH_SESSION_S = 300
"""A session refused this soon after its login would be refused after the next one too."""

_RESULTS = {
    Verdict.NEW: Result.NEW,
    Verdict.UNCHANGED: Result.UNCHANGED,
    Verdict.TOO_SOON: Result.TOO_SOON,
    Verdict.NO_LOGIN: Result.WAITING,
    Verdict.FILE_REFUSED: Result.REFUSED,
    Verdict.SOURCE_REFUSED: Result.REFUSED,
    Verdict.UNREACHABLE: Result.UNREACHABLE,
}


def fetch_file(fetcher: Fetcher, file: SourceFile) -> Outcome:
    """Bring one file up to date if its provider may be asked now; never raises for what a provider does."""
    with fetcher.database.read() as connection:
        bar = barred(connection, fetcher.settings, file, fetcher.clock())
    if bar is not None:
        return bar
    if file.source == celestrak.SOURCE:
        return _fetch_celestrak(fetcher, file)
    return _fetch_space_track(fetcher, file)


def _fetch_celestrak(fetcher: Fetcher, file: SourceFile) -> Outcome:
    """Ask with the validators of what is held, so that nothing is sent twice."""
    claimed = claim(fetcher, file)
    if isinstance(claimed, Outcome):
        return claimed
    held = bool(claimed.body_sha256) and read_body(fetcher.bodies, claimed.body_sha256) is not None
    headers: dict[str, str] = {}
    if held and claimed.etag:
        headers["If-None-Match"] = claimed.etag
    if held and claimed.last_modified:
        headers["If-Modified-Since"] = claimed.last_modified
    answer = fetcher.asker.ask(claimed.url, limit_bytes=file.limit_bytes, headers=headers)
    return _settle(fetcher, file, answer, judge_celestrak(answer, file.content, conditional=bool(headers)))


def _fetch_space_track(fetcher: Fetcher, file: SourceFile) -> Outcome:
    """Ask with the shared session; where it turns out to have ended, once more after a login."""
    while True:
        session = shared_session(fetcher, file)
        if isinstance(session, Outcome):
            return session
        claimed = claim(fetcher, file)
        if isinstance(claimed, Outcome):
            return claimed
        answer = fetcher.asker.ask(claimed.url, limit_bytes=file.limit_bytes, cookies=session.cookies)
        judgment = judge_space_track(answer, file.content)
        if judgment.verdict is not Verdict.NO_LOGIN:
            _keep_cookies(fetcher, session, answer)
            return _settle(fetcher, file, answer, judgment)
        space_track.drop_session(fetcher.session_file, session)
        if fetcher.clock() - session.login_tai_ns < FRESH_SESSION_S * NS_PER_S:
            judgment = Judgment(Verdict.SOURCE_REFUSED, "a session just made is not accepted")
            return _settle(fetcher, file, answer, judgment)
        _settle(fetcher, file, answer, judgment)


def _keep_cookies(fetcher: Fetcher, session: Session, answer: Answer) -> None:
    """Keep cookies that the provider replaced on the way, unless another process has a newer session."""
    cookies = {**session.cookies, **answer.cookies}
    if cookies != session.cookies and space_track.read_session(fetcher.session_file) == session:
        space_track.write_session(fetcher.session_file, replace(session, cookies=cookies))


def _settle(fetcher: Fetcher, file: SourceFile, answer: Answer, judgment: Judgment) -> Outcome:
    """Note what an answer means, keep its body if it is good, and stop what must not be asked again."""
    now = fetcher.clock()
    if judgment.verdict is Verdict.NEW:
        judgment = _read(fetcher, file, answer.body)
    sha256 = keep_body(fetcher.bodies, answer.body) if judgment.verdict is Verdict.NEW else ""
    fraction = fetcher.fraction()
    with fetcher.database.write() as connection:
        state = replace(
            file_state(connection, fetcher.settings, file), result=judgment.verdict.value, words=judgment.why
        )
        if judgment.verdict is Verdict.NEW:
            state = _with_body(state, answer, sha256, now)
        else:
            state = _without_body(state, file, judgment, now, fraction)
        write_file(connection, state)
        if judgment.verdict is Verdict.SOURCE_REFUSED:
            switch = read_switch(connection, file.source)
            write_switch(connection, replace(switch, stop_reason=judgment.why, stopped_tai_ns=now))
    return Outcome(file, _RESULTS[judgment.verdict], state, _told(file, judgment))


def _read(fetcher: Fetcher, file: SourceFile, body: bytes) -> Judgment:
    """Let the reader of the content, where there is one, judge a body before it replaces what is held."""
    check = fetcher.checks.get(file.content)
    try:
        if check is not None:
            check(RawInput(file.full_name, body))
    except FormatError as error:
        return Judgment(Verdict.FILE_REFUSED, f"unreadable: {error}")
    return Judgment(Verdict.NEW)


def _with_body(state: FileState, answer: Answer, sha256: str, now: int) -> FileState:
    return replace(
        state,
        failures=0,
        current_tai_ns=now,
        retrieved_tai_ns=now,
        body_sha256=sha256,
        body_bytes=len(answer.body),
        body_url=state.url,
        etag=plain_header(answer.headers.get("etag", "")),
        last_modified=plain_header(answer.headers.get("last-modified", "")),
    )


def _without_body(
    state: FileState, file: SourceFile, judgment: Judgment, now: int, fraction: float
) -> FileState:
    """Return the state after an answer that brought nothing: what was held stays held.

    Vain requests grow rarer: of nobody's answering, and of CelesTrak's 403 where others behind the same
    address keep taking the file, since repeated errors end in its firewall.
    """
    vain = state.failures + 1
    match judgment.verdict:
        case Verdict.UNREACHABLE:
            later = next_try(state.asked_tai_ns, vain, BACKOFF_S, file.interval_s, fraction)
            return replace(state, failures=vain, next_tai_ns=later)
        case Verdict.TOO_SOON:
            longest_s = max(file.interval_s, DAY_S)
            later = next_try(state.asked_tai_ns, vain, file.interval_s, longest_s, fraction)
            return replace(state, failures=vain, next_tai_ns=later)
        case Verdict.UNCHANGED:
            return replace(state, failures=0, current_tai_ns=now)
        case Verdict.NO_LOGIN:
            return replace(state, next_tai_ns=now)
        case Verdict.FILE_REFUSED:
            return replace(state, failures=0, stop_reason=judgment.why, stopped_tai_ns=now)
    return replace(state, failures=0)


def _told(file: SourceFile, judgment: Judgment) -> str:
    """Return what a person should know, with what to do next."""
    if judgment.verdict is Verdict.SOURCE_REFUSED:
        return f"{judgment.why}; no more requests until 'skypact sources resume {file.source}'"
    if judgment.verdict is not Verdict.FILE_REFUSED:
        return judgment.why
    words = f"{judgment.why}; no more requests until 'skypact sources resume {file.full_name}'"
    if file.name == celestrak.FULL_CATALOG:
        words += " (or set celestrak_files to groups, as gp-active, gp-analyst)"
    return words
