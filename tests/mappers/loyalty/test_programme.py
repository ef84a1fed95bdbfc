"""Which rules were in force when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mappers.loyalty.programme import HUB, Version, in_force, text_of, version_of
from plugins.rules.loyalty import Loyalty
from plugins.store.engine import Store
from plugins.store.loyalty_tables import loyalty_rules
from tests.making import stored

MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
STAMPS = [f"2026-03-02T{hour:02d}:00:00.000000Z" for hour in (9, 10, 11, 12)]


def rules(points: int = 1, **fields: object) -> Loyalty:
    shop = {"on": "purchase", "points": points, "per_cents": 100}
    return Loyalty.model_validate({"earn": {"shop": shop}, **fields})


def known(store: Store, given: Loyalty, hour: int = 0) -> list[Version]:
    with store.writing() as connection:
        return in_force(connection, given, MORNING + timedelta(hours=hour))


def test_the_first_rules_have_no_beginning_and_the_newest_no_end(store: Store) -> None:
    one, two, three = rules(1), rules(2), rules(3)
    known(store, one)
    known(store, two, 1)
    found = known(store, three, 2)
    assert [(each.since, each.until, each.first_seen) for each in found] == [
        (None, STAMPS[1], STAMPS[0]), (STAMPS[1], STAMPS[2], STAMPS[1]), (STAMPS[2], None, STAMPS[2]),
    ]  # fmt: skip
    assert [each.rules for each in found] == [one, two, three]


def test_the_same_rules_make_one_version(store: Store) -> None:
    assert known(store, rules()) == known(store, rules(), 1)
    (row,) = stored(store, loyalty_rules)
    assert row == {"version": version_of(rules()), "since": STAMPS[0], "content": text_of(rules())}


def test_rules_that_are_put_back_count_from_then_on_under_a_name_of_their_own(store: Store) -> None:
    for hour, points in enumerate((1, 2, 1)):
        found = known(store, rules(points), hour)
    names = [version_of(rules(1)), f"{version_of(rules(2))}-1", f"{version_of(rules(1))}-2"]
    assert [each.name for each in found] == names
    assert found[2].rules == found[0].rules == rules(1)


@pytest.mark.parametrize(
    "given",
    [
        rules(expire="12 months", grace="30 days", hold=20, cents_per_point=5, leader="till"),
        rules(tiers={"within": "1 month", "levels": {"gold": {"from_cents": 50000}}}),
        rules(expire=None, earn={
            "review": {"on": "engagement", "kind": "review", "evidence": "ordered", "points": 5,
                       "cap": {"times": 2, "within": "1 days"}},
            "shoes": {"on": "purchase", "points": 2, "per_cents": 100, "categories": ["Shoes", "Boots"],
                      "stores": ["5", "days"], "starts": "2026-03-02", "ends": "2026-03-09"},
        }),
    ],
    ids=["terms", "tiers", "rules"],
)  # fmt: skip
def test_rules_are_read_back_as_they_were_written(store: Store, given: Loyalty) -> None:
    known(store, given)
    assert [each.rules for each in known(store, rules(9), 1)] == [given, rules(9)]


def test_the_name_of_rules_is_of_what_they_say_and_nothing_else() -> None:
    assert version_of(rules(1)) == version_of(Loyalty.model_validate(rules(1).model_dump(exclude_defaults=True)))
    assert len({version_of(rules(points)) for points in (1, 2, 3)}) == 3
    assert len(version_of(rules())) == 16
    assert text_of(rules()) == text_of(rules()).replace(": ", ":").replace(", ", ",")
    assert '"leader":"hub"' in text_of(rules())
    assert HUB == "hub"
