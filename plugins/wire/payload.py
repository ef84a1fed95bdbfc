"""Payloads of rows: read as they are, or not at all."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from plugins.wire.outbox import Outcome, Row

MALFORMED = Outcome("rejected", "malformed payload")


class Payload(BaseModel):
    """Takes the keys it knows as they are, and no other: a number in quotes is no number."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


P = TypeVar("P", bound=Payload)


def read(kind: type[P], row: Row) -> P | None:
    """Return what a row says, None where nothing can be made of it."""
    try:
        return kind.model_validate(dict(row.payload))
    except ValidationError:  # its text shows what was given
        return None
