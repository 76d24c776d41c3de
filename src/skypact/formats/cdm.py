"""Conjunction data messages: bytes to values, values to text.

``read_cdms`` takes any file with one or more CDMs: KVN, XML or JSON, plain, gzip or zip, one after the other.
Read are CCSDS 508.0-B-1 and the draft of version 2.0 as publicly described (508.0-P-1.1). ``write_cdm_kvn``,
``write_cdm_xml`` and ``write_cdm_json`` write the order and units of the standard; the digits of every number
that was not changed stay as received.
"""

from __future__ import annotations

from collections.abc import Iterator

from skypact.errors import InputError, UnsupportedError
from skypact.formats.cdm_fields import CdmReader
from skypact.formats.cdm_json import cdm_objects, fields_of_json, json_value
from skypact.formats.cdm_public import read_cdm_public
from skypact.formats.cdm_text import write_cdm_json, write_cdm_kvn, write_cdm_xml
from skypact.formats.cdm_values import Cdm, CdmObject, CdmSummary, DensitySensitivity
from skypact.formats.cdm_xml import fields_of_cdm
from skypact.formats.detect import Kind, detect, refuse_other
from skypact.formats.fields import Field
from skypact.formats.kvn import kvn_lines, read_kvn, split_messages
from skypact.formats.reading import RawInput, ReadReport, Rejection, unpack
from skypact.formats.xml import looks_like_xml, messages_of, read_xml

__all__ = [
    "Cdm",
    "CdmObject",
    "CdmSummary",
    "DensitySensitivity",
    "read_cdm_public",
    "read_cdms",
    "write_cdm_json",
    "write_cdm_kvn",
    "write_cdm_xml",
]


def read_cdms(raw: RawInput, *, strict: bool = False) -> tuple[list[Cdm], ReadReport]:
    """Read every CDM of a file.

    Parameters
    ----------
    raw
        KVN, XML or JSON; one or several messages one after the other or combined; gzip and zip are unpacked.
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
    UnsupportedError
        For another kind of message, and for lists of conjunctions without states (``cdm_public``).
    """
    report = ReadReport()
    cdms: list[Cdm] = []
    first_error: InputError | None = None
    for part in unpack(raw):
        try:
            for line, reader, fields in _messages(part, report, strict):
                try:
                    cdms.append(reader.build(list(fields)))
                except InputError as error:
                    first_error = first_error or error
                    report.rejected.append(Rejection(line, error.where, error.what))
        except InputError as error:
            first_error = first_error or error
            report.rejected.append(Rejection(0, error.where, error.what))
    if not cdms:
        raise first_error or refuse_other(Kind.UNKNOWN, "a conjunction data message", raw.name)
    report.accepted = len(cdms)
    return cdms, report


def _messages(
    part: RawInput, report: ReadReport, strict: bool
) -> Iterator[tuple[int, CdmReader, Iterator[Field]]]:
    """Yield the line, a reader and the fields of every message of one file."""
    kind = detect(part)
    if kind is Kind.CDM_KVN:
        for number, lines in split_messages(kvn_lines(part), "CCSDS_CDM_VERS"):
            yield number, CdmReader(part, report, strict), read_kvn(part, lines, number)
    elif kind is Kind.CDM_JSON:
        messages = list(cdm_objects(json_value(part)))
        for number, members in enumerate(messages, 1):
            name = part.name if len(messages) == 1 else f"{part.name}: message {number}"
            reader = CdmReader(RawInput(name, b""), report, strict)
            yield number, reader, fields_of_json(members, name)
    elif kind is Kind.CDM_PUBLIC:
        raise UnsupportedError(
            "a list of conjunctions without states (cdm_public): only a history can be made of it",
            where=part.name,
            remedy="ask the owner for the full CDM",
        )
    else:
        roots = read_xml(part) if kind is not Kind.HTML and looks_like_xml(part) else []
        found = [element for root in roots for element in messages_of(root, "cdm")]
        if not found:
            raise refuse_other(kind, "a conjunction data message", part.name)
        for element in found:
            yield element.line, CdmReader(part, report, strict), iter(fields_of_cdm(element))
