"""What all readers share: raw input with its name and limit, and the report of what was tolerated.

A reader takes :class:`RawInput` (bytes with a name for messages) and returns values plus a
:class:`ReadReport`. It is tolerant where the field's real files are untidy, and it says so in the report;
what cannot be understood is raised as :class:`~skypact.errors.FormatError` (whole message) or listed
as a :class:`Rejection` (one record of many).
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, cast

from skypact.errors import FormatError, LimitError

SIZE_LIMIT_BYTES = 2 * 1024**3
"""Largest input accepted, after unpacking."""

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class RawInput:
    """Bytes to be read, with the name that messages give (usually the file's path)."""

    name: str
    data: bytes

    def at(self, line: int, field_name: str = "") -> str:
        """Return ``name:line`` (with the field, if any) for error messages."""
        place = f"{self.name}:{line}" if line else self.name
        return f"{place}: {field_name}" if field_name else place

    def text(self) -> str:
        """Decode as UTF-8 (Latin-1 where it is not), byte-order mark removed, NUL bytes refused.

        Raises
        ------
        FormatError
            For binary content or an empty input.
        """
        if b"\x00" in self.data[:65536] and not self.data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise FormatError("binary data, not text of a known format", where=self.name)
        text = self._decoded()
        if not text or text.isspace():
            raise FormatError("the file is empty", where=self.name, remedy="check the download")
        return text

    def _decoded(self) -> str:
        if self.data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return self.data.decode("utf-16", errors="replace")
        try:
            return self.data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return self.data.decode("latin-1")


@dataclass(frozen=True)
class Rejection:
    """One record that was kept out: where it was, which field, and why."""

    line: int
    field_name: str
    reason: str
    text: str = ""
    """The record as received, cut to a readable length."""
    norad: int = 0
    """Catalog number of the object, where it could be read; else 0."""


@dataclass
class ReadReport:
    """What a reader met besides good records: nothing is dropped without a line here."""

    accepted: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unknown_keys: Counter[str] = field(default_factory=Counter)


def unpack(raw: RawInput, *, limit_bytes: int = SIZE_LIMIT_BYTES) -> Iterator[RawInput]:
    """Yield the input itself, or what a gzip or zip file holds, all of it within ``limit_bytes``.

    Raises
    ------
    FormatError
        For a truncated or damaged archive.
    LimitError
        For content larger than the limit.
    """
    if raw.data.startswith(b"\x1f\x8b"):
        with gzip.GzipFile(fileobj=io.BytesIO(raw.data)) as stream:
            yield RawInput(raw.name, _read_limited(cast(IO[bytes], stream), raw.name, limit_bytes))
    elif raw.data.startswith(b"PK\x03\x04"):
        yield from _unzip(raw, limit_bytes)
    elif len(raw.data) > limit_bytes:
        raise LimitError(f"{len(raw.data)} bytes, at most {limit_bytes} are read", where=raw.name)
    else:
        yield raw


def _unzip(raw: RawInput, limit_bytes: int) -> Iterator[RawInput]:
    read_bytes = 0
    try:
        with zipfile.ZipFile(io.BytesIO(raw.data)) as archive:
            for member in archive.infolist():
                if not member.is_dir():
                    with archive.open(member) as stream:
                        name = f"{raw.name}/{member.filename}"
                        data = _read_limited(stream, name, limit_bytes, read_bytes=read_bytes)
                    read_bytes += len(data)
                    yield RawInput(name, data)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise FormatError(f"damaged zip file ({error})", where=raw.name, remedy="fetch it again") from error


def _read_limited(stream: IO[bytes], name: str, limit: int, *, read_bytes: int = 0) -> bytes:
    parts: list[bytes] = []
    size = read_bytes
    try:
        while chunk := stream.read(_CHUNK_BYTES):
            size += len(chunk)
            if size > limit:
                raise LimitError(f"unpacks to more than {limit} bytes", where=name)
            parts.append(chunk)
    except (EOFError, OSError, zlib.error) as error:
        raise FormatError(
            f"truncated or damaged compressed file ({error})", where=name, remedy="fetch it again"
        ) from error
    return b"".join(parts)
