"""The root of the command line: commands by name, each loaded only when it is used."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from skypact import __version__
from skypact.errors import SkypactError
from skypact.node.cli.commands import ABOUT, COMMANDS

EXIT_INPUT = 2
EXIT_FAILED = 3
EXIT_INTERRUPTED = 130

COMPLETION = ("install_completion", "show_completion")
"""Options that typer gives every app; in a command loaded on demand they cannot work."""

_ClickError: Any = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")
"""Base of all usage errors; typer gives it no public name."""


class LazyGroup(TyperGroup):
    """A group that imports a command's module only when that command runs or shows its help."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import the module of ``cmd_name`` and return its command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"skypact.node.cli.{COMMANDS[cmd_name]}")
        command = get_command(module.app)
        command.name = cmd_name
        command.params = [p for p in command.params if p.name not in COMPLETION]
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the help page from the table alone, so that no command is imported."""
        with formatter.section("Commands"):
            formatter.write_dl(list(ABOUT.items()))


app = typer.Typer(cls=LazyGroup, invoke_without_command=False, add_completion=False, rich_markup_mode=None)


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"skypact {__version__}")
        raise typer.Exit


@app.callback(
    help="Shared space situational awareness between allied nations.\n\n"
    "Example: skypact screen gp.csv --hours 24"
)
def root(
    version: bool = typer.Option(
        False, "--version", help="Print the version and stop.", callback=_show_version, is_eager=True
    ),
    debug: bool = typer.Option(False, "--debug", help="Show the trace of an error."),
) -> None:
    """Take the options that stand before every command."""


def _fail(text: str, code: int) -> int:
    """Print one line on stderr and return the exit code."""
    from skypact.node.cli.options import tell

    tell("skypact: " + " ".join(text.split()))
    return code


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit code: 0 done, 1 asked to be told, 2 wrong use, 3 failed."""
    arguments = list(arguments)
    debug = "--debug" in arguments
    if debug:  # accepted anywhere on the line
        arguments = ["--debug", *(a for a in arguments if a != "--debug")]
    if sys.stdout is None:  # closed by the caller, as with >&-
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    try:
        result = get_command(app).main(args=arguments, prog_name="skypact", standalone_mode=False)
    except SkypactError as error:
        if debug:
            raise
        return _fail(str(error), error.exit_code)
    except typer.Exit as stop:
        return int(stop.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        result = EXIT_INTERRUPTED
    except _ClickError as error:
        return _fail(_usage(error), EXIT_INPUT)
    except (BrokenPipeError, SystemExit):  # the reader went away, as head does: typer makes it the second
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except OSError as error:
        if debug:
            raise
        place = f"{error.filename}: " if error.filename else ""
        return _fail(f"{place}{error.strerror or error}", EXIT_FAILED)
    except Exception as error:
        if debug:
            raise
        words = f"an error of the program itself, {type(error).__name__}: {error}"
        return _fail(f"{words}; --debug shows where, please report it", EXIT_FAILED)
    if result == EXIT_INTERRUPTED:  # typer makes this number of KeyboardInterrupt, and says nothing
        return _fail("interrupted; nothing half-written was kept", EXIT_INTERRUPTED)
    return result if isinstance(result, int) else 0


def _usage(error: Any) -> str:
    """Say what was wrong in one line; a group without its command would print its whole help page."""
    context = getattr(error, "ctx", None)
    text = "Missing command" if type(error).__name__ == "NoArgsIsHelpError" else error.format_message()
    text = text.replace("Value error, ", "").rstrip(".")
    return f"{text}; see '{context.command_path} --help'" if context is not None else text


def main() -> None:
    """Entry point of the ``skypact`` command."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    raise SystemExit(run(sys.argv[1:]))
