"""Who is told of by the browser they signed in with: who agreed, whose browser is theirs alone, and nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from plugins.hub.destinations import channels
from plugins.hub.journal import JournalOutbox, json_text, run_id, write_plan
from plugins.hub.lease import take
from plugins.hub.meaning import read_meaning
from plugins.hub.plans import Hub, journal_rows, planned
from plugins.hub.rights.erasing import erase, erasures, find
from plugins.hub.rights.exporting import held_on
from plugins.hub.rights.objecting import object_to
from plugins.hub.rights.register import register_of
from plugins.rules.complaint import RulesError
from plugins.store.engine import Store
from plugins.store.tables import push
from plugins.wire.outbox import Call, Outcome, Row
from tests.making import act, at, clock_at, customer, hub_on, keep, record, stored

PROPERTY = "google_analytics"
SALES = """\
description: What was bought.
of: purchases
days: 7
to: {google_analytics: {}}
"""
PHONE, LAPTOP = "1187465820.1761823410", "1298765432.1761999999"
DAY = 24.0


@pytest.fixture
def hub(sqlite_store: Store, rules: Path) -> Iterator[Hub]:
    """Ann has an account and a card, signed in on her phone, agreed to be watched, and bought in a shop."""
    (rules / "sales").mkdir()
    (rules / "sales" / "all.yml").write_text(SALES)
    keep(sqlite_store, *somebody("ann", PHONE), bought("7", "ann"))
    yield replace(hub_on(sqlite_store, rules), clock=clock_at(DAY))


def somebody(name: str, *browsers: str) -> list[dict[str, Any]]:
    visits = [visit(name, browser, hours=-9 * number) for number, browser in enumerate(browsers, 1)]
    return [customer(name), customer(name, "tilroy"), watched(name), *visits]


def watched(name: str, value: str = "yes", hours: float = 1, **fields: Any) -> dict[str, Any]:
    """Return the answer to being watched on the site, with its proof."""
    proof = {"at": at(hours), "text": "webshop-2025-09", "form": "checkout"}
    facts = {f"behaviour_optin_{part}": said for part, said in proof.items()}
    return act(name, value, hours, field="meta_data.behaviour_optin", facts=facts, **fields)


def visit(name: str, browser: str, hours: float = -9, **fields: Any) -> dict[str, Any]:
    key = f"{PROPERTY}:{name}.{browser}.{hours}"
    told = {"kind": "page_view", "occurred_at": at(hours), "channel": "web", "facts": {"visitor": browser}}
    return record("event", "woocommerce", key, **{"customer_id": name, "changed_at": at(hours), **told, **fields})


def bought(key: str, name: str, hours: float = 2, **fields: Any) -> list[dict[str, Any]]:
    """Return a receipt of a shop for two pieces."""
    told = {"customer_id": name, "channel": "store", "ordered_at": at(hours), "is_paid": True, "currency": "EUR",
            "total_minor": 5000, "store_id": "87", "email": f"{name}@example.nl"}  # fmt: skip
    line = record("order_line", "tilroy", f"{key}.1", order_id=key, product_id="A", sku="T-A", currency="EUR",
                  quantity_thousandths=2000, total_minor=5000)  # fmt: skip
    return [record("order", "tilroy", key, **{**told, **fields}), line]


def rows(hub: Hub) -> list[dict[str, Any]]:
    with planned(hub, PROPERTY) as (connection, _, _):
        return [{**row, "payload": json.loads(row["payload"])}
                for row in journal_rows(connection, hub.channel(PROPERTY), "all")]  # fmt: skip


def told(hub: Hub) -> list[tuple[str, str]]:
    """Return which purchase is told of which browser."""
    return [(row["payload"]["reference"], row["payload"]["visitor"]) for row in rows(hub)]


def written(hub: Hub, **more: Any) -> list[dict[str, Any]]:
    """Enter what is planned into the journal."""
    listed = [{**row, "payload": json_text(row["payload"]), **more} for row in rows(hub)]
    with hub.store.writing() as connection:
        return write_plan(connection, hub.channels[PROPERTY], listed, "1", hub.clock())


def sent(hub: Hub, listed: list[dict[str, Any]]) -> list[str]:
    """Fix rows and answer them as taken; returns what went."""
    channel = hub.channels[PROPERTY]
    box = JournalOutbox(hub.store, channel, hub.meaning, take(hub.store, PROPERTY, run_id(), hub.clock), hub.clock)
    made = [Row(row["key"], row["operation"], row["wire_id"], json.loads(row["payload"])) for row in listed]
    going = box.fix(made, lambda _: Call("POST", "/mp/collect", b"{}"))
    if going.rows:
        box.answered(going.key, {row.key: Outcome("accepted") for row in going.rows})
    box.close()
    return [row.wire_id for row in going.rows]


def test_a_purchase_in_a_shop_is_told_of_the_browser_and_names_nobody(hub: Hub) -> None:
    (row,) = rows(hub)
    assert row["payload"] == {
        "kind": "purchase", "reference": "tilroy:7", "place": "shop", "at": "2026-03-02T11:00:00.000000Z",
        "currency": "EUR", "total_minor": 5000, "store": "87", "visitor": PHONE,
        "items": [{"id": "T-A", "quantity": 2, "unit_minor": 2500}],
    }  # fmt: skip
    assert (row["operation"], row["wire_id"]) == ("add", "purchase:tilroy:7")
    assert row["permit"] == "woocommerce\x1fann:meta_data.behaviour_optin:yes:1"
    assert "ann" not in json.dumps(row["payload"])


def test_c14_only_who_agreed_to_be_watched_on_the_site_is_told_of(hub: Hub) -> None:
    others = [customer("bob"), customer("bob", "tilroy"), act("bob"), visit("bob", LAPTOP), *bought("8", "bob")]
    unproven = [customer("cis"), customer("cis", "tilroy"), visit("cis", "3.3"), *bought("9", "cis"),
                act("cis", field="meta_data.behaviour_optin", facts={"behaviour_optin_at": at(1)})]  # fmt: skip
    child = [*somebody("dan", "4.4"), customer("dan", "tilroy", birth_date="2014-05-01", changed_at=at(1))]
    keep(hub.store, others, unproven, child, bought("10", "dan"))
    assert told(hub) == [("tilroy:7", PHONE)]
    keep(hub.store, watched("ann", "no", 3))
    assert told(hub) == []


def test_an_answer_of_somebody_else_at_the_same_address_counts_for_them_alone(hub: Hub) -> None:
    keep(hub.store, customer("eve", email="ann@example.nl", last_name="Smit", birth_date="1950-01-01"))
    keep(hub.store, visit("eve", LAPTOP), [{**each, "source": "woocommerce"} for each in bought("8", "eve")])
    assert told(hub) == [("tilroy:7", PHONE)]
    keep(hub.store, watched("eve", email="ann@example.nl"))
    assert told(hub) == [("tilroy:7", PHONE), ("woocommerce:8", LAPTOP)]


@pytest.mark.parametrize(
    "fields",
    [
        {"hours": -DAY - 1}, {"channel": "web"}, {"channel": "marketplace"}, {"is_paid": False}, {"total_minor": 0},
        {"customer_id": None}, {"customer_id": "zoe"},
    ],
    ids=["old", "on the web", "of a marketplace", "not paid", "free", "of nobody", "of somebody unknown"],
)  # fmt: skip
def test_only_what_was_lately_paid_for_in_a_shop_is_told(hub: Hub, fields: dict[str, Any]) -> None:
    keep(hub.store, bought("8", "ann", **fields))
    assert told(hub) == [("tilroy:7", PHONE)]


def test_who_never_signed_in_is_not_told_of(hub: Hub) -> None:
    keep(hub.store, *somebody("bob"), bought("8", "bob"), visit("bob", LAPTOP, customer_id=None))
    assert told(hub) == [("tilroy:7", PHONE)]


def test_of_two_browsers_it_is_the_newest(hub: Hub) -> None:
    keep(hub.store, visit("ann", LAPTOP, hours=-3))
    assert told(hub) == [("tilroy:7", LAPTOP)]
    keep(hub.store, visit("ann", PHONE, hours=-1))
    assert told(hub) == [("tilroy:7", PHONE)]


@pytest.mark.parametrize("other", ["bob", "who is no customer"])
def test_a_browser_that_two_signed_in_with_is_nobodys(hub: Hub, other: str) -> None:
    keep(hub.store, customer("bob"), visit(other, PHONE, hours=-20))
    assert told(hub) == []
    keep(hub.store, visit("ann", LAPTOP, hours=-200))
    assert told(hub) == [("tilroy:7", LAPTOP)]


def test_a_number_that_another_system_calls_a_visitor_is_none(hub: Hub) -> None:
    keep(hub.store, {**visit("ann", LAPTOP, hours=-2), "source_id": "other:1"})
    assert told(hub) == [("tilroy:7", PHONE)]


def test_d2_what_was_told_or_may_have_been_is_not_told_again(hub: Hub) -> None:
    written(hub, state="accepted")
    assert told(hub) == []
    keep(hub.store, bought("8", "ann"))
    written(hub, state="unknown")
    keep(hub.store, visit("ann", LAPTOP, hours=-1))
    assert told(hub) == []


def test_a_thing_is_called_as_in_the_shop_that_was_browsed(hub: Hub) -> None:
    gtin = "8719990000014"
    keep(hub.store, record("product", "woocommerce", "55", sku="WW-A", gtin=gtin),
         record("product", "tilroy", "A", sku="T-A", gtin=f"0{gtin}"))  # fmt: skip
    (row,) = rows(hub)
    assert [each["id"] for each in row["payload"]["items"]] == ["WW-A"]


def test_c1_consent_is_read_again_when_a_call_is_fixed(hub: Hub) -> None:
    listed = written(hub)
    keep(hub.store, watched("ann", "no", 3))
    assert sent(hub, listed) == []
    (row,) = stored(hub.store, push)
    assert (row["state"], row["answer"]) == ("dropped", "consent gone before sending")


def test_what_permits_a_purchase_is_noted_when_it_goes(hub: Hub) -> None:
    listed = written(hub, permit=None)
    assert sent(hub, listed) == ["purchase:tilroy:7"]
    (row,) = stored(hub.store, push)
    assert (row["state"], row["permit"]) == ("accepted", "woocommerce\x1fann:meta_data.behaviour_optin:yes:1")


def test_the_gate_hears_what_others_with_the_same_address_refuse(hub: Hub) -> None:
    listed = written(hub)
    keep(hub.store, customer("eve", email="ann@example.nl", last_name="Smit", birth_date="1950-01-01"),
         watched("eve", "no", 3, email="ann@example.nl"))  # fmt: skip
    assert told(hub) == []
    assert sent(hub, listed) == []


@pytest.mark.parametrize("channel", [None, "site"])
def test_who_objects_between_plan_and_call_is_not_told_of(hub: Hub, channel: str | None) -> None:
    listed = written(hub)
    object_to(hub, find(hub, "ann@example.nl").subject, channel, "asked for it")
    assert sent(hub, listed) == []
    (row,) = stored(hub.store, push)
    assert row["answer"] == ("suppressed" if channel is None else "consent gone before sending")
    assert told(hub) == []


def test_who_is_erased_is_not_told_of_and_takes_the_browser_along(hub: Hub) -> None:
    listed = written(hub)
    erase(hub, find(hub, "ann@example.nl"), "asked for it")
    assert sent(hub, listed) == []
    assert PHONE not in repr(stored(hub.store, push))
    keep(hub.store, visit("ann", PHONE))
    assert told(hub) == []


def test_a_property_that_was_told_waits_for_somebody_to_erase_there_by_hand(hub: Hub) -> None:
    assert sent(hub, written(hub)) == ["purchase:tilroy:7"]
    found = find(hub, "ann@example.nl")
    assert found.recipients[PROPERTY] == {PHONE}
    erase(hub, found, "asked for it")
    (made,) = erasures(hub)
    assert [step["done_at"] for step in made.steps if step["step"] == PROPERTY] == [None]
    (entry,) = [each for each in register_of(hub).destinations if each["destination"] == PROPERTY]
    assert (entry["known_by"], entry["is_told_of_erasure"]) == ("visitor", False)


def test_the_number_of_a_browser_is_in_what_is_given_to_the_person(hub: Hub) -> None:
    assert told(hub)
    assert PHONE in json.dumps(held_on(hub, find(hub, "ann@example.nl")), default=str)


def test_what_it_does_not_take_is_said_where_it_stands(hub: Hub, rules: Path) -> None:
    (rules / "sales" / "all.yml").write_text(SALES.replace("{}", "{fields: [phone]}"))
    audience = (rules / "audiences" / "letter.yml").read_text()
    (rules / "audiences" / "letter.yml").write_text(audience.replace("mailchimp:", f"{PROPERTY}:"))
    with pytest.raises(RulesError) as wrong:
        read_meaning(rules, channels())
    assert [str(each).partition(": ")[2] for each in wrong.value.complaints] == [
        "google_analytics holds no tag; it takes no audiences but purchases: see sync_rules/sales",
        "google_analytics finds nobody by phone; leave it out",
    ]


def test_its_plan_says_how_many_purchases_and_what_they_cost(hub: Hub, rotonde: Any) -> None:
    keep(hub.store, bought("9", "ann", ordered_at=(datetime.now(UTC) - timedelta(hours=1)).isoformat()))
    made = rotonde("plan", PROPERTY, "--json")
    assert made.exit_code == 0
    (told,) = json.loads(made.stdout)
    assert (told["kinds"], told["add"], told["calls"]) == ({"purchase": 1}, 1, 1)
