"""Conjunction data messages: bytes to values.

``read_cdms`` takes any file with one or more CDMs, plain, gzip or zip, one after the other.
"""

from __future__ import annotations

from skypact.errors import FormatError, InputError, UnsupportedError
from skypact.formats.cdm_fields import CdmReader
from skypact.formats.cdm_values import Cdm, CdmObject, CdmSummary, DensitySensitivity
from skypact.formats.kvn import kvn_lines, read_kvn, split_messages
from skypact.formats.reading import RawInput, ReadReport, Rejection, unpack

__all__ = ["Cdm", "CdmObject", "CdmSummary", "DensitySensitivity", "read_cdms"]


def read_cdms(raw: RawInput, *, strict: bool = False) -> tuple[list[Cdm], ReadReport]:
    """Read every CDM of a file.

    Parameters
    ----------
    raw
        KVN; one or several messages one after the other; gzip and zip are unpacked.
    strict
        Refuse a message with unknown keywords.

    Returns
    -------
    The messages in the order of the file, and the report. Where a file holds several messages, bad ones are
    listed in ``report.rejected`` and the others returned.

    Raises
    ------
    FormatError
        Where no message is good: the reason of the first.
    """
    report = ReadReport()
    cdms: list[Cdm] = []
    first_error: InputError | None = None
    for part in unpack(raw):
        for number, lines in split_messages(kvn_lines(part), "CCSDS_CDM_VERS"):
            try:
                reader = CdmReader(part, report, strict)
                cdms.append(reader.build(list(read_kvn(part, lines, number))))
            except FormatError as error:
                first_error = first_error or error
                report.rejected.append(Rejection(number, error.where, error.what))
    if not cdms:
        raise first_error or UnsupportedError("no conjunction data message in it", where=raw.name)
    report.accepted = len(cdms)
    return cdms, report
