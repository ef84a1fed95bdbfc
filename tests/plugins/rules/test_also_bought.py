"""What others also bought, as a file: its promises on small baskets, a plain count beside it, and bad files."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.rules import load_rules, run_examples
from plugins.rules.also_bought import AlsoBought
from plugins.rules.examples import NOW
from plugins.rules.given import also_told, lay
from tests.plugins.rules.files import complaints, written

LIGHTS = """\
description: What goes with it.
also_bought: {tell: name, most: 4, common_buyers: 5}
where: total_minor > 0
within: 1 year
examples:
- title: a lantern
  given: {bought: [Tent], others: [[Tent, Lantern], [Tent, Lantern], [Tent, Lantern], [Tent, Lantern], [Tent, Lantern]]}
  expect: [Lantern]
"""
BAD = [
    tuple(part.replace("\\n", "\n") for part in line.split(" | "))
    for line in (Path(__file__).parent / "bad_also_bought.txt").read_text("utf-8").splitlines()[1:]
]
GOODS = "abcdefg"
BASKETS = st.lists(st.lists(st.sampled_from(GOODS), max_size=6), min_size=1, max_size=12)


def declared(root: Path, text: str = LIGHTS) -> AlsoBought:
    (found,) = load_rules(written(root, {"traits/lights.yml": text})).declared
    assert isinstance(found, AlsoBought)
    return found


@pytest.fixture(scope="module")
def also(tmp_path_factory: pytest.TempPathFactory) -> AlsoBought:
    return declared(tmp_path_factory.mktemp("rules"), LIGHTS.replace("common_buyers: 5", "common_buyers: 2"))


@pytest.fixture
def engine() -> Any:
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


ENGINE = duckdb.connect(":memory:")
ENGINE.execute("SET TimeZone = 'UTC'")


def lines(basket: Sequence[str]) -> list[dict[str, Any]]:
    return [{"name": each, "ordered_at": "3 days ago", "total_minor": 5} for each in basket]


def told(also: AlsoBought, people: Sequence[Sequence[Mapping[str, Any]]]) -> dict[int, list[str]]:
    """Return what each of some people is told, by their place."""
    lay(ENGINE, also.kind, people, NOW)
    also.tell_into(ENGINE, "told", NOW)
    return {p - 1: value for p, value in ENGINE.execute("SELECT p, value FROM told").fetchall()}


def counted(baskets: Sequence[Sequence[str]], most: int, common_buyers: int) -> dict[int, list[str]]:
    """Return the same, counted person by person and pair by pair."""
    buyers = Counter(each for basket in baskets for each in set(basket))
    both = Counter(pair for basket in baskets for pair in combinations(sorted(set(basket)), 2))
    near = {
        pair: round(1_000_000 * n / (buyers[pair[0]] * buyers[pair[1]]) ** 0.5)
        for pair, n in both.items()
        if n >= common_buyers
    }
    found = {}
    for place, basket in enumerate(baskets):
        scores: Counter[str] = Counter()
        for one in set(basket):
            for other in GOODS:
                scores[other] += near.get((min(one, other), max(one, other)), 0)
        good = sorted((-score, name) for name, score in scores.items() if score and name not in basket)
        found[place] = [name for _, name in good[:most]]
    return {place: names for place, names in found.items() if names}


def test_the_example_holds_and_one_that_does_not_is_told_with_its_place(tmp_path: Path) -> None:
    rules = load_rules(written(tmp_path / "a", {"traits/lights.yml": LIGHTS}))
    assert (rules.catalogue["lights"].type, run_examples(rules)) == ("texts", [])
    wrong = LIGHTS.replace("expect: [Lantern]", "expect: [Mat]")
    (found,) = run_examples(load_rules(written(tmp_path / "b", {"traits/lights.yml": wrong})))
    assert str(found) == (
        "sync_rules/traits/lights.yml:8:11: a lantern: expected ['Mat'], is ['Lantern']; "
        "correct the trait or the example"
    )


@pytest.mark.parametrize(("good", "bad", "complaint"), BAD)
def test_says_where_a_list_of_products_is_wrong_and_what_to_do(
    tmp_path: Path, good: str, bad: str, complaint: str
) -> None:
    assert good in LIGHTS
    said = complaints(written(tmp_path, {"traits/lights.yml": LIGHTS.replace(good, bad, 1)}))
    assert any(line.startswith(f"sync_rules/traits/lights.yml:{complaint}") for line in said), said


@given(BASKETS)
def test_tells_what_a_plain_count_tells(also: AlsoBought, baskets: list[list[str]]) -> None:
    assert told(also, [lines(each) for each in baskets]) == counted(baskets, 4, 2)


@given(BASKETS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(also: AlsoBought, baskets: list[list[str]], dice: random.Random) -> None:
    first = told(also, [lines(each) for each in baskets])
    ENGINE.execute("CREATE OR REPLACE TABLE mixed AS SELECT * FROM fact_item")
    rows = ENGINE.execute("SELECT rowid FROM mixed").fetchall()
    dice.shuffle(rows)
    ENGINE.execute("DELETE FROM fact_item")
    for (row,) in rows:
        ENGINE.execute("INSERT INTO fact_item SELECT * FROM mixed WHERE rowid = ?", [row])
    also.tell_into(ENGINE, "told", NOW)
    assert {p - 1: value for p, value in ENGINE.execute("SELECT p, value FROM told").fetchall()} == first


@given(BASKETS, st.integers(0, 800), st.sampled_from([5, 0, -5]))
def test_nobody_is_told_what_they_ever_had(also: AlsoBought, baskets: list[list[str]], days: int, paid: int) -> None:
    old = [{"name": each, "ordered_at": f"{days} days ago", "total_minor": paid} for each in "ab"]
    found = told(also, [[*old, *lines(each)] for each in baskets])
    assert [names for p, names in found.items() if {*names} & {*baskets[p], "a", "b"}] == []


def test_equals_are_told_in_the_order_of_the_alphabet(also: AlsoBought) -> None:
    baskets = [["tent"], *[["tent", *"zxy"]] * 3]
    assert told(also, [lines(each) for each in baskets])[0] == ["x", "y", "z"]


def test_the_nearest_comes_first_and_not_what_everybody_buys(also: AlsoBought) -> None:
    baskets = [["tent"], *[["tent", "lantern", "bag"]] * 3, ["tent", "bag"], *[["bag"]] * 60]
    assert told(also, [lines(each) for each in baskets])[0] == ["lantern", "bag"]


def test_only_the_newest_products_of_a_person_lead_to_others(also: AlsoBought) -> None:
    few = dataclasses.replace(also, newest=1)
    old = {"name": "stove", "ordered_at": "9 days ago", "total_minor": 5}
    assert told(few, [lines(["tent"]), *[[*lines(["tent"]), old]] * 3]) == {}
    assert told(also, [lines(["tent"]), *[[*lines(["tent"]), old]] * 3]) == {0: ["stove"]}


def test_people_are_told_the_same_in_slices(also: AlsoBought) -> None:
    dice = random.Random(7)
    people = [lines(dice.choices(GOODS, k=3)) for _ in range(40)]
    whole = told(also, people)
    assert told(dataclasses.replace(also, slice_rows=300), people) == whole
    assert whole


def test_a_value_never_reaches_the_sql(tmp_path: Path, engine: duckdb.DuckDBPyConnection) -> None:
    evil = "'); drop table fact_item; --"
    also = declared(tmp_path, LIGHTS.replace("total_minor > 0", f"category <> '{evil.replace(chr(39), chr(39) * 2)}'"))
    bought = [{"name": each, "category": "x", "ordered_at": "3 days ago"} for each in (evil, "b")]
    assert also_told(engine, also, {"bought": bought[:1], "others": [bought] * 5}, NOW) == ["b"]


def test_two_lists_of_products_do_not_disturb_each_other(also: AlsoBought) -> None:
    people = [lines(["tent"]), *[lines(["tent", "mat"])] * 3]
    other = dataclasses.replace(also, common_buyers=4)
    assert (told(also, people), told(other, people), told(also, people)) == ({0: ["mat"]}, {}, {0: ["mat"]})


def test_old_purchases_lead_to_what_goes_together_now_and_do_not_tell_it(also: AlsoBought) -> None:
    old = [{**each, "ordered_at": "2 years ago"} for each in lines(["tent"])]
    then = [{**each, "ordered_at": "2 years ago"} for each in lines(["tent", "stove"])]
    assert told(also, [old, *[lines(["tent", "mat"])] * 3, *[then] * 3])[0] == ["mat"]
