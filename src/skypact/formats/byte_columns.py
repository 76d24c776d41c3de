"""Columns of text that are still bytes of the file: numbers and times read in bulk, texts only on demand.

A catalog of 30,000 objects in CSV has half a million cells. Making a Python string of each costs more than
everything else in reading; here a column is two arrays of offsets, and its decimal numbers are computed for
all rows at once. What the bulk path does not cover (more digits than a float64 holds exactly, blanks,
anything odd) is reported as not good, and the caller reads those few cells one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_DIGITS_MAX = 18
"""Decimal digits that an int64 mantissa holds."""
_MANTISSA_MAX = 2**53
_POWER_MAX = 22
"""With a mantissa up to 2**53 and a power of ten up to 22 one division or product is correctly rounded
(Clinger, How to read floating point numbers accurately, PLDI 1990, section 5)."""
_POWERS = 10.0 ** np.arange(_POWER_MAX + 1)
_EXPONENT_MAX = 9999
"""Where a written exponent stops counting: far outside what is read in bulk, far inside int64."""
_CHUNK_ROWS = 32_768
"""Rows computed together: their intermediate arrays stay in the processor's cache."""
_WIDTH_MAX = 32
"""Cells longer than this are not read in bulk."""
_ZERO, _POINT, _PLUS, _MINUS = b"0.+-"
_EXPONENT_BIT = 0x20
_SMALL_E = ord("e")


@dataclass(frozen=True, eq=False)
class ByteColumn(Sequence[str]):
    """Cells ``data[starts[i]:ends[i]]`` of UTF-8 text, one for each row; ``text`` is ``data`` decoded."""

    data: bytes
    text: str
    starts: Ints
    ends: Ints

    @staticmethod
    def of(texts: Sequence[str | None]) -> ByteColumn:
        """Return cells as bytes; what is not ASCII becomes question marks, what is missing becomes empty."""
        cells = [text or "" for text in texts]
        data = "".join(cells).encode("ascii", "replace")
        ends = np.cumsum(np.fromiter(map(len, cells), dtype=np.int64, count=len(cells)))
        starts = np.zeros_like(ends)
        starts[1:] = ends[:-1]
        return ByteColumn(data, data.decode("ascii"), starts, ends)

    def __len__(self) -> int:
        return int(self.starts.shape[0])

    def __iter__(self) -> Iterator[str]:
        cells = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        if len(self.text) == len(self.data):  # all ASCII: the same offsets
            text = self.text
            return iter([text[a:b] for a, b in cells])
        data = self.data
        return iter([data[a:b].decode() for a, b in cells])

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> ByteColumn: ...
    def __getitem__(self, index: int | slice) -> str | ByteColumn:
        if isinstance(index, slice):
            return ByteColumn(self.data, self.text, self.starts[index], self.ends[index])
        return self.data[self.starts[index] : self.ends[index]].decode()

    def lengths(self) -> Ints:
        """Return the length of each cell in bytes."""
        return self.ends - self.starts

    def characters(self, rows: Ints, length: int) -> NDArray[np.uint8]:
        """Return the bytes of the given rows, all of that length, as an array of shape (rows, length)."""
        buffer: NDArray[np.uint8] = np.frombuffer(self.data, dtype=np.uint8)
        return np.take(buffer, self.starts[rows][:, np.newaxis] + np.arange(length))

    def floats(self) -> tuple[Floats, Flags]:
        """Return the correctly rounded numbers of all plain decimal cells, and which those are."""
        if len(self) > _CHUNK_ROWS:
            return _joined([part.floats() for part in self._chunks()])
        mantissa, power, negative, good, _ = self._decimals()
        good &= (mantissa <= _MANTISSA_MAX) & (power >= -_POWER_MAX) & (power <= _POWER_MAX)
        power = np.where(good, power, 0)
        magnitude = mantissa.astype(np.float64)
        values = np.where(
            power < 0, magnitude / _POWERS[np.maximum(-power, 0)], magnitude * _POWERS[np.maximum(power, 0)]
        )
        return np.where(negative, -values, values), good

    def ints(self) -> tuple[Ints, Flags]:
        """Return the whole numbers of all cells of digits with or without a sign, and which those are."""
        if len(self) > _CHUNK_ROWS:
            return _joined([part.ints() for part in self._chunks()])
        mantissa, _, negative, good, whole = self._decimals()
        return np.where(negative, -mantissa, mantissa), good & whole

    def _chunks(self) -> Iterator[ByteColumn]:
        return (self[k : k + _CHUNK_ROWS] for k in range(0, len(self), _CHUNK_ROWS))

    def _decimals(self) -> tuple[Ints, Ints, Flags, Flags, Flags]:
        """Read ``[sign] digits [. digits] [e [sign] digits]`` in all cells, character by character.

        Returns
        -------
        tuple
            Mantissa without point, power of ten, whether negative, whether read, whether without point
            and exponent; each of shape (n,).
        """
        buffer = np.frombuffer(self.data, dtype=np.uint8)
        n = len(self)
        lengths = self.lengths()
        last = max(buffer.shape[0] - 1, 0)
        mantissa, power, exponent = np.zeros((3, n), dtype=np.int64)
        digits = np.zeros(n, dtype=np.int8)
        negative, negative_power, point, scaled = np.zeros((4, n), dtype=np.bool_)
        good = (lengths > 0) & (lengths <= _WIDTH_MAX)
        width = int(np.minimum(lengths, _WIDTH_MAX).max(initial=0))
        previous = np.zeros(n, dtype=np.uint8)
        any_scaled = False
        for k in range(width):
            inside = lengths > k
            character = np.where(inside, buffer[np.minimum(self.starts + k, last)], 0)
            digit = character - np.uint8(_ZERO)  # unsigned: what stands before "0" wraps to a large value
            is_digit = digit <= 9
            accounted = is_digit | ~inside
            if any_scaled:
                of_power = is_digit & scaled
                exponent = np.where(of_power, np.minimum(exponent * 10 + digit, _EXPONENT_MAX), exponent)
                is_digit &= ~scaled
                minus = scaled & (previous | _EXPONENT_BIT == _SMALL_E) & (character == _MINUS)
                plus = scaled & (previous | _EXPONENT_BIT == _SMALL_E) & (character == _PLUS)
                negative_power |= minus
                accounted |= minus | plus
            mantissa = np.where(is_digit, mantissa * 10 + digit, mantissa)
            digits += is_digit
            power -= is_digit & point
            is_point = character == _POINT
            if is_point.any():
                accounted |= is_point & ~point & ~scaled
                point |= is_point
            is_exponent = (character | _EXPONENT_BIT) == _SMALL_E
            if is_exponent.any():
                accounted |= is_exponent & ~scaled & (digits > 0)
                scaled |= is_exponent
                any_scaled = True
            if k == 0:
                negative = character == _MINUS
                accounted |= negative | (character == _PLUS)
            good &= accounted
            if any_scaled:
                previous = np.where(inside, character, previous)
        good &= (digits > 0) & (digits <= _DIGITS_MAX)
        if any_scaled:
            good &= ~scaled | (previous - np.uint8(_ZERO) <= 9)
            power += np.where(negative_power, -exponent, exponent)
        return mantissa, power, negative, good, ~(point | scaled)


def _joined(parts: list[tuple[NDArray[Any], Flags]]) -> tuple[NDArray[Any], Flags]:
    return np.concatenate([values for values, _ in parts]), np.concatenate([good for _, good in parts])


def split_even(text: str, width: int) -> list[ByteColumn] | None:
    """Split lines of exactly ``width`` comma-separated fields; None where a line differs or has quotes.

    The last line must end in a newline, others in a newline or carriage return and newline.
    """
    if '"' in text:
        return None
    data = text.encode()
    buffer = np.frombuffer(data, dtype=np.uint8)
    is_newline = buffer == ord("\n")
    marks = np.flatnonzero((buffer == ord(",")) | is_newline)
    if marks.shape[0] % width:
        return None
    ends = marks.reshape(-1, width)
    if not np.array_equal(np.flatnonzero(is_newline), ends[:, -1]):
        return None
    starts = np.empty_like(ends)
    starts.flat[0:1] = 0
    starts.reshape(-1)[1:] = marks[:-1] + 1
    after_return = (ends[:, -1] > starts[:, -1]) & (buffer[ends[:, -1] - 1] == ord("\r"))
    ends[:, -1] -= after_return
    return [
        ByteColumn(data, text, np.ascontiguousarray(starts[:, k]), np.ascontiguousarray(ends[:, k]))
        for k in range(width)
    ]
