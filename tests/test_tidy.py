"""Habits of the code that no linter checks: size, names, units, spelling, and that nothing lies about unused.

Each test states its rule in its first line. Exceptions stand in the tables at the top, each with its reason.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from skypact.node.cli.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "skypact"

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

LONG_KERNELS = {
    "orbits/sgp4_kernels.py:sgp4_state": "SGP4 as published (Vallado et al. 2006), in its order",
    "orbits/sgp4_kernels_init.py:sgp4_row": "its initialization, in its order",
    "orbits/sgp4_kernels_init.py:half_day_terms": "Hujsak's polynomials for 12-hour resonance, as published",
    "orbits/sgp4_kernels_init.py:deep_space": "the deep-space initialization, in its order",
    "orbits/sgp4_kernels_lanes.py:finish": "the short-period terms of SGP4, in their order",
    "conjunction/pc_orbit_kernels.py:to_state_with_partials": "equinoctial partials, as published",
    "conjunction/pc_overlap_kernels.py:peak_overlap": "the iterated point of Hall (2021), in its order",
    "conjunction/screening_kernels.py:evaluate_blocks": "one loop over lanes, which LLVM vectorizes",
    "conjunction/lanes_kernels.py:_append_overlaps": "instructions of LLVM, one after the other",
}
"""Functions that may be longer than the rest: kernels only."""

KERNELS_CHECKED_BY = {
    "orbits/sgp4_kernels.py": ("tests/orbits/test_sgp4.py", "sgp4"),
    "orbits/sgp4_kernels_init.py": ("tests/orbits/test_sgp4.py", "sgp4"),
    "orbits/sgp4_kernels_near.py": ("tests/orbits/test_sgp4.py", "sgp4"),
    "orbits/sgp4_kernels_deep.py": ("tests/orbits/test_sgp4.py", "sgp4"),
    "orbits/sgp4_kernels_lanes.py": ("tests/orbits/test_sgp4_kernels.py", "math"),
    "orbits/interpolation_kernels.py": (
        "tests/orbits/test_interpolation_kernels.py",
        "tests.plain.interpolation_plain",
    ),
    "conjunction/screening_kernels.py": (
        "tests/conjunction/test_search_kernels.py",
        "tests.plain.search_plain",
    ),
    "conjunction/lanes_kernels.py": ("tests/conjunction/test_search_kernels.py", "tests.plain.search_plain"),
    "conjunction/few_kernels.py": ("tests/conjunction/test_search_kernels.py", "tests.plain.search_plain"),
    "conjunction/refinement_kernels.py": (
        "tests/conjunction/test_screening.py",
        "tests.plain.screening_plain",
    ),
    "conjunction/pc_kernels.py": ("tests/conjunction/test_pc_kernels.py", "tests.plain.pc_plain"),
    "conjunction/pc_hall_kernels.py": (
        "tests/conjunction/test_pc_curved_kernels.py",
        "tests.plain.curved_encounter_plain",
    ),
    "conjunction/pc_monte_carlo_kernels.py": (
        "tests/conjunction/test_pc_curved_kernels.py",
        "tests.plain.curved_encounter_plain",
    ),
    "conjunction/pc_orbit_kernels.py": (
        "tests/conjunction/test_pc_curved_kernels.py",
        "tests.plain.curved_encounter_plain",
    ),
    "conjunction/pc_overlap_kernels.py": (
        "tests/conjunction/test_pc_curved_kernels.py",
        "tests.plain.curved_encounter_plain",
    ),
}
"""Each file of kernels: the test that compares it, and the plain twin or foreign library it is held to."""

KERNEL_IMPORTS = {
    "__future__", "math", "typing", "numpy", "numba", "llvmlite",
    "skypact.orbits.jit", "skypact.astro.constants",
}  # fmt: skip
"""What kernels may import besides each other: the digest of their sources covers just this (jit_cache)."""

PLAIN_FLOATS = {0.0, 0.5, 1.0, 2.0}
"""Numbers that a comparison may hold without a name."""
THRESHOLDS_AS_PUBLISHED = {"orbits/sgp4_kernels_init.py"}
"""Transcriptions that keep the bare numbers of their source in comparisons."""

UNITS = {
    "km", "m", "s", "d", "h", "y", "min", "ns", "deg", "rad", "mjd", "jd", "hours", "days", "minutes",
    "km2", "m2", "km_s", "m_s", "km_s2", "km2_s2", "km3_s2", "rad_s", "deg_d", "rev_d", "rev_d2", "per_er",
}  # fmt: skip
DIMENSIONLESS = {
    "fraction", "value", "probability", "pc", "pc_max", "pc_threshold", "confidence", "eccentricity",
    "low", "high", "mean", "sigma", "scale",  # of random draws, whose unit is the caller's
    "missing",  # the number that stands for "nothing" in a column
    "bands_per_angle", "cells_per_angle",
}  # fmt: skip

ENTRY_POINTS = {
    "skypact.node.warm",  # make setup
    "skypact.node.store.migrations.env",  # run by alembic
    *(f"skypact.node.cli.{module}" for module in COMMANDS.values()),
}

BRITISH = re.compile(
    r"\b(catalogu(?:e|es|ed|ing)|manoeuvr\w*|behaviours?|colou?red?s?(?<!color)(?<!colors)(?<!colored)|cent(?:re|res|red)"
    r"|neighbour\w*|(?:kilo|milli|centi)?metres?|analys(?:e|ed|ing)|artefacts?|favour\w*|honour\w*|grey"
    r"|defence|fulfil|(?:un)?labelled|modell(?:ed|ing)|cancell(?:ed|ing)|travell\w+"
    r"|(?:initial|normal|organ|recogn|optim|summar|serial|synchron|minim|maxim|standard|vector|real|regular)is(?:e|ed|es|ing|ation)\w*)\b",
    re.IGNORECASE,
)
BRITISH_TITLES = ("US SSN catalogue",)
"""Names of other people's works keep their spelling."""

MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|root|home|Users|mnt|srv)/\w")
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("anaconda", "org"),
        ("npmjs", "org"),
        ("crates", "io"),
    )
]
"""Hosts of package registries, which may not stand in the repository: any mirror must do."""

SKIPPED_FOLDERS = {
    ".git",
    ".venv",
    ".tools",
    "__pycache__",
    ".hypothesis",
    "node",
    "node-exercise",
    "report",
    "dist",
}


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def text_files() -> Iterator[Path]:
    """Every text of the repository: sources, documents, settings."""
    suffixes = {".py", ".md", ".toml", ".j2", ".css", ".yaml", ".yml", ".lock", ".cff", ".mako", ""}
    for path in ROOT.rglob("*"):
        inside = path.relative_to(ROOT)
        hidden = any(part.startswith(".") and part.endswith("_cache") for part in inside.parts)
        top = inside.parts[0] in SKIPPED_FOLDERS or "__pycache__" in inside.parts
        if path.is_file() and path.suffix in suffixes and not top and not hidden:
            yield path


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    yield from (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef))


def place(path: Path, node: ast.AST | None = None) -> str:
    line = f":{node.lineno}" if node is not None and hasattr(node, "lineno") else ""
    return f"{path.relative_to(ROOT)}{line}"


def inside_package(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def is_kernel_file(path: Path) -> bool:
    return "kernel" in path.stem


def test_files_have_at_most_500_lines() -> None:
    long = {place(path): lines for path in python_files("src", "tests", "bench", "docs")
            if (lines := len(path.read_text(encoding="utf-8").splitlines())) > FILE_LINES_MAX}  # fmt: skip
    assert not long


def test_functions_have_at_most_70_lines_unless_they_are_kernels_of_the_list() -> None:
    """The options of a command are a table and do not count."""
    long = {}
    for path in python_files("src", "tests", "bench", "docs"):
        for function in functions(path):
            options_apart = "node/cli" in path.as_posix()
            begin = function.body[0].lineno if options_apart else function.lineno
            lines = (function.end_lineno or begin) - begin + 1
            if lines > FUNCTION_LINES_MAX:
                name = inside_package(path) if PACKAGE in path.parents else place(path)
                long[f"{name}:{function.name}"] = lines
    assert set(long) - set(LONG_KERNELS) == set()
    assert set(LONG_KERNELS) - set(long) == set(), "these are short now: take them off the list"
    assert all("kernel" in name for name in LONG_KERNELS)


def test_only_the_command_line_prints() -> None:
    printing = [
        place(path, node)
        for path in python_files("src")
        if not inside_package(path).startswith("node/cli/")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not printing


def test_comparisons_inside_functions_hold_no_bare_float() -> None:
    """0, 1/2, 1 and 2 are free; every other number in a comparison has a name, and its reason beside it."""
    bare = []
    for path in python_files("src"):
        if inside_package(path) in THRESHOLDS_AS_PUBLISHED:
            continue
        for function in functions(path):
            for compare in (node for node in ast.walk(function) if isinstance(node, ast.Compare)):
                for node in ast.walk(compare):
                    if (
                        isinstance(node, ast.Constant)
                        and isinstance(node.value, float)
                        and node.value not in PLAIN_FLOATS
                    ):
                        bare.append(f"{place(path, compare)}: {ast.unparse(compare)}")
    assert not bare


def has_unit(name: str) -> bool:
    return name in DIMENSIONLESS or any(name == unit or name.endswith(f"_{unit}") for unit in UNITS)


def test_names_of_float_arguments_end_in_a_unit() -> None:
    """Of public functions; kernels that transcribe keep the letters of their source."""
    nameless = []
    for path in python_files("src"):
        if is_kernel_file(path):
            continue
        for function in functions(path):
            if function.name.startswith("_"):
                continue
            arguments = function.args
            for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                kind = ast.unparse(argument.annotation) if argument.annotation else ""
                if kind in {"float", "float | None"} and not has_unit(argument.arg):
                    nameless.append(f"{place(path, function)} {function.name}({argument.arg})")
    assert not nameless


def imported_modules(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_every_module_is_used() -> None:
    modules = {
        ".".join(("skypact", *path.relative_to(PACKAGE).with_suffix("").parts)): path
        for path in python_files("src")
        if path.name != "__init__.py" and "versions" not in path.parts
    }
    used = set(ENTRY_POINTS)
    for name, path in modules.items():
        used |= imported_modules(path) - {name}
    for path in PACKAGE.rglob("__init__.py"):
        used |= imported_modules(path)
    assert set(modules) - used == set()


def test_every_file_of_kernels_is_compared_with_a_plain_twin_or_a_foreign_library() -> None:
    kernels = {inside_package(path) for path in python_files("src") if is_kernel_file(path)}
    assert kernels == set(KERNELS_CHECKED_BY)
    for kernel, (test, reference) in KERNELS_CHECKED_BY.items():
        imported = imported_modules(ROOT / test)
        assert any(name == reference or name.startswith(f"{reference}.") for name in imported), (kernel, test)


def test_kernels_import_only_what_the_digest_of_their_sources_covers() -> None:
    for path in (p for p in python_files("src") if is_kernel_file(p)):
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            for name in names:
                whole = [name] if "kernel" in name or name.split(".")[0] != "skypact" else []
                whole = whole or [name if name in KERNEL_IMPORTS else f"{name}.{a.name}" for a in node.names]
                for one in whole:
                    allowed = one in KERNEL_IMPORTS or one.split(".")[0] in KERNEL_IMPORTS or "kernel" in one
                    assert allowed, f"{place(path, node)}: {one}"


def test_every_document_has_one_title_at_its_top() -> None:
    for path in (
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "tests" / "data").rglob("*.md"),
    ):
        text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        titles = [line for line in text.splitlines() if line.startswith("# ")]
        assert len(titles) == 1, f"{place(path)}: {titles}"
        assert text.lstrip().startswith("# "), f"{place(path)} does not begin with its title"


@pytest.mark.parametrize("word", ["utils", "common", "helpers", "misc", "manager"])
def test_no_module_has_a_name_that_says_nothing(word: str) -> None:
    assert not [path for path in PACKAGE.rglob("*") if path.stem == word]


def test_no_path_of_a_machine_and_no_registry_stands_in_the_repository() -> None:
    found = []
    for path in text_files():
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{place(path)}: {match.group()}" for match in MACHINE_PATHS.finditer(text)]
        found += [f"{place(path)}: {host}" for host in REGISTRIES if host in text]
    assert not found


def test_spelling_is_american() -> None:
    found = []
    for path in text_files():
        if path.suffix == ".lock" or path == Path(__file__) or path.name == "LICENSE":
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for title in BRITISH_TITLES:
            text = text.replace(title, "")
        found += [f"{place(path)}: {match.group()}" for match in BRITISH.finditer(text)]
    assert not found


def test_sections_of_docstrings_stand_on_lines_of_their_own() -> None:
    run_together = re.compile(r"(?:Parameters|Returns|Raises|Attributes) -{3,}")
    assert not [place(path) for path in python_files("src") if run_together.search(path.read_text("utf-8"))]


def test_nothing_is_left_to_do() -> None:
    marks = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3)) + r")\b")
    left = [
        place(path)
        for path in python_files("src", "tests", "bench", "docs")
        if marks.search(path.read_text("utf-8"))
    ]
    assert not left
