"""The split by time and the score of lists of products, on purchases small enough to count by hand."""

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from bench.also_bought import PERIOD, declared, ours, popular, score, split
from bench.whole import BenchError

DAY = datetime(2017, 12, 4, 5, tzinfo=UTC)
LATER, TOO_LATE = DAY + timedelta(days=3), DAY + PERIOD
BEFORE = DAY - timedelta(days=9)
BOUGHT = [
    (1, "a", BEFORE), (1, "b", BEFORE), (2, "a", BEFORE), (3, "c", BEFORE), (1, "b", LATER), (1, "c", DAY),
    (2, "b", LATER), (2, "c", LATER), (3, "c", LATER), (3, "a", TOO_LATE), (4, "a", LATER),
]  # fmt: skip


@pytest.fixture
def engine():
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("CREATE TABLE purchase (p BIGINT, product VARCHAR, ordered_at TIMESTAMPTZ)")
        connection.executemany("INSERT INTO purchase VALUES (?, ?, ?)", BOUGHT)
        split(connection, DAY)
        yield connection


def lists(engine, *pairs):
    engine.execute("CREATE OR REPLACE TABLE answer (p BIGINT, product VARCHAR)")
    engine.executemany("INSERT INTO answer VALUES (?, ?)", pairs)
    return score(engine, "answer")


def test_only_what_a_known_household_bought_first_in_the_period_is_to_be_found(engine):
    assert engine.execute("SELECT * FROM new ORDER BY ALL").fetchall() == [(1, "c"), (2, "b"), (2, "c")]
    assert engine.execute("SELECT max(ordered_at) < ?::TIMESTAMPTZ FROM fact_item", [DAY]).fetchall() == [(True,)]


def test_a_household_counts_once_however_many_of_its_products_are_found(engine):
    assert lists(engine, (2, "b"), (2, "c")) == {"households": 2, "hit_rate": 0.5, "precision": 0.1}
    assert lists(engine, (1, "c"), (2, "x"), (2, "c")) == {"households": 2, "hit_rate": 1, "precision": 0.1}


def test_who_is_told_nothing_is_a_household_without_a_hit(engine):
    assert lists(engine, (3, "b"))["hit_rate"] == 0


def test_lists_that_are_too_long_or_tell_what_was_bought_stop_the_bench(engine):
    with pytest.raises(BenchError, match="11 products in a list"):
        lists(engine, *((1, f"x{number}") for number in range(11)))
    with pytest.raises(BenchError, match="1 that were bought before"):
        lists(engine, (1, "a"))


def test_what_is_popular_leaves_out_what_a_household_had(engine):
    popular(engine, DAY - timedelta(days=28))
    told = engine.execute("SELECT p, list(product ORDER BY product) FROM popular GROUP BY p ORDER BY p").fetchall()
    assert told == [(1, ["c"]), (2, ["b", "c"]), (3, ["a", "b"])]


def test_ours_is_the_trait_that_a_rule_declares(engine, tmp_path):
    engine.execute("INSERT INTO fact_item SELECT p, 'z', ordered_at FROM fact_item WHERE product = 'a'")
    engine.execute("INSERT INTO fact_item SELECT 5, 'a', ?::TIMESTAMPTZ", [DAY - timedelta(days=2)])
    ours(engine, declared({"within": "56 days", "common_buyers": 2}, tmp_path), DAY)
    assert engine.execute("SELECT p, product FROM ours").fetchall() == [(5, "z")]
