"""Write the pages of ``docs/reference`` from the program itself: ``make docs``.

``tests/test_docs.py`` fails when a page differs from what this makes, so a changed option shows in the diff.
"""

from __future__ import annotations

import contextlib
import csv
import importlib
import inspect
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from skypact import errors
from skypact.hooks import PLUGIN_POINTS, VERSION
from skypact.node.cli.commands import COMMANDS
from skypact.node.cli.main import LazyGroup, run
from skypact.node.settings import ENV_PREFIX, Settings
from skypact.node.views.listing import Column, Format

FOLDER = Path(__file__).resolve().parent / "reference"
ROWS = Path(__file__).resolve().parents[1] / "bench" / "rows"
MARK = "<!-- Written by `make docs`; do not edit. -->\n"
WIDTH = "100"

LISTINGS = (
    ("skypact screen", "skypact.node.desk.screen", "ENCOUNTER_COLUMNS"),
    ("skypact conjunctions list", "skypact.node.desk.conjunctions", "COLUMNS"),
    ("skypact conjunctions show", "skypact.node.desk.conjunction_show", "SHOW_COLUMNS"),
    ("skypact conjunctions history", "skypact.node.desk.conjunction_case", "HISTORY_COLUMNS"),
    ("skypact cdm list", "skypact.node.desk.cdm", "CDM_COLUMNS"),
    ("skypact catalog list", "skypact.node.desk.catalog_lists", "OBJECT_COLUMNS"),
    ("skypact catalog show", "skypact.node.desk.catalog_lists", "SHOW_COLUMNS"),
    ("skypact catalog history", "skypact.node.desk.catalog_lists", "HISTORY_COLUMNS"),
    ("skypact catalog stats", "skypact.node.desk.catalog_lists", "STATS_COLUMNS"),
    ("skypact catalog loads", "skypact.node.desk.catalog_lists", "LOAD_COLUMNS"),
    ("skypact catalog quarantine", "skypact.node.desk.catalog_lists", "QUARANTINE_COLUMNS"),
    ("skypact catalog update, skypact sources import", "skypact.node.desk.source_update", "_COLUMNS"),
    ("skypact assets list", "skypact.node.desk.assets", "ASSET_COLUMNS"),
    ("skypact sources", "skypact.node.desk.sources", "_COLUMNS"),
    ("skypact ephemeris", "skypact.node.views.ephemeris", "EPHEMERIS_COLUMNS"),
    ("skypact config", "skypact.node.cli.config", "COLUMNS"),
)
"""Where the columns of each listing are declared; those of ``skypact pc`` are asked for."""

HELD, PARTLY, OWN = "yes", "few public files", "own samples only"
FORMATS = (
    ("TLE, 2LE, 3LE", "tle", True, True, HELD, "whole catalogs; sgp4; gpconf"),
    ("OMM, CSV", "omm-csv", True, True, HELD, "whole catalogs of CelesTrak; gpconf"),
    ("OMM, JSON", "omm-json", True, True, HELD, "CelesTrak and Space-Track; gpconf"),
    ("OMM, XML", "omm-xml", True, True, HELD, "Orekit's samples, Space-Track; ccsds-ndm-py"),
    ("OMM, KVN", "omm-kvn", True, True, HELD, "Orekit's samples, CelesTrak; ccsds-ndm-py"),
    ("CDM 1.0, KVN", "cdm-kvn", True, True, HELD, "NASA CARA's and Orekit's messages; ccsds-ndm-py"),
    ("CDM 1.0, XML", "cdm-xml", True, True, HELD, "Orekit's samples; ccsds-ndm-py"),
    ("CDM, JSON", "cdm-json", True, True, PARTLY, "no public messages: own samples, both directions"),
    ("CDM 2.0 (draft)", "", True, False, OWN, "the draft as published; no public messages"),
    ("Space-Track cdm_public", "cdm-public", True, False, PARTLY, "as history only: it has no states"),
    ("OEM, KVN", "oem-kvn", True, True, HELD, "NASA's ISS ephemerides, Orekit's samples; ccsds-ndm-py"),
    ("OEM, XML", "oem-xml", True, True, HELD, "Orekit's samples, NASA's ISS ephemerides"),
    ("Modified ITC (Starlink)", "itc", True, True, OWN, "the description of the format; no public files"),
    ("SATCAT", "satcat", True, False, PARTLY, "Space-Track's list of new objects; own samples"),
    ("Earth orientation, CSV", "eop", True, False, HELD, "CelesTrak's file; astropy"),
    ("Space weather, CSV", "space-weather", True, False, HELD, "CelesTrak's file"),
    ("Hard-body radii, CSV", "hard-body-radius", True, False, HELD, "NASA CARA's table, own table"),
)
"""Name, kind (the word of ``skypact convert``), read, written, state of the checks, against what."""
LATER = ("OPM", "OCM", "TDM", "RDM", "AEM", "APM", "ACM", "SP3")


CLI_INTRO = """
What every command prints with `--help`. Data go to stdout, words to stderr. Exit codes: 0 done, 1 only where
you asked to be told, 2 wrong use or bad input (one line says what), 3 failed, 130 interrupted. `--debug`
shows the trace of an error. The columns of the listings are in [columns](columns.md).
"""
SETTINGS_INTRO = """
Settings stand in `skypact.toml` in the folder of the node; a variable wins over the file, the file over the
default. `skypact config` shows each with its value and where it comes from.
"""
ERRORS_INTRO = """
Everything that skypact refuses on purpose is one of these. Each says in one line what was wrong, where
(`file:line: FIELD`, an option, a table) and what to do; text from outside never raises anything else.
"""
FORMATS_INTRO = """
Files are told apart by their content, never by their name; gzip and zip are read as they are. Reading is
tolerant (unknown keywords are kept in order and counted; `skypact convert --strict` refuses them), writing is
strict.

- **yes**: public files of others are read, and what is written is held against an independent library.
- **few public files**: it works, but there is little of others to hold it against.
- **own samples only**: it follows the published description; nobody's file was found to try it on.
"""
COLUMNS_INTRO = """
The same in tables, CSV and JSON. Names end in their unit; `_utc` is ISO 8601 with `Z`. An empty cell (JSON:
`null`) means that nothing is known. A table for people may leave out columns that CSV and JSON have.
"""
BENCHES_INTRO = """
The newest row of every case, from `bench/rows`, where the older ones are too. `make bench` measures again:
peers run in turn with skypact in one process, because only ratios of one run compare. `+` behind a commit
says that the sources differed from it.
"""
HOOKS_INTRO = """
A plug-in is an installed Python package with an entry point; built-in parts have the same signature.
"""


def page(title: str, intro: str, body: str) -> str:
    """Return a whole page with its title, its mark and one newline at the end."""
    return f"# {title}\n\n{MARK}\n{intro.strip()}\n\n{body.strip()}\n"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table of Markdown."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def help_of(words: list[str]) -> str:
    """Return what ``skypact WORDS --help`` prints, at a fixed width."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = WIDTH
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            run([*words, "--help"])
    finally:
        os.environ.pop("COLUMNS")
        if before is not None:
            os.environ["COLUMNS"] = before
    return printed.getvalue().strip()


def commands() -> Iterator[list[str]]:
    """Return the words of every command and subcommand, in the order of the table."""
    group: Any = LazyGroup(name="skypact")
    yield []
    for name in COMMANDS:
        command = group.get_command(None, name)
        yield [name]
        for verb in getattr(command, "commands", {}):
            yield [name, verb]


def cli_page() -> str:
    """Return the help of every command."""
    parts = []
    for words in commands():
        level = "##" if len(words) < 2 else "###"
        parts.append(f"{level} skypact {' '.join(words)}".rstrip() + f"\n\n```text\n{help_of(words)}\n```")
    return page("Command line", CLI_INTRO, "\n\n".join(parts))


def settings_page() -> str:
    """Return every setting with variable, default, unit and help."""
    rows = []
    for name, field in Settings.model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        if field.is_required():
            default = "(said at init)" if name != "home" else "node"
        else:
            value = field.get_default(call_default_factory=True)
            secret = hasattr(value, "get_secret_value")
            default = "" if secret or value in (None, "", ()) else str(value)
            if isinstance(value, tuple):
                default = ", ".join(map(str, value))
            elif isinstance(value, bool):
                default = str(value).lower()
        rows.append(
            (
                f"`{name}`",
                f"`{ENV_PREFIX}{name.upper()}`",
                default,
                str(extra.get("unit", "")),
                field.description or "",
            )
        )
    return page(
        "Settings", SETTINGS_INTRO, table(("setting", "variable", "default", "unit", "what it does"), rows)
    )


def errors_page() -> str:
    """Return every error class with its exit code."""
    rows = []
    for name, kind in inspect.getmembers(errors, inspect.isclass):
        parent = kind.__mro__[1].__name__
        about = (inspect.getdoc(kind) or "").partition("\n")[0]
        rows.append((f"`{name}`", f"`{parent}`", str(kind.exit_code), about))
    return page(
        "Errors",
        ERRORS_INTRO,
        table(("class", "is a", "exit code", "meaning"), sorted(rows, key=lambda r: r[2])),
    )


def formats_page() -> str:
    """Return which formats are read and written, and how each was checked."""
    rows = [
        (
            name,
            f"`{kind}`" if kind else "",
            "yes" if read else "no",
            "yes" if written else "no",
            state,
            against,
        )
        for name, kind, read, written, state, against in FORMATS
    ]
    head = ("format", "kind", "read", "written", "checked", "against")
    later = f"Told apart, and refused as not supported yet: {', '.join(LATER)}."
    return page("Formats", FORMATS_INTRO, f"{table(head, rows)}\n\n{later}")


def columns_of(module: str, name: str) -> tuple[Column, ...]:
    """Return the declared columns."""
    columns: tuple[Column, ...] = getattr(importlib.import_module(module), name)
    return columns


def columns_page() -> str:
    """Return the columns of every listing."""
    pc = importlib.import_module("skypact.node.cli.pc")
    listings = [(title, columns_of(module, name)) for title, module, name in LISTINGS]
    listings.insert(1, ("skypact pc", pc._listing([], Format.CSV).columns))
    listings.insert(2, ("skypact pc --grid", pc._grid_listing([]).columns))
    parts = []
    for title, columns in listings:
        rows = [(f"`{column.name}`", column.about.rstrip(".")) for column in columns]
        parts.append(f"## {title}\n\n{table(('column', 'what it is'), rows)}")
    return page("Columns", COLUMNS_INTRO, "\n\n".join(parts))


def hooks_page() -> str:
    """Return every plug-in point."""
    parts = []
    for point in PLUGIN_POINTS:
        call = inspect.signature(point.signature.__call__)
        arguments = ", ".join(f"{p.name}: {p.annotation}" for p in list(call.parameters.values())[1:])
        code = f"def my_function({arguments}) -> {call.return_annotation}: ..."
        named = f'[project.entry-points."{point.group}"]\nmy-name = "my_package.my_module:my_function"'
        parts.append(f"## {point.group}\n\n{point.about}\n\n```python\n{code}\n```\n\n```toml\n{named}\n```")
    parts.append(f"This is version {VERSION} of the signatures.")
    return page("Plug-in points", HOOKS_INTRO, "\n\n".join(parts))


def newest_rows(path: Path) -> list[dict[str, str]]:
    """Return the newest row of each case of a bench: of each value of ``case`` or ``what``."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    newest = {}
    for row in rows:
        case = next((row[name] for name in ("case", "what") if row.get(name)), "")
        newest[case] = row
    return list(newest.values())


def benches_page() -> str:
    """Return the newest rows of every bench."""
    parts = []
    for path in sorted(ROWS.glob("*.csv")):
        rows = newest_rows(path)
        columns = [name for name in rows[0] if name not in {"bench", "machine", "load", "input_sha256"}]
        columns = [name for name in columns if any(row[name] for row in rows)]
        cells = [tuple(row[name] for name in columns) for row in rows]
        machines = "; ".join(dict.fromkeys(row["machine"] for row in rows))
        about = (inspect.getdoc(importlib.import_module(f"bench.{path.stem}")) or "").partition("\n\n")
        parts.append(f"## {path.stem}\n\n{about[0]}\n\n{table(tuple(columns), cells)}\n\nOn {machines}.")
    return page("Benchmarks", BENCHES_INTRO, "\n\n".join(parts) or "No rows yet.")


PAGES = {
    "benchmarks.md": benches_page,
    "cli.md": cli_page,
    "settings.md": settings_page,
    "formats.md": formats_page,
    "errors.md": errors_page,
    "columns.md": columns_page,
    "hooks.md": hooks_page,
}


def main() -> None:
    """Write every page."""
    FOLDER.mkdir(exist_ok=True)
    for name, make in PAGES.items():
        (FOLDER / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
