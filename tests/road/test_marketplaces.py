"""An order of a marketplace lands once, and its buyer stays behind the alias until clean evidence says who it is."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from mappers.canonical.mapper import Mapper
from plugins.hub.destinations import channels, record_channels
from plugins.hub.meaning import read_meaning
from plugins.hub.plans import Hub, planned
from plugins.sandbox.channable import Channable
from plugins.sandbox.fiction import Fiction
from plugins.sandbox.retailer import TillCustomer
from plugins.sandbox.server import Sandbox, running
from plugins.store.engine import Store
from plugins.store.keeper import Keeper
from plugins.store.tables import ENTITY_TABLES, membership, push
from targets.hub.target import Door
from tests.plugins.sandbox.channable.stage import retailer
from tests.road.stage import Stage
from tests.road.world import POLITE, World

ALIASES = ("@verkopen.bol.com", "@marketplace.amazon.nl")


@dataclass
class Market:
    """The fictional retailer with its marketplaces, and the programs that read them."""

    world: World
    vendor: Channable
    url: str

    def ingest(self) -> None:
        """Read the marketplaces into the store: tap, mapper, target-hub."""
        folder = self.world.folder
        config = {"token": self.vendor.token, "company_id": 4120, "project_id": 53000, "api_url": self.url, **POLITE}
        (folder / "tap-channable.json").write_text(json.dumps(config))
        (folder / "mapper-channable.json").write_text(json.dumps({"system": "channable", "source": "channable"}))
        tap = ["taps/channable/tap.py", "--config", str(folder / "tap-channable.json")]
        if (state := folder / "state-channable.json").exists():
            tap += ["--state", str(state)]
        mapper = ["mappers/canonical/mapper.py", "--config", str(folder / "mapper-channable.json")]
        run = self.world.pipe([tap, mapper, ["targets/hub/target.py"]])
        assert run.is_well, run.errors[-800:]
        state.write_bytes(run.out.splitlines()[-1])

    def sync(self) -> None:
        """Read the marketplaces, and work out who is who."""
        self.ingest()
        run = self.world.resolve()
        assert run.is_well, run.errors[-800:]

    def rows(self, entity: str) -> list[dict[str, Any]]:
        """Return the standing records of the marketplaces."""
        table = ENTITY_TABLES[entity]
        kept = (table.c.source == "channable") & table.c.is_deleted.is_(False)
        return self._read(select(table).where(kept))

    def profiles(self) -> dict[tuple[str, str], str]:
        """Return the profile of every customer record."""
        found = self._read(select(membership))
        return {(each["source"], each["source_id"]): each["profile_id"] for each in found}

    def _read(self, statement: Any) -> list[dict[str, Any]]:
        store = self.world.store()
        with store.reading() as connection:
            found = [dict(row) for row in connection.execute(statement).mappings()]
        store.close()
        return found


@pytest.fixture
def market(world: World, fiction: Fiction) -> Iterator[Market]:
    """The retailer of the road, its marketplaces not read yet; five more strangers and a known customer buy there."""
    vendor = Channable(retailer=fiction)
    sku = next(each.sku for each in fiction.articles if each.is_online)
    for number, name in enumerate(("Aerts", "Bosmans", "Claeys", "Dewulf", "Evrard")):
        vendor.perform("order", sku=sku, first_name="Noor", last_name=name, house_number=str(90 + number))
    with running(Sandbox({"channable": vendor})) as url:
        yield Market(world, vendor, f"{url}/channable")


def ordered(market: Market) -> dict[str, dict[str, Any]]:
    return {each["source_id"]: each for each in market.rows("order")}


def test_an_order_lands_once_however_often_it_is_read_and_with_all_its_money(market: Market) -> None:
    market.ingest()
    first = ordered(market)
    market.vendor.perform("ship", order=market.vendor.orders[max(market.vendor.orders)].number)
    market.ingest()
    (market.world.folder / "state-channable.json").unlink()
    market.ingest()
    found = ordered(market)
    assert found.keys() == first.keys() == {str(number) for number in market.vendor.orders}
    assert len({each["order_number"] for each in found.values()}) == len(found)
    totals = {key: sum(item.total_cents for item in each.items) for key, each in market.vendor.orders.items()}
    lines = defaultdict(int)
    for line in market.rows("order_line"):
        lines[int(line["order_id"])] += line["total_minor"] if line["returns_order_id"] is None else 0
    assert lines == totals
    assert {int(key): each["total_minor"] - each["shipping_minor"] for key, each in found.items()} == totals
    assert {each["channel"] for each in found.values()} == {"marketplace"}
    assert found[str(max(market.vendor.orders))]["status"] == "shipped"


def test_no_order_of_the_webshop_comes_again_by_way_of_the_marketplaces(market: Market) -> None:
    market.ingest()
    table = ENTITY_TABLES["order"]
    others = market._read(select(table.c.ordered_at, table.c.total_minor).where(table.c.source == "woocommerce"))
    told = {(each["ordered_at"], each["total_minor"]) for each in others}
    assert told
    assert not told & {(each["ordered_at"], each["total_minor"]) for each in market.rows("order")}


def test_an_alias_joins_nobody_by_its_domain(market: Market) -> None:
    market.sync()
    truth = {("channable", key): person for key, person in market.vendor.truth().items()}
    profiles = market.profiles()
    mine = {key: profile for key, profile in profiles.items() if key[0] == "channable"}
    assert len(mine) == len(market.rows("customer")) >= 10
    for each in {key for key in mine if key not in truth}:
        truth[each] = each[1]  # who came by an act: everybody somebody else
    behind = defaultdict(set)
    for key, profile in mine.items():
        behind[profile].add(truth[key])
    assert {len(people) for people in behind.values()} == {1}
    strangers = [key for key in mine if truth[key].startswith(("stranger-", "order:"))]
    elsewhere = {profile for key, profile in profiles.items() if key[0] != "channable"}
    assert strangers
    assert [key for key in strangers if profiles[key] in elsewhere] == []


def known(fiction: Fiction) -> TillCustomer:
    """Return somebody at home at an address, whom no other record of the till resembles."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for each in fiction.till_customers:
        if each.address:
            counts[each.surname, each.address.postcode] += 1
    return next(
        each for each in fiction.till_customers
        if each.address and each.first_name and each.is_active and not each.deleted_at and not each.merged_into
        and each.email and "noreply" not in each.email and counts[each.surname, each.address.postcode] == 1
        and each.address.house_number.isdecimal()
    )  # fmt: skip


def test_clean_evidence_links_a_buyer_to_who_they_are_elsewhere(market: Market, fiction: Fiction) -> None:
    customer = known(fiction)
    assert customer.address
    sku = next(each.sku for each in fiction.articles if each.is_online)
    market.vendor.perform(
        "order", sku=sku, first_name=customer.first_name, last_name=customer.surname, street=customer.address.street,
        house_number=customer.address.house_number, postcode=customer.address.postcode, city=customer.address.city,
        country=customer.address.country,
    )  # fmt: skip
    market.sync()
    profiles = market.profiles()
    buyer = ("channable", f"order:{max(market.vendor.orders)}")
    assert profiles[buyer] == profiles["tilroy", str(customer.id)]


def test_no_alias_is_ever_written_to(market: Market) -> None:
    market.sync()
    assert market.world.push().is_well
    journal = market._read(select(push))
    assert [each["wire_id"] for each in journal if each["state"] == "accepted"]
    sent = "".join(each["wire_id"] + str(each["payload"]) for each in journal)
    sent += "".join(call.body.decode("utf-8", "replace") for call in market.world.mailchimp.calls)
    assert [alias for alias in ALIASES if alias in sent] == []


def test_a_wiped_order_keeps_its_money_and_belongs_to_nobody(market: Market) -> None:
    market.sync()
    number = next(key for key, each in market.vendor.orders.items() if each.buyer)
    before = ordered(market)[str(number)]
    assert ("channable", f"order:{number}") in market.profiles()
    market.vendor.perform("obfuscate", order=str(number))
    market.sync()
    after = ordered(market)[str(number)]
    assert (before["customer_id"], after["customer_id"]) == (f"order:{number}", None)
    assert after["total_minor"] == before["total_minor"] > 0
    assert ("channable", f"order:{number}") not in market.profiles()
    kept = market._read(select(ENTITY_TABLES["customer"]).where(ENTITY_TABLES["customer"].c.source == "channable"))
    wiped = next(each for each in kept if each["source_id"] == f"order:{number}")
    assert (wiped["is_deleted"], wiped["last_name"], wiped["email"], wiped["email_given"]) == (True, None, None, None)


def test_a_return_is_one_negative_line_from_its_acceptance_on(market: Market) -> None:
    number = max(market.vendor.orders)
    item = market.vendor.orders[number].items[0]
    market.vendor.perform("ship", order=str(number))
    market.vendor.perform("send_back", order=str(number), sku=item.sku)
    market.ingest()
    key = f"return:{max(market.vendor.returns)}"
    assert key not in {each["source_id"] for each in market.rows("order_line")}
    market.vendor.perform("settle_return", number=str(max(market.vendor.returns)), status="accepted")
    for _ in range(2):
        market.ingest()
    (line,) = [each for each in market.rows("order_line") if each["source_id"] == key]
    assert (line["total_minor"], line["returns_line_id"]) == (-item.unit_cents, str(item.id))
    assert line["returns_line_id"] in {each["source_id"] for each in market.rows("order_line")}


GUEST = {
    "id": 15, "number": "15", "status": "completed", "currency": "EUR", "customer_id": 0, "total": "115.00",
    "date_created_gmt": "2026-03-02T09:00:00", "date_modified_gmt": "2026-03-02T09:00:00", "line_items": [],
    "billing": {"first_name": "Els", "last_name": "van Damme", "email": "a4@verkopen.bol.com",
                "address_1": "Veldstraat 60B", "postcode": "9000", "city": "Gent", "country": "BE"},
    "meta_data": [
        {"id": number, "key": f"newsletter_optin{end}", "value": value}
        for number, (end, value) in enumerate({
            "": "yes", "_at": "2026-03-02T09:00:00+00:00", "_text": "webshop-2025-09", "_form": "checkout",
        }.items())
    ],
}  # fmt: skip
"""An order that a marketplace's plugin put into the webshop, with a box that the plugin has ticked."""


def land(store: Store, system: str, *rows: dict[str, Any]) -> None:
    """Let orders of a system land in a store, by way of its mapping."""
    mapper, keeper = Mapper({"system": system, "source": system}), Keeper(store, "read")
    door = Door(keeper)
    for row in rows:
        for made in mapper.line(json.dumps({"type": "RECORD", "stream": "orders", "record": row}).encode()):
            door.line(made)
    door.rest(is_end=True)
    assert not keeper.bad


@pytest.mark.parametrize("destination", sorted({*channels(), *record_channels()}))
def test_who_has_nothing_but_an_alias_is_desired_by_no_destination(stage: Stage, destination: str) -> None:
    vendor = Channable(retailer=retailer())
    land(stage.store, "channable", *(order.shown() for order in vendor.orders.values()))
    land(stage.store, "woocommerce", GUEST)
    hub = Hub(stage.store, read_meaning(stage.rules), channels(), lambda: datetime.now(UTC), record_channels())
    with planned(hub, destination, accept=True) as (connection, result, _):
        bought = connection.execute("SELECT count(DISTINCT profile_id) FROM assigned").fetchall()
    assert bought[0][0] >= 2
    assert (result.add, result.change, result.remove) == (0, 0, 0)
