"""Conjunction data messages written as KVN, XML and JSON.

The JSON is the mirror of the XML: elements become members of the same name, comments a list ``COMMENT`` at
the head of their block, numbers JSON numbers with the digits of the message, everything else strings; units
are left out, since the standard prescribes them. One message is an object, several are a list:

    {"cdm": {"id": "CCSDS_CDM_VERS", "version": "1.0",
             "header": {"CREATION_DATE": "...", ...},
             "body": {"relativeMetadataData": {"TCA": "...", "relativeStateVector": {...}, ...},
                      "segment": [{"metadata": {...}, "data": {"odParameters": {...}, ...}}, ...]}}}
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from skypact.formats.cdm_keywords import KEYWORDS, RTN, TEXT, TIME, USER_DEFINED, XYZ
from skypact.formats.cdm_values import Cdm
from skypact.formats.cdm_write import message_fields
from skypact.formats.fields import COMMENT, Field
from skypact.formats.kvn import kvn_text
from skypact.formats.xml import DECLARATION, INDENT, SCHEMA, escaped, xml_line

_RELATIVE, _STATE = "relativeMetadataData", "relativeStateVector"
_DATA_BLOCKS = (
    "odParameters",
    "additionalParameters",
    "stateVector",
    RTN,
    XYZ,
    "csig3eigvec3",
    "additionalCovMetadata",
    USER_DEFINED,
)
_ELEMENT = {XYZ: RTN, "csig3eigvec3": RTN, "additionalCovMetadata": RTN}
"""Blocks of version 2.0 that share one element name."""
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)


@dataclass
class _Block:
    """A block of the message: comments, keywords, and blocks inside it, in their order."""

    name: str
    comments: list[str] = field(default_factory=list)
    items: list[Field | _Block] = field(default_factory=list)

    def put(self, item: Field) -> None:
        if item.key == COMMENT:
            self.comments.append(item.text)
        else:
            self.items.append(item)

    @property
    def empty(self) -> bool:
        return not self.comments and not self.items


def write_cdm_kvn(*cdms: Cdm) -> str:
    """Write messages as KVN, one after the other; numbers that were not changed keep their digits.

    Raises
    ------
    FormatError
        Where a value is missing that the standard demands.
    """
    texts = []
    for cdm in cdms:
        message, first, second = message_fields(cdm)
        texts.append(kvn_text([*message, *first, *second]))
    return "\n".join(texts)


def _blocks(cdm: Cdm) -> tuple[str, _Block, _Block]:
    """Return the version, the header and the body of a message as nested blocks."""
    message, *objects = message_fields(cdm)
    header, relative, state = _Block("header"), _Block(_RELATIVE), _Block(_STATE)
    version = "1.0"
    for item in message:
        if item.key == "CCSDS_CDM_VERS":
            version = item.text
        elif item.block == _STATE and item.key != COMMENT:
            if state.empty:
                relative.items.append(state)
            state.put(item)
        elif item.block in (_RELATIVE, _STATE):
            relative.put(item)
        else:
            header.put(item)
    body = _Block("body", items=[relative])
    for fields in objects:
        metadata, data = _Block("metadata"), _Block("data")
        inner = {name: _Block(name) for name in _DATA_BLOCKS}
        for item in fields:
            home = metadata if item.block == "metadata" else inner.get(item.block, data)
            home.put(item)
        data.items = [*data.items, *(block for block in inner.values() if not block.empty)]
        body.items.append(_Block("segment", items=[metadata, data]))
    return version, header, body


def write_cdm_xml(*cdms: Cdm) -> str:
    """Write one message as XML, or several as one combined message; numbers keep their digits.

    Comments go to the head of their block, where alone the schema allows them.

    Raises
    ------
    FormatError
        Where a value is missing that the standard demands.
    """
    lines = [DECLARATION]
    combined = len(cdms) != 1
    if combined:
        lines.append(f"<ndm {SCHEMA}>\n")
    for cdm in cdms:
        version, header, body = _blocks(cdm)
        indent, inside = (INDENT, "") if combined else ("", f"{SCHEMA} ")
        lines.append(f'{indent}<cdm {inside}id="CCSDS_CDM_VERS" version="{escaped(version)}">\n')
        for block in (header, body):
            _xml_block(block, 1 + combined, lines)
        lines.append(f"{indent}</cdm>\n")
    if combined:
        lines.append("</ndm>\n")
    return "".join(lines)


def _xml_block(block: _Block, depth: int, lines: list[str]) -> None:
    name = _ELEMENT.get(block.name, block.name)
    lines.append(f"{INDENT * depth}<{name}>\n")
    lines.extend(xml_line(depth + 1, COMMENT, comment) for comment in block.comments)
    for item in block.items:
        if isinstance(item, _Block):
            _xml_block(item, depth + 1, lines)
        else:
            lines.append(xml_line(depth + 1, item.key, item.text, item.unit))
    lines.append(f"{INDENT * depth}</{name}>\n")


def write_cdm_json(*cdms: Cdm) -> str:
    """Write one message as a JSON object, several as a list; the shape is told at the head of this module.

    Raises
    ------
    FormatError
        Where a value is missing that the standard demands.
    """
    texts = []
    for cdm in cdms:
        version, header, body = _blocks(cdm)
        members = [
            f'"id": {json.dumps("CCSDS_CDM_VERS")}',
            f'"version": {json.dumps(version)}',
            f'"header": {_json_block(header, 2)}',
            f'"body": {_json_block(body, 2)}',
        ]
        texts.append('{"cdm": {\n  ' + ",\n  ".join(members) + "\n}}")
    return (texts[0] if len(texts) == 1 else "[\n" + ",\n".join(texts) + "\n]") + "\n"


def _json_block(block: _Block, depth: int) -> str:
    members: list[str] = []
    if block.comments:
        members.append(f'"COMMENT": {json.dumps(block.comments, ensure_ascii=False)}')
    lists: dict[str, list[str]] = {}
    for item in block.items:
        if isinstance(item, _Block):
            name = _ELEMENT.get(item.name, item.name)
            lists.setdefault(name, []).append(_json_block(item, depth + 1))
            if len(lists[name]) == 1:
                members.append(name)
        else:
            members.append(f"{json.dumps(item.key)}: {_json_value(item)}")
    for name, blocks in lists.items():
        alone = len(blocks) == 1 and name != "segment"
        members[members.index(name)] = f'"{name}": ' + (blocks[0] if alone else f"[{', '.join(blocks)}]")
    pad = INDENT * depth
    return "{\n" + pad + f",\n{pad}".join(members) + "\n" + INDENT * (depth - 1) + "}"


def _json_value(item: Field) -> str:
    keyword = KEYWORDS.get((item.block, item.key))
    kind = TEXT if keyword is None else keyword.kind
    if kind not in (TEXT, TIME) and _JSON_NUMBER.fullmatch(item.text):
        return item.text
    unit = f" [{item.unit}]" if keyword is None and item.unit else ""
    return json.dumps(item.text + unit, ensure_ascii=False)
