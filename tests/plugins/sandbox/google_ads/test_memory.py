"""Writes and happenings outlive a restart."""

from __future__ import annotations

from pathlib import Path

from tests.plugins.sandbox.google_ads.stage import (
    ANN,
    BEN,
    CIS,
    EVENTS,
    INGEST,
    LISTS,
    REMOVE,
    STATUS,
    Caller,
    Clock,
    event,
    joining,
    leaving,
    member,
    sales,
)


def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    memory, clock = tmp_path / "google_ads.jsonl", Clock()
    first = Caller(clock, memory)
    gold, silver = first.list("Gold"), first.list("Silver", description="second")
    first.state(INGEST, joining(gold, member(ANN), member(BEN)))
    clock.forward(minutes=3)
    assert first.call("POST", INGEST, joining(gold, member("x"))).status_code == 400
    first.vendor.perform("fail_next")
    first.state(INGEST, joining(silver, member(ANN)))
    first.call("PATCH", f"{LISTS}/{silver}?updateMask=displayName", {"displayName": "Silvery"})
    first.state(REMOVE, leaving(gold, member(BEN)))
    first.post(INGEST, joining(gold, member(ANN), validateOnly=True))
    waiting = first.post(INGEST, joining(gold, member(CIS)))
    first.state(EVENTS, sales(event()))

    second = Caller(clock, memory)
    assert second.get(LISTS) == first.get(LISTS)
    assert second.vendor.lists[gold].members == first.vendor.lists[gold].members
    for request_id, taken in first.vendor.taken.items():
        path = f"{STATUS}?requestId={request_id}"
        assert second.vendor.taken[request_id].view() == taken.view(), path
    assert second.done(waiting)[0]["requestStatus"] == "SUCCESS"
    assert second.state(EVENTS, sales(event())) == "FAILED"
    assert second.get(LISTS)["userLists"][0]["id"] == gold


def test_a_token_is_taken_after_a_restart(tmp_path: Path) -> None:
    memory, clock = tmp_path / "google_ads.jsonl", Clock()
    token = Caller(clock, memory).token
    second = Caller(clock, memory)
    second.token = token
    assert second.get(LISTS) == {}


def test_a_request_that_was_not_carried_out_yet_is_carried_out_after_the_restart(tmp_path: Path) -> None:
    memory, clock = tmp_path / "google_ads.jsonl", Clock()
    first = Caller(clock, memory)
    gold = first.list()
    answer = first.post(INGEST, joining(gold, member(ANN)))
    second = Caller(clock, memory)
    assert second.within(gold) == set()
    second.done(answer)
    assert second.within(gold) == {ANN}
    assert Caller(clock, memory).within(gold) == {ANN}
