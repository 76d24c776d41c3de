"""The documents say what the program does: generated pages, links, examples and quoted figures."""

from __future__ import annotations

import contextlib
import csv
import importlib
import io
import os
import pkgutil
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

import skypact.node
from docs.generate import FOLDER, FORMATS, LATER, LISTINGS, PAGES, columns_of
from skypact.formats.detect import Kind
from skypact.node.cli.commands import COMMANDS
from skypact.node.cli.main import LazyGroup, run
from skypact.node.desk.convert import Target
from skypact.node.views.listing import Column

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
WRITTEN = [path for path in DOCUMENTS if FOLDER not in path.parents]

NO_FORMATS = {Kind.HTML, Kind.UNKNOWN, Kind.SOCRATES}
"""Kinds that are told apart only to say what is wrong."""

COMPILING = "compiling the kernels"
"""Said where they were not compiled at set-up."""

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
SESSION = re.compile(r"<!-- run -->\n+```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"([\d][\d,.]*\d|\d)\s*[^\s<]*<!-- bench: ([\w-]+) \| (.+?) \| (\w+) -->")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("name", PAGES)
def test_generated_page_is_up_to_date(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name](), "run 'make docs'"


def test_no_generated_page_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(PAGES)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_stands_in_the_readme_or_in_a_guide(command: str) -> None:
    guides = [path for path in WRITTEN if path.name == "README.md" or path.parent.name == "guides"]
    assert any(f"skypact {command}" in path.read_text(encoding="utf-8") for path in guides)


def test_every_option_has_help() -> None:
    text = (FOLDER / "cli.md").read_text(encoding="utf-8")
    bare = re.findall(r"^  (--[\w-]+(?: <[^>]*>)?)$(?!\n {10})", text, re.MULTILINE)
    assert not bare


def test_every_command_shows_an_example() -> None:
    text = (FOLDER / "cli.md").read_text(encoding="utf-8")
    helps = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    groups = [h for h in helps if "\nCommands:\n" in h]
    assert [h.splitlines()[0] for h in helps if "Example: skypact " not in h and h not in groups] == []


def test_every_format_is_in_the_table() -> None:
    kinds = {kind for _, kind, *_ in FORMATS if kind}
    assert kinds | {name.lower() for name in LATER} == {str(kind) for kind in Kind if kind not in NO_FORMATS}
    written = {kind for _, kind, _, written, *_ in FORMATS if written}
    assert written == {str(target) for target in Target}


def test_every_listing_has_its_columns_in_the_reference() -> None:
    known = {(module, name) for _, module, name in LISTINGS}
    documented = {column for module, name in known for column in columns_of(module, name)}
    for info in pkgutil.walk_packages(skypact.node.__path__, "skypact.node."):
        if ".migrations" in info.name or info.name.startswith("skypact.node.store"):
            continue
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            declared_here = f"{name} = (" in Path(str(module.__file__)).read_text(encoding="utf-8")
            whole = name.endswith("COLUMNS") and isinstance(value, tuple) and len(value) > 2
            if whole and declared_here and all(isinstance(column, Column) for column in value):
                assert (info.name, name) in known or set(value) <= documented


def mentioned_commands(text: str) -> Iterator[list[str]]:
    """Return the words of every command line in the code blocks of a document."""
    for block in FENCE.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            match = re.match(r"(?:\$ |[A-Z_]+=\S+ |.*&& )*(?:\.venv/bin/)?skypact (.*)", line)
            if match:
                plain = re.split(r" # | >> | \|\| | \| ", match.group(1))[0]
                yield shlex.split(plain)
    for words in re.findall(r"`skypact ([a-z][^`]*)`", FENCE.sub("", text)):
        yield words.split()


@pytest.mark.parametrize("path", WRITTEN, ids=relative)
def test_commands_and_options_in_the_documents_exist(path: Path) -> None:
    root = LazyGroup(name="skypact")
    for words in mentioned_commands(path.read_text(encoding="utf-8")):
        if words[0].startswith("-"):
            continue
        command = root.get_command(None, words[0])
        assert command is not None, f"{relative(path)}: skypact {' '.join(words)}"
        verbs = getattr(command, "commands", {})
        if verbs and len(words) > 1 and not words[1].startswith("-"):
            command = verbs.get(words[1].split("|")[0])
            assert command is not None, f"{relative(path)}: skypact {' '.join(words)}"
        known = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
        known |= {"--help", "--debug"}
        options = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert options <= known, f"{relative(path)}: skypact {' '.join(words)}"


def headings(path: Path) -> set[str]:
    """Return the anchors of a document, as GitHub makes them."""
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_relative_links_lead_somewhere(path: Path) -> None:
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    for link in (one or two for one, two in LINK.findall(text)):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), f"{relative(path)}: {link}"
        if anchor:
            assert anchor in headings(target), f"{relative(path)}: {link}"


@pytest.mark.parametrize("path", [p for p in WRITTEN if PYTHON.search(p.read_text("utf-8"))], ids=relative)
def test_python_in_the_documents_runs(path: Path) -> None:
    names: dict[str, object] = {}
    for code in PYTHON.findall(path.read_text(encoding="utf-8")):
        exec(compile(code, relative(path), "exec"), names)


def commands_of(session: str) -> Iterator[tuple[str, str]]:
    """Return each command of a session with the output that follows it."""
    for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        while command.endswith("\\"):
            more, _, output = output.partition("\n")
            command = command[:-1] + more.removeprefix(">").strip()
        yield command, output


def as_pattern(output: str) -> str:
    """Return the expected output as a pattern: ``...`` stands for any text, spaces count once."""
    lines = [" ".join(line.split()) for line in output.strip().splitlines()]
    return r"\s*".join(re.escape(line).replace(r"\.\.\.", ".*?") for line in lines) + r"\s*"


@pytest.mark.parametrize("path", [p for p in WRITTEN if SESSION.search(p.read_text("utf-8"))], ids=relative)
def test_sessions_in_the_documents_run_and_print_what_they_show(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SKYPACT_")]:
        monkeypatch.delenv(name)
    for session in SESSION.findall(path.read_text(encoding="utf-8")):
        for command, expected in commands_of(session):
            words = shlex.split(command)
            assert words[0] == "skypact", command
            said = io.StringIO()
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                code = run(words[1:])
            assert code == 0, f"{command}: {said.getvalue()}"
            lines = [line for line in said.getvalue().splitlines() if not line.startswith(COMPILING)]
            got = " ".join(" ".join(lines).split())
            assert re.fullmatch(as_pattern(expected), got, re.DOTALL), f"{command} printed\n{said.getvalue()}"


@pytest.mark.parametrize("path", WRITTEN, ids=relative)
def test_quoted_figures_are_those_of_a_bench_row(path: Path) -> None:
    """``12.3 times<!-- bench: NAME | words of the row | column -->`` must be what a row of the bench says."""
    prose = re.sub(r"`[^`\n]*`", "", path.read_text(encoding="utf-8"))
    for text, name, words, column in QUOTED.findall(prose):
        with (ROOT / "bench" / "rows" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            rows = [row for row in csv.DictReader(stream) if words in " ".join(map(str, row.values()))]
        values = [float(row[column]) for row in rows if row.get(column)]
        places = len(text.partition(".")[2])
        quoted = float(text.replace(",", ""))
        assert any(round(value, places) == quoted for value in values), f"{text}: {name} has {values}"
