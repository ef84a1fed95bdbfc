"""The shapes of `identity.yml` and `identity_model.yml`: who is who, and what agreement is worth."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from plugins.rules.strict import Percent, Strict, Word

Joining = Literal["email", "phone", "card", "customer_no", "login", "social", "alias"]
Domain = Annotated[str, Field(pattern=r"^[a-z0-9.*-]+$", max_length=253)]


def _number(given: Any) -> Any:
    """Return the number that a text of a rule file says, or what was given."""
    is_number = isinstance(given, str) and re.fullmatch(r"-?\d{1,9}(\.\d{1,12})?(e-\d{1,2})?", given)
    return float(given) if is_number else given


Number = Annotated[float, BeforeValidator(_number)]
Share = Annotated[float, BeforeValidator(_number), Field(gt=0, le=1)]

LEVELS: Mapping[str, tuple[str, ...]] = {
    "given": ("exact", "call_name", "close", "initial", "same_initial", "different"),
    "sur": ("exact", "close", "part", "different"),
    "born": ("exact", "close", "different"),
    "email": ("exact", "close", "different"),
    "phone": ("exact", "close", "different"),
    "home": ("exact", "close", "near", "different"),
    "id": ("exact", "different", "close"),
    "card": ("exact", "different"),
}
"""The levels on which two records may agree, by comparison, numbered from 1."""


class IdentifierRule(Strict):
    """How far an identifier can be trusted to belong to one person."""

    max_surnames: Annotated[int, Field(ge=1)] = Field(description="a value with more surnames joins nobody")
    placeholders: list[Word] = Field(default_factory=list, description="values that are nobody's")


class Upheaval(Strict):
    """Stops a change of the rules that would do this to more percent of the persons; the rules before stay in force."""

    join: Annotated[Percent, Field(le=100)] = Field(10, description="percent of the persons that would join others")
    split: Annotated[Percent, Field(le=100)] = Field(10, description="percent of the persons that would fall apart")


class Identity(Strict):
    """How sure the hub must be that two records are one person; weights are log2 of the odds."""

    engine: Literal["duckdb", "spark"] = Field(
        "duckdb", description="where everybody is worked out anew; the persons are the same"
    )
    accept: Number = Field(2.0, description="from here up two records are one person")
    review: Number = Field(0.0, description="from here up a pair that is not joined is shown as held for review")
    name_only: Number = Field(99.0, description="what two records need that agree in nothing but their name")
    veto: Number = Field(-12.0, description="below it two records keep their groups apart")
    largest: Annotated[int, Field(ge=2)] = Field(
        200, description="a group of more records is not believed: they stay apart"
    )
    masks: list[Domain] | None = Field(None, description="domains whose addresses are a marketplace's alias")
    identifiers: dict[Joining, IdentifierRule] = Field(default_factory=dict)
    guard: Upheaval = Upheaval()

    @model_validator(mode="after")
    def _is_in_order(self) -> Identity:
        if not self.veto < self.review <= self.accept <= self.name_only:
            raise ValueError("veto, review, accept, name_only should go up in this order; correct the weights")
        return self


class IdentityModel(Strict):
    """What agreement is worth: how often one person, one household and two strangers agree on each level."""

    same_per_record: Annotated[float, BeforeValidator(_number), Field(gt=0)] | None = None
    household_per_record: Annotated[float, BeforeValidator(_number), Field(gt=0)] | None = None
    comparisons: dict[str, dict[str, Annotated[list[Share], Field(min_length=3, max_length=3)]]] = Field(
        default_factory=dict
    )

    @model_validator(mode="after")
    def _is_whole(self) -> IdentityModel:
        if not self.comparisons and self.same_per_record is None and self.household_per_record is None:
            return self
        found = {name: set(levels) for name, levels in self.comparisons.items()}
        if found != {name: set(levels) for name, levels in LEVELS.items()} or not (
            self.same_per_record and self.household_per_record
        ):
            raise ValueError("is not a whole model; write it with: rotonde identity learn")
        return self
