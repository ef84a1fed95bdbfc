"""What a row brings: a purchase in a shop, by somebody who is known by their browser and by nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from plugins.wire.outbox import Row

Words = Annotated[str, Field(min_length=1)]


class Payload(BaseModel):
    """Takes the keys it knows as they are, and no other: who is named by more than a browser is not told of."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Line(Payload):
    """How many of an article were bought, and what one of them cost."""

    id: Words
    quantity: int
    unit_minor: int


def _moment(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("no offset")
    return text


class Purchase(Payload):
    """A purchase in a shop; `visitor` is the number in the cookie of a browser."""

    kind: Literal["purchase"]
    reference: Words
    place: Literal["shop"]
    at: Annotated[str, AfterValidator(_moment)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    total_minor: Annotated[int, Field(ge=0)]
    store: str | None = None
    visitor: Annotated[str, Field(pattern=r"^[0-9]{1,20}\.[0-9]{1,20}$")]
    items: list[Line]


def meant(row: Row) -> Purchase | None:
    """Return what a row brings, None where nothing can be made of it."""
    if row.operation != "add":
        return None  # what was told cannot be taken back
    try:
        return Purchase.model_validate(dict(row.payload))
    except ValidationError:  # its text shows what was given
        return None
