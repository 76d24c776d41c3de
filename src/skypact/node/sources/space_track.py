"""Space-Track: queries, the login form and the session that processes share.

Source: space-track.org, API documentation and usage guidelines, collected in 2026: fewer than 30 requests a
minute and 300 an hour for an account, one login for the about 2 h that its cookie is good, GP once an hour
away from minutes 0 and 30, objects joined by commas in one query. Redistribution needs the approval of
USSPACECOM: the catalog marks every record from here as not releasable.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from skypact.errors import UsageError
from skypact.node.sources.answers import Content
from skypact.node.sources.files import DAY_S, HOUR_S, SourceFile
from skypact.node.sources.manners import Hours
from skypact.node.whole_files import write_whole

SOURCE = "space-track"
URL = "https://www.space-track.org"
LOGIN_PATH = "/ajaxauth/login"
LOGIN = "login"
"""Name under which logins are counted among the requests."""

SESSION_S = 2 * HOUR_S
"""A cookie is good for about 2 h; nobody logs in more often than that."""

IDS_MAX = 1000
"""Most objects named in one query; for more, the whole catalog is less work for both sides."""

_QUERY = "/basicspacedata/query/class"
_GP_LIMIT_BYTES = 256_000_000
_FILES = {
    "satcat": ("satcat/CURRENT/Y/orderby/NORAD_CAT_ID", Content.SATCAT_JSON, DAY_S, Hours.AFTER_17, SOURCE),
    "decay": (
        "decay/MSG_EPOCH/%3Enow-60/orderby/MSG_EPOCH",
        Content.MESSAGES_JSON,
        7 * DAY_S,
        Hours.WEDNESDAY_AFTER_17,
        "",
    ),
    "tip": (
        "tip/MSG_EPOCH/%3Enow-1/orderby/MSG_EPOCH",
        Content.MESSAGES_JSON,
        HOUR_S,
        Hours.OFF_HALF_HOUR,
        "",
    ),
    "cdm-public": (
        "cdm_public/CREATED/%3Enow-1/orderby/TCA%20asc",
        Content.MESSAGES_JSON,
        8 * HOUR_S,
        Hours.OFF_HALF_HOUR,
        "",
    ),
}


def space_track_file(name: str, ids: Sequence[int] = ()) -> SourceFile:
    """Return the file of a name: ``gp``, ``satcat``, ``decay``, ``tip`` or ``cdm-public``.

    Parameters
    ----------
    name
        Name of the file.
    ids
        Catalog numbers that ``gp`` is limited to, all in one query; empty for the whole catalog.

    Raises
    ------
    UsageError
        For any other name, and for more than ``IDS_MAX`` objects.
    """
    if name == "gp":
        return SourceFile(
            SOURCE, name, _gp_path(ids), Content.GP_JSON, HOUR_S, SOURCE, Hours.OFF_HALF_HOUR, _GP_LIMIT_BYTES
        )
    if name not in _FILES:
        raise UsageError(
            f"Space-Track has no file '{name}' here",
            where="space_track_files",
            remedy=f"use gp, {', '.join(_FILES)}",
        )
    query, content, interval_s, hours, catalog_source = _FILES[name]
    path = f"{_QUERY}/{query}/format/json"
    return SourceFile(SOURCE, name, path, content, interval_s, catalog_source, hours)


def _gp_path(ids: Sequence[int]) -> str:
    if len(ids) > IDS_MAX:
        raise UsageError(
            f"{len(ids)} objects, at most {IDS_MAX} go into one query",
            where="space_track_ids",
            remedy="leave it empty to get the whole catalog",
        )
    chosen = f"/NORAD_CAT_ID/{','.join(str(i) for i in sorted(set(ids)))}" if ids else ""
    return f"{_QUERY}/gp{chosen}/decay_date/null-val/epoch/%3Enow-30/orderby/norad_cat_id/format/json"


@dataclass(frozen=True)
class Session:
    """A login that processes of one node share."""

    url: str
    identity: str
    login_tai_ns: int
    cookies: Mapping[str, str]


def read_session(path: Path) -> Session | None:
    """Return the session kept in a file, or ``None`` where there is none to be read."""
    try:
        return Session(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_session(path: Path, session: Session) -> None:
    """Keep a session in a file that only its owner can read; it appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(asdict(session)).encode(), private=True)


def drop_session(path: Path, session: Session) -> None:
    """Forget a session that the provider ended, unless another process has made a newer one."""
    kept = read_session(path)
    if kept is not None and kept.login_tai_ns == session.login_tai_ns:
        path.unlink(missing_ok=True)
