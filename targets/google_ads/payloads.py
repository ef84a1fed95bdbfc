"""What a row says of a purchase, read from its payload."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from plugins.wire.outbox import Row

Words = Annotated[str, Field(min_length=1)]
Minor = Annotated[int, Field(ge=0)]
Place = Literal["shop", "web"]
MOMENT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$"


class Payload(BaseModel):
    """Takes the keys it knows as they are: a number in quotes is no number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Item(Payload):
    """So many pieces of an article, at so much each."""

    id: Words
    quantity: int
    unit_minor: Minor


class Purchase(Payload):
    """One purchase of somebody who may be sent, in hundredths of its currency."""

    kind: Literal["purchase"]
    reference: Words
    place: Place
    at: Annotated[str, Field(pattern=MOMENT)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    total_minor: Minor
    store: str | None = None
    email: str
    fields: dict[str, str | None] = Field(default_factory=dict)
    items: list[Item] = Field(default_factory=list)


def meant(row: Row) -> Purchase | None:
    """Return the purchase, None where nothing can be made of the row: a purchase is never taken back."""
    if row.operation != "add":
        return None
    try:
        return Purchase.model_validate(dict(row.payload))
    except ValidationError:  # its text shows what was given
        return None
