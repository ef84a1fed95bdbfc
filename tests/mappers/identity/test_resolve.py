"""Who belongs together among customers: identifiers with limits, names that agree, in any order of arrival."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import duckdb
import pytest

from mappers.identity.engine import SURNAMES, Rules
from mappers.identity.resolve import resolve
from mappers.identity.thresholds import Thresholds
from tests.making import columnar, partition, person

MAIL, PHONE, CARD = "ann@example.nl", "+31687654012", "2055000000978"
RULES = Rules()
TIGHT = replace(RULES, surnames=dict.fromkeys(SURNAMES, 2))
KINDS = [("email", MAIL), ("phone", PHONE), ("card", CARD), ("customer_number", "8")]


def groups(*records: Any, rules: Rules = RULES, echo: Any = ()) -> set[frozenset[str]]:
    with columnar(*records) as engine:
        written(engine, echo)
        resolve(engine, rules)
        return found(engine)


def written(engine: duckdb.DuckDBPyConnection, echo: Any) -> None:
    engine.execute("CREATE TABLE echo (source TEXT, source_id TEXT, owner_source TEXT, owner_id TEXT)")
    for mirrored, owner in echo:
        engine.execute("INSERT INTO echo VALUES (?, ?, ?, ?)", [*mirrored.split(":"), *owner.split(":")])


def found(engine: duckdb.DuckDBPyConnection) -> set[frozenset[str]]:
    return partition(engine.execute("SELECT source, source_id, label FROM component").fetchall())


def together(*keys: str) -> frozenset[str]:
    return frozenset(f"till:{key}" for key in keys)


def ann(key: str, **fields: Any) -> dict[str, Any]:
    return person(key, first_name="Anna", last_name="Smit", **fields)


def bob(key: str, **fields: Any) -> dict[str, Any]:
    return person(key, first_name="Bram", last_name="Smit", **fields)


@pytest.mark.parametrize("kind, value", KINDS, ids=str)
def test_a_shared_identifier_joins_records_of_different_systems(kind: str, value: str) -> None:
    one, other = ann("1", **{kind: value}), person("1", "web", initial="A", **{kind: value})
    assert groups(one, other) == {frozenset({"till:1", "web:1"})}


@pytest.mark.parametrize("quality", ["placeholder", "invalid", None])
@pytest.mark.parametrize("kind, value", KINDS[:3])
def test_i2_an_identifier_that_is_not_good_never_links(kind: str, value: str, quality: str | None) -> None:
    bad = {kind: value, f"{kind}_quality": quality}
    assert groups(person("1", **bad), person("2", **bad)) == {together("1"), together("2")}


def test_i2_the_same_identifiers_link_when_they_are_good() -> None:
    for kind, value in KINDS[:3]:
        assert groups(person("1", **{kind: value}), person("2", **{kind: value})) == {together("1", "2")}


def test_records_without_any_identifier_stand_alone() -> None:
    assert groups(ann("1"), ann("2"), person("3")) == {together("1"), together("2"), together("3")}


def test_an_empty_store_has_no_groups() -> None:
    assert groups() == set()


@pytest.mark.parametrize("kind, value", KINDS[:3], ids=str)
def test_a_household_that_shares_an_identifier_is_split_by_name(kind: str, value: str) -> None:
    made = groups(ann("1", **{kind: value}), bob("2", **{kind: value}), ann("3", **{kind: value}))
    assert made == {together("1", "3"), together("2")}


def test_a_call_name_is_the_same_person_as_the_name_in_the_passport() -> None:
    records = [
        person(str(n), first_name=name, last_name="Bos", email=MAIL) for n, name in enumerate(("Johannes", "Hans"))
    ]
    assert groups(records) == {together("0", "1")}


def test_a_misspelt_name_is_the_same_person() -> None:
    names = [("Marieke", "Vermeulen"), ("Mareike", "Vermeulen"), ("Marieke", "Vermeuln")]
    records = [person(str(n), first_name=a, last_name=b, phone=PHONE) for n, (a, b) in enumerate(names)]
    assert groups(records) == {together("0", "1", "2")}


def test_a_tussenvoegsel_and_capitals_do_not_count() -> None:
    names = [("van der", "Vries"), (None, "VD VRIES"), (None, "Vries, van der")]
    records = [person(str(n), first_name="Piet", infix=a, last_name=b, card=CARD) for n, (a, b) in enumerate(names)]
    assert groups(records) == {together("0", "1", "2")}


def test_someone_who_moved_is_found_by_name_and_birth_date() -> None:
    old = ann("1", birth_date="1971-05-03", street="Kerkstraat", house_number="1", postcode="1011AB")
    new = ann("2", birth_date="1971-05-03", street="Dorpsweg", house_number="77", postcode="9712CD")
    assert groups(old, new) == {together("1", "2")}


def test_father_and_son_of_one_name_stay_apart_by_their_birth_dates() -> None:
    home = {"street": "Kerkstraat", "house_number": "1", "postcode": "1011AB"}
    made = groups(bob("1", birth_date="1951-05-03", **home), bob("2", birth_date="1984-11-20", **home))
    assert made == {together("1"), together("2")}


def test_a_name_alone_joins_nobody() -> None:
    assert groups(ann("1", phone=PHONE), ann("2", card=CARD)) == {together("1"), together("2")}


def test_a_nameless_record_joins_where_there_is_one_group() -> None:
    assert groups(ann("1", email=MAIL), person("2", email=MAIL)) == {together("1", "2")}


def test_a_nameless_record_joins_nobody_where_there_are_two_groups() -> None:
    assert groups(ann("1", email="x7@x.nl"), bob("2", email="x7@x.nl"), person("3", email="x7@x.nl")) == {
        together("1"), together("2"), together("3"),
    }  # fmt: skip


def test_an_address_that_names_one_of_two_is_that_ones() -> None:
    made = groups(ann("1", email="anna@x.nl"), bob("2", email="anna@x.nl"), person("3", email="anna@x.nl"))
    assert made == {together("1", "3"), together("2")}


def test_nameless_records_of_one_identifier_are_one_person() -> None:
    assert groups(person("1", email=MAIL), person("2", email=MAIL)) == {together("1", "2")}


def test_i4_a_nameless_record_never_joins_two_named_persons() -> None:
    made = groups(ann("1", email=MAIL), person("2", email=MAIL, phone=PHONE), bob("3", phone=PHONE))
    assert not any({"till:1", "till:3"} <= group for group in made)


def blocked(*records: Any, rules: Rules) -> list[tuple[Any, ...]]:
    with columnar(*records) as engine:
        resolve(engine, rules)
        told = engine.execute("SELECT kind, value, reason FROM blocked ORDER BY ALL").fetchall()
        assert len(found(engine)) == len(records)
        return told


def named(kind: str, value: str, *surnames: str) -> list[dict[str, Any]]:
    return [person(str(n), first_name="Anna", last_name=name, **{kind: value}) for n, name in enumerate(surnames)]


@pytest.mark.parametrize("kind, value", KINDS, ids=str)
def test_i2_an_identifier_of_too_many_surnames_is_blocked_and_says_why(kind: str, value: str) -> None:
    spoken = {"customer_number": "customer_no"}.get(kind, kind)
    value_kept = value.removeprefix("+") if kind == "phone" else value
    assert blocked(*named(kind, value, "Smit", "Bos", "Kok"), rules=TIGHT) == [(spoken, value_kept, "3 surnames")]


def test_an_identifier_just_at_its_limit_still_links() -> None:
    assert groups(named("email", MAIL, "Smit", "Bos", "Bos"), rules=TIGHT) == {together("0", "1", "2")}


def test_an_identifier_that_is_listed_links_nobody() -> None:
    listed = replace(RULES, listed=[("email", MAIL)])
    assert groups(ann("1", email=MAIL), ann("2", email=MAIL), rules=listed) == {together("1"), together("2")}


def test_a_blocked_identifier_leaves_the_links_of_others_alone() -> None:
    crowd = named("email", MAIL, "Smit", "Bos", "Kok")
    made = groups(crowd, ann("a", email=MAIL, card=CARD), ann("b", email=MAIL, card=CARD), rules=TIGHT)
    assert together("a", "b") in made
    assert len(made) == 4


def test_a_merge_at_the_source_is_followed_within_that_source_only() -> None:
    merged = [bob("1", merged_into="2"), ann("2"), person("2", "web"), ann("3", merged_into="9")]
    assert groups(merged) == {together("1", "2"), frozenset({"web:2"}), together("3")}


def test_a_chain_of_merges_at_the_source_is_one_person() -> None:
    assert groups(ann("1", merged_into="2"), ann("2", merged_into="3"), bob("3")) == {together("1", "2", "3")}


def test_a_group_too_large_to_believe_is_held_apart() -> None:
    many = [ann(str(n), email=MAIL, phone=f"+3168765400{n}") for n in range(5)]
    assert groups(many, rules=replace(RULES, thresholds=Thresholds(largest=5))) == {together("0", "1", "2", "3", "4")}
    assert len(groups(many, rules=replace(RULES, thresholds=Thresholds(largest=4)))) == 5


def test_an_echo_follows_its_owner_and_its_identifiers_join_nobody() -> None:
    records = [ann("1", email="old@x.nl"), bob("2", email=MAIL), person("m", "mail", email=MAIL)]
    assert groups(records, echo=[("mail:m", "till:1")]) == {frozenset({"till:1", "mail:m"}), together("2")}


def test_without_an_echo_the_same_record_would_be_evidence() -> None:
    records = [bob("2", email=MAIL), person("m", "mail", email=MAIL)]
    assert groups(records) == {frozenset({"till:2", "mail:m"})}


def test_an_echo_never_joins_two_persons() -> None:
    records = [ann("1"), bob("2", email=MAIL), ann("3", email=MAIL), person("m", "mail", email=MAIL, initial="B")]
    assert groups(records, echo=[("mail:m", "till:1")]) == {
        frozenset({"till:1", "mail:m"}), together("2"), together("3"),
    }  # fmt: skip


def test_an_echo_whose_owner_is_gone_stands_alone() -> None:
    records = [bob("2", email=MAIL), person("m", "mail", email=MAIL)]
    assert groups(records, echo=[("mail:m", "till:9")]) == {together("2"), frozenset({"mail:m"})}


def test_an_echo_does_not_count_towards_a_limit() -> None:
    mirrored = [person(f"m{n}", "mail", last_name=name, email=MAIL) for n, name in enumerate(("Bos", "Kok", "Mulder"))]
    made = groups(ann("0", email=MAIL), mirrored, rules=TIGHT, echo=[(f"mail:m{n}", "till:0") for n in range(3)])
    assert len(made) == 1


def crowd(dice: Random) -> list[dict[str, Any]]:
    """Make up records that share names and identifiers."""

    def one(*values: str | None) -> str | None:
        return dice.choice(values)

    return [
        person(
            str(place), dice.choice(["till", "web"]), email=one(None, None, "a@x.nl", "b@x.nl", "c@x.nl"),
            phone=one(None, None, "+31687654001", "+31687654002"), card=one(None, None, CARD),
            customer_number=one(None, None, None, "7"), first_name=one(None, "A.", "Anna", "Bram", "Johannes", "Jan"),
            last_name=one(None, "Smit", "Bos", "de Kok"), birth_date=one(None, "1970-03-04", "1990-03-04"),
            merged_into=one(None, None, None, "1", "2"),
        )
        for place in range(dice.randrange(1, 25))
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_i1_the_order_of_records_says_nothing(seed: int) -> None:
    dice = Random(seed)
    records = crowd(dice)
    assert groups(dice.sample(records, len(records))) == groups(records)
