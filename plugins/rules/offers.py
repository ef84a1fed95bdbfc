"""What may stand in the file of an offer: a benefit for the people of an audience, with a code, told in a text."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from plugins.rules.catalogue import Catalogue, Trait, Type
from plugins.rules.loyalty import Day, Span
from plugins.rules.strict import Name, Percent, Strict, Word

Cents = Annotated[int, Field(gt=0, le=1_000_000)]
Code = Annotated[str, Field(pattern=r"^[A-Z0-9-]{4,32}$")]
TextOf = Annotated[str, Field(min_length=1)]
UNWRITTEN = "unwritten"

_WORDS: tuple[tuple[str, Type, str], ...] = (
    ("code", "text", "the code that is shown at the till or typed in the webshop"),
    ("ends_on", "date", "the last day of the code"),
    ("percent", "integer", "what is taken off, of a percentage"),
    ("amount", "money", "what is taken off, of an amount, in cents"),
    ("from_amount", "money", "what must be spent for it, in cents"),
    ("products", "texts", "names of what it is for, and can be had, at most ten"),
    ("places", "texts", "where the code is taken, as `redeem` names it"),
)
OFFER_WORDS: Catalogue = {name: Trait(name, type_, meaning) for name, type_, meaning in _WORDS}
MEMBERSHIP = frozenset({
    "tier", "points_available", "customer_since", "birth_date", "language", "country", "groups", "is_web_customer",
    "is_till_customer",
})  # fmt: skip
"""What a general benefit of the club may go by: being a member, and nothing that somebody did."""


def _expected(given: Any) -> Any:
    """Take `unwritten`, or what stands in each field."""
    if given == UNWRITTEN or (
        isinstance(given, dict) and given and all(isinstance(each, str) for each in given.values())
    ):
        return given
    raise ValueError("is neither unwritten nor fields; write unwritten, or {FIELD: 'text'}")


class Benefit(Strict):
    """What somebody gets: a percentage or an amount off."""

    percent: Annotated[Percent, Field(ge=1, le=90)] | None = None
    cents: Cents | None = None
    from_cents: Cents | None = Field(None, description="only where at least this is spent")

    @model_validator(mode="after")
    def _is_one(self) -> Benefit:
        if (self.percent is None) == (self.cents is None):
            raise ValueError("is neither a percentage nor an amount; write {percent: 15%} or {cents: 500}")
        return self


class Budget(Strict):
    """When no more codes are issued."""

    codes: Annotated[int, Field(gt=0)] | None = Field(None, description="so many codes at most, ever")
    cents: Cents | None = Field(
        None, description="so much at most: what the open codes may cost, and the used ones did"
    )


class OfferExample(Strict):
    """One person, as traits and the offer's own words say, and what is written."""

    title: Word
    given: dict[Word, Any]
    expect: Annotated[Any, BeforeValidator(_expected)]


class Offer(Strict):
    """A benefit, for whom, how long, where, in which words."""

    description: Word
    audience: Name = Field(description="whose people get it; who is withheld there is withheld here")
    general: bool = Field(False, description="a benefit of the club, refused to nobody who wants no profiling")
    benefit: Benefit
    shared_code: Code | None = Field(None, description="one code for all; by default everybody has their own")
    products: Annotated[str, Field(min_length=1)] | None = Field(None, description="a condition over facts of products")
    redeem: list[Name] = Field(min_length=1, description="the systems in which the code is taken")
    valid: Span = Field(description="how long a code lives")
    starts: Day | None = Field(None, description="the first day on which codes are issued")
    ends: Day | None = Field(None, description="the last day on which codes are issued")
    again: Span | None = Field(None, description="after which the same person may get it anew; by default never")
    budget: Budget = Budget()
    differ: Literal["hold", "narrow"] = Field(
        "hold", description="where systems differ about a product: nobody gets the offer, or that product is out of it"
    )
    not_bought: Span = Field((30, "days"), description="who bought such a product within this is left alone")
    texts: dict[Name, dict[Word, TextOf]] = Field(min_length=1, description="destination: field: text")
    examples: list[OfferExample] = Field(min_length=1)
