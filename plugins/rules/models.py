"""The shapes of rule files: what may stand in them, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from plugins.rules.identity import Identity, IdentityModel
from plugins.rules.loyalty import Loyalty
from plugins.rules.strict import Name, Percent, Strict, Word

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
Decision = Literal["granted", "withdrawn", "refused", "objected", "pending", "nothing"]
Timed = Literal["any", "granted", "withdrawn", "refused", "objected", "pending"]
Survivor = Literal["most_recent", "most_complete", "most_frequent"]
GoldenField = Literal[
    "first_name",
    "infix",
    "last_name",
    "gender",
    "birth_date",
    "language",
    "email",
    "phone",
    "card",
    "street",
    "house_number",
    "house_suffix",
    "postcode",
    "city",
    "country",
    "customer_number",
    "store_id",
]
Holding = Literal["tag", "segment", "custom_audience", "user_list", "customer_list", "file"]


def _fact_or_text(given: Any) -> Any:
    return {"text": given} if isinstance(given, str) else given


def _one_or_each(given: Any) -> Any:
    return {"any": given} if isinstance(given, dict) and "fact" in given else given


class Delivery(Strict):
    """How a destination holds an audience, and which traits go along."""

    kind: Holding = Field(alias="as", description="what the destination calls it")
    name: Word | None = Field(None, description="its name there; the file's name by default")
    fields: dict[Word, Word] = Field(default_factory=dict, description="field at the destination: trait")


class Guard(Strict):
    """Stops a run that changes more than this many percent; never consent or erasure."""

    shrink: Annotated[Percent, Field(ge=0, le=100)] | None = None
    grow: Annotated[Percent, Field(ge=0)] | None = None


class Example(Strict):
    """One person, as the traits say, and whether the audience has them."""

    title: Word
    given: dict[Word, Any]
    expect: Literal["in", "out"]


class Audience(Strict):
    """Who, to where."""

    description: Word
    objective: Word | None = Field(None, description="becomes the experiment's objective")
    where: Annotated[str, Field(min_length=1)] = Field(description="a condition over traits")
    to: dict[Name, Delivery] = Field(min_length=1)
    holdout: Annotated[Percent, Field(ge=0, le=50)] = Field(0, description="percent withheld")
    guard: Guard = Guard()
    examples: list[Example] = Field(min_length=1)


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
    needs: list[Word] = Field(default_factory=list, description="facts without which a grant does not count")

    @model_validator(mode="after")
    def _grants_only_with_proof(self) -> ConsentField:
        is_grant = "granted" in self.values.values()
        if is_grant and self.role == "mirror":
            raise ValueError("a mirror cannot grant; write nothing instead of granted, or declare the origin")
        if self.values.get("any") == "granted":
            raise ValueError("not any value can be a grant; name the value that is")
        if is_grant and not (self.wording and self.place and self.time_fact("granted")):
            raise ValueError("a grant without wording, time and place does not count; say where they stand")
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


class ConsentRules(Strict):
    """What the fields of each source mean; a field that is not here means nothing."""

    sources: dict[Name, list[ConsentField]] = Field(default_factory=dict)

    def meaning_of(self, source: str, field: str) -> ConsentField | None:
        """Return the declaration of a field."""
        return next((each for each in self.sources.get(source, ()) if each.field == field), None)


class Survival(Strict):
    """Which source's value the golden profile takes."""

    prefer: list[Name] = Field(default_factory=list)
    then: Survivor = "most_recent"


TIERS: dict[str, list[GoldenField]] = {
    "primary": ["first_name", "last_name", "email", "phone"],
    "secondary": ["street", "house_number", "postcode", "city", "birth_date"],
    "tertiary": ["language", "gender", "store_id"],
}


class Tiers(Strict):
    """Which fields of the golden profile matter how much; a tier that is not here keeps its built-in fields."""

    primary: list[GoldenField] | None = Field(None, description="without one of these a profile is incomplete")
    secondary: list[GoldenField] | None = Field(None, description="good to know")
    tertiary: list[GoldenField] | None = Field(None, description="nice to know")

    @property
    def given(self) -> dict[str, list[GoldenField]]:
        """Return the tiers that the file names."""
        named = {"primary": self.primary, "secondary": self.secondary, "tertiary": self.tertiary}
        return {tier: fields for tier, fields in named.items() if fields is not None}

    @property
    def fields(self) -> dict[str, list[GoldenField]]:
        """Return the fields of each tier; what the file puts into one is in no built-in other."""
        taken = {field for fields in self.given.values() for field in fields}
        built_in = {tier: [field for field in fields if field not in taken] for tier, fields in TIERS.items()}
        return {**built_in, **self.given}


class Survivorship(Strict):
    """One rule per field of the golden profile, `most_recent` for the others; and how much each field matters."""

    fields: dict[Name, Survival] = Field(default_factory=dict)
    tiers: Tiers = Tiers()

    def rule(self, field: str) -> Survival:
        """Return the rule of a field."""
        return self.fields.get(field) or Survival()


RULE_FILES: dict[str, type[Strict]] = {
    "consent.yml": ConsentRules,
    "survivorship.yml": Survivorship,
    "identity.yml": Identity,
    "identity_model.yml": IdentityModel,
    "loyalty.yml": Loyalty,
}


def editor_schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of each kind of rule file, for editors."""
    kinds: dict[str, type[Strict]] = {
        "audience": Audience,
        **{file.removesuffix(".yml"): model for file, model in RULE_FILES.items()},
    }
    return {kind.removesuffix(".yml"): model.model_json_schema() for kind, model in kinds.items()}
