"""Plug-in points: each has a built-in user, a test, and refuses what is broken."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from skypact.conjunction.pc import PC_METHODS
from skypact.errors import UsageError
from skypact.hooks import PC_METHOD, PLUGIN_POINTS
from skypact.node.cli.main import run
from skypact.node.plugins import pc_methods

TESTED = {PC_METHOD.group}

MODULE = """
from skypact.conjunction.pc_result import PcResult

def certain(encounter, usage, options):
    return PcResult("certain", 1.0, True, "a plug-in says so")

number = 1
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Put a package with one entry point on the path."""
    (folder / "sample_plugin.py").write_text(MODULE)
    about = folder / "sample_plugin-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: sample-plugin\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[{PC_METHOD.group}]\n{name} = {value}\n")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "sample_plugin", raising=False)


def test_every_point_has_a_test_and_one_sentence() -> None:
    assert {point.group for point in PLUGIN_POINTS} == TESTED
    for point in PLUGIN_POINTS:
        assert point.about.endswith(".")
        assert ". " not in point.about


def test_built_in_methods_go_through_the_same_point() -> None:
    assert list(pc_methods()) == list(PC_METHODS)


def test_method_of_a_plug_in_is_offered_by_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(tmp_path, monkeypatch, "certain", "sample_plugin:certain")
    message = Path(__file__).parent / "data" / "messages" / "close_approach.cdm"
    words = ["pc", str(message), "--method", "certain", "--hbr-m", "10", "--format", "csv"]
    assert run(words) == 0
    assert "a plug-in says so" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("foster-1992", "sample_plugin:certain", "taken"),
        ("absent", "sample_plugin:absent", "cannot be loaded"),
        ("number", "sample_plugin:number", "not a function"),
    ],
)
def test_broken_plug_in_is_named_and_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, what: str
) -> None:
    install(tmp_path, monkeypatch, name, value)
    with pytest.raises(UsageError, match=what) as caught:
        pc_methods()
    assert "sample-plugin" in str(caught.value)
