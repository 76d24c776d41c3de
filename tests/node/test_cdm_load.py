"""Loading conjunction data messages: each once and as received, grouped, with Pc computed anew."""

from __future__ import annotations

import csv
import gzip
import json
import re
import zipfile
from pathlib import Path

import pytest

from skypact.astro.timescales import NS_PER_S, format_utc, parse_utc
from skypact.errors import DataModeError, FormatError, NotFoundError
from skypact.formats.cdm import read_cdms, write_cdm_json, write_cdm_kvn, write_cdm_xml
from skypact.formats.reading import RawInput
from skypact.node.desk import cdm as desk
from skypact.node.desk.cdm import CdmLoad, list_messages, load_cdms
from skypact.node.desk.node_home import Node, make_node
from skypact.node.store.cdms import list_cdms, read_cdm
from skypact.node.store.conjunctions import ConjunctionLine, SolutionLine, read_conjunctions, read_solutions
from skypact.records import DataMode
from tests.catalog.tables import at_day
from tests.node.conjunction_runs import Found, load_catalog, run

NOW = parse_utc("2031-02-02T00:00:00Z")
TEXT = (Path(__file__).parents[1] / "data" / "messages" / "close_approach.cdm").read_text()
TCA = parse_utc("2031-02-03T04:05:06.789Z")


def message(number: int = 1, *, tca_s: float = 0.0, made_h: float = 0.0, **values: str) -> str:
    """A message of the example pair; ``tca_s`` later, made ``made_h`` hours later."""
    made = parse_utc("2031-02-01T00:00:00Z") + round(made_h * 3600 * NS_PER_S)
    values = {
        "MESSAGE_ID": f"m{number}",
        "TCA": format_utc(TCA + round(tca_s * NS_PER_S), decimals=3)[:-1],
        "CREATION_DATE": format_utc(made, decimals=3)[:-1],
    } | values
    text = TEXT
    for key, value in values.items():
        text = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}", text)
    return text


def load(node: Node, folder: Path, *contents: str | bytes, name: str = "inbox") -> CdmLoad:
    files = []
    for number, content in enumerate(contents):
        file = folder / f"{name}{number}"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        files.append(file)
    return load_cdms(node, files, now_tai_ns=NOW)


def lines_of(node: Node) -> list[ConjunctionLine]:
    with node.database.read() as connection:
        return read_conjunctions(connection)


def solutions_of(node: Node) -> list[SolutionLine]:
    with node.database.read() as connection:
        return read_solutions(connection, [line.conjunction_id for line in lines_of(node)])


def contents_of(node: Node) -> list[bytes]:
    with node.database.read() as connection:
        found = [read_cdm(connection, m.cdm_id) for m in reversed(list_cdms(connection))]
    return [m.content for m in found if m is not None]


def test_a_message_is_kept_as_received_and_makes_a_conjunction(node: Node, tmp_path: Path) -> None:
    result = load(node, tmp_path, message().replace("\n", "\r\n"))
    assert (result.new, result.known, result.conjunctions, result.new_conjunctions) == (1, 0, 1, 1)
    assert contents_of(node) == [message().replace("\n", "\r\n").encode()]
    (line,) = lines_of(node)
    assert (line.norad_1, line.norad_2) == (270387, 90000001)
    assert (line.tca_tai_ns, line.source) == (TCA, "cdm")
    assert line.miss_km == pytest.approx(0.1234)
    (row,) = list_messages(node).rows
    assert (row["originator"], row["message_id"], row["stated_pc"]) == ("EXAMPLE", "m1", 1.25e-4)
    assert (row["notation"], row["as_received"]) == ("cdm-kvn", True)


def test_its_probability_is_computed_anew_with_its_own_radius(node: Node, tmp_path: Path) -> None:
    load(node, tmp_path, message())
    (solution,) = solutions_of(node)
    assert (solution.pc_method, solution.hbr_m) == ("foster-1992", 12.5)
    assert solution.pc != 1.25e-4
    assert "hard-body radius: COMMENT HBR" in solution.pc_why
    assert solution.covariance == "CDM of EXAMPLE: CALCULATED"


def test_without_a_radius_the_stated_probability_stays_and_is_not_trusted(node: Node, tmp_path: Path) -> None:
    text = re.sub(r"COMMENT (HBR|Exclusion Volume).*\n", "", message())
    load(node, tmp_path, text)
    (solution,) = solutions_of(node)
    assert (solution.pc, solution.pc_method, solution.pc_trusted) == (1.25e-4, "FOSTER-1992", False)
    assert "not computed: the message has no hard-body radius" in solution.pc_why


def test_the_same_message_in_another_notation_is_known_again(node: Node, tmp_path: Path) -> None:
    (cdm,), _ = read_cdms(RawInput("m", message().encode()))
    load(node, tmp_path, message())
    result = load(node, tmp_path, message(), write_cdm_xml(cdm), write_cdm_json(cdm), name="again")
    assert (result.new, result.known) == (0, 3)
    assert len(lines_of(node)) == len(solutions_of(node)) == 1


def test_updates_of_one_event_are_one_conjunction_with_a_history(node: Node, tmp_path: Path) -> None:
    updates = [message(k, tca_s=0.2 * k, made_h=8.0 * k, MISS_DISTANCE=f"{100 + k} [m]") for k in range(4)]
    load(node, tmp_path, *updates[2:], name="late")
    load(node, tmp_path, *updates[:2], name="early")
    (line,) = lines_of(node)
    assert line.solutions == 4
    assert line.miss_km == pytest.approx(0.103), "the newest stands, whatever order they came in"
    assert [s.miss_km for s in solutions_of(node)] == pytest.approx([0.100, 0.101, 0.102, 0.103])


def test_another_passage_of_the_same_pair_is_another_conjunction(node: Node, tmp_path: Path) -> None:
    load(node, tmp_path, message(1), message(2, tca_s=2800.0))
    assert len(lines_of(node)) == 2


def test_two_passages_told_by_one_originator_at_one_time_stay_apart(node: Node, tmp_path: Path) -> None:
    load(node, tmp_path, message(1), message(2, tca_s=600.0))
    assert len(lines_of(node)) == 2
    load(node, tmp_path, message(3, tca_s=1.0, made_h=8.0), message(4, tca_s=601.0, made_h=8.0), name="next")
    assert [line.solutions for line in lines_of(node)] == [2, 2]


def test_the_same_identifier_with_other_content_is_kept_and_told(node: Node, tmp_path: Path) -> None:
    load(node, tmp_path, message(1))
    result = load(node, tmp_path, message(1, MISS_DISTANCE="99.0 [m]"), name="other")
    assert result.new == 1
    assert any("m1 was received before, otherwise" in warning for warning in result.warnings)


@pytest.mark.parametrize("notation", ["kvn", "xml", "json"])
def test_several_messages_of_one_file_are_kept_one_by_one(node: Node, tmp_path: Path, notation: str) -> None:
    texts = [message(k, tca_s=4000.0 * k) for k in range(3)]
    cdms = [read_cdms(RawInput("m", text.encode()))[0][0] for text in texts]
    write = {"kvn": write_cdm_kvn, "xml": write_cdm_xml, "json": write_cdm_json}[notation]
    packed = tmp_path / "inbox.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a", "\n".join(texts) if notation == "kvn" else write(*cdms))
    assert load_cdms(node, [packed], now_tai_ns=NOW).new == 3
    found = [read_cdms(RawInput("m", content))[0] for content in contents_of(node)]
    assert sorted(cdm.message_id for (cdm,) in found) == ["m0", "m1", "m2"]
    with node.database.read() as connection:
        assert all(stored.as_received for stored in list_cdms(connection))


def test_gzip_is_read_as_it_is(node: Node, tmp_path: Path) -> None:
    assert load(node, tmp_path, gzip.compress(message().encode(), mtime=0)).new == 1
    assert contents_of(node) == [message().encode()]


def test_bad_messages_are_named_with_file_and_line_and_the_good_ones_load(node: Node, tmp_path: Path) -> None:
    bad = message(2, TCA="2031-02-30T00:00:00")
    result = load(node, tmp_path, message(1) + "\n" + bad + "\n" + message(3, tca_s=4000.0), "hello", "")
    assert result.new == 2
    first_line = message(1).count("\n") + 1
    place = first_line + bad.split("\n").index("TCA = 2031-02-30T00:00:00") + 1
    assert result.rejected[0].startswith(f"{tmp_path / 'inbox0'}:{place}: TCA: ")
    assert [text.partition(":")[0] for text in result.rejected[1:]] == [
        str(tmp_path / "inbox1"),
        str(tmp_path / "inbox2"),
    ]
    assert sorted(cdm for content in contents_of(node) for cdm in re.findall(rb"m\d\b", content)) == [
        b"m1",
        b"m3",
    ]


def test_where_nothing_is_good_the_first_reason_is_raised_and_nothing_stored(
    node: Node, tmp_path: Path
) -> None:
    with pytest.raises(FormatError, match="inbox0:6: TCA"):
        load(node, tmp_path, message(TCA="soon"), "hello")
    with pytest.raises(NotFoundError):
        load_cdms(node, [tmp_path / "inbox0", tmp_path / "none"], now_tai_ns=NOW)
    assert lines_of(node) == []


def test_messages_of_another_mode_are_refused_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKYPACT_HOME", str(tmp_path / "node"))
    marked = message(2, tca_s=4000.0).replace(
        "CREATION_DATE", "COMMENT DATA_MODE = EXERCISE\nCREATION_DATE", 1
    )
    with make_node("kr.kasi", DataMode.REAL)[0] as real:
        with pytest.raises(DataModeError, match="the message is EXERCISE, this node is REAL"):
            load(real, tmp_path, message(1), marked)
        assert lines_of(real) == []
        assert load(real, tmp_path, message(1)).new == 1
    monkeypatch.setenv("SKYPACT_HOME", str(tmp_path / "exercise"))
    with make_node("kr.kasi", DataMode.EXERCISE)[0] as exercise:
        assert load(exercise, tmp_path, marked).new == 1
        with pytest.raises(DataModeError, match="the message is REAL, this node is EXERCISE"):
            load(exercise, tmp_path, message(1))


PUBLIC = {
    "CREATED": "2031-02-01 10:00:00.000000",
    "EMERGENCY_REPORTABLE": "Y",
    "TCA": "2031-02-03T04:05:07.789000",
    "MIN_RNG": "150",
    "PC": "0.00012",
    "SAT_1_ID": "90000001",
    "SAT_1_NAME": "EXAMPLE SAT",
}


def public(cdm_id: str, second: int, **values: str) -> dict[str, str]:
    row = {"CDM_ID": cdm_id, **PUBLIC, "SAT_2_ID": str(second), "SAT_2_NAME": "DEB"}
    return row | values


def test_rows_of_the_public_list_join_the_history_without_states(node: Node, tmp_path: Path) -> None:
    load(node, tmp_path, message())
    rows = [public("7001", 270387), public("7002", 270387, CREATED="2031-02-01 18:00:00")]
    result = load(node, tmp_path, json.dumps(rows), name="public")
    assert (result.new, result.new_conjunctions) == (2, 0)
    kinds = [(s.source, s.pc, s.rel_speed_km_s is None, s.pc_trusted) for s in solutions_of(node)]
    assert kinds[1:] == [("cdm-public", 0.00012, True, False)] * 2
    assert load(node, tmp_path, json.dumps(rows), name="again").known == 2
    table = ",".join(rows[0]) + "\n" + ",".join(rows[0].values()) + "\n"
    assert load(node, tmp_path, table, name="table").known == 1


def test_a_row_without_catalog_numbers_is_kept_out(node: Node, tmp_path: Path) -> None:
    rows = [public("1", 5), public("2", 5, SAT_1_ID="")]
    result = load(node, tmp_path, json.dumps(rows))
    assert result.new == 1
    assert "no catalog numbers of both objects" in result.rejected[0]


def test_a_message_joins_the_conjunction_that_a_screening_found(node: Node, tmp_path: Path) -> None:
    load_catalog(node)
    run(node, Found(1, 2, 6.0, 0.5))
    text = TEXT
    for key, value in {
        "TCA": format_utc(at_day(0.25) + NS_PER_S, decimals=3)[:-1],
        "CREATION_DATE": "2024-10-30T00:00:00.000",
    }.items():
        text = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}", text)
    numbers = iter(("2", "1"))
    text = re.sub(r"(?m)^OBJECT_DESIGNATOR = .*$", lambda _: f"OBJECT_DESIGNATOR = {next(numbers)}", text)
    load(node, tmp_path, text)
    (line,) = lines_of(node)
    assert (line.solutions, line.source) == (2, "cdm")
    assert line.miss_km == pytest.approx(0.1234), "estimated covariance before assumed, though two days older"
    assert [s.axes_of for s in solutions_of(node)] == [2, 1]
    run(node, made_h=1.0)
    assert lines_of(node)[0].gone_run is not None
    load_catalog(node, epoch_d=3.0)
    run(node, Found(1, 2, 6.0, 0.7), made_h=73.0)
    (line,) = lines_of(node)
    assert (line.source, line.miss_km, line.gone_run) == ("screening", 0.7, None)


def test_an_interrupt_while_storing_leaves_nothing(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(desk, "add_solutions", interrupt)
        with pytest.raises(KeyboardInterrupt):
            load(node, tmp_path, message())
    assert lines_of(node) == []
    assert contents_of(node) == []
    assert load(node, tmp_path, message()).new == 1


def test_the_cara_messages_load_with_the_reference_probability_and_flags(
    node: Node, shared_data: Path
) -> None:
    folder = shared_data / "pc"
    files = sorted((folder / "cara_cdm").glob("*.cdm"))
    result = load_cdms(node, files, now_tai_ns=NOW)
    assert (result.new, result.conjunctions, result.rejected) == (27, 27, ())
    assert sorted(contents_of(node)) == sorted(file.read_bytes() for file in files)
    with (folder / "cara_pc_reference.csv").open() as stream:
        reference = {row["Conjunction_ID"]: row for row in csv.DictReader(stream)}
    with node.database.read() as connection:
        names = {m.cdm_id: m.message_id for m in list_cdms(connection)}
    compared = 0
    for solution in solutions_of(node):
        row = reference[names[solution.cdm_id or 0]]
        if float(row["HBR_m"]) == solution.hbr_m:
            compared += 1
            assert solution.pc == pytest.approx(float(row["Pc2D"]), rel=1e-6)
    assert compared > 20
    assert sum(not s.pc_trusted for s in solutions_of(node)) == 15
    assert load_cdms(node, files, now_tai_ns=NOW).new == 0


def test_a_message_that_differs_in_a_telling_comment_is_another(node: Node, tmp_path: Path) -> None:
    other = message().replace("COMMENT HBR = 12.5", "COMMENT HBR = 20")
    chatter = message().replace("COMMENT Screening Option = Covariance", "COMMENT hello")
    result = load(node, tmp_path, message(), other, chatter)
    assert (result.new, result.known) == (2, 1)
