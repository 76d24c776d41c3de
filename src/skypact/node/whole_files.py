"""Files that appear whole or not at all, so that nobody ever reads half of one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from skypact.errors import UsageError

_NAME_BYTES = 6
"""Random bytes in the name of an unfinished file, so that processes do not meet."""


@contextmanager
def whole_file(path: Path, *, private: bool = False, durable: bool = False) -> Iterator[BinaryIO]:
    """Give a stream to write a file with; the file gets its name when the block ends without an error.

    Until then it lies beside the place as ``.NAME.*``. Links are followed, and what is no regular file (a
    pipe, ``/dev/null``) is written into as it stands, never replaced.

    Parameters
    ----------
    private
        Only the owner may read it, from the first byte on; else what the umask allows.
    durable
        Wait until the disk has it.

    Raises
    ------
    UsageError
        Where the folder does not exist, or ``path`` is a folder.
    """
    if path.is_dir():
        raise UsageError("is a folder, not a file", where=str(path), remedy="name a file in it")
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            yield stream
        return
    path = Path(os.path.realpath(path))
    if not path.parent.is_dir():
        raise UsageError("no such folder", where=str(path.parent), remedy="make it first")
    unfinished = path.with_name(f".{path.name}.{os.urandom(_NAME_BYTES).hex()}")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: bytes, *, private: bool = False, durable: bool = False) -> None:
    """Write a file that is either whole or not there; see :func:`whole_file`."""
    with whole_file(path, private=private, durable=durable) as stream:
        stream.write(content)
