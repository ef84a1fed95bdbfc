"""The shape of `consent.yml`: what each field of each source means, and what holds for everybody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from plugins.rules.strict import Name, Strict, Word

Channel = Literal["email", "sms", "push", "phone", "post", "ads", "site"]
Purpose = Literal[
    "marketing",
    "personalisation",
    "behaviour",
    "ads_match",
    "ads_match_meta",
    "ads_match_google",
    "ads_match_pinterest",
]
Decision = Literal[
    "granted", "soft_opt_in", "parent", "withdrawn", "refused", "objected", "blocked", "pending", "nothing"
]
Timed = Literal["any", "granted", "soft_opt_in", "parent", "withdrawn", "refused", "objected", "blocked", "pending"]
YES: tuple[Decision, ...] = ("granted", "soft_opt_in", "parent")
SOFT_CHANNELS = ("email", "sms")


def _fact_or_text(given: Any) -> Any:
    return {"text": given} if isinstance(given, str) else given


def _one_or_each(given: Any) -> Any:
    return {"any": given} if isinstance(given, dict) and "fact" in given else given


class Fact(Strict):
    """Something the source says beside the field, by the name the mapper gives it."""

    fact: Word


class Told(Strict):
    """A fixed text, or a fact of the record."""

    text: Word | None = None
    fact: Word | None = None

    @model_validator(mode="after")
    def _has_one(self) -> Told:
        if (self.text is None) == (self.fact is None):
            raise ValueError("is neither a text nor a fact; write a text, or {fact: name}")
        return self

    def said(self, facts: Mapping[str, str]) -> str | None:
        """Return the text, or what the record says; None where it says nothing."""
        return self.text if self.fact is None else facts.get(self.fact) or None


TextOrFact = Annotated[Told, BeforeValidator(_fact_or_text)]


def _span(given: Any) -> Any:
    if isinstance(given, str) and re.fullmatch(r"[1-9]\d{0,3} (hour|day|week|month|year)s?", given):
        return given
    raise ValueError("should look like 24 months; write a number and hours, days, weeks, months or years")


class Expiry(Strict):
    """When a yes ends: at a moment the source tells, or so long after the act."""

    fact: Word | None = None
    after: Annotated[str, BeforeValidator(_span)] | None = None

    @model_validator(mode="after")
    def _has_one(self) -> Expiry:
        if (self.fact is None) == (self.after is None):
            raise ValueError("is neither a moment nor a time; write {fact: name}, or {after: 24 months}")
        return self


class ConsentField(Strict):
    """What one field of one source means for consent."""

    field: Word
    channel: Channel
    purpose: Purpose
    role: Literal["origin", "mirror"] = Field(description="where the person acts, or a copy that may only withdraw")
    veto: bool = Field(False, description="a platform's own state: while it is negative it outranks every other act")
    values: dict[str, Decision] = Field(min_length=1, description="value as reported: what it means; others: nothing")
    wording: TextOrFact | None = None
    time: Annotated[dict[Timed, Fact], BeforeValidator(_one_or_each)] = Field(default_factory=dict)
    place: TextOrFact | None = None
    method: Word | None = None
    needs: list[Word] = Field(default_factory=list, description="facts without which a yes does not count")
    unit: Fact | None = Field(None, description="what the same field of one record says more than once about")
    expires: Expiry | None = Field(None, description="when a yes ends; without it, it does not")

    @model_validator(mode="after")
    def _grants_only_with_proof(self) -> ConsentField:
        meant = [each for each in YES if each in self.values.values()]
        if meant and self.role == "mirror":
            raise ValueError("a mirror cannot grant; write nothing instead of granted, or declare the origin")
        if self.values.get("any") in YES:
            raise ValueError("not any value can be a grant; name the value that is")
        if any(not (self.wording and self.place and self.time_fact(each)) for each in meant):
            raise ValueError("a grant without wording, time and place does not count; say where they stand")
        return self

    @model_validator(mode="after")
    def _means_what_it_may(self) -> ConsentField:
        meant = self.values.values()
        if "blocked" in meant and not self.veto:
            raise ValueError("only a platform blocks; add veto: true, or write withdrawn")
        if "soft_opt_in" in meant and (self.channel not in SOFT_CHANNELS or self.purpose != "marketing"):
            raise ValueError("a soft opt-in is for marketing by email or sms; ask for consent, and write granted")
        return self

    def meaning(self, value: str | None) -> Decision:
        """Return what a reported value means; nothing, when it is not declared. `any` stands for all others."""
        reported = (value or "").strip().lower()
        if not reported:
            return "nothing"
        return self.values.get(reported) or self.values.get("any", "nothing")

    def time_fact(self, decision: Decision) -> str | None:
        """Return the name of the fact that says when, None when the source does not say."""
        told = (None if decision == "nothing" else self.time.get(decision)) or self.time.get("any")
        return told.fact if told else None


class Minors(Strict):
    """Who is too young to be advertised to without a parent's consent."""

    age: Annotated[int, Field(ge=13, le=18)] = Field(16, description="of age from this birthday on")
    unknown: Literal["adult", "minor"] = Field("adult", description="what somebody without a birth date is taken for")


class Service(Strict):
    """What permits messages of service beside an order."""

    accounts: list[Name] = Field(default_factory=list, description="sources whose customers have an account there")


class ConsentRules(Strict):
    """What the fields of each source mean; a field that is not here means nothing."""

    sources: dict[Name, list[ConsentField]] = Field(default_factory=dict)
    minors: Minors = Minors()
    service: Service = Service()

    def meaning_of(self, source: str, field: str) -> ConsentField | None:
        """Return the declaration of a field."""
        return next((each for each in self.sources.get(source, ()) if each.field == field), None)
