"""Conjunction data messages in XML: elements to fields."""

from __future__ import annotations

from skypact.formats.cdm_keywords import RTN, USER_DEFINED_PREFIX
from skypact.formats.fields import COMMENT, Field
from skypact.formats.xml import XmlElement

_STRUCTURE = frozenset({"body", "segment", "cdm"})
"""Elements that hold blocks and are none themselves."""


def fields_of_cdm(root: XmlElement) -> list[Field]:
    """Return the fields of a ``cdm`` element in the order of the document.

    Comments and unknown keywords keep the element they stood in as their block; those of the several
    covariance matrices of version 2.0, which share one element name, are told by their keywords.
    """
    fields: list[Field] = []
    version = root.attributes.get("version", "").strip()
    if version:
        fields.append(Field("CCSDS_CDM_VERS", version, "", root.line, "header"))
    _collect(root, fields)
    return fields


def _collect(element: XmlElement, fields: list[Field]) -> None:
    block = "" if element.tag in _STRUCTURE or element.tag == RTN else element.tag
    for item in element.children:
        if item.children or (not item.text and item.tag not in (COMMENT, item.tag.upper())):
            _collect(item, fields)
        else:
            unit = item.attributes.get("units", item.attributes.get("unit", ""))
            key = item.tag.upper()
            if key == USER_DEFINED_PREFIX[:-1]:
                key = USER_DEFINED_PREFIX + item.attributes.get("parameter", "").upper()
            fields.append(Field(key, item.text, unit, item.line, block))
