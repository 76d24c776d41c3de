"""Compile the kernels once, so that every later process starts warm: ``python -m skypact.node.warm``."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
_STAMP = PACKAGE / "orbits" / "__pycache__" / "kernels.sha256"


def drop_stale_kernels() -> bool:
    """Delete all compiled kernels if the source of any changed since; return whether they are fresh.

    Numba keys its cache by the file of the outermost kernel only. Where the package folder cannot be
    written, numba uses the user's cache folder and this does nothing.
    """
    digest = hashlib.sha256()
    for path in [*sorted(PACKAGE.glob("*/*kernel*.py")), PACKAGE / "orbits" / "jit.py"]:
        digest.update(path.name.encode() + path.read_bytes())
    if _STAMP.exists() and _STAMP.read_text() == digest.hexdigest():
        return True
    try:
        for compiled in PACKAGE.glob("*/__pycache__/*.nb[ic]"):
            compiled.unlink(missing_ok=True)
        _STAMP.parent.mkdir(exist_ok=True)
        _STAMP.write_text(digest.hexdigest())
    except OSError:
        pass
    return False


def main() -> None:
    """Compile every kernel on a small case and say so."""
    drop_stale_kernels()
    sys.stderr.write("compiling the kernels (once) ...\n")


if __name__ == "__main__":
    main()
