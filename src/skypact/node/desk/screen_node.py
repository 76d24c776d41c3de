"""Screen the node's own catalog, keep what was found, and update the conjunctions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skypact.astro.timescales import NS_PER_DAY
from skypact.catalog.actionable import PairClass, PairClasses, class_pairs
from skypact.conjunction.encounters import EncounterTable
from skypact.conjunction.screening import Screening
from skypact.errors import NotFoundError
from skypact.node.desk.catalog import (
    CatalogView,
    nothing_known,
    object_traits,
    objects_by_number,
    view_catalog,
)
from skypact.node.desk.node_home import Node
from skypact.node.desk.picture import kinds_of
from skypact.node.desk.risk import PC_METHOD, SOURCE, assumed_risks, covariances
from skypact.node.desk.run_solutions import RunPc
from skypact.node.desk.screen import (
    Search,
    Volume,
    check_search,
    missing_assets,
    reach_km,
    screen_scene,
    summary,
)
from skypact.node.desk.screen_objects import ObjectSet, Scene
from skypact.node.desk.screening_runs import StoredRun, store_run
from skypact.node.store.assets import read_assets
from skypact.records import Progress, no_progress

OLD_D = 10.0
"""Element sets older than this at the start of the window say little: a person is told."""


@dataclass(frozen=True, eq=False)
class NodeScreening:
    """A screening of the node's catalog that was stored."""

    view: CatalogView
    scene: Scene
    screening: Screening
    search: Search
    stored: StoredRun
    assets: Sequence[int] = ()
    """Numbers of the assets that were screened for, where they were."""

    @property
    def lines(self) -> list[str]:
        """Return what to tell a person."""
        age_d = (self.view.at_tai_ns - float(np.median(self.view.table.epoch_tai_ns))) / NS_PER_DAY
        old = f"half of the element sets are older than {age_d:,.0f} d at the start of the window (--start)"
        lines = [*summary(self.scene, self.screening, self.search), *missing_assets(self.scene, self.assets)]
        return [*lines, *self.view.notes, *([old] if age_d > OLD_D else []), self.stored.words]


def screen_node(
    node: Node,
    start_tai_ns: int,
    *,
    hours: float,
    threshold_km: float,
    made_tai_ns: int,
    volume: Volume | None = None,
    primaries: Sequence[int] = (),
    assets: Sequence[int] = (),
    workers: int,
    force: bool = False,
    progress: Progress = no_progress,
) -> NodeScreening:
    """Screen the catalog as it is for the start of the window, and store the run.

    Where there is a ``volume``, the threshold that counts (and is stored) is how far it reaches. ``assets``
    are primaries that may be absent from the catalog.

    Raises
    ------
    NotFoundError
        Where the node has no element sets, or for an unknown primary.
    UsageError
        For a window or threshold that means nothing.
    """
    search = Search(start_tai_ns, hours, threshold_km, volume, tuple(primaries), workers)
    check_search(search, force=force)
    view = _view(node, start_tai_ns, made_tai_ns)
    scene = Scene.of(ObjectSet(view.table), start_tai_ns)
    screening = screen_scene(scene, search, assets=assets, progress=progress)
    classes, pc = _judged(node, view, screening.encounters, start_tai_ns)
    stored = store_run(
        node,
        view,
        screening,
        start_tai_ns=start_tai_ns,
        hours=hours,
        threshold_km=reach_km(scene, search),
        made_tai_ns=made_tai_ns,
        primaries=[*primaries, *(a for a in assets if a in set(view.table.norad.tolist()))],
        classes=classes,
        pc=pc,
        volume=volume.words if volume else "",
    )
    return NodeScreening(view, scene, screening, search, stored, assets)


def node_objects(node: Node, start_tai_ns: int, as_of_tai_ns: int) -> ObjectSet:
    """Return the node's catalog as it is for the start of a window, as one set of a screening.

    Raises
    ------
    NotFoundError
        Where the node has no element sets.
    """
    view = _view(node, start_tai_ns, as_of_tai_ns)
    return ObjectSet(view.table, warnings=view.notes)


def asset_numbers(node: Node) -> tuple[int, ...]:
    """Return the catalog numbers of the node's assets.

    Raises
    ------
    NotFoundError
        Where there are none.
    """
    with node.database.read() as connection:
        numbers = tuple(asset.norad for asset in read_assets(connection))
    if not numbers:
        raise NotFoundError("the node has no assets", where="--assets", remedy="see 'skypact assets add'")
    return numbers


def _view(node: Node, start_tai_ns: int, as_of_tai_ns: int) -> CatalogView:
    view = view_catalog(node, at_tai_ns=start_tai_ns, as_of_tai_ns=as_of_tai_ns)
    if not len(view):
        raise NotFoundError(nothing_known(node, view), where=str(node.settings.home))
    return view


def _judged(
    node: Node, view: CatalogView, found: EncounterTable, start_tai_ns: int
) -> tuple[PairClasses, RunPc]:
    """Say who can act on each encounter, and how probable those are that somebody can act on."""
    table = view.table
    traits = object_traits(objects_by_number(node, table.norad.tolist()))
    with node.database.read() as connection:
        assets = {asset.norad for asset in read_assets(connection)}
    classes = class_pairs(table.norad[found.row_1], table.norad[found.row_2], traits, assets)
    listed = np.flatnonzero(~classes.folded).astype(np.int64)
    risks = assumed_risks(
        node,
        table,
        kinds_of(table, traits),
        found,
        listed,
        assumed=covariances(node, table, _near_assets(found, classes)),
        start_tai_ns=start_tai_ns,
    )
    return classes, RunPc(risks.pc, risks.pc_max, risks.hbr_m, PC_METHOD, SOURCE, risks.note)


def _near_assets(found: EncounterTable, classes: PairClasses) -> list[int]:
    """Return the objects of encounters with assets, the closest encounter first."""
    rows = np.flatnonzero(classes.pair_class == PairClass.ASSET)
    order = rows[np.argsort(found.miss_km[rows], kind="stable")]
    return list(dict.fromkeys(np.stack([found.row_1[order], found.row_2[order]], axis=1).ravel().tolist()))
