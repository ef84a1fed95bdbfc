"""What a row beside audiences asks for, read from its payload: an item of the catalogue, or a purchase."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeVar

from pydantic import AwareDatetime, BeforeValidator, Field

from plugins.wire.outbox import Row
from plugins.wire.payload import Payload, read

LONGEST_ID = 100


def _instant(said: object) -> object:
    return datetime.fromisoformat(said) if isinstance(said, str) else said


class Item(Payload):
    """All that the catalogue should say of one item."""

    kind: Literal["item"]
    id: Annotated[str, Field(min_length=1, max_length=LONGEST_ID)]
    fields: dict[str, str]

    @property
    def wire_id(self) -> str:
        """Return the address under which the journal keeps the row."""
        return address_of(self.id)


class Line(Payload):
    """How many of an item were bought, and at what price each."""

    id: Annotated[str, Field(min_length=1)]
    quantity: int
    unit_minor: int


class Purchase(Payload):
    """What somebody bought, in a shop or on the web, and by what they may be found."""

    kind: Literal["purchase"]
    reference: Annotated[str, Field(min_length=1)]
    place: Literal["shop", "web"]
    at: Annotated[AwareDatetime, BeforeValidator(_instant)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    total_minor: Annotated[int, Field(ge=0)]
    store: str | None
    email: str | None
    fields: dict[str, str | None]
    items: list[Line]

    @property
    def wire_id(self) -> str:
        """Return the address under which the journal keeps the row."""
        return f"purchase:{self.reference}"


P = TypeVar("P", Item, Purchase)


def meant(row: Row, kind: type[P], operations: tuple[str, ...]) -> P | None:
    """Return what a row asks for, None where nothing can be made of it."""
    found = read(kind, row) if row.operation in operations else None
    return found if found and found.wire_id == row.wire_id else None


def address_of(item_id: str) -> str:
    """Return the address of an item's row."""
    return f"item:{item_id}"
