"""Who bought leaves at once what they no longer match, just as the next round would have it; nobody is brought in."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from mappers.consent.fold import fold
from plugins.hub.journal import write_plan
from plugins.hub.meaning import read_meaning
from plugins.hub.plans import Hub, journal_rows, open_hub, planning
from plugins.hub.resolve_command import resolve_store
from plugins.lane.alone import alone
from plugins.lane.buying import buyers, leaves, unknowable
from plugins.lane.copying import speakers
from plugins.store.tables import ENTITY_TABLES, membership, push
from plugins.store.times import utc_text
from tests.making import keep, stored
from tests.plugins.lane.conftest import Neighbourhood
from tests.road.conftest import own_environment
from tests.road.world import ROOT, copy_folder
from tests.walking import walked

__all__ = ["own_environment"]

RULE = """\
description: For a test.
objective: None.
where: {where}
to:
  mailchimp: {{as: tag}}
  meta: {{as: custom_audience}}
guard: {{shrink: 100%, grow: 300%}}
examples:
- {{title: nobody is known, given: {{}}, expect: out}}
"""
RULES = {
    "few_orders": "order_count < 6",
    "on_the_web_only": "not is_till_customer and order_count >= 1",
    "spends_little": "value_fifth <= 3",
    "came_long_ago": "recency_fifth <= 4",
    "coats_lately": "not bought(category => 'Jassen', within => '1 year')",
    "no_tier": "tier is null and order_count < 6",
    "quiet_members": "tier <> 'platinum' and last_order_at < ago('20 days')",
    "quiet_or_few": "in_audience('gone_quiet') or in_audience('few_orders')",
    "favourite_is_web": "favourite_channel = 'web'",
    "left_a_basket": "basket_left_at > ago('30 days')",
}
UNSURE = {"no_tier"}
"""What the ledger says once it has booked a purchase is the round's."""
MOMENT = datetime.now(UTC)
Row = tuple[str, str, str, tuple[str, ...]]
"""Destination, person, address, and the audiences that are left there."""


@dataclass
class Town:
    """A retailer whose audiences every channel holds, and what everybody in them bought since."""

    hub: Hub
    orders: dict[str, tuple[str, str]]
    """Of each person, the order they made."""
    alone: dict[Row, dict[str, Any]]
    full: dict[Row, dict[str, Any]]
    held: Mapping[tuple[str, str], set[str]]


@pytest.fixture(scope="module")
def town(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("buyers") / "world"
    copy_folder(loaded, folder)
    rules = shutil.copytree(ROOT / "sync_rules", folder / "rules")
    for name, where in RULES.items():
        (rules / "audiences" / f"{name}.yml").write_text(RULE.format(where=where))
    told = {"ROTONDE_DATABASE_URL": f"sqlite:///{folder}/store.db", "ROTONDE_HOME": str(folder),
            "ROTONDE_RULES": str(rules), "MELTANO_RUN_ID": "one"}  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(name, value)
        hub = open_hub(lambda: MOMENT)
        held = delivered(hub)
        orders = buy(hub, sorted({profile for _, profile in held}))
        lane = due_alone(hub, orders)
        resolve_store(hub)
        yield Town(hub, orders, lane, dict(due_in_full(hub, orders, held)), held)


def delivered(hub: Hub) -> dict[tuple[str, str], set[str]]:
    """Let every channel hold what it should; returns the audiences each has of each person."""
    held: dict[tuple[str, str], set[str]] = {}
    resolve_store(hub)
    with planning(hub, list(hub.channels), tells=False) as opened:
        for name, channel in hub.channels.items():
            opened.of(name, accept=True)
            rows = [each for each in journal_rows(opened.connection, channel, "all") if ":" not in each["wire_id"]]
            held |= {(name, each["profile_id"]): {*json.loads(each["payload"])["tags_on"]} for each in rows}
            with hub.store.writing() as connection:
                write_plan(connection, channel, rows, hub.meaning.version, MOMENT)
    with hub.store.writing() as connection:
        connection.execute(update(push).values(state="accepted", answered_at=utc_text(MOMENT)))
    return held


def buy(hub: Hub, people: Collection[str]) -> dict[str, tuple[str, str]]:
    """Let everybody buy something, each in another way: by account, by card only, by address only."""
    customer = ENTITY_TABLES["customer"]
    same = (membership.c.source == customer.c.source) & (membership.c.source_id == customer.c.source_id)
    asked = select(membership.c.profile_id, customer).join(customer, same).where(customer.c.source != "mailchimp")
    with hub.store.reading() as connection:
        found = {row["profile_id"]: dict(row) for row in connection.execute(asked).mappings()
                 if row["profile_id"] in people}  # fmt: skip
    coat = next(each for each in stored(hub.store, ENTITY_TABLES["product"]) if each["category"] == "Jassen")
    orders = {}
    for number, (profile, who) in enumerate(sorted(found.items())):
        source, at = ("tilroy", "woocommerce")[number % 2], (MOMENT - timedelta(hours=1)).isoformat()
        ways: list[dict[str, Any]] = [{"customer_id": who["source_id"]}, {"email": who["email"]}, {"card": who["card"]}]
        way = next((each for each in ways[number % 3 :] if all(each.values())), ways[0])
        place = who["source"] if "customer_id" in way else source
        shared = {"source": place, "seen_at": MOMENT.isoformat(), "changed_at": at, "currency": "EUR"}
        orders[profile] = (place, f"now-{number}")
        keep(hub.store, {
            "entity": "order", **shared, "source_id": f"now-{number}", "stream": "orders", **way, "ordered_at": at,
            "channel": "store" if place == "tilroy" else "web", "is_paid": True, "total_minor": 9900 * (1 + number % 4),
        }, {
            "entity": "order_line", **shared, "source_id": f"now-{number}-1", "stream": "order_lines",
            "order_id": f"now-{number}", "quantity_thousandths": 1000, "total_minor": 9900 * (1 + number % 4),
            "product_id": coat["source_id"] if coat["source"] == place else None,
        })  # fmt: skip
    return orders


def due_alone(hub: Hub, orders: Mapping[str, tuple[str, str]]) -> dict[Row, dict[str, Any]]:
    with hub.store.reading() as connection:
        people = buyers(connection, orders.values())
    with alone(hub, people) as engine:
        fold(engine, hub.meaning.declarations, MOMENT, hub.meaning.policy)
        found = [(channel.destination, each) for channel, rows in leaves(hub, engine, people) for each in rows]
    return {of(destination, each): each for destination, each in found}


def due_in_full(
    hub: Hub, people: Collection[str], held: Mapping[tuple[str, str], set[str]]
) -> Iterator[tuple[Row, dict[str, Any]]]:
    """Give whatever the plan of everybody would take away of these persons."""
    with planning(hub, list(hub.channels), tells=False) as opened:
        for name, channel in hub.channels.items():
            opened.of(name, accept=True)
            for each in journal_rows(opened.connection, channel, "all"):
                if each["profile_id"] in people and ":" not in each["wire_id"] and of(name, each)[3]:
                    yield of(name, each), each


def of(destination: str, row: Mapping[str, Any]) -> Row:
    left = {*json.loads(row["payload"])["tags_off"]} - UNSURE
    return destination, row["profile_id"], row["wire_id"], tuple(sorted(left))


def test_what_a_purchase_costs_does_not_grow_with_the_shop(town: Town) -> None:
    records = [(each["source"], each["source_id"]) for each in stored(town.hub.store, membership)][:3]
    with walked(town.hub.store) as found:
        with town.hub.store.reading() as connection:
            people = sorted(buyers(connection, town.orders.values()) | speakers(connection, records))
        with alone(town.hub, people[:2]) as engine:
            assert engine.execute('SELECT 1 FROM "order" LIMIT 1').fetchall()
    assert found == set()


def test_whoever_bought_leaves_what_a_full_resolve_would_take_them_out_of_and_nothing_else(town: Town) -> None:
    assert {*town.alone} == {*town.full}
    left = {name for *_, tags in town.alone for name in tags}
    assert {"gone_quiet", "coats_lately", "quiet_members", "quiet_or_few", "spends_little"} <= left
    assert len(town.alone) >= 20


def test_nobody_is_brought_in_by_having_bought(town: Town) -> None:
    for (destination, person, *_), row in town.alone.items():
        assert row["operation"] in ("remove", "change")
        assert {*json.loads(row["payload"])["tags_on"]} <= town.held[destination, person]


def test_who_stays_in_another_audience_is_held_there_as_the_next_round_would_hold_them(town: Town) -> None:
    there = {row: {*json.loads(each["payload"])["tags_on"]} - UNSURE for row, each in town.full.items()}
    stays = {row: tags for row, tags in there.items() if tags and tags <= town.held[row[:2]]}
    assert stays
    for row, tags in stays.items():
        assert {*json.loads(town.alone[row]["payload"])["tags_on"]} - UNSURE == tags


def test_one_person_alone_is_told_the_same_as_among_others(town: Town) -> None:
    someone = sorted({row[1] for row in town.alone})[:2]
    for person in someone:
        mine = due_alone(town.hub, {person: town.orders[person]})
        assert {*mine} == {row for row in town.alone if row[1] == person}


def test_what_rests_on_points_or_on_what_others_bought_takes_nobody_out() -> None:
    found = unknowable(read_meaning(ROOT / "sync_rules"), is_ranked=True)
    assert {"tier", "points_available", "also_bought"} <= found
    assert not {"order_count", "value_fifth", "phase", "has_open_basket"} & found
    assert "value_fifth" in unknowable(read_meaning(ROOT / "sync_rules"), is_ranked=False)


def test_a_purchase_of_nobody_who_is_known_is_left_to_the_next_round(town: Town) -> None:
    shared = {"seen_at": MOMENT.isoformat(), "changed_at": MOMENT.isoformat(), "stream": "orders"}
    paid = {"channel": "store", "ordered_at": MOMENT.isoformat(), "is_paid": True, "currency": "EUR", "total_minor": 1}
    new = {"entity": "order", "source": "tilroy", **shared, **paid}
    keep(town.hub.store, {**new, "source_id": "new card", "card": "9999999999999"}, {**new, "source_id": "nothing"})
    with town.hub.store.reading() as connection:
        assert buyers(connection, {("tilroy", "new card"), ("tilroy", "nothing"), ("tilroy", "gone")}) == set()


def test_whoever_buys_in_the_shop_is_chased_no_more_within_seconds(hood: Neighbourhood) -> None:
    customer, email = hood.member("gone_quiet")
    assert "gone_quiet" in hood.tags(email)
    before = len(stored(hood.hub.store, push))
    hood.buys(customer, email)
    while hood.lane.work():
        pass
    assert "gone_quiet" not in hood.tags(email)
    assert hood.status(email) == "subscribed"
    made = stored(hood.hub.store, push)[before:]
    assert {row["operation"] for row in made if row["wire_id"] == email} <= {"remove", "change"}
    assert {row["wire_id"] for row in made if row["destination"] == "mailchimp"} == {email}
    assert hood.world.resolve().is_well
    assert hood.world.push("removals").is_well
    assert [row["key"] for row in hood.rows(email)][-1] == [row["key"] for row in made if row["wire_id"] == email][-1]


def test_a_purchase_that_is_told_twice_takes_nobody_out_twice(hood: Neighbourhood) -> None:
    customer, email = hood.member("gone_quiet")
    hood.buys(customer, email)
    while hood.lane.work():
        pass
    rows = [row["key"] for row in hood.rows(email)]
    order = max(each for each in hood.world.vendors.woocommerce.orders.rows)
    hood.world.vendors.woocommerce.perform("set_order_meta", order_id=str(order), key="gift", value="yes")
    hood.knocks("orders", str(order))
    assert hood.lane.work() == 1
    assert [row["key"] for row in hood.rows(email)] == rows
