"""The report is one valid, closed, escaped page that says what was found."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from skypact.astro.timescales import NS_PER_DAY, NS_PER_S, parse_utc
from skypact.node.views import brief, figures, report, wording
from skypact.node.views.report import (
    ASSET,
    FOLDED,
    LISTED,
    CatalogPicture,
    Changes,
    CoMovingRow,
    ConjunctionRow,
    EncounterPicture,
    Fold,
    InputFile,
    ReportData,
    Skipped,
    render_report,
)
from skypact.records import DataMode

START = parse_utc("2026-11-23T00:00:00Z")
HOUR_NS = 3600 * NS_PER_S
EVIL = "<script>alert('\"&')</script>"
_VOID = {"meta", "br", "hr", "img", "link", "input"}


def _row(**changes: object) -> ConjunctionRow:
    row = ConjunctionRow(
        norad_1=900000001, norad_2=900000777, name_1="HANGYEOL-1", name_2=EVIL,
        tca_tai_ns=START + 60 * HOUR_NS, miss_km=0.123, rel_speed_km_s=11.2, radial_km=0.1, in_track_km=-0.07,
        cross_track_km=0.02, age_1_d=0.4, age_2_d=3.2, pc=3.1e-6, pc_max=4.2e-4, trust="assumed",
        trust_note="by regime", is_asset=True, owner="kr.kasi", can_maneuver=True,
    )  # fmt: skip
    return replace(row, **changes)


def _data(objects: int = 300, encounters: int = 500) -> ReportData:
    rng = np.random.default_rng(1)
    perigee = rng.uniform(400.0, 1500.0, objects)
    catalog = CatalogPicture(
        perigee, perigee + rng.uniform(0.0, 50.0, objects), rng.uniform(0.0, 120.0, objects),
        rng.exponential(0.7, objects), rng.integers(0, 4, objects), ("LEO",) * objects,
    )  # fmt: skip
    found = EncounterPicture(
        START + (rng.uniform(0.0, 168.0, encounters) * HOUR_NS).astype(np.int64),
        5.0 * np.sqrt(rng.uniform(0.0, 1.0, encounters)), rng.uniform(0.1, 15.0, encounters),
        rng.uniform(400.0, 1500.0, encounters), rng.choice([ASSET, LISTED, FOLDED], encounters),
    )  # fmt: skip
    due = _row(wants_decision=True, why_decision="Pc at most 4.2e-04", change="closer", miss_before_km=0.9)
    return ReportData(
        node_id="kr.kasi", data_mode=DataMode.EXERCISE, made_tai_ns=START + 5 * 60 * NS_PER_S,
        start_tai_ns=START, hours=168.0, threshold_km=5.0, catalog=catalog, encounters=found,
        top=(due, _row(name_1=EVIL, owner=EVIL), _row(name_1="$^{" + EVIL, wants_decision=True)),
        decisions=(due,), worst_by_asset=(due,), assets=3, listed=321,
        changes=Changes(START - NS_PER_DAY, 4, 3, 2, 1, 55, (due,), EVIL),
        comoving=(CoMovingRow(1, 2, EVIL, EVIL, START, START + HOUR_NS, 0.0, 1e-6, EVIL),),
        folds=(Fold(EVIL, 100, EVIL),), skipped=(Skipped(5, EVIL, EVIL),), skipped_total=9,
        notices=(EVIL,), inputs=(InputFile(EVIL, EVIL, "0" * 64, 300, START),), parameters={EVIL: EVIL},
        skypact_version="0.1.0",
    )  # fmt: skip


class _Checker(HTMLParser):
    """Follows every tag; knows what it saw."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({k for k, _ in attrs}) == len(attrs), f"<{tag}> has an attribute twice"
        self.seen.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _check(page: str) -> _Checker:
    checker = _Checker()
    checker.feed(page)
    checker.close()
    assert checker.open == []
    return checker


@pytest.fixture(scope="module")
def page() -> str:
    return render_report(_data())


def test_every_tag_is_closed_and_every_id_is_one(page: str) -> None:
    checker = _check(page)
    assert page.startswith("<!DOCTYPE html>")
    ids = [a["id"] for _, a in checker.seen if "id" in a]
    assert len(ids) == len(set(ids))
    for tag, attributes in checker.seen:
        for reference in (attributes.get("aria-labelledby") or "").split():
            assert reference in ids, f"{tag} names {reference}"
        href = attributes.get("href") or attributes.get("xlink:href") or ""
        assert not href.startswith("#") or href[1:] in ids, href


def test_page_asks_nobody_for_anything(page: str) -> None:
    checker = _check(page)
    assert not {"script", "link", "iframe", "object", "embed"} & {tag for tag, _ in checker.seen}
    for _, attributes in checker.seen:
        for name in ("src", "href", "xlink:href", "action", "data", "poster", "srcset"):
            value = attributes.get(name) or ""
            assert value.startswith(("#", "data:image/png")) or not value, value
    without_namespaces = re.sub(r'xmlns(:xlink)?="[^"]*"', "", page)
    assert "http://" not in without_namespaces
    assert "https://" not in without_namespaces
    assert "@import" not in page
    assert "url(" not in re.sub(r"url\(#", "", page)
    assert "default-src 'none'" in page


def test_texts_of_others_are_escaped_everywhere(page: str) -> None:
    assert "<script" not in page.lower()
    assert page.count("&lt;script&gt;") >= 12


def test_banner_names_the_mode() -> None:
    for mode in DataMode:
        text = render_report(_empty(mode))
        assert f'<div class="banner {mode}" role="note">{mode}<small>' in text
        assert f"<title>{mode} · " in text


def test_brief_says_what_needs_a_decision_and_when(page: str) -> None:
    # TCA is 60 h after the start; a decision two days before is at 12:00 on the first day
    assert "1 conjunction needs a decision, the first by Mon 23 Nov 12:00 UTC." in page
    assert "4 new, 2 closer, 1 farther, 3 gone; 55 came into the window." in page


def test_a_decision_that_is_late_is_due_now() -> None:
    late = _row(wants_decision=True, tca_tai_ns=START + 30 * HOUR_NS)
    text = render_report(replace(_empty(DataMode.EXERCISE), hours=168.0, decisions=(late,)))
    assert "a decision, the first one now: HANGYEOL-1 and &lt;script" in text
    assert '<span class="now">now</span>' in text


def _empty(mode: DataMode) -> ReportData:
    none = np.zeros(0)
    ints = np.zeros(0, dtype=np.int64)
    return ReportData(
        node_id="kr.kasi", data_mode=mode, made_tai_ns=START, start_tai_ns=START, hours=24.0,
        threshold_km=5.0, catalog=CatalogPicture(none, none, none, none, ints, ()),
        encounters=EncounterPicture(ints, none, none, none, ints), top=(),
    )  # fmt: skip


def test_empty_catalog_and_no_encounters_make_a_page() -> None:
    text = render_report(_empty(DataMode.REAL))
    _check(text)
    assert "The catalog is empty." in text
    assert "No encounter under 5 km" in text
    assert "<svg" not in text
    assert "first run" in text


def test_same_data_same_bytes() -> None:
    assert render_report(_data(50, 40)) == render_report(_data(50, 40))


def test_figures_are_well_formed_and_take_their_colors_from_the_page() -> None:
    for name, text in figures.all_figures(_data()).items():
        root = ElementTree.fromstring(text)
        assert root.find("{http://www.w3.org/2000/svg}title") is not None, name
        assert root.find("{http://www.w3.org/2000/svg}desc") is not None, name
        assert "var(--ink)" in text or "var(--soft)" in text
        assert not re.search(r"#0[0-9a]0[0-9a]0[0-9a]\b", text), "a stand-in color is left"
        assert "font-family" not in text


def test_short_windows_have_hours_on_their_axis() -> None:
    text = figures.all_figures(replace(_data(), hours=2.0))["timeline"]
    assert ">01:00<" in text


def test_a_large_page_stays_small() -> None:
    data = _data(30_000, 250_000)
    data = replace(data, top=tuple(_row(norad_2=k) for k in range(1, 500)))
    text = render_report(data)
    assert len(text.encode()) < 3_000_000
    assert text.count("<tr") < 400
    assert f"{321 - report.TOP_ASSET_ROWS_MAX} more" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (0.0, "0"),
        (3.14e-5, "3.1 × 10⁻⁵"),
        (0.25, "0.25"),
        (1e-4, "10⁻⁴"),
        (9.96e-7, "1.0 × 10⁻⁶"),
    ],
)
def test_probabilities_are_written_with_two_digits(value: float | None, text: str) -> None:
    assert wording.probability(value) == text


def test_days_have_their_names() -> None:
    assert wording.day_and_time(START) == "Mon 23 Nov 00:00"
    assert wording.day(parse_utc("2024-02-29T23:59:59Z")) == "Thu 29 Feb"


@pytest.mark.parametrize(
    ("days", "text"), [(0.01, "14 min"), (0.5, "12 h"), (7.0, "7 days"), (2.5, "2.5 days"), (-0.25, "6 h")]
)
def test_spans_are_told_as_people_tell_them(days: float, text: str) -> None:
    assert wording.span(days) == text


def test_printed_summary_repeats_the_brief() -> None:
    lines = brief.summary(_data())
    assert lines[0].startswith("1 conjunction needs a decision")
    assert any("decide by Mon 23 Nov 12:00: HANGYEOL-1" in line for line in lines)
