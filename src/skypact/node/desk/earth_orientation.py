"""Where Earth orientation comes from: the IERS files in ``astropy-iers-data``, and what the node fetched."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from skypact.astro.earth import EarthOrientation
from skypact.formats.iers import read_eop_c04, read_finals2000a
from skypact.formats.reading import RawInput

if TYPE_CHECKING:
    from skypact.node.desk.node_home import Node


@lru_cache(maxsize=1)
def packaged_earth_orientation() -> EarthOrientation:
    """Return EOP C04 from 1962 on, continued by finals2000A with its year of predictions (0.1 s to read)."""
    import astropy_iers_data

    measured = Path(astropy_iers_data.IERS_B_FILE)
    continued = Path(astropy_iers_data.IERS_A_FILE)
    first = read_eop_c04(RawInput("IERS EOP C04", measured.read_bytes()))
    return first.followed_by(read_finals2000a(RawInput("finals2000A", continued.read_bytes())))


def earth_orientation_of(node: Node) -> EarthOrientation:
    """Return the packaged table, continued by CelesTrak's file that the node holds, if that is newer."""
    from skypact.formats.environment import read_eop_csv
    from skypact.node.desk.sources import held_file

    table = packaged_earth_orientation()
    for name in ("celestrak/eop", "celestrak/eop-all"):
        held = held_file(node.settings, node.database, name)
        if held is not None:
            table = table.updated_by(read_eop_csv(held.raw)[0].orientation(f"CelesTrak {name}"))
    return table
