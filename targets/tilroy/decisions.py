"""The decisions Tilroy can be told, as the payload of a row writes them; everything else is refused."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from plugins.wire.outbox import Operation, Row
from plugins.wire.payload import Payload

CustomerId = Annotated[str, Field(pattern=r"^[0-9]{1,19}$")]
"""It stands in a path: anything but digits would make another path of it."""
Day = Annotated[date, Field(strict=False)]
Minor = Annotated[int, Field(ge=0)]


class Unsendable(Exception):  # noqa: N818 - a verdict: this row never leaves
    """A row that no call can be made of. The text is `what; what to do`, and never a value."""


class Unset(Unsendable):
    """A row that waits for a setting: it is planned anew."""


class Consent(Payload):
    """What a customer may be sent; a channel that is not named stays as it is."""

    kind: Literal["consent"]
    customer: CustomerId
    consent: Annotated[dict[Literal["email", "sms", "post"], bool], Field(min_length=1)]
    at: str | None = None
    """When it was decided; Tilroy has no place for it."""


class Voucher(Payload):
    """A voucher as it should stand at the till; its code is its barcode."""

    kind: Literal["voucher"]
    code: Annotated[str, Field(pattern=r"^\S{1,64}$")]
    customer: CustomerId | None
    type: Literal["giftvoucher", "loyaltyvoucher"]
    full_minor: Minor
    open_minor: Minor
    currency: str
    starts_on: Day
    ends_on: Day | None

    @model_validator(mode="after")
    def _is_open_within_full(self) -> Voucher:
        if self.open_minor > self.full_minor:
            raise PydanticCustomError("more_open_than_given", "more is open than was given")
        return self


class Offer(Payload):
    """The code of an offer: an amount off the next sale, as long as it is open."""

    kind: Literal["offer"]
    code: Annotated[str, Field(pattern=r"^\S{1,64}$")]
    customer: CustomerId | None
    minor: Annotated[int, Field(gt=0)]
    percent: None = None
    from_minor: None = None
    products: Annotated[list[str], Field(max_length=0)] = Field(default_factory=list)
    currency: str
    starts_on: Day
    ends_on: Day
    is_open: bool


class Repeat(Payload):
    """When an earlier call got no answer, and the movements of the customer that are accounted for."""

    since: Annotated[AwareDatetime, Field(strict=False)]
    known: list[str]


class Movement(Payload):
    """Points to add, or to take off where they are negative."""

    kind: Literal["movement"]
    customer: CustomerId
    points: int
    reference: str
    repeat: Repeat | None = None

    @model_validator(mode="after")
    def _moves_something(self) -> Movement:
        if self.points == 0:
            raise PydanticCustomError("no_points", "no points")
        return self


class OrderLine(Payload):
    """So many pieces of one sku of the till, at what was paid for one."""

    sku: Annotated[str, Field(pattern=r"^[0-9]{1,19}$")]
    quantity: Annotated[int, Field(gt=0)]
    unit_minor: Minor


class Again(Payload):
    """When an earlier call about the order got no answer."""

    since: Annotated[AwareDatetime, Field(strict=False)]


class Order(Payload):
    """An order of a marketplace to place in the till; it names nobody."""

    kind: Literal["order"]
    reference: Annotated[str, Field(pattern=r"^\S{1,128}$")]
    """Ours: under it the order is found again."""
    number: Annotated[str, Field(min_length=1, max_length=64)]
    marketplace: Annotated[str, Field(min_length=1, max_length=64)]
    ordered_at: Annotated[AwareDatetime, Field(strict=False)]
    """Tilroy has no place for it: an order is of the moment it came in."""
    currency: str
    total_minor: Minor
    shipping_minor: Minor
    """Tilroy has no place for it either, nor for the total: it adds up the lines."""
    lines: Annotated[list[OrderLine], Field(min_length=1)]
    repeat: Again | None = None


class Note(Payload):
    """What a clerk should read of a customer; an empty text takes it away."""

    kind: Literal["note"]
    customer: CustomerId
    text: Annotated[str, Field(max_length=1000)]


class Erasure(Payload):
    """A customer to forget."""

    kind: Literal["customer"]
    customer: CustomerId


Decision = Consent | Voucher | Offer | Movement | Order | Note | Erasure
READ: TypeAdapter[Decision] = TypeAdapter(Annotated[Decision, Field(discriminator="kind")])
MODELS = (Consent, Voucher, Offer, Movement, Repeat, Order, OrderLine, Again, Note, Erasure)
FIELDS = {name for each in MODELS for name in each.model_fields}
MAY_BE: dict[type[Decision], tuple[Operation, ...]] = {
    Consent: ("change", "remove"),
    Voucher: ("add", "change"),
    Offer: ("add", "change"),
    Movement: ("add",),
    Order: ("add",),
    Note: ("add", "change", "remove"),
    Erasure: ("erase",),
}


def decision_of(row: Row) -> Decision:
    """Return what a row decides; raises Unsendable."""
    try:
        decision = READ.validate_python(dict(row.payload))
    except ValidationError as error:
        raise Unsendable(_fault(error)) from None
    if row.operation not in MAY_BE[type(decision)]:
        raise Unsendable(f"operation: '{row.operation}' of kind {decision.kind}; see docs/tilroy.md")
    if isinstance(decision, Consent) and row.operation == "remove" and any(decision.consent.values()):
        raise Unsendable("payload.consent: a removal that grants; send it as a change")
    return decision


def _fault(error: ValidationError) -> str:
    """Return the first fault by field and kind: a value, or a key that we do not know, may name a person."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(["payload", *(each for each in map(str, first["loc"][1:]) if each in FIELDS)])
    return f"{where}: {first['type']}; see docs/tilroy.md"
