"""A node that asks the local provider server, with the server's clock for both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skypact.astro.timescales import utc_datetime64_to_tai_ns
from skypact.errors import FormatError
from skypact.formats.reading import RawInput
from skypact.node.desk import sources
from skypact.node.desk.node_home import Node
from skypact.node.desk.source_update import Taken, UpdateReport
from skypact.node.settings import Settings
from skypact.node.sources.files import SourceFile
from skypact.node.sources.http import Asker
from tests.node.provider_server import IDENTITY, PASSWORD, Clock, ProviderServer

_ASKER = Asker("test@example.org", timeout_s=5.0)
"""One client for all trials: making one loads certificates for 0.1 s."""


def tai_ns(unix_s: float) -> int:
    """Convert Unix seconds."""
    return int(utc_datetime64_to_tai_ns(np.array([int(unix_s * 1e9)], dtype="datetime64[ns]"))[0])


@dataclass
class Trial:
    """A node beside a server: ``update()`` as often as a test likes, and what the catalog was given."""

    node: Node
    server: ProviderServer
    changes: dict[str, Any] = field(default_factory=dict)
    loaded: list[tuple[str, int]] = field(default_factory=list)
    """Source in the catalog and size of each body that was loaded, in order."""
    incomplete: bool = False
    unreadable: bool = False
    password: str = PASSWORD
    fraction: float = 0.5

    @property
    def clock(self) -> Clock:
        return self.server.clock

    @property
    def settings(self) -> Settings:
        """Settings of the node with the addresses of the server."""
        usual = {
            "celestrak_url": self.server.url,
            "space_track_url": self.server.url,
            "space_track_identity": IDENTITY,
            "contact": "test@example.org",
            "source_timeout_s": 5.0,
        }
        return self.node.settings.model_copy(update={**usual, **self.changes})

    def now(self) -> int:
        """Return the present as TAI ns."""
        return tai_ns(self.clock())

    def take_in(self, file: SourceFile, raw: RawInput, _retrieved_tai_ns: int) -> Taken:
        """Stand for the catalog."""
        if self.unreadable:
            raise FormatError("record 1 has no epoch", where=raw.name)
        self.loaded.append((file.catalog_source, len(raw.data)))
        return (
            Taken("6 of 17,822 objects: incomplete", complete=False) if self.incomplete else Taken("loaded")
        )

    def update(self) -> UpdateReport:
        """Run ``catalog update`` as it is, but for the clock and the catalog."""
        return sources.update(
            self.settings,
            self.node.database,
            password=lambda: self.password,
            asker=_ASKER
            if self.changes.get("source_timeout_s") is None and not self.changes.get("offline")
            else None,
            take_in=self.take_in,
            clock=self.now,
            fraction=lambda: self.fraction,
            sleep=lambda _: None,
        )

    def enable(self, source: str) -> None:
        """Switch a source on."""
        sources.enable(self.settings, self.node.database, source)

    def resume(self, name: str) -> list[str]:
        """Let a person resume a source or a file."""
        return sources.resume(self.settings, self.node.database, name)

    def rows(self) -> dict[str, dict[str, Any]]:
        """Return the listing of sources by the name of the file."""
        listing = sources.list_sources(self.settings, self.node.database, clock=self.now)
        return {f"{row['source']}/{row['file']}": dict(row) for row in listing.rows}


def results(report: UpdateReport) -> dict[str, str]:
    """Return what happened, by the name of the file."""
    return {row.file.name: row.result.value for row in report.rows}
