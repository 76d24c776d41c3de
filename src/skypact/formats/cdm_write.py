"""Conjunction data messages: values to the fields that the standard wants, in its order and units."""

from __future__ import annotations

from typing import Any

import numpy as np

from skypact.astro.timescales import NS_PER_S, format_utc, parse_utc
from skypact.errors import FormatError
from skypact.formats.cdm_conventions import (
    combined_radius,
    density_sensitivity,
    is_density_sensitivity,
    is_radius,
    object_radius,
    sum_of_radii,
)
from skypact.formats.cdm_fields import typed_number
from skypact.formats.cdm_keywords import (
    ATTRIBUTES_OF_MESSAGE,
    ATTRIBUTES_OF_OBJECT,
    COUNT,
    COVARIANCE_CELLS,
    DEMANDED_OF_MESSAGE,
    DEMANDED_OF_OBJECT,
    KEYWORDS,
    NUMBER,
    RTN,
    TIME,
    block_of,
)
from skypact.formats.cdm_values import Cdm, CdmObject, DensitySensitivity
from skypact.formats.fields import COMMENT, Field, is_not_given, one_line, refuse_control_characters
from skypact.formats.kvn import split_unit
from skypact.formats.rewriting import in_order, merged

_RANK_OF_BLOCK: dict[str, int] = {}
for (_block, _), _keyword in KEYWORDS.items():
    _RANK_OF_BLOCK.setdefault(_block, _keyword.rank)
_AFTER_VERSION = KEYWORDS["header", "CREATION_DATE"].rank
_LABELS = ("OBJECT1", "OBJECT2")
_OMITTED_WHEN_ABSENT = {"ORBIT_CENTER": "EARTH"}
"""Values that the absence of the keyword means."""
_NS_PER_MS = NS_PER_S // 1000
_NS_PER_US = NS_PER_S // 1_000_000


def message_fields(cdm: Cdm) -> tuple[list[Field], list[Field], list[Field]]:
    """Return the fields of header and relative metadata, of object 1 and of object 2, as they are written.

    Raises
    ------
    FormatError
        Where a value is missing that version 1.0 demands.
    """
    message = _placed(cdm.fields)
    message = _merged(message, _values(cdm, ATTRIBUTES_OF_MESSAGE, {f.key for f in message}))
    parts = [_object_fields(one, label) for one, label in zip(cdm.objects, _LABELS, strict=True)]
    _put_combined_radius(cdm, message, parts[0])
    message = in_order(message, _rank, _rank_of_block)
    ordered = [in_order(part, _rank, _rank_of_block) for part in parts]
    _demand(cdm.version, "", DEMANDED_OF_MESSAGE, message)
    for label, part in zip(_LABELS, ordered, strict=True):
        _demand(cdm.version, f"{label} ", DEMANDED_OF_OBJECT, part)
    return _with_units(message), _with_units(ordered[0]), _with_units(ordered[1])


def _rank(field: Field) -> int | None:
    keyword = KEYWORDS.get((field.block, field.key))
    return None if keyword is None else keyword.rank


def _rank_of_block(block: str) -> int | None:
    return _AFTER_VERSION if block == "header" else _RANK_OF_BLOCK.get(block)


def _placed(fields: tuple[Field, ...]) -> list[Field]:
    """Give fields made by hand the block that they belong to."""
    placed, previous = [], ""
    for field in fields:
        if field.key != COMMENT:
            previous = field.block or block_of(field.key, previous) or previous
        placed.append(field if field.block or field.key == COMMENT else field._replace(block=previous))
    return placed


def _values(
    source: Cdm | CdmObject, table: dict[str, tuple[str, int | None]], there: set[str]
) -> dict[str, Any]:
    """Return the typed value of every keyword of a table; a vector that is left open is left alone."""
    values: dict[str, Any] = {}
    for key, (attribute, index) in table.items():
        value = getattr(source, attribute)
        if index is None:
            meant = value == _OMITTED_WHEN_ABSENT.get(key) and key not in there
            values[key] = None if value == "" or meant else value
        elif value is not None:
            values[key] = float(value[index])
    return values


def _merged(fields: list[Field], values: dict[str, Any]) -> list[Field]:
    result = merged(fields, values, _typed, _text)
    return [f if f.block or f.key == COMMENT else f._replace(block=block_of(f.key, "")) for f in result]


def _object_fields(one: CdmObject, label: str) -> list[Field]:
    fields = [f._replace(text=label) if f.key == "OBJECT" else f for f in _placed(one.fields)]
    there = {f.key for f in fields}
    values = _values(one, ATTRIBUTES_OF_OBJECT, there)
    values["OBJECT"] = label
    values["INTERNATIONAL_DESIGNATOR"] = one.object_id or "UNKNOWN"
    if one.covariance_rtn_m2 is None:
        fields = [f for f in fields if f.block != RTN or f.key == COMMENT]
    else:
        values |= {key: float(one.covariance_rtn_m2[cell]) for key, cell in COVARIANCE_CELLS.items()}
    fields = _put_density_sensitivity(fields, one.dcp)
    if object_radius(fields[_leading(fields) :])[0] != one.hbr_m:
        fields = [f for i, f in enumerate(fields) if i < _leading(fields) or not is_radius(f)]
        if one.hbr_m is not None:
            fields.append(Field(COMMENT, f"HBR = {one.hbr_m!r} [m]", block="stateVector"))
    return _merged(fields, values)


def _leading(fields: list[Field]) -> int:
    """Return the number of comments that stand before ``OBJECT``."""
    inside = (i for i, f in enumerate(fields) if f.key != COMMENT or f.block not in ("", "metadata"))
    return next(inside, len(fields))


def _put_density_sensitivity(fields: list[Field], dcp: DensitySensitivity | None) -> list[Field]:
    """Replace the lines of the density sensitivity where the value was changed."""
    there = density_sensitivity(fields)
    if there is None and dcp is None:
        return fields
    if there is not None and dcp is not None and _same_sensitivity(there, dcp):
        return fields
    fields = [f for f in fields if not is_density_sensitivity(f)]
    if dcp is not None:
        position = " ".join(repr(float(v)) for v in dcp.position_m)
        velocity = " ".join(repr(float(v)) for v in dcp.velocity_m_s)
        for text in (
            f"DCP Density Forecast Uncertainty = {dcp.sigma!r}",
            f"DCP Sensitivity Vector RTN Pos = {position} [m]",
            f"DCP Sensitivity Vector RTN Vel = {velocity} [m/sec]",
        ):
            fields.append(Field(COMMENT, text, block="stateVector"))
    return fields


def _same_sensitivity(a: DensitySensitivity, b: DensitySensitivity) -> bool:
    vectors = np.array_equal(a.position_m, b.position_m) and np.array_equal(a.velocity_m_s, b.velocity_m_s)
    return a.sigma == b.sigma and vectors


def _put_combined_radius(cdm: Cdm, message: list[Field], first: list[Field]) -> None:
    """Write the combined hard-body radius as a comment before the first object where nothing says it yet."""
    leading = _leading(first)
    there, _ = combined_radius([*message, *first[:leading]])
    if there is None:
        one, two = cdm.objects
        there, _ = sum_of_radii(one.hbr_m, one.hbr_source, two.hbr_m, two.hbr_source)
    if there == cdm.hbr_m:
        return
    message[:] = [f for f in message if not is_radius(f)]
    first[:leading] = [f for f in first[:leading] if not is_radius(f)]
    if cdm.hbr_m is not None:
        first.insert(0, Field(COMMENT, f"HBR = {cdm.hbr_m!r} [m]", block="metadata"))


def _typed(field: Field) -> Any:
    """Return the typed value of a field as the reader understands it."""
    keyword = KEYWORDS.get((field.block, field.key))
    if keyword is None or keyword.kind not in (TIME, NUMBER, COUNT):
        return field.text or None
    if keyword.kind == TIME:
        return None if is_not_given(field.text) else parse_utc(field.text)
    return typed_number(field.text, keyword.kind)


def _text(key: str, value: Any) -> str:
    """Write a typed value: times with the decimals they need, numbers exactly."""
    keyword = KEYWORDS[block_of(key, ""), key]
    if keyword.kind == TIME:
        return time_text(value)
    if isinstance(value, (float, np.floating)):
        return repr(float(value))
    return one_line(str(value))


def time_text(tai_ns: int) -> str:
    """Write an epoch as CCSDS messages do, UTC without ``Z``, with 3, 6 or 9 decimals as it needs."""
    decimals = 3 if tai_ns % _NS_PER_MS == 0 else 6 if tai_ns % _NS_PER_US == 0 else 9
    return format_utc(int(tai_ns), decimals=decimals)[:-1]


def _demand(version: str, label: str, keys: tuple[str, ...], fields: list[Field]) -> None:
    given = {f.key for f in fields if f.text and f.key != COMMENT}
    for key in keys:
        if key in COVARIANCE_CELLS and not version.startswith("1"):
            continue
        if key not in given:
            raise FormatError("no value, the standard demands one to write a CDM", where=f"{label}{key}")


def _with_units(fields: list[Field]) -> list[Field]:
    """Give every number its prescribed unit, and only that; unknown keywords keep theirs."""
    result = []
    for field in fields:
        keyword = KEYWORDS.get((field.block, field.key))
        if keyword is not None:
            open_or_number = not field.text or split_unit(f"{field.text} []")[0] == field.text
            field = field._replace(unit=keyword.unit if open_or_number else "")  # noqa: PLW2901
        field = field._replace(text=one_line(field.text))  # noqa: PLW2901
        refuse_control_characters(field.text, field.key)
        result.append(field)
    return result
