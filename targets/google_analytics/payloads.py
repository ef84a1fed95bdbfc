"""What a row brings: a purchase in a shop, by somebody who is known by their browser and by nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from plugins.wire.outbox import Row
from plugins.wire.payload import Payload, read

Words = Annotated[str, Field(min_length=1)]


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
    return read(Purchase, row) if row.operation == "add" else None  # what was told cannot be taken back
