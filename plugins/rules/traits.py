"""Traits that operations declare: aggregates over facts, cases over traits, and ranks among people."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from plugins.rules.strict import Strict, Word

Value = Annotated[str | int | bool, Field(union_mode="left_to_right")]


class Case(Strict):
    """What a trait is while a condition holds."""

    where: Annotated[str, Field(min_length=1)]
    value: Value = Field(alias="is")


class TraitExample(Strict):
    """Facts, or traits for cases, and what the trait is then."""

    title: Word
    given: Any
    expect: Any


class TraitRule(Strict):
    """One computed fact about a person: `take` of a kind of fact, `cases` of other traits, or a `quintile` of one."""

    description: Word
    of: Word | None = Field(None, description="kind of fact that `take` goes over")
    take: Word | None = Field(None, description="what is made of the facts, such as `count` or `sum total_minor`")
    where: str | None = Field(None, description="which facts count; for a quintile, among whom")
    within: Word | None = Field(None, description="how far back facts count, such as `90 days`")
    otherwise: Value | None = Field(None, description="the value of somebody of whom there are no such facts")
    cases: list[Case] | None = Field(None, min_length=1, description="the first whose condition holds")
    quintile: Word | None = Field(None, description="trait by which people are ranked, 5 for the highest fifth")
    examples: list[TraitExample] = Field(default_factory=list)

    @model_validator(mode="after")
    def _is_one_kind(self) -> TraitRule:
        ways = [name for name in ("take", "cases", "quintile") if getattr(self, name) is not None]
        if len(ways) != 1:
            raise ValueError("needs one of take, cases or quintile; say how it is worked out")
        if (self.of is None) != (self.take is None):
            raise ValueError("of and take belong together; say what is taken of which facts")
        if self.take is None and (self.within is not None or self.otherwise is not None):
            raise ValueError("within and otherwise are for facts; remove them")
        if self.cases is not None and self.where is not None:
            raise ValueError("each case has its own where; remove the one outside")
        if not self.examples and self.quintile is None:
            raise ValueError("has no examples; add one")
        return self
