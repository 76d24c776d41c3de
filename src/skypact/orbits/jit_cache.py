"""Compiled kernels on disk, named by all the sources that went into them.

Numba's own cache is keyed by the file of the outermost kernel: it does not notice that a kernel of another
file, which was compiled into it, has changed; and two processes that compile one kernel for different types
at the same time can swap each other's code. Here the name of a file tells the kernel, the types, the
processor, numba and the digest of every kernel source it may contain. So nothing old is ever loaded, any
number of processes may compile side by side, and a disk that is full or read-only costs time, never the run.

The folder is the one numba chooses: ``__pycache__`` beside the source, else the user's cache folder.
"""

from __future__ import annotations

import hashlib
import pickle
from functools import lru_cache
from pathlib import Path
from typing import Any

import llvmlite
import numba
from numba.core.caching import IndexDataCacheFile

PACKAGE = Path(__file__).resolve().parents[1]
DIGEST_CHARACTERS = 12
_SHARED = ("orbits/*kernel*.py", "orbits/jit.py", "astro/constants.py")
"""What kernels of any room may contain, besides those of their own room (tests/test_tidy.py sees to it)."""

_UNREADABLE = (OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError, IndexError, ValueError)


@lru_cache
def sources_digest(room: str) -> str:
    """Return a digest of all sources that a kernel of ``room`` may be made of, and of the compiler."""
    paths = {path for pattern in (*_SHARED, f"{room}/*kernel*.py") for path in PACKAGE.glob(pattern)}
    digest = hashlib.sha256(f"{numba.__version__} {llvmlite.__version__}".encode())
    for path in sorted(paths):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:DIGEST_CHARACTERS]


class KernelFiles(IndexDataCacheFile):
    """The files of one kernel: one for each combination of types, without an index."""

    def __init__(self, folder: str, base: str, room: str) -> None:
        super().__init__(folder, base, None)  # type: ignore[no-untyped-call]
        self._base = base
        self._digest = sources_digest(room)

    def path(self, key: Any) -> Path:
        """Return the file for a key of numba: types, processor, bytecode."""
        named = hashlib.sha256(str(key).encode()).hexdigest()[:DIGEST_CHARACTERS]
        return Path(self._cache_path) / f"{self._base}.{self._digest}.{named}.nbc"

    def load(self, key: Any) -> Any:
        """Return what was compiled for ``key``, or nothing."""
        try:
            return pickle.loads(self.path(key).read_bytes())  # noqa: S301  # numba's own, from our folder
        except _UNREADABLE:
            return None

    def save(self, key: Any, data: Any) -> None:
        """Keep what was compiled, whole or not at all."""
        try:
            with self._open_for_write(str(self.path(key))) as stream:
                stream.write(self._dump(data))  # type: ignore[no-untyped-call]
        except OSError:
            return  # the next process compiles again

    def flush(self) -> None:
        """Forget everything that was compiled for this kernel."""
        for path in Path(self._cache_path).glob(f"{self._base}.*.nbc"):
            path.unlink(missing_ok=True)


def cached(dispatcher: Any) -> Any:
    """Let a compiled function keep its code on disk; where that is impossible, return it as it is."""
    uncached = getattr(dispatcher, "_cache", None)
    if uncached is None:  # NUMBA_DISABLE_JIT=1: the plain function
        return dispatcher
    try:
        dispatcher.enable_caching()
        cache = dispatcher._cache
        room = Path(dispatcher.py_func.__code__.co_filename).parent.name
        cache._cache_file = KernelFiles(cache.cache_path, cache._impl.filename_base, room)
    except (RuntimeError, AttributeError):  # no folder can be written, or a numba that is built otherwise
        dispatcher._cache = uncached
    return dispatcher
