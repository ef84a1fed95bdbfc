"""Three people whom two systems know, and one receipt that is nobody's: resolved once, copied for each test."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from plugins.store.decided_tables import offer_issue, offer_terms
from plugins.store.engine import Store
from plugins.store.tables import membership
from tests.making import act, at, customer, keep, orders, person, pushed, reader, record, stored, withdrawal

CARD, PHONE, EMAIL = "2055000000978", "+31687654012", "ann@example.nl"
ANN = {"phone": PHONE, "phone_quality": "ok", "last_name": "Bakker", "infix": "van den", "city": "Breda",
       "birth_date": "1984-05-06", "street": "Haven", "house_number": "7", "postcode": "4811AB"}  # fmt: skip


def town(store: Store) -> None:
    """Let there be Ann, known at the till and on the web; Bob, who withdrew; Cas, who never said anything."""
    till = person("9", "tilroy", card=CARD, email=EMAIL, initial="A")
    keep(store, reader("ann", **ANN), till, reader("bob"), withdrawal("bob"), customer("cas"), orders("cas"))
    keep(store, _bought("tilroy", "R-77", "9", "Lantern", 2500), _bought("tilroy", "R-78", "9", "Mat", -1900))
    keep(store, _bought("tilroy", "R-99", None, "Mug", 900))
    keep(store, event("page_view", "ann", product_id="p:Lantern"), event("email_click", "ann", campaign_id="spring"))
    keep(store, record("service_case", "woocommerce", "c1", customer_id="ann", kind="complaint", opened_at=at(3)))
    keep(store, record("voucher", "tilroy", "v1", customer_id="9", kind="gift", status="open", currency="EUR",
                       open_minor=1500, ends_on="2027-01-01"))  # fmt: skip


def _bought(source: str, number: str, who: str | None, what: str, minor: int) -> list[dict[str, Any]]:
    money = {"currency": "EUR", "total_minor": minor}
    return [
        record("order", source, number, customer_id=who, channel="store", ordered_at=at(2), is_paid=True, **money),
        record("product", source, f"p:{what}", name=what),
        record("order_line", source, f"{number}/1", order_id=number, product_id=f"p:{what}", **money,
               quantity_thousandths=1000 if minor > 0 else -1000),
    ]  # fmt: skip


def event(kind: str, who: str, **fields: Any) -> dict[str, Any]:
    return record("event", "woocommerce", f"{kind}:{who}", kind=kind, customer_id=who, occurred_at=at(4), **fields)


def watched(name: str) -> dict[str, Any]:
    """Return the act of somebody who lets what they do on the site be kept with the rest."""
    facts = {"behaviour_optin_text": "webshop-2025-09", "behaviour_optin_form": "checkout", "behaviour_optin_at": at(1)}
    return act(name, field="meta_data.behaviour_optin", facts=facts)


def profile_of(store: Store, name: str) -> str:
    """Return the profile that a record is of."""
    (found,) = (row["profile_id"] for row in stored(store, membership) if row["source_id"] == name)
    return str(found)


def was_sent(store: Store, who: str, **fields: Any) -> None:
    """Let something about somebody have gone to Mailchimp."""
    row = {"profile_id": profile_of(store, who), "wire_id": f"{who}@example.nl", "reason": "letter", **fields}
    pushed(store, row)


def was_issued(store: Store, who: str) -> None:
    """Let somebody have a code."""
    issued = {"offer": "welcome", "round": 0, "profile_id": profile_of(store, who), "code": "WELCOME-4711",
              "is_shared": False, "terms": "t", "starts_on": "2026-03-01", "ends_on": "2026-12-31",
              "rules_version": "1", "issued_at": at(1)}  # fmt: skip
    with store.writing() as connection:
        connection.execute(insert(offer_terms).values(hash="t", terms="{}"))
        connection.execute(insert(offer_issue).values(issued))
