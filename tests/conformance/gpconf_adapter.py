"""skypact behind the protocol of gpconf, the conformance kit for catalog numbers above 99,999.

gpconf hands over one file at a time and compares what comes back with values traced to the provider.
The adapter only renames: what skypact reads is returned, what it rejects is returned as a refusal with its
reason.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
from gpconf.runner import Unsupported

from skypact.astro.timescales import tai_ns_to_utc_ns
from skypact.errors import FormatError
from skypact.formats.alpha5 import decode_alpha5, encode_alpha5
from skypact.formats.elements import ElementTable
from skypact.formats.omm_csv import read_omm_csv
from skypact.formats.omm_fields import CELESTRAK_ORDER, table_from_fields
from skypact.formats.omm_json import read_omm_json
from skypact.formats.omm_messages import read_omm_kvn, read_omm_xml
from skypact.formats.reading import RawInput, ReadReport, Rejection
from skypact.formats.tle import read_tle, write_3le
from skypact.formats.tle_lines import full_year

READERS: dict[str, Callable[[RawInput], tuple[ElementTable, ReadReport]]] = {
    "tle": read_tle,
    "2le": read_tle,
    "csv": read_omm_csv,
    "json": read_omm_json,
    "xml": read_omm_xml,
    "kvn": partial(read_omm_kvn, any_theory=True),  # as `convert` reads: a number may be missing in a message
}
COLUMNS = {
    "norad_cat_id": "norad",
    "mean_motion": "mean_motion_rev_d",
    "eccentricity": "eccentricity",
    "inclination": "inclination_deg",
    "ra_of_asc_node": "raan_deg",
    "arg_of_pericenter": "arg_perigee_deg",
    "mean_anomaly": "mean_anomaly_deg",
    "bstar": "bstar_per_er",
    "mean_motion_dot": "mean_motion_dot_rev_d2",
    "mean_motion_ddot": "mean_motion_ddot_rev_d3",
    "object_name": "object_name",
    "classification_type": "classification",
    "ephemeris_type": "ephemeris_type",
    "element_set_no": "element_set_no",
    "rev_at_epoch": "rev_at_epoch",
}
ORBIT = {
    "EPOCH": "2026-01-01T00:00:00",
    "MEAN_MOTION": "15.0",
    "ECCENTRICITY": "0.001",
    "INCLINATION": "51.6",
    "RA_OF_ASC_NODE": "10.0",
    "ARG_OF_PERICENTER": "20.0",
    "MEAN_ANOMALY": "30.0",
    "BSTAR": "0.0001",
}
"""Any orbit, around the catalog number that is tried."""
TLE_PARAMETERS = ("norad_cat_id", "classification_type", "ephemeris_type", "element_set_no", "rev_at_epoch")
J2000 = datetime(2000, 1, 1, 12)


class Parser:
    """What gpconf calls."""

    def parse(self, raw: bytes, fmt: str) -> list[dict[str, Any]]:
        source = RawInput("gpconf", raw)
        if fmt not in READERS:
            raise Unsupported(fmt)
        table, report = READERS[fmt](source)
        return [
            {"_adapter": {"refusals": True}},
            *(record(table, i) for i in range(len(table))),
            *(refusal(rejection) for rejection in report.rejected),
        ]

    def write_tle(self, given: dict[str, Any]) -> str:
        fields = {
            keyword: None if given.get(keyword.lower()) is None else str(given[keyword.lower()])
            for keyword in CELESTRAK_ORDER
        }
        table, report = table_from_fields([fields], [1], "gpconf")
        if report.rejected:
            raise FormatError(report.rejected[0].reason)
        return write_3le(table)

    def alpha5_decode(self, field: str) -> int:
        return decode_alpha5(field)

    def alpha5_encode(self, norad: int) -> str:
        return encode_alpha5(norad)

    def two_digit_year(self, year: str) -> int:
        return full_year(int(year))

    def parse_epoch(self, text: str) -> datetime:
        raise Unsupported("skypact reads more forms than CCSDS allows: Space-Track writes a blank for the T")

    def parse_catalog_id(self, text: str) -> int:
        rows = [{"NORAD_CAT_ID": text, **ORBIT}]
        table, report = table_from_fields(rows, [1], "gpconf")
        if report.rejected:
            raise FormatError(report.rejected[0].reason)
        return int(table.norad[0])


def record(table: ElementTable, i: int) -> dict[str, Any]:
    values = {name: getattr(table, column)[i] for name, column in COLUMNS.items()}
    values = {name: v.item() if isinstance(v, np.generic) else v for name, v in values.items()}
    utc_ns = int(tai_ns_to_utc_ns(table.epoch_tai_ns[i]))
    values["epoch"] = J2000 + timedelta(microseconds=round(utc_ns / 1000))
    values["object_name"] = values["object_name"] or None
    values["object_id"] = table.object_id[i] or None
    if (
        values["norad_cat_id"] == 0
    ):  # an OMM without TLE parameters: the table holds the defaults of all of them
        for name in TLE_PARAMETERS:
            del values[name]
    for keyword in ("CENTER_NAME", "REF_FRAME", "TIME_SYSTEM", "MEAN_ELEMENT_THEORY"):
        if keyword in table.extra:
            values[keyword.lower()] = table.extra[keyword][i]
    return values


def refusal(rejection: Rejection) -> dict[str, Any]:
    reason = f"{rejection.field_name} {rejection.reason}".strip()
    return {"_refused": reason, "_field": str(rejection.norad or ""), "_input": rejection.text}
