"""The bytes of each message of a file of several: cut where the reader cuts, nothing lost between."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from skypact.formats.cdm import read_cdms, write_cdm_json, write_cdm_kvn, write_cdm_xml
from skypact.formats.cdm_slices import cdm_slices
from skypact.formats.reading import RawInput

TEXT = (Path(__file__).parents[1] / "data" / "messages" / "close_approach.cdm").read_text()


def named(number: int) -> str:
    return re.sub(r"MESSAGE_ID = .*", f"MESSAGE_ID = m{number}", TEXT)


def raw(text: str | bytes) -> RawInput:
    return RawInput("inbox", text.encode() if isinstance(text, str) else text)


def ids(data: bytes) -> list[str]:
    return [cdm.message_id for cdm in read_cdms(raw(data))[0]]


@given(st.integers(1, 4), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "COMMENT from here\n"]))
@example(count=3, line_end="\r", first="")
def test_kvn_is_cut_at_its_version_lines_and_put_together_it_is_the_file(
    count: int, line_end: str, first: str
) -> None:
    data = (first + "\n".join(named(k) for k in range(count))).replace("\n", line_end).encode()
    slices = cdm_slices(raw(data))
    assert b"".join(piece.data for piece in slices) == data
    assert [ids(piece.data) for piece in slices] == [[f"m{k}"] for k in range(count)]
    assert slices[0].line == 1
    lines = re.split(r"\r\n|\n|\r", data.decode())
    for piece in slices[1:]:
        assert lines[piece.line - 1].startswith("CCSDS_CDM_VERS")


@pytest.mark.parametrize("write", [write_cdm_xml, write_cdm_json])
def test_messages_of_a_combined_document_are_cut_out_and_read_alone(write: object) -> None:
    cdms = [read_cdms(raw(named(k)))[0][0] for k in range(3)]
    data = write(*cdms).encode()  # type: ignore[operator]
    slices = cdm_slices(raw(data))
    assert [ids(piece.data) for piece in slices] == [["m0"], ["m1"], ["m2"]]
    assert all(piece.data in data for piece in slices)


@pytest.mark.parametrize("write", [write_cdm_kvn, write_cdm_xml, write_cdm_json])
def test_a_file_of_one_message_is_kept_whole(write: object) -> None:
    cdm = read_cdms(raw(TEXT))[0][0]
    data = b"\xef\xbb\xbf" + write(cdm).encode()  # type: ignore[operator]
    (piece,) = cdm_slices(raw(data))
    assert piece.data == data


def test_rows_of_the_public_list_are_cut_with_their_names() -> None:
    rows = [{"CDM_ID": str(k), "TCA": "2031-01-01", "MIN_RNG": "5"} for k in range(2)]
    slices = cdm_slices(raw(json.dumps(rows)))
    assert [json.loads(piece.data) for piece in slices] == rows
    assert [piece.line for piece in slices] == [1, 2]
    table = "CDM_ID,TCA,MIN_RNG\n0,2031-01-01,5\n\n1,2031-01-01,5\n"
    slices = cdm_slices(raw(table))
    assert [piece.data for piece in slices] == [
        b"CDM_ID,TCA,MIN_RNG\n0,2031-01-01,5\n",
        b"CDM_ID,TCA,MIN_RNG\n1,2031-01-01,5\n",
    ]
    assert [piece.line for piece in slices] == [2, 4]


@given(st.binary(max_size=200))
def test_bytes_behind_a_message_never_stop_the_cutting(tail: bytes) -> None:
    from skypact.errors import InputError

    for head in (TEXT.encode(), b'[{"CCSDS_CDM_VERS": "1.0"},', b"<cdm>"):
        try:
            slices = cdm_slices(raw(head + tail))
        except InputError:
            continue
        assert sum(len(piece.data) for piece in slices) <= 2 * len(head + tail)
