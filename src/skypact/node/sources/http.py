"""One request to a provider: no redirects, a time limit for the whole of it, a size limit, TLS."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from skypact import __version__
from skypact.errors import UsageError
from skypact.node.sources.answers import Answer, Trouble, plain_header, quoted

if TYPE_CHECKING:
    import httpx2

CONNECT_TIMEOUT_S = 10.0
"""Time to reach a provider; below the lag that the budget allows for (manners.ARRIVAL_LAG_S)."""

_ERROR_BODY_BYTES = 65_536
"""Of a refusal only this much is read."""

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def user_agent(contact: str) -> str:
    """Return what the node calls itself, with the address of a person who can be told when it misbehaves."""
    printable = "".join(c for c in contact if c.isascii() and c.isprintable()).strip()
    return f"skypact/{__version__} (+{printable})" if printable else f"skypact/{__version__}"


def checked_url(url: str, setting: str) -> str:
    """Return a provider's address without a final slash.

    Raises
    ------
    UsageError
        If it is not https (http is allowed to this machine only, for tests and a local proxy).
    """
    parts = urlsplit(url)
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not encrypted or not parts.hostname:
        raise UsageError(f"'{url}' is not an https address", where=setting, remedy="write https://HOST")
    return url.rstrip("/")


class Asker:
    """Asks providers over HTTP; never follows a redirect, never asks twice, raises nothing about answers."""

    def __init__(self, contact: str = "", *, timeout_s: float = 60.0, total_s: float = 600.0) -> None:
        self._user_agent = user_agent(contact)
        self._timeout_s = timeout_s
        self._total_s = total_s
        self._client: httpx2.Client | None = None

    def _opened(self) -> httpx2.Client:
        """Return the client, made for the first request: an update that sends none is over before."""
        import httpx2

        if self._client is None:
            self._client = httpx2.Client(
                headers={"User-Agent": self._user_agent},
                timeout=httpx2.Timeout(self._timeout_s, connect=min(self._timeout_s, CONNECT_TIMEOUT_S)),
                follow_redirects=False,
            )
        return self._client

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._client is not None:
            self._client.close()

    def ask(
        self,
        url: str,
        *,
        limit_bytes: int,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one GET, or one POST where a ``form`` is given, and return whatever happened."""
        import httpx2

        sent = dict(headers or {})
        if cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        method = "GET" if form is None else "POST"
        client = self._opened()
        client.cookies.clear()
        begun = False
        try:
            with client.stream(method, url, headers=sent, data=dict(form) if form else None) as response:
                begun = True
                return self._read(response, limit_bytes)
        except httpx2.TimeoutException as error:
            return Answer(trouble=Trouble.NOBODY, why=_told(error))
        except (httpx2.NetworkError, httpx2.ProxyError) as error:
            return Answer(trouble=Trouble.BROKEN if begun else Trouble.NOBODY, why=_told(error))
        except (httpx2.RequestError, httpx2.InvalidURL) as error:
            return Answer(trouble=Trouble.BROKEN, why=_told(error))

    def _read(self, response: httpx2.Response, limit_bytes: int) -> Answer:
        deadline = time.monotonic() + self._total_s
        limit = limit_bytes if response.status_code == 200 else _ERROR_BODY_BYTES
        parts: list[bytes] = []
        size = 0
        for part in response.iter_bytes():
            size += len(part)
            parts.append(part)
            if size > limit:
                break
            if time.monotonic() > deadline:
                return Answer(trouble=Trouble.NOBODY, why=f"not done within {self._total_s:g} s")
        if size > limit and response.status_code == 200:
            return Answer(trouble=Trouble.TOO_LARGE, why=f"more than {limit_bytes} bytes")
        return Answer(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=b"".join(parts),
            cookies={name: value for name, value in response.cookies.items() if plain_header(value)},
        )


def _told(error: Exception) -> str:
    words = quoted(str(error).encode(errors="replace"))
    kind = "".join(f" {c.lower()}" if c.isupper() else c for c in type(error).__name__).strip()
    return f"{kind}: {words}" if words else kind
