"""What a row asks of the shop, read from its payload: consent, points, a code, stock, a price, or to be forgotten."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import override

from plugins.wire.outbox import Operation, Row
from targets.shopify.payload import Id, Payload
from targets.shopify.worth import Offer, Voucher

NAMESPACE = "rotonde"
"""Under which our metafields stand; those of the shop and of other apps are never written."""

Sku = Annotated[str, Field(min_length=1, max_length=255)]
Cents = Annotated[int, Field(ge=1, le=100_000_000_000)]


class Consent(Payload):
    """What the customer said for each channel, and when that was written down."""

    kind: Literal["consent"]
    customer: Id
    consent: dict[Literal["email", "sms"], bool | None]
    at: str | None = None

    @property
    def grants(self) -> bool:
        """Tell whether there is a yes among it."""
        return True in self.consent.values()


class Points(Payload):
    """How many points the customer has, and which tier."""

    kind: Literal["points"]
    customer: Id
    points: int | None
    tier: str | None

    def fields(self) -> dict[str, tuple[str, str | None]]:
        """Return the metafields with their types; None takes one away."""
        points = None if self.points is None else str(self.points)
        return {"points": ("number_integer", points), "tier": ("single_line_text_field", self.tier or None)}


class Stock(Payload):
    """How many there are of an article: the whole new value, not what changed."""

    model_config = ConfigDict(extra="forbid")
    operations = frozenset({"add", "change"})
    kind: Literal["stock"]
    sku: Sku
    stock: Annotated[int, Field(ge=0, le=1_000_000_000)]
    title: str | None = None
    gtin: str | None = None


class Price(Payload):
    """What an article costs on a price list: the whole new price, or none where it is to have none of its own."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["price"]
    price_list: Annotated[str, Field(alias="list", min_length=1, max_length=200)]
    sku: Sku
    price_minor: Cents | None = None
    compare_at_minor: Cents | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None

    @override
    def fits(self, operation: Operation) -> bool:
        given = [self.price_minor is not None, self.currency is not None]
        return super().fits(operation) and (not any(given) if operation == "remove" else all(given))


class Erasure(Payload):
    """Somebody the shop must forget."""

    operations = frozenset({"erase"})
    kind: Literal["customer"]
    customer: Id


Meant = Consent | Points | Voucher | Offer | Stock | Price | Erasure
PAYLOAD: TypeAdapter[Meant] = TypeAdapter(Annotated[Meant, Field(discriminator="kind")])


def meant(row: Row) -> Meant | None:
    """Return what a row asks for, None where that cannot be read or does not go with its operation."""
    try:
        payload = PAYLOAD.validate_python(dict(row.payload))
    except ValidationError:  # its text shows the payload
        return None
    return payload if payload.fits(row.operation) else None
