"""A local HTTP server that behaves as CelesTrak and Space-Track do, with real sockets on 127.0.0.1.

Texts and statuses are those that public clients and their issue threads quote: the 403 of CelesTrak inside
two hours (with its line break), ``{"Login":"Failed"}`` with status 200, the rate-limit sentence of
Space-Track in a 500 or in a 200, and 401 without a session. Time is a :class:`Clock` that tests move.
"""

from __future__ import annotations

import gzip
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Self
from urllib.parse import parse_qs, urlsplit

IDENTITY = "analyst@example.org"
PASSWORD = "correct horse battery"
COOKIE = "chocolatechip"

GP_HEADER = (
    "OBJECT_NAME,OBJECT_ID,EPOCH,MEAN_MOTION,ECCENTRICITY,INCLINATION,RA_OF_ASC_NODE,ARG_OF_PERICENTER,"
    "MEAN_ANOMALY,EPHEMERIS_TYPE,CLASSIFICATION_TYPE,NORAD_CAT_ID,ELEMENT_SET_NO,REV_AT_EPOCH,BSTAR,"
    "MEAN_MOTION_DOT,MEAN_MOTION_DDOT"
)


def gp_csv(count: int, *, first: int = 70001, day: int = 1, shift: float = 0.0) -> bytes:
    """Make element sets of ``count`` objects that do not exist, in CelesTrak's CSV."""
    rows = [
        f"TEST OBJECT {i},2026-{i % 999 + 1:03d}A,2026-11-{day:02d}T{i % 24:02d}:00:00.000000,"
        f"{15.0 + (i % 97) / 100:.8f},.0010{i % 10}00,{50 + i % 40}.0000,{(i * 7 + shift) % 360:.4f},"
        f"90.0000,{i * 3 % 360}.0000,0,U,{first + i},999,{100 + i % 900},.10000000E-3,.1E-5,0"
        for i in range(count)
    ]
    return ("\r\n".join([GP_HEADER, *rows]) + "\r\n").encode()


def gp_json(count: int, *, first: int = 70001, day: int = 1) -> bytes:
    """Make the same kind of element sets as Space-Track writes them: strings, and its own fields."""
    import csv
    import json

    text = gp_csv(count, first=first, day=day).decode()
    records = [
        {"ORIGINATOR": "18 SPCS", **row, "FILE": "1", "DECAY_DATE": None, "GP_ID": str(i)}
        for i, row in enumerate(csv.DictReader(text.splitlines()))
    ]
    return json.dumps(records).encode()


EOP_CSV = b"""DATE,MJD,X,Y,UT1-UTC,LOD,DPSI,DEPS,DX,DY,DAT,DATA_TYPE
2026-11-01,61345,0.100000,0.300000,0.0500000,0.0005000,-0.110000,-0.006000,0.000100,0.000100,37,O
2026-11-02,61346,0.101000,0.301000,0.0501000,0.0005000,-0.110000,-0.006000,0.000100,0.000100,37,P
"""

SW_CSV = (
    b"DATE,BSRN,ND,KP1,KP2,KP3,KP4,KP5,KP6,KP7,KP8,KP_SUM,AP1,AP2,AP3,AP4,AP5,AP6,AP7,AP8,AP_AVG,CP,C9,ISN,"
    b"F10.7_OBS,F10.7_ADJ,F10.7_DATA_TYPE,F10.7_OBS_CENTER81,F10.7_OBS_LAST81,F10.7_ADJ_CENTER81,"
    b"F10.7_ADJ_LAST81\n"
    b"2026-11-01,2638,1,20,20,10,20,30,20,10,10,140,7,7,4,7,15,7,4,4,7,0.4,2,80,130.0,131.0,OBS,140.0,"
    b"141.0,142.0,143.0\n"
)

SATCAT_CSV = b"""OBJECT_NAME,OBJECT_ID,NORAD_CAT_ID,OBJECT_TYPE,OPS_STATUS_CODE,OWNER,LAUNCH_DATE,\
LAUNCH_SITE,DECAY_DATE,PERIOD,INCLINATION,APOGEE,PERIGEE,RCS,DATA_STATUS_CODE,ORBIT_CENTER,ORBIT_TYPE
TEST OBJECT 0,2026-001A,70001,PAY,+,SKOR,2026-01-01,TTMTR,,95.00,97.00,500,480,1.0,,EA,ORB
"""

CELESTRAK_BODIES = {
    "/NORAD/elements/gp.php?SPECIAL=full-catalog&FORMAT=csv": gp_csv(60),
    "/NORAD/elements/gp.php?GROUP=active&FORMAT=csv": gp_csv(20),
    "/NORAD/elements/supplemental/sup-gp.php?FILE=starlink&FORMAT=csv": gp_csv(10),
    "/pub/satcat.csv": SATCAT_CSV,
    "/SpaceData/EOP-Last5Years.csv": EOP_CSV,
    "/SpaceData/SW-Last5Years.csv": SW_CSV,
}


@dataclass
class Clock:
    """Seconds of Unix time that move with real time, and by hand."""

    start_s: float = 1_793_454_000.0  # Saturday 2026-10-31T13:40:00Z
    began_s: float = field(default_factory=time.monotonic)
    moved_s: float = 0.0

    def __call__(self) -> float:
        """Return the present."""
        return self.start_s + self.moved_s + time.monotonic() - self.began_s

    def forward(self, *, s: float = 0.0, minutes: float = 0.0, hours: float = 0.0) -> None:
        """Move on by hand."""
        self.moved_s += s + 60 * minutes + 3600 * hours


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    at_s: float


@dataclass(frozen=True)
class Reply:
    """What is sent back."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    claimed_bytes: int | None = None
    """Content-Length to announce, where it is not the truth."""
    wait_s: float = 0.0
    """Silence before the answer."""
    drip_s: float = 0.0
    """Silence between the bytes of the body."""


Behavior = Callable[["ProviderServer", Seen, bytes], Reply]


class ProviderServer:
    """Serves until the ``with`` block ends; notes every request; ``replies`` overrule the usual behavior."""

    def __init__(self, behavior: Behavior, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.seen: list[Seen] = []
        self.replies: dict[str, Reply] = {}
        """Fixed replies by target (path and query), in place of the usual behavior."""
        self.bodies: dict[str, bytes] = dict(CELESTRAK_BODIES)
        self.downloads_s: dict[str, float] = {}
        self.sessions_s: dict[str, float] = {}
        self.session_lasts_s = 7200.0
        self.lock = Lock()
        self._behavior = behavior
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        """Address of the server."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def targets(self) -> list[str]:
        """Paths and queries asked for, in order."""
        return [seen.target for seen in self.seen]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def most_within(self, window_s: float) -> int:
        """Return the largest number of requests that arrived within any ``window_s`` seconds."""
        times = sorted(seen.at_s for seen in self.seen)
        return max((sum(1 for t in times if s <= t < s + window_s) for s in times), default=0)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                seen = Seen(
                    self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, server.clock()
                )
                with server.lock:
                    server.seen.append(seen)
                    reply = server.replies.get(self.path) or server._behavior(server, seen, body)
                self._send(reply)

            do_POST = do_GET  # noqa: N815

            def _send(self, reply: Reply) -> None:
                time.sleep(reply.wait_s)
                try:
                    self.send_response(reply.status)
                    length = len(reply.body) if reply.claimed_bytes is None else reply.claimed_bytes
                    if reply.status != 304:
                        self.send_header("Content-Length", str(length))
                    for name, value in reply.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    if reply.drip_s:
                        for i in range(len(reply.body)):
                            self.wfile.write(reply.body[i : i + 1])
                            time.sleep(reply.drip_s)
                    else:
                        self.wfile.write(reply.body)
                except OSError:
                    pass  # the client has gone away, as clients do

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def html(title: str) -> bytes:
    """Make a page as servers send in place of data."""
    return f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body>{title}</body></html>".encode()


def celestrak(server: ProviderServer, seen: Seen, _body: bytes) -> Reply:
    """Answer as CelesTrak: validators, and 403 for the same large download inside two hours."""
    body = server.bodies.get(seen.target)
    if body is None:
        return Reply(404, b"No GP data found")
    etag = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
    if seen.headers.get("if-none-match") == etag:
        return Reply(304, headers={"ETag": etag})
    last_s = server.downloads_s.get(seen.target)
    if "gp.php" in seen.target and last_s is not None and seen.at_s - last_s < 7200:
        query = urlsplit(seen.target).query.split("&")[0]
        text = (
            "GP data has not updated since your last successful\r\n"
            f"download of {query} at 2026-10-31 13:40:00 UTC.\r\nData is updated once every 2 hours."
        )
        return Reply(403, text.encode())
    server.downloads_s[seen.target] = seen.at_s
    headers = {"ETag": etag, "Last-Modified": "Sat, 31 Oct 2026 12:00:00 GMT", "Content-Type": "text/csv"}
    if "gzip" in seen.headers.get("accept-encoding", ""):
        return Reply(200, gzip.compress(body, mtime=0), {**headers, "Content-Encoding": "gzip"})
    return Reply(200, body, headers)


def space_track(server: ProviderServer, seen: Seen, body: bytes) -> Reply:
    """Answer as Space-Track: login, sessions that end, rate limits, lists of records."""
    recent = sum(1 for other in server.seen if seen.at_s - other.at_s < 60)
    if recent > 30:
        text = b"You've violated your query rate limit. Please refer to our Acceptable Use guidelines"
        return Reply(500, b'{"error":"' + text + b'"}')
    if seen.target == "/ajaxauth/login":
        form = parse_qs(body.decode())
        if form.get("identity") != [IDENTITY] or form.get("password") != [PASSWORD]:
            return Reply(200, b'{"Login":"Failed"}', {"Content-Type": "application/json"})
        token = hashlib.sha256(f"{len(server.sessions_s)}".encode()).hexdigest()[:20]
        server.sessions_s[token] = seen.at_s
        return Reply(200, b'""', {"Set-Cookie": f"{COOKIE}={token}; path=/; HttpOnly; SameSite=Lax"})
    cookies = dict(part.split("=", 1) for part in seen.headers.get("cookie", "").split("; ") if "=" in part)
    began_s = server.sessions_s.get(cookies.get(COOKIE, ""))
    if began_s is None or seen.at_s - began_s > server.session_lasts_s:
        return Reply(401, b'{"error":"You must be logged in to complete this action"}')
    if "/class/gp/" in seen.target:
        ids = seen.target.split("/NORAD_CAT_ID/")[1].split("/")[0] if "NORAD_CAT_ID/" in seen.target else ""
        return Reply(200, gp_json(len(ids.split(",")) if ids else 60))
    if "/class/satcat/" in seen.target:
        return Reply(
            200, b'[{"NORAD_CAT_ID":"70001","OBJECT_TYPE":"PAYLOAD","SATNAME":"TEST","COUNTRY":"SKOR"}]'
        )
    return Reply(200, b"[]")
