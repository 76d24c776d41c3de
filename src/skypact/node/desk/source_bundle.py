"""Carry what a node holds of its providers to one that has no network: one zip with checksums and ages."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skypact import __version__
from skypact.astro.timescales import format_utc, parse_utc
from skypact.errors import DataModeError, FormatError, NotFoundError
from skypact.node.clock import now_tai_ns
from skypact.node.desk.files import read_input
from skypact.node.desk.source_claims import (
    SOURCES,
    Fetcher,
    Outcome,
    Result,
    bodies_folder,
    configured_files,
    file_state,
)
from skypact.node.desk.source_update import TakeIn, UpdateReport, catalog_loader, offline_asker, taken_in
from skypact.node.settings import Settings
from skypact.node.sources import space_track
from skypact.node.sources.bodies import keep_body, read_body
from skypact.node.sources.files import SourceFile
from skypact.node.store.budgets import FileState, read_files, write_file
from skypact.node.whole_files import whole_file

if TYPE_CHECKING:
    from skypact.node.store.database import Database

MANIFEST = "manifest.json"
FORMAT_NAME = "skypact-sources-1"
_MANIFEST_BYTES = 1_000_000


def export_bundle(
    settings: Settings,
    database: Database,
    path: Path,
    *,
    with_space_track: bool = False,
    clock: Callable[[], int] = now_tai_ns,
) -> list[str]:
    """Write everything held of the providers into one zip file and return the names of what is in it.

    Files of Space-Track stay out unless asked for: handing them on needs the approval of USSPACECOM.

    Raises
    ------
    NotFoundError
        If nothing is held.
    """
    with database.read() as connection:
        states = [s for s in read_files(connection) if s.body_sha256]
    chosen: list[tuple[FileState, bytes]] = []
    for state in states:
        body = read_body(bodies_folder(settings), state.body_sha256)
        if body is not None and (with_space_track or state.source != space_track.SOURCE):
            chosen.append((state, body))
    if not chosen:
        raise NotFoundError("nothing is held that could be carried", remedy="run 'skypact catalog update'")
    manifest = {
        "format": FORMAT_NAME,
        "skypact_version": __version__,
        "data_mode": settings.mode.value,
        "created_utc": format_utc(clock(), decimals=0),
        "files": [_entry(state) for state, _ in chosen],
    }
    with whole_file(path) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
        for sha256, body in {state.body_sha256: body for state, body in chosen}.items():
            archive.writestr(sha256, body)
    return [f"{state.source}/{state.name}" for state, _ in chosen]


def _entry(state: FileState) -> dict[str, Any]:
    return {
        "source": state.source,
        "name": state.name,
        "url": state.body_url,
        "retrieved_utc": format_utc(state.retrieved_tai_ns, decimals=9),
        "sha256": state.body_sha256,
        "size_bytes": state.body_bytes,
    }


def import_bundle(
    settings: Settings,
    database: Database,
    path: Path,
    *,
    take_in: TakeIn | None = None,
    clock: Callable[[], int] = now_tai_ns,
) -> UpdateReport:
    """Take in what another node exported, where it is newer than what is held; asks nobody.

    Ages go on from when the other node retrieved the files, and every checksum is verified first.

    Raises
    ------
    FormatError
        If it is not such a file, or anything in it is not what its manifest says; nothing is kept then.
    DataModeError
        If it comes from a node of another mode.
    """
    entries = _read_bundle(settings, path)
    fetcher = Fetcher(settings, database, offline_asker(), clock=clock)
    load = take_in or catalog_loader(fetcher)
    rows = []
    for file, entry, body in entries:
        retrieved = parse_utc(str(entry["retrieved_utc"]), where=str(path))
        sha256 = keep_body(fetcher.bodies, body)
        with database.write() as connection:
            state = file_state(connection, settings, file)
            newer = retrieved > state.retrieved_tai_ns
            if newer:
                state = replace(
                    state,
                    result="imported",
                    words=f"from {path.name}",
                    retrieved_tai_ns=retrieved,
                    current_tai_ns=max(state.current_tai_ns, retrieved),
                    body_sha256=sha256,
                    body_bytes=len(body),
                    body_url=str(entry["url"]),
                    etag="",
                    last_modified="",
                )
                write_file(connection, state)
        words = "" if newer else "what is held is as new"
        outcome = Outcome(file, Result.NEW if newer else Result.UNCHANGED, state, words)
        rows.append(taken_in(fetcher, outcome, load))
    return UpdateReport(tuple(rows))


def _read_bundle(settings: Settings, path: Path) -> list[tuple[SourceFile, dict[str, Any], bytes]]:
    """Read and verify the whole bundle before anything of it is used."""
    where = str(path)
    data = read_input(path).data
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            manifest = json.loads(_member(archive, MANIFEST, _MANIFEST_BYTES))
            if manifest["format"] != FORMAT_NAME:
                raise FormatError(f"unknown format '{manifest['format']}'", where=where)
            if manifest["data_mode"] != settings.mode.value:
                raise DataModeError(
                    f"the bundle is {manifest['data_mode']}, the node {settings.mode}", where=where
                )
            return [_verified(archive, settings, entry, where) for entry in manifest["files"]]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise FormatError(f"damaged zip file ({error})", where=where, remedy="copy it again") from error
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(
            f"not a bundle of skypact ({error})", where=where, remedy="make one with 'skypact sources export'"
        ) from error


def _verified(
    archive: zipfile.ZipFile, settings: Settings, entry: dict[str, Any], where: str
) -> tuple[SourceFile, dict[str, Any], bytes]:
    file = _file(settings, str(entry["source"]), str(entry["name"]))
    body = _member(archive, str(entry["sha256"]), file.limit_bytes)
    if hashlib.sha256(body).hexdigest() != entry["sha256"]:
        raise FormatError(
            f"{file.full_name} is not what its checksum says", where=where, remedy="copy it again"
        )
    parse_utc(str(entry["retrieved_utc"]), where=where)
    return file, entry, body


def _file(settings: Settings, source: str, name: str) -> SourceFile:
    """Return the file of a name, whether the node is set to take it or not."""
    from skypact.node.sources.celestrak import celestrak_file

    if source not in SOURCES:
        raise ValueError(f"no source '{source}'")
    for file in configured_files(settings, source):
        if file.name == name:
            return file
    return space_track.space_track_file(name) if source == space_track.SOURCE else celestrak_file(name)


def _member(archive: zipfile.ZipFile, name: str, limit_bytes: int) -> bytes:
    with archive.open(name) as stream:
        body = stream.read(limit_bytes + 1)
    if len(body) > limit_bytes:
        raise ValueError(f"{name} is larger than {limit_bytes} bytes")
    return body
