"""What screenings make of conjunctions: new, updated, gone, followed; once each, whole or not at all."""

from __future__ import annotations

import os
import threading
from dataclasses import replace

import numpy as np
import pytest

from skypact import __version__
from skypact.conjunction.encounters import EncounterKind
from skypact.errors import NotFoundError
from skypact.node.desk import screening_runs
from skypact.node.desk.catalog import view_catalog
from skypact.node.desk.conjunction_case import find_conjunction
from skypact.node.desk.node_home import Node
from skypact.node.desk.screening_runs import catalog_sha256
from skypact.node.store.conjunctions import ConjunctionLine, SolutionLine, read_conjunctions, read_solutions
from skypact.node.store.screenings import ARCHIVES_KEPT, read_archive, read_screenings
from skypact.records import DataMode
from tests.catalog.tables import at_day
from tests.node.conjunction_runs import Found, archives, load_catalog, own, run

EDGE, CO_MOVING = EncounterKind.EDGE, EncounterKind.CO_MOVING


def lines_of(node: Node) -> list[ConjunctionLine]:
    with node.database.read() as connection:
        return read_conjunctions(connection)


def solutions_of(node: Node) -> list[SolutionLine]:
    with node.database.read() as connection:
        return read_solutions(connection, [line.conjunction_id for line in read_conjunctions(connection)])


@pytest.fixture
def filled(node: Node) -> Node:
    """A node with one catalog."""
    load_catalog(node)
    return node


def test_what_a_screening_found_is_a_conjunction_with_one_solution(filled: Node) -> None:
    stored = run(filled, Found(2, 1, 6.0, 0.3), pc=1e-5)
    assert (stored.new, stored.updated, stored.gone, stored.encounters) == (1, 0, 0, 1)
    (line,) = lines_of(filled)
    assert (line.norad_1, line.norad_2, line.name_1, line.name_2) == (1, 2, "SAT 1", "SAT 2")
    assert (line.tca_tai_ns, line.miss_km, line.pc, line.pc_max) == (at_day(0.25), 0.3, 1e-5, 2e-5)
    assert (line.solutions, line.found_run, line.gone_run, line.pc_trusted) == (1, stored.run_id, None, False)
    (solution,) = solutions_of(filled)
    assert solution.axes_of == 2, "the first row's object has the higher number"
    assert (solution.covariance, solution.pc_method) == ("assumed by regime", "foster-1992")
    assert solution.pc_why == "the covariance is assumed"
    assert (solution.set_id_1, solution.set_id_2) == (1, 2)


def test_the_same_screening_again_changes_nothing(filled: Node) -> None:
    rows = (Found(1, 2, 6.0), Found(1, 2, 6.8), Found(3, 4, 7.0), Found(5, 6, 0.0, 0.1, CO_MOVING, 24.0))
    run(filled, *rows)
    before = [replace(line, found_run=None) for line in lines_of(filled)], solutions_of(filled)
    again = run(filled, *rows, made_h=1.0)
    assert (again.new, again.updated, again.gone, again.tracked) == (0, 0, 0, 4)
    assert ([replace(line, found_run=None) for line in lines_of(filled)], solutions_of(filled)) == before


def test_new_element_sets_append_a_solution_and_it_stands(filled: Node) -> None:
    run(filled, Found(1, 2, 6.0, 0.3))
    load_catalog(filled, epoch_d=0.1)
    stored = run(filled, Found(1, 2, 6.01, 0.9), made_h=3.0)
    assert (stored.new, stored.updated) == (0, 1)
    (line,) = lines_of(filled)
    assert (line.miss_km, line.solutions) == (0.9, 2)
    assert (line.first_tai_ns, line.last_tai_ns) == (at_day(0.25), at_day(6.01 / 24))
    assert [s.miss_km for s in solutions_of(filled)] == [0.3, 0.9]


def test_two_encounters_of_one_screening_are_two_conjunctions_and_stay_so(filled: Node) -> None:
    run(filled, Found(1, 2, 6.0), Found(1, 2, 6.2))
    load_catalog(filled, epoch_d=0.1)
    run(filled, Found(1, 2, 6.05), Found(1, 2, 6.25), made_h=3.0)
    first, second = lines_of(filled)
    assert (first.tca_tai_ns, second.tca_tai_ns) == (at_day(6.05 / 24), at_day(6.25 / 24))
    assert (first.solutions, second.solutions) == (2, 2)


def test_a_conjunction_not_found_again_is_gone_and_kept_and_may_come_back(filled: Node) -> None:
    run(filled, Found(1, 2, 6.0))
    second = run(filled, made_h=1.0)
    assert second.gone == 1
    assert [line.gone_run for line in lines_of(filled)] == [second.run_id]
    assert run(filled, made_h=2.0).gone == 0, "it is gone since the first that did not find it"
    assert [line.gone_run for line in lines_of(filled)] == [second.run_id]
    third = run(filled, Found(1, 2, 6.0), made_h=3.0)
    assert (third.new, third.gone) == (0, 0)
    assert [(line.gone_run, line.found_run) for line in lines_of(filled)] == [(None, third.run_id)]


def test_a_screening_that_does_not_cover_a_conjunction_says_nothing_of_it(filled: Node) -> None:
    run(filled, Found(1, 2, 6.0, 0.3), threshold_km=5.0)
    assert run(filled, start_h=12.0).gone == 0, "window later"
    assert run(filled, hours=6.1).gone == 0, "window ends too near to its TCA"
    assert run(filled, threshold_km=1.0).gone == 0, "looked less far"
    assert run(filled, primaries=[3]).gone == 0, "looked for others"
    assert run(filled, absent=[2]).gone == 0, "one object could not be propagated"
    assert run(filled, volume="box of 2 x 25 x 25 km").gone == 0, "looked through a box"
    assert run(filled, primaries=[2]).gone == 1


def test_an_object_that_left_the_catalog_does_not_make_its_conjunctions_gone(filled: Node) -> None:
    run(filled, Found(1, 2, 6.0))
    load_catalog(filled, epoch_d=0.1, numbers=range(2, 21))
    assert run(filled, made_h=3.0).gone == 0


def test_tracked_is_what_is_near_or_probable_and_can_be_acted_on(filled: Node) -> None:
    rows = (
        Found(1, 2, 1.0, 0.9),
        Found(1, 3, 1.0, 1.1),
        Found(11, 12, 1.0, 0.1),
        Found(16, 17, 1.0, 0.1),
        Found(11, 16, 1.0, 0.1),
    )
    assert run(filled, *rows).tracked == 2
    assert {(line.norad_1, line.norad_2) for line in lines_of(filled)} == {(1, 2), (11, 16)}
    assert run(filled, *rows, pc=1e-6).new == 1, "1 and 3 are probable enough"


def test_every_conjunction_of_an_asset_is_tracked(filled: Node) -> None:
    own(filled, 11)
    assert run(filled, Found(11, 12, 1.0, 4.9)).tracked == 1


def test_what_is_tracked_is_followed_however_far_it_gets(filled: Node) -> None:
    run(filled, Found(1, 2, 6.0, 0.9))
    load_catalog(filled, epoch_d=0.1)
    run(filled, Found(1, 2, 6.0, 4.9), made_h=3.0)
    assert [(line.miss_km, line.gone_run) for line in lines_of(filled)] == [(4.9, None)]


def test_a_co_moving_pair_is_one_conjunction_whose_interval_grows(filled: Node) -> None:
    run(filled, Found(1, 2, 0.0, 0.1, CO_MOVING, 5.0), Found(1, 2, 7.0, 0.2, CO_MOVING, 9.0), pc=1e-3)
    load_catalog(filled, epoch_d=0.5)
    run(filled, Found(1, 2, 12.0, 0.1, CO_MOVING, 36.0), start_h=12.0, made_h=13.0)
    (line,) = lines_of(filled)
    assert line.co_moving
    assert (line.first_tai_ns, line.last_tai_ns, line.solutions) == (at_day(0.0), at_day(1.5), 2)
    assert line.pc is None, "what moves together does not pass: it has no probability"


def test_a_co_moving_pair_and_a_passage_of_the_same_objects_are_two(filled: Node) -> None:
    assert run(filled, Found(1, 2, 0.0, 0.1, CO_MOVING, 5.0), Found(1, 2, 2.0)).new == 2


def test_an_edge_adds_nothing_to_a_minimum_of_the_same_sets(filled: Node) -> None:
    run(filled, Found(1, 2, 6.0, 0.3))
    run(filled, Found(1, 2, 6.1, 2.0, EDGE), start_h=6.1, made_h=1.0)
    (line,) = lines_of(filled)
    assert (line.miss_km, line.solutions) == (0.3, 1)


def test_an_edge_of_new_sets_is_kept_but_does_not_stand(filled: Node) -> None:
    run(filled, Found(1, 2, 6.0, 0.3))
    load_catalog(filled, epoch_d=0.1)
    run(filled, Found(1, 2, 6.1, 2.0, EDGE), start_h=6.1, made_h=3.0)
    (line,) = lines_of(filled)
    assert (line.miss_km, line.solutions) == (0.3, 2)


def test_a_screening_is_stored_with_its_provenance(filled: Node) -> None:
    run(filled, Found(1, 2, 6.0), Found(1, 3, 7.0, 4.0), threshold_km=5.0, hours=12.0, absent=[20])
    with filled.database.read() as connection:
        (line,) = read_screenings(connection)
    facts = line.facts
    assert (facts.objects, facts.absent, facts.encounters) == (20, 1, 2)
    assert facts.stop_tai_ns - facts.start_tai_ns == at_day(0.5) - at_day(0.0)
    provenance = facts.provenance
    assert (provenance.skypact_version, provenance.data_mode) == (__version__, DataMode.TEST)
    assert provenance.parameters["threshold_km"] == 5.0
    assert provenance.parameters["primaries"] == "all against all"
    assert provenance.inputs[0] == f"catalog sha256:{facts.catalog_sha256}"
    assert len(provenance.inputs) == 2


def test_everything_found_is_in_the_archive_tracked_or_not(filled: Node) -> None:
    run(filled, Found(1, 2, 6.0), Found(11, 12, 7.0, 4.0))
    with filled.database.read() as connection:
        (line,) = read_screenings(connection)
    archive = read_archive(filled.settings.home, line.archive_sha256)
    assert archive is not None
    assert archive.norad[archive.row_2].tolist() == [2, 12]
    assert archive.miss_km.tolist() == [0.5, 4.0]
    assert archive.set_id[archive.row_1].tolist() == [1, 11]
    assert np.isnan(archive.pc).all()


def test_the_hash_of_a_catalog_is_that_of_its_element_sets(filled: Node) -> None:
    now = at_day(1.0)
    first = view_catalog(filled, at_tai_ns=now, as_of_tai_ns=now)
    turned = first.sets.take(np.arange(len(first))[::-1])
    assert catalog_sha256(replace(first, sets=turned)) == catalog_sha256(first)
    load_catalog(filled, epoch_d=0.1)
    second = view_catalog(filled, at_tai_ns=now, as_of_tai_ns=now)
    assert catalog_sha256(second) != catalog_sha256(first)


def test_old_archives_are_dropped_and_their_rows_stay(filled: Node) -> None:
    for k in range(ARCHIVES_KEPT + 2):
        run(filled, Found(11, 12, 6.0, 1.0 + k / 100), made_h=float(k))
    assert len(archives(filled)) == ARCHIVES_KEPT
    with filled.database.read() as connection:
        assert len(read_screenings(connection)) == ARCHIVES_KEPT + 2
    with pytest.raises(NotFoundError, match="screening 1 has no row 0 any more"):
        find_conjunction(filled, "1:0")


def test_equal_screenings_share_one_archive(filled: Node) -> None:
    run(filled, Found(1, 2, 6.0))
    run(filled, Found(1, 2, 6.0), made_h=1.0)
    assert len(archives(filled)) == 1


def test_an_interrupt_in_the_middle_leaves_nothing(filled: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    run(filled, Found(1, 2, 6.0))
    before = lines_of(filled), solutions_of(filled), archives(filled)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(screening_runs, "mark_gone", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run(filled, Found(3, 4, 6.0), made_h=1.0)
    assert (lines_of(filled), solutions_of(filled), archives(filled)) == before
    with filled.database.read() as connection:
        assert len(read_screenings(connection)) == 1
    assert run(filled, Found(3, 4, 6.0), made_h=1.0).new == 1


def test_screenings_at_once_make_each_conjunction_once(filled: Node) -> None:
    failures: list[BaseException] = []

    def work(k: int) -> None:
        try:
            run(filled, Found(1, 2, 6.0), Found(1, 3 + k, 7.0), made_h=float(k))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    pairs = sorted((line.norad_1, line.norad_2) for line in lines_of(filled))
    assert pairs == [(1, 2), (1, 3), (1, 4), (1, 5), (1, 6)]


def test_the_history_of_what_became_tracked_reaches_back_into_the_archives(filled: Node) -> None:
    run(filled, Found(1, 2, 6.0, 3.0))
    load_catalog(filled, epoch_d=0.1)
    run(filled, Found(1, 2, 6.01, 0.8), made_h=3.0)
    (line,) = lines_of(filled)
    case = find_conjunction(filled, str(line.conjunction_id))
    assert [s.miss_km for s in case.solutions] == [3.0, 0.8]
    assert case.standing.miss_km == 0.8


def test_screenings_of_a_few_do_not_push_out_the_archive_of_the_whole_catalog(filled: Node) -> None:
    run(filled, Found(11, 12, 6.0, 4.0))
    for k in range(ARCHIVES_KEPT + 2):
        run(filled, Found(11, 12, 6.0, 1.0 + k / 100), made_h=1.0 + k, primaries=[11])
    assert len(archives(filled)) == ARCHIVES_KEPT + 1
    assert find_conjunction(filled, "1:0").line.miss_km == 4.0


def test_what_a_killed_process_left_unfinished_is_removed_a_day_later(filled: Node) -> None:
    run(filled, Found(1, 2, 6.0))
    folder = archives(filled)[0].parent
    old, young = folder / ".archive.old", folder / ".archive.young"
    for file in (old, young):
        file.touch()
    os.utime(old, (0, 0))
    run(filled, Found(1, 2, 6.0), made_h=1.0)
    assert not old.exists()
    assert young.exists()
