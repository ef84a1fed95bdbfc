"""What people decide about who is who: it wins, it lasts, it never contradicts itself, and it can be taken back."""

from __future__ import annotations

import random
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mappers.identity.decisions import ContradictionError
from plugins.hub.deciding import link, taken, to_review, undo, unlink
from plugins.hub.desired import desire, prepare
from plugins.store.engine import StoreError, open_store
from plugins.store.migrate import migrate
from plugins.store.tables import profile_event
from tests.making import act, clock_at, customer, hub_on, keep, orders, person, reader, rows, stored, withdrawal
from tests.mappers.identity.town import Town, events, ids, later

MAIL, PHONE = "ann@example.nl", "+31687654012"
WHY = "seen at the desk"


def test_two_that_are_linked_are_one_person_whatever_the_rules_say(town_both: Town) -> None:
    before = town_both.after(
        1, person("1", first_name="Ann", last_name="Smit", birth_date="1980-02-03"),
        person("2", first_name="Piet", last_name="de Boer", birth_date="1951-07-09"),
    )  # fmt: skip
    number, pairs = town_both.away(2, link, "till:1", "till:2", WHY)
    assert (number, pairs) == (1, [("till:1", "till:2")])
    town_both.resolved(2)
    made = ids(town_both)
    assert made["till:1"] == made["till:2"] == before["till:1"]
    assert [(each["kind"], each["reason"]) for each in stored(town_both.store, profile_event)] == [
        ("merged", f"decision 1: {WHY}")
    ]


def test_the_records_of_two_linked_persons_are_all_one_person(town: Town) -> None:
    ann = [person(str(n), first_name="Ann", last_name="Smit", email=MAIL) for n in range(3)]
    piet = [person(f"p{n}", first_name="Piet", last_name="Bos", phone=PHONE) for n in range(2)]
    before = town.after(1, ann, piet)
    town.away(2, link, before["till:0"], before["till:p0"], WHY)
    town.resolved(2)
    assert len(set(ids(town).values())) == 1


def test_two_that_are_kept_apart_stay_apart_and_records_that_fit_both_do_not_join_them(town_both: Town) -> None:
    ann = {"first_name": "Ann", "last_name": "Smit", "email": MAIL}
    town_both.after(1, person("1", **ann), person("2", **ann))
    town_both.away(2, unlink, "till:1", "till:2", "mother and daughter")
    made = town_both.after(2, person("3", **ann), person("4", "web", email=MAIL))
    assert made["till:1"] != made["till:2"]
    assert made["till:3"] in (made["till:1"], made["till:2"])


def test_decisions_survive_a_mirror_that_is_thrown_away_and_rules_that_change(town: Town) -> None:
    town.after(1, person("1", email=MAIL), person("2", email=MAIL), person("3"))
    town.away(2, unlink, "till:1", "till:2", WHY)
    town.away(2, link, "till:1", "till:3", WHY)
    town.resolved(2)
    kept = ids(town)
    assert kept["till:1"] == kept["till:3"] != kept["till:2"]
    town.forget()
    town.resolved(3)
    assert ids(town) == kept


def test_a_decision_about_a_record_that_is_gone_holds_again_when_it_comes_back(town: Town) -> None:
    town.after(1, person("1", email=MAIL), person("2", email=MAIL))
    town.away(2, unlink, "till:1", "till:2", WHY)
    town.after(3, later(1, "2", is_deleted=True))
    made = town.after(4, later(2, "2", email=MAIL))
    assert made["till:1"] != made["till:2"]


def test_the_newest_decision_about_two_records_holds(town: Town) -> None:
    town.after(1, person("1"), person("2"))
    town.away(2, link, "till:1", "till:2", WHY)
    town.away(3, unlink, "till:2", "till:1", "it was a mistake")
    town.resolved(3)
    assert len(set(ids(town).values())) == 2


def test_a_link_that_others_rule_out_is_refused_with_both_named(town: Town) -> None:
    town.after(1, person("1"), person("2"), person("3"))
    town.away(2, unlink, "till:1", "till:3", "brothers")
    town.away(2, link, "till:1", "till:2", "same card")
    with pytest.raises(ContradictionError) as caught:
        town.away(2, link, "till:2", "till:3", WHY)
    assert str(caught.value) == (
        "identity: till:2 and till:3 cannot be one: decision 1 says that till:1 and till:3 are not one, "
        "decision 2 says that till:1 and till:2 are one; take one back first with: "
        "rotonde identity undo NUMBER"
    )
    assert len(town.away(2, taken)) == 2


def test_keeping_apart_what_others_make_one_is_refused_with_both_named(town: Town) -> None:
    town.after(1, *(person(str(n)) for n in range(4)))
    for one, other in (("till:0", "till:1"), ("till:1", "till:2"), ("till:2", "till:3")):
        town.away(2, link, one, other, WHY)
    with pytest.raises(ContradictionError, match=r"till:0 and till:3 cannot stay apart: decision 1 .*decision 3"):
        town.away(2, unlink, "till:0", "till:3", WHY)
    town.away(2, undo, 2, "wrong")
    town.away(2, unlink, "till:0", "till:3", WHY)


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ("nobody@x.nl", "till:1", "ONE is nobody; name a record"),
        ("till:1", "till:1", "the same record; name two"),
        (MAIL, "till:1", r"ONE is 2 persons \(p.*, p.*\); name a record \(source:id\) or a profile id"),
    ],
)
def test_who_is_not_one_person_cannot_be_linked(town: Town, one: str, other: str, told: str) -> None:
    ann = {"first_name": "Ann", "last_name": "Smit", "email": MAIL}
    piet = {"first_name": "Piet", "last_name": "de Boer", "email": MAIL}
    town.after(1, person("1", **ann, birth_date="1980-01-01"), person("2", **piet, birth_date="1950-05-05"))
    with pytest.raises(StoreError, match=told):
        town.away(2, link, one, other, WHY)


def test_two_that_were_never_two_need_their_records_named(town: Town) -> None:
    before = town.after(1, person("1", email=MAIL), person("2", email=MAIL))
    with pytest.raises(StoreError, match="who was never two; name two records, source:id"):
        town.away(2, unlink, before["till:1"], MAIL, WHY)


def test_a_record_is_taken_out_of_a_person(town: Town) -> None:
    before = town.after(1, *(person(str(n), email=MAIL) for n in range(4)))
    town.away(2, unlink, "till:3", before["till:0"], WHY)
    town.resolved(2)
    made = ids(town)
    assert made["till:0"] == made["till:1"] == made["till:2"] == before["till:0"] != made["till:3"]


def test_nothing_waits_for_a_decision_twice(town: Town) -> None:
    rare = {"first_name": "Ann", "last_name": "Zwartendijk"}
    town.after(1, person("1", **rare), person("2", **rare, phone=PHONE))
    (nearly,) = town.away(2, to_review, 10).nearly
    assert (nearly.one, nearly.other, nearly.agree) == ("till:1", "till:2", "first name + surname")
    town.away(2, unlink, nearly.one, nearly.other, WHY)
    town.resolved(2)
    assert town.away(3, to_review, 10).nearly == []


def wanted(town: Town) -> list[dict[str, Any]]:
    """Return what every destination should hold."""
    prepare(town.engine, town.hub.meaning.audiences, clock_at(5)())
    for channel in town.hub.channels.values():
        desire(town.engine, town.hub.meaning.audiences, channel)
    return rows(town.engine, "SELECT * FROM desired ORDER BY destination, wire_id")


def family(hub_town: Town) -> None:
    """Let there be a reader, somebody who withdrew, and somebody never asked, each known to two systems."""
    keep(hub_town.store, reader("ann"), reader("bob"), withdrawal("bob"), customer("cas"), orders("cas", 3))
    for name in ("ann", "bob", "cas"):
        keep(hub_town.store, person(name, email=f"{name}@example.nl", initial=name[0].upper()))


def test_i3_a_merge_taken_back_leaves_everything_as_if_it_had_not_been(town_both: Town) -> None:
    family(town_both)
    town_both.resolved(3)
    before, kept, sent = ids(town_both), town_both.told(), wanted(town_both)
    town_both.away(4, link, "ann@example.nl", "cas@example.nl", WHY)
    town_both.resolved(4)
    assert len(set(ids(town_both).values())) == 2
    assert town_both.told() != kept
    town_both.away(5, unlink, before["woocommerce:ann"], before["woocommerce:cas"], "two people after all")
    town_both.resolved(5)
    assert ids(town_both) == before
    assert town_both.told() == kept
    assert wanted(town_both) == sent
    assert [kind for kind, *_ in events(town_both)] == ["merged", "unmerged"]


def test_i3_a_merge_that_a_record_brought_about_can_be_taken_back_too(town: Town) -> None:
    """A till record that has the identifiers of both comes in, and some more of the smaller one after it."""
    ann = {"first_name": "Ann", "last_name": "Smit"}
    before = town.after(
        1,
        [person(f"a{n}", **ann, email=MAIL) for n in range(3)],
        [person(f"b{n}", **ann, phone=PHONE) for n in range(2)],
    )
    large, small = before["till:a0"], before["till:b0"]
    assert large != small
    made = town.after(2, person("both", **ann, email=MAIL, phone=PHONE))
    assert set(made.values()) == {large}
    town.after(3, [person(f"c{n}", **ann, phone=PHONE) for n in range(6)])
    town.away(4, unlink, small, large, "mother and daughter")
    town.resolved(4)
    made = ids(town)
    assert {made[f"till:a{n}"] for n in range(3)} == {large}
    assert {made[f"till:b{n}"] for n in range(2)} | {made[f"till:c{n}"] for n in range(6)} == {small}
    assert ("unmerged", small, large) in events(town)


def test_i3_two_of_three_that_became_one_are_parted_and_the_third_is_left_where_the_rules_put_it(town: Town) -> None:
    piet, els = {"first_name": "Piet", "last_name": "Bos"}, {"first_name": "Els", "last_name": "Bos"}
    before = town.after(
        1, [person(f"a{n}", **piet, email=MAIL) for n in range(3)], person("b", **piet, phone=PHONE),
        person("c", **els, phone=PHONE),
    )  # fmt: skip
    assert len(set(before.values())) == 3
    town.away(2, link, "till:b", "till:c", WHY)
    made = town.after(2, person("both", **piet, email=MAIL, phone=PHONE))
    assert len(set(made.values())) == 1
    town.away(3, unlink, before["till:b"], before["till:c"], "brother and sister")
    town.resolved(3)
    made = ids(town)
    assert made["till:b"] == made["till:both"] == made["till:a0"]
    assert made["till:c"] == before["till:c"]


def test_c3_the_consent_of_a_merged_person_is_the_most_restrictive_and_each_has_their_own_again(town: Town) -> None:
    family(town)
    before = town.after(3)
    assert [each["wire_id"] for each in wanted(town)] == ["ann@example.nl"]
    town.away(4, link, "ann@example.nl", "bob@example.nl", WHY)
    town.resolved(4)
    assert {each["state"] for each in town.told()["consent"] if each["purpose"] == "marketing"} == {"refused"}
    assert wanted(town) == []
    town.away(5, undo, 1, "two people after all")
    town.resolved(5)
    assert ids(town) == before
    assert [each["wire_id"] for each in wanted(town)] == ["ann@example.nl"]


def test_c3_consent_does_not_spread_to_an_address_of_the_person_it_was_merged_with(town: Town) -> None:
    keep(town.store, customer("ann"), act("ann"), customer("cas"), orders("cas", 2))
    town.resolved(3)
    town.away(4, link, "woocommerce:ann", "woocommerce:cas", WHY)
    town.resolved(4)
    assert [each["wire_id"] for each in wanted(town)] == ["ann@example.nl"]


def statements(dice: random.Random) -> list[dict[str, Any]]:
    """Return what systems say of a dozen people who share names and identifiers, some with a consent."""
    told = []
    for n in range(12):
        name, surname = dice.choice(["Ann", "Piet", "Els"]), dice.choice(["Smit", "Bos"])
        known = {"first_name": name, "initial": name[0], "last_name": surname, "name_key": surname.lower()}
        if dice.random() < 0.6:
            known["email"] = f"{name.lower()}{dice.randrange(3)}@x.nl"
        if dice.random() < 0.4:
            known["phone"] = f"+3168765401{dice.randrange(5)}"
        told.append(person(f"k{n}", **known))
    return told


@settings(max_examples=5, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000), undoes=st.booleans(), with_news=st.booleans())
def test_i3_any_two_persons_merged_and_parted_again_are_as_before(
    tmp_path_factory: pytest.TempPathFactory, rules: Path, seed: int, undoes: bool, with_news: bool
) -> None:
    dice = random.Random(seed)
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('town')}/store.db")
    migrate(store)
    town = Town(hub_on(store, rules))
    told = statements(dice)
    before = town.after(3, told[:9], act("k1", source="till"))
    persons = sorted(set(before.values()))
    if len(persons) > 1:
        one, other = dice.sample(persons, 2)
        town.away(4, link, one, other, WHY)
        news = told[9:] if with_news else []
        town.after(4, news)
        town.away(5, undo, 1, WHY) if undoes else town.away(5, unlink, one, other, WHY)
        town.after(5)
        never = Town(hub_on(open_store(f"sqlite:///{tmp_path_factory.mktemp('never')}/store.db"), rules))
        migrate(never.store)
        assert never.after(3, told[:9], act("k1", source="till")) == before
        if not undoes:
            never.away(4, unlink, one, other, WHY)
        expected = never.after(4, news)
        made = ids(town)
        assert {key: made[key] for key in before} == before or with_news
        assert sorted(map(sorted, grouped(made))) == sorted(map(sorted, grouped(expected)))
        never.close()
    town.close()


def grouped(made: dict[str, str]) -> list[list[str]]:
    groups: dict[str, list[str]] = {}
    for key, profile_id in made.items():
        groups.setdefault(profile_id, []).append(key)
    return list(groups.values())


@pytest.mark.parametrize("order", list(permutations([("0", "1"), ("1", "2"), ("3", "2")])))
def test_i3_merges_give_the_same_person_in_any_order_and_twice(town: Town, order: Any) -> None:
    town.after(3, *(person(str(n)) for n in range(5)))
    for one, other in [*order, order[0]]:
        town.away(4, link, f"till:{one}", f"till:{other}", WHY)
        town.resolved(4)
    assert sorted(map(len, grouped(ids(town)))) == [1, 4]
