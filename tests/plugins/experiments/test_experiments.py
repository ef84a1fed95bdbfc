"""An experiment from its start to its verdict: who is in which half, who is withheld, and what both bought."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.parsers.expat import ParserCreate

import pytest

from plugins.hub.auditing import logged
from plugins.hub.experiment_commands import EVERY, look, run_due, work_out
from plugins.hub.experiment_results import joining_of, keep, kept
from plugins.hub.meaning import read_meaning
from plugins.hub.plans import Hub, planned
from plugins.hub.rule_examples import run_all
from plugins.rules.complaint import RulesError
from plugins.rules.load import load_rules
from plugins.store.decided_tables import experiment_member
from plugins.store.engine import Store
from tests.making import act, clock_at, customer, hub_on, orders, record, rules_in, stored
from tests.making import keep as keep_records
from tests.road.conftest import own_environment

__all__ = ["own_environment"]
LETTERS = """\
objective: Sell more.
group: letter
statement: Who gets the letter buys more often.
window: 10 days
baseline: 20%
minimum_effect: 60%
joining: 5 days
stratify: [language]
examples:
- {title: all of them, treated: {people: 20, bought: 20}, control: {people: 20, bought: 2}, expect: better}
"""
DAY = 24


def people(count: int, start: int = 0) -> list[Any]:
    """Return readers who bought once, long ago."""
    names = [f"reader{number}" for number in range(start, start + count)]
    tongues = {name: "nl" if number % 3 else "fr" for number, name in enumerate(names)}
    return [[customer(name, language=tongues[name]), act(name), orders(name)] for name in names]


@pytest.fixture
def hub(sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """Forty readers and an experiment on them, two days after the morning everything begins."""
    return opened(sqlite_store, tmp_path, monkeypatch)


@pytest.fixture
def hub_on_both(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    return opened(store, tmp_path, monkeypatch)


def opened(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    monkeypatch.setenv("ROTONDE_HOME", str(folder))
    rules = rules_in(folder / "sync_rules")
    (rules / "experiments").mkdir()
    (rules / "experiments" / "letters.yml").write_text(LETTERS)
    keep_records(store, people(40))
    return hub_on(store, rules, 2 * DAY)


def at(hub: Hub, day: float) -> Hub:
    return replace(hub, clock=clock_at(day * DAY))


def halves(hub: Hub) -> dict[str, bool]:
    """Return who is treated, by profile."""
    return {row["profile_id"]: bool(row["is_treated"]) for row in stored(hub.store, experiment_member)}


def told(hub: Hub) -> set[str]:
    """Return who would get the letter."""
    with planned(hub, "mailchimp") as (connection, _, _):
        found = connection.execute("SELECT profile_id FROM desired WHERE list_contains(tags, 'letter')").fetchall()
    return {profile for (profile,) in found}


def bought(name: str, day: float, cents: int = 3000, channel: str = "web") -> dict[str, Any]:
    at_day = 2 + int(day)
    paid = {"customer_id": name, "channel": channel, "ordered_at": f"2026-03-{at_day:02d}T20:00:00+00:00",
            "is_paid": True, "currency": "EUR", "total_minor": cents}  # fmt: skip
    return record("order", "woocommerce", f"{name}:{day}", **paid)


def names_of(hub: Hub) -> dict[str, str]:
    """Return the name of each profile."""
    with planned(hub, "mailchimp") as (connection, _, _):
        found = connection.execute("SELECT profile_id, source_id FROM assigned WHERE source = 'woocommerce'").fetchall()
    return dict(found)


def test_half_of_each_stratum_is_withheld_and_the_rest_is_told(hub_on_both: Hub) -> None:
    hub = hub_on_both
    ((found, drawn),) = work_out(hub, EVERY, begins=True)
    assert (found.persons, drawn, found.held) == (40, 40, "")
    rows = stored(hub.store, experiment_member)
    for tongue in ("nl", "fr"):
        mine = [bool(row["is_treated"]) for row in rows if row["stratum"] == tongue]
        assert len(mine) > 10
        assert abs(sum(mine) - len(mine) / 2) <= 1
    assert told(hub) == {profile for profile, is_treated in halves(hub).items() if is_treated}


def test_who_is_drawn_once_stays_where_they_are(hub: Hub) -> None:
    work_out(hub, EVERY, begins=True)
    before = halves(hub)
    ((_, drawn),) = work_out(at(hub, 3), EVERY, begins=True)
    assert drawn == 0
    assert halves(hub) == before


def test_a_plan_draws_no_lots(hub: Hub) -> None:
    ((found, drawn),) = work_out(hub, EVERY)
    assert (found.persons, drawn, stored(hub.store, experiment_member)) == (40, 0, [])


def test_who_comes_later_waits_for_their_lot_and_keeps_the_halves_equal(hub: Hub) -> None:
    work_out(hub, EVERY, begins=True)
    before = told(hub)
    keep_records(hub.store, people(20, start=40))
    assert told(at(hub, 3)) == before
    ((_, drawn),) = work_out(at(hub, 3), EVERY, begins=True)
    assert drawn == 20
    assert abs(sum(halves(hub).values()) - 30) <= 2


def test_too_few_do_not_begin_unless_somebody_answers_for_it(hub: Hub) -> None:
    asked = hub.meaning.experiments["letters"].model_copy(update={"minimum_effect": 10})
    hub = replace(hub, meaning=replace(hub.meaning, experiments={"letters": asked}))
    ((found, drawn),) = work_out(hub, EVERY, begins=True)
    assert (found.held, drawn) == ("needs 588 persons who can be told, and there are 40", 0)
    assert len(told(hub)) == 40
    ((_, drawn),) = work_out(hub, EVERY, begins=True, accept=True)
    assert drawn == 40
    (line,) = logged(hub.store, 5)
    assert (line["kind"], line["about"]) == ("override", "experiment letters")


def test_what_both_halves_buy_is_counted_in_shop_and_web_within_the_window(hub: Hub) -> None:
    work_out(hub, EVERY, begins=True)
    names = names_of(hub)
    treated = sorted(names[profile] for profile, is_treated in halves(hub).items() if is_treated)
    control = sorted(names[profile] for profile, is_treated in halves(hub).items() if not is_treated)
    keep_records(hub.store, [bought(name, 5, channel="store") for name in treated[:15]])
    keep_records(hub.store, [bought(name, 6) for name in control[:2]], bought(control[3], 20), bought(treated[16], 20))
    (early,) = look(at(hub, 10))
    assert early.verdict == "not over yet"
    (found,) = look(at(hub, 25))
    assert (found.treated.buyers, found.control.buyers) == (15, 2)
    assert (found.treated.in_shop, found.control.on_web) == (15, 2)
    assert found.verdict == "better"
    assert found.treated.spent_minor == 15 * 3000


def test_the_result_is_a_file_and_a_picture_that_says_the_same(hub: Hub) -> None:
    work_out(hub, EVERY, begins=True)
    (found,) = look(at(hub, 25))
    path = keep(hub.store, found, hub.clock())
    said = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert (said["verdict"], said["treated"]["persons"] + said["control"]["persons"]) == ("no difference shown", 40)
    drawn = path.read_text("utf-8")
    ParserCreate().Parse(drawn, True)
    words = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", drawn))
    assert said["told"] in words
    assert "Who gets the letter buys more often." in words


def test_when_it_is_over_everybody_gets_it(hub: Hub) -> None:
    work_out(hub, EVERY, begins=True)
    assert len(told(at(hub, 12))) < 40
    assert len(told(at(hub, 40))) == 40


def test_a_rule_that_changes_later_changes_nothing_that_began(hub: Hub) -> None:
    work_out(hub, EVERY, begins=True)
    changed = hub.meaning.experiments["letters"].model_copy(update={"window": (1, "days"), "joining": (1, "days")})
    hub = replace(hub, meaning=replace(hub.meaning, experiments={"letters": changed}))
    (found,) = look(at(hub, 10))
    assert found.verdict == "not over yet"


@pytest.mark.parametrize(
    ("stands", "instead", "complaint"),
    [
        ("group: letter", "group: leter", "2:8: leter: no such audience; did you mean 'letter'?"),
        ("minimum_effect: 60%\n", "", "1:1: the file: bought needs baseline and minimum_effect"),
        ("minimum_effect: 60%", "minimum_effect: 90%", "1:1: the file: baseline and minimum_effect are more than"),
        ("stratify: [language]", "stratify: [groups]", "8:12: groups: no trait with a few values"),
        ("window: 10 days", "window: soon", "4:9: window: should look like 12 months"),
        ("baseline: 20%", "baseline: 20", "5:11: baseline: should look like 10%"),
        ("stratify: [language]", "control: 90%", "8:10: control: is too large; write at most 50"),
        ("objective: Sell more.\n", "", "1:1: objective: missing; add it"),
        ("statement:", "hypothesis:", "3:1: hypothesis: unknown key"),
        ("bought: 20}", "bought: 21}", "10:33: treated: more bought than there are people"),
        ("bought: 20}", "mean_cents: 500}", "1:1: the file: halves of an example of bought have people and bought"),
        ("expect: better", "expect: splendid", "10:"),
    ],
)  # fmt: skip
def test_a_bad_experiment_is_told_with_its_place(tmp_path: Path, stands: str, instead: str, complaint: str) -> None:
    rules = rules_in(tmp_path / "sync_rules")
    (rules / "experiments").mkdir()
    assert stands in LETTERS
    (rules / "experiments" / "letters.yml").write_text(LETTERS.replace(stands, instead))
    with pytest.raises(RulesError) as wrong:
        read_meaning(rules)
    assert any(
        str(each).startswith(f"sync_rules/experiments/letters.yml:{complaint}") for each in wrong.value.complaints
    ), wrong.value


def test_an_audience_is_withheld_once(tmp_path: Path) -> None:
    rules = rules_in(tmp_path / "sync_rules")
    (rules / "experiments").mkdir()
    for name in ("one", "two"):
        (rules / "experiments" / f"{name}.yml").write_text(LETTERS)
    letter = rules / "audiences" / "letter.yml"
    with pytest.raises(RulesError, match="letter is the group of experiment one too; end the other one first"):
        read_meaning(rules)
    (rules / "experiments" / "two.yml").unlink()
    letter.write_text(letter.read_text() + "holdout: 10%\n")
    with pytest.raises(RulesError, match="letter has a holdout of its own; take holdout out of the audience"):
        read_meaning(rules)


def test_an_example_that_does_not_come_out_as_it_says_is_told_with_its_place(tmp_path: Path) -> None:
    rules = rules_in(tmp_path / "sync_rules")
    (rules / "experiments").mkdir()
    (rules / "experiments" / "letters.yml").write_text(LETTERS.replace("expect: better", "expect: worse"))
    _, (complaint,) = run_all(load_rules(rules))
    assert complaint.line == 10
    assert complaint.what == "all of them: the verdict is 'better'"


def test_every_sync_puts_down_what_shows_and_who_joined(hub: Hub) -> None:
    assert kept(hub.store, "letters") is None
    ((line,), (again,)) = run_due(hub, quiet=True), run_due(at(hub, 25), quiet=True)
    assert (line["joined"], again["joined"], again["members"]) == (40, 0, 40)
    joined, shown = joining_of(hub.store, "letters"), kept(hub.store, "letters")
    assert joined
    assert joined["members"] == 40
    assert shown
    assert (shown["verdict"], shown["at"][:10]) == ("no difference shown", "2026-03-27")
