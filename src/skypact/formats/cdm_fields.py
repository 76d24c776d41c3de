"""From the fields of a CDM, in whatever notation they came, to a checked value.

What the standard demands and is not there, or is no number or no date, refuses the message; what is only
untidy (an absent center, a unit of another name, an unknown keyword) is kept and told in the report.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from skypact.astro.timescales import parse_utc
from skypact.errors import FormatError
from skypact.formats.cdm_conventions import (
    combined_radius,
    density_sensitivity,
    object_radius,
    sum_of_radii,
)
from skypact.formats.cdm_keywords import (
    ATTRIBUTES_OF_MESSAGE,
    ATTRIBUTES_OF_OBJECT,
    COUNT,
    COVARIANCE_CELLS,
    DEMANDED_OF_MESSAGE,
    DEMANDED_OF_OBJECT,
    KEYWORDS,
    MESSAGE_BLOCKS,
    NUMBER,
    TEXT,
    TIME,
    USER_DEFINED_PREFIX,
    Keyword,
    block_of,
)
from skypact.formats.cdm_values import Cdm, CdmObject, Floats
from skypact.formats.element_rules import NORAD_MAX
from skypact.formats.fields import COMMENT, Field, as_keyword, is_not_given, parse_number
from skypact.formats.kvn import shorten
from skypact.formats.reading import RawInput, ReadReport

PUBLIC_CATALOGS = frozenset(
    {"SATCAT", "NORAD", "NORAD_CAT_ID", "SPACE-TRACK", "18 SDS", "18 SPCS", "CSPOC", ""}
)
"""Catalog names under which a number is one of the public catalog."""

_AXES = 3
_UNIT_SPELLINGS = {"m/sec": "m/s", "km/sec": "km/s", "m2": "m**2", "m^2": "m**2", "deg.": "deg", "days": "d"}
_UNIT_POWERS = {
    ("km", "m"): 3,
    ("m", "km"): -3,
    ("km/s", "m/s"): 3,
    ("m/s", "km/s"): -3,
    ("km**2", "m**2"): 6,
    ("km**2/s", "m**2/s"): 6,
    ("km**2/s**2", "m**2/s**2"): 6,
}
"""Power of ten between a unit met in messages and the prescribed one."""
_MAY_BE_EMPTY = frozenset({"INTERNATIONAL_DESIGNATOR"})
"""Demanded by the standard, but empty for objects that have none: read with a warning."""


class CdmReader:
    """Builds one message; keeps what error messages need: the input, the report, strictness."""

    def __init__(self, raw: RawInput, report: ReadReport, strict: bool) -> None:
        self.raw = raw
        self.report = report
        self.strict = strict
        self.label = ""

    def fail(self, what: str, line: int, key: str, remedy: str = "") -> FormatError:
        """Return the error for a field, with file, line and object."""
        return FormatError(what, where=self.raw.at(line, f"{self.label}{key}"), remedy=remedy)

    def warn(self, what: str, line: int, key: str) -> None:
        """Note what was tolerated."""
        self.report.warnings.append(f"{self.raw.at(line, f'{self.label}{key}')}: {what}")

    def build(self, fields: Sequence[Field]) -> Cdm:
        """Return the message that ``fields`` make.

        Raises
        ------
        FormatError
            For a missing or unreadable value that the standard demands, a bad date, a broken structure; where
            strict also for an unknown keyword.
        """
        placed = self._place(fields)
        message, first, second = self._split(placed)
        values = self._values(message)
        if "CCSDS_CDM_VERS" not in values:
            line = placed[0].line if placed else 0
            self.warn("no version keyword, taken as version 1.0", line, "CCSDS_CDM_VERS")
            values["CCSDS_CDM_VERS"] = "1.0"
        self._demand(DEMANDED_OF_MESSAGE, values, message)
        attributes = _attributes(values, ATTRIBUTES_OF_MESSAGE)
        objects = []
        for label, part in (("OBJECT1 ", first), ("OBJECT2 ", second)):
            self.label = label
            objects.append(self._object(part, attributes["version"]))
        self.label = ""
        hbr_m, hbr_source = combined_radius([*message, *_before_keywords(first)])
        if hbr_m is None:
            one, two = objects
            hbr_m, hbr_source = sum_of_radii(one.hbr_m, one.hbr_source, two.hbr_m, two.hbr_source)
        self._check_probability(attributes.get("collision_probability"), message)
        return Cdm(
            **attributes,
            objects=(objects[0], objects[1]),
            hbr_m=hbr_m,
            hbr_source=hbr_source,
            fields=tuple(message),
        )

    def _check_probability(self, value: float | None, message: Sequence[Field]) -> None:
        if value is not None and not 0.0 <= value <= 1.0:
            line = next(f.line for f in message if f.key == "COLLISION_PROBABILITY")
            self.warn(f"{value} is not a probability", line, "COLLISION_PROBABILITY")

    def _place(self, fields: Sequence[Field]) -> list[Field]:
        """Give every field its block, unknown keywords and comments that of their neighbor."""
        placed: list[Field] = []
        previous = ""
        for field in fields:
            if field.key == COMMENT:
                placed.append(field)
                continue
            if field.key == "OBJECT":
                self.label = f"{field.text} "
            block = field.block if (field.block, field.key) in KEYWORDS else block_of(field.key, previous)
            if not block:
                self.report.unknown_keys[field.key] += 1
                name = as_keyword(field.key)
                if name != field.key:
                    name = f"X_{name}" if block_of(name, "") else name
                    field = field._replace(key=name)  # noqa: PLW2901
                if self.strict:
                    raise self.fail("unknown keyword", field.line, field.key, "leave out --strict to keep it")
                block = field.block or previous or MESSAGE_BLOCKS[0]
            previous = block
            placed.append(self._in_standard_unit(field, block)._replace(block=block))
        self.label = ""
        following = previous
        for i in range(len(placed) - 1, -1, -1):
            if placed[i].key != COMMENT:
                following = placed[i].block
            elif not placed[i].block:
                placed[i] = placed[i]._replace(block=following)
        return placed

    def _in_standard_unit(self, field: Field, block: str) -> Field:
        """Return the field in the unit that the standard prescribes."""
        keyword = KEYWORDS.get((block, field.key))
        if keyword is None or not field.unit:
            return field
        if keyword.kind == TEXT:
            return field._replace(text=f"{field.text} [{field.unit}]".strip(), unit="")
        unit = _UNIT_SPELLINGS.get(field.unit.lower(), field.unit)
        if unit.lower() == keyword.unit.lower():
            return field._replace(unit=keyword.unit)
        power = _UNIT_POWERS.get((unit.lower(), keyword.unit))
        if power is not None and parse_number(field.text) is not None:
            self.warn(f"converted from [{field.unit}] to [{keyword.unit}]", field.line, field.key)
            return field._replace(text=str(Decimal(field.text).scaleb(power)), unit=keyword.unit)
        if keyword.demanded and keyword.unit:
            raise self.fail(
                f"unit [{field.unit}], the standard prescribes [{keyword.unit}]", field.line, field.key
            )
        self.warn(
            f"unit [{field.unit}] taken for the prescribed [{keyword.unit or 'none'}]", field.line, field.key
        )
        return field._replace(unit=keyword.unit)

    def _split(self, placed: list[Field]) -> tuple[list[Field], list[Field], list[Field]]:
        """Part the message at its two ``OBJECT`` keywords, comments before each going with it."""
        starts = [i for i, field in enumerate(placed) if field.key == "OBJECT"]
        labels = [placed[i].text.replace(" ", "").upper() for i in starts]
        if sorted(labels) != ["OBJECT1", "OBJECT2"]:
            found = ", ".join(labels) or "none"
            line = placed[starts[-1]].line if starts else (placed[-1].line if placed else 0)
            raise self.fail(f"a CDM has OBJECT1 and OBJECT2, found: {found}", line, "OBJECT")
        edges = []
        for start in starts:
            edge = start
            while edge and placed[edge - 1].key == COMMENT and placed[edge - 1].block == "metadata":
                edge -= 1
            edges.append(edge)
        message, parts = placed[: edges[0]], [placed[edges[0] : edges[1]], placed[edges[1] :]]
        for field in message:
            if field.block not in MESSAGE_BLOCKS and field.key != COMMENT:
                raise self.fail("stands before the first OBJECT", field.line, field.key)
        stray = next(
            (f for part in parts for f in part if f.block in MESSAGE_BLOCKS and f.key != COMMENT), None
        )
        if stray is not None:
            raise self.fail("stands behind OBJECT, it belongs before", stray.line, stray.key)
        first, second = parts if labels[0] == "OBJECT1" else parts[::-1]
        return message, first, second

    def _values(self, fields: Sequence[Field]) -> dict[str, Any]:
        """Return the typed value of every known keyword of a part of the message, by keyword.

        Of the two covariance matrices, only the RTN one is returned.
        """
        values: dict[str, Any] = {}
        seen: set[tuple[str, str]] = set()
        for field in fields:
            keyword = KEYWORDS.get((field.block, field.key))
            if field.key != COMMENT and (field.block, field.key) in seen:
                if keyword is not None or field.key.startswith(USER_DEFINED_PREFIX):
                    raise self.fail("given twice", field.line, field.key)
                continue
            seen.add((field.block, field.key))
            if keyword is not None:
                value = self._value(field, keyword)
                if value is not None or field.key not in values:
                    values[field.key] = value
        return values

    def _value(self, field: Field, keyword: Keyword) -> Any:
        """Return the typed value of a field; None where it is left open."""
        if keyword.kind == TEXT:
            return field.text
        if keyword.kind == TIME:
            if not keyword.demanded and is_not_given(field.text):
                return None
            return parse_utc(field.text, where=self.raw.at(field.line, f"{self.label}{field.key}"))
        if keyword.kind not in (NUMBER, COUNT):
            return None
        number = typed_number(field.text, keyword.kind)
        if number is not None:
            return number
        if keyword.demanded:
            shown = f"'{shorten(field.text)}' is not a number" if field.text else "no value"
            raise self.fail(f"{shown}, the standard demands one", field.line, field.key)
        if not is_not_given(field.text):
            self.warn(f"'{shorten(field.text)}' is not a number, left open", field.line, field.key)
        return None

    def _demand(self, keys: Sequence[str], values: dict[str, Any], fields: Sequence[Field]) -> None:
        """Raise for the first demanded keyword that is missing or empty."""
        for key in keys:
            value = values.get(key)
            if value is not None and value != "":
                continue
            given = next((f for f in fields if f.key == key), None)
            if given is None:
                line = fields[0].line if fields else 0
                raise self.fail("missing, the standard demands it", line, key)
            if key not in _MAY_BE_EMPTY:
                raise self.fail("no value, the standard demands one", given.line, key)
            self.warn("empty", given.line, key)

    def _object(self, fields: Sequence[Field], version: str) -> CdmObject:
        values = self._values(fields)
        covariance = self._covariance(values, fields, version)
        demanded = [k for k in DEMANDED_OF_OBJECT if k not in COVARIANCE_CELLS]
        self._demand(demanded, values, fields)
        line = next(f.line for f in fields if f.key == "OBJECT")
        if not values.get("ORBIT_CENTER"):
            self.warn("no center given, taken as EARTH", line, "ORBIT_CENTER")
            values.pop("ORBIT_CENTER", None)
        attributes = _attributes(values, ATTRIBUTES_OF_OBJECT)
        if attributes["object_id"].upper() == "UNKNOWN":
            attributes["object_id"] = ""
        hbr_m, hbr_source = object_radius(fields[len(_before_keywords(fields)) :])
        return CdmObject(
            **attributes,
            norad=norad_of(attributes["designator"], attributes["catalog_name"]),
            covariance_rtn_m2=covariance,
            hbr_m=hbr_m,
            hbr_source=hbr_source,
            dcp=density_sensitivity(fields),
            fields=tuple(fields),
        )

    def _covariance(self, values: dict[str, Any], fields: Sequence[Field], version: str) -> Floats | None:
        """Return the 6 x 6 RTN covariance; None where a message of version 2 has none."""
        if version.startswith("2") and not any(key in values for key in COVARIANCE_CELLS):
            return None
        self._demand(tuple(COVARIANCE_CELLS), values, fields)
        matrix = np.empty((6, 6))
        for key, (row, column) in COVARIANCE_CELLS.items():
            matrix[row, column] = matrix[column, row] = values[key]
            if row == column and values[key] < 0:
                line = next(f.line for f in fields if f.key == key)
                raise self.fail(f"{values[key]}, a variance must be >= 0", line, key)
        return matrix


def _before_keywords(fields: Sequence[Field]) -> list[Field]:
    """Return the comments that stand before the first keyword."""
    count = next((i for i, field in enumerate(fields) if field.key != COMMENT), len(fields))
    return list(fields[:count])


def _attributes(values: dict[str, Any], table: dict[str, tuple[str, int | None]]) -> dict[str, Any]:
    """Return attribute and value for every keyword that has one; vectors only where all parts are there."""
    attributes: dict[str, Any] = {}
    vectors: dict[str, dict[int, float]] = {}
    for key, (attribute, index) in table.items():
        value = values.get(key)
        if value is None:
            continue
        if index is None:
            attributes[attribute] = value
        else:
            vectors.setdefault(attribute, {})[index] = value
    for attribute, parts in vectors.items():
        if len(parts) == _AXES:
            attributes[attribute] = np.array([parts[i] for i in range(_AXES)])
    return attributes


def typed_number(text: str, kind: str) -> float | int | None:
    """Return the finite number of a field, a whole one where the kind is a count; None where it is none."""
    number = parse_number(text)
    if number is None or not math.isfinite(number):
        return None
    if kind == COUNT:
        return int(number) if number.is_integer() else None
    return number


def norad_of(designator: str, catalog: str) -> int | None:
    """Return the catalog number of a designator; None where it is of another catalog or no number."""
    if catalog.strip().upper() not in PUBLIC_CATALOGS or not designator.strip().isdecimal():
        return None
    number = int(designator)
    return number if 1 <= number <= NORAD_MAX else None
