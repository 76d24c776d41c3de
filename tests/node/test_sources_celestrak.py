"""A node and a CelesTrak: real sockets, a clock moved by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from skypact.errors import DataModeError, NotFoundError, SourceError, UsageError
from skypact.node.desk import sources
from skypact.node.desk.node_home import Node
from skypact.node.desk.source_claims import bodies_folder, configured_files
from skypact.node.sources.bodies import body_path
from skypact.node.store.database import Database
from skypact.records import DataMode
from tests.node.provider_server import Clock, ProviderServer, Reply, celestrak, gp_csv, html
from tests.node.source_trials import Trial, results

FULL = "/NORAD/elements/gp.php?SPECIAL=full-catalog&FORMAT=csv"
ACTIVE = "/NORAD/elements/gp.php?GROUP=active&FORMAT=csv"
EOP = "/SpaceData/EOP-Last5Years.csv"
REFUSALS = [
    Reply(301, headers={"Location": "https://www.celestrak.org/"}),
    Reply(302, headers={"Location": "/elsewhere"}),
    Reply(404, b"No GP data found"),
    Reply(500, b"Internal Server Error"),
    Reply(503, html("Maintenance")),
    Reply(200, html("Welcome to CelesTrak")),
    Reply(200, b""),
    Reply(200, b"No GP data found\r\n"),
    Reply(200, gp_csv(60), claimed_bytes=len(gp_csv(60)) + 1000),
    Reply(200, gp_csv(60)[:-50]),
    Reply(200, b"\x1f\x8b\x08broken", {"Content-Encoding": "gzip"}),
]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: what depends on the database is tried on both in test_sources_processes.py."""
    return f"sqlite:///{tmp_path / 'skypact.db'}"


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer(celestrak) as server:
        yield server


@pytest.fixture
def trial(node: Node, server: ProviderServer) -> Trial:
    trial = Trial(node, server, {"celestrak_files": ("gp-full-catalog", "gp-active", "eop")})
    trial.enable("celestrak")
    return trial


def test_a_new_node_asks_nobody_until_a_source_was_enabled_once(node: Node, server: ProviderServer) -> None:
    trial = Trial(node, server)
    with pytest.raises(UsageError, match="sources enable celestrak"):
        trial.update()
    assert server.seen == []
    assert {row["state"] for row in trial.rows().values()} == {"off"}
    trial.enable("celestrak")
    assert server.seen == [], "enabling asks for nothing yet"
    trial.update()
    assert server.seen


def test_a_disabled_source_is_asked_no_more_and_what_is_held_stays(trial: Trial) -> None:
    trial.update()
    sources.disable(trial.node.database, "celestrak")
    trial.clock.forward(hours=30)
    before = len(trial.server.seen)
    with pytest.raises(UsageError):
        trial.update()
    assert len(trial.server.seen) == before
    assert sources.held_file(trial.settings, trial.node.database, "celestrak/eop") is not None


def test_a_first_update_gets_every_file_once_and_says_who_asks(trial: Trial) -> None:
    report = trial.update()
    assert results(report) == {"gp-full-catalog": "new", "gp-active": "new", "eop": "new"}
    assert report.exit_code == 0
    assert sorted(trial.server.targets) == sorted([FULL, ACTIVE, EOP])
    assert {seen.headers["user-agent"] for seen in trial.server.seen} == {"skypact/0.1.0 (+test@example.org)"}
    assert trial.loaded == [("celestrak", len(gp_csv(60))), ("celestrak", len(gp_csv(20)))]


def test_inside_two_hours_the_cache_is_served_without_a_request(trial: Trial) -> None:
    trial.update()
    asked = len(trial.server.seen)
    for minutes in (1, 30, 60, 28):
        trial.clock.forward(minutes=minutes)
        report = trial.update()
        assert set(results(report).values()) == {"waiting"}
        assert report.exit_code == 0
        assert report.problems == ()
    assert len(trial.server.seen) == asked
    assert trial.rows()["celestrak/gp-active"]["age_h"] == pytest.approx(119 / 60, abs=0.01)
    assert len(trial.loaded) == 2, "nothing is loaded twice"


def test_a_restart_does_not_reset_the_clock(trial: Trial) -> None:
    trial.update()
    asked = len(trial.server.seen)
    database = Database.open(trial.node.settings.database_url)
    again = Trial(Node(trial.node.settings, database), trial.server, trial.changes)
    again.clock.forward(minutes=90)
    assert set(results(again.update()).values()) == {"waiting"}
    assert len(trial.server.seen) == asked
    database.close()


def test_after_two_hours_and_jitter_a_conditional_request_counts_304_as_success(trial: Trial) -> None:
    trial.update()
    trial.clock.forward(hours=2, minutes=5)
    assert set(results(trial.update()).values()) == {"waiting"}, "the jitter of half of 12 minutes still runs"
    trial.clock.forward(minutes=2)
    report = trial.update()
    assert results(report) == {"gp-full-catalog": "unchanged", "gp-active": "unchanged", "eop": "waiting"}
    assert report.exit_code == 0
    last = trial.server.seen[-1]
    assert last.headers["if-none-match"].startswith('"')
    assert last.headers["if-modified-since"] == "Sat, 31 Oct 2026 12:00:00 GMT"
    row = trial.rows()["celestrak/gp-active"]
    assert row["last_result"] == "unchanged"
    assert row["current_utc"] > row["retrieved_utc"]
    assert row["state"] == "waiting"


def test_daily_files_are_asked_for_once_a_day(trial: Trial) -> None:
    for _ in range(30):
        trial.update()
        trial.clock.forward(hours=1)
    assert trial.server.targets.count(EOP) == 2


def test_a_403_inside_two_hours_serves_the_cache_with_one_notice_and_waits(trial: Trial) -> None:
    trial.update()
    trial.clock.forward(hours=2, minutes=10)
    for target in (FULL, ACTIVE):  # somebody else behind this address was quicker
        trial.server.bodies[target] = gp_csv(60, day=2)
        trial.server.downloads_s[target] = trial.clock()
    report = trial.update()
    assert results(report)["gp-active"] == "too soon"
    assert report.exit_code == 0
    notice = next(row.words for row in report.rows if row.file.name == "gp-active")
    assert "has not updated since your last successful download of GROUP=active" in notice
    asked = len(trial.server.seen)
    held = sources.held_file(trial.settings, trial.node.database, "celestrak/gp-active")
    assert held is not None
    assert held.raw.data == gp_csv(20), "what was held is served"
    for _ in range(3):
        trial.clock.forward(minutes=30)
        report = trial.update()
        assert "has not updated" not in " ".join(row.words for row in report.rows), "one notice is enough"
    assert len(trial.server.seen) == asked
    trial.clock.forward(hours=1)
    assert results(trial.update())["gp-active"] == "new"


def test_where_others_behind_the_address_take_every_edition_we_ask_ever_more_rarely(node: Node) -> None:
    with ProviderServer(celestrak) as server:
        trial = Trial(node, server, {"celestrak_files": ("gp-active",)})
        trial.enable("celestrak")
        for _ in range(4 * 48):  # four days in steps of half an hour
            server.downloads_s[ACTIVE] = trial.clock()
            report = trial.update()
            assert report.exit_code == 0
            trial.clock.forward(minutes=30)
        assert 4 <= len(server.seen) <= 8
        assert trial.rows()["celestrak/gp-active"]["age_h"] is None
        assert "nothing is held" in report.rows[0].words


@pytest.mark.parametrize("reply", REFUSALS, ids=lambda r: f"{r.status}-{r.body[:12]!r}")
def test_a_refused_file_stops_for_good_and_the_others_go_on(trial: Trial, reply: Reply) -> None:
    trial.update()
    trial.clock.forward(hours=3)
    trial.server.replies[ACTIVE] = reply
    report = trial.update()
    assert results(report)["gp-active"] == "refused"
    assert results(report)["gp-full-catalog"] == "unchanged"
    assert report.exit_code == 3
    assert len(report.problems) == 1
    assert "skypact sources resume celestrak/gp-active" in report.problems[0]
    asked = trial.server.targets.count(ACTIVE)
    for _ in range(10):
        trial.clock.forward(hours=12)
        report = trial.update()
        assert report.exit_code == 3, "a person is told until somebody acts"
    assert trial.server.targets.count(ACTIVE) == asked
    assert trial.server.targets.count(FULL) == 12, "each of the twelve updates asked for the other file"
    row = trial.rows()["celestrak/gp-active"]
    assert row["state"] == "stopped"
    assert row["age_h"] == pytest.approx(123, abs=0.1), "old data stay, with their age"
    held = sources.held_file(trial.settings, trial.node.database, "celestrak/gp-active")
    assert held is not None
    assert held.raw.data == gp_csv(20)
    del trial.server.replies[ACTIVE]
    assert len(trial.resume("celestrak/gp-active")) == 1
    assert results(trial.update())["gp-active"] in {"new", "unchanged"}


@pytest.mark.parametrize(
    "reply", [Reply(403, html("403 Forbidden")), Reply(429, b"Too many requests")], ids=lambda r: r.status
)
def test_a_firewall_stops_the_whole_source_at_once(trial: Trial, reply: Reply) -> None:
    trial.server.replies[FULL] = reply
    report = trial.update()
    assert results(report) == {"gp-full-catalog": "refused", "gp-active": "stopped", "eop": "stopped"}
    assert trial.server.targets == [FULL]
    assert report.exit_code == 3
    for _ in range(3):
        trial.clock.forward(hours=24)
        trial.update()
    assert trial.server.targets == [FULL]
    trial.server.replies.clear()
    assert trial.resume("celestrak")
    assert set(results(trial.update()).values()) == {"new"}


def test_resuming_a_source_resumes_its_files_and_only_those_that_were_stopped(trial: Trial) -> None:
    trial.server.replies[ACTIVE] = Reply(404)
    trial.update()
    resumed = trial.resume("celestrak")
    assert len(resumed) == 1
    assert resumed[0].startswith("celestrak/gp-active: HTTP 404")
    assert trial.resume("celestrak") == []
    trial.update()
    assert trial.server.targets.count(ACTIVE) == 1, "resuming does not reset the clock"
    with pytest.raises(NotFoundError, match="gp-nothing"):
        trial.resume("celestrak/gp-nothing")
    with pytest.raises(NotFoundError, match="celestrak or space-track"):
        trial.resume("celestrack")


def test_a_silent_provider_is_tried_again_ever_more_rarely(node: Node, server: ProviderServer) -> None:
    trial = Trial(node, server, {"celestrak_files": ("gp-active",), "source_timeout_s": 0.15})
    trial.enable("celestrak")
    server.replies[ACTIVE] = Reply(200, gp_csv(20), wait_s=0.5)
    report = trial.update()
    assert results(report) == {"gp-active": "unreachable"}
    assert report.exit_code == 3
    assert "timeout" in report.problems[0]
    tries = 1
    for _ in range(8):  # four hours in steps of half an hour
        trial.clock.forward(minutes=30)
        tries += results(trial.update()) == {"gp-active": "unreachable"}
    assert server.targets.count(ACTIVE) == tries <= 5
    server.replies.clear()
    trial.clock.forward(hours=3)
    assert results(trial.update()) == {"gp-active": "new"}


def test_an_answer_that_drips_for_ever_is_cut_off(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    from skypact.node.sources.http import Asker

    with Asker(timeout_s=1.0, total_s=0.2) as asker:
        trial.server.replies[ACTIVE] = Reply(200, gp_csv(2), drip_s=0.02)
        answer = asker.ask(trial.server.url + ACTIVE, limit_bytes=10**6)
    assert answer.trouble
    assert answer.why == "not done within 0.2 s"


def test_a_server_that_is_not_there_is_unreachable_and_old_data_stay(trial: Trial) -> None:
    trial.update()
    trial.clock.forward(hours=30)
    with_nobody = Trial(trial.node, trial.server, {**trial.changes, "celestrak_url": "http://127.0.0.1:9"})
    report = with_nobody.update()
    assert set(results(report).values()) == {"unreachable"}
    assert sources.held_file(trial.settings, trial.node.database, "celestrak/eop") is not None


def test_headers_that_cannot_be_sent_back_are_not_kept(trial: Trial) -> None:
    trial.changes["celestrak_files"] = ("gp-active",)
    odd = {"ETag": '"caf\u00e9"', "Last-Modified": "x" * 5000}
    trial.server.replies[ACTIVE] = Reply(200, gp_csv(20), odd)
    trial.update()
    trial.clock.forward(hours=3)
    assert results(trial.update()) == {"gp-active": "new"}
    assert "if-none-match" not in trial.server.seen[-1].headers


def test_a_body_larger_than_its_limit_is_refused(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    small = [replace(f, limit_bytes=2000) for f in configured_files(trial.settings, "celestrak")]
    monkeypatch.setattr("skypact.node.desk.source_update.configured_files", lambda *_: small)
    report = trial.update()
    assert results(report) == {"gp-full-catalog": "refused", "gp-active": "refused", "eop": "new"}
    assert "larger than allowed" in report.problems[0]


def test_an_unreadable_catalog_file_stops_and_is_not_loaded_again(trial: Trial) -> None:
    trial.unreadable = True
    report = trial.update()
    assert results(report)["gp-active"] == "refused"
    assert "record 1 has no epoch" in " ".join(report.problems)
    trial.unreadable = False
    trial.update()
    assert trial.loaded == []


def test_half_a_catalog_is_not_kept_by_a_304(trial: Trial) -> None:
    trial.incomplete = True
    report = trial.update()
    assert results(report)["gp-full-catalog"] == "incomplete"
    assert report.exit_code == 3
    trial.incomplete = False
    trial.clock.forward(hours=3)
    assert results(trial.update())["gp-full-catalog"] == "new", "asked for without validators"
    assert "if-none-match" not in trial.server.seen[-2].headers


def test_a_body_that_was_not_loaded_before_a_crash_is_loaded_by_the_next_update(trial: Trial) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sources.update(
            trial.settings, trial.node.database, take_in=crash, clock=trial.now, fraction=lambda: 0.5
        )
    asked = len(trial.server.seen)
    trial.update()
    assert trial.server.targets.count(FULL) == 1
    assert ("celestrak", len(gp_csv(60))) in trial.loaded
    assert asked == 1


def test_a_crash_between_question_and_answer_counts_as_asked(trial: Trial) -> None:
    class Crash:
        def ask(self, *_: object, **__: object) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sources.update(trial.settings, trial.node.database, asker=Crash(), clock=trial.now)
    row = trial.rows()["celestrak/gp-full-catalog"]
    assert (row["last_result"], row["state"], row["asked_1h"]) == ("asked", "waiting", 1)
    trial.clock.forward(minutes=119)
    trial.update()
    assert FULL not in trial.server.targets


def test_a_deleted_body_is_downloaded_again_and_not_taken_from_a_304(trial: Trial) -> None:
    trial.update()
    for path in bodies_folder(trial.settings).glob("*.gz"):
        path.write_bytes(b"damaged")
    assert sources.held_file(trial.settings, trial.node.database, "celestrak/eop") is None
    trial.clock.forward(hours=3)
    assert results(trial.update())["gp-active"] == "new"


def test_bodies_nobody_refers_to_are_deleted_after_a_day(trial: Trial) -> None:
    import os

    trial.update()
    folder = bodies_folder(trial.settings)
    young, old = body_path(folder, "a" * 64), body_path(folder, "b" * 64)
    for path in (young, old):
        path.write_bytes(b"x")
    os.utime(old, (0, 0))
    for path in folder.glob("*.gz"):
        if path not in {young, old}:
            os.utime(path, (0, 0))
    trial.clock.forward(hours=1)
    trial.update()
    assert young.exists()
    assert not old.exists()
    assert sources.held_file(trial.settings, trial.node.database, "celestrak/eop") is not None


def test_another_address_is_another_file(trial: Trial) -> None:
    trial.update()
    with ProviderServer(celestrak, Clock(start_s=trial.clock() + 86400 * 2)) as other:
        moved = Trial(trial.node, other, trial.changes)
        assert set(results(moved.update()).values()) == {"new"}
        assert all("if-none-match" not in seen.headers for seen in other.seen)


def test_offline_makes_no_request_and_serves_what_is_held(trial: Trial) -> None:
    trial.update()
    asked = len(trial.server.seen)
    trial.clock.forward(hours=48)
    trial.changes["offline"] = True
    report = trial.update()
    assert set(results(report).values()) == {"offline"}
    assert report.exit_code == 0
    assert len(trial.server.seen) == asked
    assert trial.rows()["celestrak/eop"]["state"] == "offline"
    assert trial.rows()["celestrak/eop"]["age_h"] == pytest.approx(48, abs=0.1)


def test_offline_with_nothing_held_names_the_missing_files(trial: Trial) -> None:
    trial.changes["offline"] = True
    report = trial.update()
    assert report.exit_code == 3
    assert [p.split(":")[0] for p in report.problems] == [
        "celestrak/gp-full-catalog",
        "celestrak/gp-active",
        "celestrak/eop",
    ]
    assert trial.server.seen == []
    with pytest.raises(SourceError, match=r"no file celestrak/eop.*sources enable celestrak"):
        sources.required_file(trial.settings, trial.node.database, "celestrak/eop")


def test_a_file_that_is_not_configured_is_named_with_the_setting(trial: Trial) -> None:
    with pytest.raises(SourceError, match="add 'space-weather' to celestrak_files"):
        sources.required_file(trial.settings, trial.node.database, "celestrak/space-weather")


def test_a_node_of_another_mode_never_asks_the_real_provider(node: Node) -> None:
    exercise = node.settings.model_copy(update={"mode": DataMode.EXERCISE})
    with pytest.raises(DataModeError, match="EXERCISE"):
        sources.enable(exercise, node.database, "celestrak")
    listing = sources.list_sources(exercise, node.database)
    assert {row["state"] for row in listing.rows} == {"off"}


def test_a_setting_that_cannot_work_is_refused_before_anything_is_asked(trial: Trial) -> None:
    trial.changes["celestrak_files"] = ("gp-active", "tle/../../etc")
    with pytest.raises(UsageError, match="celestrak_files"):
        trial.update()
    trial.changes["celestrak_files"] = ("gp-active",)
    trial.changes["celestrak_url"] = "http://celestrak.org"
    with pytest.raises(UsageError, match="https"):
        trial.update()
    assert trial.server.seen == []
