"""Two-line element sets: real catalogs against the sgp4 library, damaged lines, what the writer refuses."""

from __future__ import annotations

import gzip
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sgp4.api import Satrec

from skypact.astro.timescales import format_utc, parse_utc, tai_ns_to_utc_ns
from skypact.errors import FormatError
from skypact.formats.elements import ElementTable
from skypact.formats.reading import RawInput
from skypact.formats.tle import read_tle, write_3le, write_tle
from skypact.formats.tle_lines import LineError, checksum, designator, parse_lines

DATA = Path(__file__).parents[1] / "data" / "elements"
RAD_DEG = 180.0 / np.pi
REV_D_RAD_MIN = 1440.0 / (2.0 * np.pi)


def read(name: str) -> tuple[ElementTable, list[tuple[int, str, str]], list[str]]:
    table, report = read_tle(RawInput(name, (DATA / name).read_bytes()))
    assert report.accepted == len(table)
    return table, [(r.line, r.field_name, r.reason) for r in report.rejected], report.warnings


def read_text(text: str) -> ElementTable:
    return read_tle(RawInput("text", text.encode()))[0]


@pytest.fixture(scope="module")
def styles() -> ElementTable:
    return read("styles.3le")[0]


def test_all_styles_of_real_files_are_read() -> None:
    table, rejected, warnings = read("styles.3le")
    assert not rejected
    assert not warnings
    assert table.norad.tolist() == [90001, 90002, 7, 270123]
    assert table.object_name.tolist() == ["SKYPACT TEST A", "SKYPACT TEST B", "OLD STYLE", ""]
    assert table.object_id.tolist() == ["2026-001A", "2026-001B", "1958-002B", ""]
    assert table.line.tolist() == [3, 7, 10, 12]
    assert table.classification.tolist() == ["U", "C", "U", "U"]
    assert table.bstar_per_er.tolist() == [0.12345e-3, -0.98765e-4, 0.56855e-4, 0.11505e-2]
    assert table.mean_motion_dot_rev_d2.tolist() == [0.00001234, -0.00000321, 0.00000138, 0.00000334]
    assert table.mean_motion_ddot_rev_d3.tolist() == [0.0, -0.12345e-6, 0.0, 0.0]
    assert table.mean_motion_rev_d.tolist() == [15.5, 14.20000001, 10.84774727, 2.006]
    assert table.rev_at_epoch.tolist() == [1234, 99999, 55756, 42]


def test_epochs_are_exact(styles: ElementTable) -> None:
    assert [format_utc(t, decimals=9) for t in styles.epoch_tai_ns] == [
        "2026-04-10T12:00:00.000864000Z",
        "2026-04-11T00:00:00.000000000Z",
        "1957-01-01T23:59:59.999136000Z",
        "2026-04-09T02:57:46.665792000Z",
    ]


@pytest.mark.parametrize("digits", [0, 1, 12345678, 99999999])
@pytest.mark.parametrize(
    ("year", "full"), [(57, 1957), (72, 1972), (99, 1999), (0, 2000), (16, 2016), (56, 2056)]
)
def test_every_epoch_is_a_whole_number_of_864_microseconds(year: int, full: int, digits: int) -> None:
    lines = _with_epoch(f"{year:02d}365.{digits:08d}")
    day = np.datetime64(f"{full}-01-01T00:00:00", "ns") + np.timedelta64(364, "D")
    expected = int((day - np.datetime64("2000-01-01T12:00:00", "ns")).astype(np.int64)) + digits * 864_000
    assert int(tai_ns_to_utc_ns(read_text(lines).epoch_tai_ns[0])) == expected


def _with_epoch(epoch: str) -> str:
    line_1, line_2 = DATA.joinpath("damaged.3le").read_text().splitlines()[1:3]
    line_1 = line_1[:18] + epoch + line_1[32:68]
    return f"{line_1}{checksum(line_1)}\n{line_2}\n"


@pytest.mark.parametrize("epoch", ["25366.00000000", "26000.50000000", "26367.00000000", "2610a.00000000"])
def test_a_day_that_does_not_exist_is_refused(epoch: str) -> None:
    _, report = read_tle(RawInput("x", _with_epoch(epoch).encode()))
    assert [(r.line, r.field_name, r.norad) for r in report.rejected] == [(1, "EPOCH", 90001)]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text("0159AZ a-", min_size=8, max_size=8), min_size=1, max_size=5))
def test_international_designators_of_any_form(texts: list[str]) -> None:
    line_1, line_2 = DATA.joinpath("damaged.3le").read_text().splitlines()[1:3]
    ones = [line_1[:9] + text + line_1[17:68] for text in texts]
    table = read_text("".join(f"{one}{checksum(one)}\n{line_2}\n" for one in ones))
    assert table.object_id.tolist() == [designator(text) for text in texts]


def test_international_designators_of_each_century() -> None:
    assert designator("57001A  ") == "1957-001A"
    assert designator("56001ABC") == "2056-001ABC"
    assert designator("92052  A") == "1992-052A"  # as TOPEX was written in 1992
    assert designator("        ") == ""
    assert designator("UNKNOWN ") == "UNKNOWN"


def test_damaged_sets_are_kept_out_with_line_and_reason_and_the_rest_loads() -> None:
    table, rejected, _ = read("damaged.3le")
    assert table.norad.tolist() == [90001, 90002]
    assert table.line.tolist() == [2, 25]
    assert rejected == [
        (5, "CHECKSUM", "is '0', the line adds up to 5"),
        (9, "", "column 43 is '3', it must be blank"),
        (11, "EPOCH", "'26100.O0000001' cannot be read"),
        (14, "", "line 1 without a line 2"),
        (17, "NORAD_CAT_ID", "'90002' differs from '90001' of line 1"),
        (19, "", "line 2 without a line 1"),
        (21, "INCLINATION", "is 190.0, must be 0 to 180 deg"),
        (23, "", "a name without element lines"),
    ]


def test_missing_trailing_fields_are_tolerated_and_counted() -> None:
    table, rejected, warnings = read("trailing.tle")
    assert not rejected
    assert table.norad.tolist() == [90001, 90002, 7]
    assert table.element_set_no.tolist() == [999, 0, 993]
    assert table.rev_at_epoch.tolist() == [1234, 0, 55756]
    assert warnings == ["trailing.tle: 2 sets lack trailing fields or checksums"]


def test_short_line_is_refused_where_a_value_is_cut() -> None:
    line_1, line_2 = DATA.joinpath("damaged.3le").read_text().splitlines()[1:3]
    for length in (10, 40, 62, 64, 67):
        with pytest.raises(LineError, match="characters"):
            parse_lines(line_1, line_2[:length])


def test_letters_i_o_and_lower_case_are_refused_in_numbers(styles: ElementTable) -> None:
    good = write_tle(styles.take(np.array([3])))
    assert "T0123" in good
    for letter in "IOt":
        _, report = read_tle(RawInput("x", good.replace("T0123", f"{letter}0123").encode()))
        assert len(report.rejected) == 1, letter
        assert report.accepted == 0


@pytest.mark.parametrize(
    "text",
    [
        "hello\nworld\n",
        "<html><body>Login</body></html>",
        "No GP data found\r\n",
        "   \n",
        "\x00\x01",
        "# nothing\n",
    ],
)
def test_text_without_element_sets_is_one_error(text: str) -> None:
    with pytest.raises(FormatError):
        read_tle(RawInput("x", text.encode()))


def test_written_sets_read_back_the_same(styles: ElementTable) -> None:
    back = read_text(write_3le(styles))
    for name in ElementTable.__dataclass_fields__:
        if name not in ("line", "extra"):
            assert np.array_equal(getattr(back, name), getattr(styles, name)), name
    assert write_3le(back) == write_3le(styles)


def test_line_zero_and_two_line_form(styles: ElementTable) -> None:
    lines = write_3le(styles).splitlines()
    assert lines[0::3] == ["0 SKYPACT TEST A", "0 SKYPACT TEST B", "0 OLD STYLE", "0"]
    assert write_tle(styles).splitlines() == [line for i, line in enumerate(lines) if i % 3]
    assert all(len(line) == 69 for line in write_tle(styles).splitlines())


def test_names_that_look_like_element_lines_survive(styles: ElementTable) -> None:
    names = np.array(["1 KUNS-PF", "2 MEV-1", "0 ZERO", "위성 1"], dtype=object)
    back = read_text(write_3le(replace(styles, object_name=names)))
    assert back.object_name.tolist() == names.tolist()
    bare = (
        write_3le(replace(styles, object_name=names))
        .replace("0 1 KUNS", "1 KUNS")
        .replace("0 2 MEV", "2 MEV")
    )
    assert read_text(bare).object_name.tolist() == names.tolist()


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("norad", 340_000, "340000.*OMM"),
        ("norad", 799_500_124, "799500124.*OMM"),
        ("eccentricity", 0.99999999, "ECCENTRICITY"),
        ("eccentricity", 1.0, "ECCENTRICITY"),
        ("mean_motion_rev_d", 100.0, "MEAN_MOTION"),
        ("mean_motion_dot_rev_d2", 1.0, "MEAN_MOTION_DOT"),
        ("bstar_per_er", 1.0e9, "BSTAR"),
        ("bstar_per_er", np.nan, "BSTAR"),
        ("mean_motion_ddot_rev_d3", -1.0e12, "MEAN_MOTION_DDOT"),
        ("element_set_no", 10_000, "ELEMENT_SET_NO"),
        ("element_set_no", -1, "ELEMENT_SET_NO"),
        ("ephemeris_type", 10, "EPHEMERIS_TYPE"),
        ("rev_at_epoch", -1, "REV_AT_EPOCH"),
        ("object_id", "1998-067ABCD", "OBJECT_ID"),
        ("object_id", "2060-001A", "OBJECT_ID"),
        ("classification", "UNCLASSIFIED", "CLASSIFICATION_TYPE"),
        ("object_name", "TWO\nLINES", "OBJECT_NAME"),
        ("epoch_tai_ns", parse_utc("2057-01-01T00:00:00Z"), "EPOCH is in 2057"),
    ],
)
def test_value_that_does_not_fit_is_refused_by_name(
    styles: ElementTable, column: str, value: object, message: str
) -> None:
    changed = getattr(styles, column).copy()
    changed[1] = value
    with pytest.raises(FormatError, match=message):
        write_3le(replace(styles, **{column: changed}))


@pytest.mark.parametrize(
    ("utc", "field"),
    [
        ("2026-12-31T23:59:59.999999Z", "27001.00000000"),
        ("2026-12-31T23:59:59.999500Z", "26365.99999999"),
        ("2016-12-31T23:59:60.5Z", "17001.00000000"),
    ],
)
def test_epoch_is_rounded_with_carry(styles: ElementTable, utc: str, field: str) -> None:
    row = styles.take(np.array([0]))
    text = write_tle(replace(row, epoch_tai_ns=np.array([parse_utc(utc)])))
    assert text[18:32] == field


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (0.0, " 00000+0"),
        (1.2345e-10, " 12345-9"),
        (1.2344e-11, " 01234-9"),
        (-4.9e-15, "-00000-9"),
        (0.999996, " 10000+1"),
        (12345.6, " 12346+5"),
        (-0.5, "-50000+0"),
    ],
)
def test_assumed_point_numbers(styles: ElementTable, value: float, field: str) -> None:
    row = styles.take(np.array([0]))
    text = write_tle(replace(row, bstar_per_er=np.array([value])))
    assert text[53:61] == field
    assert read_text(text).bstar_per_er[0] == float(f"{field[0].strip()}.{field[1:6]}e{field[6:]}")


CATALOGS = {
    "catalog/gp_spacetrack_2024-07-05.3le.gz": 26_389,
    "catalog/gp_2022-08-16.3le.gz": 23_995,
    "catalog/gp_2019-03-19.3le.gz": 17_892,
    "breakups/cosmos1408_2022-01-11.3le.gz": 924,
    "maneuvers/TOPEX.tle.gz": 4_136,
}


@pytest.mark.parametrize(("file", "count"), CATALOGS.items())
def test_real_catalog_gives_the_numbers_of_sgp4_and_is_written_back(
    shared_data: Path, file: str, count: int
) -> None:
    text = gzip.decompress((shared_data / file).read_bytes()).decode()
    table, report = read_tle(RawInput(file, text.encode()))
    assert (len(table), report.rejected, report.warnings) == (count, [], [])
    lines = [line for line in text.splitlines() if line[:2] in ("1 ", "2 ")]
    peers = [Satrec.twoline2rv(one, two) for one, two in zip(lines[::2], lines[1::2], strict=True)]
    column = {
        "satnum": table.norad,
        "ecco": table.eccentricity,
        "elnum": table.element_set_no,
        "revnum": table.rev_at_epoch,
    }
    for name, values in column.items():
        assert np.array_equal(values, [getattr(peer, name) for peer in peers]), name
    for name, factor, values in (
        ("bstar", 1.0, table.bstar_per_er),
        ("inclo", RAD_DEG, table.inclination_deg),
        ("nodeo", RAD_DEG, table.raan_deg),
        ("argpo", RAD_DEG, table.arg_perigee_deg),
        ("mo", RAD_DEG, table.mean_anomaly_deg),
        ("no_kozai", REV_D_RAD_MIN, table.mean_motion_rev_d),
    ):
        np.testing.assert_allclose(values, [getattr(p, name) * factor for p in peers], rtol=4e-16, atol=0)
    day = [int(Decimal(line[20:32]) * 100_000_000) for line in lines[::2]]
    utc = tai_ns_to_utc_ns(table.epoch_tai_ns).tolist()
    starts = {y: parse_utc(f"{1957 + (y - 57) % 100}-01-01") for y in range(100)}
    starts = {y: int(tai_ns_to_utc_ns(t)) for y, t in starts.items()}
    assert utc == [
        starts[int(line[18:20])] + (units - 100_000_000) * 864_000
        for line, units in zip(lines[::2], day, strict=True)
    ]
    written = write_tle(table).splitlines()
    assert written == [normalized(line) for line in lines]


def normalized(line: str) -> str:
    """Rewrite a line in the one notation of the writer (its documented normalizations, and nothing else)."""
    number = line[2:7].replace(" ", "0")
    if line[0] == "1":
        designator = f"{line[9:14]}{line[14:17].strip():3s}" if line[9:17].strip() else " " * 8
        slope = line[33].replace("+", " ") + line[34:43]
        drag = f"{_exponential(line[44:52])} {_exponential(line[53:61])}"
        counters = f"{line[62:64]}{int(line[64:68]):4d}"
        text = f"1 {number}{line[7:9]}{designator} {line[18:33]}{slope} {drag} {counters}"
    else:
        a, b, c, d = (f"{float(line[i : i + 8]):8.4f}" for i in (8, 17, 34, 43))
        motion = f"{float(line[52:63]):11.8f}"
        text = f"2 {number} {a} {b} {line[26:33]} {c} {d} {motion}{int(line[63:68]):5d}"
    return f"{text}{checksum(text)}"


def _exponential(field: str) -> str:
    if field[1:6] == "00000":
        return " 00000+0"
    sign = field[0].replace("+", " ")
    if field[6] == "0":  # TOPEX, 1992: a leading zero and an exponent of two digits
        return f"{sign}{field[2:6]}0+{int(field[6:]) - 1}"
    return sign + field[1:]


def test_reading_grows_linearly_and_is_fast(shared_data: Path) -> None:
    file = shared_data / "catalog/gp_spacetrack_2024-07-05.3le.gz"
    text = gzip.decompress(file.read_bytes())

    def fastest_s(data: bytes) -> float:
        times = []
        for _ in range(3):
            start = time.perf_counter()
            read_tle(RawInput("x", data))
            times.append(time.perf_counter() - start)
        return min(times)

    once_s = fastest_s(text)
    assert once_s < 1.0  # 0.05 s on a quiet core
    assert fastest_s(text * 4) < 4 * once_s * 2.5
