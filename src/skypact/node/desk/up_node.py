"""Which node ``skypact up`` works on: the real one where it has data, else a separate exercise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from skypact.astro.timescales import NS_PER_DAY, format_utc
from skypact.catalog.completeness import LoadKind
from skypact.errors import DataModeError, SkypactError
from skypact.formats.catalog_files import read_elements
from skypact.formats.omm_csv import write_omm_csv
from skypact.formats.reading import RawInput
from skypact.node.desk.catalog_load import FILE_SOURCE, MODE_KEYWORD, load_files, load_raw
from skypact.node.desk.exercise import DEFAULT_SEED, Exercise, make_exercise
from skypact.node.desk.files import read_input
from skypact.node.desk.node_home import Node, make_node, open_node
from skypact.node.desk.source_claims import SOURCES
from skypact.node.desk.window import whole_minute
from skypact.node.settings import FILE_NAME, find_home
from skypact.node.store.assets import Asset, put_assets
from skypact.node.store.budgets import read_switch
from skypact.node.store.loads import read_loads
from skypact.records import DataMode

EXERCISE_HOME = "node-exercise"
"""Folder of the exercise node, beside that of the real one."""
EXERCISE_ID = "xx.exercise"
FIRST_ID = "xx.node"
"""Identity of the real node that ``--catalog`` makes where nobody has made one."""
EXERCISE_SOURCE = "exercise-population"
POPULATION_KEPT_D = 3.0
"""A population is kept this long, so that runs can be compared; its planted encounters last a week."""

Say = Callable[[str], None]
"""Tells a person one line."""


@dataclass(frozen=True)
class Chosen:
    """The node to work on, and what to tell about it."""

    node: Node
    notices: tuple[str, ...]


@contextmanager
def choose_node(
    home: Path | None, catalog: Sequence[Path], *, now_tai_ns: int, objects: int, say: Say
) -> Iterator[Chosen]:
    """Open the node that has data, bringing it up to date; never change the mode of any.

    In this order: files given, into the node (made as REAL where there is none); the node itself, with live
    data where a source is enabled, else with what it holds; the exercise node beside it, with a population
    made for now.

    Parameters
    ----------
    home
        Folder of the node; default: ``SKYPACT_HOME``, else ``./node``.
    catalog
        Files of element sets.
    objects
        Size of the population where one has to be made.
    """
    folder = find_home(home)
    exists = (folder / FILE_NAME).is_file()
    if catalog:
        with _node_for_files(folder, exists, catalog) as node:
            yield Chosen(node, _from_files(node, catalog, made=not exists))
        return
    reason = f"there is no node in {_shown(folder)} yet"
    if exists:
        with open_node(folder) as node:
            notices = _refresh(node, say)
            if node.mode is DataMode.EXERCISE:
                notices += _populate(node, now_tai_ns, objects)
            if _has_catalog(node):
                yield Chosen(node, (f"Used {_shown(folder)} ({node.mode}).", *notices))
                return
        reason = f"the node in {_shown(folder)} has no element sets yet"
    place = folder.parent / EXERCISE_HOME
    with make_node(EXERCISE_ID, DataMode.EXERCISE, home=place)[0] as node:
        notices = _populate(node, now_tai_ns, objects)
        yield Chosen(node, (f"Used {_shown(place)} (EXERCISE): {reason}.", *notices, _how_to_go_live(exists)))


def _shown(folder: Path) -> str:
    """Return a folder as people type it: relative ones with ``./``."""
    return str(folder) if folder.is_absolute() else f"./{folder.as_posix()}"


def _how_to_go_live(exists: bool) -> str:
    init = "" if exists else "'skypact init --id kr.kasi --mode REAL', then "
    return (
        f"For real data: {init}'skypact sources enable celestrak', then 'skypact up' again; "
        "or 'skypact up --catalog FILE'. The exercise stays apart from it."
    )


def _node_for_files(folder: Path, exists: bool, catalog: Sequence[Path]) -> Node:
    """Open the node, or make one of the mode that the files are marked with, once they prove readable."""
    if exists:
        return open_node(folder)
    tables = [read_elements(read_input(path))[0] for path in catalog]
    marks = {mark for table in tables for mark in table.extra.get(MODE_KEYWORD, ())}
    if marks == {DataMode.EXERCISE.value}:
        return make_node(EXERCISE_ID, DataMode.EXERCISE, home=folder.parent / EXERCISE_HOME)[0]
    return make_node(FIRST_ID, DataMode.REAL, home=folder)[0]


def _from_files(node: Node, catalog: Sequence[Path], *, made: bool) -> tuple[str, ...]:
    """Load the files and say so; in an exercise they take the place of its population."""
    exercise = node.mode is DataMode.EXERCISE
    try:
        results = load_files(
            node, catalog, source=EXERCISE_SOURCE if exercise else FILE_SOURCE, accept=exercise
        )
    except DataModeError as error:
        raise DataModeError(
            error.what,
            where=error.where,
            remedy="set SKYPACT_HOME to a new folder and make a node of that mode there with 'skypact init'",
        ) from error
    named = (
        f"; made it as {FIRST_ID} ('skypact init' first gives a node its own name)"
        if made and not exercise
        else ""
    )
    return (f"Used {_shown(node.settings.home)} ({node.mode}){named}.", *(result.words for result in results))


def _refresh(node: Node, say: Say) -> tuple[str, ...]:
    """Ask the enabled sources for what is due; a source that does not answer leaves what is held."""
    with node.database.read() as connection:
        enabled = [source for source in SOURCES if read_switch(connection, source).enabled]
    if not enabled:
        return () if node.mode is not DataMode.REAL else ("No source is enabled: used what the node holds.",)
    from skypact.node.desk.sources import update

    say(f"asking {' and '.join(enabled)} for what is due ...")
    try:
        report = update(node.settings, node.database)
    except SkypactError as error:
        return (f"Live data: {error}; used what the node holds.",)
    return tuple(f"Live data: {problem}" for problem in report.problems)


def _has_catalog(node: Node) -> bool:
    with node.database.read() as connection:
        return any(line.facts.kind is not LoadKind.FACTS for line in read_loads(connection))


def _populate(node: Node, now_tai_ns: int, objects: int) -> tuple[str, ...]:
    """Give an exercise node a population for now, unless it has a fresh one or a catalog of its own."""
    with node.database.read() as connection:
        lines = [line.facts for line in read_loads(connection) if line.facts.kind is not LoadKind.FACTS]
    if any(line.source != EXERCISE_SOURCE for line in lines):
        return ()
    newest = max((line.retrieved_tai_ns for line in lines), default=None)
    if newest is not None and 0 <= now_tai_ns - newest <= POPULATION_KEPT_D * NS_PER_DAY:
        return (f"The population is that of {format_utc(newest, decimals=0)}.",)
    epoch = whole_minute(now_tai_ns)
    exercise = make_exercise(DEFAULT_SEED, objects, epoch)
    name = f"{EXERCISE_SOURCE}-{format_utc(epoch, decimals=0)}.csv"
    raw = RawInput(name, write_omm_csv(exercise.table).encode())
    load_raw(node, raw, source=EXERCISE_SOURCE, retrieved_tai_ns=now_tai_ns, accept=True)
    _take_assets(node, exercise, epoch)
    when = format_utc(epoch, decimals=0)
    return (f"Made a population of {objects:,} objects (seed {DEFAULT_SEED}) for {when}.",)


def _take_assets(node: Node, exercise: Exercise, epoch_tai_ns: int) -> None:
    """Make the named objects of the exercise assets of the node."""
    added = format_utc(epoch_tai_ns, decimals=0)
    wanted = [
        Asset(
            norad=a.norad,
            name=a.name,
            owner=a.owner,
            sector=a.sector,
            radius_m=a.radius_m,
            maneuverable=a.maneuverable,
            contact=f"ops@{a.owner}.example",
            threshold_km=None,
            pc_threshold=None,
            added_utc=added,
        )
        for a in exercise.assets
    ]
    with node.database.write() as connection:
        put_assets(connection, wanted)
