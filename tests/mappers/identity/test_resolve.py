"""Who belongs together: identifiers with limits, split by name; the order of arrival says nothing."""

from __future__ import annotations

from random import Random
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappers.identity.resolve import DEFAULT_LIMITS, Limits, resolve
from tests.making import columnar, partition, person, rows

MAIL, PHONE, CARD = "ann@example.nl", "+31612345678", "2055000000977"
TIGHT = {kind: Limits(1, 3, 2, splits_by_initial=True) for kind in DEFAULT_LIMITS}
LOOSE = {kind: Limits(1, 3, 2, splits_by_initial=False) for kind in DEFAULT_LIMITS}


def groups(*records: Any, limits: Any = DEFAULT_LIMITS, echo: Any = ()) -> set[frozenset[str]]:
    with columnar(*records) as engine:
        written(engine, echo)
        resolve(engine, limits)
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
    return person(key, initial="A", name_key="smit", **fields)


def bob(key: str, **fields: Any) -> dict[str, Any]:
    return person(key, initial="B", name_key="smit", **fields)


def crowd(dice: Random, number: int) -> list[dict[str, Any]]:
    """Make up a few records that share identifiers; `number` keeps them apart from other crowds."""

    def one(*values: str | None) -> str | None:
        value = dice.choice(values)
        return value and f"{number}-{value}"

    return [
        person(
            f"{number}-{place}", dice.choice(["till", "web"]), email=one(None, None, "a", "b", "c"),
            email_quality=dice.choice(["ok", "ok", "ok", "placeholder", "masked"]), phone=one(None, None, "1", "2"),
            phone_quality=dice.choice(["ok", "ok", "invalid"]), card=one(None, None, "1", "2"),
            customer_number=one(None, None, None, "7"), initial=dice.choice([None, "A", "B"]),
            name_key=dice.choice([None, "smit", "bos", "kok"]), merged_into=one(None, None, None, "1", "2"),
        )
        for place in range(dice.randrange(1, 13))
    ]  # fmt: skip


EXPECTED_KINDS = {"email": "email_quality", "phone": "phone_quality", "card": "card_quality", "customer_number": None}


def by_hand(records: list[dict[str, Any]], limits: Any) -> set[frozenset[str]]:
    """Group records by the rules as `identity.md` and the docstrings word them, with nothing but a union of sets."""
    leader = {f"{each['source']}:{each['source_id']}": f"{each['source']}:{each['source_id']}" for each in records}

    def top(key: str) -> str:
        return key if leader[key] == key else top(leader[key])

    def join(members: list[str]) -> None:
        for other in members[1:]:
            leader[top(other)] = top(members[0])

    tied: set[str] = set()  # nameless records that have gone by their best identifier
    for kind in sorted(EXPECTED_KINDS, key=lambda name: (limits[name].priority, name)):
        quality = EXPECTED_KINDS[kind]
        good = [each for each in records if each[kind] and (not quality or each.get(quality) == "ok")]
        for value in {each[kind] for each in good}:
            held = [each for each in good if each[kind] == value]
            surnames = {each["name_key"] for each in held} - {None}
            if len(held) > limits[kind].max_records or len(surnames) > limits[kind].max_surnames:
                continue
            initials = {each["initial"] for each in held} - {None}
            for initial in initials or {None}:
                is_one = len(initials) <= 1 or not limits[kind].splits_by_initial
                mine = [each for each in held if is_one or each["initial"] == initial]
                mine = [each for each in mine if each["initial"] or f"{each['source']}:{each['source_id']}" not in tied]
                join([f"{each['source']}:{each['source_id']}" for each in mine])
            if len(held) > 1 and (len(initials) <= 1 or not limits[kind].splits_by_initial):
                tied |= {f"{each['source']}:{each['source_id']}" for each in held if not each["initial"]}
    for each in records:
        winner = f"{each['source']}:{each['merged_into']}"
        if each["merged_into"] and winner in leader:
            join([f"{each['source']}:{each['source_id']}", winner])
    return partition((*key.split(":"), top(key)) for key in leader)


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32), splits=st.booleans())
def test_i1_any_order_of_arrival_gives_the_groups_that_the_rules_describe(seed: int, splits: bool) -> None:
    limits, dice = TIGHT if splits else LOOSE, Random(seed)
    crowds = [crowd(dice, number) for number in range(150)]
    expected = {group for each in crowds for group in by_hand(each, limits)}
    records = [one for each in crowds for one in each]
    assert groups(records, limits=limits) == expected
    assert groups(dice.sample(records, len(records)), limits=limits) == expected


@pytest.mark.parametrize(
    "kind, value", [("email", MAIL), ("phone", PHONE), ("card", CARD), ("customer_number", "8")], ids=str
)
def test_a_shared_identifier_joins_records_of_different_systems(kind: str, value: str) -> None:
    one, other = ann("1", **{kind: value}), person("1", "web", initial="A", **{kind: value})
    assert groups(one, other) == {frozenset({"till:1", "web:1"})}


@pytest.mark.parametrize("quality", ["placeholder", "masked", "invalid", None])
@pytest.mark.parametrize("kind, value", [("email", "kassa@x.nl"), ("phone", "+31600000000"), ("card", "0000000000000")])
def test_i2_an_identifier_that_is_not_good_never_links(kind: str, value: str, quality: str | None) -> None:
    bad = {kind: value, f"{kind}_quality": quality}
    assert groups(ann("1", **bad), ann("2", **bad)) == {together("1"), together("2")}


def test_records_without_any_identifier_stand_alone() -> None:
    assert groups(ann("1"), ann("2"), person("3")) == {together("1"), together("2"), together("3")}


def test_an_empty_store_has_no_groups() -> None:
    assert groups() == set()


def test_a_household_that_shares_an_address_is_split_by_initial() -> None:
    assert groups(ann("1", email=MAIL), bob("2", email=MAIL), ann("3", email=MAIL)) == {
        together("1", "3"),
        together("2"),
    }


def test_a_nameless_record_joins_where_there_is_one_group() -> None:
    assert groups(ann("1", email=MAIL), person("2", email=MAIL)) == {together("1", "2")}


def test_a_nameless_record_joins_nobody_where_there_are_two_groups() -> None:
    assert groups(ann("1", email=MAIL), bob("2", email=MAIL), person("3", email=MAIL)) == {
        together("1"), together("2"), together("3"),
    }  # fmt: skip


def test_nameless_records_of_one_identifier_are_one_person() -> None:
    assert groups(person("1", email=MAIL), person("2", email=MAIL)) == {together("1", "2")}


def test_i4_a_nameless_record_never_joins_two_named_persons() -> None:
    made = groups(ann("1", email=MAIL), person("2", email=MAIL, phone=PHONE), bob("3", phone=PHONE))
    assert not any({"till:1", "till:3"} <= group for group in made)


def test_without_splitting_everybody_who_shares_the_identifier_is_one() -> None:
    assert groups(ann("1", card=CARD), bob("2", card=CARD), limits=LOOSE) == {together("1", "2")}


def blocked(*records: Any, limits: Any) -> list[tuple[Any, ...]]:
    with columnar(*records) as engine:
        resolve(engine, limits)
        told = engine.execute("SELECT kind, value, reason FROM blocked ORDER BY ALL").fetchall()
        assert len(found(engine)) == len(records)
        return told


def test_an_identifier_of_too_many_records_is_blocked_and_says_why() -> None:
    many = [ann(str(number), email=MAIL) for number in range(4)]
    assert blocked(many[0], many[1], many[2], many[3], limits=TIGHT) == [("email", MAIL, "more than 3 records")]


def test_an_identifier_of_too_many_surnames_is_blocked_and_says_why() -> None:
    family = [person(str(n), phone=PHONE, initial="A", name_key=name) for n, name in enumerate(("smit", "bos", "kok"))]
    assert blocked(family[0], family[1], family[2], limits=TIGHT) == [("phone", PHONE, "more than 2 surnames")]


def test_an_identifier_just_at_its_limits_still_links() -> None:
    three = [person(str(n), email=MAIL, initial="A", name_key=name) for n, name in enumerate(("smit", "bos", "bos"))]
    assert groups(three, limits=TIGHT) == {together("0", "1", "2")}


def test_a_blocked_identifier_leaves_the_links_of_others_alone() -> None:
    many = [ann(str(n), email=MAIL, **({"card": CARD} if n < 2 else {})) for n in range(4)]
    assert groups(many, limits=TIGHT) == {together("0", "1"), together("2"), together("3")}


def test_a_merge_at_the_source_is_followed_within_that_source_only() -> None:
    merged = [bob("1", merged_into="2"), ann("2"), person("2", "web"), ann("3", merged_into="9")]
    assert groups(merged) == {together("1", "2"), frozenset({"web:2"}), together("3")}


def test_a_chain_of_merges_at_the_source_is_one_person() -> None:
    assert groups(ann("1", merged_into="2"), ann("2", merged_into="3"), bob("3")) == {together("1", "2", "3")}


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
    records = [ann(str(number), email=MAIL) for number in range(3)]
    mirrored = [person(f"m{number}", "mail", email=MAIL) for number in range(3)]
    made = groups(records, mirrored, limits=TIGHT, echo=[(f"mail:m{number}", "till:0") for number in range(3)])
    assert len(made) == 1


def test_every_link_names_the_identifier_that_holds_it() -> None:
    with columnar(ann("1", email=MAIL), ann("2", email=MAIL, card=CARD), ann("3", card=CARD)) as engine:
        resolve(engine)
        links = rows(engine, "SELECT kind, value FROM edge GROUP BY ALL HAVING count(*) = 2 ORDER BY kind")
    assert links == [{"kind": "card", "value": CARD}, {"kind": "email", "value": MAIL}]
