"""The life of a profile id: minted once, kept while it can be, never reused; merges and splits are told."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plugins.hub.resolving import Resolved
from plugins.store.engine import open_store
from plugins.store.migrate import migrate
from plugins.store.mirror import mirror_path
from plugins.store.tables import profile
from tests.making import hub_on, keep, partition, person, pushed, stored
from tests.mappers.identity.town import Town, events, ids, later

MAIL, PHONE, CARD = "ann@example.nl", "+31687654012", "2055000000978"


def test_one_id_is_minted_for_each_person(town_both: Town) -> None:
    made = town_both.after(1, person("1", email=MAIL), person("1", "web", email=MAIL), person("2"))
    assert made["till:1"] == made["web:1"] != made["till:2"]
    assert {each["id"] for each in stored(town_both.store, profile)} == set(made.values())


def test_ids_are_kept_over_a_second_run_that_finds_nothing_new(town: Town) -> None:
    before = town.after(1, person("1", email=MAIL), person("2"))
    assert town.resolved(2).was_fresh
    assert ids(town) == before


def test_ids_are_kept_when_records_join_a_person(town: Town) -> None:
    before = town.after(1, person("1", email=MAIL))
    made = town.after(2, *(person(str(n), "web", email=MAIL) for n in range(5)))
    assert set(made.values()) == set(before.values())
    assert events(town) == []


def test_ids_are_kept_when_the_mirror_is_thrown_away(town_both: Town) -> None:
    before = town_both.after(1, person("1", email=MAIL), person("2", email=MAIL), person("3"))
    town_both.forget()
    assert town_both.resolved(2) == Resolved(2, 3, 0, was_fresh=False)
    assert ids(town_both) == before
    assert events(town_both) == []


def test_ids_are_kept_when_the_rules_change_and_mean_the_same(town: Town) -> None:
    before = town.after(1, person("1", email=MAIL), person("2", email=MAIL))
    town.hub = replace(town.hub, meaning=replace(town.hub.meaning, version="another"))
    assert not town.resolved(2).was_fresh
    assert ids(town) == before


def test_f24_a_mirror_left_by_another_store_is_not_taken_for_this_ones(tmp_path: Path, rules: Path) -> None:
    """Both stores have the same change numbers, so only what the store remembers of its resolves tells them apart."""
    stores = []
    for name, key in (("first", "1"), ("second", "2")):
        store = open_store(f"sqlite:///{tmp_path}/{name}.db")
        migrate(store)
        keep(store, person(key, email=f"{key}@x.nl"))
        stores.append(store)
    first, second = stores
    town = Town(hub_on(first, rules))
    town.resolved(1)
    town.close()
    shutil.copy(mirror_path(first), mirror_path(second))
    other = Town(hub_on(second, rules))
    assert not other.resolved(1).was_fresh
    assert list(ids(other)) == ["till:2"]
    assert other.engine.execute("SELECT source_id FROM customer").fetchall() == [("2",)]
    assert other.resolved(1).was_fresh
    other.close()


def test_a_merge_keeps_the_id_of_the_larger_side_and_tells_of_it(town_both: Town) -> None:
    before = town_both.after(1, person("1", email=MAIL), person("2", email=MAIL), person("3", card=CARD))
    made = town_both.after(2, later(1, "3", card=CARD, email=MAIL))
    large, small = before["till:1"], before["till:3"]
    assert set(made.values()) == {large}
    assert events(town_both) == [("merged", small, large)]
    assert {each["id"]: each["merged_into"] for each in stored(town_both.store, profile)} == {large: None, small: large}


def test_a_merge_of_equals_keeps_the_older_id(town: Town) -> None:
    old = town.after(1, person("9", card=CARD))["till:9"]
    town.after(2, person("1", email=MAIL))
    made = town.after(3, later(1, "1", email=MAIL, card=CARD))
    assert set(made.values()) == {old}


def test_a_split_gives_the_smaller_side_a_new_id_and_tells_of_it(town_both: Town) -> None:
    before = town_both.after(1, *(person(str(n), email=MAIL) for n in range(3)))
    made = town_both.after(2, later(1, "2", email="other@example.nl"))
    kept = before["till:0"]
    assert made["till:0"] == made["till:1"] == kept
    assert made["till:2"] not in before.values()
    assert events(town_both) == [("split", made["till:2"], kept)]


def test_a_profile_that_falls_apart_into_another_one_is_merged_where_most_of_it_went(town: Town) -> None:
    """Three records of a pair of cards go over to a larger person, one is left over."""
    large = [person(f"a{n}", email=MAIL) for n in range(5)]
    before = town.after(1, large, *(person(f"b{n}", card=CARD) for n in range(4)))
    moving = [later(1, f"b{n}", email=MAIL) for n in range(3)]
    made = town.after(2, moving, later(1, "b3", phone=PHONE))
    gone, heir = before["till:b0"], before["till:a0"]
    assert made["till:b0"] == heir
    assert {each["id"]: each["merged_into"] for each in stored(town.store, profile)}[gone] == heir


@pytest.mark.parametrize("hour", range(2, 6))
def test_the_heir_does_not_depend_on_how_ids_happen_to_sort(town: Town, hour: int) -> None:
    large = [person(f"a{n}", email=MAIL) for n in range(5)]
    before = town.after(1, large, [person(f"b{n}", card=CARD) for n in range(4)])
    town.after(hour, [later(1, f"b{n}", email=MAIL) for n in range(3)], later(1, "b3", phone=PHONE))
    merged = {each["id"]: each["merged_into"] for each in stored(town.store, profile)}
    assert merged[before["till:b0"]] == before["till:a0"]


def test_a_person_whose_records_are_all_gone_and_come_back_gets_a_new_id(town: Town) -> None:
    before = town.after(1, person("1", email=MAIL))
    assert town.after(2, later(1, "1", is_deleted=True)) == {}
    made = town.after(3, later(2, "1", email=MAIL))
    assert made["till:1"] != before["till:1"]


def test_an_id_is_never_reused_and_comes_back_only_to_a_record_it_had(town: Town) -> None:
    dice, had, alive = random.Random(3), dict[str, set[str]](), set[str]()
    keep(town.store, *(person(str(n), email=f"{dice.randrange(6)}@x.nl") for n in range(12)))
    for hour in range(1, 7):
        town.resolved(hour)
        now = {each: {key for key, id in ids(town).items() if id == each} for each in ids(town).values()}
        assert all(had[each] & now[each] for each in (now.keys() - alive) & had.keys())
        alive = set(now)
        for each, keys in now.items():
            had[each] = had.get(each, set()) | keys
        chosen = dice.sample(range(12), 5)
        keep(town.store, *(later(hour, str(n), email=f"{dice.randrange(6)}@x.nl", is_deleted=dice.random() < 0.2)
                          for n in chosen))  # fmt: skip


def test_a_merged_id_leads_to_somebody_who_lives(town: Town) -> None:
    town.after(1, person("1", email=MAIL), person("2", card=CARD), person("3", phone=PHONE))
    town.after(2, later(1, "2", card=CARD, email=MAIL))
    made = town.after(3, later(2, "3", phone=PHONE, email=MAIL))
    heirs = {each["id"]: each["merged_into"] for each in stored(town.store, profile)}
    for _ in heirs:
        heirs = {one: heirs.get(heir) or heir for one, heir in heirs.items() if heir}
    assert set(heirs.values()) == set(made.values())


def test_what_we_wrote_into_a_channel_never_joins_two_persons(town: Town) -> None:
    before = town.after(1, person("1", "web", email=MAIL, initial="A"), person("2", initial="A", phone=PHONE))
    pushed(town.store, {"wire_id": MAIL, "profile_id": before["till:2"]})
    echo = person("m1", "mailchimp", email=MAIL, initial="A")
    made = town.after(2, echo)
    assert made["mailchimp:m1"] == made["till:2"] != made["web:1"]


def test_a_member_who_was_there_before_we_wrote_stays_a_record_like_any_other(town: Town) -> None:
    member = person("m1", "mailchimp", email=MAIL, phone=PHONE, first_name="Ann", last_name="Smit")
    ann = {"first_name": "Ann", "last_name": "Smit"}
    before = town.after(1, person("1", "web", email=MAIL, **ann), person("2", phone=PHONE, **ann), member)
    assert len(set(before.values())) == 1
    sent = {"wire_id": MAIL, "profile_id": before["web:1"], "payload": '{"is_known": true}'}
    pushed(town.store, sent, {**sent, "operation": "change"})
    town.forget()
    town.resolved(2)
    assert ids(town) == before


def test_a_name_that_we_wrote_into_a_member_is_no_evidence(town: Town) -> None:
    """A nameless member goes where its address points; called Ann by us, it would tie the two of that name."""
    ann = {"first_name": "Ann", "last_name": "Smit"}
    member = person("m1", "mailchimp", email=MAIL, phone=PHONE)
    before = town.after(1, person("1", "web", email=MAIL, **ann), person("2", phone=PHONE, **ann), member)
    assert before["web:1"] == before["mailchimp:m1"] != before["till:2"]
    known = '{"is_known": true, "fields": {"FNAME": "Ann", "LNAME": "Smit"}}'
    found = '{"first_name": null, "infix": null, "last_name": null}'
    pushed(town.store, {"wire_id": MAIL, "profile_id": before["web:1"], "payload": known, "found": found})
    renamed = {**later(1, "m1", email=MAIL, phone=PHONE, **ann), "source": "mailchimp"}
    assert town.after(2, renamed) == before


def test_an_echo_of_a_merged_person_follows_the_heir(town: Town) -> None:
    before = town.after(1, person("1", email=MAIL), person("2", email=MAIL), person("3", card=CARD))
    pushed(town.store, {"wire_id": "sent@x.nl", "profile_id": before["till:3"]})
    town.after(2, later(1, "3", card=CARD, email=MAIL))
    made = town.after(3, person("m1", "mailchimp", email="sent@x.nl"))
    assert made["mailchimp:m1"] == before["till:1"]


def random_story(dice: random.Random, hour: int) -> list[dict[str, Any]]:
    """Return some newer statements about a dozen people who share identifiers."""
    told = []
    for key in dice.sample(range(14), 6):
        known = {
            "email": f"{dice.randrange(5)}@x.nl" if dice.random() < 0.7 else None,
            "phone": f"+3168765401{dice.randrange(4)}" if dice.random() < 0.4 else None,
            "initial": dice.choice([None, "A", "B"]), "name_key": dice.choice([None, "smit", "bos"]),
            "is_deleted": dice.random() < 0.15,
        }  # fmt: skip
        told.append(later(hour, str(key), **known))
    return told


def groups(town: Town) -> set[frozenset[str]]:
    return partition((*key.split(":"), profile_id) for key, profile_id in ids(town).items())


@pytest.mark.parametrize("seed", range(2))
def test_i1_working_on_what_changed_equals_working_it_all_out_anew(town: Town, seed: int) -> None:
    dice = random.Random(seed)
    for hour in range(1, 6):
        town.after(hour, random_story(dice, hour))
    step_by_step, kept = groups(town), ids(town)
    town.forget()
    town.resolved(7)
    assert groups(town) == step_by_step
    assert ids(town) == kept


@pytest.mark.parametrize("seed", range(2))
def test_i1_the_same_statements_in_other_batches_give_the_same_persons(tmp_path: Path, rules: Path, seed: int) -> None:
    told = [one for hour in range(1, 6) for one in random_story(random.Random(seed * 10 + hour), hour)]
    at_once = grouped_in_batches(f"sqlite:///{tmp_path}/1.db", rules, told, len(told))
    shuffled = random.Random(seed).sample(told, len(told))
    assert grouped_in_batches(f"sqlite:///{tmp_path}/2.db", rules, shuffled, 8) == at_once


def grouped_in_batches(url: str, rules: Path, told: list[dict[str, Any]], batch: int) -> set[frozenset[str]]:
    store = open_store(url)
    migrate(store)
    town = Town(hub_on(store, rules))
    for start in range(0, len(told), batch):
        town.after(1 + start, told[start : start + batch])
    town.close()
    store.close()
    return groups(town)
