"""The settings of a node, each declared once: read from its TOML file and from ``SKYPACT_*`` variables.

A variable wins over the file, the file over the default. The node's folder is ``SKYPACT_HOME`` (default
``./node``); its file is ``skypact.toml``. There is no global settings object: whoever needs settings is
given them.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic.config import JsonDict
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from skypact.errors import FormatError, InputError, NotFoundError
from skypact.records import DataMode

DEFAULT_HOME = Path("node")
"""Folder of the node where ``SKYPACT_HOME`` is not set, below the current folder."""

FILE_NAME = "skypact.toml"
ENV_PREFIX = "SKYPACT_"
NODE_ID_PATTERN = r"^[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+$"
"""Country and organization in lower case, as ``kr.kasi``."""

_PASSWORD_IN_URL = re.compile(r"(://[^:/@]*:)[^@/]*@")


def unit(name: str) -> JsonDict:
    """Say the unit of a setting: ``Field(..., json_schema_extra=unit("s"))``."""
    return {"unit": name}


class Settings(BaseSettings):
    """Every setting of a node; the field's name is the name in the file, in capitals behind ``SKYPACT_``."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, extra="forbid", frozen=True)

    home: Path = Field(description="Folder of the node.")
    node_id: str = Field(
        pattern=NODE_ID_PATTERN, max_length=64, description="Identity of the node, fixed at init."
    )
    mode: DataMode = Field(description="Data mode of the whole node, fixed at init.")
    database: str = Field(
        default="",
        description="URL of the database (postgresql://...); empty: SQLite in the node's folder.",
    )
    database_wait_s: float = Field(
        default=60.0,
        gt=0,
        description="How long a writer waits for another before it gives up.",
        json_schema_extra=unit("s"),
    )
    offline: bool = Field(default=False, description="Make no request to anybody.")
    contact: str = Field(
        default="",
        max_length=200,
        description="Address of a person, told to data providers in every request (User-Agent).",
    )
    celestrak_url: str = Field(default="https://celestrak.org", description="Address of CelesTrak.")
    celestrak_files: tuple[str, ...] = Field(
        default=("gp-full-catalog", "supgp-starlink", "satcat", "eop", "space-weather"),
        max_length=40,
        description="Files taken from CelesTrak: gp-full-catalog, gp-GROUP, supgp-FILE, satcat, eop, ...",
    )
    celestrak_interval_h: float = Field(
        default=2.0,
        ge=2.0,
        le=168.0,
        description="Shortest time between two requests for the same GP file.",
        json_schema_extra=unit("h"),
    )
    space_track_url: str = Field(
        default="https://www.space-track.org", description="Address of Space-Track, or of its test server."
    )
    space_track_files: tuple[str, ...] = Field(
        default=("gp", "satcat"),
        max_length=10,
        description="Classes taken from Space-Track: gp, satcat, decay, tip, cdm-public.",
    )
    space_track_ids: tuple[int, ...] = Field(
        default=(), description="Catalog numbers that gp is limited to; empty: the whole catalog."
    )
    space_track_identity: str = Field(default="", description="Name of the Space-Track account.")
    space_track_password: SecretStr = Field(
        default=SecretStr(""),
        description="Password of the account; better as SKYPACT_SPACE_TRACK_PASSWORD than in the file.",
    )
    space_track_password_file: Path | None = Field(
        default=None, description="File whose first line is the password of the account."
    )
    space_track_requests_per_min: int = Field(
        default=25, ge=1, le=29, description="Budget of the account; Space-Track demands fewer than 30."
    )
    space_track_requests_per_h: int = Field(
        default=250, ge=1, le=299, description="Budget of the account; Space-Track demands fewer than 300."
    )
    source_timeout_s: float = Field(
        default=60.0,
        gt=0,
        le=600,
        description="How long a data provider may stay silent.",
        json_schema_extra=unit("s"),
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take the folder as given, then variables, then the node's file."""
        home: Path = init_settings()["home"]
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, home / FILE_NAME)

    @property
    def database_url(self) -> str:
        """URL of the node's database, with the default filled in."""
        return self.database or f"sqlite:///{(self.home / 'skypact.db').resolve()}"


@dataclass(frozen=True)
class SettingLine:
    """One line of ``skypact config``; secrets show only whether they are set."""

    name: str
    value: str
    default: str
    unit: str
    source: str
    """``file``, ``env`` (a ``SKYPACT_*`` variable) or ``default``."""
    help: str


def find_home(home: Path | None = None) -> Path:
    """Return the folder of the node: as given, else ``SKYPACT_HOME``, else ``./node``."""
    return home or Path(os.environ.get("SKYPACT_HOME") or DEFAULT_HOME)


def load_settings(home: Path | None = None) -> Settings:
    """Read the settings of the node in ``home`` (default: ``SKYPACT_HOME``, else ``./node``).

    Raises
    ------
    NotFoundError
        Where there is no node.
    InputError
        For a setting that is unknown or has an impossible value; FormatError for a broken file.
    """
    folder = find_home(home)
    file = folder / FILE_NAME
    if not file.is_file():
        raise NotFoundError(
            f"there is no node in {folder}", remedy="make one with 'skypact init --id kr.kasi --mode REAL'"
        )
    try:
        return Settings(home=folder)  # type: ignore[call-arg]  # the rest comes from the file
    except tomllib.TOMLDecodeError as error:
        raise FormatError(f"not valid TOML ({error})", where=str(file)) from error
    except ValidationError as error:
        raise _bad_setting(error, file) from error


def _bad_setting(error: ValidationError, file: Path) -> InputError:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    variable = f"{ENV_PREFIX}{name.upper()}"
    where = variable if variable in os.environ else f"{file}: {name}"
    return InputError(str(first["msg"]), where=where, remedy="see 'skypact config --help'")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return "(set)" if value.get_secret_value() else ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return _PASSWORD_IN_URL.sub(r"\1***@", str(value))


def describe(settings: Settings) -> list[SettingLine]:
    """Return one line for each setting, with where its value comes from."""
    in_file = tomllib.loads((settings.home / FILE_NAME).read_text(encoding="utf-8"))
    lines = []
    for name, field in Settings.model_fields.items():
        if f"{ENV_PREFIX}{name.upper()}" in os.environ:
            source = "env"
        else:
            source = "file" if name in in_file else "default"
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        default = (
            str(DEFAULT_HOME) if name == "home" else _text(None if field.is_required() else field.default)
        )
        lines.append(
            SettingLine(
                name=name,
                value=_text(getattr(settings, name)),
                default=default,
                unit=str(extra.get("unit", "")),
                source=source,
                help=field.description or "",
            )
        )
    return lines
