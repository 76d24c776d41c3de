"""What answers of providers mean, by the texts and statuses that they are known to send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.node.sources.answers import (
    WORDS_MAX,
    Answer,
    Content,
    Trouble,
    Verdict,
    content_fault,
    judge_celestrak,
    judge_login,
    judge_space_track,
    quoted,
)
from tests.node.provider_server import EOP_CSV, SATCAT_CSV, SW_CSV, gp_csv, gp_json, html

TOO_SOON = (
    b"GP data has not updated since your last successful\r\n"
    b"download of GROUP=active at 2026-06-05 08:05:02 UTC.\r\nData is updated once every 2 hours."
)
RATE = b'[{"error":"You\'ve violated your query rate limit.  Please refer to our Acceptable Use guidelines"}]'

GOOD = {
    Content.GP_CSV: gp_csv(3),
    Content.GP_JSON: gp_json(3),
    Content.SATCAT_CSV: SATCAT_CSV,
    Content.SATCAT_JSON: b'[{"NORAD_CAT_ID":"5"}]',
    Content.EOP_CSV: EOP_CSV,
    Content.SPACE_WEATHER_CSV: SW_CSV,
    Content.MESSAGES_JSON: b"[]",
}


@pytest.mark.parametrize("content", list(Content))
def test_a_good_body_of_every_kind_is_new(content: Content) -> None:
    assert judge_celestrak(Answer(200, body=GOOD[content]), content, conditional=False).verdict is Verdict.NEW
    assert judge_space_track(Answer(200, body=GOOD[content]), content).verdict is Verdict.NEW


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Answer(403, body=TOO_SOON), Verdict.TOO_SOON),
        (Answer(403, body=html("403 Forbidden")), Verdict.SOURCE_REFUSED),
        (Answer(403), Verdict.SOURCE_REFUSED),
        (Answer(429, body=b"slow down"), Verdict.SOURCE_REFUSED),
        (Answer(301, {"location": "https://www.celestrak.org/x"}), Verdict.FILE_REFUSED),
        (Answer(302), Verdict.FILE_REFUSED),
        (Answer(404, body=b"No GP data found"), Verdict.FILE_REFUSED),
        (Answer(500), Verdict.FILE_REFUSED),
        (Answer(503, body=html("Maintenance")), Verdict.FILE_REFUSED),
        (Answer(204), Verdict.FILE_REFUSED),
        (Answer(206, body=gp_csv(1)), Verdict.FILE_REFUSED),
        (Answer(200, body=html("Welcome")), Verdict.FILE_REFUSED),
        (Answer(200, body=b""), Verdict.FILE_REFUSED),
        (Answer(200, body=b"No GP data found"), Verdict.FILE_REFUSED),
        (Answer(trouble=Trouble.BROKEN), Verdict.FILE_REFUSED),
        (Answer(trouble=Trouble.TOO_LARGE), Verdict.FILE_REFUSED),
        (Answer(trouble=Trouble.NOBODY), Verdict.UNREACHABLE),
    ],
)
def test_answers_of_celestrak(answer: Answer, verdict: Verdict) -> None:
    judgment = judge_celestrak(answer, Content.GP_CSV, conditional=True)
    assert judgment.verdict is verdict
    assert judgment.why


def test_304_is_a_success_only_where_something_is_held() -> None:
    assert judge_celestrak(Answer(304), Content.GP_CSV, conditional=True).verdict is Verdict.UNCHANGED
    assert judge_celestrak(Answer(304), Content.GP_CSV, conditional=False).verdict is Verdict.FILE_REFUSED


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Answer(401, body=b'{"error":"You must be logged in to complete this action"}'), Verdict.NO_LOGIN),
        (Answer(200, body=b'{"error":"You must be logged in to complete this action"}'), Verdict.NO_LOGIN),
        (Answer(302, {"location": "https://www.space-track.org/auth/login"}), Verdict.NO_LOGIN),
        (Answer(500, body=RATE), Verdict.SOURCE_REFUSED),
        (Answer(200, body=RATE), Verdict.SOURCE_REFUSED),
        (Answer(403, body=b"Forbidden"), Verdict.SOURCE_REFUSED),
        (Answer(429), Verdict.SOURCE_REFUSED),
        (Answer(200, body=b'[{"error":"Query cannot complete"}]'), Verdict.FILE_REFUSED),
        (Answer(200, body=b'{"error":"Query cannot complete"}'), Verdict.FILE_REFUSED),
        (Answer(200, body=b"[]"), Verdict.FILE_REFUSED),
        (Answer(200, body=b"[1, 2]"), Verdict.FILE_REFUSED),
        (Answer(200, body=b"null"), Verdict.FILE_REFUSED),
        (Answer(200, body=gp_json(3)[:-40]), Verdict.FILE_REFUSED),
        (Answer(200, body=b"[" * 100_000), Verdict.FILE_REFUSED),
        (Answer(204), Verdict.FILE_REFUSED),
        (Answer(500, body=b"Internal error"), Verdict.FILE_REFUSED),
        (Answer(trouble=Trouble.NOBODY, why="connect timeout"), Verdict.UNREACHABLE),
    ],
)
def test_answers_of_space_track(answer: Answer, verdict: Verdict) -> None:
    judgment = judge_space_track(answer, Content.GP_JSON)
    assert judgment.verdict is verdict
    assert judgment.why


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Answer(200, body=b'""', cookies={"chocolatechip": "x"}), Verdict.NEW),
        (Answer(200, body=b'{"Login":"Failed"}'), Verdict.SOURCE_REFUSED),
        (Answer(200, body=b'{"Login":"Failed"}', cookies={"chocolatechip": "x"}), Verdict.SOURCE_REFUSED),
        (Answer(200, body=b'""'), Verdict.SOURCE_REFUSED),
        (Answer(401), Verdict.SOURCE_REFUSED),
        (Answer(302, {"location": "/"}), Verdict.SOURCE_REFUSED),
        (Answer(503, body=html("Maintenance")), Verdict.SOURCE_REFUSED),
        (Answer(trouble=Trouble.BROKEN), Verdict.SOURCE_REFUSED),
        (Answer(trouble=Trouble.NOBODY), Verdict.UNREACHABLE),
    ],
)
def test_answers_to_a_login(answer: Answer, verdict: Verdict) -> None:
    assert judge_login(answer).verdict is verdict


def test_a_csv_cut_in_its_last_line_is_seen_without_a_content_length() -> None:
    body = gp_csv(5)
    assert content_fault(Content.GP_CSV, body) == ""
    assert content_fault(Content.GP_CSV, body.rstrip()) == "", "a missing last line end is harmless"
    assert "cut off" in content_fault(Content.GP_CSV, body[:-40])


def test_a_name_with_a_comma_is_not_a_cut_line() -> None:
    body = gp_csv(1) + gp_csv(1).splitlines()[1].replace(b"TEST OBJECT 0", b'"TEST, OBJECT"') + b"\r\n"
    assert content_fault(Content.GP_CSV, body) == ""


def test_the_wrong_kind_of_csv_is_named() -> None:
    assert "no column NORAD_CAT_ID" in content_fault(Content.GP_CSV, EOP_CSV)
    assert "without a single record" in content_fault(Content.GP_CSV, gp_csv(0))


@given(st.binary(max_size=600))
def test_any_body_is_judged_without_an_exception(body: bytes) -> None:
    for content in Content:
        for status in (200, 304, 403, 500):
            judge_celestrak(Answer(status, body=body), content, conditional=True)
            judge_space_track(Answer(status, body=body), content)
    judge_login(Answer(200, body=body))


@given(st.binary(max_size=6000))
def test_a_quotation_is_one_short_printable_line(body: bytes) -> None:
    line = quoted(body)
    assert line.isprintable()
    assert len(line) <= WORDS_MAX


def test_a_quotation_has_no_markup_and_no_escape_sequences() -> None:
    assert quoted(b"<html><style>p{}</style><p>Forbidden\x1b[31m</p></html>") == "Forbidden [31m"
