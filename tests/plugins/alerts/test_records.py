"""Counts, quarantine, guards, drift, audiences and withdrawals: each found in a store that our own code filled."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete, insert, text

from plugins.alerts.records import (
    drifted,
    growing_quarantine,
    late_lane,
    overdue_withdrawals,
    shut_audiences,
    tripped_guards,
    unusual_counts,
)
from plugins.alerts.sight import Amiss
from plugins.health.exposition import exposition
from plugins.hub.journal import JournalOutbox
from plugins.hub.lease import take
from plugins.hub.meaning import read_meaning
from plugins.rules.alerts import Alerts, Counts
from plugins.store.engine import Store
from plugins.store.event_tables import waiting_event
from plugins.store.findings import keep as find
from plugins.store.keeper import Keeper
from plugins.store.knock_tables import knock
from plugins.store.lines import Bad
from plugins.store.tables import push
from plugins.store.times import utc_text
from plugins.wire.audiences import ShutError
from plugins.wire.outbox import Call, Outcome, Row
from tests.making import at, keep, mailchimp, pushed, record
from tests.plugins.alerts.conftest import abouts, after, brought, ran, sees
from tests.plugins.feeds.conftest import GOOGLE, product, write_rules

DAY = 24


def history(store: Store, *reads: int) -> float:
    """Let the till be read once a day; returns the hours after the last."""
    for number, read in enumerate(reads):
        brought(store, ran(store, "ingest-till", number * DAY), read)
    return (len(reads) - 1) * DAY + 1


@pytest.mark.parametrize(("newest", "is_told"), [(0, True), (400, True), (700, False), (1600, True), (1010, False)])
def test_a_count_far_from_the_median_of_its_days_is_told(store: Store, newest: int, is_told: bool) -> None:
    end = history(store, 1000, 1010, 990, 1005, 995, 1000, 1020, 980, newest)
    found = sees(store, unusual_counts, end)
    assert abouts(found) == (["till"] if is_told else [])
    assert all(f"{newest} records read, where 1000 are usual" in each.what for each in found)


def test_a_count_is_not_judged_before_there_are_enough_runs_like_it(store: Store) -> None:
    assert sees(store, unusual_counts, history(store, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 0)) == []


def test_one_odd_day_among_the_others_widens_no_band(store: Store) -> None:
    end = history(store, 1000, 1000, 1000, 90000, 1000, 1000, 1000, 1000, 2000)
    assert abouts(sees(store, unusual_counts, end)) == ["till"]


def test_a_quiet_night_is_compared_with_nights(store: Store) -> None:
    for number in range(10):
        for hour, read in ((0, 1000), (12, 0)):
            brought(store, ran(store, "ingest-till", number * DAY + hour), read)
    assert sees(store, unusual_counts, 10 * DAY) == []


def test_records_that_are_read_and_not_accepted_are_told(store: Store) -> None:
    history(store, *[1000] * 8)
    brought(store, ran(store, "ingest-till", 8 * DAY), 1000, 100)
    told = Alerts(counts=Counts(runs=5))
    assert [each.what for each in sees(store, unusual_counts, 8 * DAY + 1, told=told)] == [
        "100 records accepted, where 1000 are usual"
    ]


def spoil(store: Store, number: int, hours: float) -> None:
    keeper = Keeper(store, "run", clock=lambda: after(hours))
    for each in range(number):
        bad = Bad("mean", "till", "receipts", "missing", f'{{"n": {each}, "at": {hours}}}', "total")
        keeper.mapper_bad(msgspec.json.encode(bad))
    keeper.commit()


def test_a_quarantine_that_grows_is_told_by_source_stream_and_reason(store: Store) -> None:
    spoil(store, 20, 0)
    assert sees(store, growing_quarantine, 1) == []
    spoil(store, 1, 0.5)
    (only,) = sees(store, growing_quarantine, 1)
    assert (only.about, only.facts) == ("till receipts: missing", {"records": 21})
    assert sees(store, growing_quarantine, 26) == []


def test_a_list_that_comes_in_half_empty_trips_a_guard_until_it_is_whole_again(store: Store) -> None:
    def read(hours: float, *numbers: int) -> None:
        keeper = Keeper(store, "run", clock=lambda: after(hours))
        for each in numbers:
            made = record("customer", "till", str(each), seen_at=at(hours))
            keeper.record("customer", json.dumps({**made, "entity": None}).encode())
        keeper.sealed("customer", "till", "customers", utc_text(after(hours)))
        keeper.commit()

    read(0, *range(30))
    assert sees(store, tripped_guards, 1) == []
    read(1)
    (only,) = sees(store, tripped_guards, 2)
    assert "lists 0 of 30 known records of 'customer'" in only.what
    read(2, *range(30))
    assert sees(store, tripped_guards, 3) == []


def test_a_feed_that_a_guard_stops_is_told_until_it_is_published(
    rotonde: Any, sqlite_store: Store, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROTONDE_FEEDS", str(tmp_path / "out"))
    keep(sqlite_store, product("1"))
    write_rules(rules, GOOGLE.replace("where: is_online", "where: not is_online"))
    rotonde("feed", "publish", "shop")
    found = sees(sqlite_store, tripped_guards, 0)
    assert [(each.about, each.what.partition(";")[0]) for each in found] == [("feed shop", "no item would be in it")]
    write_rules(rules, GOOGLE)
    rotonde("feed", "publish", "shop")
    assert sees(sqlite_store, tripped_guards, 0) == []


def test_a_guard_that_nobody_ran_into_for_a_week_is_of_something_that_is_gone(store: Store) -> None:
    with store.writing() as connection:
        find(connection, "guard", "feed old", ["no item would be in it"], after(0))
    assert abouts(sees(store, tripped_guards, DAY * 6)) == ["feed old"]
    assert sees(store, tripped_guards, DAY * 8) == []


def test_drift_is_told_until_it_is_looked_for_again_and_not_found(store: Store) -> None:
    for what, expected in ((["3 persons or records are not as the journal says"], ["letters"]), ([], [])):
        with store.writing() as connection:
            find(connection, "drift", "letters", what, after(0))
        assert abouts(sees(store, drifted, 100 * DAY)) == expected


def test_what_a_vendor_or_a_till_told_by_itself_is_not_left_lying(store: Store) -> None:
    told = {"stream": "customers", "taken_at": at(1), "tries": 0, "next_at": at(1)}
    with store.writing() as connection:
        connection.execute(insert(knock).values(connection="shop", found_by="id", key="17", **told))
        connection.execute(
            insert(knock).values(connection="shop", found_by="id", key="18", **{**told, "taken_at": at(2)})
        )
        connection.execute(insert(waiting_event).values(source="kiosk", body="{}", **{**told, "taken_at": at(1.5)}))
    assert sees(store, late_lane, 1.2) == []
    found = sees(store, late_lane, 1.9)
    assert [(each.about, each.facts["records"]) for each in found] == [("kiosk", 1), ("shop", 2)]
    text = exposition(store).decode()
    assert 'rotonde_lane_waiting{source="shop"} 2.0' in text
    assert 'rotonde_lane_oldest_seconds{source="kiosk"}' in text
    with store.writing() as connection:
        connection.execute(delete(knock))
    assert abouts(sees(store, late_lane, 1.9)) == ["kiosk"]


def withdrawn(store: Store, hours: float, **fields: Any) -> None:
    said = utc_text(after(hours))
    known = {"operation": "remove", "cause": "consent", "wire_id": "kanarie@example.nl", "destination": "letters"}
    pushed(store, {**known, "stored_at": said, "acted_at": said, **fields})


@pytest.mark.parametrize("state", ["planned", "prepared", "unknown", "rejected", "staged"])
def test_a_withdrawal_that_is_not_handed_over_within_six_hours_is_told(store: Store, state: str) -> None:
    withdrawn(store, 0, state=state)
    assert sees(store, overdue_withdrawals, 5.9) == []
    (only,) = sees(store, overdue_withdrawals, 6.1)
    assert (only.about, only.facts, only.since) == ("letters", {"withdrawals": 1}, after(0))
    withdrawn(store, 0, answered_at=utc_text(after(7)))
    assert sees(store, overdue_withdrawals, 8) == []


def test_a_withdrawal_that_is_not_read_back_within_two_days_is_told(store: Store) -> None:
    withdrawn(store, 0, answered_at=utc_text(after(1)))
    assert sees(store, overdue_withdrawals, 48.5) == []
    assert abouts(sees(store, overdue_withdrawals, 49.5)) == ["letters, read back"]
    with store.writing() as connection:
        connection.execute(push.update().values(confirmed_at=utc_text(after(50))))
    assert sees(store, overdue_withdrawals, 60) == []


OF_WITHDRAWALS = ("INDEX ix_push_unconfirmed", "INDEX ix_push_cause")
"""Indexes of those rows alone; the engine takes either."""


def test_what_is_withdrawn_is_found_through_its_own_index(sqlite_store: Store) -> None:
    asked: list[str] = []

    def explained(sight: Any) -> list[Amiss]:
        query = "cause = 'consent' AND confirmed_at IS NULL AND stored_at < '2026'"
        plan = sight.connection.execute(text(f"EXPLAIN QUERY PLAN SELECT seq FROM push WHERE {query}"))
        asked.extend(each.detail for each in plan)
        return []

    sees(sqlite_store, explained, 0)
    assert [any(name in each for name in OF_WITHDRAWALS) for each in asked] == [True]


@pytest.fixture
def outbox(sqlite_store: Store, rules: Path) -> Callable[[float], JournalOutbox]:
    def opened(hours: float) -> JournalOutbox:
        clock = lambda: after(hours)  # noqa: E731
        lease = take(sqlite_store, "mailchimp", "run", clock)
        return JournalOutbox(sqlite_store, mailchimp(), read_meaning(rules), lease, clock)

    return opened


def test_f26_an_audience_that_is_shut_is_told_until_a_run_brings_people_in_without_seeing_it(
    sqlite_store: Store, outbox: Callable[[float], JournalOutbox]
) -> None:
    row = Row("r1", "remove", "kanarie@example.nl", {})
    with sqlite_store.writing() as connection:
        connection.execute(
            insert(push).values(
                key="r1", operation="remove", destination="mailchimp", profile_id="p", wire_id=row.wire_id,
                normaliser=1, payload="{}", state="planned", payload_hash="", reason="", rules_version="1",
                planned_at=utc_text(after(0)),
            )
        )  # fmt: skip
    opened = outbox(1)
    fixed = opened.fix([row], lambda _: Call("POST", "/", b""))
    shut = ShutError("the audience is flagged", 400)
    opened.answered(fixed.key, {"r1": Outcome("unknown", str(shut), audience="gone_quiet")})
    opened.close()
    (only,) = sees(sqlite_store, shut_audiences, 2)
    assert (only.about, only.what) == ("mailchimp gone_quiet", "the audience is flagged")
    ran(sqlite_store, "withdraw-mailchimp", 3)
    assert abouts(sees(sqlite_store, shut_audiences, 4)) == ["mailchimp gone_quiet"]
    ran(sqlite_store, "activate-mailchimp", 4)
    assert sees(sqlite_store, shut_audiences, 5) == []
    assert timedelta(hours=1) + after(0) == only.since
