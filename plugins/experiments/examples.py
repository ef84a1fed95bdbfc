"""The examples inside an experiment: what two halves may have done, put before the very statistics that decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from plugins.experiments.statistics import Half, verdict
from plugins.rules.complaint import Complaint
from plugins.rules.experiments import Experiment, ExperimentHalf
from plugins.rules.yaml_file import Places


def run_experiment_examples(experiments: Mapping[str, Experiment], places: Mapping[str, Places]) -> list[Complaint]:
    """Return the examples that do not come out as they say, with their place; `places` by the experiment's name."""
    return [complaint for name, rule in experiments.items() for complaint in _failures(rule, places[name])]


def _failures(rule: Experiment, places: Places) -> Iterator[Complaint]:
    for place, example in enumerate(rule.examples):
        found = verdict(rule, _half(example.treated), _half(example.control))
        if found != example.expect:
            at = places.value(("examples", place, "expect"))
            yield places.complaint(at, f"{example.title}: the verdict is '{found}'", "correct the example")


def _half(said: ExperimentHalf) -> Half:
    mean, deviation = said.mean_cents or 0, said.deviation_cents or 0
    squared = said.people * mean**2 + (said.people - 1) * deviation**2
    return Half(said.people, said.bought or 0, said.people * mean, squared)
