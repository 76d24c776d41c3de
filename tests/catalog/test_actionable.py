"""Who can act on a pair: assets first; debris on debris and one operator's own pairs folded and counted."""

from __future__ import annotations

import numpy as np

from skypact.catalog.actionable import ObjectTraits, PairClass, class_pairs
from skypact.catalog.operators import ObjectKind

PAYLOAD, BODY, DEBRIS, UNKNOWN = (
    ObjectKind.PAYLOAD,
    ObjectKind.ROCKET_BODY,
    ObjectKind.DEBRIS,
    ObjectKind.UNKNOWN,
)
TRAITS = ObjectTraits(
    norad=np.array([1, 2, 3, 4, 5, 6, 7]),
    kind=np.array([PAYLOAD, PAYLOAD, PAYLOAD, BODY, DEBRIS, UNKNOWN, PAYLOAD], dtype=object),
    operator=np.array(["SpaceX", "SpaceX", "Planet", "", "", "", ""], dtype=object),
    dead=np.array([False, False, False, False, False, False, True]),
)


def classes(pairs: list[tuple[int, int]], assets: tuple[int, ...] = ()) -> list[str]:
    left, right = np.array(pairs).T
    forward = class_pairs(left, right, TRAITS, assets).pair_class.tolist()
    assert class_pairs(right, left, TRAITS, assets).pair_class.tolist() == forward
    return forward


def test_each_pair_has_the_class_of_those_who_can_act() -> None:
    assert classes([(1, 2), (1, 3), (4, 5), (5, 7), (3, 5), (5, 6), (6, 6), (99, 5), (98, 99)]) == [
        PairClass.ONE_OPERATOR,
        PairClass.ACTIONABLE,
        PairClass.DEBRIS_ON_DEBRIS,
        PairClass.DEBRIS_ON_DEBRIS,
        PairClass.ACTIONABLE,
        PairClass.ACTIONABLE,
        PairClass.ACTIONABLE,
        PairClass.ACTIONABLE,
        PairClass.ACTIONABLE,
    ]


def test_a_pair_with_an_asset_is_never_folded() -> None:
    assert classes([(1, 2), (4, 5)], assets=(2, 5)) == [PairClass.ASSET, PairClass.ASSET]


def test_lists_show_assets_first_keep_the_order_and_count_what_is_folded() -> None:
    pairs = np.array([(4, 5), (1, 3), (1, 2), (3, 5), (6, 4), (5, 7)])
    result = class_pairs(pairs[:, 0], pairs[:, 1], TRAITS, [6])
    assert result.listed().tolist() == [4, 1, 3]
    assert result.listed(show_all=True).tolist() == [4, 1, 3, 2, 0, 5]
    assert result.note() == "folded: 1 one-operator, 2 debris-on-debris (shown with --all)"


def test_with_no_facts_every_pair_is_listed_and_no_pairs_are_no_error() -> None:
    nothing = ObjectTraits(
        np.array([], dtype=np.int64),
        np.array([], dtype=object),
        np.array([], dtype=object),
        np.array([], dtype=np.bool_),
    )
    result = class_pairs(np.array([1, 2]), np.array([3, 4]), nothing, [])
    assert result.listed().tolist() == [0, 1]
    assert result.note() == ""
    empty = class_pairs(np.array([], dtype=np.int64), np.array([], dtype=np.int64), nothing, [])
    assert empty.listed().tolist() == []
