"""What a row asks of the project, read from its payload: how many there are of an item, or what became of an order."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from plugins.wire.outbox import Row

Words = Annotated[str, Field(min_length=1, max_length=255)]
Number = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,18}$")]
"""It stands in a path, or as a whole number in a body."""


class Payload(BaseModel):
    """Takes the keys it knows as they are: a number in quotes is no number."""

    model_config = ConfigDict(strict=True, frozen=True)


class Stock(Payload):
    """How many there are of an item of our feed: the whole new value, not what changed."""

    kind: Literal["stock"]
    sku: Words
    stock: Annotated[int, Field(ge=0)]
    title: str | None = None
    gtin: str | None = None

    def item(self) -> dict[str, Any]:
        """Return the item as the vendor wants it; what is not known is not said."""
        said = {"id": self.sku, "stock": self.stock, "title": self.title, "gtin": self.gtin}
        return {name: value for name, value in said.items() if value is not None}


class Told(Payload):
    """What became of an order, or of some of its lines."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    order: Number
    items: Annotated[list[Number], Field(min_length=1)] | None = None
    """Lines by their `channable_order_item_id`; none are all that is open."""
    repeat: dict[str, str | None] | None = None
    """That an earlier call got no answer: the order is looked up first."""

    @property
    def lines(self) -> list[int] | None:
        """Return the lines as the vendor writes them."""
        return None if self.items is None else [int(each) for each in self.items]


class Shipment(Told):
    """That it was sent, and under which number."""

    kind: Literal["shipment"]
    tracking_code: Words | None = None
    transporter: Words | None = None

    def body(self) -> dict[str, Any]:
        """Return the body as the vendor wants it; a key that says nothing about lines means all of them."""
        said = {"tracking_code": self.tracking_code, "transporter": self.transporter}
        return said if self.items is None else {**said, "order_item_ids": self.lines}


class Cancellation(Told):
    """That it was cancelled by the seller."""

    kind: Literal["cancellation"]

    def body(self) -> dict[str, Any] | None:
        """Return the body as the vendor wants it: none for all of the order."""
        return None if self.items is None else {"order_item_ids": self.lines}


Event = Annotated[Shipment | Cancellation, Field(discriminator="kind")]
EVENTS: TypeAdapter[Shipment | Cancellation] = TypeAdapter(Event)
STOCK = TypeAdapter(Stock)
Meant = TypeVar("Meant")


def meant(row: Row, known: TypeAdapter[Meant]) -> Meant | None:
    """Return what a row asks for, None where nothing can be made of it."""
    if row.operation not in ("add", "change"):
        return None
    try:
        return known.validate_python(dict(row.payload))
    except ValidationError:  # its text shows what was given
        return None
