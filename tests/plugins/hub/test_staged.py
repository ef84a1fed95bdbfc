"""Calls that a vendor takes and carries out later: the journal keeps the receipt until somebody knows what became."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from plugins.hub.journal import JournalOutbox, run_id, write_plan
from plugins.hub.lease import take
from plugins.hub.plans import Hub
from plugins.store.engine import Store
from plugins.store.tables import call, push
from plugins.wire.audience_steps import Entry, Step
from plugins.wire.audiences import AudienceDelivery, Said
from plugins.wire.outbox import Call, Outcome, Row
from tests.making import hub_on, stored


class Slow:
    """A platform that says what became of a call only when it is asked often enough."""

    size, together = 2, 1

    def __init__(self, *became: Outcome | None) -> None:
        self.told = list(became)
        self.sent: list[tuple[Step, Sequence[Entry]]] = []

    def known(self, row: Row) -> str:
        return f"hash of {row.key}"

    def everywhere(self) -> Sequence[str]:
        return ("gold", "silver")

    def ready(self, audiences: Sequence[str]) -> Mapping[str, str]:
        return {}

    def call(self, step: Step, entries: Sequence[Entry]) -> Call:
        self.sent.append((step, entries))
        return Call("POST", "/members", b"{}")

    def send(self, call: Call) -> Any:
        return None

    def said(self, answer: Any, entries: Sequence[Entry]) -> Said:
        return Said(receipt=f"receipt {len(self.sent)}")

    def became(self, receipt: str) -> Outcome | None:
        return self.told.pop(0) if self.told else None


@pytest.fixture
def hub(store: Store, rules: Path) -> Hub:
    return hub_on(store, rules)


def leaving(hub: Hub, *names: str, **payload: Any) -> list[Row]:
    """Enter removals into the journal; returns them as rows."""
    rows = [
        {"operation": "remove", "profile_id": name, "wire_id": f"{name}@example.nl", "reason": "x", "payload_hash": "",
         "payload": '{"tags_off":["gold"]}'} for name in names
    ]  # fmt: skip
    with hub.store.writing() as connection:
        entered = write_plan(connection, hub.channels["mailchimp"], rows, "1", hub.clock())
    return [Row(each["key"], "remove", each["wire_id"], {"tags_off": ["gold"], **payload}) for each in entered]


def outbox(hub: Hub) -> JournalOutbox:
    lease = take(hub.store, "mailchimp", run_id(), hub.clock)
    return JournalOutbox(hub.store, hub.channels["mailchimp"], hub.meaning, lease, hub.clock)


def states(hub: Hub) -> list[tuple[str, str | None]]:
    return [(each["state"], each["answer"]) for each in stored(hub.store, push)]


def test_the_next_run_asks_what_became_of_the_calls_of_the_one_before(hub: Hub) -> None:
    box = outbox(hub)
    AudienceDelivery(Slow(), box, sleep=lambda _: None).deliver(leaving(hub, "ann", "bob", "cis"))
    box.close()
    assert states(hub) == [("staged", None)] * 3
    assert [each["receipt"] for each in stored(hub.store, call)] == ["receipt 1", "receipt 2"]
    box = outbox(hub)
    later = AudienceDelivery(Slow(None, None, Outcome("accepted"), Outcome("rejected", "list full")), box,
                             sleep=lambda _: None)  # fmt: skip
    later.settle()
    assert states(hub) == [("accepted", None)] * 2 + [("rejected", "list full")]
    assert later.counts == {"accepted": 2, "rejected": 1}
    assert box.staged() == []
    box.close()


def test_what_nobody_knows_yet_stays_staged(hub: Hub) -> None:
    box = outbox(hub)
    waits: list[float] = []
    delivery = AudienceDelivery(Slow(), box, sleep=waits.append)
    delivery.deliver(leaving(hub, "ann"))
    delivery.settle()
    assert states(hub) == [("staged", None)]
    assert 10 < sum(waits) < 60
    box.close()


def test_a_row_that_several_calls_carried_waits_for_the_last_of_them(hub: Hub) -> None:
    (row,) = leaving(hub, "ann", sent=["old", "new"])
    row = Row(row.key, row.operation, row.wire_id, {**row.payload, "tags_off": ["gold", "silver"]})
    box = outbox(hub)
    with hub.store.writing() as connection:
        connection.execute(push.update().values(payload='{"sent":["old","new"],"tags_off":["gold","silver"]}'))
    platform = Slow(Outcome("accepted"), None, Outcome("accepted"), Outcome("accepted"))
    delivery = AudienceDelivery(platform, box, sleep=lambda _: None)
    delivery.deliver([row])
    assert [step.audiences for step, _ in platform.sent] == [("gold",), ("silver",)]
    assert [[known for known, _ in entries] for _, entries in platform.sent] == [["old", "new"]] * 2
    delivery.settle()
    assert states(hub) == [("accepted", None)]
    box.close()
