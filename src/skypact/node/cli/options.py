"""Options that several commands share, declared once, and how their output is written."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, TextIO

import typer

from skypact.node.views.listing import Format, Listing, write_listing

FormatOption = Annotated[Format, typer.Option("--format", help="How to write the result.")]
OutputOption = Annotated[Path | None, typer.Option("--output", help="Write to this file instead of stdout.")]


@contextlib.contextmanager
def output_stream(path: Path | None) -> Iterator[TextIO]:
    """Give a text stream to write to: stdout, or a file that appears only when all was written."""
    if path is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            yield stream
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def show(listing: Listing, form: Format, output: Path | None = None) -> None:
    """Write a listing to stdout or to a file."""
    with output_stream(output) as stream:
        write_listing(listing, form, stream)


def write_bytes(data: bytes, path: Path | None = None) -> None:
    """Write bytes to stdout, or to a file that appears only when all was written."""
    if path is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def tell(text: str) -> None:
    """Say something to the person, on stderr, so that stdout stays data."""
    sys.stderr.write(text + "\n")
