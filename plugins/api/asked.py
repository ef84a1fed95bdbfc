"""The requests a till or webshop makes, as strict models; their JSON Schema is the contract."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

Text = Annotated[str, Field(min_length=1, max_length=255)]
Amount = Annotated[int, Field(gt=0, le=1_000_000_000)]


class Strict(BaseModel):
    """Refuses keys it does not know, and a number in quotes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Named(Strict):
    """A record of a source."""

    source: Text
    id: Text


class Hold(Strict):
    """Points of a customer, or money on a gift voucher, to be set aside."""

    customer: Named | None = Field(None, description="the customer's record in a system the hub reads")
    card: Text | None = Field(None, description="or the loyalty card")
    voucher: Text | None = Field(None, description="or the code of a gift voucher")
    amount: Amount = Field(description="points, or cents of a voucher")
    order: Named | None = Field(None, description="what it pays for; a return of it gives back what was spent")

    @model_validator(mode="after")
    def _is_about_one(self) -> Hold:
        if sum(each is not None for each in (self.customer, self.card, self.voucher)) != 1:
            raise PydanticCustomError("one_holder", "give one of customer, card and voucher")
        return self


class Capture(Strict):
    """What was set aside is spent, or less; the rest goes back."""

    hold: Text
    amount: Amount | None = None


class Release(Strict):
    """What was set aside goes back."""

    hold: Text
