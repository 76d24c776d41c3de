"""Splitting CSV: the bulk split, the careful one, and that both give the same cells."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.errors import FormatError
from skypact.formats.byte_columns import ByteColumn, split_even
from skypact.formats.csv_text import join_csv, split_csv
from skypact.formats.reading import RawInput

CELL = st.text(
    alphabet=st.characters(blacklist_characters="\r\n", blacklist_categories=("Cs", "Cc")), max_size=8
)


def split(text: str) -> tuple[dict[str, list[str]], list[int], list[tuple[int, str]]]:
    sheet = split_csv(RawInput("x", text.encode()))
    columns = {title: list(cells) for title, cells in sheet.columns.items()}
    return columns, sheet.lines.tolist(), [(r.line, r.reason) for r in sheet.rejected]


@settings(deadline=None)
@given(
    st.integers(1, 5).flatmap(
        lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=6)
    )
)
def test_what_the_csv_module_writes_is_split_as_it_was(rows: list[list[str]]) -> None:
    titles = [f"C{k}" for k in range(len(rows[0]))]
    stream = io.StringIO()
    csv.writer(stream).writerows([titles, *rows])
    columns, _, rejected = split(stream.getvalue())
    if all(",".join(row).strip() for row in rows):  # a blank line is no record
        assert not rejected
        assert list(zip(*columns.values(), strict=True)) == [tuple(row) for row in rows]


def test_even_lines_stay_bytes_until_wanted() -> None:
    sheet = split_csv(RawInput("x", "A,B\r\n1,é\r\n22,\r\n".encode()))
    assert isinstance(sheet.columns["A"], ByteColumn)
    assert sheet.columns["B"][0] == "é"
    assert list(sheet.columns["B"][1:]) == [""]
    assert list(sheet.columns["A"]) == ["1", "22"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_any_line_ending_with_or_without_the_last(ending: str, last: bool) -> None:
    text = ending.join(["A,B", "1,2", "3,4"]) + (ending if last else "")
    assert split(text) == ({"A": ["1", "3"], "B": ["2", "4"]}, [2, 3], [])


def test_line_numbers_count_blank_lines_comments_and_byte_order_mark() -> None:
    text = "\ufeff\n\nA,B\n1,2\n\n# note\n3,4\n5\n6,7,8\n9,10\n"
    assert split(text) == (
        {"A": ["1", "3", "9"], "B": ["2", "4", "10"]},
        [4, 7, 10],
        [(8, "1 fields, the header names 2"), (9, "3 fields, the header names 2")],
    )


def test_uneven_lines_are_not_split_in_bulk() -> None:
    assert split_even("1,2\n3\n4,5,6\n", 2) is None
    assert split_even("1\n2,3,4\n", 2) is None
    assert split_even('1,"2"\n', 2) is None


def test_a_comment_is_a_line_of_its_own_and_a_name_may_begin_like_one() -> None:
    assert split('A,B\n# note\n#1,"2"\n# note, too, long\n')[0] == {"A": ["#1"], "B": ["2"]}


def test_header_of_too_many_columns_is_refused() -> None:
    with pytest.raises(FormatError, match="columns"):
        split(",".join(f"C{k}" for k in range(1000)))


def test_joined_columns_are_quoted_where_needed() -> None:
    text = join_csv(["A", "B"], [["x,y", 'say "z"'], [1, None]])
    assert text == 'A,B\n"x,y",1\n"say ""z""",\n'
