"""Make a node and open it: its folder, its settings file, its database, and the mode that never changes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from skypact import __version__
from skypact.errors import DataModeError, InputError, StoreError, UsageError
from skypact.node.settings import FILE_NAME, NODE_ID_PATTERN, Settings, find_home, load_settings
from skypact.node.store.database import Database
from skypact.node.store.identity import Identity, read_identity, write_identity
from skypact.node.whole_files import write_whole
from skypact.records import DataMode


@dataclass(frozen=True)
class Node:
    """An open node: ``with open_node() as node``."""

    settings: Settings
    database: Database

    @property
    def node_id(self) -> str:
        """Identity of the node, as ``kr.kasi``."""
        return self.settings.node_id

    @property
    def mode(self) -> DataMode:
        """Data mode of everything in the node."""
        return self.settings.mode

    def __enter__(self) -> Node:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.database.close()


def make_node(node_id: str, mode: DataMode, *, home: Path | None = None) -> tuple[Node, bool]:
    """Make the node's folder, settings file and database; return the open node and whether it is new.

    A second call with the same identity and mode changes nothing.

    Raises
    ------
    UsageError
        For an identity that is not written as ``kr.kasi``.
    DataModeError
        If the folder holds a node of another mode; InputError if of another identity.
    """
    if not re.fullmatch(NODE_ID_PATTERN, node_id):
        raise UsageError(
            f"'{node_id}' is not an identity",
            where="--id",
            remedy="write country and organization, as kr.kasi",
        )
    folder = find_home(home)
    file = folder / FILE_NAME
    if file.exists():
        settings = load_settings(folder)
        _check_same(settings.node_id, settings.mode, node_id, mode, str(folder))
    else:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(file, _first_file(node_id, mode).encode(), private=True)
        settings = load_settings(folder)
    database = Database.create(settings.database_url, wait_s=settings.database_wait_s)
    try:
        with database.write() as connection:
            found = read_identity(connection)
            if found is None:
                write_identity(connection, Identity(node_id, mode, _now_utc()), __version__)
        if found is not None:
            _check_same(found.node_id, found.mode, node_id, mode, database.place)
    except BaseException:
        database.close()
        raise
    return Node(settings, database), found is None


def open_node(home: Path | None = None) -> Node:
    """Open the node in ``home`` (default: ``SKYPACT_HOME``, else ``./node``).

    Raises
    ------
    NotFoundError
        Where there is no node.
    DataModeError
        If the database belongs to a node of another mode; InputError if to another identity.
    StoreError
        If the database cannot be used.
    """
    settings = load_settings(home)
    database = Database.open(settings.database_url, wait_s=settings.database_wait_s)
    try:
        with database.read() as connection:
            found = read_identity(connection)
        if found is None:
            raise StoreError(f"{database.place} belongs to no node", remedy="run 'skypact init' again")
        _check_same(found.node_id, found.mode, settings.node_id, settings.mode, database.place)
    except BaseException:
        database.close()
        raise
    return Node(settings, database)


def _check_same(found_id: str, found_mode: DataMode, node_id: str, mode: DataMode, place: str) -> None:
    if found_mode != mode:
        raise DataModeError(
            f"the node is {found_mode}, not {mode}, and the mode of a node never changes",
            where=place,
            remedy="make another node: set SKYPACT_HOME to a new folder",
        )
    if found_id != node_id:
        raise InputError(
            f"the node is {found_id}, not {node_id}",
            where=place,
            remedy="make another node: set SKYPACT_HOME to a new folder",
        )


def _first_file(node_id: str, mode: DataMode) -> str:
    return (
        "# Settings of this skypact node; 'skypact config' lists all of them.\n"
        f'node_id = "{node_id}"\n'
        f'mode = "{mode}"  # never changes\n'
    )


def _now_utc() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
