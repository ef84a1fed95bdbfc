"""Traits that operations declare: of facts, of other traits, ranks among people, and what others also bought."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from plugins.rules.strict import Strict, Word

Value = Annotated[str | int | bool, Field(union_mode="left_to_right")]


class Case(Strict):
    """What a trait is while a condition holds."""

    where: Annotated[str, Field(min_length=1)]
    value: Value = Field(alias="is")


class AlsoBoughtKeys(Strict):
    """What is told of the products that others also bought, and how many of them."""

    tell: Literal["name", "product", "category", "brand"] = Field("name", description="what is written of a product")
    most: int = Field(10, ge=1, le=50, description="so many at most, the nearest first")
    common_buyers: int = Field(5, ge=2, le=1000, description="fewest people who bought both products")


class TraitExample(Strict):
    """Facts, or traits for cases, and what the trait is then."""

    title: Word
    given: Any
    expect: Any


class TraitRule(Strict):
    """One computed fact about a person: `take` of facts, `cases` of other traits, a `quintile`, or `also_bought`."""

    description: Word
    of: Word | None = Field(None, description="kind of fact that `take` goes over")
    take: Word | None = Field(None, description="what is made of the facts, such as `count` or `sum total_minor`")
    where: str | None = Field(None, description="which facts count; for a quintile, among whom")
    within: Word | None = Field(None, description="how far back facts count, such as `90 days`")
    otherwise: Value | None = Field(None, description="the value of somebody of whom there are no such facts")
    cases: list[Case] | None = Field(None, min_length=1, description="the first whose condition holds")
    quintile: Word | None = Field(None, description="trait by which people are ranked, 5 for the highest fifth")
    also_bought: AlsoBoughtKeys | None = Field(None, description="what people who bought the same also bought")
    examples: list[TraitExample] = Field(default_factory=list)

    @model_validator(mode="after")
    def _is_one_kind(self) -> TraitRule:
        ways = [name for name in ("take", "cases", "quintile", "also_bought") if getattr(self, name) is not None]
        if len(ways) != 1:
            raise ValueError("needs one of take, cases, quintile or also_bought; say how it is worked out")
        if (self.of is None) != (self.take is None):
            raise ValueError("of and take belong together; say what is taken of which facts")
        if self.also_bought is not None and self.otherwise is not None:
            raise ValueError("also_bought is an empty list where nothing is told; remove otherwise")
        if ways[0] in ("cases", "quintile") and (self.within is not None or self.otherwise is not None):
            raise ValueError("within and otherwise are for facts; remove them")
        if self.cases is not None and self.where is not None:
            raise ValueError("each case has its own where; remove the one outside")
        if not self.examples and self.quintile is None:
            raise ValueError("has no examples; add one")
        return self
