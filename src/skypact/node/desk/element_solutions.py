"""A conjunction recomputed from the two element sets of a solution: states, assumed covariances, radii."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.astro.earth import EarthOrientation
from skypact.astro.frames import Frame
from skypact.astro.states import StateTable
from skypact.astro.timescales import NS_PER_DAY
from skypact.catalog.operators import ObjectKind
from skypact.catalog.sizes import filled_radii_m
from skypact.conjunction.bodies import Bodies
from skypact.conjunction.covariance_assumed import AssumedCovariance
from skypact.conjunction.pc_elements import AssumedPc, EncounterArrays, assumed_probability, socrates_maximum
from skypact.errors import NotFoundError
from skypact.node.desk.catalog import object_radii, object_traits, objects_by_number
from skypact.node.desk.node_home import Node
from skypact.node.desk.risk import covariances
from skypact.node.store.assets import Asset, read_assets
from skypact.node.store.element_sets import StoredSets, read_sets

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]

TCA_STEP_NS = 1000
"""TCAs are recomputed to the microsecond, in which fast objects move 15 mm: what a message can carry."""
KM_PER_M = 1e-3


@dataclass(frozen=True, eq=False)
class ElementMeeting:
    """Both objects at a TCA by their element sets; everything by rows, 0 for the first, 1 for the second.

    Attributes
    ----------
    states
        GCRF.
    assumed
        Their assumed errors, by age.
    kinds, operators
        What the objects are, and who flies them (empty where not known).
    radius_m, radius_source
        Hard-body radii and where they are from.
    pc, pc_socrates
        Probabilities with the assumed covariances (arrays of length 1), and the maximum by SOCRATES.
    """

    tca_tai_ns: int
    sets: StoredSets
    states: StateTable
    assumed: AssumedCovariance
    kinds: Texts
    operators: Texts
    maneuverable: tuple[bool | None, bool | None]
    radius_m: Floats
    radius_source: Texts
    pc: AssumedPc
    pc_socrates: float

    @property
    def age_d(self) -> Floats:
        """Age of each element set at the TCA, shape (2,)."""
        return np.asarray((self.tca_tai_ns - self.sets.table.epoch_tai_ns) / NS_PER_DAY)

    @property
    def hbr_m(self) -> float:
        """Combined hard-body radius."""
        return float(self.radius_m.sum())


def meeting_of(
    node: Node, set_ids: Sequence[int], tca_tai_ns: int, orientation: EarthOrientation
) -> ElementMeeting:
    """Recompute a meeting of two objects from element sets that the node holds.

    Parameters
    ----------
    set_ids
        Numbers of the element sets of the first and the second object.
    tca_tai_ns
        Time of closest approach; rounded to the microsecond.

    Raises
    ------
    NotFoundError
        If the node does not hold an element set any more.
    """
    tca = round(tca_tai_ns / TCA_STEP_NS) * TCA_STEP_NS
    with node.database.read() as connection:
        sets = read_sets(connection, list(set_ids))
        assets = {asset.norad: asset for asset in read_assets(connection)}
    if len(sets) != len(set_ids):
        raise NotFoundError("an element set of this conjunction is not in the catalog any more")
    table = sets.table
    states = _states(sets, tca, orientation)
    numbers = [int(number) for number in table.norad.tolist()]
    traits = object_traits(objects_by_number(node, numbers))
    place = {int(number): row for row, number in enumerate(traits.norad.tolist())}
    kinds = np.array([traits.kind[place[n]] if n in place else ObjectKind.UNKNOWN for n in numbers], object)
    operators = np.array([traits.operator[place[n]] if n in place else "" for n in numbers], object)
    radius_m, radius_source = filled_radii_m(*object_radii(node, table.norad), kinds)
    assumed = covariances(node, table, [0, 1])
    age_d = (tca - table.epoch_tai_ns) / NS_PER_DAY
    shapes = assumed.covariance_rtn_km2(age_d)
    position, velocity = states.position_km, states.velocity_km_s
    hbr_km = np.array([float(radius_m.sum()) * KM_PER_M])
    arrays = EncounterArrays(position[:1], velocity[:1], position[1:], velocity[1:], hbr_km)
    return ElementMeeting(
        tca_tai_ns=tca,
        sets=sets,
        states=states,
        assumed=assumed,
        kinds=kinds,
        operators=operators,
        maneuverable=(_can(assets.get(numbers[0])), _can(assets.get(numbers[1]))),
        radius_m=radius_m,
        radius_source=radius_source,
        pc=assumed_probability(arrays, shapes[:1], shapes[1:]),
        pc_socrates=float(socrates_maximum(arrays)[0][0]),
    )


def _can(asset: Asset | None) -> bool | None:
    return None if asset is None else asset.maneuverable


def _states(sets: StoredSets, tca_tai_ns: int, orientation: EarthOrientation) -> StateTable:
    bodies = Bodies.of(sets.table, tca_tai_ns)
    found, exists = bodies.states(np.arange(len(sets)), np.zeros(len(sets)))
    if not exists.all():
        raise NotFoundError("SGP4 does not propagate an element set of this conjunction to its TCA")
    epochs = np.full(len(sets), tca_tai_ns, dtype=np.int64)
    teme = StateTable(epochs, found[:, :3], found[:, 3:], Frame.TEME)
    return teme.to_frame(Frame.GCRF, orientation)
