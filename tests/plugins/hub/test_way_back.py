"""An order of a marketplace goes into the till, and what a clerk does with it goes back: the whole way, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mappers.canonical.mapper import Mapper
from plugins.hub.journal import JournalOutbox, run_id, write_plan
from plugins.hub.lease import release, take
from plugins.hub.plans import Hub, journal_rows, planned
from plugins.sandbox.channable import Channable
from plugins.sandbox.retailer import Article, EmptyRetailer, Shop
from plugins.sandbox.server import Sandbox, running
from plugins.sandbox.tilroy import Tilroy
from plugins.store.engine import Store
from plugins.store.keeper import Keeper
from plugins.wire.outbox import Outbox, Row
from targets.channable.api import Api as MarketApi
from targets.channable.target import carrier
from targets.hub.target import Door
from targets.tilroy.api import Api as TillApi
from targets.tilroy.delivery import Delivery
from targets.tilroy.terms import Terms
from tests.making import keep, record
from tests.plugins.hub.telling import SALES, shop_on
from tests.plugins.sandbox.tilroy.shop_floor import Clock

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
JACKET = Article(200001, "WW1-M", 5001, "WW1", "Jas", "Ardenna", "Jassen", 10000, "8719990000011", "M")
BOTTLE = Article(200002, "WW2", 5002, "WW2", "Fles", "Peel", "Accessoires", 2000)
POLITE = {"max_tries": 1, "backoff_seconds": 0, "timeout_seconds": 5}


@dataclass
class Trade:
    """A marketplace, a till, and the hub between them."""

    hub: Hub
    market: Channable
    till: Tilroy
    senders: dict[str, Callable[[Outbox], Any]]
    clock: Clock

    def read(self) -> None:
        """Read both, whole, as their taps and mappings do."""
        orders = [each.shown() for each in self.market.orders.values()]
        self._land("channable", orders)
        self._land("tilroy", [self._exported(each) for _, each in self.till.order_exports])

    def _exported(self, order: dict[str, Any]) -> dict[str, Any]:
        sent = [each for each in self.till.dispatches if each["order"]["orderNumber"] == order["orderNumber"]]
        return {**order, "dispatches": sent}

    def _land(self, system: str, rows: list[dict[str, Any]]) -> None:
        mapper, keeper = Mapper({"system": system, "source": system}), Keeper(self.hub.store, "read")
        door = Door(keeper)
        for row in rows:
            for made in mapper.line(json.dumps({"type": "RECORD", "stream": "orders", "record": row}).encode()):
                door.line(made)
        door.rest(is_end=True)
        assert not keeper.bad

    def bring(self, destination: str) -> list[str]:
        """Plan and send; gives what was sent."""
        hub, channel = self.hub, self.hub.channel(destination)
        with planned(hub, destination) as (connection, _, _):
            listed = [*journal_rows(connection, channel, "all")]
        with hub.store.writing() as connection:
            written = write_plan(connection, channel, listed, "1", hub.clock())
        held = take(hub.store, destination, run_id(), hub.clock)
        outbox = JournalOutbox(hub.store, channel, hub.meaning, held, hub.clock)
        rows = [Row(each["key"], each["operation"], each["wire_id"], json.loads(each["payload"])) for each in written]
        self.senders[destination](outbox).deliver(rows)
        outbox.close()
        release(hub.store, held)
        return [row.wire_id for row in rows]

    def sync(self) -> list[str]:
        """Read everything and bring everything; gives what was sent."""
        self.read()
        sent = [*self.bring("channable"), *self.bring("tilroy")]
        self.clock.pass_by(3600)
        return sent


@pytest.fixture
def trade(store: Store, rules: Path) -> Iterator[Trade]:
    (rules / "sales").mkdir(exist_ok=True)
    for name, destination in (("orders", "tilroy"), ("deliveries", "channable")):
        text = SALES.replace("purchases", name).replace("mailchimp", destination)
        (rules / "sales" / f"{name}.yml").write_text(text)
    keep(store, [record("product", "tilroy", str(each.sku_id), sku=each.sku) for each in (JACKET, BOTTLE)])
    shop = Shop(87, 101, "Gent")
    retailer = EmptyRetailer(NOON, articles=(JACKET, BOTTLE), shops=(shop,))
    clock = Clock(NOON)
    market, till = Channable(retailer=retailer, clock=clock), Tilroy(retailer=retailer, clock=clock)
    with running(Sandbox({"channable": market, "tilroy": till})) as url:
        of_market = {"api_url": f"{url}/channable", "token": market.token, "company_id": market.company_id,
                     "project_id": market.project_id, **POLITE}  # fmt: skip
        of_till = {"api_url": f"{url}/tilroy", "tenant_key": till.tenant_key, "gateway_key": till.gateway_key,
                   "bearer_token": till.bearer, "shop_number": 101, **POLITE}  # fmt: skip
        senders: dict[str, Callable[[Outbox], Any]] = {
            "channable": lambda outbox: carrier(MarketApi(of_market), outbox),
            "tilroy": lambda outbox: Delivery(TillApi(of_till), outbox, Terms.of(of_till), clock=clock),
        }
        yield Trade(replace(shop_on(store, rules), clock=clock), market, till, senders, clock)


def bought(trade: Trade, *skus: str) -> str:
    """Let somebody buy things in one order, and let it come into the till; gives its id."""
    for sku in skus:
        trade.market.perform("order", sku=sku)
    first, *others = sorted(trade.market.orders)
    for each in others:
        trade.market.orders[first].items += trade.market.orders.pop(each).items
    assert trade.sync() == [f"order:channable:{first}"]
    assert len(trade.till.orders) == 1
    return str(first)


def test_what_a_clerk_sends_is_told_where_it_was_bought_and_a_second_sync_sends_nothing(trade: Trade) -> None:
    order = bought(trade, "WW1-M", "WW2")
    trade.till.perform("dispatch_order", number=f"channable:{order}", carrier="BPOST", tracking_code="3232")
    (sent,) = trade.sync()
    assert sent.startswith(f"delivery:channable:{order}:shipped:")
    told = trade.market.orders[int(order)]
    assert (told.status, told.items[0].tracks["tracking_code"]) == ("shipped", "3232")
    trade.clock.pass_by(60)
    trade.till.perform("finish_order", number=f"channable:{order}")
    assert trade.sync() == trade.sync() == []


def test_what_a_clerk_cancels_is_cancelled_where_it_was_bought(trade: Trade) -> None:
    order = bought(trade, "WW1-M")
    trade.till.perform("cancel_order", number=f"channable:{order}")
    assert len(trade.sync()) == 1
    assert trade.market.orders[int(order)].status == "cancelled"
    assert trade.sync() == []


def test_a_part_is_sent_another_cancelled_and_each_is_told_as_it_happens(trade: Trade) -> None:
    order = bought(trade, "WW1-M", "WW2")
    trade.till.perform("dispatch_order", number=f"channable:{order}", sku_id=str(JACKET.sku_id))
    assert len(trade.sync()) == 1
    assert trade.market.orders[int(order)].status == "partial"
    trade.till.perform("cancel_order", number=f"channable:{order}", sku_id=str(BOTTLE.sku_id))
    assert len(trade.sync()) == 1
    assert [each.status for each in trade.market.orders[int(order)].items] == ["shipped", "cancelled"]
    assert trade.sync() == []


def test_a_shipment_that_somebody_told_by_hand_is_found_and_left(trade: Trade) -> None:
    order = bought(trade, "WW1-M")
    trade.market.perform("ship", order=order)
    trade.till.perform("dispatch_order", number=f"channable:{order}")
    trade.sync()
    assert trade.sync() == []


def test_d2_a_shipment_whose_answer_was_lost_is_looked_up_by_the_next_sync(trade: Trade) -> None:
    order = bought(trade, "WW1-M")
    trade.till.perform("dispatch_order", number=f"channable:{order}", tracking_code="3232")
    trade.market.faults.add(match="POST .*/shipment", reset="after")
    first, second = trade.sync(), trade.sync()
    assert first == second != []
    assert trade.sync() == []
    assert sum("shipped" in each.message for each in trade.market.orders[int(order)].events) == 1
