"""What a file of a provider is: its address, what it holds, how often it may be asked for. No I/O."""

from __future__ import annotations

from dataclasses import dataclass

from skypact.node.sources.answers import Content
from skypact.node.sources.manners import Hours

HOUR_S = 3600
DAY_S = 24 * HOUR_S
JITTER_SHARE = 0.1
"""Random part added to every interval, so that nodes do not ask in step."""

_MB = 1_000_000


@dataclass(frozen=True)
class SourceFile:
    """One file of one provider.

    Attributes
    ----------
    source
        ``celestrak`` or ``space-track``.
    name
        Its name in settings and listings, as ``gp-active``.
    path
        Path and query below the provider's address.
    content
        What it must hold.
    interval_s
        Shortest time between two requests, in seconds.
    catalog_source
        Name of the source under which its records enter the catalog; empty where they do not.
    limit_bytes
        Largest body accepted, after decompression.
    """

    source: str
    name: str
    path: str
    content: Content
    interval_s: int
    catalog_source: str = ""
    hours: Hours = Hours.ANY
    limit_bytes: int = 64 * _MB

    @property
    def full_name(self) -> str:
        """``celestrak/gp-active``: unique among all sources."""
        return f"{self.source}/{self.name}"

    @property
    def jitter_s(self) -> int:
        """Longest random time added to the interval, in seconds."""
        return int(self.interval_s * JITTER_SHARE)
