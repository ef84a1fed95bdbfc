"""What is told of a person: no more than who stands before them needs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from plugins.api.asked import OfRecord, Strict, Text

State = Literal["granted", "refused", "vetoed", "minor", "pending", "unproven"]


class Who(OfRecord):
    """Whom somebody asks for: by card, by receipt, or by the record behind a login."""

    card: Text | None = Field(None, description="a loyalty card")
    receipt: Text | None = Field(None, description="the number on a receipt; `source` says of which system")

    @model_validator(mode="after")
    def _is_one(self) -> Who:
        ways = (self.card, self.receipt, self.id)
        if sum(each is not None for each in ways) != 1 or (self.id is not None and self.source is None):
            raise PydanticCustomError("one_person", "give one of card, receipt, and source with id")
        return self


class Told(Strict):
    """Whether a person may be told something by a channel for a purpose."""

    channel: str
    purpose: str
    state: State


class Gift(Strict):
    """A gift voucher; its code is on the voucher alone."""

    source: str
    id: str = Field(description="its number there")
    open: int = Field(description="what is left of it, in cents")
    currency: str
    ends_on: str | None


class Person(Strict):
    """Who stands before a till, an app or a webshop."""

    profile_id: str
    first_name: str | None
    tier: str | None
    points: int = Field(description="what may be spent now")
    vouchers: list[Gift]
    consent: list[Told]
    missing: list[str] = Field(description="what is not known yet and may be asked for, the most wanted first")


class Where(Strict):
    """At which system an offer is to be used."""

    at: Text = Field(description="the system, as the rules of offers call it")


class Offer(Strict):
    """A benefit that stands for a person at a system."""

    offer: str
    description: str
    code: str
    percent: int | None
    amount: int | None = Field(description="what is taken off, in cents")
    from_amount: int | None = Field(description="what must be spent for it, in cents")
    currency: str
    products: list[str] = Field(description="ids at this system of what it is for; none is everything")
    ends_on: str = Field(description="its last day")


class Offers(Strict):
    """What a person may be offered at a system, and what may interest them."""

    profile_id: str
    offers: list[Offer]
    last_viewed: str | None = Field(description="only where they agreed that what they look at is kept")
    also_bought: list[str] = Field(description="only where they agreed to offers of their own")
