"""Settings: declared once, read from file and variables, each with its source; and the making of a node."""

from __future__ import annotations

from pathlib import Path

import pytest

from skypact.errors import DataModeError, FormatError, InputError, NotFoundError, UsageError
from skypact.node.desk.node_home import Node, make_node, open_node
from skypact.node.settings import FILE_NAME, Settings, describe, load_settings
from skypact.records import DataMode


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of a new REAL node, set as ``SKYPACT_HOME``."""
    folder = tmp_path / "node"
    monkeypatch.setenv("SKYPACT_HOME", str(folder))
    make_node("kr.kasi", DataMode.REAL)[0].database.close()
    return folder


def test_where_there_is_no_node_the_remedy_is_init(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="skypact init"):
        load_settings(tmp_path)


def test_a_variable_wins_over_the_file_and_the_file_over_the_default(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings().database_wait_s == 60.0
    with (home / FILE_NAME).open("a") as file:
        file.write("database_wait_s = 5\n")
    assert load_settings().database_wait_s == 5.0
    monkeypatch.setenv("SKYPACT_DATABASE_WAIT_S", "7")
    assert load_settings().database_wait_s == 7.0


def test_config_names_the_source_of_every_setting(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKYPACT_OFFLINE", "true")
    lines = {line.name: line for line in describe(load_settings())}
    assert set(lines) == set(Settings.model_fields)
    assert (lines["node_id"].value, lines["node_id"].source) == ("kr.kasi", "file")
    assert (lines["offline"].value, lines["offline"].source, lines["offline"].default) == (
        "true",
        "env",
        "false",
    )
    assert (lines["database_wait_s"].source, lines["database_wait_s"].unit) == ("default", "s")
    assert lines["home"].source == "env"
    assert all(line.help for line in lines.values())


def test_an_unknown_or_impossible_setting_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = home / FILE_NAME
    good = file.read_text()
    file.write_text(good + "databse = 1\n")
    with pytest.raises(InputError, match=r"skypact\.toml: databse"):
        load_settings()
    file.write_text(good + "this is not toml\n")
    with pytest.raises(FormatError, match="not valid TOML"):
        load_settings()
    file.write_text(good)
    monkeypatch.setenv("SKYPACT_DATABASE_WAIT_S", "soon")
    with pytest.raises(InputError, match="SKYPACT_DATABASE_WAIT_S"):
        load_settings()


def test_a_second_init_changes_nothing(home: Path) -> None:
    before = (home / FILE_NAME).read_bytes(), (home / "skypact.db").read_bytes()
    node, new = make_node("kr.kasi", DataMode.REAL)
    node.database.close()
    assert not new
    assert ((home / FILE_NAME).read_bytes(), (home / "skypact.db").read_bytes()) == before


def test_the_mode_and_identity_of_a_node_never_change(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataModeError, match="never changes"):
        make_node("kr.kasi", DataMode.EXERCISE)
    with pytest.raises(InputError, match=r"is kr\.kasi, not us\.state"):
        make_node("us.state", DataMode.REAL)
    monkeypatch.setenv("SKYPACT_MODE", "EXERCISE")
    with pytest.raises(DataModeError, match="never changes"):
        open_node()


def test_an_identity_that_is_not_one_makes_nothing(tmp_path: Path) -> None:
    for wrong in ("kasi", "KR.KASI", "kr..kasi", "kr.kasi; drop", ""):
        with pytest.raises(UsageError, match=r"kr\.kasi"):
            make_node(wrong, DataMode.TEST, home=tmp_path / "n")
    assert not (tmp_path / "n").exists()


def test_a_node_is_opened_as_it_was_made(node: Node) -> None:
    with open_node() as opened:
        assert (opened.node_id, opened.mode) == ("kr.kasi", DataMode.TEST)
