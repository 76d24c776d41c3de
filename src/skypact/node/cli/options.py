"""Options that several commands share, declared once, and how their output is written."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, TextIO

import typer

from skypact.errors import UsageError
from skypact.node.views.listing import Format, Listing, for_terminal, write_listing
from skypact.node.whole_files import whole_file, write_whole

FormatOption = Annotated[Format, typer.Option("--format", help="How to write the result.")]
OutputOption = Annotated[Path | None, typer.Option("--output", help="Write to this file instead of stdout.")]


def require_folder(path: Path | None) -> None:
    """Refuse an output file in a folder that does not exist, before long work begins.

    Raises
    ------
    UsageError
        Where there is no such folder.
    """
    if path is not None and not path.parent.is_dir():
        raise UsageError(f"no folder {path.parent}", where="--output")


@contextlib.contextmanager
def output_stream(path: Path | None) -> Iterator[TextIO]:
    """Give a text stream to write to: stdout, or a file that appears only when all was written."""
    if path is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    with whole_file(path) as raw, io.TextIOWrapper(raw, encoding="utf-8", newline="") as stream:
        yield stream


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
    write_whole(path, data)


def tell(text: str) -> None:
    """Say something to the person, on stderr, so that stdout stays data."""
    sys.stderr.write(for_terminal(text) + "\n")
