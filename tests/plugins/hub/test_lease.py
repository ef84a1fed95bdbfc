"""One runner at a time, and a number that tells the newest."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from plugins.hub.journal import JournalOutbox, OlderFence, content_hash, json_text, recover, write_plan
from plugins.hub.lease import LIFE, LeaseTaken, beating, is_ours, release, take
from plugins.store.engine import Store
from plugins.store.tables import call, lease, push
from plugins.store.times import utc_text
from plugins.wire.outbox import Call, Outcome, Row
from tests.making import MORNING, hub_on, mailchimp, pushed, stored

ELSEWHERE = "another-host"


def clock() -> Any:
    return MORNING


def held_by(store: Store, owner: str, seconds: float = 60) -> None:
    """Let somebody hold the destination for so many seconds more."""
    expires = utc_text(MORNING + timedelta(seconds=seconds))
    with store.writing() as connection:
        connection.execute(insert(lease).values(name="mailchimp", owner=owner, fence=0, expires_at=expires))


def ours(store: Store, mine: Any) -> bool:
    with store.reading() as connection:
        return is_ours(connection, mine)


def test_d13_a_second_runner_is_refused_and_told_who_is_at_work(store: Store) -> None:
    take(store, "mailchimp", "run-1", clock)
    with pytest.raises(LeaseTaken, match="mailchimp: run run-1 is at work; wait for it to end"):
        take(store, "mailchimp", "run-2", clock)


def test_another_destination_is_free(sqlite_store: Store) -> None:
    take(sqlite_store, "mailchimp", "run-1", clock)
    assert take(sqlite_store, "meta", "run-2", clock).destination == "meta"


def test_the_processes_of_one_run_share_its_number(sqlite_store: Store) -> None:
    first = take(sqlite_store, "mailchimp", "run-1", clock)
    assert take(sqlite_store, "mailchimp", "run-1", clock) == first


def test_a_run_may_be_called_what_it_likes(sqlite_store: Store) -> None:
    first = take(sqlite_store, "mailchimp", "nightly/7", clock)
    assert take(sqlite_store, "mailchimp", "nightly/7", clock) == first
    with pytest.raises(LeaseTaken, match="run nightly/7 is at work"):
        take(sqlite_store, "mailchimp", "nightly", clock)


def test_numbers_only_go_up(store: Store) -> None:
    fences = []
    for number in range(3):
        mine = take(store, "mailchimp", f"run-{number}", clock)
        fences.append(mine.fence)
        release(store, mine)
    assert fences == sorted(set(fences))


def test_a_dead_process_of_this_host_is_taken_over_at_once(sqlite_store: Store) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    held_by(sqlite_store, f"run-1/{socket.gethostname()}/{dead.pid}")
    assert take(sqlite_store, "mailchimp", "run-2", clock).fence > 0


@pytest.mark.parametrize(
    "owner",
    [f"run-1/{ELSEWHERE}/1", f"run-1/{socket.gethostname()}/{os.getpid()}"],
    ids=["another host", "this process"],
)
def test_a_living_or_distant_process_keeps_its_lease_until_it_expires(sqlite_store: Store, owner: str) -> None:
    held_by(sqlite_store, owner, seconds=0.001)
    with pytest.raises(LeaseTaken):
        take(sqlite_store, "mailchimp", "run-2", clock)
    assert take(sqlite_store, "mailchimp", "run-2", lambda: MORNING + timedelta(seconds=0.001)).fence > 0


def test_a_lease_lives_sixty_seconds(sqlite_store: Store) -> None:
    take(sqlite_store, "mailchimp", "run-1", clock)
    assert stored(sqlite_store, lease)[0]["expires_at"] == utc_text(MORNING + LIFE)
    assert timedelta(seconds=60) == LIFE


def test_whoever_was_overtaken_gives_nothing_back(sqlite_store: Store) -> None:
    old = take(sqlite_store, "mailchimp", "run-1", clock)
    new = take(sqlite_store, "mailchimp", "run-2", lambda: MORNING + timedelta(seconds=61))
    release(sqlite_store, old)
    assert (ours(sqlite_store, old), ours(sqlite_store, new)) == (False, True)


def test_a_released_destination_is_nobodys(sqlite_store: Store) -> None:
    mine = take(sqlite_store, "mailchimp", "run-1", clock)
    release(sqlite_store, mine)
    assert not ours(sqlite_store, mine)


def test_a_beating_lease_ends_its_thread_with_the_block(sqlite_store: Store) -> None:
    mine = take(sqlite_store, "mailchimp", "run-1", clock)
    with beating(sqlite_store, mine, clock):
        assert ours(sqlite_store, mine)


ROW: dict[str, Any] = {
    "operation": "remove", "profile_id": "P", "wire_id": "ann@example.nl", "permit": None, "payload_hash": "",
    "reason": "", "payload": json_text({"tags_off": ["letter"]}),
}  # fmt: skip


def planned(store: Store, hub: Any) -> Row:
    with store.writing() as connection:
        entered = write_plan(connection, mailchimp(), [ROW], "1", MORNING)[0]
    return Row(entered["key"], "remove", ROW["wire_id"], {"tags_off": ["letter"]})


def outbox(store: Store, hub: Any, mine: Any) -> JournalOutbox:
    return JournalOutbox(store, mailchimp(), hub.meaning, mine, clock)


def body(_rows: Any) -> Call:
    return Call("POST", "/members", b"{}")


def test_d13_the_journal_refuses_the_older_number(store: Store, rules: Any) -> None:
    hub = hub_on(store, rules)
    old = outbox(store, hub, take(store, "mailchimp", "run-1", clock))
    row = planned(store, hub)
    fixed = old.fix([row], body)
    new = outbox(store, hub, take(store, "mailchimp", "run-2", lambda: MORNING + timedelta(seconds=61)))
    with pytest.raises(OlderFence, match="mailchimp: a newer run has taken over"):
        old.fix([row], body)
    with pytest.raises(OlderFence):
        old.answered(fixed.key, {row.key: Outcome("accepted")})
    assert [each["state"] for each in stored(store, push)] == ["prepared"]
    assert len(stored(store, call)) == 1
    for each in (old, new):
        each.close()


def test_what_an_older_run_left_is_unknown_or_dropped(store: Store) -> None:
    states = ("planned", "prepared", "accepted", "rejected", "unknown")
    pushed(store, *({"wire_id": f"{state}@x.nl", "state": state, "fence": 3} for state in states))
    pushed(store, {"wire_id": "mine@x.nl", "state": "prepared", "fence": 7})
    with store.writing() as connection:
        assert recover(connection, "mailchimp", 7) == 1
    found = {each["wire_id"].split("@")[0]: each["state"] for each in stored(store, push)}
    assert found == {"planned": "dropped", "prepared": "unknown", "accepted": "accepted", "rejected": "rejected",
                     "unknown": "unknown", "mine": "prepared"}  # fmt: skip


@pytest.mark.parametrize("one, other", [(("ab", "c", ""), ("a", "bc", "")), (("a", "b", "c"), ("a", "c", "b"))])
def test_the_hash_of_a_decision_cannot_be_shuffled(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert content_hash(*one) != content_hash(*other)
