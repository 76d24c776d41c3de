"""The one table of commands: name, module beside this file, and the line that ``skypact --help`` shows."""

from __future__ import annotations

_TABLE = (
    ("init", "init", "Make a node in SKYPACT_HOME."),
    ("up", "up", "Do the main job: catalog, screening of the next 7 days, report."),
    ("screen", "screen", "Find every close approach in a window."),
    ("conjunctions", "conjunctions", "List, show and export conjunctions."),
    ("cdm", "cdm", "Load conjunction data messages."),
    ("pc", "pc", "Compute the collision probability of CDMs by named methods."),
    ("catalog", "catalog", "Load and ask the catalog."),
    ("assets", "assets", "Say which objects you answer for."),
    ("sources", "sources", "Show and switch the data providers."),
    ("ephemeris", "ephemeris", "Print positions and velocities of objects."),
    ("convert", "convert", "Rewrite a message or catalog in another format."),
    ("exercise", "exercise", "Make exercise populations."),
    ("config", "config", "Show every setting with its value and where it comes from."),
)

COMMANDS = {name: module for name, module, _ in _TABLE}
ABOUT = {name: text for name, _, text in _TABLE}
