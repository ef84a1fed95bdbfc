"""What a row asks of the shop, read from its payload: fields of a customer, a code, stock, or to be forgotten."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from plugins.wire.outbox import Operation, Row

PREFIX = "rotonde_"
"""What begins every plugin field of ours; those of the shop's own plugins are never written."""
LONG_AGO = "2000-01-01T00:00:00"
"""The last moment of a voucher that is spent; a limit of 0 uses would mean no limit."""

Id = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,18}$")]
Minor = Annotated[int, Field(ge=0)]
Day = Annotated[date, Field(strict=False)]
SETTING: frozenset[Operation] = frozenset({"add", "change", "remove"})


class Payload(BaseModel):
    """Takes the keys it knows as they are: a number in quotes is no number."""

    model_config = ConfigDict(strict=True, frozen=True)
    operations: ClassVar[frozenset[Operation]] = SETTING


class Consent(Payload):
    """What the customer said for each channel, and when that was written down."""

    kind: Literal["consent"]
    customer: Id
    consent: dict[Literal["email", "sms", "post", "phone"], bool | None]
    at: str | None = None

    def fields(self) -> dict[str, str | None]:
        """Return the plugin fields; None takes a field away."""
        answers = {None: None, True: "yes", False: "no"}
        said = {f"{PREFIX}consent_{channel}": answers[given] for channel, given in self.consent.items()}
        return {**said, f"{PREFIX}consent_at": self.at}


class Points(Payload):
    """How many points the customer has, and which tier."""

    kind: Literal["points"]
    customer: Id
    points: int | None
    tier: str | None

    def fields(self) -> dict[str, str | None]:
        """Return the plugin fields; None takes a field away."""
        points = None if self.points is None else str(self.points)
        return {f"{PREFIX}points": points, f"{PREFIX}tier": self.tier}


class Voucher(Payload):
    """A voucher of ours, and what is left of it."""

    operations = frozenset({"add", "change"})
    kind: Literal["voucher"]
    code: Annotated[str, Field(min_length=1)]
    email: str | None
    type: Literal["giftvoucher", "loyaltyvoucher"]
    full_minor: Minor
    open_minor: Minor
    currency: str
    starts_on: Day | None
    ends_on: Day | None

    def coupon(self) -> dict[str, Any]:
        """Return the coupon; what is spent is worth nothing, and over."""
        ends = f"{self.ends_on}T23:59:59" if self.ends_on else None  # without a zone it is the shop's own
        kind = "Gift voucher" if self.type == "giftvoucher" else "Loyalty voucher"
        return {
            "discount_type": "fixed_cart",
            "amount": _money(self.open_minor),
            "usage_limit": 1,
            "individual_use": False,
            "email_restrictions": [self.email] if self.email else [],
            "date_expires": ends if self.open_minor else LONG_AGO,
            "description": f"{kind} of {_money(self.full_minor)} {self.currency}",
        }


class Offer(Payload):
    """The code of an offer: what it takes off, from what sum, on which products, and whether it can still be used."""

    operations = frozenset({"add", "change"})
    kind: Literal["offer"]
    code: Annotated[str, Field(min_length=1)]
    email: str | None
    percent: Annotated[int, Field(ge=1, le=100)] | None
    minor: Minor | None
    from_minor: Minor | None
    products: list[Id]
    currency: str
    starts_on: Day | None
    ends_on: Day
    is_open: bool

    @model_validator(mode="after")
    def _takes_one_off(self) -> Offer:
        if (self.percent is None) == (self.minor is None):
            raise PydanticCustomError("no_benefit", "neither a percentage nor an amount")
        return self

    def coupon(self) -> dict[str, Any]:
        """Return the coupon; one that is used or taken back is worth nothing, and over."""
        worth = f"{self.percent}.00" if self.percent is not None else _money(self.minor or 0)
        return {
            "discount_type": "percent" if self.percent is not None else "fixed_cart",
            "amount": worth if self.is_open else "0.00",
            "usage_limit": 1,
            "individual_use": False,
            "product_ids": [int(each) for each in self.products],
            "minimum_amount": _money(self.from_minor or 0),
            "email_restrictions": [self.email] if self.email else [],
            "date_expires": f"{self.ends_on}T23:59:59" if self.is_open else LONG_AGO,
            "description": "Offer",
        }


class Stock(Payload):
    """How many there are of an article: the whole new value, not what changed."""

    model_config = ConfigDict(extra="forbid")
    operations = frozenset({"add", "change"})
    kind: Literal["stock"]
    sku: Annotated[str, Field(min_length=1, max_length=255)]
    stock: Annotated[int, Field(ge=0, le=1_000_000_000)]
    title: str | None = None
    gtin: str | None = None


class Erasure(Payload):
    """Somebody the shop must forget."""

    operations = frozenset({"erase"})
    kind: Literal["customer"]
    customer: Id


Meant = Consent | Points | Voucher | Offer | Stock | Erasure
PAYLOAD: TypeAdapter[Meant] = TypeAdapter(Annotated[Meant, Field(discriminator="kind")])


def meant(row: Row) -> Meant | None:
    """Return what a row asks for, None where that cannot be read or does not go with its operation."""
    try:
        payload = PAYLOAD.validate_python(dict(row.payload))
    except ValidationError:  # its text shows the payload
        return None
    return payload if row.operation in payload.operations else None


def _money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"
