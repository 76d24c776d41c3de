"""Windows of time as people ask for them."""

from __future__ import annotations

from skypact.astro.timescales import NS_PER_S, tai_ns_to_utc_ns, utc_ns_to_tai_ns

_MINUTE_NS = 60 * NS_PER_S


def whole_minute(tai_ns: int) -> int:
    """Return the nearest whole minute of UTC."""
    utc_ns = int(tai_ns_to_utc_ns(tai_ns))
    return int(utc_ns_to_tai_ns((utc_ns + _MINUTE_NS // 2) // _MINUTE_NS * _MINUTE_NS))
