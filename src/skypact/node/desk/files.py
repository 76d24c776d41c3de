"""Reading files that people name: one clear error where that fails."""

from __future__ import annotations

from pathlib import Path

from skypact.errors import InputError, LimitError, NotFoundError
from skypact.formats.reading import SIZE_LIMIT_BYTES, RawInput


def read_input(path: Path) -> RawInput:
    """Return the bytes of a file with its name for messages.

    Raises
    ------
    NotFoundError
        Where there is no such file.
    InputError
        For a folder or a file that may not be read.
    LimitError
        For a file larger than ``SIZE_LIMIT_BYTES``.
    """
    try:
        size = path.stat().st_size
        if size > SIZE_LIMIT_BYTES:
            raise LimitError(f"{size} bytes, at most {SIZE_LIMIT_BYTES} are read", where=str(path))
        return RawInput(str(path), path.read_bytes())
    except FileNotFoundError:
        raise NotFoundError("no such file", where=str(path), remedy="check the path") from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=str(path)) from error
