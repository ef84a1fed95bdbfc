"""What destinations are told beside audiences: what is planned, and entered as if it had been sent."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from plugins.hub.destinations import Channel, record_channels
from plugins.hub.journal import write_plan
from plugins.hub.plans import Hub, Lane, journal_rows, planned
from plugins.store.engine import Store
from plugins.store.times import utc_text
from tests.making import at, clock_at, hub_on, record

SALES = """\
description: What was bought.
of: purchases
days: 7
to: {mailchimp: {}}
"""
DAY = 24.0


def shop_on(store: Store, rules: Path, *channels: Channel) -> Hub:
    """Return a hub a day after the morning, with these destinations of audiences and all that are kept by record."""
    found = {each.destination: each for each in channels}
    return replace(hub_on(store, rules), channels=found, records=record_channels(), clock=clock_at(DAY))


def article(key: str, cents: int = 2500, pieces: int = 3, hours: float = 0, **fields: Any) -> list[dict[str, Any]]:
    """Return an article of the webshop with its price and stock."""
    said = {"changed_at": at(hours)}
    return [
        record("product", "web", key, sku=f"SKU-{key}", name=f"Thing {key}", **said, **fields),
        record("price", "web", key, product_id=key, kind="standard", price_minor=cents, currency="EUR", **said),
        record("stock", "web", key, product_id=key, available_thousandths=pieces * 1000, **said),
    ]


def rows(hub: Hub, destination: str = "mailchimp", lane: Lane = "all") -> list[dict[str, Any]]:
    with planned(hub, destination) as (connection, _, _):
        return [{**row, "payload": json.loads(row["payload"])}
                for row in journal_rows(connection, hub.channel(destination), lane)
                if ":" in row["wire_id"]]  # fmt: skip


def told(hub: Hub, destination: str = "mailchimp") -> list[tuple[str, str]]:
    return [(row["operation"], row["wire_id"]) for row in rows(hub, destination)]


def entered(hub: Hub, destination: str = "mailchimp", hours: float = DAY, state: str = "accepted", **more: Any) -> None:
    """Enter what is planned into the journal as if it had been sent and answered."""
    given = [{**row, "payload": json.dumps(row["payload"])} for row in rows(hub, destination)]
    stamp = {"state": state, "answered_at": utc_text(clock_at(hours)()), **more}
    with hub.store.writing() as connection:
        write_plan(connection, hub.channel(destination), [{**row, **stamp} for row in given], "1", hub.clock())


def ordered(key: str = "830011", sku: str = "SKU-A", **fields: Any) -> list[dict[str, Any]]:
    """Return an order of a marketplace of two pieces of an article, one of which was cancelled."""
    told = {"order_number": "A2K8", "channel": "marketplace", "ordered_at": at(2), "is_paid": True, "currency": "EUR",
            "total_minor": 5000, "email": "x@verkopen.bol.example", **fields}  # fmt: skip
    line = {"order_id": key, "sku": sku, "currency": "EUR"}
    sold = record("order_line", "channable", f"{key}.1", quantity_thousandths=2000, total_minor=5000, **line)
    gone = record("order_line", "channable", f"cancelled:{key}.1", quantity_thousandths=-1000, total_minor=-2500,
                  returns_order_id=key, **line)  # fmt: skip
    return [record("order", "channable", key, **told), sold, gone]
