"""The counter at which offers are given out, and what stands on the shelves behind it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from plugins.hub.destinations import channels, record_channels
from plugins.hub.meaning import read_meaning
from plugins.hub.offer_commands import work_out
from plugins.hub.plans import Hub, journal_rows, planned
from plugins.offers.eligible import OfferPlan
from plugins.store.decided_tables import offer_issue
from plugins.store.engine import Store
from tests.making import act, clock_at, keep, pushed, reader, record, rules_in, stored

BOOKS = """\
description: Ten percent off books.
audience: letter
benefit: {percent: 10%}
products: category = 'Boeken'
redeem: [woocommerce]
valid: 14 days
texts:
  mailchimp:
    OFFER: '{{ first_name }}: {{ percent }} % op {{ products|join(", ") }} met {{ code }} tot {{ ends_on|date }}'
examples:
- {title: nobody knows the name, given: {code: ABCD, products: [Atlas]}, expect: unwritten}
"""
FIVER = """\
description: Five euros off, anywhere.
audience: letter
benefit: {cents: 500}
redeem: [woocommerce, tilroy]
valid: 1 month
texts:
  mailchimp: {OFFER: 'Vijf euro met {{ code }}'}
examples:
- {title: somebody, given: {code: ABCD}, expect: {OFFER: Vijf euro met ABCD}}
"""
PERSONAL = "meta_data.personal_offers_optin"


def personal(name: str, value: str = "yes", hours: int = 1) -> dict[str, Any]:
    """Return what somebody said to offers of their own."""
    at = f"2026-03-02T{9 + hours:02d}:00:00+00:00"
    facts = {f"personal_offers_optin_{each}": at if each == "at" else "x" for each in ("at", "text", "form")}
    return act(name, value, hours, field=PERSONAL, facts=facts)


def club(name: str, **fields: Any) -> list[dict[str, Any]]:
    """Return a reader who wants offers of their own."""
    return [*reader(name, **fields), personal(name)]


def goods(
    key: str, name: str, category: str, cents: int = 2000, source: str = "woocommerce",
    shops: Mapping[str | None, int] | None = None, **fields: Any,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return a product with its price, and its stock in one heap or by shop."""
    known = {"name": name, "category": category, "is_online": True, "sku": f"SKU-{key}", **fields}
    held = {None: 5} if shops is None else shops
    return [
        record("product", source, key, **known),
        record("price", source, f"{key}:standard", product_id=key, kind="standard", price_minor=cents, currency="EUR"),
        *(record("stock", source, f"{key}:{shop}", product_id=key, store_id=shop, available_thousandths=count * 1000)
          for shop, count in held.items()),
    ]  # fmt: skip


def at_the_till(key: str, name: str, category: str, cents: int = 2000, **more: Any) -> list[dict[str, Any]]:
    """Return the same of the till, where stock stands in shops."""
    return goods(key, name, category, cents, "tilroy", more.pop("shops", {"1": 3}), **more)


@dataclass
class Counter:
    """The hub over a store, at the counter of which offers are given out."""

    hub: Hub
    rules: Path

    @property
    def store(self) -> Store:
        return self.hub.store

    def at(self, day: float) -> Counter:
        """Return the same so many days after the morning everything begins."""
        return replace(self, hub=replace(self.hub, clock=clock_at(day * 24)))

    def write(self, name: str, text: str, kind: str = "offers") -> Counter:
        """Write a rule, and read all of them anew."""
        path = self.rules / kind / f"{name}.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        return replace(self, hub=replace(self.hub, meaning=read_meaning(self.rules, channels())))

    def plan(self, name: str = "all") -> OfferPlan:
        """Return the plan of one offer."""
        return work_out(self.hub, name)[0][0]

    def issue(self, name: str = "all") -> dict[str, int]:
        """Issue what is due."""
        return work_out(self.hub, name, issues=True)[1]

    def codes(self) -> list[dict[str, Any]]:
        """Return every code that was issued."""
        return stored(self.store, offer_issue)

    def rows(self, destination: str, kind: str = "") -> list[dict[str, Any]]:
        """Return what would go to a destination, of one kind or all."""
        with planned(self.hub, destination) as (connection, _, _):
            found = [*journal_rows(connection, self.hub.channel(destination), "all")]
        made = [{**row, "payload": json.loads(row["payload"])} for row in found]
        return [row for row in made if not kind or row["payload"].get("kind") == kind]

    def bring(self, destination: str, state: str = "accepted", when: str = "2026-03-03T10:00:00.000000Z") -> None:
        """Let what is due have gone to a destination, and been answered."""
        names = ("operation", "profile_id", "wire_id", "payload_hash")
        for row in self.rows(destination):
            payload = json.dumps(row["payload"])
            pushed(self.store, {**{name: row[name] for name in names}, "destination": destination, "state": state,
                                "payload": payload, "prepared_at": when, "answered_at": when})  # fmt: skip

    def told(self, field: str = "OFFER") -> dict[str, str]:
        """Return what Mailchimp would be told, by name."""
        rows = self.rows("mailchimp")
        return {row["wire_id"].partition("@")[0]: row["payload"]["fields"].get(field) for row in rows}


def opened(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Counter:
    """Open the counter: an atlas and a coat in the webshop, and nobody there yet."""
    monkeypatch.setenv("ROTONDE_HOME", str(folder))
    rules = rules_in(folder / "sync_rules")
    (rules / "audiences" / "fans.yml").unlink()
    keep(store, goods("1", "Atlas", "Boeken"), goods("2", "Jas", "Jassen"))
    return Counter(Hub(store, read_meaning(rules, channels()), channels(), clock_at(24), record_channels()), rules)
