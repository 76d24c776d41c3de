"""Draw the pictures of the documents from an exercise report: ``python -m docs.picture`` (about a minute).

The exercise has a fixed seed and time, so the same pictures come out again.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from skypact.astro.timescales import parse_utc
from skypact.node.desk.up import up

IMAGES = Path(__file__).resolve().parent / "images"
NOW = "2026-01-05T06:00:00Z"
FIGURES = ("board", "map")
"""Figures of the report that the documents show, by the name of their title."""

STYLE = """<style>
svg { --paper: #ffffff; --panel: #f6f7f9; --ink: #16191d; --soft: #5b6570; --grid: #dfe3e8; --blue: #0072b2;
  --orange: #d98f00; --red: #d55e00; --green: #007a5a; --gray: #b3bac3;
  background: #ffffff; font-family: system-ui, sans-serif; }
</style>"""
"""The light colors of the report (``views/templates/report.css``): an image has no page around it."""


def figure(page: str, name: str) -> str:
    """Return one figure of a report as a picture of its own."""
    found = next(svg for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL) if f'"{name}-title"' in svg)
    head, _, rest = found.partition(">")
    return f"{head}>\n{STYLE}\n{rest}\n"


def main() -> None:
    """Run the main job on an exercise in a temporary folder, and keep its figures."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            up(now_tai_ns=parse_utc(NOW), home=Path("node"), report=Path("report.html"))
            page = Path("report.html").read_text(encoding="utf-8")
        finally:
            os.chdir(here)
    IMAGES.mkdir(exist_ok=True)
    for name in FIGURES:
        (IMAGES / f"{name}.svg").write_text(figure(page, name), encoding="utf-8")


if __name__ == "__main__":
    main()
