"""Write the catalog in the formats of the field."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from skypact.catalog.regimes import orbit_shapes
from skypact.errors import FormatError, NotFoundError
from skypact.formats.alpha5 import ALPHA5_MAX
from skypact.formats.elements import ElementTable
from skypact.node.desk.catalog import CatalogView, nothing_known, object_history, view_catalog
from skypact.node.desk.catalog_load import MODE_KEYWORD
from skypact.node.desk.node_home import Node
from skypact.node.store.element_sets import read_extra
from skypact.records import DataMode


class ExportFormat(StrEnum):
    """Formats that the catalog is written in."""

    OMM_CSV = "omm-csv"
    OMM_JSON = "omm-json"
    TLE = "tle"
    THREE_LINE = "3le"


@dataclass(frozen=True)
class Export:
    """A catalog as text, and what had to be left out of it."""

    text: str
    written: int
    left_out: tuple[str, ...]


def export_catalog(
    node: Node,
    form: ExportFormat,
    *,
    as_of_tai_ns: int | None = None,
    norad: int | None = None,
    regime: str = "",
    source: str = "",
) -> Export:
    """Write the catalog at a time, or every element set of one object (``norad``).

    Element sets of a node that is not REAL carry the column DATA_MODE where the format has columns. TLE
    cannot hold catalog numbers above 339,999: these sets are left out and counted.

    Raises
    ------
    NotFoundError
        If there is nothing to write.
    FormatError
        If a set cannot be written in the format.
    """
    if norad is None:
        view = view_catalog(node, as_of_tai_ns=as_of_tai_ns)
        sets = view.sets.take(_wanted(view, regime, source))
        why = nothing_known(node, view)
    else:
        sets = object_history(node, norad, as_of_tai_ns=as_of_tai_ns)
        why = ""
    if not len(sets):
        raise NotFoundError(why or "no element set fits", remedy="see 'skypact catalog list'")
    table, left_out = sets.table, []
    if form in (ExportFormat.TLE, ExportFormat.THREE_LINE):
        if node.mode is not DataMode.REAL:
            left_out.append(f"the mark that this is {node.mode} data, which TLE has no place for")
        fits = table.norad <= ALPHA5_MAX
        if not fits.all():
            left_out.append(f"{int((~fits).sum())} objects with numbers above {ALPHA5_MAX}, which need OMM")
            table = table.take(fits)
    else:
        with node.database.read() as connection:
            extras = read_extra(connection, sets.set_id.tolist())
        keys = dict.fromkeys(key for extra in extras for key in extra)
        columns: dict[str, list[str | None]] = {key: [extra.get(key) for extra in extras] for key in keys}
        if node.mode is not DataMode.REAL:
            columns[MODE_KEYWORD] = [node.mode.value] * len(table)
        table = replace(table, extra=columns)
    return Export(_written(table, form), len(table), tuple(left_out))


def _wanted(view: CatalogView, regime: str, source: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    keep = np.ones(len(view), dtype=np.bool_)
    if regime:
        keep &= orbit_shapes(view.table).regime == regime.upper()
    if source:
        keep &= view.sets.source == source
    return np.flatnonzero(keep)


def _written(table: ElementTable, form: ExportFormat) -> str:
    from skypact.formats.omm_csv import write_omm_csv
    from skypact.formats.omm_json import write_omm_json
    from skypact.formats.tle import write_3le, write_tle

    if not len(table):
        raise FormatError("no element set can be written in this format", remedy="use --as omm-csv")
    writers = {
        ExportFormat.OMM_CSV: write_omm_csv,
        ExportFormat.OMM_JSON: write_omm_json,
        ExportFormat.TLE: write_tle,
        ExportFormat.THREE_LINE: write_3le,
    }
    return writers[form](table)
