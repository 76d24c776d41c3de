"""OEM in XML: elements to values."""

from __future__ import annotations

from skypact.formats.fields import COMMENT, Field, as_keyword
from skypact.formats.oem_fields import (
    MATRIX_KEYS,
    STATE_KEYS,
    CovarianceText,
    OemReader,
    SegmentText,
)
from skypact.formats.oem_values import Oem
from skypact.formats.xml import XmlElement

_UNITS = {"X": "km", "Y": "km", "Z": "km", "X_DOT": "km/s", "Y_DOT": "km/s", "Z_DOT": "km/s"}
_UNITS |= {"X_DDOT": "km/s**2", "Y_DDOT": "km/s**2", "Z_DDOT": "km/s**2"}
_MATRIX_PLACE = {key: i for i, key in enumerate(MATRIX_KEYS)}
_STATE_PLACE = {key: i for i, key in enumerate(STATE_KEYS)}
_STATE_WITHOUT_ACCELERATION = 7


def read_oem_xml(reader: OemReader, root: XmlElement) -> Oem:
    """Return the message that stands in an ``oem`` element."""
    header = [Field("CCSDS_OEM_VERS", root.attributes.get("version", ""), "", root.line)]
    part = root.child("header")
    header += _fields(part) if part is not None else []
    body = root.child("body")
    segments = [] if body is None else [s for s in body.children if s.tag == "segment"]
    return reader.message(header, [_segment(reader, segment) for segment in segments])


def _fields(element: XmlElement) -> list[Field]:
    return [Field(as_keyword(c.tag), c.text, c.attributes.get("units", ""), c.line) for c in element.children]


def _segment(reader: OemReader, element: XmlElement) -> SegmentText:
    segment = SegmentText(element.line)
    metadata, data = element.child("metadata"), element.child("data")
    segment.metadata = _fields(metadata) if metadata is not None else []
    for item in data.children if data is not None else []:
        if item.tag == "stateVector":
            _state(reader, segment, item)
        elif item.tag == "covarianceMatrix":
            segment.covariances.append(_covariance(reader, item))
            if segment.behind:
                segment.covariances[-1].fields[:0] = segment.behind
                segment.behind = []
        elif item.tag == COMMENT and segment.covariances:
            segment.behind.append(Field(COMMENT, item.text, "", item.line))
        elif item.tag == COMMENT:
            segment.comments.append((len(segment.rows), item.text))
        else:
            reader.unknown(item.tag, item.line)
    return segment


def _state(reader: OemReader, segment: SegmentText, element: XmlElement) -> None:
    row: list[str] = [""] * len(STATE_KEYS)
    found = 0
    for item in element.children:
        place = _STATE_PLACE.get(item.tag)
        if place is None:
            if item.tag == COMMENT:
                segment.comments.append((len(segment.rows), item.text))
            else:
                reader.unknown(item.tag, item.line)
            continue
        if not item.text or row[place]:
            raise reader.fail("given twice" if row[place] else "no value", item.line, item.tag)
        unit = item.attributes.get("units", "")
        if unit and unit != _UNITS.get(item.tag):
            raise reader.fail(
                f"unit [{unit}], the standard prescribes [{_UNITS.get(item.tag)}]", item.line, item.tag
            )
        row[place] = item.text
        found += 1
    width = _STATE_WITHOUT_ACCELERATION if found <= _STATE_WITHOUT_ACCELERATION else len(STATE_KEYS)
    if "" in row[:width]:
        raise reader.fail("missing, the standard demands it", element.line, STATE_KEYS[row.index("")])
    segment.rows.append(row[:width])
    segment.row_lines.append(element.line)


def _covariance(reader: OemReader, element: XmlElement) -> CovarianceText:
    numbers = [""] * len(MATRIX_KEYS)
    lines = [element.line] * len(MATRIX_KEYS)
    fields = []
    for item in element.children:
        place = _MATRIX_PLACE.get(item.tag)
        if place is None:
            fields.append(Field(as_keyword(item.tag), item.text, "", item.line))
            continue
        if not item.text or numbers[place]:
            raise reader.fail("given twice" if numbers[place] else "no value", item.line, item.tag)
        numbers[place], lines[place] = item.text, item.line
    if "" in numbers:
        raise reader.fail("missing, the standard demands it", element.line, MATRIX_KEYS[numbers.index("")])
    return CovarianceText(fields, numbers, lines)
