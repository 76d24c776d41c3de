"""CelesTrak: which files there are, and where. No I/O.

Source: celestrak.org, documentation of GP data formats, supplemental GP and usage policy, as collected in
2026; data change no faster than every 2 h, SATCAT, Earth orientation and space weather daily. The five-year
files of the last two are taken, since the full ones hold 60 years that the node has already.
``SPECIAL=full-catalog`` is used in public but absent from the pages we have read; where CelesTrak refuses
it, set ``celestrak_files`` to groups, as ``gp-active gp-analyst gp-last-30-days``.
"""

from __future__ import annotations

import re

from skypact.errors import UsageError
from skypact.node.sources.answers import Content
from skypact.node.sources.files import DAY_S, HOUR_S, SourceFile
from skypact.node.sources.manners import Limit

SOURCE = "celestrak"
URL = "https://celestrak.org"
FULL_CATALOG = "gp-full-catalog"

LIMITS = (Limit(40, 60), Limit(80, HOUR_S))
"""Our own cap, enough for every file of the settings twice; CelesTrak states none for single files."""

GP_INTERVAL_S = 2 * HOUR_S
"""CelesTrak checks for new GP data every 2 h and refuses the same download inside them."""

_GP = "/NORAD/elements/gp.php"
_SUPGP = "/NORAD/elements/supplemental/sup-gp.php"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_DAILY = {
    "satcat": ("/pub/satcat.csv", Content.SATCAT_CSV),
    "eop": ("/SpaceData/EOP-Last5Years.csv", Content.EOP_CSV),
    "eop-all": ("/SpaceData/EOP-All.csv", Content.EOP_CSV),
    "space-weather": ("/SpaceData/SW-Last5Years.csv", Content.SPACE_WEATHER_CSV),
    "space-weather-all": ("/SpaceData/SW-All.csv", Content.SPACE_WEATHER_CSV),
}
ALL_YEARS_INTERVAL_S = 365 * DAY_S
"""The files of all years are for a first load."""


def celestrak_file(name: str) -> SourceFile:
    """Return the file of a name: ``gp-GROUP``, ``supgp-FILE``, ``satcat``, ``eop``, ``space-weather``.

    Raises
    ------
    UsageError
        For any other name.
    """
    kind, _, rest = name.partition("-")
    if name in _DAILY:
        path, content = _DAILY[name]
        interval_s = ALL_YEARS_INTERVAL_S if name.endswith("-all") else DAY_S
        catalog_source = SOURCE if name == "satcat" else ""
        return SourceFile(SOURCE, name, path, content, interval_s, catalog_source)
    if kind == "gp" and _NAME.fullmatch(rest):
        query = "SPECIAL=full-catalog" if name == FULL_CATALOG else f"GROUP={rest}"
        return SourceFile(SOURCE, name, f"{_GP}?{query}&FORMAT=csv", Content.GP_CSV, GP_INTERVAL_S, SOURCE)
    if kind == "supgp" and _NAME.fullmatch(rest):
        path = f"{_SUPGP}?FILE={rest}&FORMAT=csv"
        return SourceFile(SOURCE, name, path, Content.GP_CSV, GP_INTERVAL_S, f"{SOURCE}-supgp")
    raise UsageError(
        f"CelesTrak has no file '{name}'",
        where="celestrak_files",
        remedy=f"use {FULL_CATALOG}, gp-GROUP, supgp-FILE, {', '.join(_DAILY)}",
    )
