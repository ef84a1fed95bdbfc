"""Changed rules of identity: what they would do is shown before, and a change that goes too far is not put in force."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mappers.identity.lifecycle import Upheaval
from plugins.hub.blast import blast
from plugins.hub.meaning import read_meaning
from plugins.hub.placing import broken
from plugins.hub.resolving import resolve
from plugins.rules.identity import Upheaval as Limits
from plugins.store.tables import membership, profile_event, resolve_run
from tests.making import act, customer, keep, orders, person, reader, stored, withdrawal
from tests.mappers.identity.town import Town, ids

HOME = {"postcode": "1234AB", "house_number": "7"}
EVERYBODY = "accept: -50\nreview: -50\nname_only: -50\nveto: -60\n"


FIRST = "Anna Bram Cees Dirk Eva Fien Guus Hans Inge Joris Karin Lars Mila Niek Olga Puck Quin Rik Sanne Tess Umar Vera"
LAST = (
    "Appel Bakker Citroen Dekker Esdoorn Fabel Gansen Hoek Iepen Jager Koster Linde Molenaar Noord Oever Pastoor "
    "Quaedvlieg Ridder Slager Timmer Uil Visser"
)


def block_of_flats() -> list[dict[str, Any]]:
    """Return 22 people of other names who live at one address."""
    names = zip(FIRST.split(), LAST.split(), strict=True)
    return [person(f"f{n}", first_name=first, last_name=last, **HOME) for n, (first, last) in enumerate(names)]


def changed(town: Town, rules: Path, text: str) -> None:
    """Let the rules of identity be these."""
    (rules / "identity.yml").write_text(text)
    town.hub = replace(town.hub, meaning=read_meaning(rules))


def test_rules_that_did_not_change_change_nobody(town: Town) -> None:
    town.after(1, person("1", email="ann@x.nl"), person("2", email="ann@x.nl"), customer("ann"), act("ann"))
    found = town.away(2, blast)
    assert (found.is_changed, found.joins, found.splits, found.consent, found.guard) == (False, [], [], [], "")
    assert found.persons_before == found.persons_after == 2


def test_who_would_join_is_shown_with_what_agrees_and_nothing_is_applied(town: Town, rules: Path) -> None:
    ann = {"first_name": "Ann", "last_name": "Zwartendijk"}
    before = town.after(1, person("1", **ann), person("2", **ann, phone="+31687654012"), person("3"))
    changed(town, rules, "name_only: 1\naccept: 1\n")
    found = town.away(2, blast)
    assert found.is_changed
    (join,) = found.joins
    assert {join["one"], join["other"]} == {before["till:1"], before["till:2"]}
    assert (join["records"], join["agree"]) == (1, "first name + surname")
    assert (found.persons_before, found.persons_after) == (3, 2)
    assert ids(town) == before
    assert stored(town.store, profile_event) == []
    town.resolved(3)
    assert len(set(ids(town).values())) == 2


def test_whose_consent_would_narrow_and_which_audiences_lose_them_is_shown(town: Town, rules: Path) -> None:
    """Ann may be written to and Bob withdrew; by the new rules they are one person."""
    name = {"first_name": "Ann", "initial": "A", "last_name": "Zwartendijk"}
    keep(town.store, customer("ann", **name), act("ann"), orders("ann"), customer("bob", **name), withdrawal("bob"))
    town.resolved(1)
    changed(town, rules, "name_only: 1\naccept: 1\n")
    found = town.away(2, blast)
    assert [(each["channel"], each["was"], each["becomes"]) for each in found.consent] == [
        ("email", "granted", "refused")
    ]
    assert found.narrowed == 1
    assert found.audiences == [
        {"destination": "mailchimp", "audience": "letter", "before": 1, "after": 0, "in": 0, "out": 1}
    ]


def test_who_would_fall_apart_is_shown(town: Town, rules: Path) -> None:
    ann = {"first_name": "Ann", "last_name": "Smit", "email": "ann@x.nl"}
    before = town.after(1, person("1", **ann), person("2", **{**ann, "first_name": "A."}))
    assert before["till:1"] == before["till:2"]
    changed(town, rules, "accept: 60\n")
    (split,) = town.away(2, blast).splits
    assert (split["one"], split["records"], len(split["other"])) == (before["till:1"], 2, 2)


def test_i5_rules_that_would_merge_everyone_are_stopped_with_counts_and_the_rest_goes_on(
    town: Town, rules: Path
) -> None:
    before = town.after(1, block_of_flats())
    assert len(set(before.values())) == 22
    changed(town, rules, EVERYBODY)
    told = town.away(2, blast).guard
    assert told.startswith("identity.yml: 21 of 22 persons would join others; the rules before stay in force.")
    keep(town.store, customer("ann"))
    resolved = town.resolved(3)
    assert resolved.held_back == told
    made = ids(town)
    assert {key: made[key] for key in before} == before
    assert "woocommerce:ann" in made
    assert town.resolved(3).held_back == told


def test_i5_a_change_that_was_stopped_is_put_in_force_only_by_hand(town: Town, rules: Path) -> None:
    town.after(1, block_of_flats())
    changed(town, rules, EVERYBODY)
    town.resolved(2)
    done = resolve(town.engine, town.store, town.hub.meaning, town.hub.clock(), town.hub.read_as, accept=True)
    assert (done.profiles, done.held_back) == (1, "")
    assert len({each["profile_id"] for each in stored(town.store, membership)}) == 1
    assert town.resolved(24 * 11).held_back == ""
    assert '"accept": -50.0' in stored(town.store, resolve_run)[-1]["identity"]


def test_a_stopped_change_is_tried_again_when_it_is_another(town: Town, rules: Path) -> None:
    town.after(1, block_of_flats())
    changed(town, rules, EVERYBODY)
    town.resolved(2)
    changed(town, rules, "accept: 3\n")
    assert town.resolved(3).held_back == ""


def test_the_rules_before_stay_in_force_when_the_mirror_is_thrown_away(town: Town, rules: Path) -> None:
    before = town.after(1, block_of_flats())
    changed(town, rules, EVERYBODY)
    town.forget()
    assert town.resolved(2).held_back
    assert ids(town) == before


@pytest.mark.parametrize(
    ("found", "limits", "told"),
    [
        (Upheaval(19, 19, 0), (10, 10), ""),
        (Upheaval(1000, 100, 100), (10, 10), ""),
        (Upheaval(1000, 101, 0), (10, 10), "101 of 1,000 persons would join others"),
        (Upheaval(1000, 0, 101), (10, 10), "101 of 1,000 persons would fall apart"),
        (Upheaval(1000, 1, 1), (0, 0), "1 of 1,000 persons would join others and 1 of 1,000 persons would fall apart"),
        (Upheaval(1000, 999, 999), (100, 100), ""),
    ],
)
def test_the_guard_speaks_above_its_limit(found: Upheaval, limits: tuple[int, int], told: str) -> None:
    said = broken(found, Limits.model_validate({"join": f"{limits[0]}%", "split": f"{limits[1]}%"}))
    assert told in said
    assert bool(told) == bool(said)


def test_rules_in_another_folder_are_compared_without_being_put_in_force(
    town: Town, rules: Path, tmp_path: Path
) -> None:
    town.after(1, *(each for name in ("ann", "bob") for each in reader(name, 1 + (name == "ann"))))
    other = tmp_path / "other"
    shutil.copytree(rules, other)
    letter = other / "audiences" / "letter.yml"
    text = letter.read_text("utf-8").replace("where: order_count >= 1", "where: bought_once = 'no'")
    letter.write_text(text.replace("{order_count: 3}", "{bought_once: 'no'}"), "utf-8")
    (other / "traits" / "bought_once.yml").write_text(
        "description: x\ncases:\n- {where: order_count = 1, is: 'yes'}\n- {where: order_count > 1, is: 'no'}\n"
        "examples: [{title: x, given: {order_count: 2}, expect: 'no'}]\n", "utf-8")  # fmt: skip
    found = town.away(2, lambda hub: blast(hub, read_meaning(other, hub.channels)))
    (letters,) = [each for each in found.audiences if each["audience"] == "letter"]
    assert (letters["before"], letters["after"], letters["in"], letters["out"]) == (2, 1, 0, 1)
    assert town.hub.meaning.version != read_meaning(other).version
