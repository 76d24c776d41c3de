"""``skypact convert``: every sensible pair of formats, and a clear word for the others."""

from __future__ import annotations

import contextlib
import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.errors import SkypactError, UsageError
from skypact.formats.cdm import read_cdms
from skypact.formats.detect import Kind, detect
from skypact.formats.oem import read_oem
from skypact.formats.reading import RawInput
from skypact.node.cli.main import run
from skypact.node.desk.convert import FAMILIES, Target, convert

DATA = Path(__file__).parents[1] / "data" / "messages"
SHARED = Path(__file__).parents[2].parent / "shared" / "data"
SAMPLES = {
    "element sets": DATA / "three_objects.omm",
    "conjunction data messages": DATA / "close_approach.cdm",
    "an ephemeris": next(DATA.glob("MEME_*")),
}
NOW_TAI_NS = 10**18


def raw(path: Path) -> RawInput:
    return RawInput(str(path), path.read_bytes())


@pytest.mark.parametrize("target", list(Target))
@pytest.mark.parametrize("name", list(SAMPLES))
def test_every_pair_is_written_and_recognized_or_refused_with_a_way_out(name: str, target: Target) -> None:
    source = raw(SAMPLES[name])
    family = next(f for f in FAMILIES if f.name == name)
    if target not in family.targets:
        with pytest.raises(UsageError, match=f"{name} cannot be written as {target}; possible is --to"):
            convert(source, target, now_tai_ns=NOW_TAI_NS)
        return
    if target is Target.TLE:  # one number has nine digits, the TLE holds 339,999
        source = RawInput("x", source.data.replace(b"799500124", b"339999"))
    written = convert(source, target, now_tai_ns=NOW_TAI_NS)
    assert detect(RawInput("x", written.text.encode())) is Kind(target.value)
    again = convert(RawInput("x", written.text.encode()), target, now_tai_ns=NOW_TAI_NS)
    assert again.text == written.text
    assert again.count == written.count


def acceptance_files() -> list[Path]:
    folders = (
        "ccsds/orekit/valid",
        "ccsds/ccsds-ndm",
        "ccsds/bradsease-oem",
        "pc/cara_cdm",
        "pc/alfano2009_cdm",
    )
    files = [p for folder in folders for p in sorted((SHARED / folder).rglob("*")) if p.is_file()]
    kinds = {kind for family in FAMILIES for kind in family.kinds}
    found = []
    for path in files:
        if "lexical" not in path.parts and "README" not in path.name and detect(raw(path)) in kinds:
            found.append(path)
    return found


@pytest.mark.parametrize("path", acceptance_files(), ids=lambda p: f"{p.parent.name}/{p.name}")
def test_all_messages_of_others_are_rewritten_in_every_notation(path: Path) -> None:
    family = next(f for f in FAMILIES if detect(raw(path)) in f.kinds)
    for target in family.targets:
        if target.value.endswith(("kvn", "xml")) or family.name == "conjunction data messages":
            text = convert(raw(path), target, now_tai_ns=NOW_TAI_NS).text
            assert convert(RawInput("x", text.encode()), target, now_tai_ns=NOW_TAI_NS).text == text


READ_WITH_A_WORD = {
    "CDM-no-orbit-center-defined-obj1.txt": "no center given",
    "OEM-keyword-within-covariance.txt": "USER_DEFINED_TEST_KEY",
    "OEM-wrong-keyword.txt": "WRONG_KEYWORD",
    "OMM-empty-object-id.txt": "empty OBJECT_ID",
    "OMM-empty-object-id.xml": "empty OBJECT_ID",
}
"""Invalid messages that are read, and what is told of them."""


def test_invalid_messages_of_others_are_refused_in_one_line_or_read_with_a_word(
    shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [p for p in sorted((shared_data / "ccsds/orekit/invalid").rglob("*")) if p.is_file()]
    assert len(files) == 42
    for path in files:
        family = next((f for f in FAMILIES if detect(raw(path)) in f.kinds), FAMILIES[0])
        code = run(["convert", str(path), "--to", family.targets[0]])
        answer = capsys.readouterr()
        if path.name in READ_WITH_A_WORD:
            assert code == 0
            assert READ_WITH_A_WORD[path.name] in answer.err
        else:
            assert code == 2
            assert len(answer.err.splitlines()) == 1
            assert path.name in answer.err
            assert (
                "not supported yet" in answer.err
                or "/odm/o" in str(path)
                or path.parent.name in ("cdm", "ndm")
            )


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)), st.sampled_from(list(Target))
)
def test_any_bytes_raise_nothing_but_our_errors(data: bytes, target: Target) -> None:
    with contextlib.suppress(SkypactError):
        convert(RawInput("x", data), target, now_tai_ns=NOW_TAI_NS)


def test_the_command_writes_data_on_stdout_and_words_on_stderr(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["convert", str(DATA / "close_approach.cdm"), "--to", "cdm-xml"]) == 0
    answer = capsys.readouterr()
    assert len(read_cdms(RawInput("out", answer.out.encode()))[0]) == 1
    assert answer.err.endswith("1 written as cdm-xml, 0 kept out, 3 warnings\n")
    output = tmp_path / "arcs.xml"
    assert run(["convert", str(DATA / "two_arcs.oem"), "--to", "oem-xml", "--output", str(output)]) == 0
    answer = capsys.readouterr()
    assert answer.out == ""
    assert len(read_oem(raw(output))[0].segments) == 2
    assert list(tmp_path.iterdir()) == [output]


def test_bad_records_are_told_and_kept_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", str(DATA / "three_objects.omm"), "--to", "omm-csv"]) == 0
    answer = capsys.readouterr()
    assert len(answer.out.splitlines()) == 3
    assert "MEAN_MOTION: 'fast' is not a number" in answer.err
    assert "2 written as omm-csv, 1 kept out" in answer.err


@pytest.mark.parametrize(
    ("name", "content", "target", "reason"),
    [
        ("missing", None, "tle", "no such file"),
        ("empty", b"", "tle", "the file is empty"),
        ("binary", bytes(range(256)), "tle", "binary data"),
        ("cut.gz", gzip.compress(b"CCSDS_OMM_VERS = 2.0\n" * 50, mtime=0)[:40], "omm-csv", "truncated"),
        ("page", b"<html><title>403</title></html>", "tle", "a web page"),
        ("other", b"CCSDS_TDM_VERS = 2.0\n", "oem-kvn", "TDM messages are not supported yet"),
        ("words", b"hello world", "tle", "content of no known kind"),
        (
            "public",
            b'[{"CDM_ID":"1","TCA":"2031-01-01","MIN_RNG":"5"}]',
            "cdm-kvn",
            "ask the owner for the full CDM",
        ),
        ("omm", b"CCSDS_OMM_VERS = 2.0\nOBJECT_NAME = X\nNORAD_CAT_ID = 5\n", "omm-csv", "EPOCH"),
    ],
)
def test_bad_input_leaves_with_2_one_line_and_nothing_written(
    name: str,
    content: bytes | None,
    target: str,
    reason: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    output = tmp_path / "out"
    assert run(["convert", str(path), "--to", target, "--output", str(output)]) == 2
    answer = capsys.readouterr()
    assert reason in answer.err
    assert len(answer.err.splitlines()) == 1
    assert not output.exists()


def test_unknown_keywords_are_kept_unless_strict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, target in (
        ("close_approach.cdm", "cdm-kvn"),
        ("two_arcs.oem", "oem-kvn"),
        ("three_objects.omm", "omm-kvn"),
    ):
        path = tmp_path / name
        path.write_text(
            (DATA / name).read_text().replace("OBJECT_NAME =", "FAVORITE_COLOR = RED\nOBJECT_NAME =", 1)
        )
        assert run(["convert", str(path), "--to", target]) == 0
        answer = capsys.readouterr()
        assert "FAVORITE_COLOR" in answer.out
        assert "unknown keywords kept: FAVORITE_COLOR (1)" in answer.err
        assert run(["convert", str(path), "--to", target, "--strict"]) == 2
        assert "FAVORITE_COLOR: unknown keyword" in capsys.readouterr().err


def test_an_archive_of_one_kind_is_read_whole() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.cdm", (DATA / "close_approach.cdm").read_text())
        archive.writestr("b.cdm", (DATA / "close_approach.cdm").read_text())
    assert convert(RawInput("a.zip", packed.getvalue()), Target.CDM_XML, now_tai_ns=NOW_TAI_NS).count == 2
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("c.oem", (DATA / "two_arcs.oem").read_text())
    with pytest.raises(UsageError, match=r"a\.zip/c\.oem: an ephemeris cannot be written as cdm-xml"):
        convert(RawInput("a.zip", packed.getvalue()), Target.CDM_XML, now_tai_ns=NOW_TAI_NS)
