"""Orbit ephemeris messages: values to KVN and XML, in the order that the standard wants.

Numbers are written with the fewest digits that read back as the same double; epochs with 3, 6 or 9 decimals
as the segment needs. Keywords keep their text where the value was not changed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from skypact.astro.timescales import NS_PER_S, TimeScale, format_utc_array, from_tai_ns, parse_time, parse_utc
from skypact.errors import FormatError
from skypact.formats.fields import COMMENT, Field, one_line, refuse_control_characters
from skypact.formats.kvn import kvn_line
from skypact.formats.oem_fields import HEADER_KEYS, MATRIX_KEYS, METADATA_KEYS, STATE_KEYS
from skypact.formats.oem_values import TIME_SYSTEMS, Floats, Ints, Oem, OemSegment
from skypact.formats.rewriting import in_order, merged
from skypact.formats.xml import DECLARATION, INDENT, SCHEMA, escaped, xml_line

_NS_PER_MS = NS_PER_S // 1000
_NS_PER_US = NS_PER_S // 1_000_000
_J2000_IN_UNIX_NS = 946_728_000 * NS_PER_S
_TRIANGLE = np.tril_indices(6)
_UNITS = ("km",) * 3 + ("km/s",) * 3 + ("km/s**2",) * 3
_UNKNOWN_ORIGINATOR = "UNKNOWN"
"""What the header says where the sender is not known: the standard demands a word."""


def write_oem_kvn(oem: Oem) -> str:
    """Write an ephemeris as KVN.

    Raises
    ------
    FormatError
        Where a value is missing that the standard demands, or a number is not finite.
    """
    lines = [kvn_line(f) for f in _header(oem)]
    for segment in oem.segments:
        lines += ["", "META_START", *(kvn_line(f) for f in _metadata(segment)), "META_STOP", ""]
        comments = _comments_by_row(segment)
        for i, row in enumerate(_rows(segment)):
            lines += [kvn_line(Field(COMMENT, text)) for text in comments.get(i, ())]
            lines.append(" ".join(row))
        lines += [kvn_line(Field(COMMENT, text)) for text in comments.get(len(segment.epoch_ns), ())]
        if len(segment.covariance_epoch_ns):
            lines += ["", "COVARIANCE_START"]
            for fields, numbers in _covariances(segment):
                lines += [kvn_line(f) for f in fields]
                lines += [" ".join(numbers[i * (i + 1) // 2 : (i + 1) * (i + 2) // 2]) for i in range(6)]
            lines += [*(kvn_line(f) for f in _behind(segment)), "COVARIANCE_STOP"]
    return "\n".join(lines) + "\n"


def write_oem_xml(oem: Oem) -> str:
    """Write an ephemeris as XML; comments go where the schema allows them, before states and matrices.

    Raises
    ------
    FormatError
        As :func:`write_oem_kvn`.
    """
    header = _header(oem)
    version = header[0].text
    lines = [DECLARATION, f'<oem {SCHEMA} id="CCSDS_OEM_VERS" version="{escaped(version)}">\n']
    lines.append(f"{INDENT}<header>\n")
    lines += [xml_line(2, f.key, f.text) for f in header[1:]]
    lines += [f"{INDENT}</header>\n", f"{INDENT}<body>\n"]
    for segment in oem.segments:
        lines += [f"{INDENT * 2}<segment>\n", f"{INDENT * 3}<metadata>\n"]
        lines += [xml_line(4, f.key, f.text) for f in _metadata(segment)]
        lines += [f"{INDENT * 3}</metadata>\n", f"{INDENT * 3}<data>\n"]
        behind = _behind(segment)
        lines += [xml_line(4, COMMENT, one_line(text)) for _, text in segment.comments]
        lines += [xml_line(4, COMMENT, f.text) for f in behind if f.key == COMMENT]
        for row in _rows(segment):
            lines.append(f"{INDENT * 4}<stateVector>\n")
            lines.append(xml_line(5, "EPOCH", row[0]))
            lines += [xml_line(5, k, n, u) for k, n, u in zip(STATE_KEYS[1:], row[1:], _UNITS)]
            lines.append(f"{INDENT * 4}</stateVector>\n")
        for i, (fields, numbers) in enumerate(_covariances(segment), 1):
            left = [f for f in behind if f.key != COMMENT] if i == len(segment.covariance_epoch_ns) else []
            lines.append(f"{INDENT * 4}<covarianceMatrix>\n")
            lines += [xml_line(5, f.key, f.text) for f in (*fields, *left)]
            lines += [xml_line(5, key, number) for key, number in zip(MATRIX_KEYS, numbers, strict=True)]
            lines.append(f"{INDENT * 4}</covarianceMatrix>\n")
        lines += [f"{INDENT * 3}</data>\n", f"{INDENT * 2}</segment>\n"]
    lines += [f"{INDENT}</body>\n", "</oem>\n"]
    return "".join(lines)


def _header(oem: Oem) -> list[Field]:
    values: dict[str, Any] = {
        "CCSDS_OEM_VERS": oem.version,
        "CLASSIFICATION": oem.classification or None,
        "CREATION_DATE": oem.creation_tai_ns,
        "ORIGINATOR": oem.originator or _UNKNOWN_ORIGINATOR,
        "MESSAGE_ID": oem.message_id or None,
    }
    if oem.creation_tai_ns is None:
        raise FormatError("no value, the standard demands one to write an OEM", where="CREATION_DATE")

    def parse(field: Field) -> Any:
        return (
            (parse_utc(field.text) if field.text else None)
            if field.key == "CREATION_DATE"
            else field.text or None
        )

    def text_of(key: str, value: Any) -> str:
        return epoch_texts(np.array([value]), "UTC")[0] if key == "CREATION_DATE" else one_line(str(value))

    return _ordered(merged(oem.fields, values, parse, text_of), HEADER_KEYS, after=1)


def _metadata(segment: OemSegment) -> list[Field]:
    system = segment.time_system
    values: dict[str, Any] = {
        "OBJECT_NAME": segment.object_name,
        "OBJECT_ID": segment.object_id,
        "CENTER_NAME": segment.center_name,
        "REF_FRAME": segment.ref_frame,
        "REF_FRAME_EPOCH": segment.ref_frame_epoch_ns,
        "TIME_SYSTEM": system,
        "START_TIME": segment.start_ns,
        "USEABLE_START_TIME": segment.useable_start_ns,
        "USEABLE_STOP_TIME": segment.useable_stop_ns,
        "STOP_TIME": segment.stop_ns,
        "INTERPOLATION": segment.interpolation or None,
        "INTERPOLATION_DEGREE": segment.interpolation_degree,
    }
    for key in ("OBJECT_NAME", "CENTER_NAME", "REF_FRAME", "TIME_SYSTEM"):
        if not values[key]:
            raise FormatError("no value, the standard demands one to write an OEM", where=key)

    def parse(field: Field) -> Any:
        if isinstance(values[field.key], int) and field.text:
            return (
                int(field.text) if field.key == "INTERPOLATION_DEGREE" else _parse_epoch(field.text, system)
            )
        return field.text if field.key == "OBJECT_ID" else field.text or None

    def text_of(key: str, value: Any) -> str:
        if isinstance(value, int) and key != "INTERPOLATION_DEGREE":
            return epoch_texts(np.array([value]), system)[0]
        return one_line(str(value))

    return _ordered(merged(segment.fields, values, parse, text_of), METADATA_KEYS, after=0)


def _ordered(fields: list[Field], keys: tuple[str, ...], after: int) -> list[Field]:
    """Put keywords into the order of the standard; comments no further up than ``after`` keywords."""
    ranks = {key: i for i, key in enumerate(keys)}
    ordered = in_order(fields, lambda f: ranks.get(f.key), lambda _: after)
    first = [f for f in ordered if ranks.get(f.key, after) < after]
    rest = [f for f in ordered if ranks.get(f.key, after) >= after]
    result = [f._replace(text=one_line(f.text)) for f in (*first, *rest)]
    for field in result:
        refuse_control_characters(field.text, field.key)
    return result


def _parse_epoch(text: str, system: str) -> int:
    return parse_time(text, TIME_SYSTEMS.get(system.upper(), TimeScale.TAI))


def epoch_texts(epoch_ns: Ints, system: str) -> list[str]:
    """Write epochs of a segment (TAI ns, or a count where the time system is unknown) on its clock."""
    epochs = np.asarray(epoch_ns, dtype=np.int64)
    scale = TIME_SYSTEMS.get(system.upper(), TimeScale.TAI)
    count = epochs if scale is TimeScale.UTC else from_tai_ns(epochs, scale)
    decimals = 9 if np.any(count % _NS_PER_US) else 6 if np.any(count % _NS_PER_MS) else 3
    if scale is TimeScale.UTC:
        return [text[:-1] for text in format_utc_array(count, decimals=decimals).tolist()]
    seconds = count // NS_PER_S
    stamps = (seconds + _J2000_IN_UNIX_NS // NS_PER_S).astype("datetime64[s]")
    fractions = (count - seconds * NS_PER_S) // 10 ** (9 - decimals)
    texts = np.datetime_as_string(stamps, unit="s").tolist()
    return [
        f"{text}.{fraction:0{decimals}d}" for text, fraction in zip(texts, fractions.tolist(), strict=True)
    ]


def _rows(segment: OemSegment) -> Iterator[list[str]]:
    """Yield epoch and numbers of every state as text."""
    states = np.hstack([segment.position_km, segment.velocity_km_s])
    if not np.isfinite(states).all():
        i = int(np.flatnonzero(~np.isfinite(states).all(axis=1))[0])
        raise FormatError(f"state {i + 1} is not finite", where=segment.object_name)
    accelerations: Iterable[list[float]] = (
        [[]] * len(states) if segment.acceleration_km_s2 is None else segment.acceleration_km_s2.tolist()
    )
    epochs = epoch_texts(segment.epoch_ns, segment.time_system)
    for epoch, state, acceleration in zip(epochs, states.tolist(), accelerations, strict=True):
        row = [epoch, *map(repr, state)]
        if acceleration and not any(map(math.isnan, acceleration)):
            row += map(repr, acceleration)
        yield row


def _comments_by_row(segment: OemSegment) -> dict[int, list[str]]:
    rows: dict[int, list[str]] = {}
    for row, text in segment.comments:
        refuse_control_characters(text, COMMENT)
        rows.setdefault(min(row, len(segment.epoch_ns)), []).append(one_line(text))
    return rows


def _covariances(segment: OemSegment) -> Iterator[tuple[list[Field], list[str]]]:
    """Yield the keywords and the 21 numbers of every covariance matrix."""
    epochs = epoch_texts(segment.covariance_epoch_ns, segment.time_system)
    for i, matrix in enumerate(segment.covariance_km2):
        given = segment.covariance_fields[i] if i < len(segment.covariance_fields) else ()
        values: dict[str, Any] = {
            "EPOCH": int(segment.covariance_epoch_ns[i]),
            "COV_REF_FRAME": segment.covariance_frames[i] or None,
        }

        def parse(field: Field) -> Any:
            return (
                _parse_epoch(field.text, segment.time_system) if field.key == "EPOCH" else field.text or None
            )

        def text_of(key: str, value: Any, epoch: str = epochs[i]) -> str:
            return epoch if key == "EPOCH" else str(value)

        fields = merged(given, values, parse, text_of)
        order = {COMMENT: 0, "EPOCH": 1, "COV_REF_FRAME": 2}
        yield sorted(fields, key=lambda f: order.get(f.key, len(order))), _numbers(matrix, segment)


def _numbers(matrix: Floats, segment: OemSegment) -> list[str]:
    values = matrix[_TRIANGLE]
    if not np.isfinite(values).all():
        raise FormatError("a covariance is not finite", where=segment.object_name)
    return [repr(value) for value in values.tolist()]


def _behind(segment: OemSegment) -> tuple[Field, ...]:
    count = len(segment.covariance_epoch_ns)
    return segment.covariance_fields[count] if len(segment.covariance_fields) > count else ()
