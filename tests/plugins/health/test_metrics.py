"""What a dashboard is told: counts and moments of what the store knows, and of nobody."""

from __future__ import annotations

import stat
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert, update
from werkzeug.test import Client
from werkzeug.wrappers import Response

from plugins.api.metrics import Watched, route
from plugins.health.exposition import FRESH_SECONDS, Fresh, exposition
from plugins.hub.lease import take
from plugins.store.engine import Store
from plugins.store.tables import push, quarantine, run, run_stream
from plugins.store.times import now, utc_text
from tests.plugins.health.conftest import Rotonde, told
from tests.plugins.hub.commands import town
from tests.road.stage import Stage, withdrawal

PERSON = ("ann@", "bob@", "example.nl", "2055000000978", "31687654012")


def ran(store: Store, job: str, outcome: str, hours_ago: float, **counts: int) -> None:
    with store.writing() as connection:
        key = f"{job} {hours_ago}"
        at = utc_text(now() - timedelta(hours=hours_ago))
        connection.execute(insert(run).values(id=key, job=job, started_at=at, ended_at=at, outcome=outcome))
        row = {"read": 0, "accepted": 0, "quarantined": 0, "filtered": 0, **counts}
        connection.execute(
            insert(run_stream).values(run_id=key, stage="keep", source="till", stream="customers", **row)
        )


def test_streams_are_told_for_the_newest_run_and_altogether(store: Store) -> None:
    ran(store, "ingest-till", "ok", 5, read=10, accepted=8, quarantined=1, filtered=1)
    ran(store, "ingest-till", "ok", 1, read=3, accepted=3)
    ran(store, "ingest-till", "failed", 0.5)
    found = told(exposition(store).decode())

    def labels(became: str) -> str:
        return f'{{became="{became}",source="till",stage="keep",stream="customers"}}'

    assert found["rotonde_stream_records_total" + labels("read")] == 13
    assert found["rotonde_stream_records_total" + labels("quarantined")] == 1
    assert found["rotonde_stream_records" + labels("read")] == 0
    assert found['rotonde_runs_total{job="ingest-till",outcome="failed"}'] == 1
    assert found['rotonde_source_lag_seconds{source="till"}'] == pytest.approx(3600, abs=60)


def test_the_journal_the_plan_the_calls_and_the_persons_are_told(stage: Stage) -> None:
    town(stage.hub.store)
    stage.push()
    found = told(exposition(stage.hub.store).decode())
    assert found['rotonde_journal_rows{destination="mailchimp",state="accepted"}'] >= 1
    assert found['rotonde_plan_rows{destination="mailchimp",lane="all",operation="add"}'] >= 1
    assert found['rotonde_api_calls_24h{destination="mailchimp"}'] >= 1
    assert found["rotonde_profiles"] == 3
    assert found["rotonde_store_bytes"] > 0


def test_a_withdrawal_that_waits_is_told_with_its_age_until_it_is_handed_over(stage: Stage) -> None:
    town(stage.hub.store)
    stage.push()
    stage.keep(withdrawal("ann"))
    stage.emit()
    store = stage.hub.store
    with store.writing() as connection:
        late = utc_text(now() - timedelta(hours=30))
        connection.execute(update(push).where(push.c.cause == "consent").values(stored_at=late))
    found = told(exposition(store).decode())
    assert found['rotonde_opt_outs_waiting{destination="mailchimp"}'] == 1
    assert found['rotonde_opt_out_oldest_seconds{destination="mailchimp"}'] == pytest.approx(108_000, abs=60)
    assert found['rotonde_opt_outs_overdue{destination="mailchimp",why="not handed over"}'] == 1
    with store.writing() as connection:
        connection.execute(update(push).values(state="accepted", answered_at=utc_text(now() - timedelta(hours=50))))
    found = told(exposition(store).decode())
    assert 'rotonde_opt_outs_waiting{destination="mailchimp"}' not in found
    assert found['rotonde_opt_outs_overdue{destination="mailchimp",why="not confirmed"}'] == 1


def test_what_is_open_in_quarantine_is_told_by_reason(store: Store) -> None:
    row = {"stage": "mean", "source": "till", "stream": "customers", "field": "email", "payload": "ann@example.nl",
           "first_seen_at": "x", "last_seen_at": "x", "times": 1, "reason": "wrong_type"}  # fmt: skip
    with store.writing() as connection:
        states = enumerate(["open", "open", "replayed"])
        connection.execute(insert(quarantine), [{**row, "id": str(each), "state": state} for each, state in states])
    found = told(exposition(store).decode())
    assert found['rotonde_quarantine_open{reason="wrong_type",source="till",stream="customers"}'] == 2


def test_the_scheduler_is_told_with_its_schedules(rotonde: Rotonde, sqlite_store: Store) -> None:
    said = 'jobs: [{name: sync, tasks: [x]}]\nschedules: [{name: round, interval: "*/15 * * * *", job: sync}]\n'
    (rotonde.folder / "meltano.yml").write_text(said)
    assert rotonde.figures()["rotonde_scheduler_leader"] == 0
    take(sqlite_store, "scheduler", "one")
    found = rotonde.figures()
    assert found["rotonde_scheduler_leader"] == 1
    assert 0 <= found['rotonde_schedule_next_due_seconds{schedule="round"}'] <= 900


def test_s5_the_figures_name_nobody(stage: Stage, rotonde: Rotonde) -> None:
    town(stage.hub.store)
    stage.push()
    stage.keep(withdrawal("ann"))
    stage.emit()
    text = rotonde("metrics").stdout
    assert [each for each in PERSON if each in text] == []
    assert len(list(text_string_to_metric_families(text))) > 15


def test_a_file_for_node_exporter_is_whole_and_for_its_owner_unless_told_otherwise(rotonde: Rotonde) -> None:
    path = rotonde.folder / "rotonde.prom"
    for mode in ("600", "644"):
        assert rotonde("metrics", "--textfile", str(path), "--mode", mode).exit_code == 0
        assert stat.S_IMODE(path.stat().st_mode) == int(mode, 8)
    assert "rotonde_profiles" in path.read_text()
    assert [each.name for each in rotonde.folder.glob("*.prom*")] == ["rotonde.prom"]
    assert rotonde("metrics", "--textfile", str(rotonde.folder / "away" / "x.prom")).exit_code == 2


def test_figures_are_gathered_once_for_all_who_ask_within_half_a_minute() -> None:
    clock = [0.0]
    made: list[bytes] = []

    def gather() -> bytes:
        made.append(b"x")
        return b"x" * len(made)

    fresh = Fresh(gather, lambda: clock[0])
    assert [fresh.text(), fresh.text()] == [b"x", b"x"]
    clock[0] = FRESH_SECONDS
    assert fresh.text() == b"xx"


def behind(store: Store, key: str) -> Client:
    def app(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"the application"]

    return Client(Watched(app, store, key), Response)


def test_the_api_shows_figures_to_its_own_machine_or_to_who_has_the_key(sqlite_store: Store) -> None:
    near, far = {"REMOTE_ADDR": "127.0.0.1"}, {"REMOTE_ADDR": "10.0.0.9"}
    is_open, locked = behind(sqlite_store, ""), behind(sqlite_store, "a key of prometheus")
    assert is_open.get("/metrics", environ_base=near).status_code == 200
    assert is_open.get("/metrics", environ_base=far).status_code == 404
    assert locked.get("/metrics", environ_base=near).status_code == 404
    assert locked.get("/metrics", headers={"Authorization": "Bearer another"}).status_code == 404
    found = locked.get("/metrics", environ_base=far, headers={"Authorization": "Bearer a key of prometheus"})
    assert (found.status_code, "rotonde_store_bytes" in found.text) == (200, True)
    assert locked.get("/health").text == "the application"


@pytest.mark.parametrize("path", ["/loyalty/holds", "/persons/ann", "/webhooks/shop/geheim", "/loyalty/2055000000978"])
def test_s5_a_request_is_traced_by_the_words_of_our_own_paths(path: str) -> None:
    assert set(route(path).split("/")) <= {"", "loyalty", "holds", "persons", "webhooks", "{}"}
