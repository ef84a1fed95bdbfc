"""What changed rules of identity would do to points is told before, and is what a resolve by them then does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mappers.loyalty.holding import hold
from plugins.hub.blast import Blast, blast
from plugins.hub.meaning import read_meaning
from plugins.store.loyalty_tables import ledger_entry, loyalty_account, loyalty_event, loyalty_subject
from tests.making import clock_at, person, stored
from tests.mappers.identity.town import Town, ids
from tests.mappers.loyalty.test_catching_up import HUB, LED, MORNING, moved, sale, sound, taken_back

STRICT, LOOSE = "accept: 60\n", "name_only: 1\naccept: 1\n"
ANN = {"first_name": "Ann", "last_name": "Zwartendijk"}
NAMES = ("Appel", "Bakker", "Citroen", "Dekker", "Esdoorn", "Fabel", "Gansen", "Hoek", "Iepen", "Jager")


def changed(town: Town, rules: Path, text: str) -> None:
    """Let the rules of identity be these."""
    (rules / "identity.yml").write_text(text)
    town.hub = replace(town.hub, meaning=read_meaning(rules))


def two(**fields: str) -> list[dict[str, Any]]:
    """Return two records that have only their name in common: one person where the rules are loose."""
    return [person(key, **ANN, **fields) for key in ("ann", "old")]


def three() -> list[dict[str, Any]]:
    """Return three records of one person, the last of which is another one where the rules are strict."""
    return [person(f"a{n}", email="ann@x.nl", last_name="Smit", first_name=name)
            for n, name in enumerate(("Ann", "Ann", "A."))]  # fmt: skip


def has(town: Town) -> dict[str, int]:
    """Return what may be spent or is set aside, by account."""
    return {each["id"]: each["available"] + each["held"] for each in stored(town.store, loyalty_account)}


def owners(town: Town) -> dict[str, str]:
    return {each["subject"]: each["account"] for each in stored(town.store, loyalty_subject)}


def told_and_done(town: Town, hour: float) -> tuple[Blast, list[int]]:
    """Return what was told, and what each account that records then left really lost or got, most first."""
    found = town.away(hour, blast)
    before, mine = has(town), owners(town)
    town.resolved(hour)
    after, theirs = has(town), owners(town)
    left = {account for subject, account in mine.items() if theirs[subject] != account}
    assert left.isdisjoint(set(theirs.values()) - set(mine.values())), "an account that loses records gets none"
    return found, sorted((before[each] - after[each] for each in left if before[each] != after[each]), reverse=True)


def test_points_of_who_would_join_others_are_told_and_nothing_is_applied(programme: Any, rules: Path) -> None:
    town = programme(HUB)
    before = town.after(1, two(), sale("r1", 5000), sale("r2", 3000, who="old"))
    kept = [stored(town.store, each) for each in (ledger_entry, loyalty_event, loyalty_subject, loyalty_account)]
    changed(town, rules, LOOSE)
    found = town.away(2, blast)
    (part,) = found.points
    (join,) = found.joins
    assert (part.one, part.other) == (join["one"], [join["other"]])
    assert part.points == found.points_moved == (50 if part.one == before["till:ann"] else 30)
    assert found.accounts_moved == 1
    assert kept == [
        stored(town.store, each) for each in (ledger_entry, loyalty_event, loyalty_subject, loyalty_account)
    ]
    assert ids(town) == before


def test_what_is_set_aside_moves_too(programme: Any, rules: Path) -> None:
    town = programme(HUB)
    town.after(1, two(), sale("r1", 5000), sale("r2", 5000, who="old"))
    with town.store.writing() as writer:
        for subject, account in owners(town).items():
            hold(writer, account, subject, f"h{subject}", 20, clock_at(2)(), life=timedelta(days=9), grace=timedelta(1))
    changed(town, rules, LOOSE)
    found, done = told_and_done(town, 24)
    assert [each.points for each in found.points] == done == [50]


@pytest.mark.parametrize(
    ("earner", "spender", "moved_points"), [("a2", "a2", 15), ("a0", "a2", -25), ("a2", "a0", 15), ("a0", "a0", 0)]
)
def test_spending_goes_with_the_record_that_spent(
    programme: Any, rules: Path, earner: str, spender: str, moved_points: int
) -> None:
    """The third record leaves two others; below nothing where it spent what they earned, who then have more."""
    town = programme(LED)
    town.after(1, three(), moved("m1", 40, MORNING, who=earner), moved("m2", -25, who=spender))
    changed(town, rules, STRICT)
    found, done = told_and_done(town, 24)
    assert [each.points for each in found.points] == done == ([moved_points] if moved_points else [])
    assert (found.points_moved, found.accounts_moved) == ((15, 1) if moved_points > 0 else (0, 0))


def test_what_lapses_meanwhile_is_not_told_as_moved(programme: Any, rules: Path) -> None:
    town = programme(HUB.replace("12 months", "2 days"))
    town.after(1, two(), sale("r1", 5000), sale("r2", 3000, who="old"))
    changed(town, rules, LOOSE)
    assert town.away(24 * 5, blast).points == []


def test_rules_that_did_not_change_move_no_points(programme: Any) -> None:
    town = programme(HUB)
    town.after(1, two(email="ann@x.nl"), sale("r1", 5000), sale("r2", 3000, who="old"))
    found = town.away(2, blast)
    assert (found.points_moved, found.accounts_moved, found.points) == (0, 0, [])


def world(dice: Random) -> list[Any]:
    """Return persons of some records each, under a name and an address of their own, who buy, bring back and spend."""
    made: list[Any] = []
    for number, name in enumerate(NAMES):
        held = [f"{number}-{n}" for n in range(dice.randint(1, 4))]
        made += [
            person(key, email=f"{name}@x.nl", first_name=dice.choice(("Ann", "A.")), last_name=name) for key in held
        ]
        for n in range(dice.randint(0, 6)):
            who, cents = dice.choice(held), dice.randint(100, 9000)
            made.append(sale(f"{number}r{n}", cents, MORNING, who))
            made.append(moved(f"{number}m{n}", dice.choice((1, 1, -1)) * dice.randint(1, 90), who=who))
            if dice.random() < 0.3:
                made.append(taken_back(f"{number}b{n}", f"{number}r{n}", cents // 2, who=who))
    return made


@pytest.mark.parametrize("text", [HUB, LED], ids=["hub", "till"])
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.long)])
def test_in_any_world_what_is_told_of_a_split_and_of_its_merge_is_what_a_resolve_moves(
    programme: Any, rules: Path, text: str, seed: int
) -> None:
    town = programme(text)
    town.after(24, *world(Random(seed)))
    for hour, identity in ((25, STRICT), (26, "accept: 2\n")):
        changed(town, rules, identity + "guard: {join: 100%, split: 100%}\n")
        found, done = told_and_done(town, hour)
        assert [each.points for each in found.points] == done
        assert found.points_moved == sum(each for each in done if each > 0) > 0
        assert found.accounts_moved == sum(each > 0 for each in done)
    assert sound(town)
