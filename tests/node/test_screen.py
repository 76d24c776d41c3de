"""Screening at the desk: files of element sets and ephemerides, two sets, identities, frames and boxes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skypact.astro.constants import MOON, MOON_MU_KM3_S2
from skypact.astro.frames import Frame
from skypact.astro.timescales import NS_PER_S, parse_utc
from skypact.errors import FormatError, FrameError, NotFoundError, UsageError
from skypact.formats.elements import ElementTable
from skypact.formats.oem_write import write_oem_kvn
from skypact.formats.omm_csv import write_omm_csv
from skypact.node.desk import ephemeris
from skypact.node.desk.exercise import Exercise, make_exercise
from skypact.node.desk.screen import Search, Volume, encounter_listing, screen_sets
from skypact.node.desk.screen_objects import ObjectSet, Scene, read_objects
from skypact.orbits.sampled import SampledTrajectory
from skypact.orbits.trajectory import ObjectIdentity, Status
from tests.conjunction.paths import sampled
from tests.plain.screening_plain import kepler_path

START = parse_utc("2024-11-01T00:00:00Z")
HOURS = 12.0
SEARCH = Search(START, HOURS, threshold_km=25.0)


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    return make_exercise(7, 1500, START)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, exercise: Exercise) -> Path:
    """A catalog, and the ephemeris of its busiest object in every frame, written by skypact itself."""
    folder = tmp_path_factory.mktemp("screen")
    (folder / "gp.csv").write_text(write_omm_csv(exercise.table))
    number = str(busiest(exercise))
    asked = ephemeris.trajectories_from_files([folder / "gp.csv"], [number], START)
    epochs = ephemeris.epoch_grid(START, START + round(HOURS * 3600) * NS_PER_S, 60 * NS_PER_S)
    for frame in Frame:
        objects, _ = ephemeris.states_of(asked, epochs, frame)
        message = ephemeris.ephemeris_message(asked, objects, START)
        (folder / f"{frame.value.lower()}.oem").write_text(write_oem_kvn(message))
    return folder


def busiest(exercise: Exercise) -> int:
    """The object with the most encounters within the window."""
    done = screen_sets([ObjectSet(exercise.table)], SEARCH)
    found = done.screening.encounters
    rows = np.bincount(np.concatenate([found.row_1, found.row_2]))
    return int(exercise.table.norad[np.argmax(rows)])


def rows_of(sets: list[ObjectSet], search: Search = SEARCH, **options: object) -> list[dict[str, object]]:
    done = screen_sets(sets, search, **options)  # type: ignore[arg-type]
    return list(encounter_listing(done.scene, done.screening.encounters).rows)


@pytest.mark.parametrize("frame", ["teme", "gcrf", "eme2000", "itrf"])
def test_an_ephemeris_file_has_the_encounters_of_its_element_set(folder, exercise, frame):
    """Written by skypact with a state a minute; its number comes from the comment, the frame is turned."""
    own = read_objects([folder / f"{frame}.oem"])
    number = busiest(exercise)
    wanted = rows_of([read_objects([folder / "gp.csv"])], replace(SEARCH, primaries=(number,)))
    found = rows_of([own, read_objects([folder / "gp.csv"])])
    assert len(found) >= 3
    assert [(r["norad_1"], r["norad_2"], r["kind"]) for r in found] == [
        (r["norad_1"], r["norad_2"], r["kind"]) for r in wanted
    ]
    for got, want in zip(found, wanted, strict=True):
        assert abs(parse_utc(got["tca_utc"]) - parse_utc(want["tca_utc"])) < NS_PER_S // 1000
        assert got["miss_km"] == pytest.approx(want["miss_km"], abs=1e-3)
        assert got["age_1_d"] == pytest.approx((parse_utc(got["tca_utc"]) - START) / (86400 * NS_PER_S))


def test_an_object_never_meets_itself_and_its_ephemeris_takes_the_place_of_its_elements(folder, exercise):
    number = busiest(exercise)
    wanted = rows_of([ObjectSet(exercise.table)])
    done = screen_sets([read_objects([folder / "gp.csv", folder / "gcrf.oem"])], SEARCH)
    found = list(encounter_listing(done.scene, done.screening.encounters).rows)
    assert all(row["norad_1"] != row["norad_2"] for row in found)
    assert len(found) == len(wanted)
    ephemeris_row = len(exercise.table)
    own = [
        {int(i), int(j)}
        for i, j in zip(done.screening.encounters.row_1, done.screening.encounters.row_2, strict=True)
        if number in (done.scene.norad[i], done.scene.norad[j])
    ]
    assert own
    assert all(ephemeris_row in pair for pair in own)
    assert any("left out: an ephemeris" in line for line in done.lines)


def circle(phase: float, radius_km: float = 7000.0, mu: float = 398600.8, tilt: float = 0.0):
    speed = np.sqrt(mu / radius_km)
    axis = np.array([-np.sin(phase) * np.cos(tilt), np.cos(phase) * np.cos(tilt), np.sin(tilt)])
    return kepler_path(radius_km * np.array([np.cos(phase), np.sin(phase), 0.0]), speed * axis, mu, 1800.0)


def test_ephemerides_without_numbers_have_empty_cells_and_are_told_apart_by_designator():
    one = sampled(1, START, (0.0, 7200.0, circle(0.0)))
    names = [
        ObjectIdentity(None, "A", "2024-001A"),
        ObjectIdentity(None, "A AGAIN", "2024-001A"),
        ObjectIdentity(None, "B", ""),
        ObjectIdentity(None, "C", "UNKNOWN"),
    ]
    tilted = sampled(1, START, (0.0, 7200.0, circle(0.0, tilt=0.5)))
    ephemerides = [replace(t, identity=n) for t, n in zip([one, one, tilted, tilted], names, strict=True)]
    empty = ElementTable.concatenate([])
    done = screen_sets([ObjectSet(empty, tuple(ephemerides))], Search(START, 2.0))
    pairs = {
        tuple(sorted((r["name_1"], r["name_2"])))
        for r in encounter_listing(done.scene, done.screening.encounters).rows
    }
    assert pairs == {("A", "B"), ("A", "C"), ("A AGAIN", "B"), ("A AGAIN", "C"), ("B", "C")}
    rows = list(encounter_listing(done.scene, done.screening.encounters).rows)
    assert {row["norad_1"] for row in rows} == {None}


def test_a_designator_finds_the_number_of_its_element_set(exercise):
    table = exercise.table
    row = int(np.flatnonzero(table.object_id != "")[0])
    one = replace(
        sampled(1, START, (0.0, 7200.0, circle(0.0))),
        identity=ObjectIdentity(None, "X", str(table.object_id[row])),
    )
    empty = ElementTable.concatenate([])
    scene = Scene.of(ObjectSet(empty, (one,)), START, ObjectSet(table))
    assert scene.norad[-1] == table.norad[row]
    assert not scene.wanted(np.array([len(table)]), np.array([row]))[0]


def moon_orbiter(number: int, phase: float, tilt: float) -> SampledTrajectory:
    path = circle(phase, 1838.0, MOON_MU_KM3_S2, tilt)
    return sampled(number, START, (0.0, 7200.0, path), frame=Frame.GCRF, center=MOON)


def test_lunar_orbiters_meet_each_other_but_no_element_sets(exercise):
    empty = ElementTable.concatenate([])
    lunar = ObjectSet(empty, (moon_orbiter(1, 0.0, 0.0), moon_orbiter(2, 0.0, 1.0)))
    rows = rows_of([lunar], Search(START, 1.0))
    assert [row["kind"] for row in rows] == ["encounter"]
    assert rows[0]["tca_utc"] == "2024-11-01T00:30:00.000000Z"
    with pytest.raises(FrameError, match=r"1 is about MOON, element sets are about EARTH"):
        screen_sets([lunar, ObjectSet(exercise.table)], Search(START, 1.0))
    mixed = ObjectSet(empty, (sampled(3, START, (0.0, 7200.0, circle(0.0))), *lunar.ephemerides))
    with pytest.raises(FrameError, match="about MOON, 3 is about EARTH"):
        screen_sets([mixed], Search(START, 1.0))
    with pytest.raises(UsageError, match="not of MOON"):
        screen_sets([lunar], replace(Search(START, 1.0), volume=Volume.of("", "by-regime")))


def test_status_of_the_files_named_first_is_said_and_never_mixed(folder, exercise):
    candidate = read_objects([folder / "gcrf.oem"], Status.CANDIDATE)
    assert [t.status for t in candidate.ephemerides] == [Status.CANDIDATE]
    done = screen_sets([candidate, ObjectSet(exercise.table)], SEARCH)
    assert (
        "the objects named first are candidate, nobody flies them yet: screened against definitive ones"
        in (done.lines)
    )
    definitive = read_objects([folder / "teme.oem"])
    mixed = replace(candidate, ephemerides=(*candidate.ephemerides, *definitive.ephemerides))
    with pytest.raises(UsageError, match="different status"):
        screen_sets([mixed], SEARCH)


def test_primaries_count_in_the_first_set_only(folder, exercise):
    table = exercise.table
    half = len(table) // 2
    first, second = ObjectSet(table.take(np.arange(half))), ObjectSet(table.take(np.arange(half, len(table))))
    everything = rows_of([first, second])
    assert everything
    numbers = set(first.elements.norad.tolist())
    assert all(r["norad_1"] in numbers and r["norad_2"] not in numbers for r in everything)
    chosen = everything[0]["norad_1"]
    some = rows_of([first, second], replace(SEARCH, primaries=(chosen,)))
    assert some == [r for r in everything if r["norad_1"] == chosen]
    with pytest.raises(NotFoundError, match="no object"):
        rows_of([first, second], replace(SEARCH, primaries=(int(second.elements.norad[0]),)))


def test_assets_are_primaries_and_missing_ones_are_named(exercise):
    table = exercise.table
    everything = rows_of([ObjectSet(table)])
    own = everything[0]["norad_2"]
    done = screen_sets([ObjectSet(table)], SEARCH, assets=(own, 4))
    rows = list(encounter_listing(done.scene, done.screening.encounters).rows)
    assert {row["norad_1"] for row in rows} == {own}
    assert "1 assets are not in the input: 4" in done.lines
    with pytest.raises(NotFoundError, match="none of the node's assets"):
        screen_sets([ObjectSet(table)], SEARCH, assets=(4,))


@pytest.mark.parametrize(
    ("sizes", "preset", "half_km"),
    [("2,25,25", "", (2.0, 25.0, 25.0)), ("", "leo1", (0.4, 44.0, 51.0)), ("", "by-regime", None)],
)
def test_volumes_by_size_and_by_name(sizes, preset, half_km):
    volume = Volume.of(sizes, preset)
    assert volume is not None
    assert volume.half_km == half_km
    assert preset == "" or "Spaceflight Safety Handbook" in volume.words


@pytest.mark.parametrize(
    ("sizes", "preset", "said"),
    [
        ("2,25", "", "not a volume"),
        ("2,25,x", "", "not a volume"),
        ("2,0,25", "", "above 0"),
        ("2,nan,25", "", "above 0"),
        ("", "leo9", "leo1, leo2"),
        ("1,1,1", "leo1", "choose one"),
    ],
)
def test_volumes_that_are_none(sizes, preset, said):
    with pytest.raises((UsageError, NotFoundError), match=said):
        Volume.of(sizes, preset)


def test_boxes_by_regime_follow_each_first_object(exercise):
    """The first object's orbit decides; a pass is inside its own box of the handbook's table 3."""
    search = replace(
        SEARCH, volume=Volume.of("", "by-regime"), primaries=tuple(exercise.table.norad[:40].tolist())
    )
    rows = rows_of([ObjectSet(exercise.table)], search)
    assert rows
    assert {row["kind"] for row in rows} == {"volume"}
    assert all(abs(row["radial_km"]) <= 20.0 + 1e-6 for row in rows)


def test_an_earth_fixed_ephemeris_beyond_the_known_rotation_is_warned_of(folder, tmp_path):
    text = (folder / "itrf.oem").read_text().replace("2024-11-01T", "2041-11-01T")
    (tmp_path / "late.oem").write_text(text)
    assert any("hundreds of meters" in line for line in read_objects([tmp_path / "late.oem"]).warnings)
    assert not any("hundreds of meters" in line for line in read_objects([folder / "itrf.oem"]).warnings)


def test_files_without_anything_usable_are_refused(tmp_path, exercise):
    header, first, *_ = write_omm_csv(exercise.table).splitlines()
    columns = dict(zip(header.split(","), first.split(","), strict=True)) | {"EPOCH": ""}
    bad = tmp_path / "bad.csv"
    bad.write_text(f"{header}\n{','.join(columns.values())}\n")
    with pytest.raises(FormatError, match=r"nothing to screen: 1 records kept out, the first is .*bad.csv:2"):
        read_objects([bad])
