"""What a name tells of an object: its kind and its constellation, by stated rules where facts are missing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Texts = NDArray[np.object_]


class ObjectKind(StrEnum):
    """What an object is."""

    PAYLOAD = "payload"
    ROCKET_BODY = "rocket body"
    DEBRIS = "debris"
    UNKNOWN = "unknown"


_KIND_WORDS = {
    "PAY": ObjectKind.PAYLOAD,
    "PAYLOAD": ObjectKind.PAYLOAD,
    "R/B": ObjectKind.ROCKET_BODY,
    "ROCKET BODY": ObjectKind.ROCKET_BODY,
    "DEB": ObjectKind.DEBRIS,
    "DEBRIS": ObjectKind.DEBRIS,
}
"""Types as CelesTrak and Space-Track write them; all others (TBA, UNK, UNKNOWN) are unknown."""

_ROCKET_BODY = re.compile(r"\bR/B\b|\b[AP]KM\b")
_DEBRIS = re.compile(r"\bDEB\b|\bWESTFORD NEEDLES\b|\bCOOLANT\b|\bSL-\d+ PLAT\b")
_UNKNOWN = re.compile(r"(OBJECT [A-Z]{1,3}|UNKNOWN|TBA\b.*|TO BE ASSIGNED|WELL TRACKED OBJECT|)")

CONSTELLATIONS = {
    "STARLINK": "SpaceX",
    "ONEWEB": "Eutelsat OneWeb",
    "KUIPER": "Amazon",
    "QIANFAN": "Spacesail",
    "HULIANWANG": "China SatNet",
    "GEESAT": "Geespace",
    "FLOCK": "Planet",
    "SKYSAT": "Planet",
    "LEMUR": "Spire",
    "IRIDIUM": "Iridium",
    "GLOBALSTAR": "Globalstar",
    "ORBCOMM": "Orbcomm",
    "ICEYE": "ICEYE",
    "JILIN": "Chang Guang",
    "HAWK": "HawkEye 360",
    "NUSAT": "Satellogic",
    "SPACEBEE": "Swarm",
    "ASTROCAST": "Astrocast",
    "KINEIS": "Kineis",
    "TIANQI": "Guodian Gaoke",
    "CENTISPACE": "Future Navigation",
    "BLUEBIRD": "AST SpaceMobile",
    "O3B": "SES",
    "GALILEO": "EU Galileo",
    "NAVSTAR": "US Space Force",
    "BEIDOU": "China BeiDou",
}
"""First word of the name of a payload, and who flies it. Listed are fleets of one operator that keeps its own
satellites apart; families of a state (COSMOS, YAOGAN, USA) are not: nobody outside knows who flies which."""

_FIRST_WORD = re.compile(r"[A-Z0-9]+")
_GALILEO = re.compile(r"GSAT0\d{3}\b")


def kind_of_name(name: str) -> ObjectKind:
    """Return the kind that a catalog name tells: ``DEB``, ``R/B``, motors, else a payload if it has a
    real name.

    The rule gives the type that the Space-Track SATCAT of 2021-01-19 has for all of its 47,158 objects of
    known type (see the test).
    """
    upper = name.strip().upper()
    if _DEBRIS.search(upper):
        return ObjectKind.DEBRIS
    if _ROCKET_BODY.search(upper):
        return ObjectKind.ROCKET_BODY
    return ObjectKind.UNKNOWN if _UNKNOWN.fullmatch(upper) else ObjectKind.PAYLOAD


def kind_of_word(word: str) -> ObjectKind:
    """Return the kind that a provider's OBJECT_TYPE tells."""
    return _KIND_WORDS.get(word.strip().upper(), ObjectKind.UNKNOWN)


def constellation_of_name(name: str) -> str:
    """Return the constellation (first word) of a payload's name, empty if it is of none in the table."""
    upper = name.strip().upper()
    if _GALILEO.match(upper):
        return "GALILEO"
    match = _FIRST_WORD.match(upper)
    word = match.group() if match else ""
    return word if word in CONSTELLATIONS else ""


def operators_of(names: Iterable[str], kinds: Iterable[str], operators: Iterable[str | None]) -> Texts:
    """Return who flies each object: as known, else by the constellation of a payload's name, else empty."""
    return np.array(
        [
            known
            or (CONSTELLATIONS.get(constellation_of_name(name), "") if kind == ObjectKind.PAYLOAD else "")
            for name, kind, known in zip(names, kinds, operators, strict=True)
        ],
        dtype=object,
    )
