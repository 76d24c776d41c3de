"""``skypact sources``: show and switch the data providers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from skypact.node.cli.options import FormatOption, OutputOption, show, tell
from skypact.node.views.listing import Format

app = typer.Typer(
    help="Show the data providers: budget used, next request, age of what is held.\n\n"
    "Example: skypact sources --format csv",
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
)

SourceArgument = Annotated[str, typer.Argument(metavar="SOURCE", help="celestrak or space-track.")]
NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="A source, or one of its files as celestrak/gp-active.")
]


def ask_password() -> str:
    """Ask the person at the terminal for the Space-Track password, unseen; nothing where nobody is there."""
    if not sys.stdin.isatty():
        return ""
    return str(
        typer.prompt("Space-Track password", default="", hide_input=True, show_default=False, err=True)
    )


@app.callback()
def list_sources(
    context: typer.Context, form: FormatOption = Format.TABLE, output: OutputOption = None
) -> None:
    """Show the data providers: budget used, next request, age of what is held.

    Example: skypact sources --format csv
    """
    if context.invoked_subcommand is not None:
        return
    from skypact.node.desk import sources
    from skypact.node.desk.node_home import open_node

    with open_node() as node:
        show(sources.list_sources(node.settings, node.database), form, output)


@app.command()
def enable(source: SourceArgument) -> None:
    """Allow requests to a provider; said once, it holds until it is disabled.

    Example: skypact sources enable celestrak
    """
    from skypact.node.desk import sources
    from skypact.node.desk.node_home import open_node

    with open_node() as node:
        files = sources.enable(node.settings, node.database, source)
        tell(f"{source} is enabled; 'skypact catalog update' will ask for {', '.join(files)}")
        if not node.settings.contact:
            tell(
                "set 'contact' in the node's file, so that the provider can tell you when something is wrong"
            )
        if source == "space-track" and not node.settings.space_track_identity:
            tell("set 'space_track_identity', and SKYPACT_SPACE_TRACK_PASSWORD or space_track_password_file")


@app.command()
def disable(source: SourceArgument) -> None:
    """Forbid requests to a provider; what is held of it stays.

    Example: skypact sources disable space-track
    """
    from skypact.node.desk import sources
    from skypact.node.desk.node_home import open_node

    with open_node() as node:
        sources.disable(node.database, source)
        tell(f"{source} is disabled; no request will be made to it")


@app.command()
def resume(name: NameArgument) -> None:
    """Let a provider, or one of its files, be asked again after a refusal.

    Example: skypact sources resume celestrak/gp-active
    """
    from skypact.node.desk import sources
    from skypact.node.desk.node_home import open_node

    with open_node() as node:
        resumed = sources.resume(node.settings, node.database, name)
    if not resumed:
        tell(f"nothing of {name} was stopped")
    for line in resumed:
        tell(f"resumed {line}")


@app.command("export")
def export_files(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Zip file to write.")],
    with_space_track: Annotated[
        bool, typer.Option("--with-space-track", help="Include files that may not be handed on.")
    ] = False,
) -> None:
    """Write all that is held of the providers into one file, for a node without network.

    Example: skypact sources export sources.zip
    """
    from skypact.node.desk import sources
    from skypact.node.desk.node_home import open_node

    with open_node() as node:
        names = sources.export_bundle(node.settings, node.database, path, with_space_track=with_space_track)
    tell(f"wrote {path}: {', '.join(names)}")


@app.command("import")
def import_files(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Zip file that another node exported.")],
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Take in what another node exported, where it is newer; asks nobody.

    Example: skypact sources import sources.zip
    """
    from skypact.node.desk import sources
    from skypact.node.desk.node_home import open_node

    with open_node() as node:
        report = sources.import_bundle(node.settings, node.database, path)
    show(report.listing(), form, output)
    for line in report.problems:
        tell(line)
    raise typer.Exit(report.exit_code)
