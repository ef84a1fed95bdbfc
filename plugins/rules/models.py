"""The shapes of rule files: what may stand in them, and nothing else."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from plugins.rules.alerts import Alerts
from plugins.rules.caps import Caps
from plugins.rules.consent import ConsentRules
from plugins.rules.identity import Identity, IdentityModel
from plugins.rules.loyalty import Loyalty
from plugins.rules.owners import Owners
from plugins.rules.priority import Priority
from plugins.rules.promotions import Promotions
from plugins.rules.retention import Retention
from plugins.rules.strict import Name, Percent, Strict, Word

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
Holding = Literal["tag", "segment", "custom_audience", "user_list", "customer_list", "file", "event"]


class FieldRule(Strict):
    """A field that is written only sometimes."""

    trait: Word
    write: Literal["always", "create_only", "update_only", "set_if_empty"] = Field(
        "always", description="to whom: everybody, who is new there, who was there, or who has nothing in it"
    )
    unknown: Literal["wipe", "keep"] = Field("wipe", description="what is done there where the trait is not known")


class Delivery(Strict):
    """How a destination holds an audience, and which traits go along."""

    kind: Holding = Field(alias="as", description="what the destination calls it")
    name: Word | None = Field(None, description="its name there; the file's name by default")
    fields: dict[Word, Word | FieldRule] = Field(
        default_factory=dict,
        description="field at the destination, or property of an event: trait, or a rule when it is written",
    )

    @property
    def rules(self) -> dict[str, FieldRule]:
        """Return the rule of each field."""
        return {name: FieldRule(trait=each) if isinstance(each, str) else each for name, each in self.fields.items()}


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
    "retention.yml": Retention,
    "priority.yml": Priority,
    "owners.yml": Owners,
    "caps.yml": Caps,
    "promotions.yml": Promotions,
    "alerts.yml": Alerts,
}
