"""What a provider's answer means: new data, nothing new, or a refusal that ends all asking. No I/O."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus

WORDS_MAX = 200
"""Longest quotation of a provider's own words in a message."""

_HEAD_BYTES = 4096
_TOO_SOON = "has not updated since your last successful"
_RATE_LIMIT = "violated your query rate limit"
_NO_LOGIN = "must be logged in"
_MARKUP = re.compile(r"<(script|style).*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)


class Trouble(StrEnum):
    """Why no complete answer came."""

    NONE = ""
    NOBODY = "no answer in time"
    BROKEN = "the answer broke off"
    TOO_LARGE = "the answer is larger than allowed"


@dataclass(frozen=True)
class Answer:
    """What came back from one request."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = b""
    trouble: Trouble = Trouble.NONE
    why: str = ""
    """The trouble in words."""
    cookies: Mapping[str, str] = field(default_factory=dict)


class Verdict(StrEnum):
    """What is to be done with an answer."""

    NEW = "new"
    UNCHANGED = "unchanged"
    """304: what is held is current; a success."""
    TOO_SOON = "too soon"
    """The provider has nothing newer than what this address downloaded last: a normal state."""
    NO_LOGIN = "not logged in"
    FILE_REFUSED = "refused"
    """No more requests for this file until a person resumes it."""
    SOURCE_REFUSED = "source refused"
    """No more requests to this source until a person resumes it."""
    UNREACHABLE = "unreachable"
    """No answer in time: old data stay, a later try is allowed."""


@dataclass(frozen=True)
class Judgment:
    """A verdict with the reason, in words for a person."""

    verdict: Verdict
    why: str = ""


class Content(StrEnum):
    """What a file must hold; decides how its body is checked before it replaces what is held."""

    GP_CSV = "GP in CSV"
    GP_JSON = "GP in JSON"
    SATCAT_CSV = "SATCAT in CSV"
    SATCAT_JSON = "SATCAT in JSON"
    EOP_CSV = "Earth orientation in CSV"
    SPACE_WEATHER_CSV = "space weather in CSV"
    MESSAGES_JSON = "messages in JSON"


_CSV_COLUMNS = {
    Content.GP_CSV: ("NORAD_CAT_ID", "EPOCH", "MEAN_MOTION"),
    Content.SATCAT_CSV: ("NORAD_CAT_ID", "OBJECT_TYPE"),
    Content.EOP_CSV: ("DATE", "MJD", "UT1-UTC"),
    Content.SPACE_WEATHER_CSV: ("DATE", "AP_AVG", "F10.7_OBS"),
}


def quoted(body: bytes) -> str:
    """Return the beginning of a body as one readable line, without markup and control characters."""
    text = _MARKUP.sub(" ", body[:_HEAD_BYTES].decode("utf-8", errors="replace"))
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= WORDS_MAX else line[: WORDS_MAX - 1] + "…"


def plain_header(value: str) -> str:
    """Return a header's value if it can be sent back as it is, else nothing."""
    return value if value.isascii() and value.isprintable() and len(value) <= WORDS_MAX else ""


def _is_html(body: bytes) -> bool:
    head = body[:_HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<!doctype html", b"<html", b"<head", b"<br", b"<!--", b"<body"))


def content_fault(content: Content, body: bytes) -> str:
    """Return what is wrong with a body that should hold ``content``; empty where nothing is.

    This is a look at the envelope (kind, columns, a last line that is whole); the records themselves are
    read and judged by their readers.
    """
    if not body.strip():
        return "an empty answer"
    if _is_html(body):
        return f"an HTML page instead of {content.value} ('{quoted(body)}')"
    if content in _CSV_COLUMNS:
        return _csv_fault(content, body)
    return _json_fault(content, body)


def _csv_fault(content: Content, body: bytes) -> str:
    columns = _cells(body.split(b"\n", 1)[0])
    missing = [name for name in _CSV_COLUMNS[content] if name not in columns]
    if missing:
        return f"not {content.value}: no column {missing[0]} ('{quoted(body)}')"
    lines = body.rstrip(b"\r\n").rsplit(b"\n", 1)
    if len(lines) == 1:
        return f"{content.value} without a single record"
    last = _cells(lines[-1])
    if len(last) != len(columns):
        return f"cut off: the last line has {len(last)} of {len(columns)} columns"
    return ""


def _cells(line: bytes) -> list[str]:
    """Return the cells of one line of CSV, none where it is not CSV."""
    try:
        return next(csv.reader([line.decode("utf-8-sig", errors="replace").strip()]))
    except csv.Error:
        return []


def _json_fault(content: Content, body: bytes) -> str:
    try:
        records = json.loads(body)
    except (ValueError, RecursionError):
        cut = body.lstrip().startswith((b"[", b"{"))
        return f"cut off: incomplete JSON ('{quoted(body)}')" if cut else f"not JSON ('{quoted(body)}')"
    if not isinstance(records, list) or not all(isinstance(r, dict) for r in records[:1]):
        return f"not a list of records ('{quoted(body)}')"
    if records and "error" in records[0]:
        return f"an error in place of data ('{quoted(body)}')"
    if not records and content is not Content.MESSAGES_JSON:
        return f"{content.value} without a single record"
    return ""


def _named(status: int) -> str:
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"


def _refusal(answer: Answer) -> str:
    words = quoted(answer.body)
    moved = f" to {quoted(answer.headers['location'].encode())}" if "location" in answer.headers else ""
    return _named(answer.status) + moved + (f" ('{words}')" if words else "")


def _judge_trouble(answer: Answer) -> Judgment | None:
    if answer.trouble is Trouble.NONE:
        return None
    why = f"{answer.trouble.value} ({answer.why})" if answer.why else answer.trouble.value
    return Judgment(Verdict.UNREACHABLE if answer.trouble is Trouble.NOBODY else Verdict.FILE_REFUSED, why)


def judge_celestrak(answer: Answer, content: Content, *, conditional: bool) -> Judgment:
    """Judge an answer of CelesTrak.

    Anything but 200 and 304 stops the file, as CelesTrak asks of machines; 403 with its text on data that
    were downloaded already is a normal state; any other 403, and 429, stop the source (a firewall follows).

    Parameters
    ----------
    answer
        What came back.
    content
        What the file must hold.
    conditional
        Whether the request named what is held, so that 304 is an answer to it.
    """
    if (trouble := _judge_trouble(answer)) is not None:
        return trouble
    if answer.status == HTTPStatus.NOT_MODIFIED and conditional:
        return Judgment(Verdict.UNCHANGED)
    if answer.status == HTTPStatus.FORBIDDEN and _TOO_SOON in " ".join(
        answer.body[:_HEAD_BYTES].decode("utf-8", errors="replace").split()
    ):
        return Judgment(Verdict.TOO_SOON, quoted(answer.body))
    if answer.status in {HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}:
        return Judgment(Verdict.SOURCE_REFUSED, _refusal(answer))
    return _judge_body(answer, content)


def judge_space_track(answer: Answer, content: Content) -> Judgment:
    """Judge an answer of Space-Track to a query.

    Space-Track tells a broken rate limit in the body of a 200 or a 500, and a lost session as 401, as a
    redirect to the login page or as a text; both must not be taken for data.
    """
    if (trouble := _judge_trouble(answer)) is not None:
        return trouble
    head = answer.body[:_HEAD_BYTES].decode("utf-8", errors="replace")
    to_login = "auth/login" in answer.headers.get("location", "")
    if answer.status == HTTPStatus.UNAUTHORIZED or to_login or _NO_LOGIN in head:
        return Judgment(Verdict.NO_LOGIN, "the session has ended")
    limited = _RATE_LIMIT in head
    if limited or answer.status in {HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}:
        return Judgment(Verdict.SOURCE_REFUSED, _refusal(answer))
    return _judge_body(answer, content)


def _judge_body(answer: Answer, content: Content) -> Judgment:
    if answer.status != HTTPStatus.OK:
        return Judgment(Verdict.FILE_REFUSED, _refusal(answer))
    fault = content_fault(content, answer.body)
    return Judgment(Verdict.FILE_REFUSED, fault) if fault else Judgment(Verdict.NEW)


def judge_login(answer: Answer) -> Judgment:
    """Judge an answer of Space-Track to a login: it says 200 to a wrong password as well."""
    if (trouble := _judge_trouble(answer)) is not None:
        failed = Verdict.SOURCE_REFUSED if trouble.verdict is Verdict.FILE_REFUSED else trouble.verdict
        return Judgment(failed, f"login: {trouble.why}")
    if answer.status != HTTPStatus.OK:
        return Judgment(Verdict.SOURCE_REFUSED, f"login: {_refusal(answer)}")
    if b"failed" in answer.body[:_HEAD_BYTES].lower():
        return Judgment(Verdict.SOURCE_REFUSED, "login refused: identity or password is wrong")
    if not answer.cookies:
        return Judgment(Verdict.SOURCE_REFUSED, "login gave no session cookie")
    return Judgment(Verdict.NEW)
