"""OEM in keyword = value notation: lines to values."""

from __future__ import annotations

from skypact.errors import FormatError
from skypact.formats.fields import COMMENT, Field
from skypact.formats.kvn import parse_line, shorten
from skypact.formats.oem_fields import CovarianceText, OemReader, SegmentText
from skypact.formats.oem_values import Oem

_HEADER, _METADATA, _STATES, _COVARIANCE, _BEHIND = range(5)
_MATRIX_ROWS = 6


class _Lines:
    """Sorts the lines of one message into header, metadata, states and covariance matrices."""

    def __init__(self, reader: OemReader) -> None:
        self.reader = reader
        self.part = _HEADER
        self.header: list[Field] = []
        self.segments: list[SegmentText] = []
        self.matrix_rows = 0
        self.waiting: list[Field] = []
        """Comments that belong to the next covariance matrix."""

    def fail(self, what: str, line: int, key: str = "") -> FormatError:
        return self.reader.fail(what, line, key)

    def line(self, number: int, line: str) -> None:
        """Take one line that is not blank."""
        if self.part in (_STATES, _COVARIANCE) and line[0] in "0123456789+-.":
            self.numbers(number, line.split())
            return
        field = parse_line(line, number)
        if field is None:
            return
        if field.key == "":
            self.mark(field)
        elif field.key == COMMENT:
            self.comment(field)
        else:
            self.keyword(field)

    def mark(self, field: Field) -> None:
        """Take a line of one word that opens or closes a part."""
        following = {
            "META_START": ((_HEADER, _STATES, _BEHIND), _METADATA),
            "META_STOP": ((_METADATA,), _STATES),
            "COVARIANCE_START": ((_STATES, _BEHIND), _COVARIANCE),
            "COVARIANCE_STOP": ((_COVARIANCE,), _BEHIND),
        }.get(field.text)
        if following is None:
            raise self.fail(f"'{shorten(field.text)}' is no line of an OEM", field.line)
        allowed, part = following
        if self.part not in allowed:
            raise self.fail(f"{field.text} in the wrong place", field.line)
        if part == _METADATA:
            self.segments.append(SegmentText(field.line))
        elif part == _BEHIND:
            self.close_matrix(field.line)
            for left in self.waiting:
                if left.key != COMMENT:
                    self.reader.unknown(left.key, left.line)
            self.segments[-1].behind.extend(self.waiting)
            self.waiting = []
        elif part == _COVARIANCE:
            self.matrix_rows = _MATRIX_ROWS
        self.part = part

    def comment(self, field: Field) -> None:
        if self.part == _HEADER:
            self.header.append(field)
        elif self.part == _METADATA:
            self.segments[-1].metadata.append(field)
        elif self.part == _STATES:
            self.segments[-1].comments.append((len(self.segments[-1].rows), field.text))
        elif self.part == _COVARIANCE:
            inside = self.matrix_rows < _MATRIX_ROWS
            (self.segments[-1].covariances[-1].fields if inside else self.waiting).append(field)
        else:
            self.segments[-1].behind.append(field)

    def keyword(self, field: Field) -> None:
        if self.part == _HEADER:
            self.header.append(field)
        elif self.part == _METADATA:
            self.segments[-1].metadata.append(field)
        elif self.part == _COVARIANCE:
            if field.key == "EPOCH":
                self.close_matrix(field.line)
                self.matrix_rows = 0
                self.segments[-1].covariances.append(CovarianceText([*self.waiting]))
                self.waiting = []
            elif self.matrix_rows not in (0, _MATRIX_ROWS):
                raise self.fail("a keyword inside a covariance matrix", field.line, field.key)
            if self.matrix_rows == _MATRIX_ROWS:
                self.waiting.append(field)
            else:
                self.segments[-1].covariances[-1].fields.append(field)
        else:
            raise self.fail("a keyword outside header and metadata", field.line, field.key)

    def numbers(self, number: int, words: list[str]) -> None:
        """Take a state or a row of a covariance matrix."""
        segment = self.segments[-1]
        if self.part == _STATES:
            segment.rows.append(words)
            segment.row_lines.append(number)
            return
        if not segment.covariances or self.matrix_rows == _MATRIX_ROWS:
            what = (
                "more than 6 rows in a covariance matrix"
                if segment.covariances
                else "a covariance without EPOCH"
            )
            raise self.fail(what, number, "covariance")
        self.matrix_rows += 1
        if len(words) != self.matrix_rows:
            raise self.fail(
                f"row {self.matrix_rows} of a covariance matrix has {self.matrix_rows} numbers, "
                f"found {len(words)}",
                number,
                "covariance",
            )
        segment.covariances[-1].numbers.extend(words)
        segment.covariances[-1].lines.extend([number] * len(words))

    def close_matrix(self, line: int) -> None:
        if self.matrix_rows != _MATRIX_ROWS:
            raise self.fail(
                f"a covariance matrix has {_MATRIX_ROWS} rows, found {self.matrix_rows}", line, "covariance"
            )

    def message(self, last: int) -> Oem:
        if self.part in (_METADATA, _COVARIANCE):
            name = "META_STOP" if self.part == _METADATA else "COVARIANCE_STOP"
            raise self.fail(f"the message ends before {name}", last, name)
        return self.reader.message(self.header, self.segments)


def read_oem_kvn(reader: OemReader, lines: list[str], first: int = 1) -> Oem:
    """Return the message that stands in ``lines``, the first of which has the number ``first``."""
    sorter = _Lines(reader)
    for number, line in enumerate(lines, first):
        stripped = line.strip()
        if stripped:
            sorter.line(number, stripped)
    return sorter.message(first + len(lines) - 1)
