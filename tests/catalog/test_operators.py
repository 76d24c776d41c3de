"""Kinds and constellations told from names, measured against a real SATCAT."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from skypact.catalog.operators import (
    ObjectKind,
    constellation_of_name,
    kind_of_name,
    kind_of_word,
    operators_of,
)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("COSMOS 1408 DEB", ObjectKind.DEBRIS),
        ("BREEZE-M DEB [TANK]", ObjectKind.DEBRIS),
        ("WESTFORD NEEDLES", ObjectKind.DEBRIS),
        ("SL-8 PLAT", ObjectKind.DEBRIS),
        ("COSMOS 1176 COOLANT", ObjectKind.DEBRIS),
        ("CZ-6A R/B", ObjectKind.ROCKET_BODY),
        ("SL-12 R/B(AUX MOTOR)", ObjectKind.ROCKET_BODY),
        ("METEOSAT 2 AKM (MAGE 1)", ObjectKind.ROCKET_BODY),
        ("ISS (ZARYA)", ObjectKind.PAYLOAD),
        ("DEBUT (ORIZURU)", ObjectKind.PAYLOAD),
        ("OBJECT AB", ObjectKind.UNKNOWN),
        ("TBA - TO BE ASSIGNED", ObjectKind.UNKNOWN),
        ("UNKNOWN", ObjectKind.UNKNOWN),
        ("", ObjectKind.UNKNOWN),
    ],
)
def test_the_kind_is_told_from_the_name(name: str, kind: ObjectKind) -> None:
    assert kind_of_name(name) == kind


def test_the_words_of_both_providers_are_known() -> None:
    assert [kind_of_word(w) for w in ("PAY", "R/B", "DEB", "UNK")] == [
        kind_of_word(w) for w in ("PAYLOAD", "ROCKET BODY", "DEBRIS", "TBA")
    ]


@pytest.mark.parametrize(
    ("name", "constellation"),
    [
        ("STARLINK-31234", "STARLINK"),
        ("ONEWEB-0012", "ONEWEB"),
        ("HULIANWANG DIGUI-01", "HULIANWANG"),
        ("GSAT0101 (GALILEO-PFM)", "GALILEO"),
        ("GSAT-30", ""),
        ("COSMOS 2500", ""),
        ("ISS (ZARYA)", ""),
        ("", ""),
    ],
)
def test_the_constellation_is_told_from_the_name(name: str, constellation: str) -> None:
    assert constellation_of_name(name) == constellation


def test_a_known_operator_wins_and_debris_has_none() -> None:
    operators = operators_of(
        ["STARLINK-1", "STARLINK-2", "STARLINK DEB", "X"],
        [ObjectKind.PAYLOAD, ObjectKind.PAYLOAD, ObjectKind.DEBRIS, ObjectKind.PAYLOAD],
        [None, "somebody", None, None],
    )
    assert list(operators) == ["SpaceX", "somebody", "", ""]


def test_names_tell_the_type_that_the_satcat_has(shared_data: Path) -> None:
    with gzip.open(shared_data / "satcat" / "satcat_debut_spacetrack_2021-01-19.csv.gz", "rt") as file:
        rows = [(r["SATNAME"], kind_of_word(r["OBJECT_TYPE"])) for r in csv.DictReader(file)]
    known = [(name, kind) for name, kind in rows if kind is not ObjectKind.UNKNOWN]
    assert len(known) == 47_158
    assert [name for name, kind in known if kind_of_name(name) != kind] == []
