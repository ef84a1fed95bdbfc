"""What a row asks of the store, read from its payload: a product, an order, or a basket that waits."""

from __future__ import annotations

import re
from datetime import UTC
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from plugins.wire.payload import Payload
from targets.mailchimp.calls import hash_of

Words = Annotated[str, Field(min_length=1, max_length=255)]
Minor = Annotated[int, Field(ge=0)]
Moment = Annotated[AwareDatetime, Field(strict=False)]
PRICE = re.compile(r"(\d{1,9}(?:\.\d{1,2})?) ([A-Z]{3})")
ORDERABLE = ("in_stock", "preorder", "backorder")


class Item(Payload):
    """A product as its feed has it: attribute and text."""

    kind: Literal["item"]
    id: Words
    fields: dict[str, str]

    @property
    def price(self) -> tuple[float, str] | None:
        """Return what it costs and in which currency, None where that cannot be read."""
        found = PRICE.fullmatch(self.fields.get("price", ""))
        return (float(found[1]), found[2]) if found else None

    def product(self) -> dict[str, Any]:
        """Return the product without its variant; what the feed does not say is blank."""
        names = {"title": "title", "url": "link", "image_url": "image_link", "description": "description"}
        more = {"vendor": "brand", "type": "product_type"}
        return {ours: self.fields.get(feed, "") for ours, feed in {**names, **more}.items()}

    def variant(self) -> dict[str, Any]:
        """Return the one variant of the product; the feed says whether it can be ordered and not how many there are."""
        names = {"title": "title", "url": "link", "image_url": "image_link"}
        is_orderable = self.fields.get("availability", "").replace(" ", "_") in ORDERABLE
        return {
            "id": self.id,
            **{ours: self.fields.get(feed, "") for ours, feed in names.items()},
            "sku": self.id,
            "price": self.price[0] if self.price else 0,
            "inventory_quantity": int(is_orderable),
        }


class Line(Payload):
    """So many pieces of a product, and what one of them cost."""

    id: Words
    quantity: Annotated[int, Field(ge=1)]
    unit_minor: Minor


class Trade(Payload):
    """What an order and a basket have in common."""

    reference: Words
    at: Moment
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    total_minor: Minor
    email: Words
    items: list[Line]

    @property
    def customer(self) -> dict[str, Any]:
        """Return the customer; a purchase is no opt-in, so nobody is ever subscribed by it."""
        return {"id": hash_of(self.email), "email_address": self.email, "opt_in_status": False}

    def body(self, lines: list[Line]) -> dict[str, Any]:
        """Return the body as the vendor wants it, with these lines; the customer is there already."""
        return {
            "id": self.reference,
            "customer": {"id": hash_of(self.email)},
            "currency_code": self.currency,
            "order_total": _money(self.total_minor),
            "lines": [
                {
                    "id": str(place),
                    "product_id": each.id,
                    "product_variant_id": each.id,
                    "quantity": each.quantity,
                    "price": _money(each.unit_minor),
                }
                for place, each in enumerate(lines, 1)
            ],
        }


class Purchase(Trade):
    """Something bought, in a shop or on the web."""

    kind: Literal["purchase"]
    place: Literal["shop", "web"]
    store: str | None
    fields: dict[str, str]

    @property
    def customer(self) -> dict[str, Any]:
        """Return the customer with the names that are known."""
        names = {name: self.fields[name] for name in ("first_name", "last_name") if self.fields.get(name)}
        return {**super().customer, **names}

    def body(self, lines: list[Line]) -> dict[str, Any]:
        """Return the order; without a status, as a status sends the customer a mail."""
        return {**super().body(lines), "processed_at_foreign": self.at.astimezone(UTC).isoformat(timespec="seconds")}


class Basket(Trade):
    """What somebody has put aside and not bought."""

    kind: Literal["basket"]
    url: str | None

    def body(self, lines: list[Line]) -> dict[str, Any]:
        """Return the cart; without an address no mail can lead back to it."""
        return {**super().body(lines), **({"checkout_url": self.url} if self.url else {})}


class BasketGone(Payload):
    """A basket that is over."""

    kind: Literal["basket"]
    reference: Words


class Event(Payload):
    """Somebody came into an audience."""

    kind: Literal["event"]
    name: Annotated[str, Field(min_length=2, max_length=30)]
    email: Words
    at: Moment
    properties: dict[str, str]
    is_known: bool
    """Whether the address is a contact of the audience."""
    is_mailed: bool
    """Whether that contact may be sent anything, and is not only a customer of the shop."""
    is_syncing: bool
    """Whether it belongs to a back-fill, and starts nothing."""
    is_repeat: bool
    """Whether it may be there already, as an answer was lost."""

    @property
    def occurred_at(self) -> str:
        """Return when it was, to the second."""
        return self.at.astimezone(UTC).isoformat(timespec="seconds")

    def body(self) -> dict[str, Any]:
        """Return the body as the vendor wants it."""
        told = {"name": self.name, "occurred_at": self.occurred_at, "is_syncing": self.is_syncing}
        return {**told, "properties": self.properties} if self.properties else told


class EventNoted(Payload):
    """That somebody left an audience, or that its back-fill is over: of no concern to the vendor."""

    kind: Literal["event"]
    name: Words


def _money(minor: int) -> float:
    return minor / 100  # the nearest number to a whole count of cents is written with two decimals
