"""Bodies of downloaded files, kept under the node's home by the hash of their bytes."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import time
from collections.abc import Collection
from pathlib import Path

from skypact.node.whole_files import write_whole

KEPT_S = 24 * 3600
"""A body that nothing refers to is deleted after this time; until then another process may still note it."""


def body_path(folder: Path, sha256: str) -> Path:
    """Return where the body of a hash is kept."""
    return folder / f"{sha256}.gz"


def keep_body(folder: Path, body: bytes) -> str:
    """Keep a body and return its SHA-256 in hex; the file appears whole or not at all."""
    sha256 = hashlib.sha256(body).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(
        body_path(folder, sha256), gzip.compress(body, compresslevel=3, mtime=0), private=True, durable=True
    )
    return sha256


def read_body(folder: Path, sha256: str) -> bytes | None:
    """Return the body of a hash, or ``None`` where it is absent or no longer what it was."""
    try:
        body = gzip.decompress(body_path(folder, sha256).read_bytes())
    except (OSError, EOFError, ValueError):
        return None
    return body if hashlib.sha256(body).hexdigest() == sha256 else None


def drop_unused(folder: Path, used: Collection[str]) -> None:
    """Delete bodies that are not among the ``used`` hashes, and leftovers, when older than ``KEPT_S``."""
    for path in folder.glob("*"):
        unused = path.name.startswith(".") or (path.suffix == ".gz" and path.stem not in used)
        with contextlib.suppress(FileNotFoundError):  # another process was faster
            if unused and time.time() - path.stat().st_mtime > KEPT_S:
                path.unlink()
