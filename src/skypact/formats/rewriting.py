"""How a message that was read, and perhaps changed, becomes the fields that are written.

The text of every value stays as it was received unless the typed value says something else; what is new is
put where the standard wants it; comments stay before the keyword that they stood before, unknown keywords
behind the one that they followed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from skypact.formats.fields import COMMENT, Field

Rank = Callable[[Field], int | None]
"""Position of a keyword in the order of the standard; None for one that the standard does not have."""

NEW_LINE = 1 << 60
"""Sequence number of what was not in the message as received: behind everything of the same rank."""


def same_value(a: Any, b: Any) -> bool:
    """Say whether two typed values are the same; NaN is the same as NaN."""
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    return bool(a == b)


def merged(
    fields: Iterable[Field],
    values: Mapping[str, Any],
    parse: Callable[[Field], Any],
    text_of: Callable[[str, Any], str],
) -> list[Field]:
    """Return ``fields`` with the typed values that differ from their text put in, and missing ones added.

    Parameters
    ----------
    values
        The typed value of each keyword that has one; None leaves the keyword out.
    parse
        Returns the typed value of a field.
    text_of
        Writes a typed value of a keyword.
    """
    result: list[Field] = []
    seen: set[str] = set()
    for field in fields:
        if field.key == COMMENT or field.key not in values:
            result.append(field)
            continue
        seen.add(field.key)
        value = values[field.key]
        if same_value(parse(field), value):
            result.append(field)
        elif value is not None:
            result.append(field._replace(text=text_of(field.key, value), unit=""))
    for key, value in values.items():
        if key not in seen and value is not None:
            result.append(Field(key, text_of(key, value), line=NEW_LINE))
    return result


def in_order(fields: Iterable[Field], rank: Rank, rank_of_block: Callable[[str], int | None]) -> list[Field]:
    """Sort fields into the order of the standard, comments and unknown keywords with their neighbors.

    Parameters
    ----------
    rank_of_block
        Position of the first keyword of a block, for comments with no keyword behind them.
    """
    items = list(fields)
    ranks: list[int] = []
    current = 0
    for field in items:
        found = None if field.key == COMMENT else rank(field)
        current = current if found is None else found
        ranks.append(current)
    following: int | None = None
    for i in range(len(items) - 1, -1, -1):
        if items[i].line == NEW_LINE:
            continue
        if items[i].key != COMMENT:
            following = ranks[i]
        elif following is not None:
            ranks[i] = following
        else:
            of_block = rank_of_block(items[i].block)
            ranks[i] = ranks[i] if of_block is None else of_block
    order = sorted(range(len(items)), key=lambda i: (ranks[i], items[i].line == NEW_LINE, i))
    return [items[i] for i in order]
