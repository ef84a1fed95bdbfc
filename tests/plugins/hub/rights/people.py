"""Two people who share a household, and everything the hub can hold of one of them."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from plugins.hub.rights import erasing
from plugins.store.engine import Store
from plugins.store.keeper import Keeper
from plugins.store.lines import Bad
from plugins.store.mirror import home
from plugins.store.tables import metadata
from tests.making import act, at, customer, orders, person, reader, record
from tests.road.stage import Stage

HOME_PHONE = "+31302345678"
MAIL, PHONE, CARD, NAME = "kanarie.zeldzaam@example.nl", "+31698765432", "2055000099999", "Kanarievogel"
CANARY = ("kanarie", "98765432", "2055000099999", "zeldzaam")
TILL = {"source": "tilroy", "card": CARD, "last_name": NAME, "name_key": "kanarievogel"}


def canary() -> list[Any]:
    """Return one person in every entity, known to two systems; their phone at home is another's too."""
    who = {"email": MAIL, "last_name": NAME, "name_key": "kanarievogel", "first_name": "Zus", "initial": "Z"}
    good = {"email_quality": "ok", "phone_quality": "ok", "card_quality": "ok"}
    web = {"customer_id": "zus", "email": MAIL}
    mine = {"customer_id": "880123"}
    typed = {"phone_given": "06-98765432", "email_given": "Kanarie.Zeldzaam@example.nl"}
    return [
        customer("zus", **who, **good, **typed, phone=PHONE),
        act("zus", email=MAIL), orders("zus"),
        record("customer", "tilroy", "880123", **who, **good, card=CARD, phone=HOME_PHONE),
        record("order", "tilroy", "R1", card=CARD, channel="store", ordered_at=at(0), currency="EUR", total_minor=1995,
               raw={"buyer": MAIL}, is_paid=True, **mine),
        record("order_line", "tilroy", "R1-1", order_id="R1", quantity_thousandths=1000, currency="EUR",
               total_minor=1995),
        record("delivery", "tilroy", "S1:1:1", of_source="tilroy", of_order_id="R1", quantity_thousandths=1000,
               status="shipped", tracking_code="KANARIE-1"),
        record("basket", "woocommerce", "b1", **web), record("service_case", "woocommerce", "c1", **web),
        record("event", "mailchimp", "e1", email=MAIL, kind="email_click", occurred_at=at(1), facts={"to": MAIL}),
        record("loyalty_movement", "tilroy", "m1", points=5, occurred_at=at(1), **mine),
        record("loyalty_balance", "tilroy", "l1", points=5, **mine),
        record("voucher", "tilroy", "v1", code="GIFT-1", **mine),
    ]  # fmt: skip


def partner() -> list[Any]:
    """Return whoever lives at the same address, and has its phone too."""
    good = {"phone": HOME_PHONE, "phone_quality": "ok", "last_name": "Mus", "name_key": "mus"}
    return [reader("piet", **good), person("880124", "tilroy", phone=HOME_PHONE, last_name="Mus", initial="P"),
            customer("cas"), orders("cas")]  # fmt: skip


def bad(store: Store, *payloads: str) -> None:
    """Put records into quarantine."""
    keeper = Keeper(store, "run")
    keeper.bad += [Bad("mean", "tilroy", "customers", "bad_value", each) for each in payloads]
    keeper.pending += len(payloads)
    keeper.commit()


def settle(stage: Stage) -> erasing.Found:
    """Let the canary and the others be known, and sent; return whom an erasure would be about."""
    stage.keep(*canary(), *partner())
    bad(stage.store, json.dumps({"id": 1, "mail": MAIL}), json.dumps({"customerId": 880123}), json.dumps({"id": 2}))
    stage.push()
    return erasing.find(stage.hub, MAIL)


def erase(stage: Stage, who: str) -> str:
    """Erase somebody, as the command does."""
    stage.plan()  # resolves
    return erasing.erase(stage.hub, erasing.find(stage.hub, who), "asked")


def named(store: Store) -> dict[str, list[str]]:
    """Return where the canary is named in any table of the store, and in any file beside it."""
    found: dict[str, list[str]] = {}
    with store.reading() as connection:
        for table in metadata.sorted_tables:
            rows = [json.dumps(dict(row), default=str) for row in connection.execute(select(table)).mappings()]
            hits = [row for row in rows if any(each in row.lower() for each in CANARY)]
            found |= {table.name: hits} if hits else {}
    for path in home(store).rglob("*"):
        is_ours = path.is_file() and "rules" not in path.parts
        if is_ours and any(each.encode() in path.read_bytes().lower() for each in CANARY):
            found[path.name] = []
    return found


__all__ = [
    "CANARY",
    "CARD",
    "HOME_PHONE",
    "MAIL",
    "PHONE",
    "bad",
    "canary",
    "erase",
    "named",
    "partner",
    "settle",
]
