"""Files that people name, read whole and within the limit: one clear error where that fails."""

from __future__ import annotations

from pathlib import Path

from skypact.errors import LimitError, NotFoundError, UsageError
from skypact.formats.reading import SIZE_LIMIT_BYTES, RawInput


def read_input(path: Path, *, limit_bytes: int = SIZE_LIMIT_BYTES) -> RawInput:
    """Return the bytes of a file (or a pipe) with its name for messages.

    Raises
    ------
    NotFoundError
        Where there is no such file.
    UsageError
        For a folder or a file that may not be read.
    LimitError
        If it is larger than ``limit_bytes``.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(limit_bytes + 1)
    except FileNotFoundError:
        raise NotFoundError("no such file", where=str(path), remedy="check the path") from None
    except IsADirectoryError:
        raise UsageError("is a folder, not a file", where=str(path)) from None
    except OSError as error:
        raise UsageError(f"cannot be read ({error.strerror})", where=str(path)) from error
    if len(data) > limit_bytes:
        raise LimitError(f"is larger than {limit_bytes} bytes", where=str(path))
    return RawInput(str(path), data)
