"""Why somebody is in an audience or is not: part by part, and what stands between them and the channel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plugins.store.engine import Store
from tests.making import act, customer, keep, orders, reader, withdrawal
from tests.plugins.hub.commands import said

RULE = """\
description: x
where: order_count >= 1 and not groups is null and last_email_click_at >= ago('30 days')
to: {mailchimp: {as: tag}}
holdout: HOLD
examples:
- {title: x, given: {}, expect: out}
"""


@pytest.fixture
def three(sqlite_store: Store) -> None:
    """One who may be written to, one who withdrew, one who never bought."""
    keep(sqlite_store, reader("ann"), [reader("bob"), withdrawal("bob")], [customer("cas"), act("cas")])


def parts(rotonde: Any, who: str, audience: str) -> list[tuple[str, str]]:
    (found,) = said(rotonde("why", f"{who}@example.nl", "--in", audience, "--json"))
    return [(each["condition"], each["holds"]) for each in found["parts"]]


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("who", "is_in", "outcome"),
    [
        ("ann", True, ["is there, or will be by the next run"]),
        ("bob", True, ["no consent: refused"]),
        ("cas", False, []),
    ],
)
def test_a_person_is_told_what_becomes_of_them(rotonde: Any, who: str, is_in: bool, outcome: list[str]) -> None:
    (found,) = said(rotonde("why", f"{who}@example.nl", "--in", "letter", "--json"))
    assert (found["is_in"], [each["outcome"] for each in found["destinations"]]) == (is_in, outcome)
    assert found["parts"][0]["because"] == {"order_count": 0 if who == "cas" else 1}


@pytest.mark.usefixtures("three")
def test_each_part_that_must_hold_is_told_by_itself(rotonde: Any, rules: Path) -> None:
    (rules / "audiences" / "clicks.yml").write_text(RULE.replace("HOLD", "0%"), "utf-8")
    assert [holds for _, holds in parts(rotonde, "ann", "clicks")] == ["yes", "yes", "unknown"]
    assert [holds for _, holds in parts(rotonde, "cas", "clicks")] == ["no", "yes", "unknown"]
    assert parts(rotonde, "ann", "clicks")[0][0] == "order_count >= 1"


def test_who_is_held_out_is_told_so(rotonde: Any, rules: Path, sqlite_store: Store) -> None:
    people = [f"p{number}" for number in range(12)]
    keep(sqlite_store, *(reader(each) for each in people))
    (rules / "audiences" / "half.yml").write_text(
        RULE.replace("HOLD", "50%").replace("and not groups is null and last_email_click_at >= ago('30 days')", "")
    )
    found = [said(rotonde("why", f"{each}@example.nl", "--in", "half", "--json"))[0] for each in people]
    outcomes = [each["destinations"][0]["outcome"] for each in found]
    assert {each.partition(":")[0] for each in outcomes} == {"held out", "is there, or will be by the next run"}


def test_a_person_reads_it_too(rotonde: Any, sqlite_store: Store) -> None:
    keep(sqlite_store, customer("ann"), orders("ann"))
    told = rotonde("why", "ann@example.nl", "--in", "letter").stdout
    assert " is in letter" in told
    assert "order_count = 1" in told
    assert "nobody ever asked about email, marketing" in told


def test_an_audience_that_nobody_made_is_one_clear_line(rotonde: Any) -> None:
    wrong = rotonde("why", "ann@example.nl", "--in", "leter")
    assert (wrong.exit_code, wrong.stderr) == (2, "why: no audience 'leter'; did you mean 'letter'?\n")
    assert rotonde("why", "nobody@example.nl", "--in", "letter").exit_code == 1


def test_what_a_condition_counts_is_told_as_a_rule_writes_it(rotonde: Any, rules: Path, sqlite_store: Store) -> None:
    text = RULE.replace("HOLD", "0%")
    where = next(line for line in text.splitlines() if line.startswith("where:"))
    counting = text.replace(where, "where: bought(category => 'Truien', within => '30 days') >= 1")
    (rules / "audiences" / "sweaters.yml").write_text(counting, "utf-8")
    keep(sqlite_store, reader("ann"))
    call = "bought(category => 'Truien', within => '30 days')"
    (found,) = said(rotonde("why", "ann@example.nl", "--in", "sweaters", "--json"))
    assert found["parts"][0]["because"] == {call: None}
    (plan,) = said(rotonde("plan", "mailchimp", "--json"))
    assert plan["undecided"] == [
        {"audience": "sweaters", "trait": call, "persons": 1, "told_by": "nobody: no source with a order_line is read"}
    ]
    (story,) = said(rotonde("why", "ann@example.nl", "--json"))
    assert call in story["traits"]
    assert not [name for name in story["traits"] if name.startswith("bought_")]
