"""Bulk conversion of text columns against the one-by-one rules, in both representations of a column."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.astro.timescales import parse_utc
from skypact.errors import FormatError
from skypact.formats.byte_columns import ByteColumn, split_even
from skypact.formats.columns import epochs_from_texts, floats_from_texts, ints_from_texts, texts_from_epochs

CELLS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-400, max_value=400).map(str),
    st.from_regex(r"[+-]?\.?[0-9]{0,20}\.?[0-9]{0,5}([eE][+-]?[0-9]{0,3})?", fullmatch=True),
    st.sampled_from(
        ["", " ", "NaN", "inf", "1_0", "١", "--1", "1e", "e5", ".", "+", "-.", "1e+", "1.5 ", "0x1"]
    ),
    st.text(alphabet="0123456789+-.eE \tx", max_size=12),
)
SAFE = CELLS.filter(lambda cell: not set(cell) & set(',\n\r"'))


def as_bytes(cells: list[str]) -> ByteColumn:
    columns = split_even("".join(f"{cell},x\n" for cell in cells), 2)
    assert columns is not None
    return columns[0]


@settings(deadline=None, max_examples=60)
@given(st.lists(SAFE, min_size=1, max_size=8))
def test_floats_are_those_of_python_in_both_representations(cells: list[str]) -> None:
    for column in (cells, as_bytes(cells)):
        values, problems = floats_from_texts(column, missing=-7.0)
        for i, cell in enumerate(cells):
            if not cell.strip():
                assert values[i] == -7.0
            elif i not in problems:
                expected = float(cell)
                assert values[i] == expected
                assert math.copysign(1, values[i]) == math.copysign(1, expected)
            else:
                assert "is not a number" in problems[i]
    assert floats_from_texts(cells)[1] == floats_from_texts(as_bytes(cells))[1]


@settings(deadline=None, max_examples=60)
@given(st.lists(SAFE, min_size=1, max_size=8))
def test_ints_are_those_of_python_in_both_representations(cells: list[str]) -> None:
    values, problems = ints_from_texts(cells)
    byte_values, byte_problems = ints_from_texts(as_bytes(cells))
    assert problems == byte_problems
    for i, cell in enumerate(cells):
        if cell.strip() and i not in problems:
            assert values[i] == byte_values[i] == int(cell)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_shortest_texts_read_back_exactly(numbers: list[float]) -> None:
    texts = [repr(number) for number in numbers]
    assert floats_from_texts(as_bytes(texts))[0].tolist() == numbers


def test_plain_decimals_are_correctly_rounded_at_the_limits_of_the_bulk_path() -> None:
    cells = [
        "9007199254740993", "9007199254740992", "0.9007199254740993", "123456789012345678", "1e22", "1e23",
        "-0", "-0.0", "8.5E-22", "4.35", "0.1", "2.675", "1e-400", "179769313486231570e291", "0" * 26 + "1",
    ]  # fmt: skip
    values, problems = floats_from_texts(as_bytes(cells))
    assert not problems
    assert values.tolist() == [float(cell) for cell in cells]


def test_more_rows_than_fit_in_one_chunk() -> None:
    cells = [f"{k}.{k % 7}" for k in range(70_000)]
    assert floats_from_texts(as_bytes(cells))[0].tolist() == [float(cell) for cell in cells]
    assert ints_from_texts(as_bytes([str(-k) for k in range(70_000)]))[0].tolist() == [
        -k for k in range(70_000)
    ]


_CALENDAR = r"(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{0,12})?Z?"
_DAY_OF_YEAR = r"20[0-9]{2}-[0-9]{3}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
TIMES = st.one_of(
    st.datetimes().map(lambda t: t.isoformat()),
    st.datetimes().map(lambda t: t.isoformat(sep=" ") + "Z"),
    st.from_regex(_CALENDAR, fullmatch=True),
    st.from_regex(_DAY_OF_YEAR, fullmatch=True),
    st.sampled_from(["", "2016-12-31T23:59:60Z", "2024-02-29T00:00:00", "2023-02-29T00:00:00", "NaT", "now"]),
    st.text(max_size=30),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(TIMES, min_size=1, max_size=6))
def test_epochs_are_those_of_the_single_reader(texts: list[str]) -> None:
    values, problems = epochs_from_texts(texts)
    for i, text in enumerate(texts):
        try:
            expected = parse_utc(text)
        except FormatError:
            assert i in problems
        else:
            assert i not in problems
            assert values[i] == expected


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(-(2**60), 2**60), min_size=1, max_size=5))
def test_epoch_texts_read_back(tai_ns: list[int]) -> None:
    texts = texts_from_epochs(np.array(tai_ns))
    assert epochs_from_texts(texts)[0].tolist() == tai_ns
