"""OMM as JSON: CelesTrak's (numbers) and Space-Track's (everything as strings, further fields).

One object is one message, alone or in an array; white space does not matter. Both dialects of the same
object give equal rows.
"""

from __future__ import annotations

import json

from skypact.formats.elements import ElementTable
from skypact.formats.json_text import split_json
from skypact.formats.omm_fields import FLOAT_COLUMNS, INT_COLUMNS, table_from_columns, texts_from_table
from skypact.formats.reading import RawInput, ReadReport

_BARE = frozenset({*FLOAT_COLUMNS, *INT_COLUMNS})
"""Keywords written as JSON numbers; everything else is a string."""


def read_omm_json(raw: RawInput, *, any_theory: bool = False) -> tuple[ElementTable, ReadReport]:
    """Read OMM JSON; bad records become rejections with line, field and reason, the rest is kept in order.

    Parameters
    ----------
    raw
        The text, not packed.
    any_theory
        Also accept mean elements that SGP4 cannot propagate (for converting only).

    Raises
    ------
    FormatError
        If it is not JSON, is cut off, or holds a provider's message instead of data.
    """
    found = split_json(raw)
    table, report = table_from_columns(found.columns, found.lines, raw.name, any_theory=any_theory)
    report.rejected = sorted([*found.rejected, *report.rejected], key=lambda rejection: rejection.line)
    report.warnings.extend(found.warnings)
    return table, report


def write_omm_json(table: ElementTable) -> str:
    """Write an array of objects, one a line: CelesTrak's keywords and types, then the extra ones as strings.

    Reading it back gives the same numbers and texts.

    Raises
    ------
    FormatError
        For a value that no element set can have, or a text with a control character.
    """
    columns = texts_from_table(table)
    keys = [(json.dumps(key, ensure_ascii=False), key in _BARE) for key in columns]
    records = (
        ",".join(
            f"{key}:{text if bare else json.dumps(text, ensure_ascii=False)}"
            for (key, bare), text in zip(keys, row, strict=True)
        )
        for row in zip(*columns.values(), strict=True)
    )
    return "[" + ",\n".join(f"{{{record}}}" for record in records) + "]\n"
