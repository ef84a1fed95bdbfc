"""The requests a till, app or webshop makes, and the answers, as strict models; their JSON Schema is the contract."""

from __future__ import annotations

from typing import Annotated, Literal

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


class Receipt(Named):
    """A receipt of a till."""

    id: Annotated[str, Field(min_length=1, max_length=200)]


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


class OfRecord(Strict):
    """A query that may name a record."""

    source: Text | None = Field(None, description="the system of a customer's record, with `id`")
    id: Text | None = Field(None, description="the customer's own id in that system, with `source`")

    @property
    def customer(self) -> Named | None:
        """Return the record, where both halves are there."""
        return Named(source=self.source, id=self.id) if self.source and self.id else None


class Holder(OfRecord):
    """Whose balance: a customer's by record or card, or a gift voucher's."""

    card: Text | None = Field(None, description="or a loyalty card")
    voucher: Text | None = Field(None, description="or the code of a gift voucher")

    @model_validator(mode="after")
    def _is_about_one(self) -> Holder:
        if sum(each is not None for each in (self.customer, self.card, self.voucher)) != 1:
            raise PydanticCustomError("one_holder", "give one of source with id, card and voucher")
        return self


class Held(Strict):
    """What was set aside."""

    hold: str = Field(description="names it in a capture or a release")
    amount: int
    available: int = Field(description="what may be spent beside it")
    expires_at: str = Field(description="when it goes back by itself")


class Ended(Strict):
    """What became of a hold."""

    hold: str
    amount: int
    available: int = Field(description="what may be spent now")


class Balance(Strict):
    """What may be spent, what is set aside, and what is owed."""

    available: int
    held: int
    debt: int


class LinkFor(Strict):
    """Whose page of preferences."""

    customer: Named = Field(description="the customer's record, whose address the link is sent to")


class Link(Strict):
    """A link to somebody's own page; whoever has it may answer for them."""

    url: str
    expires_at: str
    headers: dict[str, str] = Field(description="for the mail that carries the link, so that one click unsubscribes")


class LinkOfReceipt(Strict):
    """Which receipt a link is for."""

    receipt: Receipt


class ClaimLink(Strict):
    """A link by which whoever has the receipt may claim it."""

    url: str
    expires_at: str
    qr_svg: str = Field(description="the link as a QR code, to be printed or shown")


class Claim(Strict):
    """Which receipt becomes whose."""

    receipt: Receipt | None = Field(None, description="the receipt, by the till's own id or its printed number")
    link: Annotated[str, Field(min_length=1, max_length=1024)] | None = Field(
        None, description="or what the sign-in was handed as `claim`"
    )
    customer: Named = Field(description="the record of the customer who signed in")

    @model_validator(mode="after")
    def _is_one(self) -> Claim:
        if (self.receipt is None) == (self.link is None):
            raise PydanticCustomError("one_receipt", "give one of receipt and link")
        return self


class Claimed(Strict):
    """What became of a claim; points follow with the next sync."""

    receipt: Named
    state: Literal["tied", "waiting"] = Field(description="waiting: the receipt has not come in yet")


class Health(Strict):
    """That it answers."""

    status: Literal["ok"]


class Fault(Strict):
    """An error."""

    code: str = Field(description="for machines; it stays the same")
    message: str = Field(description="one line for people who build; it names nobody")
