"""Loading files: each whole or not at all, bad records named, half a catalog recognized, modes kept apart."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from skypact.astro.timescales import parse_utc
from skypact.catalog.completeness import LoadKind
from skypact.catalog.identity import element_digests
from skypact.errors import DataModeError, FormatError, NotFoundError, UsageError
from skypact.formats.catalog_files import read_elements
from skypact.formats.elements import ElementTable
from skypact.formats.omm_csv import write_omm_csv
from skypact.formats.reading import RawInput
from skypact.formats.tle import write_3le
from skypact.node.desk.catalog import object_radii, object_traits, objects_by_number, view_catalog
from skypact.node.desk.catalog_lists import list_loads, list_quarantine, list_stats
from skypact.node.desk.catalog_load import LoadResult, load_files, load_raw
from skypact.node.desk.node_home import Node, make_node
from skypact.records import DataMode
from tests.catalog.tables import at_day, make_table


def load(
    node: Node,
    content: ElementTable | str,
    name: str = "gp.csv",
    *,
    source: str = "file",
    day: float = 0.0,
    accept: bool = False,
    addition: bool = False,
) -> LoadResult:
    """Load a table or text as one file, retrieved on a day after 2024-11-01."""
    text = content if isinstance(content, str) else write_omm_csv(content)
    (result,) = load_raw(
        node,
        RawInput(name, text.encode()),
        source=source,
        retrieved_tai_ns=at_day(day),
        accept=accept,
        addition=addition,
    )
    return result


def in_use(node: Node, day: float = 0.0) -> list[int]:
    """Return the numbers of the catalog at a day, with all that the node knows by now."""
    return view_catalog(node, at_tai_ns=at_day(day)).table.norad.tolist()


def stats(node: Node) -> str:
    """Return everything that ``catalog stats`` prints."""
    listing = list_stats(node)
    return json.dumps([listing.rows, listing.note])


def test_a_file_is_loaded_and_loading_it_again_changes_nothing(node: Node) -> None:
    table = make_table(range(1, 101))
    first = load(node, table)
    assert (first.is_new, first.records, first.objects, first.new_sets) == (True, 100, 100, 100)
    assert first.kind is LoadKind.CATALOG
    before = stats(node)
    again = load(node, table, day=1)
    assert (again.is_new, again.new_sets, again.load_id) == (False, 0, first.load_id)
    assert "nothing changed" in again.words
    assert stats(node) == before
    assert in_use(node) == list(range(1, 101))


def test_the_same_sets_in_another_notation_are_not_stored_again(node: Node) -> None:
    text = write_3le(make_table(range(1, 11)))
    table, _ = read_elements(RawInput("gp.tle", text.encode()))
    load(node, table)
    assert load(node, text, "gp.tle").new_sets == 0


def test_gzip_and_zip_are_loaded_as_they_are(node: Node, tmp_path: Path) -> None:
    text = write_omm_csv(make_table([1, 2, 3])).encode()
    packed = tmp_path / "gp.csv.gz"
    packed.write_bytes(gzip.compress(text, mtime=0))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.csv", write_omm_csv(make_table([11, 12])))
        archive.writestr("b.csv", write_omm_csv(make_table([21, 22])))
    both = tmp_path / "gp.zip"
    both.write_bytes(buffer.getvalue())
    results = load_files(node, [packed, both])
    assert [r.records for r in results] == [3, 2, 2]
    assert in_use(node) == [1, 2, 3, 11, 12, 21, 22]


def test_six_of_many_are_incomplete_and_the_catalog_before_stays_in_force(node: Node) -> None:
    table = make_table(range(1, 201))
    load(node, table, day=0)
    half = load(node, make_table(range(1, 7), seed=1), day=0.5)
    assert not half.complete
    assert "INCOMPLETE" in half.words
    assert in_use(node) == list(range(1, 201))
    states = {row["load"]: (row["state"], row["expected"]) for row in list_loads(node).rows}
    assert states == {1: ("in force", None), 2: ("incomplete", 200)}
    assert view_catalog(node).notes


def test_a_person_may_accept_a_smaller_catalog(node: Node) -> None:
    load(node, make_table(range(1, 201)))
    small = make_table(range(1, 101), seed=1)
    assert not load(node, small, day=1).complete
    assert load(node, small, day=1, accept=True).complete
    assert in_use(node) == list(range(1, 101))
    assert load(node, make_table(range(1, 100), seed=2), day=2).complete


def test_an_addition_stands_beside_the_catalog(node: Node) -> None:
    load(node, make_table(range(1, 201)))
    extra = load(node, make_table([5, 900], epoch_d=0.1), addition=True)
    assert (extra.complete, extra.kind) == (True, LoadKind.ADDITION)
    view = view_catalog(node, at_tai_ns=at_day(1))
    assert view.table.norad.tolist() == [*range(1, 201), 900]
    assert view.table.epoch_tai_ns[4] == at_day(0.1), "the newer set of object 5 is used"
    assert view.candidates[4] == 2


def test_a_history_replaces_nothing_and_gives_its_newest_fresh_set(node: Node) -> None:
    load(node, make_table(range(1, 21)))
    days = np.arange(-60.0, 20.0)
    history = load(node, make_table([7] * len(days), epoch_d=days.tolist()))
    assert history.kind is LoadKind.HISTORY
    assert "as history" in history.words
    view = view_catalog(node, at_tai_ns=at_day(10.5))
    assert view.table.norad.tolist() == list(range(1, 21))
    assert view.table.epoch_tai_ns[6] == at_day(11), "up to a day ahead"
    assert view_catalog(node, at_tai_ns=at_day(-1)).table.epoch_tai_ns[6] == at_day(0)


def test_groups_of_one_source_stand_beside_each_other(node: Node) -> None:
    load(node, make_table(range(1, 101)), source="celestrak")
    load(node, make_table(range(500, 530)), source="celestrak")
    load(node, make_table(range(1, 102), seed=1), source="celestrak", day=1)
    assert in_use(node, 1) == [*range(1, 102), *range(500, 530)]


def test_an_object_that_the_next_catalog_lacks_is_gone(node: Node) -> None:
    load(node, make_table(range(1, 101)))
    load(node, make_table(range(2, 101), epoch_d=1.0), day=1)
    assert in_use(node, 1) == list(range(2, 101))
    assert in_use(node, -0.5) == list(range(1, 101))


def test_a_fit_to_the_operators_ephemeris_is_preferred_while_it_is_good_and_fresh(node: Node) -> None:
    load(node, make_table([1, 2, 3], epoch_d=1.0), source="celestrak", day=1)
    fits = make_table([2, 3], epoch_d=0.5, extra={"RMS": ["0.2", "7.0"]})
    load(node, fits, source="celestrak-supgp", day=1)
    view = view_catalog(node, at_tai_ns=at_day(1.5))
    assert list(view.sets.source) == ["celestrak", "celestrak-supgp", "celestrak"]
    assert view.sets.fit_rms_km[1] == 0.2
    later = view_catalog(node, at_tai_ns=at_day(9))
    assert list(later.sets.source) == ["celestrak"] * 3


def test_as_of_tells_what_was_known_then(node: Node) -> None:
    load(node, make_table(range(1, 11)), day=0)
    load(node, make_table(range(1, 12), epoch_d=1.0, seed=1), day=1)
    known = [view_catalog(node, as_of_tai_ns=at_day(day)) for day in (-1, 0.5, 2)]
    assert [len(view) for view in known] == [0, 10, 11]
    assert known[1].table.epoch_tai_ns.tolist() == [at_day(0)] * 10


def test_bad_records_are_kept_out_by_line_and_the_rest_is_loaded(node: Node) -> None:
    lines = write_3le(make_table(range(1, 6))).splitlines()
    broken = lines[4]
    lines[4] = broken[:-1] + str((int(broken[-1]) + 1) % 10)
    result = load(node, "\n".join(lines) + "\n", "five.tle")
    assert (result.records, len(result.rejected)) == (4, 1)
    assert result.rejected[0].startswith("five.tle:5")
    assert "checksum" in result.rejected[0].lower()
    assert in_use(node) == [1, 3, 4, 5]
    (row,) = list_quarantine(node).rows
    assert (row["file"], row["line"], row["load"]) == ("five.tle", 5, result.load_id)
    assert broken[2:7] in row["text"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("EPOCH", ""),
        ("MEAN_MOTION", "NaN"),
        ("ECCENTRICITY", "1.0"),
        ("NORAD_CAT_ID", "1234567890"),
        ("INCLINATION", "ninety"),
    ],
)
def test_impossible_values_are_kept_out_with_their_field(node: Node, field: str, value: str) -> None:
    head, first, *rest = write_omm_csv(make_table(range(1, 6))).splitlines()
    cells = first.split(",")
    cells[head.split(",").index(field)] = value
    result = load(node, "\n".join([head, ",".join(cells), *rest]) + "\n")
    assert (result.records, len(result.rejected)) == (4, 1)
    assert field in result.rejected[0]
    assert in_use(node) == [2, 3, 4, 5]


def test_where_no_record_is_good_nothing_is_written(node: Node) -> None:
    before = stats(node)
    head, first, *_ = write_omm_csv(make_table([1])).splitlines()
    cells = first.split(",")
    cells[head.split(",").index("EPOCH")] = "soon"
    with pytest.raises(FormatError, match="none of 1 records") as told:
        load(node, f"{head}\n{','.join(cells)}\n")
    assert told.value.exit_code == 2
    assert stats(node) == before
    assert list_quarantine(node).rows == []


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02", b"hello\n", b"<html><body>403</body></html>", b"\x1f\x8b\x08broken"]
)
def test_a_file_that_is_nothing_is_refused_and_nothing_is_written(node: Node, content: bytes) -> None:
    before = stats(node)
    with pytest.raises(FormatError):
        load_raw(node, RawInput("x", content), source="file")
    assert stats(node) == before


def test_a_missing_file_stops_before_anything_is_written(node: Node, tmp_path: Path) -> None:
    good = tmp_path / "gp.csv"
    good.write_text(write_omm_csv(make_table([1])))
    with pytest.raises(NotFoundError, match="no such file"):
        load_files(node, [good, tmp_path / "none.csv"])
    with pytest.raises(UsageError, match="is a folder"):
        load_files(node, [good, tmp_path])
    with pytest.raises(UsageError, match="--source"):
        load_files(node, [good], source=" ")
    assert in_use(node) == []


def test_a_bad_file_among_good_ones_leaves_nothing_behind(node: Node, tmp_path: Path) -> None:
    before = stats(node)
    good, bad, both = tmp_path / "gp.csv", tmp_path / "bad.csv", tmp_path / "both.zip"
    good.write_text(write_omm_csv(make_table([1])))
    bad.write_text("hello\n")
    with zipfile.ZipFile(both, "w") as archive:
        archive.write(good, "gp.csv")
        archive.write(bad, "readme.txt")
    with pytest.raises(FormatError, match=r"bad\.csv"):
        load_files(node, [good, bad])
    with pytest.raises(FormatError, match=r"readme\.txt"):
        load_files(node, [both])
    assert stats(node) == before
    assert [r.is_new for r in load_files(node, [good, good])] == [True, False]


def test_doubled_numbers_with_different_names_are_told_and_both_names_stay_findable(node: Node) -> None:
    table = make_table([5, 5, 6], epoch_d=[0.0, 1.0, 0.0], names=["OLD NAME", "NEW NAME", "X"])
    result = load(node, table)
    assert any("OLD NAME" in warning and "NEW NAME" in warning for warning in result.warnings)
    assert objects_by_number(node)[5].name == "NEW NAME"
    view = view_catalog(node, at_tai_ns=at_day(1))
    assert view.table.norad.tolist() == [5, 6]
    assert view.table.epoch_tai_ns[0] == at_day(1)


def test_sets_without_names_bear_the_names_that_others_told(node: Node) -> None:
    load(node, make_table([1, 2], names=["ALPHA", "BETA"]), source="celestrak")
    load(node, make_table([1, 2], epoch_d=0.5, names=["", ""]), source="other")
    view = view_catalog(node, at_tai_ns=at_day(1))
    assert list(view.sets.source) == ["other", "other"]
    assert view.table.object_name.tolist() == ["ALPHA", "BETA"]


SATCAT = """\
OBJECT_NAME,OBJECT_ID,NORAD_CAT_ID,OBJECT_TYPE,OPS_STATUS_CODE,OWNER,LAUNCH_DATE,LAUNCH_SITE,DECAY_DATE,RCS
ALPHA,2020-001A,1,PAY,+,SKOR,2020-01-01,TTMTR,,12.5
BETA,2020-002A,2,PAY,-,US,2020-01-01,TTMTR,,
GAMMA DEB,2020-003A,3,DEB,,CIS,2020-01-01,TTMTR,2024-11-02,
"""


def test_facts_of_a_satcat_are_kept_and_decayed_objects_leave_the_catalog(node: Node) -> None:
    load(node, make_table([1, 2, 3, 4]))
    result = load(node, SATCAT, "satcat.csv")
    assert (result.kind, result.objects) == (LoadKind.FACTS, 3)
    objects = objects_by_number(node)
    assert (objects[1].owner, objects[1].kind, objects[1].rcs_m2) == ("SKOR", "payload", 12.5)
    assert objects[3].decay_utc == "2024-11-02"
    traits = object_traits(objects)
    assert traits.dead.tolist() == [False, True, False, False]
    assert [str(kind) for kind in traits.kind] == ["payload", "payload", "debris", "payload"]
    assert in_use(node, 1.5) == [1, 2, 3, 4]
    assert in_use(node, 4) == [1, 2, 4]


def test_radii_are_kept_with_their_table(node: Node) -> None:
    load(node, make_table([1, 2]))
    load(node, "norad,radius_m,source\n1,2.5,measured\n", "radii.csv")
    radius_m, source = object_radii(node, np.array([1, 2]))
    assert radius_m[0] == 2.5
    assert np.isnan(radius_m[1])
    assert list(source) == ["radii.csv", ""]


def test_facts_that_element_sets_carry_are_kept(node: Node) -> None:
    extra: dict[str, list[str | None]] = {
        "OBJECT_TYPE": ["DEBRIS", "TBA"],
        "COUNTRY_CODE": ["US", None],
        "LAUNCH_DATE": ["2020-01-01 00:00:00", None],
    }
    load(node, make_table([1, 2], names=["A", "B R/B"], extra=extra))
    objects = objects_by_number(node)
    assert (objects[1].kind, objects[1].owner, objects[1].launch_utc) == ("debris", "US", "2020-01-01")
    assert objects[2].kind is None
    assert str(object_traits(objects).kind[1]) == "rocket body"


@pytest.mark.parametrize(
    ("mode", "mark", "taken"),
    [
        (DataMode.REAL, None, True),
        (DataMode.REAL, "REAL", True),
        (DataMode.REAL, "EXERCISE", False),
        (DataMode.EXERCISE, "EXERCISE", True),
        (DataMode.EXERCISE, None, False),
        (DataMode.EXERCISE, "SIMULATED", False),
        (DataMode.TEST, "EXERCISE", True),
        (DataMode.TEST, None, True),
    ],
)
def test_a_node_takes_data_of_its_own_mode_only(
    tmp_path: Path, mode: DataMode, mark: str | None, taken: bool
) -> None:
    node, _ = make_node("kr.kasi", mode, home=tmp_path / "node")
    extra: dict[str, list[str | None]] = {} if mark is None else {"DATA_MODE": [mark, mark]}
    with node:
        if taken:
            load(node, make_table([1, 2], extra=extra))
            assert in_use(node) == [1, 2]
        else:
            with pytest.raises(DataModeError):
                load(node, make_table([1, 2], extra=extra))
            assert in_use(node) == []


def test_one_marked_record_among_real_ones_is_enough_to_refuse(tmp_path: Path) -> None:
    node, _ = make_node("kr.kasi", DataMode.REAL, home=tmp_path / "node")
    with node, pytest.raises(DataModeError, match="EXERCISE and REAL"):
        load(node, make_table([1, 2], extra={"DATA_MODE": [None, "EXERCISE"]}))


def test_stats_name_no_time_of_day_and_count_by_source(node: Node) -> None:
    load(node, make_table(range(1, 101)), source="celestrak")
    load(node, make_table(range(1, 11), epoch_d=0.5), source="space-track")
    rows = {row["source"]: row for row in list_stats(node).rows}
    assert (rows["celestrak"]["objects"], rows["celestrak"]["in_force"]) == (100, 90)
    assert (rows["space-track"]["objects"], rows["space-track"]["in_force"]) == (10, 10)
    assert rows["celestrak"]["epoch_median_utc"] == "2024-11-01T00:00:00Z"


def test_a_real_full_catalog_loads_whole(node: Node, shared_data: Path) -> None:
    file = shared_data / "catalog" / "gp_celestrak_onorbit_2024-11-01.csv.gz"
    (result,) = load_files(node, [file])
    assert (result.records, result.objects, len(result.rejected)) == (26_834, 26_834, 0)
    view = view_catalog(node, at_tai_ns=at_day(0))
    assert len(view) == 26_834
    table, _ = read_elements(RawInput("again", gzip.decompress(file.read_bytes())))
    table = table.take(np.argsort(table.norad))
    assert (element_digests(table) == view.sets.digest).all()


@pytest.mark.slow
def test_every_catalog_of_the_shared_data_loads_whole_in_one_database(node: Node, shared_data: Path) -> None:
    counts = {  # as the README of the data has them
        "gp_2019-03-19.3le.gz": ("2019-03-20", 17_892),
        "gp_2022-08-16.3le.gz": ("2022-08-17", 23_995),
        "gp_2023-03-25.3le.gz": ("2023-03-26", 24_516),
        "gp_celestrak_active_2026-07-10.csv.gz": ("2026-07-11", 15_985),
        "gp_celestrak_onorbit_2024-11-01.csv.gz": ("2024-11-01", 26_834),
        "gp_spacetrack_2022-01-22.3le.gz": ("2022-01-23", 23_939),
        "gp_spacetrack_2024-07-05.3le.gz": ("2024-07-06", 26_389),
    }
    for name, (_, count) in counts.items():
        (result,) = load_files(node, [shared_data / "catalog" / name])
        assert (result.records, result.objects, len(result.rejected)) == (count, count, 0)
    for day, count in counts.values():
        assert len(view_catalog(node, at_tai_ns=parse_utc(f"{day}T00:00:00Z"))) == count
    before = stats(node)
    for name in counts:
        load_files(node, [shared_data / "catalog" / name])
    assert stats(node) == before
