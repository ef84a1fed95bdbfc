"""Experiments: what is shown, how sure it is, and that nothing is decided before its time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from plugins.console.charts import interval
from plugins.console.desk import Desk
from plugins.console.words import Words
from plugins.experiments.groups import Joining, begin, standings
from plugins.experiments.measuring import Outcome, Result
from plugins.experiments.statistics import lift, needed, verdict
from plugins.hub.experiment_results import keep, keep_joining
from plugins.hub.meaning import read_meaning
from tests.plugins.console.browsing import MORNING, Browser, desk_of
from tests.plugins.experiments.test_experiments import LETTERS

SAYS = Words("en")
JOINS, ENDS = "2026-03-17", "2026-03-27"


@pytest.fixture
def begun(desk: Desk, rules: Path) -> Desk:
    """A console over an experiment that began this morning with forty persons."""
    (rules / "experiments").mkdir()
    (rules / "experiments" / "letters.yml").write_text(LETTERS)
    held = (rules / "audiences" / "fans.yml").read_text() + "holdout: 20%\n"
    (rules / "audiences" / "fans.yml").write_text(held)
    hub = replace(desk.hub, meaning=read_meaning(rules))
    (waiting,) = standings(hub.store, hub.meaning.experiments, MORNING)
    found = Joining("letters", 40, needed(waiting.rule), 0, "")
    keep_joining(hub.store, [found])
    begin(hub.store, waiting, found, "1", MORNING)
    return desk_of(hub)


def looked(desk: Desk, treated: int, control: int, people: tuple[int, int] = (200, 200)) -> None:
    """Let the experiment have been looked at: so many of both halves bought."""
    halves = [Outcome(persons, persons, buyers, buyers * 2500, buyers * 2500**2, buyers, 0, persons)
              for persons, buyers in zip(people, (treated, control), strict=True)]  # fmt: skip
    (each,) = standings(desk.hub.store, desk.hub.meaning.experiments, desk.hub.clock())
    said = verdict(each.rule, halves[0].half, halves[1].half)
    shown = lift("bought", halves[0].half, halves[1].half)
    dates = (each.phase.value, each.started_on, each.ends_on)
    keep(desk.hub.store, Result("letters", each.rule.statement, "bought", *dates, *halves, shown, said), MORNING)


def page(desk: Desk, days: float = 0) -> str:
    browser = Browser(replace(desk, hub=replace(desk.hub, clock=lambda: MORNING + timedelta(days=days))))
    browser.signs_in("marketing")
    return browser.get("/experiments").text


def test_an_experiment_that_has_not_begun_says_what_it_waits_for(desk: Desk, rules: Path) -> None:
    (rules / "experiments").mkdir()
    (rules / "experiments" / "letters.yml").write_text(LETTERS)
    hub = replace(desk.hub, meaning=read_meaning(rules))
    (waiting,) = standings(hub.store, hub.meaning.experiments, MORNING)
    keep_joining(hub.store, [Joining("letters", 3, needed(waiting.rule), 0, "needs more")])
    text = page(desk_of(hub))
    assert SAYS("decided.waiting") in text
    assert SAYS("decided.needs", needed=needed(waiting.rule).people, persons=3) in text
    assert "<svg" not in text


def test_however_large_the_difference_nothing_is_decided_before_the_last_window_is_over(begun: Desk) -> None:
    assert SAYS("experiment.unseen") in page(begun)
    looked(begun, 120, 20)
    assert SAYS("decided.joining", joins=JOINS, ends=ENDS) in page(begun)
    assert SAYS("decided.measuring", ends=ENDS) in page(begun, 7)
    assert SAYS("decided.better") not in page(begun) + page(begun, 7)
    assert SAYS("decided.better") in page(begun, 20)


@pytest.mark.parametrize(
    ("treated", "control", "people", "word"),
    [
        (20, 120, (200, 200), "worse"), (50, 48, (200, 200), "alike"), (1, 0, (1, 1), "few"),
        (50, 5, (350, 50), "broken"),
    ],
)  # fmt: skip
def test_what_came_of_it_is_said_in_words(
    begun: Desk, treated: int, control: int, people: tuple[int, int], word: str
) -> None:
    looked(begun, treated, control, people)
    assert SAYS(f"decided.{word}") in page(begun, 20)
    assert (SAYS("decided.broken") in page(begun)) is (word == "broken")


def test_the_difference_is_told_with_its_interval_in_words_and_drawn_against_nothing(begun: Desk) -> None:
    looked(begun, 60, 40)
    text = page(begun)
    assert "+10.0 percentage points, between +1.5 and +18.3 with 95 % certainty." in text
    assert f'<text class="middle" x="180.0" y="16">{SAYS("experiment.nothing")}</text>' in text
    assert '<td class="n">30.0 %</td>' in text
    drawn = interval(-1.0, 0.5, 2.0)
    assert drawn.low < drawn.zero < drawn.middle < drawn.high


def test_who_gets_nothing_is_said_of_experiments_and_of_audiences_that_hold_out(begun: Desk) -> None:
    text = page(begun)
    assert f"<dt>{SAYS('experiment.control')}</dt><dd>50 %</dd>" in text
    assert '<a href="/audiences/fans">fans</a></th><td class="n">20 %</td><td class="n">–</td>' in text
