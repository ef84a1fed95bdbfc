"""The events that tills, apps and shop doors send, as strict models; their JSON Schema is the contract."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, RootModel, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from plugins.api.asked import Strict
from plugins.rules.consent import Channel, Purpose

MOST_EVENTS = 100
MOST_LINES = 500
EventId = Annotated[str, Field(pattern=r"^[!-~]{1,100}$", description="the sender's own: one id is one event")]
Word = Annotated[str, Field(min_length=1, max_length=100)]
Words = Annotated[str, Field(min_length=1, max_length=2000)]
CustomerId = Annotated[
    str, Field(min_length=1, max_length=100, pattern=r"^[^@]+$", description="the sender's own number of the customer")
]
Email = Annotated[str, Field(min_length=3, max_length=254, pattern=r"^[^@]+@[^@]+$")]
Code = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2")]
Minor = Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000, description="cents, VAT included")]


class Act(Strict):
    """What a person said of being told something: an act of its own, at the event's time, with its proof."""

    channel: Channel
    purpose: Purpose
    answer: Literal["yes", "no"]
    words: Words | None = Field(None, description="what was asked, to the letter")
    words_version: Word | None = Field(None, description="the version of these words")
    place: Word | None = Field(None, description="where it was said: till 4 in Utrecht, the app's settings")
    way: Word | None = Field(None, description="how it was said: a tick, spoken at the till")
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None

    @model_validator(mode="after")
    def _is_proven(self) -> Act:
        if self.answer == "yes" and not (self.words and self.words_version and self.place):
            raise PydanticCustomError("needs_proof", "a yes needs words, words_version and place")
        return self


class Event(Strict):
    """What every event says."""

    id: EventId
    at: AwareDatetime = Field(description="when it happened, with its offset")


class OfSomebody(Event):
    """An event that may say whose it is."""

    customer_id: CustomerId | None = None
    card: Word | None = Field(None, description="a loyalty card")
    email: Email | None = None
    consents: list[Act] = Field(default_factory=list, max_length=20)

    @model_validator(mode="after")
    def _says_yes_with_an_address(self) -> OfSomebody:
        if self.consents and not (self.customer_id or self.email):
            raise PydanticCustomError("needs_customer", "consents need a customer_id or an email")
        if self.email is None and any(each.answer == "yes" for each in self.consents):
            raise PydanticCustomError("needs_email", "a yes needs the email of who said it")
        return self


class Line(Strict):
    """A line of a purchase; what is taken back has negative amounts, and may name the line it was."""

    line_number: Annotated[int, Field(ge=1, le=100_000)]
    product_id: Word | None = None
    sku: Word | None = None
    gtin: Word | None = None
    description: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    quantity_thousandths: Minor = Field(1000, description="a piece is 1000, 0.35 kg is 350; negative on a return")
    total_minor: Minor
    unit_minor: Minor | None = None
    list_minor: Minor | None = None
    discount_minor: Minor | None = None
    tax_basis_points: Annotated[int, Field(ge=0, le=10_000)] | None = Field(None, description="21 % is 2100")
    returns_order_id: Word | None = None
    returns_line_number: Annotated[int, Field(ge=1, le=100_000)] | None = None


class Purchase(OfSomebody):
    """Somebody bought, or brought something back."""

    kind: Literal["purchase"]
    order_id: Annotated[str, Field(min_length=1, max_length=100, description="the sender's own number of the receipt")]
    order_number: Word | None = Field(None, description="what is printed on it, where that is another")
    channel: Literal["store", "web"] = "store"
    store_id: Word | None = None
    till_id: Word | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    total_minor: Minor
    tax_minor: Minor | None = None
    discount_minor: Minor | None = None
    coupon_codes: list[Word] = Field(default_factory=list, max_length=20)
    fulfilment: Literal["carried_out", "shipped", "click_and_collect"] | None = None
    is_paid: bool = True
    lines: list[Line] = Field(min_length=1, max_length=MOST_LINES)


class CheckIn(OfSomebody):
    """Somebody known is in a shop."""

    kind: Literal["check_in"]
    store_id: Word
    place: Word | None = Field(None, description="which door, which screen")

    @model_validator(mode="after")
    def _is_somebodys(self) -> CheckIn:
        if not (self.customer_id or self.card or self.email):
            raise PydanticCustomError("needs_somebody", "give one of customer_id, card and email")
        return self


class Registration(OfSomebody):
    """Somebody registered: all that they said of themselves, each time anew."""

    store_id: Word | None = None
    infix: Word | None = None
    phone: Annotated[str, Field(min_length=5, max_length=30)] | None = None
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None
    street: Word | None = None
    house_number: Annotated[str, Field(min_length=1, max_length=20)] | None = None
    house_suffix: Annotated[str, Field(min_length=1, max_length=20)] | None = None
    postcode: Annotated[str, Field(min_length=1, max_length=20)] | None = None
    city: Word | None = None
    country: Code | None = None


class QrRegistration(Registration):
    """Somebody registered by the QR code of a receipt, which becomes theirs."""

    kind: Literal["registration_qr"]
    token: Annotated[str, Field(min_length=1, max_length=1024, description="the word of the link behind the QR code")]
    first_name: Word | None = None
    last_name: Word | None = None
    birth_date: date | None = None

    @model_validator(mode="after")
    def _can_be_found(self) -> QrRegistration:
        if not (self.customer_id or self.email or self.phone or self.card):
            raise PydanticCustomError("needs_somebody", "give one of customer_id, email, phone and card")
        return self


class EidRegistration(Registration):
    """Somebody registered with their identity card: name and birth date are proven; the national number is not kept."""

    kind: Literal["registration_eid"]
    first_name: Word
    last_name: Word
    birth_date: date
    issued_by: Code | None = Field(None, description="the country of the card")


class Behaviour(Event):
    """What somebody who is signed in does in an app; kept of those who agreed to it, and of nobody else."""

    kind: Literal["behaviour"]
    customer_id: CustomerId
    act: Literal["app_open", "page_view", "product_view", "search", "add_to_cart", "begin_checkout"]
    product_id: Word | None = Field(None, description="the product's id or sku")


class Saying(OfSomebody):
    """Somebody said what they want to hear, and what not."""

    kind: Literal["consent"]
    consents: list[Act] = Field(min_length=1, max_length=20)


Sent = Purchase | CheckIn | QrRegistration | EidRegistration | Behaviour | Saying
OneSent = Annotated[Sent, Field(discriminator="kind")]
KINDS: dict[str, type[Event]] = {
    "purchase": Purchase, "check_in": CheckIn, "registration_qr": QrRegistration,
    "registration_eid": EidRegistration, "behaviour": Behaviour, "consent": Saying,
}  # fmt: skip
"""By `kind`, which is the name of the stream too."""


class Batch(Strict):
    """Several events; each is read by itself, and one that cannot be taken stops no other."""

    events: Annotated[
        list[Any],
        WithJsonSchema({
            "type": "array", "minItems": 1, "maxItems": MOST_EVENTS, "items": {},
            "description": "each as it may be sent alone; one that is not is answered by itself and stops no other",
        }),
    ] = Field(min_length=1, max_length=MOST_EVENTS)  # fmt: skip


class OneOrMany(RootModel[OneSent | Batch]):
    """One event, or several."""


class Taken(Strict):
    """What became of an event."""

    id: str | None = Field(description="the event's own; null where it could not be read")
    state: Literal["taken", "dropped", "refused"] = Field(
        description="taken: on record. dropped: not kept, as its person did not agree. refused: see code and message"
    )
    left_out: list[str] = Field(default_factory=list, description="what was sent and is never kept")
    code: str | None = Field(None, description="why it was dropped or refused, for machines")
    message: str | None = Field(None, description="the same in one line; it names nobody")


class TakenBatch(Strict):
    """What became of each event, in their order."""

    events: list[Taken]


class TakenOneOrMany(RootModel[Taken | TakenBatch]):
    """As it was asked: one, or several."""
