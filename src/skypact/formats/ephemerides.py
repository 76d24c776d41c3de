"""Any file of operators' ephemerides: OEM in KVN or XML, or Modified ITC, plain or in gzip or zip."""

from __future__ import annotations

from skypact.formats.detect import Kind, detect
from skypact.formats.itc import read_itc
from skypact.formats.oem import read_oems
from skypact.formats.oem_values import Oem
from skypact.formats.reading import RawInput, ReadReport, unpack


def read_ephemerides(raw: RawInput, *, strict: bool = False) -> tuple[list[Oem], ReadReport]:
    """Read every ephemeris of a file, by its content.

    Parameters
    ----------
    raw
        An archive may hold many files of either format.
    strict
        Refuse a message with unknown keywords.

    Returns
    -------
    The ephemerides in the order of the file, and what was tolerated.

    Raises
    ------
    FormatError
        For a broken ephemeris: file, line, field and reason.
    UnsupportedError
        For another kind of file.
    """
    report = ReadReport()
    oems: list[Oem] = []
    for part in unpack(raw):
        if detect(part) is Kind.ITC:
            oem, found = read_itc(part)
            oems.append(oem)
        else:
            several, found = read_oems(part, strict=strict)
            oems.extend(several)
        report.warnings += found.warnings
        report.unknown_keys.update(found.unknown_keys)
    report.accepted = len(oems)
    return oems, report
