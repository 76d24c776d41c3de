"""A node and a Space-Track: one login for two hours, one query, never at minutes 0 and 30."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from skypact.errors import UsageError
from skypact.node.desk import sources
from skypact.node.desk.node_home import Node
from skypact.node.desk.source_claims import session_path
from tests.node.provider_server import PASSWORD, Clock, ProviderServer, Reply, html, space_track
from tests.node.source_trials import Trial, results

LOGIN = "/ajaxauth/login"
RATE = b"You've violated your query rate limit. Please refer to our Acceptable Use guidelines"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite alone: what depends on the database is tried on both in test_sources_processes.py."""
    return f"sqlite:///{tmp_path / 'skypact.db'}"


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer(space_track) as server:
        yield server


@pytest.fixture
def trial(node: Node, server: ProviderServer) -> Trial:
    trial = Trial(node, server, {"space_track_files": ("gp", "tip")})
    trial.enable("space-track")
    return trial


def logins(server: ProviderServer) -> int:
    return server.targets.count(LOGIN)


def gp_target(server: ProviderServer) -> str:
    return next(target for target in server.targets if "/class/gp/" in target)


def test_the_whole_catalog_is_one_login_and_one_query(trial: Trial) -> None:
    report = trial.update()
    assert results(report) == {"gp": "new", "tip": "new"}
    assert report.exit_code == 0
    assert logins(trial.server) == 1
    assert [seen.method for seen in trial.server.seen] == ["POST", "GET", "GET"]
    assert gp_target(trial.server) == (
        "/basicspacedata/query/class/gp/decay_date/null-val/epoch/%3Enow-30/orderby/norad_cat_id/format/json"
    )
    assert [source for source, _ in trial.loaded] == ["space-track"]


def test_chosen_objects_go_into_one_query_joined_by_commas(trial: Trial) -> None:
    trial.changes["space_track_ids"] = (270387, 25544, 25544, 900)
    trial.update()
    assert sum("/class/gp/" in target for target in trial.server.targets) == 1
    assert "/NORAD_CAT_ID/900,25544,270387/" in gp_target(trial.server)
    trial.changes["space_track_ids"] = tuple(range(1, 1200))
    with pytest.raises(UsageError, match="1199 objects"):
        trial.update()


def test_the_session_is_used_again_for_two_hours_and_then_renewed_once(trial: Trial) -> None:
    for _ in range(24):  # twelve hours in steps of half an hour
        trial.update()
        trial.clock.forward(minutes=30)
    assert 4 <= logins(trial.server) <= 6
    assert 2 * logins(trial.server) <= sum("/class/gp/" in t for t in trial.server.targets) <= 12


def test_a_session_that_the_provider_ended_early_does_not_bring_a_second_login(trial: Trial) -> None:
    trial.update()
    trial.server.sessions_s.clear()
    trial.clock.forward(minutes=70)
    report = trial.update()
    assert results(report)["gp"] == "waiting"
    assert "next login" in report.rows[0].words
    assert report.exit_code == 0
    assert logins(trial.server) == 1
    asked = len(trial.server.seen)
    trial.update()
    assert len(trial.server.seen) == asked, "nobody asks without a session"
    trial.clock.forward(minutes=51)
    assert results(trial.update())["gp"] == "new"
    assert logins(trial.server) == 2


def test_a_session_that_ended_after_two_hours_is_renewed_within_the_same_update(trial: Trial) -> None:
    trial.update()
    trial.server.session_lasts_s = 3000
    trial.clock.forward(minutes=121)
    assert results(trial.update())["gp"] == "new"
    assert logins(trial.server) == 2


def test_a_session_that_is_never_accepted_stops_the_source(trial: Trial) -> None:
    trial.server.session_lasts_s = -1
    report = trial.update()
    assert results(report) == {"gp": "refused", "tip": "stopped"}
    assert "not accepted" in report.problems[0]
    trial.clock.forward(hours=3)
    trial.update()
    assert logins(trial.server) == 1


def test_the_session_file_is_for_its_owner_only_and_holds_no_password(trial: Trial) -> None:
    trial.update()
    path = session_path(trial.settings)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert PASSWORD not in path.read_text()
    database = trial.node.database.engine.url.database
    assert database is not None
    for file in Path(database).parent.glob("skypact.db*"):
        assert PASSWORD.encode() not in file.read_bytes()


def test_a_wrong_password_stops_the_source_after_one_login(trial: Trial) -> None:
    trial.password = "wrong"
    report = trial.update()
    assert results(report) == {"gp": "refused", "tip": "stopped"}
    assert "identity or password is wrong" in report.problems[0]
    assert "wrong'" not in report.problems[0]
    assert report.exit_code == 3
    trial.password = PASSWORD
    trial.clock.forward(hours=6)
    trial.update()
    assert logins(trial.server) == 1, "a locked account is worse than a stopped source"
    assert trial.resume("space-track")
    assert results(trial.update())["gp"] == "new"
    assert logins(trial.server) == 2


def test_no_account_and_no_password_are_said_before_anything_is_asked(trial: Trial) -> None:
    trial.password = ""
    report = trial.update()
    assert results(report) == {"gp": "no account", "tip": "no account"}
    assert "SKYPACT_SPACE_TRACK_PASSWORD" in report.problems[0]
    assert report.exit_code == 2
    trial.changes["space_track_identity"] = ""
    assert "space_track_identity" in trial.update().problems[0]
    assert trial.server.seen == []


def test_a_person_is_asked_for_the_password_once_and_only_when_a_login_is_due(
    trial: Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SKYPACT_SPACE_TRACK_PASSWORD", raising=False)
    asked = []

    def prompt() -> str:
        asked.append(1)
        return PASSWORD

    for _ in range(2):
        sources.update(
            trial.settings,
            trial.node.database,
            password=sources.password_of(trial.settings, prompt=prompt),
            take_in=trial.take_in,
            clock=trial.now,
        )
    assert asked == [1]


def test_the_password_is_taken_from_the_file_given_then_the_setting_then_its_file(
    trial: Trial, tmp_path: Path
) -> None:
    from pydantic import SecretStr

    given, kept = tmp_path / "given", tmp_path / "kept"
    given.write_text("from the file given\nsecond line\n")
    kept.write_text("from the file kept\r\n")
    trial.changes |= {"space_track_password_file": kept}
    assert sources.password_of(trial.settings)() == "from the file kept"
    trial.changes |= {"space_track_password": SecretStr("from the setting")}
    assert sources.password_of(trial.settings)() == "from the setting"
    assert sources.password_of(trial.settings, given)() == "from the file given"
    assert "from the setting" not in repr(trial.settings)
    with pytest.raises(UsageError, match="absent"):
        sources.password_of(trial.settings, tmp_path / "absent")()


@pytest.mark.parametrize("start", ["13:00:00", "13:02:30", "13:29:59", "13:30:00", "12:59:30"])
def test_element_sets_are_never_asked_for_around_minutes_0_and_30(node: Node, start: str) -> None:
    hour, minute, second = (int(part) for part in start.split(":"))
    clock = Clock(start_s=1_793_404_800.0 + hour * 3600 + minute * 60 + second)
    with ProviderServer(space_track, clock) as server:
        trial = Trial(node, server, {"space_track_files": ("gp",)})
        trial.enable("space-track")
        report = trial.update()
        assert results(report) == {"gp": "waiting"}
        assert "minutes 0 and 30" in report.rows[0].words
        assert server.seen == [], "no login either"
        clock.forward(minutes=5)
        assert results(trial.update()) == {"gp": "new"}


def test_pulls_of_two_days_are_an_hour_apart_and_off_minutes_0_and_30(trial: Trial) -> None:
    trial.changes["space_track_files"] = ("gp",)
    for i in range(24 * 9):  # a cron job every 13 min 20 s
        trial.fraction = (i * 0.618) % 1
        trial.update()
        trial.clock.forward(minutes=13, s=20)
    pulls = [seen.at_s for seen in trial.server.seen if "/class/gp/" in seen.target]
    assert 30 <= len(pulls) <= 48
    assert min(b - a for a, b in pairwise(pulls)) >= 3600
    assert all(240 <= at_s % 1800 <= 1560 for at_s in pulls)
    assert logins(trial.server) <= 24


def test_facts_are_asked_for_after_1700_utc_once_a_day(trial: Trial) -> None:
    trial.changes["space_track_files"] = ("satcat",)
    for _ in range(72):
        trial.update()
        trial.clock.forward(hours=1)
    pulls = [seen.at_s for seen in trial.server.seen if "/class/satcat/" in seen.target]
    assert 2 <= len(pulls) <= 3
    assert all(at_s % 86400 >= 17 * 3600 for at_s in pulls)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500, b'{"error":"' + RATE + b'"}'),
        Reply(200, b'[{"error":"' + RATE + b'"}]'),
        Reply(403, html("Account suspended")),
        Reply(429),
    ],
    ids=["500", "200", "403", "429"],
)
def test_a_broken_rate_limit_stops_the_whole_source(trial: Trial, reply: Reply) -> None:
    trial.update()
    trial.server.replies[gp_target(trial.server)] = reply
    trial.clock.forward(minutes=75)
    report = trial.update()
    assert results(report) == {"gp": "refused", "tip": "stopped"}
    assert report.exit_code == 3
    asked = len(trial.server.seen)
    trial.clock.forward(hours=24)
    trial.update()
    assert len(trial.server.seen) == asked
    assert sources.held_file(trial.settings, trial.node.database, "space-track/gp") is not None


def test_a_faulty_query_stops_its_file_and_the_others_go_on(trial: Trial) -> None:
    trial.update()
    trial.server.replies[gp_target(trial.server)] = Reply(500, html("Internal Server Error"))
    trial.clock.forward(minutes=75)
    assert results(trial.update()) == {"gp": "refused", "tip": "new"}


def test_a_login_that_nobody_answers_is_no_refusal_and_not_repeated_for_two_hours(trial: Trial) -> None:
    trial.changes["source_timeout_s"] = 0.15
    trial.server.replies[LOGIN] = Reply(200, b'""', wait_s=0.4)
    assert set(results(trial.update()).values()) == {"unreachable", "waiting"}
    trial.clock.forward(minutes=60)
    trial.update()
    assert logins(trial.server) == 1
    trial.server.replies.clear()
    trial.clock.forward(minutes=65)
    assert results(trial.update())["gp"] == "new"


def test_cookies_that_change_on_the_way_are_kept(trial: Trial) -> None:
    trial.update()
    token = next(iter(trial.server.sessions_s))
    trial.server.sessions_s["rotated"] = trial.server.sessions_s[token]
    trial.server.replies[gp_target(trial.server)] = Reply(
        200, b'[{"NORAD_CAT_ID":"1"}]', {"Set-Cookie": "chocolatechip=rotated; path=/"}
    )
    trial.clock.forward(minutes=75)
    trial.update()
    assert trial.server.seen[-1].headers["cookie"] == "chocolatechip=rotated"


def test_the_budget_of_the_settings_holds_in_one_process_too(trial: Trial) -> None:
    trial.changes |= {"space_track_requests_per_min": 2, "space_track_files": ("gp", "tip", "cdm-public")}
    report = trial.update()
    assert results(report) == {"gp": "new", "tip": "waiting", "cdm-public": "waiting"}
    assert "budget" in report.rows[1].words
    assert len(trial.server.seen) == 2
    row = trial.rows()["space-track/tip"]
    assert (row["asked_1h"], row["allowed_1h"]) == (2, 250)
    trial.clock.forward(minutes=2)
    assert results(trial.update()) == {"gp": "waiting", "tip": "new", "cdm-public": "new"}
