"""Listings as people and programs see them."""

from __future__ import annotations

import io
import json

import pytest

from skypact.node.cli.options import tell
from skypact.node.views.listing import Column, Format, Listing, write_listing

NAME = "EVIL\x1b]0;title\x07\x9b31m SAT é"


def written(form: Format) -> str:
    stream = io.StringIO()
    write_listing(Listing((Column("name", "name"),), [{"name": NAME}]), form, stream)
    return stream.getvalue()


def test_a_name_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert "EVIL?]0;title??31m SAT é" in written(Format.TABLE)
    tell(f"no object is named {NAME}")
    assert capsys.readouterr().err == "no object is named EVIL?]0;title??31m SAT é\n"


def test_data_keeps_a_name_as_it_is() -> None:
    assert json.loads(written(Format.JSON)) == [{"name": NAME}]
    assert written(Format.CSV) == f"name\n{NAME}\n"
