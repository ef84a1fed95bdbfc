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


Payload = TypeVar("Payload", bound=BaseModel)


def meant(row: Row, kind: type[Payload]) -> Payload | None:
    """Return what a row says, None where nothing can be made of it."""
    if row.operation == "erase":
        return None
    try:
        return kind.model_validate(dict(row.payload))
    except ValidationError:
        return None
