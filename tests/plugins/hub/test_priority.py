"""Of a list of audiences a person is in the first alone; who is out, and why, stands in the plan."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plugins.hub.meaning import read_meaning
from plugins.store.engine import Store
from tests.making import customer, keep, reader
from tests.plugins.hub.commands import said
from tests.plugins.hub.test_planning import Desk

FIRST = "first_of: [[fans, letter]]\n"


@pytest.fixture
def ranked(sqlite_store: Store, rules: Path) -> Iterator[Desk]:
    """A desk whose fans get no letter."""
    (rules / "priority.yml").write_text(FIRST)
    made = Desk(sqlite_store, read_meaning(rules))
    yield made
    made.close()


def test_who_matches_two_audiences_of_a_list_is_in_the_first_alone(ranked: Desk) -> None:
    keep(ranked.store, reader("ann", 2), reader("bob"))
    made = ranked.plan()
    assert ranked.rows("tags_on") == [("add", "ann", ["fans"]), ("add", "bob", ["letter"])]
    assert made.matched == 2


def test_who_is_withheld_from_the_first_audience_is_in_no_later_one(sqlite_store: Store, rules: Path) -> None:
    (rules / "priority.yml").write_text(FIRST)
    fans = rules / "audiences" / "fans.yml"
    fans.write_text(fans.read_text() + "holdout: 50%\n")
    desk = Desk(sqlite_store, read_meaning(rules))
    people = [f"p{number}" for number in range(20)]
    keep(sqlite_store, *(reader(each, 2) for each in people))
    made = desk.plan()
    assert 0 < made.held_out < 20
    assert {tuple(tags) for _, _, tags in desk.rows("tags_on")} == {("fans",)}
    assert made.add == 20 - made.held_out
    desk.close()


def test_a_plan_says_who_is_in_another_audience_first(rotonde: Any, rules: Path, sqlite_store: Store) -> None:
    (rules / "priority.yml").write_text(FIRST)
    keep(sqlite_store, reader("ann", 2), reader("bob"))
    (made,) = said(rotonde("plan", "mailchimp", "--json"))
    assert made["yielded"] == [{"audience": "letter", "to": "fans", "persons": 1}]
    (found,) = said(rotonde("why", "ann@example.nl", "--in", "letter", "--json"))
    assert [each["outcome"] for each in found["destinations"]] == ["is in fans, which comes first"]


def test_a_plan_says_who_is_out_because_nobody_knows(rotonde: Any, rules: Path, sqlite_store: Store) -> None:
    letter = rules / "audiences" / "letter.yml"
    letter.write_text(
        letter.read_text().replace("where: order_count >= 1", "where: order_count >= 1 and not has_open_case")
    )
    letter.write_text(letter.read_text().replace("{order_count: 3}", "{order_count: 3, has_open_case: false}"))
    keep(sqlite_store, reader("ann"), reader("bob"), customer("cas"))
    (made,) = said(rotonde("plan", "mailchimp", "--json"))
    assert made["undecided"] == [
        {"audience": "letter", "trait": "has_open_case", "persons": 2,
         "told_by": "nobody: no source with a service_case is read"}
    ]  # fmt: skip
    assert "Out at mailchimp because it is not known" in rotonde("plan", "mailchimp").stdout
