"""Progress bars and the notice of a first compilation, for people at a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

from skypact.node.cli.options import tell
from skypact.records import Progress, no_progress


@contextlib.contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """Give a progress callback that draws a bar with rate and remaining time where stderr is a terminal."""
    if not sys.stderr.isatty():
        yield no_progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    rate = TextColumn("{task.fields[rate]}")
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn(compact=True))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None, rate="")

        def update(done: int, total: int, what: str) -> None:
            speed = bar.tasks[0].finished_speed or bar.tasks[0].speed
            bar.update(task, completed=done, total=total, rate=f"{speed:.1f} {what}/s" if speed else what)

        yield update


@contextlib.contextmanager
def compilation_told() -> Iterator[None]:
    """Say once when a kernel has to be compiled: that takes a minute, and only the first time."""
    from numba.core import event

    class Teller(event.Listener):
        told = False

        def on_start(self, _event: Any) -> None:
            if not self.told:
                self.told = True
                tell("compiling the kernels (once; later runs start at once) ...")

        def on_end(self, _event: Any) -> None:
            pass

    with event.install_listener("numba:compile", Teller()):
        yield
