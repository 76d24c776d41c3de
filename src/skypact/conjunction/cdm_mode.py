"""The data mode that skypact writes into the CDMs it makes, and reads in those it gets."""

from __future__ import annotations

from skypact.formats.cdm_values import Cdm
from skypact.formats.fields import COMMENT
from skypact.records import DataMode

MARK = "DATA_MODE = "
"""Begin of the comment; CDMs have no keyword for it. Without the comment a message is REAL."""


def mode_of(cdm: Cdm) -> DataMode:
    """Return the data mode that a message is marked with; REAL where it is not marked.

    A mark that is no known mode counts as SIMULATED: whoever marked it said that it is not real.
    """
    for field in (*cdm.fields, *(f for item in cdm.objects for f in item.fields)):
        if field.key == COMMENT and field.text.upper().startswith(MARK):
            word = field.text[len(MARK) :].strip().upper()
            return DataMode(word) if word in set(DataMode) else DataMode.SIMULATED
    return DataMode.REAL
