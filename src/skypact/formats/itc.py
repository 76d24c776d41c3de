"""Modified ITC: the ephemeris text with covariance that operators, Starlink above all, send and publish.

A header of a few lines, one word naming the frame of the covariances, then for every epoch a line
``yyyydddhhmmss.mmm x y z vx vy vz`` (UTC, km, km/s) and, with covariance, the 21 numbers of the lower
triangle row by row over three lines (km**2, km**2/s, km**2/s**2)::

    created:2031-03-10 20:32:53 UTC
    ephemeris_start:2031-03-10 20:16:42 UTC ephemeris_stop:2031-03-13 20:16:42 UTC step_size:60
    ephemeris_source:blend
    UVW
    2031069201642.000 2331.2 -3812.9 -5288.3 7.12 1.82 1.82
    5.0e-07 -4.0e-07 7.9e-07 -1.5e-10 2.2e-10 1.3e-06 8.6e-10
    ...

``UVW`` is radial, in-track, cross-track (RTN). The frame of the states stands only in the name of the file
(``MEME_99001_EXAMPLE-7_0692016_Operational_1457388000_UNCLASSIFIED.txt``: mean equator and mean equinox of
J2000, catalog number, name); without one it is EME2000. Source: Spaceflight Safety Handbook for Satellite
Operators (18 SDS / Space-Track), version 1.7, and the files that Starlink publishes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np

from skypact.astro.timescales import NS_PER_S, TimeScale, format_utc, parse_time, parse_time_array, parse_utc
from skypact.errors import FormatError
from skypact.formats.columns import floats_from_texts
from skypact.formats.detect import Kind, detect, refuse_other
from skypact.formats.fields import COMMENT, Field
from skypact.formats.kvn import kvn_lines, shorten
from skypact.formats.oem_values import Oem, OemSegment
from skypact.formats.oem_write import epoch_texts
from skypact.formats.reading import RawInput, ReadReport

HEADER_LINES_MAX = 20
"""Lines before the first state; four are usual."""
_PAIR = re.compile(
    r"(created|ephemeris_start|ephemeris_stop|step_size|ephemeris_source)\s*:\s*", re.IGNORECASE
)
_EPOCH = re.compile(r"(\d{4})(\d{3})(\d{2})(\d{2})(\d{2}(?:\.\d*)?)", re.ASCII)
_FILE_NAME = re.compile(
    r"(?:.*[/\\])?([A-Z0-9]+)_(\d{1,9})_(.+?)_\d{7}_[A-Za-z]+_\d*_?[A-Za-z]+\.txt(?:\.\w+)?"
)
_STATE_FRAMES = {"MEME": "EME2000", "EME2000": "EME2000", "J2000": "EME2000", "TEME": "TEME", "ITRF": "ITRF"}
_COVARIANCE_FRAMES = {"UVW": "RTN", "RTN": "RTN", "RIC": "RTN", "MEME": "EME2000", "J2000": "EME2000"}
_WORDS_OF_STATE = 7
_TRIANGLE_SIZE = 21
_TRIANGLE = np.tril_indices(6)
_NUMBERS_PER_LINE = 7


@dataclass
class _Text:
    """The lines of a file, sorted."""

    pairs: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    covariance_frame: str = ""
    epochs: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    covariances: list[list[str]] = field(default_factory=list)


def read_itc(raw: RawInput) -> tuple[Oem, ReadReport]:
    """Read a Modified ITC ephemeris, not packed.

    Returns
    -------
    The ephemeris as one segment in UTC around the Earth, OBJECT_ID being the catalog number of the file's
    name (empty without one); and the report.

    Raises
    ------
    FormatError
        For a bad epoch, a number that is none, an incomplete covariance: file, line and reason.
    UnsupportedError
        For another kind of file.
    """
    report = ReadReport()
    kind = detect(raw)
    if kind is not Kind.ITC:
        raise refuse_other(kind, "a Modified ITC ephemeris", raw.name)
    text = _sort(raw)
    epochs = _epochs(raw, text)
    states = _numbers(raw, text, text.states, 6).reshape(-1, 6)
    with_covariance, matrices = _covariances(raw, text, report)
    if np.any(np.diff(epochs) <= 0):
        report.warnings.append(f"{raw.name}: epochs do not increase")
    name = _FILE_NAME.fullmatch(raw.name)
    source = text.pairs.get("ephemeris_source", "")
    comments = [*text.others, *([f"ephemeris_source:{source}"] if source else [])]
    frame = _COVARIANCE_FRAMES.get(text.covariance_frame.upper(), text.covariance_frame)
    segment = OemSegment(
        object_name=name.group(3) if name else "UNKNOWN",
        object_id=str(int(name.group(2))) if name else "",
        center_name="EARTH",
        ref_frame=_STATE_FRAMES.get(name.group(1), "EME2000") if name else "EME2000",
        time_system="UTC",
        start_ns=min(_header_time(raw, text, "ephemeris_start", int(epochs[0])), int(epochs[0])),
        stop_ns=max(_header_time(raw, text, "ephemeris_stop", int(epochs[-1])), int(epochs[-1])),
        epoch_ns=epochs,
        position_km=np.ascontiguousarray(states[:, :3]),
        velocity_km_s=np.ascontiguousarray(states[:, 3:]),
        covariance_epoch_ns=epochs[with_covariance],
        covariance_km2=matrices,
        covariance_frames=(frame,) * len(with_covariance),
    )
    created = _header_time(raw, text, "created", -1)
    report.accepted = 1
    oem = Oem(
        segments=(segment,),
        creation_tai_ns=None if created == -1 else created,
        fields=tuple(Field(COMMENT, comment, block="header") for comment in comments),
    )
    return oem, report


def _covariances(
    raw: RawInput, text: _Text, report: ReadReport
) -> tuple[list[int], np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    """Return the states that have a covariance, by index, and the matrices, shape (c, 6, 6)."""
    with_covariance = [i for i, numbers in enumerate(text.covariances) if numbers]
    if with_covariance and len(with_covariance) < len(text.epochs):
        without = len(text.epochs) - len(with_covariance)
        report.warnings.append(f"{raw.name}: {without} of {len(text.epochs)} states have no covariance")
    for i in with_covariance:
        if len(text.covariances[i]) != _TRIANGLE_SIZE:
            raise FormatError(
                f"a covariance has {_TRIANGLE_SIZE} numbers, found {len(text.covariances[i])}",
                where=raw.at(text.lines[i], "covariance"),
            )
    flat = _numbers(raw, text, [n for i in with_covariance for n in text.covariances[i]], 0)
    matrices = np.zeros((len(with_covariance), 6, 6))
    triangles = flat.reshape(-1, _TRIANGLE_SIZE)
    matrices[:, _TRIANGLE[0], _TRIANGLE[1]] = triangles
    matrices[:, _TRIANGLE[1], _TRIANGLE[0]] = triangles
    negative = np.flatnonzero((np.diagonal(matrices, axis1=1, axis2=2) < 0).any(axis=1))
    if negative.size:
        line = text.lines[with_covariance[int(negative[0])]]
        raise FormatError("a variance must be >= 0", where=raw.at(line, "covariance"))
    return with_covariance, matrices


def _sort(raw: RawInput) -> _Text:
    text = _Text()
    for number, line in enumerate(kvn_lines(raw), 1):
        words = line.split()
        if not words:
            continue
        if len(words) == _WORDS_OF_STATE and _EPOCH.fullmatch(words[0]):
            text.epochs.append(words[0])
            text.lines.append(number)
            text.states.extend(words[1:])
            text.covariances.append([])
        elif text.epochs:
            text.covariances[-1].extend(words)
            if len(text.covariances[-1]) > _TRIANGLE_SIZE:
                raise FormatError(
                    f"more than {_TRIANGLE_SIZE} numbers in a covariance", where=raw.at(number, "covariance")
                )
        elif number > HEADER_LINES_MAX:
            raise FormatError(f"no state in the first {HEADER_LINES_MAX} lines", where=raw.at(number))
        else:
            _header_line(text, line.strip())
    if not text.epochs:
        raise FormatError("no state in it", where=raw.name)
    return text


def _header_line(text: _Text, line: str) -> None:
    marks = list(_PAIR.finditer(line))
    ends = [*(mark.start() for mark in marks[1:]), len(line)]
    for mark, end in zip(marks, ends):
        text.pairs[mark.group(1).lower()] = line[mark.end() : end].strip()
    if not marks and " " not in line and line.isalnum():
        text.covariance_frame = line
    elif not marks:
        text.others.append(line)


def _header_time(raw: RawInput, text: _Text, key: str, missing: int) -> int:
    value = text.pairs.get(key, "").removesuffix("UTC").strip()
    return parse_utc(value, where=raw.at(1, key)) if value else missing


def _epochs(raw: RawInput, text: _Text) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    iso = [_EPOCH.sub(r"\1-\2T\3:\4:\5", epoch) for epoch in text.epochs]
    try:
        return parse_time_array(iso, TimeScale.UTC)
    except FormatError:
        for epoch, line in zip(iso, text.lines, strict=True):
            parse_time(epoch, TimeScale.UTC, where=raw.at(line, "epoch"))
        raise


def _numbers(
    raw: RawInput, text: _Text, words: list[str], per_state: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Convert words to numbers; ``per_state`` of them belong to each state, 0 for covariances."""
    numbers, problems = floats_from_texts(words)
    bad = np.flatnonzero(~np.isfinite(numbers))
    if problems or bad.size:
        i = min([*problems, *bad.tolist()])
        line = text.lines[i // per_state] if per_state else _line_of(text, words[i])
        raise FormatError(problems.get(i, f"'{shorten(words[i])}' is not finite"), where=raw.at(line))
    return numbers


def _line_of(text: _Text, word: str) -> int:
    """Return the line of the state whose covariance holds a word."""
    return next(line for line, numbers in zip(text.lines, text.covariances, strict=True) if word in numbers)


def write_itc(oem: Oem) -> str:
    """Write an ephemeris of one segment as Modified ITC.

    Raises
    ------
    FormatError
        For several segments, another time system than UTC, another frame than EME2000, or covariances that
        are not in RTN at the epochs of all states.
    """
    if len(oem.segments) != 1:
        raise FormatError(f"{len(oem.segments)} segments, Modified ITC holds one", where="segment")
    (segment,) = oem.segments
    if segment.time_system.upper() != "UTC":
        raise FormatError(f"{segment.time_system}, Modified ITC is in UTC", where="TIME_SYSTEM")
    if _STATE_FRAMES.get(segment.ref_frame.upper()) != "EME2000":
        raise FormatError(f"{segment.ref_frame}, Modified ITC is written in EME2000", where="REF_FRAME")
    epochs = segment.epoch_tai_ns
    has_covariance = segment.covariance_epoch_ns.size > 0
    if has_covariance:
        if not np.array_equal(epochs, segment.covariance_epoch_ns):
            raise FormatError("covariances must be at the epochs of the states, all of them", where="EPOCH")
        if any(_COVARIANCE_FRAMES.get(frame.upper()) != "RTN" for frame in segment.covariance_frames):
            raise FormatError("Modified ITC is written with covariances in RTN", where="COV_REF_FRAME")
    lines = _header(oem, segment)
    lines.append("UVW")
    states = np.hstack([segment.position_km, segment.velocity_km_s]).tolist()
    triangles = segment.covariance_km2[:, _TRIANGLE[0], _TRIANGLE[1]].tolist()
    for i, (epoch, state) in enumerate(zip(_day_of_year(segment), states, strict=True)):
        lines.append(" ".join([epoch, *map(repr, state)]))
        if has_covariance:
            words = [*map(repr, triangles[i])]
            for first in range(0, _TRIANGLE_SIZE, _NUMBERS_PER_LINE):
                lines.append(" ".join(words[first : first + _NUMBERS_PER_LINE]))
    return "\n".join(lines) + "\n"


def _header(oem: Oem, segment: OemSegment) -> list[str]:
    def time(tai_ns: int) -> str:
        return format_utc(tai_ns, decimals=0)[:-1].replace("T", " ") + " UTC"

    steps = np.unique(np.diff(segment.epoch_tai_ns))
    step_s = int(steps[0]) / NS_PER_S if steps.size == 1 else 0.0
    step = f" step_size:{step_s:g}" if steps.size == 1 else ""
    source = "ephemeris_source:unknown"
    for comment in (f.text for f in oem.fields if f.key == COMMENT):
        source = comment if comment.startswith("ephemeris_source:") else source
    created = [] if oem.creation_tai_ns is None else [f"created:{time(oem.creation_tai_ns)}"]
    span = f"ephemeris_start:{time(segment.start_ns)} ephemeris_stop:{time(segment.stop_ns)}"
    return [*created, span + step, source]


def _day_of_year(segment: OemSegment) -> list[str]:
    """Return the epochs as ``yyyydddhhmmss.mmm``."""
    texts = epoch_texts(segment.epoch_ns, "UTC")
    days = np.array([text[:10] for text in texts], dtype="datetime64[D]")
    first = days.astype("datetime64[Y]").astype("datetime64[D]")
    numbers = ((days - first).astype(np.int64) + 1).tolist()
    return [f"{t[:4]}{n:03d}{t[11:13]}{t[14:16]}{t[17:]}" for t, n in zip(texts, numbers, strict=True)]
