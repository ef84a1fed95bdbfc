"""The customers of a shop: what is looked up of them before a write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from plugins.wire.sending import LostError
from targets.shopify.api import Api

STATES = (
    "defaultEmailAddress { marketingState marketingUpdatedAt } "
    "defaultPhoneNumber { smsMarketingConsent { state updatedAt } }"
)
CUSTOMER = "query($email: String!) { customerByIdentifier(identifier: {emailAddress: $email}) { id } }"
ORDERS = "query($id: ID!) { customer(id: $id) { numberOfOrders } }"


class Said(NamedTuple):
    """What the shop holds of one channel of a customer, and since when."""

    state: str | None
    at: str | None


def customer_id(number: str) -> str:
    """Return the global id of a customer."""
    return f"gid://shopify/Customer/{number}"


def states(api: Api, customers: Sequence[str]) -> list[dict[str, Said] | None]:
    """Return what the shop holds of each customer for each channel, None of who is not there."""
    numbers = range(len(customers))
    names = ", ".join(f"$c{at}: ID!" for at in numbers)
    fields = " ".join(f"n{at}: customer(id: $c{at}) {{ {STATES} }}" for at in numbers)
    known = {f"c{at}": customer_id(each) for at, each in enumerate(customers)}
    data = api.ask(f"query({names}) {{ {fields} }}", known)
    return [_said(data.get(f"n{at}")) for at in numbers]


def with_address(api: Api, email: str) -> str | None:
    """Return the global id of the customer with an address."""
    found = api.ask(CUSTOMER, {"email": email}).get("customerByIdentifier")
    return str(found["id"]) if isinstance(found, dict) else None


def orders(api: Api, customer: str) -> int | None:
    """Return how many orders a customer placed, None where there is no such customer."""
    data = api.ask(ORDERS, {"id": customer_id(customer)})
    if "customer" not in data:
        raise LostError("an answer of another shape")
    found = data["customer"]
    return None if found is None else int(found["numberOfOrders"])


def _said(found: Any) -> dict[str, Said] | None:
    if not isinstance(found, dict):
        return None
    mail = found.get("defaultEmailAddress") or {}
    sms = (found.get("defaultPhoneNumber") or {}).get("smsMarketingConsent") or {}
    return {
        "email": Said(mail.get("marketingState"), mail.get("marketingUpdatedAt")),
        "sms": Said(sms.get("state"), sms.get("updatedAt")),
    }
