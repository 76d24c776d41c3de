"""What kind of file this is, told from its content alone."""

from __future__ import annotations

import re
from enum import StrEnum

from skypact.errors import UnsupportedError
from skypact.formats.reading import RawInput, unpack

HEAD_CHARACTERS = 65_536
"""How much of a file is looked at."""


class Kind(StrEnum):
    """Kinds of files that skypact knows by sight; those behind ``ITC`` are catalogs of other facts."""

    TLE = "tle"
    OMM_CSV = "omm-csv"
    OMM_JSON = "omm-json"
    OMM_XML = "omm-xml"
    OMM_KVN = "omm-kvn"
    CDM_KVN = "cdm-kvn"
    CDM_XML = "cdm-xml"
    CDM_JSON = "cdm-json"
    CDM_PUBLIC = "cdm-public"
    """Space-Track's list of conjunctions without states, JSON or CSV."""
    OEM_KVN = "oem-kvn"
    OEM_XML = "oem-xml"
    ITC = "itc"
    """Modified ITC: the operator ephemeris text of Starlink."""
    SATCAT = "satcat"
    EOP = "eop"
    SPACE_WEATHER = "space-weather"
    HARD_BODY_RADIUS = "hard-body-radius"
    SOCRATES = "socrates"
    SP3 = "sp3"
    OPM = "opm"
    OCM = "ocm"
    TDM = "tdm"
    RDM = "rdm"
    AEM = "aem"
    APM = "apm"
    ACM = "acm"
    HTML = "html"
    """An error page of a web server in place of data."""
    UNKNOWN = "unknown"


NOT_YET = frozenset({Kind.OPM, Kind.OCM, Kind.TDM, Kind.RDM, Kind.AEM, Kind.APM, Kind.ACM, Kind.SP3})
"""Known kinds that have no reader yet."""

_VALUES = frozenset(kind.value for kind in Kind)
_VERSION = re.compile(r"^\s*CCSDS_([A-Z]{3})_VERS\s*=", re.MULTILINE | re.IGNORECASE)
_KVN_HINTS = (
    (re.compile(r"^\s*(?:MEAN_MOTION|MEAN_ELEMENT_THEORY|NORAD_CAT_ID)\s*=", re.MULTILINE), Kind.OMM_KVN),
    (re.compile(r"^\s*(?:TCA|MISS_DISTANCE|OBJECT_DESIGNATOR)\s*=", re.MULTILINE), Kind.CDM_KVN),
    (re.compile(r"^\s*(?:START_TIME|USEABLE_START_TIME)\s*=", re.MULTILINE), Kind.OEM_KVN),
)
_ELEMENT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")
_TLE_LINE = re.compile(r"^1 [ 0-9A-Z]{5}[A-Z ] .{8} [ 0-9.]{14}", re.MULTILINE)
_ITC_HEAD = re.compile(r"^\s*(?:created|ephemeris_start)\s*[:=]", re.IGNORECASE | re.MULTILINE)
_ITC_STATE = re.compile(r"^\s*\d{13}(?:\.\d+)?(?:\s+[+-]?[\d.]+(?:[eE][+-]?\d+)?){6}\s*$", re.MULTILINE)
_SP3_HEAD = re.compile(r"#[a-d][PV]\d{4} ")


def detect(raw: RawInput) -> Kind:
    """Return the kind of a file; of an archive, that of its first member.

    Raises
    ------
    FormatError
        For an empty or binary input, or a damaged archive.
    """
    part = next(unpack(raw), None)
    if part is None:
        return Kind.UNKNOWN
    head = RawInput(part.name, part.data[: 4 * HEAD_CHARACTERS])
    return detect_text(_text_of(head)[:HEAD_CHARACTERS])


def _text_of(raw: RawInput) -> str:
    for start, encoding in ((b"\x00<", "utf-16-be"), (b"<\x00", "utf-16-le")):
        if raw.data.startswith(start):
            return raw.data.decode(encoding, errors="replace")
    return raw.text()


def detect_text(head: str) -> Kind:
    """Return the kind of a text from its beginning."""
    start = head.lstrip()
    if start[:1] in "{[":
        return _of_json(start)
    if start.startswith("<"):
        return _of_xml(start)
    version = _VERSION.search(head)
    if version is not None:
        return _ccsds(version.group(1).lower(), "kvn")
    if _SP3_HEAD.match(start):
        return Kind.SP3
    if _TLE_LINE.search(head):
        return Kind.TLE
    if _ITC_STATE.search(head) and (_ITC_HEAD.search(head) or "UVW" in head):
        return Kind.ITC
    for pattern, kind in _KVN_HINTS:
        if pattern.search(head):
            return kind
    return _of_csv(start.partition("\n")[0])


def _ccsds(message: str, notation: str) -> Kind:
    for name in (f"{message}-{notation}", message):
        if name in _VALUES:
            return Kind(name)
    return Kind.UNKNOWN


def _of_xml(start: str) -> Kind:
    """Return the kind of the first message that can be read, else of the first that is known."""
    known = Kind.UNKNOWN
    for match in _ELEMENT.finditer(start):
        name = match.group(1).lower()
        if name == "html":
            return Kind.HTML
        kind = _ccsds(name, "xml")
        if kind not in NOT_YET and kind is not Kind.UNKNOWN:
            return kind
        known = kind if known is Kind.UNKNOWN else known
    return Kind.HTML if start[:14].lower() == "<!doctype html" else known


def _of_json(start: str) -> Kind:
    keys = {key.upper() for key in re.findall(r'"([A-Za-z0-9_]+)"\s*:', start)}
    if keys & {"SAT1_CR_R", "SAT1_X", "SAT1_OBJECT_DESIGNATOR", "RELATIVEMETADATADATA", "CCSDS_CDM_VERS"}:
        return Kind.CDM_JSON
    if {"TCA", "MIN_RNG"} <= keys:
        return Kind.CDM_PUBLIC
    if keys & {"MEAN_MOTION", "MEAN_ANOMALY"}:
        return Kind.OMM_JSON
    return Kind.SATCAT if {"NORAD_CAT_ID", "LAUNCH"} <= keys else Kind.UNKNOWN


def _of_csv(line: str) -> Kind:
    names = {name.strip().strip('"').upper() for name in line.split(",")}
    for wanted, kind in (
        ({"TCA", "MIN_RNG"}, Kind.CDM_PUBLIC),
        ({"MEAN_MOTION", "ECCENTRICITY"}, Kind.OMM_CSV),
        ({"TCA", "TCA_RANGE"}, Kind.SOCRATES),
        ({"MJD", "X", "Y", "UT1-UTC"}, Kind.EOP),
        ({"F10.7_OBS", "DATE"}, Kind.SPACE_WEATHER),
        ({"NORAD_CAT_ID", "LAUNCH_DATE"}, Kind.SATCAT),
        ({"NORAD_CAT_ID", "LAUNCH"}, Kind.SATCAT),
    ):
        if wanted <= names:
            return kind
    if any("HBR" in name or name == "RADIUS_M" for name in names):
        return Kind.HARD_BODY_RADIUS
    return Kind.UNKNOWN


def refuse_other(kind: Kind, wanted: str, name: str) -> UnsupportedError:
    """Return the error for a file of another kind than the one asked for."""
    if kind in NOT_YET:
        return UnsupportedError(f"{kind.upper()} messages are not supported yet", where=name)
    if kind is Kind.HTML:
        return UnsupportedError(
            f"a web page, not {wanted}", where=name, remedy="the server answered with an error page"
        )
    what = "content of no known kind" if kind is Kind.UNKNOWN else f"a file of the kind {kind}"
    return UnsupportedError(f"{what}, not {wanted}", where=name)
