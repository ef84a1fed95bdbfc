"""A plan tells of each audience who gets through and where the others stay, which overlap, and who is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plugins.store.engine import Store
from tests.making import act, customer, keep, orders, pushed, reader, withdrawal
from tests.plugins.hub.commands import said

STEPS = ("matched", "yielded", "held_out", "capped", "not_permitted", "reachable", "add", "change")


def funnels(rotonde: Any, *options: str) -> dict[str, tuple[int, ...]]:
    """Return the steps of each audience of the plan."""
    (made,) = said(rotonde("plan", "mailchimp", "--json", *options))
    return {each["audience"]: tuple(each[step] for step in STEPS) for each in made["funnel"]}


@pytest.fixture
def people(sqlite_store: Store) -> None:
    """Two fans, one of whom may not be written to; a reader, and one who was there before; one who never bought."""
    keep(sqlite_store, reader("ann", 2), [reader("eva", 2), withdrawal("eva")], reader("bob"), reader("dan"))
    keep(sqlite_store, customer("cas"), act("cas"))
    pushed(sqlite_store, {"wire_id": "dan@example.nl", "payload": '{"tags_on":["spring"]}'})


@pytest.mark.usefixtures("people")
def test_who_matches_is_pushed_or_stays_behind_somewhere(rotonde: Any) -> None:
    assert funnels(rotonde) == {"fans": (2, 0, 0, 0, 1, 1, 1, 0), "letter": (4, 0, 0, 0, 1, 3, 2, 1)}


@pytest.mark.usefixtures("people")
def test_who_is_in_another_audience_first_is_counted_there(rotonde: Any, rules: Path) -> None:
    (rules / "priority.yml").write_text("first_of: [[fans, letter]]\n")
    assert funnels(rotonde) == {"fans": (2, 0, 0, 0, 1, 1, 1, 0), "letter": (4, 2, 0, 0, 0, 2, 1, 1)}


def test_the_steps_add_up_with_a_holdout(rotonde: Any, rules: Path, sqlite_store: Store) -> None:
    letter = rules / "audiences" / "letter.yml"
    letter.write_text(letter.read_text() + "holdout: 50%\n")
    keep(sqlite_store, [reader(f"p{number:03d}") for number in range(70)])
    matched, yielded, held_out, capped, not_permitted, reachable, add, _ = funnels(rotonde)["letter"]
    assert matched == 70 == yielded + held_out + capped + not_permitted + reachable
    assert (0 < held_out < 70, add) == (True, reachable)


@pytest.mark.usefixtures("people")
def test_two_audiences_overlap_by_whom_they_share(rotonde: Any) -> None:
    (made,) = said(rotonde("plan", "mailchimp", "--json"))
    assert made["overlap"] == [{"audience": "fans", "other": "letter", "persons": 2, "percent_of_smaller": 100}]
    assert "In two audiences of mailchimp" in rotonde("plan", "mailchimp", "--overlap").stdout
    assert "In two audiences of mailchimp" not in rotonde("plan", "mailchimp").stdout


@pytest.mark.usefixtures("people")
def test_persons_are_named_when_asked_and_never_by_their_address(rotonde: Any) -> None:
    (made,) = said(rotonde("plan", "mailchimp", "--json", "--names"))
    assert sorted((each["operation"], each["why"]) for each in made["names"]) == [
        ("add", "fans, letter"), ("add", "letter"), ("change", "letter; no longer spring"),
    ]  # fmt: skip
    assert all(each["name"] and each["profile_id"] for each in made["names"])
    text = rotonde("plan", "mailchimp", "--names", "--most", "1").stdout
    assert "Who, at mailchimp" in text
    assert "@" not in text
    (made,) = said(rotonde("plan", "mailchimp", "--json"))
    assert made["names"] == []


def test_who_leaves_is_named_first(rotonde: Any, sqlite_store: Store) -> None:
    keep(sqlite_store, reader("ann"), orders("ann"), [reader("eva"), withdrawal("eva")])
    pushed(sqlite_store, {"wire_id": "eva@example.nl"})
    (made,) = said(rotonde("plan", "mailchimp", "--json", "--names", "--most", "1"))
    assert [(each["operation"], each["why"]) for each in made["names"]] == [("remove", "consent withdrawn")]
