"""From the fields, rows and matrices of an OEM, in KVN or XML, to checked values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skypact.astro.timescales import TimeScale, parse_time, parse_time_array, parse_utc
from skypact.errors import FormatError
from skypact.formats.columns import floats_from_texts
from skypact.formats.fields import COMMENT, Field
from skypact.formats.oem_values import TIME_SYSTEMS, Floats, Ints, Oem, OemSegment
from skypact.formats.reading import RawInput, ReadReport

HEADER_KEYS = ("CCSDS_OEM_VERS", "CLASSIFICATION", "CREATION_DATE", "ORIGINATOR", "MESSAGE_ID")
METADATA_KEYS = (
    "OBJECT_NAME",
    "OBJECT_ID",
    "CENTER_NAME",
    "REF_FRAME",
    "REF_FRAME_EPOCH",
    "TIME_SYSTEM",
    "START_TIME",
    "USEABLE_START_TIME",
    "USEABLE_STOP_TIME",
    "STOP_TIME",
    "INTERPOLATION",
    "INTERPOLATION_DEGREE",
)
DEMANDED = ("OBJECT_NAME", "OBJECT_ID", "CENTER_NAME", "REF_FRAME", "TIME_SYSTEM", "START_TIME", "STOP_TIME")
COVARIANCE_KEYS = ("EPOCH", "COV_REF_FRAME")
_AXES = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
MATRIX_KEYS = tuple(f"C{_AXES[i]}_{_AXES[j]}" for i in range(6) for j in range(i + 1))
"""XML names of the 21 elements of the lower triangle, row by row."""
STATE_KEYS = ("EPOCH", *_AXES, "X_DDOT", "Y_DDOT", "Z_DDOT")
ROW_LENGTHS = (7, 10)
"""An epoch, position and velocity, and perhaps acceleration."""
_TRIANGLE_SIZE = 21
_TRIANGLE = np.tril_indices(6)


@dataclass
class CovarianceText:
    """One covariance matrix as text: its keywords, and the 21 numbers with the line of each."""

    fields: list[Field] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


@dataclass
class SegmentText:
    """One segment as text, as either notation delivers it."""

    line: int
    metadata: list[Field] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    row_lines: list[int] = field(default_factory=list)
    comments: list[tuple[int, str]] = field(default_factory=list)
    covariances: list[CovarianceText] = field(default_factory=list)
    behind: list[Field] = field(default_factory=list)
    """Comments behind the last covariance matrix."""


class OemReader:
    """Builds the message; keeps what error messages need: the input, the report, strictness."""

    def __init__(self, raw: RawInput, report: ReadReport, strict: bool) -> None:
        self.raw = raw
        self.report = report
        self.strict = strict

    def fail(self, what: str, line: int, key: str = "", remedy: str = "") -> FormatError:
        """Return the error for a line or field."""
        return FormatError(what, where=self.raw.at(line, key), remedy=remedy)

    def warn(self, what: str, line: int, key: str = "") -> None:
        """Note what was tolerated."""
        self.report.warnings.append(f"{self.raw.at(line, key)}: {what}")

    def unknown(self, key: str, line: int) -> None:
        """Count a keyword that is not of the standard; refuse it where strict."""
        if self.strict:
            raise self.fail("unknown keyword", line, key, "leave out --strict to keep it")
        self.report.unknown_keys[key] += 1

    def message(self, header: Sequence[Field], segments: Sequence[SegmentText]) -> Oem:
        """Return the message of a header and its segments.

        Raises
        ------
        FormatError
            For a missing or unreadable value that the standard demands, a bad date, a broken structure,
            segments in different time systems; where strict also for an unknown keyword.
        """
        values = self._texts(header, HEADER_KEYS)
        for key in ("CCSDS_OEM_VERS", "CREATION_DATE", "ORIGINATOR"):
            if key not in values or not values[key].text:
                self.warn("missing from the header", header[0].line if header else 0, key)
        creation = values.get("CREATION_DATE")
        if not segments:
            raise self.fail("no segment with states in it", header[-1].line if header else 0, "META_START")
        built = []
        for segment in segments:
            built.append(self._segment(segment))
            if built[-1].time_system.upper() != built[0].time_system.upper():
                line = next(f.line for f in segment.metadata if f.key == "TIME_SYSTEM")
                raise self.fail(
                    f"{built[-1].time_system}, but the first segment is in {built[0].time_system}",
                    line,
                    "TIME_SYSTEM",
                )

        def text(key: str) -> str:
            return values[key].text if key in values else ""

        return Oem(
            segments=tuple(built),
            originator=text("ORIGINATOR"),
            creation_tai_ns=(
                parse_utc(creation.text, where=self.raw.at(creation.line, "CREATION_DATE"))
                if creation is not None and creation.text
                else None
            ),
            message_id=text("MESSAGE_ID"),
            classification=text("CLASSIFICATION"),
            version=text("CCSDS_OEM_VERS") or "2.0",
            fields=tuple(header),
        )

    def _texts(self, fields: Sequence[Field], known: Sequence[str]) -> dict[str, Field]:
        values: dict[str, Field] = {}
        for item in fields:
            if item.key == COMMENT:
                continue
            if item.key not in known:
                self.unknown(item.key, item.line)
            elif item.key in values:
                raise self.fail("given twice", item.line, item.key)
            else:
                values[item.key] = item
        return values

    def _segment(self, text: SegmentText) -> OemSegment:
        values = self._texts(text.metadata, METADATA_KEYS)
        for key in DEMANDED:
            if key not in values:
                raise self.fail("missing, the standard demands it", text.line, key)
            if not values[key].text:
                if key != "OBJECT_ID":
                    raise self.fail("no value, the standard demands one", values[key].line, key)
                self.warn("empty", values[key].line, key)
        system = values["TIME_SYSTEM"].text
        scale = TIME_SYSTEMS.get(system.upper())
        if scale is None:
            self.warn(
                f"{system} cannot be related to UTC; epochs are kept on its own clock",
                values["TIME_SYSTEM"].line,
                "TIME_SYSTEM",
            )
            scale = TimeScale.TAI
        times = {key: self._time(values.get(key), scale) for key in METADATA_KEYS if key.endswith("_TIME")}
        start, stop = times["START_TIME"], times["STOP_TIME"]
        if start is None or stop is None or start > stop:
            raise self.fail("STOP_TIME is before START_TIME", values["STOP_TIME"].line, "STOP_TIME")
        epochs, states = self._states(text, scale)
        acceleration = states[:, 6:9]
        covariance_epochs, matrices, frames = self._covariances(text, scale)
        if epochs[0] < start or epochs[-1] > stop:
            self.warn("states outside START_TIME to STOP_TIME", text.line, "START_TIME")
        return OemSegment(
            object_name=values["OBJECT_NAME"].text,
            object_id=values["OBJECT_ID"].text,
            center_name=values["CENTER_NAME"].text,
            ref_frame=values["REF_FRAME"].text,
            time_system=system,
            start_ns=start,
            stop_ns=stop,
            epoch_ns=epochs,
            position_km=np.ascontiguousarray(states[:, 0:3]),
            velocity_km_s=np.ascontiguousarray(states[:, 3:6]),
            acceleration_km_s2=np.ascontiguousarray(acceleration) if acceleration.size else None,
            useable_start_ns=times["USEABLE_START_TIME"],
            useable_stop_ns=times["USEABLE_STOP_TIME"],
            ref_frame_epoch_ns=self._time(values.get("REF_FRAME_EPOCH"), scale),
            interpolation=values["INTERPOLATION"].text if "INTERPOLATION" in values else "",
            interpolation_degree=self._degree(values.get("INTERPOLATION_DEGREE")),
            covariance_epoch_ns=covariance_epochs,
            covariance_km2=matrices,
            covariance_frames=frames,
            fields=tuple(text.metadata),
            comments=tuple(text.comments),
            covariance_fields=(*(tuple(c.fields) for c in text.covariances), tuple(text.behind)),
        )

    def _time(self, item: Field | None, scale: TimeScale) -> int | None:
        if item is None or not item.text:
            return None
        return parse_time(item.text, scale, where=self.raw.at(item.line, item.key))

    def _degree(self, item: Field | None) -> int | None:
        if item is None or not item.text:
            return None
        if not item.text.isdecimal() or not item.text.isascii():
            raise self.fail(f"'{item.text[:20]}' is not a whole number", item.line, item.key)
        return int(item.text[:9])

    def _states(self, text: SegmentText, scale: TimeScale) -> tuple[Ints, Floats]:
        """Return epochs, shape (k,), and states, shape (k, 6) or (k, 9), NaN for missing accelerations."""
        rows, lines = text.rows, text.row_lines
        if not rows:
            raise self.fail("a segment without states", text.line, "META_START")
        for row, line in zip(rows, lines, strict=True):
            if len(row) not in ROW_LENGTHS:
                raise self.fail(
                    f"a state has an epoch and 6 or 9 numbers, found {len(row)} words", line, "state"
                )
        width = max(map(len, rows))
        counts = np.array([len(row) - 1 for row in rows])
        flat, problems = floats_from_texts([word for row in rows for word in row[1:]])
        flat_lines = np.repeat(np.array(lines), counts) if problems or not np.isfinite(flat).all() else None
        if flat_lines is not None:
            index, reason = next(iter(problems.items()), (int(np.argmin(np.isfinite(flat))), "not finite"))
            raise self.fail(reason, int(flat_lines[index]), "state")
        states = np.full((len(rows), width - 1), math.nan)
        states[np.arange(width - 1) < counts[:, None]] = flat
        epochs = self._epochs([row[0] for row in rows], lines, scale)
        backward = np.flatnonzero(np.diff(epochs) <= 0)
        if backward.size:
            self.warn("epoch not after the one before", lines[int(backward[0]) + 1], "EPOCH")
        return epochs, states

    def _epochs(self, texts: list[str], lines: list[int], scale: TimeScale) -> Ints:
        try:
            return parse_time_array(texts, scale)
        except FormatError:
            for epoch, line in zip(texts, lines, strict=True):
                parse_time(epoch, scale, where=self.raw.at(line, "EPOCH"))
            raise

    def _covariances(self, text: SegmentText, scale: TimeScale) -> tuple[Ints, Floats, tuple[str, ...]]:
        epochs: list[int] = []
        frames: list[str] = []
        matrices = np.zeros((len(text.covariances), 6, 6))
        for matrix, covariance in zip(matrices, text.covariances, strict=True):
            values = self._texts(covariance.fields, COVARIANCE_KEYS)
            line = covariance.lines[0] if covariance.lines else text.line
            epoch = self._time(values.get("EPOCH"), scale)
            if epoch is None:
                raise self.fail("a covariance without epoch", line, "EPOCH")
            numbers, problems = floats_from_texts(covariance.numbers)
            if len(numbers) != _TRIANGLE_SIZE:
                raise self.fail(
                    f"a covariance has {_TRIANGLE_SIZE} numbers, found {len(numbers)}", line, "covariance"
                )
            bad: Any = next(iter(problems), None)
            if bad is not None or not np.isfinite(numbers).all():
                bad = int(np.argmin(np.isfinite(numbers))) if bad is None else bad
                raise self.fail(problems.get(bad, "not finite"), covariance.lines[bad], MATRIX_KEYS[bad])
            matrix[_TRIANGLE] = numbers
            matrix.T[_TRIANGLE] = numbers
            negative = np.flatnonzero(np.diag(matrix) < 0)
            if negative.size:
                raise self.fail(
                    f"{matrix[negative[0], negative[0]]}, a variance must be >= 0", line, "covariance"
                )
            epochs.append(epoch)
            frames.append(values["COV_REF_FRAME"].text if "COV_REF_FRAME" in values else "")
        return np.array(epochs, dtype=np.int64), matrices, tuple(frames)
