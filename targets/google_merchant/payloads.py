"""What a row says of an item, read from its payload."""

from __future__ import annotations

from typing import Annotated, Literal

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


def meant(row: Row) -> Item | None:
    """Return the item, None where nothing can be made of the row."""
    if row.operation == "erase":
        return None
    try:
        return Item.model_validate(dict(row.payload))
    except ValidationError:
        return None
