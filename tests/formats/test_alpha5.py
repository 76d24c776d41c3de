"""Alpha-5 against Space-Track's published examples and an enumeration of the whole range."""

from __future__ import annotations

import pytest

from skypact.errors import FormatError
from skypact.formats.alpha5 import ALPHA5_MAX, decode_alpha5, encode_alpha5

PUBLISHED = {
    100000: "A0000",
    148493: "E8493",
    182931: "J2931",
    234018: "P4018",
    301928: "W1928",
    339999: "Z9999",
}
"""space-track.org, documentation, "Alpha-5", examples."""


@pytest.mark.parametrize(("norad", "field"), PUBLISHED.items())
def test_published_examples(norad: int, field: str) -> None:
    assert encode_alpha5(norad) == field
    assert decode_alpha5(field) == norad


def test_all_numbers_go_there_and_back_in_order() -> None:
    fields = [encode_alpha5(norad) for norad in range(0, ALPHA5_MAX + 1)]
    assert fields == sorted(fields)
    assert not {"I", "O"} & {field[0] for field in fields}
    assert [decode_alpha5(field) for field in fields[::7]] == list(range(0, ALPHA5_MAX + 1, 7))


@pytest.mark.parametrize("norad", [-1, 340000, 799500124])
def test_number_that_does_not_fit_is_refused_with_the_way_out(norad: int) -> None:
    with pytest.raises(FormatError, match=f"{norad}.*OMM"):
        encode_alpha5(norad)


@pytest.mark.parametrize(
    "field",
    ["", "a0000", "I0000", "O0000", "A000", "A00000", "00A00", " 0005", "A 001", "+1234", "١٢٣٤٥", "A-001"],
)
def test_anything_else_is_no_number(field: str) -> None:
    with pytest.raises(FormatError):
        decode_alpha5(field)
