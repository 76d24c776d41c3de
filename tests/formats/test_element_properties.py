"""Laws of all readers and writers of element sets and tables: nothing but our errors, and nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.errors import SkypactError
from skypact.formats.catalog_files import dedupe_newest, read_elements
from skypact.formats.elements import ElementTable
from skypact.formats.environment import read_eop_csv, read_space_weather_csv
from skypact.formats.hbr import read_radii
from skypact.formats.omm_csv import read_omm_csv, write_omm_csv
from skypact.formats.omm_json import read_omm_json, write_omm_json
from skypact.formats.reading import RawInput
from skypact.formats.satcat import read_satcat
from skypact.formats.tle import read_tle, write_3le

EXAMPLES = 40
"""Of each law, to keep the room quick; 1,500 of each were run once when this was written."""
DATA = Path(__file__).parents[1] / "data" / "elements"
READERS: dict[str, tuple[Callable[[RawInput], Any], tuple[str, ...]]] = {
    "tle": (read_tle, ("styles.3le", "damaged.3le", "trailing.tle")),
    "csv": (read_omm_csv, ("celestrak.csv", "space_track.csv", "damaged.csv")),
    "json": (read_omm_json, ("celestrak.json", "space_track.json")),
    "any": (read_elements, ("styles.3le", "celestrak.csv", "space_track.json")),
    "satcat": (read_satcat, ("satcat_celestrak.csv", "satcat_space_track.json")),
    "radii": (read_radii, ("radii.csv", "radii_cara.csv")),
    "eop": (read_eop_csv, ("eop.csv",)),
    "space weather": (read_space_weather_csv, ("space_weather.csv",)),
}

YEAR_NS = 365 * 86_400 * 10**9


def decimal(low: int, high: int, places: int) -> st.SearchStrategy[float]:
    """Numbers with so many decimals, as a TLE carries them."""
    return st.integers(low * 10**places, high * 10**places - 1).map(lambda units: units / 10**places)


def assumed_point() -> st.SearchStrategy[float]:
    """Numbers of five digits and an exponent."""
    return st.builds(
        lambda sign, digits, power: float(f"{sign}.{digits}e{power}"),
        st.sampled_from(["", "-"]), st.integers(10_000, 99_999), st.integers(-9, 9),
    ) | st.just(0.0)  # fmt: skip


NAMES = st.text(st.characters(categories=("L", "N", "P", "S")), max_size=24).map(str.strip)
OBJECT_IDS = st.just("") | st.from_regex(r"(19[6-9][0-9]|20[0-4][0-9])-[0-9]{3}[A-Z]{1,3}", fullmatch=True)
TLE_ROWS = st.fixed_dictionaries(
    {
        "norad": st.integers(1, 339_999),
        "epoch_tai_ns": st.integers(-42 * YEAR_NS, 56 * YEAR_NS),
        "mean_motion_rev_d": decimal(0, 18, 8).filter(bool),
        "eccentricity": decimal(0, 1, 7),
        "inclination_deg": decimal(0, 180, 4),
        "raan_deg": decimal(0, 360, 4),
        "arg_perigee_deg": decimal(0, 360, 4),
        "mean_anomaly_deg": decimal(0, 360, 4),
        "bstar_per_er": assumed_point(),
        "mean_motion_dot_rev_d2": decimal(-1, 1, 8).filter(lambda x: x > -1),
        "mean_motion_ddot_rev_d3": assumed_point(),
        "object_name": NAMES,
        "object_id": OBJECT_IDS,
        "classification": st.sampled_from("UCS"),
        "ephemeris_type": st.sampled_from([0, 1, 2, 3]),
        "element_set_no": st.integers(0, 9999),
        "rev_at_epoch": st.integers(0, 99_999),
    }
)  # fmt: skip
FREE_FLOATS = st.floats(allow_nan=False, allow_infinity=False)
OMM_ROWS = st.fixed_dictionaries(
    {
        "norad": st.integers(1, 999_999_999),
        "epoch_tai_ns": st.integers(-(2**60), 2**60),
        "mean_motion_rev_d": st.floats(min_value=1e-300, allow_infinity=False),
        "eccentricity": st.floats(0, 1, exclude_max=True),
        "inclination_deg": st.floats(0, 180),
        "raan_deg": FREE_FLOATS,
        "arg_perigee_deg": FREE_FLOATS,
        "mean_anomaly_deg": FREE_FLOATS,
        "bstar_per_er": FREE_FLOATS,
        "mean_motion_dot_rev_d2": FREE_FLOATS,
        "mean_motion_ddot_rev_d3": FREE_FLOATS,
        "object_name": NAMES,
        "object_id": NAMES,
        "classification": st.sampled_from(["U", "C", "S", "RESTRICTED"]),
        "ephemeris_type": st.sampled_from([0, 1, 2, 3, 5]),
        "element_set_no": st.integers(0, 10**6),
        "rev_at_epoch": st.integers(0, 10**6),
    }
)
EXTRA = st.dictionaries(
    st.from_regex(r"USER_DEFINED_[A-Z]{1,6}", fullmatch=True), NAMES.filter(bool), max_size=3
)


def table_of(rows: list[dict[str, Any]], extra: dict[str, str] | None = None) -> ElementTable:
    kinds: dict[type, Any] = {int: np.int64, float: np.float64, str: np.object_}
    columns: dict[str, Any] = {
        name: np.array([row[name] for row in rows], dtype=kinds[type(value)])
        for name, value in rows[0].items()
    }
    more = {key: [text] * len(rows) for key, text in (extra or {}).items()}
    return ElementTable(**columns, line=np.arange(len(rows)), extra=more)


def assert_equal(one: ElementTable, other: ElementTable) -> None:
    for name in ElementTable.__dataclass_fields__:
        if name == "extra":
            assert {k: list(v) for k, v in one.extra.items()} == {k: list(v) for k, v in other.extra.items()}
        elif name != "line":
            assert np.array_equal(getattr(one, name), getattr(other, name)), name


@settings(deadline=None, max_examples=EXAMPLES)
@given(st.lists(TLE_ROWS, min_size=1, max_size=4))
def test_tle_written_and_read_is_the_same(rows: list[dict[str, Any]]) -> None:
    table = table_of(rows)
    text = write_3le(table)
    back, report = read_tle(RawInput("x", text.encode()))
    assert not report.rejected
    assert np.abs(back.epoch_tai_ns - table.epoch_tai_ns).max() <= 432_000
    assert_equal(back, replace(table, epoch_tai_ns=back.epoch_tai_ns))
    assert write_3le(back) == text


@settings(deadline=None, max_examples=EXAMPLES)
@given(st.lists(OMM_ROWS, min_size=1, max_size=4), EXTRA)
@pytest.mark.parametrize(("write", "read"), [(write_omm_csv, read_omm_csv), (write_omm_json, read_omm_json)])
def test_omm_written_and_read_is_the_same(
    write: Callable[[ElementTable], str],
    read: Callable[..., Any],
    rows: list[dict[str, Any]],
    extra: dict[str, str],
) -> None:
    table = table_of(rows, extra)
    text = write(table)
    back, report = read(RawInput("x", text.encode()))
    assert not report.rejected
    assert_equal(back, table)
    assert write(back) == text


@settings(deadline=None, max_examples=EXAMPLES)
@given(data=st.data())
@pytest.mark.parametrize("name", READERS)
def test_damaged_files_give_a_result_or_our_error(name: str, data: st.DataObject) -> None:
    """Cut, overwritten, doubled and shifted bytes of good files."""
    read, files = READERS[name]
    content = bytearray((DATA / data.draw(st.sampled_from(files))).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content)))
        length = data.draw(st.integers(0, 40))
        new = data.draw(
            st.binary(max_size=8)
            | st.sampled_from([b"\n", b",", b'"', b" ", b"-", b"\xef\xbb\xbf", b"9" * 30])
        )
        content[at : at + length] = new
    survives(read, bytes(content))


@settings(deadline=None, max_examples=EXAMPLES)
@given(st.binary(max_size=400) | st.text(max_size=300).map(str.encode))
@pytest.mark.parametrize("name", READERS)
def test_any_bytes_give_a_result_or_our_error(name: str, content: bytes) -> None:
    survives(READERS[name][0], content)


def survives(read: Callable[[RawInput], Any], content: bytes) -> None:
    problem = ""
    try:
        table, report = read(RawInput("x", content))
    except SkypactError as error:
        problem = str(error)
    if problem:
        assert "\n" not in problem
        return
    assert report.accepted == len(table)
    assert all(r.line > 0 and r.reason and "\n" not in r.reason for r in report.rejected)
    if isinstance(table, ElementTable):
        kept, dropped = dedupe_newest(table)
        assert len(kept) + len(dropped) == len(table)
        assert np.unique(kept.norad).shape == kept.norad.shape
        assert np.isfinite(table.mean_motion_rev_d).all()
