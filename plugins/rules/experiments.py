"""What may stand in the file of an experiment: what is tried on whom, what is to be seen, and how long one looks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from plugins.rules.catalogue import Catalogue
from plugins.rules.complaint import Complaint, did_you_mean
from plugins.rules.loyalty import Day, Span
from plugins.rules.models import Audience
from plugins.rules.offers import Cents
from plugins.rules.strict import Name, Percent, Strict, Word
from plugins.rules.yaml_file import Places

Share = Annotated[Percent, Field(ge=1, le=99)]


class ExperimentHalf(Strict):
    """What one half may have done in an example."""

    people: Annotated[int, Field(ge=1)]
    bought: Annotated[int, Field(ge=0)] | None = Field(None, description="of metric bought: how many of them bought")
    mean_cents: Cents | None = Field(None, description="of metric spent: what each spent")
    deviation_cents: Cents | None = Field(None, description="of metric spent: how far single persons are from the mean")

    @model_validator(mode="after")
    def _is_possible(self) -> ExperimentHalf:
        if (self.bought or 0) > self.people:
            raise ValueError("more bought than there are people; write fewer")
        return self


class ExperimentExample(Strict):
    """Two halves after their windows, and what that shows."""

    title: Word
    treated: ExperimentHalf
    control: ExperimentHalf
    expect: Literal["better", "worse", "no difference shown", "broken"]


class Experiment(Strict):
    """Half of an audience gets what it is for, the other half nothing, and what both buy is compared."""

    objective: Word = Field(description="what it is good for")
    group: Name = Field(description="the audience; who is in the control group is withheld in every channel")
    statement: Word = Field(description="what is expected, in a sentence that can turn out wrong")
    metric: Literal["bought", "spent"] = Field("bought", description="the share that buys, or what each person spends")
    window: Span = Field(description="how long after joining what somebody buys counts, in shops and on the web")
    control: Annotated[Percent, Field(ge=5, le=50)] = Field(50, description="percent withheld")
    baseline: Share | None = Field(None, description="bought: the share that would buy anyway")
    minimum_effect: Share | None = Field(None, description="bought: how many percent points more would be worth it")
    deviation_cents: Cents | None = Field(None, description="spent: how far single persons are from the mean")
    minimum_effect_cents: Cents | None = Field(None, description="spent: how much more each would be worth it")
    stratify: list[Word] = Field(default_factory=list, description="traits of which both halves get equally many")
    starts: Day | None = Field(None, description="not before this day")
    joining: Span = Field((30, "days"), description="how long people join after the start")
    examples: list[ExperimentExample] = Field(min_length=1, description="outcomes, and what they would show")

    @model_validator(mode="after")
    def _says_what_is_enough(self) -> Experiment:
        of_bought, of_spent = (self.baseline, self.minimum_effect), (self.deviation_cents, self.minimum_effect_cents)
        needed, other = (of_bought, of_spent) if self.metric == "bought" else (of_spent, of_bought)
        if None in needed or other != (None, None):
            raise ValueError(
                "bought needs baseline and minimum_effect, spent needs deviation_cents and minimum_effect_cents; "
                "write the two that belong to the metric"
            )
        asked = {"bought"} if self.metric == "bought" else {"mean_cents", "deviation_cents"}
        halves = [half for each in self.examples for half in (each.treated, each.control)]
        if any(half.model_fields_set - {"people"} != asked for half in halves):
            raise ValueError(f"halves of an example of {self.metric} have people and {' and '.join(sorted(asked))}")
        if self.baseline and self.minimum_effect and self.baseline + self.minimum_effect > 99:
            raise ValueError("baseline and minimum_effect are more than everybody; write smaller ones")
        return self


def misgrouped(
    experiments: Mapping[str, tuple[Experiment, Places]], audiences: Mapping[str, Audience], catalogue: Catalogue,
    broken: Collection[str],
) -> Iterator[Complaint]:  # fmt: skip
    """Find groups that nobody made, that are withheld twice, and strata that are no trait."""
    taken: dict[str, str] = {}
    for name, (rule, places) in experiments.items():
        at = places.value(("group",))
        if rule.group not in audiences and rule.group not in broken:
            yield places.complaint(at, f"{rule.group}: no such audience", did_you_mean(rule.group, audiences))
        elif rule.group in audiences and audiences[rule.group].holdout:
            yield places.complaint(at, f"{rule.group} has a holdout of its own", "take holdout out of the audience")
        if taken.setdefault(rule.group, name) != name:
            what = f"{rule.group} is the group of experiment {taken[rule.group]} too"
            yield places.complaint(at, what, "end the other one first")
        for place, trait in enumerate(rule.stratify):
            if trait not in catalogue or catalogue[trait].type not in ("text", "boolean", "integer"):
                where = places.value(("stratify", place))
                words = [each.name for each in catalogue.values() if each.type in ("text", "boolean", "integer")]
                yield places.complaint(where, f"{trait}: no trait with a few values", did_you_mean(trait, words))
