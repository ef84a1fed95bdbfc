"""How many it takes and how sure one is, against published numbers."""

from __future__ import annotations

import math
import random

import pytest

from plugins.experiments.statistics import Half, is_mismatched, lift, needed
from plugins.rules.experiments import Experiment


def rule(**more: object) -> Experiment:
    each = {
        "people": 9,
        **({"bought": 1} if more.get("metric") != "spent" else {"mean_cents": 5, "deviation_cents": 5}),
    }
    examples = [{"title": "x", "treated": each, "control": each, "expect": "no difference shown"}]
    known = {"objective": "x", "group": "g", "statement": "s", "window": "30 days", "baseline": "10%",
             "minimum_effect": "5%", "examples": examples, **more}  # fmt: skip
    return Experiment.model_validate({name: value for name, value in known.items() if value is not None})


def half(persons: int, buyers: int, spent: int = 0, squared: int = 0) -> Half:
    return Half(persons, buyers, spent, squared)


def test_as_many_are_needed_as_the_textbook_says() -> None:
    """Fleiss, Levin and Paik: 10 % against 15 %, 95 % sure, 80 % of the time: 686 in each half."""
    found = needed(rule())
    assert (found.treated, found.control) == (686, 686)


def test_a_small_control_takes_more_persons() -> None:
    found = needed(rule(control="20%"))
    assert found.control < 686 < found.treated
    assert found.people > 2 * 686


def test_of_money_it_goes_by_how_far_persons_are_apart() -> None:
    """16 s²/d² of each is the rule of thumb (Lehr 1992)."""
    found = needed(
        rule(metric="spent", baseline=None, minimum_effect=None, deviation_cents=4000, minimum_effect_cents=1000)
    )
    assert found.control == pytest.approx(16 * 16, rel=0.03)
    assert found.treated == found.control


def test_the_interval_of_shares_is_newcombes() -> None:
    """Newcombe 1998, table II, example a: 56/70 against 48/80 gives 0.0524 to 0.3339."""
    found = lift("bought", half(70, 56), half(80, 48))
    assert found is not None
    assert (round(found.difference, 4), round(found.low, 4), round(found.high, 4)) == (0.2, 0.0524, 0.3339)
    assert found.verdict == "better"
    assert (lift("bought", half(80, 48), half(70, 56)) or found).verdict == "worse"


def test_nothing_is_shown_where_nothing_is() -> None:
    found = lift("bought", half(100, 10), half(100, 11))
    assert found is not None
    assert found.verdict == "no difference shown"
    assert lift("bought", half(1, 1), half(100, 3)) is None


def test_the_interval_of_means_holds_as_often_as_it_says() -> None:
    dice, inside = random.Random(7), 0
    for _ in range(400):
        one = [int(dice.gauss(1000, 300)) for _ in range(40)]
        other = [int(dice.gauss(1100, 900)) for _ in range(60)]
        found = lift("spent", _spent(one), _spent(other))
        assert found is not None
        inside += found.low <= -100 <= found.high
    assert 0.92 <= inside / 400 <= 0.98


def _spent(values: list[int]) -> Half:
    return Half(len(values), 0, sum(values), sum(value * value for value in values))


def test_halves_that_are_too_unequal_for_chance_are_broken() -> None:
    assert is_mismatched(600, 400, 50)
    assert not is_mismatched(520, 480, 50)
    assert not is_mismatched(800, 200, 20)
    assert not is_mismatched(0, 0, 50)


def test_a_difference_without_spread_is_itself() -> None:
    found = lift("spent", _spent([5, 5, 5]), _spent([3, 3, 3]))
    assert found is not None
    assert (found.difference, found.low, found.high) == (2, 2, 2)
    assert not math.isnan(found.low)
