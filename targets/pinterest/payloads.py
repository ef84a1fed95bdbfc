"""What a row brings beside people: an item of the catalogue, or a purchase."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from plugins.wire.payload import Payload

Words = Annotated[str, Field(min_length=1)]


class Item(Payload):
    """The whole of what a product feed says of an item, by its own names; nothing on the way out."""

    kind: Literal["item"]
    id: Words
    fields: dict[str, str]


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
    """A purchase of somebody who may be found by it, in a shop or on the web."""

    kind: Literal["purchase"]
    reference: Words
    place: Literal["shop", "web"]
    at: Annotated[str, AfterValidator(_moment)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    total_minor: Annotated[int, Field(ge=0)]
    store: str | None = None
    email: Words
    fields: dict[str, str | None]
    items: list[Line]
