"""What a row says, read from its payload: of an item, of what a shop has of it."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from plugins.wire.outbox import Row


class Item(BaseModel):
    """One article of a feed: its id, and the texts of the feed by attribute."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    kind: Literal["item"]
    id: Annotated[str, Field(pattern=r"\S")]
    fields: dict[str, str | None]

    @property
    def offer(self) -> str:
        """Return the id as Google keeps it: without blanks at the ends, and with single ones inside."""
        return " ".join(self.id.split())


class Shelf(BaseModel):
    """What one shop has of one item; only its names where it is not told of any more."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    kind: Literal["shelf"]
    item: Annotated[str, Field(pattern=r"\S")]
    store: Annotated[str, Field(pattern=r"^\S+$", max_length=64)]
    quantity: Annotated[int, Field(ge=0)] | None = None
    price: str | None = None
    sale_price: str | None = None
    sale_dates: str | None = None

    @property
    def offer(self) -> str:
        """Return the item's id as Google keeps it."""
        return " ".join(self.item.split())


class Promotion(BaseModel):
    """What everybody may be told of one promotion; its days are over where it is not told any more."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    kind: Literal["promotion"]
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,50}$")]
    source: str
    promotion: str
    title: Annotated[str, Field(min_length=1, max_length=60)]
    percent: Annotated[int, Field(ge=1, le=100)] | None = None
    minor: Annotated[int, Field(gt=0)] | None = None
    from_minor: Annotated[int, Field(gt=0)] | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    places: Annotated[list[Literal["shop", "web"]], Field(min_length=1)]
    products: Literal["all", "named"]
    code: Annotated[str, Field(max_length=20)] | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    page: str | None = None
    starts_at: str
    ends_at: str


Payload = TypeVar("Payload", bound=BaseModel)


def meant(row: Row, kind: type[Payload]) -> Payload | None:
    """Return what a row says, None where nothing can be made of it."""
    if row.operation == "erase":
        return None
    try:
        return kind.model_validate(dict(row.payload))
    except ValidationError:
        return None
