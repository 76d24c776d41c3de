"""Orbit mean-elements messages (OMM) in KVN and XML, one or thousands in a file, to and from element tables.

Read are CCSDS 502.0-B-2 and B-3 and what CelesTrak and Space-Track make of them: empty or absent headers, a
combined message (``ndm``) with an undeclared prefix, ``COMMENT =text``, user-defined parameters. All comments
of a message are kept together, in order; they are written at the head of the message.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from skypact.astro.timescales import format_utc
from skypact.errors import FormatError
from skypact.formats.columns import texts_from_epochs
from skypact.formats.element_rules import NORAD_MAX, object_label
from skypact.formats.elements import ElementTable
from skypact.formats.fields import COMMENT, Field, one_line, refuse_control_characters
from skypact.formats.kvn import kvn_lines, kvn_text, shorten, split_lines, split_unit
from skypact.formats.omm_fields import (
    FLOAT_COLUMNS,
    INT_COLUMNS,
    TEXT_COLUMNS,
    table_from_fields,
)
from skypact.formats.reading import RawInput, ReadReport
from skypact.formats.xml import DECLARATION, INDENT, SCHEMA, XmlElement, escaped, read_xml, xml_line

VERSION_KEY = "CCSDS_OMM_VERS"
USER_DEFINED = "USER_DEFINED"
_AXES = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
_BLOCKS: dict[str, tuple[str, ...]] = {
    "header": ("CLASSIFICATION", "CREATION_DATE", "ORIGINATOR", "MESSAGE_ID"),
    "metadata": (
        "OBJECT_NAME",
        "OBJECT_ID",
        "CENTER_NAME",
        "REF_FRAME",
        "REF_FRAME_EPOCH",
        "TIME_SYSTEM",
        "MEAN_ELEMENT_THEORY",
    ),
    "meanElements": (
        "EPOCH",
        "SEMI_MAJOR_AXIS",
        "MEAN_MOTION",
        "ECCENTRICITY",
        "INCLINATION",
        "RA_OF_ASC_NODE",
        "ARG_OF_PERICENTER",
        "MEAN_ANOMALY",
        "GM",
    ),
    "spacecraftParameters": ("MASS", "SOLAR_RAD_AREA", "SOLAR_RAD_COEFF", "DRAG_AREA", "DRAG_COEFF"),
    "tleParameters": (
        "EPHEMERIS_TYPE",
        "CLASSIFICATION_TYPE",
        "NORAD_CAT_ID",
        "ELEMENT_SET_NO",
        "REV_AT_EPOCH",
        "BSTAR",
        "BTERM",
        "MEAN_MOTION_DOT",
        "MEAN_MOTION_DDOT",
        "AGOM",
    ),
    "covarianceMatrix": (
        "COV_REF_FRAME",
        *(f"C{_AXES[i]}_{_AXES[j]}" for i in range(6) for j in range(i + 1)),
    ),
}
"""Keywords of CCSDS 502.0-B-3, table 4-1 to 4-3, by XML element, in the order of the standard."""
_BLOCK_OF = {key: block for block, keys in _BLOCKS.items() for key in keys}
_DEFAULTS = {"CENTER_NAME": "EARTH", "REF_FRAME": "TEME", "TIME_SYSTEM": "UTC", "MEAN_ELEMENT_THEORY": "SGP4"}
"""What CelesTrak's CSV and JSON leave out, and the standard demands."""
_TABLE_KEYS = ("OBJECT_NAME", "OBJECT_ID", "EPOCH", *FLOAT_COLUMNS, *INT_COLUMNS, "CLASSIFICATION_TYPE")
_USER_BLOCK = "userDefinedParameters"
_XML_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")


def read_omm_kvn(raw: RawInput, *, any_theory: bool = False) -> tuple[ElementTable, ReadReport]:
    """Read one or many OMM in KVN, one after the other.

    A message begins at its version keyword, or, where the file has none, at the first keyword that the
    message before it has already.

    Parameters
    ----------
    raw
        The text, not packed.
    any_theory
        Also accept mean elements that SGP4 cannot propagate (for converting only).

    Returns
    -------
    The good element sets in order, and the report; bad messages are rejections with line, field and reason.

    Raises
    ------
    FormatError
        For an empty or binary input, or a line that is neither keyword nor comment.
    """
    rows: list[dict[str, str | None]] = []
    lines: list[int] = []
    row: dict[str, str | None] = {}
    comments: list[str] = []
    keys: dict[str, str] = {}
    """Keyword by what stands before the equals sign, so that each spelling is looked at once."""
    for number, line in enumerate(kvn_lines(raw), 1):
        head, equals, value = line.partition("=")
        key = keys.get(head) or _keyword(head, equals)
        if not key or key == COMMENT:
            text = _comment(line, raw, number)
            if text is not None:
                comments.append(text)
            continue
        keys[head] = key
        if key == VERSION_KEY or key in row:
            if key != VERSION_KEY and VERSION_KEY in row:
                raise FormatError("given twice", where=raw.at(number, key))
            row = {}
        if not row:
            rows.append(row)
            lines.append(number)
        text = value.strip()
        row[key] = split_unit(text)[0] or text if text.endswith("]") else text
        if comments:
            _add_comments(row, comments)
    if not rows:
        raise FormatError("no OMM in it", where=raw.name)
    _add_comments(row, comments)
    table, report = table_from_fields(rows, lines, raw.name, any_theory=any_theory)
    _point_at_fields(report, raw, lines, r"^\s*{}\s*=")
    return table, report


def _keyword(head: str, equals: str) -> str:
    """Return the keyword before an equals sign; empty where there is none."""
    key = head.strip().upper()
    return key if equals and _XML_NAME.fullmatch(key) else ""


def _comment(line: str, raw: RawInput, number: int) -> str | None:
    """Return the text of a comment line (also ``COMMENT =text``, as Space-Track writes), None for a blank."""
    line = line.strip()
    if not line:
        return None
    if not line.startswith(COMMENT) or line[len(COMMENT) :][:1] not in ("", " ", "\t", "="):
        what = f"'{shorten(line)}' is neither 'KEYWORD = value' nor a comment"
        raise FormatError(what, where=raw.at(number))
    text = line[len(COMMENT) :].strip()
    return text[1:].strip() if text.startswith("=") and text[1:2] != "=" else text


def _add_comments(row: dict[str, str | None], comments: list[str]) -> None:
    """Move waiting comments to their message."""
    if comments:
        row[COMMENT] = "\n".join([*filter(None, [row.get(COMMENT)]), *comments])
        comments.clear()


def _point_at_fields(report: ReadReport, raw: RawInput, starts: list[int], pattern: str) -> None:
    """Give every rejection the line of its field instead of that of its message."""
    text_lines = split_lines(raw.text()) if report.rejected else []
    following = dict(zip(starts, [*starts[1:], len(text_lines) + 1], strict=True))
    for i, rejection in enumerate(report.rejected):
        field_line = re.compile(pattern.format(re.escape(rejection.field_name)), re.IGNORECASE)
        for number in range(rejection.line, following[rejection.line]):
            if field_line.search(text_lines[number - 1]):
                report.rejected[i] = replace(rejection, line=number)
                break


def read_omm_xml(raw: RawInput, *, any_theory: bool = False) -> tuple[ElementTable, ReadReport]:
    """Read one or many OMM in XML, single or combined; everything else as :func:`read_omm_kvn`."""
    rows: list[dict[str, str | None]] = []
    lines: list[int] = []

    def take(element: XmlElement) -> None:
        row: dict[str, str | None] = {VERSION_KEY: element.attributes.get("version", "") or None}
        comments: list[str] = []
        for key, item in _leaves(element):
            if key == COMMENT:
                comments.append(item.text)
            elif key in row:
                raise FormatError("given twice", where=raw.at(item.line, key))
            else:
                row[key] = item.text
        if comments:
            row[COMMENT] = "\n".join(comments)
        rows.append(row)
        lines.append(element.line)

    roots = read_xml(raw, {"omm": take})
    if not rows:
        raise FormatError("no OMM in it", where=raw.name)
    table, report = table_from_fields(rows, lines, raw.name, any_theory=any_theory)
    _point_at_fields(report, raw, lines, r"<(?:[\w.-]+:)?{}[\s>/]")
    others = sorted({child.tag for root in roots for child in root.children} - {COMMENT, "MESSAGE_ID"})
    report.warnings += [f"{raw.name}: {tag} in the same file was not read" for tag in others]
    return table, report


_CONTAINERS = frozenset({"body", "segment", "data", _USER_BLOCK, *_BLOCKS})


def _leaves(element: XmlElement) -> Iterator[tuple[str, XmlElement]]:
    for item in element.children:
        if item.tag in _CONTAINERS or item.children:
            yield from _leaves(item)
        elif item.tag == USER_DEFINED:
            yield f"{USER_DEFINED}_{item.attributes.get('parameter', '').upper()}", item
        else:
            yield item.tag.upper(), item


def write_omm_kvn(table: ElementTable, *, created_tai_ns: int | None = None, originator: str = "") -> str:
    """Write every element set as an OMM in KVN, one after the other.

    Parameters
    ----------
    created_tai_ns, originator
        What the header says where the record itself does not; empty where not given, as CelesTrak does.

    Raises
    ------
    FormatError
        For a value that no OMM can carry.
    """
    texts = []
    for version, comments, blocks in _messages(table, created_tai_ns, originator):
        head = [Field(VERSION_KEY, version), *(Field(COMMENT, text) for text in comments)]
        body = [Field(key, text) for items in blocks.values() for key, text in items]
        user = [f if f.key in _BLOCK_OF else f._replace(key=_user_key(f.key)) for f in body]
        texts.append(kvn_text([*head, *user]))
    return "\n".join(texts)


def write_omm_xml(table: ElementTable, *, created_tai_ns: int | None = None, originator: str = "") -> str:
    """Write every element set as an OMM in XML; parameters and raises as :func:`write_omm_kvn`.

    One element set is an ``omm``, any other number a combined message (``ndm``).
    """
    combined = len(table) != 1
    lines = [DECLARATION]
    if combined:
        lines.append(f"<ndm {SCHEMA}>\n")
    depth = int(combined)
    for version, comments, blocks in _messages(table, created_tai_ns, originator):
        pad, schema = INDENT * depth, "" if combined else f"{SCHEMA} "
        lines.append(f'{pad}<omm {schema}id="{VERSION_KEY}" version="{escaped(version)}">\n')
        lines.append(f"{pad}{INDENT}<header>\n")
        lines += [xml_line(depth + 2, COMMENT, text) for text in comments]
        lines += [xml_line(depth + 2, key, text) for key, text in blocks["header"]]
        lines.append(f"{pad}{INDENT}</header>\n{pad}{INDENT}<body>\n{pad}{INDENT * 2}<segment>\n")
        _xml_block("metadata", blocks["metadata"], depth + 3, lines)
        lines.append(f"{pad}{INDENT * 3}<data>\n")
        for block, items in blocks.items():
            if block not in ("header", "metadata") and items:
                _xml_block(block, items, depth + 4, lines)
        lines.append(
            f"{pad}{INDENT * 3}</data>\n{pad}{INDENT * 2}</segment>\n{pad}{INDENT}</body>\n{pad}</omm>\n"
        )
    if combined:
        lines.append("</ndm>\n")
    return "".join(lines)


def _xml_block(block: str, items: Sequence[tuple[str, str]], depth: int, lines: list[str]) -> None:
    lines.append(f"{INDENT * depth}<{block}>\n")
    for key, text in items:
        if block == _USER_BLOCK:
            name = _user_key(key).removeprefix(f"{USER_DEFINED}_")
            start = f'<{USER_DEFINED} parameter="{escaped(name)}">'
            lines.append(f"{INDENT * (depth + 1)}{start}{escaped(text)}</{USER_DEFINED}>\n")
        else:
            lines.append(xml_line(depth + 1, key, text))
    lines.append(f"{INDENT * depth}</{block}>\n")


def _user_key(key: str) -> str:
    """Return the name under which a keyword that the standard does not have may be written."""
    name = re.sub(r"[^A-Z0-9_]", "_", key.upper())
    return name if name.startswith(f"{USER_DEFINED}_") else f"{USER_DEFINED}_{name}"


def _messages(
    table: ElementTable, created_tai_ns: int | None, originator: str
) -> Iterator[tuple[str, list[str], dict[str, list[tuple[str, str]]]]]:
    """Yield version, comments and the blocks of keyword and text of every element set."""
    created = "" if created_tai_ns is None else format_utc(created_tai_ns, decimals=0)[:-1]
    defaults = _DEFAULTS | {"CREATION_DATE": created, "ORIGINATOR": originator}
    columns = _columns(table)
    extra = [key for key in table.extra if key not in (VERSION_KEY, COMMENT)]
    order = [key for keys in _BLOCKS.values() for key in keys if key in columns or key in defaults]
    order += [key for key in extra if key not in _BLOCK_OF]
    steps = [(key, _BLOCK_OF.get(key, _USER_BLOCK), columns.get(key), defaults.get(key)) for key in order]
    _refuse_unwritable(columns)
    versions: Sequence[str | None] = table.extra.get(VERSION_KEY, [None] * len(table))
    all_comments: Sequence[str | None] = table.extra.get(COMMENT, [None] * len(table))
    for i in range(len(table)):
        blocks: dict[str, list[tuple[str, str]]] = {block: [] for block in (*_BLOCKS, _USER_BLOCK)}
        for key, block, column, default in steps:
            text = column[i] if column is not None else None
            text = default if text is None else text
            if text is not None:
                blocks[block].append((key, one_line(text)))
        _leave_out_what_excludes_itself(blocks)
        comments = [one_line(text) for text in (all_comments[i] or "").split("\n")] if all_comments[i] else []
        yield versions[i] or _version_needed(blocks), comments, blocks


def _refuse_unwritable(columns: dict[str, Sequence[str | None]]) -> None:
    """Raise for a text that would break the message it is written to."""
    for key, column in columns.items():
        refuse_control_characters("\n".join(filter(None, column)), key)


def _leave_out_what_excludes_itself(blocks: dict[str, list[tuple[str, str]]]) -> None:
    """Drop what the table cannot leave open: terms of SGP4 beside those of another theory."""
    given = {key for key, _ in blocks["tleParameters"]}
    excluded = {"BSTAR"} if "BTERM" in given else set()
    excluded |= {"MEAN_MOTION_DDOT"} if "AGOM" in given else set()
    if "NORAD_CAT_ID" not in given:
        excluded = given
    if excluded:
        blocks["tleParameters"] = [item for item in blocks["tleParameters"] if item[0] not in excluded]


def _version_needed(blocks: dict[str, list[tuple[str, str]]]) -> str:
    """Return the version of the standard that has all keywords of a message (those of SGP4-XP are 3.0)."""
    new = {"BTERM", "AGOM", "CLASSIFICATION", "MESSAGE_ID"}
    return "3.0" if any(key in new for items in blocks.values() for key, _ in items) else "2.0"


def _columns(table: ElementTable) -> dict[str, Sequence[str | None]]:
    """Return the text of every column by keyword; None where a value is not there."""
    columns: dict[str, Sequence[str | None]] = dict(table.extra)
    for key in _TABLE_KEYS:
        if key == "EPOCH":
            columns[key] = texts_from_epochs(table.epoch_tai_ns)
        elif key in FLOAT_COLUMNS:
            values = getattr(table, FLOAT_COLUMNS[key])
            columns[key] = [None if math.isnan(v) else repr(v) for v in values.tolist()]
            infinite = np.flatnonzero(np.isinf(values))
            if infinite.size:
                raise FormatError(f"{key} is infinite", where=object_label(table, int(infinite[0])))
        elif key in INT_COLUMNS:
            values = getattr(table, INT_COLUMNS[key]).tolist()
            if key == "NORAD_CAT_ID":
                columns[key] = [str(v) if 1 <= v <= NORAD_MAX else None for v in values]
            else:
                columns[key] = [str(v) for v in values]
        else:
            columns[key] = getattr(table, TEXT_COLUMNS[key]).tolist()
    return columns
