"""What a till and a webshop are brought to, record by record: consent, points, and movements that happen once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plugins.hub.deciding import link, unlink
from plugins.hub.destinations import record_channels
from plugins.hub.plans import Hub, journal_rows, planned, planning
from plugins.store.engine import Store
from tests.making import act, customer, hub_on, keep, person, pushed, record, withdrawal

PROGRAMME = """
leader: tilroy
earn:
  web: {on: purchase, points: 1, per_cents: 100, sources: [woocommerce]}
"""
FLAGS = {"doNotEmail": "false", "bu.doSms": "true"}


@pytest.fixture
def hub(store: Store, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Ann is known at the till and in the webshop, by one address."""
    monkeypatch.setenv("ROTONDE_HOME", str(tmp_path))
    (rules / "loyalty.yml").write_text(PROGRAMME)
    keep(store, customer("ann", source_id="17"), person("880123", "tilroy", email="ann@example.nl"),
         *(flag(name, value) for name, value in FLAGS.items()))  # fmt: skip
    yield replace(hub_on(store, rules), records=record_channels())


def flag(field: str, value: str, hours: int = 0) -> dict[str, Any]:
    """Return what the till holds of Ann's consent."""
    said = f"2026-03-02T{10 + hours:02d}:00:00+01:00"
    return record("consent", "tilroy", f"880123:{field}::{said}", customer_id="880123", email="ann@example.nl",
                  field=field, value=value, changed_at=said, facts={"dateExported": said})  # fmt: skip


def rows(hub: Hub, destination: str, lane: Any = "all") -> list[dict[str, Any]]:
    with planned(hub, destination) as (connection, _, _):
        return [{**row, "payload": json.loads(row["payload"])}
                for row in journal_rows(connection, hub.records[destination], lane)]  # fmt: skip


def told(hub: Hub, destination: str, lane: Any = "all") -> list[tuple[str, str, Any]]:
    """Return operation, whom it is about, and what is to be held."""
    return [
        (row["operation"], row["wire_id"], row["payload"].get("consent") or row["payload"].get("points"))
        for row in rows(hub, destination, lane)
    ]


def test_what_nobody_proved_stays_as_the_till_has_it(hub: Hub) -> None:
    assert told(hub, "tilroy") == []


def test_a_withdrawal_anywhere_reaches_every_system_in_the_lane_of_removals(hub: Hub) -> None:
    left = {"timestamp": "2026-03-02T11:00:00+00:00"}
    keep(hub.store, act("ann", "left", 2, "mailchimp", "unsubscribe", left, customer_id=None))
    assert told(hub, "tilroy", "removals") == [("remove", "consent:880123", {"email": False})]
    assert told(hub, "woocommerce", "removals") == [("remove", "consent:17", {"email": False})]
    (row,) = rows(hub, "tilroy")
    assert (row["cause"], row["acted_at"][:13], row["stored_at"][:13]) == ("consent", "2026-03-02T11", "2026-03-02T09")


def test_a_yes_with_proof_is_brought_to_who_does_not_have_it_and_names_its_act(hub: Hub) -> None:
    keep(hub.store, flag("doNotEmail", "true", 1), act("ann", hours=4) | {"customer_id": "17"})
    (row,) = rows(hub, "tilroy")
    assert (row["operation"], row["payload"]["consent"]) == ("change", {"email": True})
    assert row["permit"].startswith("woocommerce\x1f")


def test_what_was_brought_there_is_not_brought_again_and_is_no_act_when_it_is_read_back(hub: Hub) -> None:
    keep(hub.store, withdrawal("ann", 2) | {"customer_id": "17"})
    (row,) = rows(hub, "tilroy")
    brought(hub, row, "2026-03-02T13:00:00.000000Z")
    keep(hub.store, flag("doNotEmail", "true", 5))
    assert told(hub, "tilroy") == []
    keep(hub.store, act("ann", hours=4) | {"customer_id": "17"})
    assert told(hub, "tilroy") == [("change", "consent:880123", {"email": True})]


def test_a_record_that_only_we_changed_keeps_the_time_it_had(hub: Hub) -> None:
    said = "2026-03-02T09:30:00Z"
    keep(hub.store, person("880123", "tilroy", email="ann@example.nl", changed_at=said))
    keep(hub.store, withdrawal("ann", 2) | {"customer_id": "17"})
    (row,) = rows(hub, "tilroy")
    assert json.loads(row["found"])["changed_at"].startswith(said[:-1])
    brought(hub, row, "2026-03-02T13:00:00.000000Z", found=row["found"])
    for written, known in (("2026-03-02T13:00:02Z", said), ("2026-03-02T14:00:00Z", "2026-03-02T14:00:00Z")):
        keep(hub.store, person("880123", "tilroy", email="ann@example.nl", changed_at=written))
        with planning(hub, ["tilroy"]) as opened:
            found = "SELECT strftime(changed_at, '%Y-%m-%dT%H:%M:%SZ') FROM customer WHERE source_id = '880123'"
            assert opened.connection.execute(found).fetchall() == [(known,)]


def test_a_till_that_changes_its_mind_is_brought_back(hub: Hub) -> None:
    keep(hub.store, withdrawal("ann", 2) | {"customer_id": "17"})
    brought(hub, rows(hub, "tilroy")[0], "2026-03-02T12:00:00.000000Z")
    keep(hub.store, flag("doNotEmail", "false", 8))
    assert told(hub, "tilroy") == [("remove", "consent:880123", {"email": False})]


def test_a_lost_answer_about_consent_is_brought_again(hub: Hub) -> None:
    keep(hub.store, withdrawal("ann", 2) | {"customer_id": "17"})
    brought(hub, rows(hub, "tilroy")[0], "2026-03-02T13:00:00.000000Z", state="unknown")
    assert told(hub, "tilroy") == [("remove", "consent:880123", {"email": False})]


def test_the_clock_of_a_withdrawal_runs_from_its_first_plan(hub: Hub) -> None:
    keep(hub.store, withdrawal("ann", 2) | {"customer_id": "17"})
    brought(hub, rows(hub, "tilroy")[0], None, state="rejected", stored_at="2026-03-02T08:30:00.000000Z")
    assert rows(hub, "tilroy")[0]["stored_at"] == "2026-03-02T08:30:00.000000Z"


def bought(cents: int, key: str = "1", customer_id: str = "17") -> list[dict[str, Any]]:
    """Return an order of Ann's in the webshop."""
    paid = {"customer_id": customer_id, "channel": "web", "ordered_at": "2026-03-03T10:00:00+01:00", "is_paid": True,
            "currency": "EUR", "total_minor": cents}  # fmt: skip
    line = record("order_line", "woocommerce", f"{key}.1", order_id=key, currency="EUR", quantity_thousandths=1000,
                  total_minor=cents)  # fmt: skip
    return [record("order", "woocommerce", key, **paid), line]


def test_points_earned_online_are_brought_to_the_till_that_leads_and_the_balance_to_who_follows(hub: Hub) -> None:
    keep(hub.store, bought(2500))
    (row,) = rows(hub, "tilroy")
    assert (row["operation"], row["payload"]["points"], row["payload"]["customer"]) == ("add", 25, "880123")
    assert row["payload"]["reference"] == "woocommerce:order:1:web"
    assert told(hub, "woocommerce") == [("change", "points:17", 25)]


def test_a_movement_is_brought_once_and_later_only_by_its_difference(hub: Hub) -> None:
    keep(hub.store, bought(2500))
    brought(hub, rows(hub, "tilroy")[0], "2026-03-04T10:00:00.000000Z", answer="movement 300123")
    assert told(hub, "tilroy") == []
    refund = record("order_line", "woocommerce", "refund:1:amount", order_id="1", returns_order_id="1",
                    currency="EUR", quantity_thousandths=0, total_minor=-1000)  # fmt: skip
    keep(hub.store, refund)
    (row,) = rows(hub, "tilroy")
    assert (row["payload"]["points"], row["payload"]["reference"]) == (-10, "woocommerce:return:refund:1:amount:web")


def test_d2_a_movement_whose_answer_was_lost_comes_again_to_be_looked_up(hub: Hub) -> None:
    keep(hub.store, bought(2500))
    (first,) = rows(hub, "tilroy")
    brought(hub, first, None, state="unknown", prepared_at="2026-03-04T10:00:00.000000Z")
    (again,) = rows(hub, "tilroy")
    assert again["wire_id"] == first["wire_id"]
    repeat = again["payload"].pop("repeat")
    assert again["payload"] == first["payload"]
    assert repeat == {"since": "2026-03-04T10:00:00.000000Z", "known": []}


def test_d2_a_movement_whose_look_up_was_planned_and_never_made_comes_again(hub: Hub) -> None:
    keep(hub.store, bought(2500))
    brought(hub, rows(hub, "tilroy")[0], None, "unknown", prepared_at="2026-03-04T10:00:00.000000Z")
    (again,) = rows(hub, "tilroy")
    brought(hub, again, None, "dropped", answer="planned anew")
    assert rows(hub, "tilroy") == [again]


def test_what_the_till_reads_back_of_our_movements_is_not_booked_again(hub: Hub) -> None:
    keep(hub.store, bought(2500))
    brought(hub, rows(hub, "tilroy")[0], "2026-03-04T10:00:00.000000Z", answer="movement 300123")
    keep(hub.store, record("loyalty_movement", "tilroy", "300123", customer_id="880123", points=25,
                           occurred_at="2026-03-04T11:00:00+01:00"))  # fmt: skip
    assert told(hub, "woocommerce") == [("change", "points:17", 25)]
    assert told(hub, "tilroy") == []


def test_l16_points_that_came_with_a_merge_are_taken_off_the_till_when_it_is_taken_back(hub: Hub) -> None:
    keep(hub.store, customer("bob", source_id="18"), bought(2500, customer_id="18"))
    assert told(hub, "tilroy") == []
    for number, what in enumerate((link, unlink, link)):
        what(hub, "tilroy:880123", "woocommerce:18", "said so at the desk")
        (row,) = rows(hub, "tilroy")
        sign = 1 if what is link else -1
        assert (row["payload"]["customer"], row["payload"]["points"]) == ("880123", 25 * sign)
        brought(hub, row, f"2026-03-04T1{number}:00:00.000000Z", answer=f"movement 30012{number}")
        assert told(hub, "tilroy") == []


def test_points_brought_to_a_record_that_is_gone_are_not_brought_again_to_another(hub: Hub) -> None:
    keep(hub.store, person("880124", "tilroy", email="ann@example.nl"), bought(2500))
    (row,) = rows(hub, "tilroy")
    brought(hub, row, "2026-03-04T10:00:00.000000Z", answer="movement 300123")
    keep(hub.store, person(row["payload"]["customer"], "tilroy", email="ann@example.nl", is_deleted=True,
                           changed_at="2026-03-05T10:00:00Z"))  # fmt: skip
    assert told(hub, "tilroy") == []


def refunded(key: str, cents: int) -> dict[str, Any]:
    """Return what came back of an order of Ann's."""
    return record("order_line", "woocommerce", f"refund:{key}:amount", order_id=key, returns_order_id=key,
                  currency="EUR", quantity_thousandths=0, total_minor=-cents)  # fmt: skip


def test_points_are_added_before_others_are_taken_off_which_may_be_of_these(hub: Hub) -> None:
    keep(hub.store, *(bought(1000 + 100 * number, str(number)) for number in range(6)))
    keep(hub.store, *(refunded(str(number), 500) for number in range(6)))
    points = [row["payload"]["points"] for row in rows(hub, "tilroy")]
    assert [each > 0 for each in points] == [True] * 6 + [False] * 6


def refused(hub: Hub) -> None:
    """Let the till have added points, and refused to take some off, since they were spent there."""
    keep(hub.store, bought(2500))
    brought(hub, rows(hub, "tilroy")[0], "2026-03-04T10:00:00.000000Z", answer="movement 300123")
    keep(hub.store, refunded("1", 1000))
    brought(hub, rows(hub, "tilroy")[0], "2026-03-04T11:00:00.000000Z", "rejected")
    assert told(hub, "tilroy") == []


def test_points_that_could_not_be_taken_off_are_tried_again_with_points_that_are_added(hub: Hub) -> None:
    refused(hub)
    keep(hub.store, bought(500, "2"))
    assert [row["payload"]["points"] for row in rows(hub, "tilroy")] == [5, -10]


def test_points_that_could_not_be_taken_off_are_tried_again_once_others_were_added(hub: Hub) -> None:
    refused(hub)
    keep(hub.store, bought(500, "2"))
    added, taken = rows(hub, "tilroy")
    brought(hub, taken, "2026-03-05T10:00:00.000000Z", "rejected")
    brought(hub, added, "2026-03-05T10:00:01.000000Z", answer="movement 300124")
    (again,) = rows(hub, "tilroy")
    assert again["payload"]["points"] == -10
    brought(hub, again, "2026-03-05T10:00:02.000000Z", "rejected")
    assert told(hub, "tilroy") == []


@pytest.mark.parametrize(("points", "seen_at", "again"), [
    (10, "2026-03-04T11:00:01Z", [-10]), (9, "2026-03-04T11:00:01Z", []), (10, "2026-03-04T10:59:59Z", []),
])  # fmt: skip
def test_points_that_could_not_be_taken_off_are_tried_again_when_the_till_has_as_many(
    hub: Hub, points: int, seen_at: str, again: list[int]
) -> None:
    refused(hub)
    keep(hub.store, record("loyalty_balance", "tilroy", "880123", customer_id="880123", points=points, seen_at=seen_at))
    assert [row["payload"]["points"] for row in rows(hub, "tilroy")] == again


def brought(hub: Hub, row: dict[str, Any], at: str | None, state: str = "accepted", **known: Any) -> None:
    """Let a planned row have been sent, and answered."""
    names = ("operation", "profile_id", "wire_id", "payload_hash", "stored_at", "cause")
    sent = {**{name: row[name] for name in names}, "payload": json.dumps(row["payload"]), **known}
    pushed(hub.store, {"destination": "tilroy", "state": state, "answered_at": at, **sent})
