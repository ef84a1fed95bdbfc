"""What a row asks of the project, read from its payload: how many there are of an item, or that an order was sent."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from plugins.wire.outbox import Row

Words = Annotated[str, Field(min_length=1, max_length=255)]


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


class Shipment(Payload):
    """That the whole of an order was sent, and under which number."""

    kind: Literal["shipment"]
    order: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,18}$")]
    tracking_code: Words | None = None
    transporter: Words | None = None

    def parcel(self) -> dict[str, Any]:
        """Return the body as the vendor wants it."""
        return {"tracking_code": self.tracking_code, "transporter": self.transporter}


KNOWN: TypeAdapter[Stock | Shipment] = TypeAdapter(Annotated[Stock | Shipment, Field(discriminator="kind")])


def meant(row: Row) -> Stock | Shipment | None:
    """Return what a row asks for, None where nothing can be made of it."""
    if row.operation not in ("add", "change"):
        return None
    try:
        return KNOWN.validate_python(dict(row.payload))
    except ValidationError:  # its text shows what was given
        return None
