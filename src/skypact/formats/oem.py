"""Orbit ephemeris messages: bytes to values, values to text.

``read_oem`` takes a file in KVN or XML, plain, gzip or zip; ``write_oem_kvn`` and ``write_oem_xml`` write the
order and units of CCSDS 502.0-B-3.
"""

from __future__ import annotations

from skypact.formats.detect import Kind, detect, refuse_other
from skypact.formats.kvn import kvn_lines
from skypact.formats.oem_fields import OemReader
from skypact.formats.oem_kvn import read_oem_kvn
from skypact.formats.oem_values import Oem, OemSegment
from skypact.formats.oem_write import write_oem_kvn, write_oem_xml
from skypact.formats.oem_xml import read_oem_xml
from skypact.formats.reading import RawInput, ReadReport, unpack
from skypact.formats.xml import looks_like_xml, messages_of, read_xml

__all__ = ["Oem", "OemSegment", "read_oem", "read_oems", "write_oem_kvn", "write_oem_xml"]


def read_oem(raw: RawInput, *, strict: bool = False) -> tuple[Oem, ReadReport]:
    """Read the ephemeris of a file.

    Parameters
    ----------
    raw
        KVN or XML; of a combined message or an archive the first ephemeris, further ones are named in the
        report.
    strict
        Refuse a message with unknown keywords.

    Returns
    -------
    The message, and what was tolerated.

    Raises
    ------
    FormatError
        For a bad date, a missing or non-numeric value that the standard demands, a broken structure: file,
        line, field and reason.
    UnsupportedError
        For another kind of message.
    """
    oems, report = read_oems(raw, strict=strict)
    for _ in oems[1:]:
        report.warnings.append(f"{raw.name}: a further ephemeris in the same file was not taken")
    return oems[0], report


def read_oems(raw: RawInput, *, strict: bool = False) -> tuple[list[Oem], ReadReport]:
    """Read every ephemeris of a file (archives and combined messages hold several); as :func:`read_oem`."""
    report = ReadReport()
    oems: list[Oem] = []
    for part in unpack(raw):
        kind = detect(part)
        reader = OemReader(part, report, strict)
        if kind is Kind.OEM_KVN:
            oems.append(read_oem_kvn(reader, kvn_lines(part)))
            continue
        roots = read_xml(part) if kind is not Kind.HTML and looks_like_xml(part) else []
        found = [element for root in roots for element in messages_of(root, "oem")]
        if not found:
            raise refuse_other(kind, "an orbit ephemeris", part.name)
        oems.extend(read_oem_xml(reader, element) for element in found)
        others = sorted({c.tag for root in roots if root.tag == "ndm" for c in root.children})
        for tag in others:
            if tag not in ("oem", "COMMENT", "MESSAGE_ID"):
                report.warnings.append(f"{part.name}: {tag} in the same file was not read")
    if not oems:
        raise refuse_other(Kind.UNKNOWN, "an orbit ephemeris", raw.name)
    report.accepted = len(oems)
    return oems, report
