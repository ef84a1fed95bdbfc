"""Traits, each against a small example worked out by hand."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mappers.profiles.golden import golden
from mappers.profiles.traits import traits
from plugins.rules.catalogue import CATALOGUE, DUCKDB_TYPES
from tests.making import columnar, person, record, rows

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
TIERS = {"primary": ["first_name", "last_name", "email"], "secondary": ["house_number", "city"], "tertiary": ["infix"]}


def ago(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat()


def known(*records: Any, members: dict[str, str] | None = None, now: datetime = NOW) -> dict[str, dict[str, Any]]:
    """Return the traits of each profile; by default one person with the till record 1."""
    held = members or {"till:1": "P"}
    people = [person(key.partition(":")[2], key.partition(":")[0]) for key in held]
    with columnar(people, *records, members=held) as engine:
        golden(engine, {})
        traits(engine, now, TIERS)
        return {each["profile_id"]: each for each in rows(engine, "SELECT * FROM trait")}


def one(*records: Any) -> dict[str, Any]:
    return known(*records)["P"]


def order(key: str, total: int, days: float = 10, source: str = "till", customer: str = "1", **fields: Any) -> Any:
    sold = {"customer_id": customer, "channel": "store", "ordered_at": ago(days), "is_paid": True, "currency": "EUR",
            "total_minor": total, "store_id": "s1"}  # fmt: skip
    return record("order", source, key, **{**sold, **fields})


def line(key: str, order_id: str, total: int, source: str = "till", **fields: Any) -> Any:
    sold = {"order_id": order_id, "quantity_thousandths": 1000, "currency": "EUR", "total_minor": total}
    return record("order_line", source, key, **{**sold, **fields})


def sale(key: str, *amounts: int, days: float = 10, **fields: Any) -> list[Any]:
    """Return a receipt whose total is the sum of its lines."""
    return [
        order(key, sum(amounts), days, **fields),
        *(line(f"{key}-{n}", key, each) for n, each in enumerate(amounts)),
    ]


def test_every_trait_a_rule_may_use_is_a_column_or_not_yet_known() -> None:
    missing = CATALOGUE.keys() - one().keys()
    assert missing <= {"groups"}


def test_somebody_who_never_bought_has_counts_of_zero_and_nothing_else() -> None:
    found = one()
    zero = (
        "order_count",
        "order_count_365d",
        "revenue_minor",
        "revenue_365d_minor",
        "email_clicks_90d",
        "email_opens_90d",
    )
    assert [found[name] for name in zero] == [0] * 6
    unknown = ("last_order_at", "recency_days", "average_order_minor", "favourite_store", "points_available",
               "return_rate_basis_points")  # fmt: skip
    assert [found[name] for name in unknown] == [None] * 6
    assert (found["is_web_customer"], found["is_till_customer"]) == (False, False)


def test_orders_are_counted_and_summed() -> None:
    found = one(sale("a", 1000, 999, days=400), sale("b", 2500, days=10.5), sale("c", 1, days=3))
    assert (found["order_count"], found["revenue_minor"], found["average_order_minor"]) == (3, 4500, 1500)
    assert (found["order_count_365d"], found["revenue_365d_minor"]) == (2, 2501)
    assert (found["recency_days"], found["last_order_at"].isoformat()) == (3, "2026-06-28T12:00:00")
    assert found["first_order_at"].isoformat() == ago(400)[:19]


@pytest.mark.parametrize("days, counted", [(364.99, 1), (365, 0), (366, 0)])
def test_the_year_ends_exactly_365_days_back(days: float, counted: int) -> None:
    assert one(sale("a", 100, days=days))["order_count_365d"] == counted


def test_an_unpaid_order_counts_nothing() -> None:
    found = one(order("a", 5000, is_paid=False), line("a-1", "a", 5000))
    assert (found["order_count"], found["revenue_minor"], found["last_order_at"]) == (0, 0, None)
    assert found["favourite_channel"] is None


def test_revenue_equals_the_sum_of_the_lines() -> None:
    dice = random.Random(2)
    amounts = [[dice.randrange(-3000, 9000) for _ in range(dice.randrange(1, 5))] for _ in range(40)]
    receipts = [sale(str(number), *each, days=number) for number, each in enumerate(amounts)]
    assert one(receipts)["revenue_minor"] == sum(map(sum, amounts))


def test_a_refund_of_a_web_order_lowers_the_revenue() -> None:
    """A web order's total stays as paid; its refund is a negative line that names the order."""
    web = order("w", 5000, source="web", channel="web", store_id=None)
    refund = line("refund:1", "w", -2000, "web", returns_order_id="w")
    found = known(web, line("l1", "w", 5000, "web"), refund, members={"web:1": "P"})["P"]
    assert (found["revenue_minor"], found["revenue_365d_minor"], found["return_rate_basis_points"]) == (
        3000,
        3000,
        4000,
    )
    assert found["order_count"] == 1


def test_a_return_at_the_till_lowers_the_revenue_and_is_no_order() -> None:
    found = one(sale("a", 3000, 1000), sale("b", -1000, days=2))
    assert (found["order_count"], found["revenue_minor"]) == (1, 3000)
    assert found["return_rate_basis_points"] == 2500


def test_an_exchange_counts_as_what_was_paid_for_it() -> None:
    found = one(sale("a", 3000, -2000))
    assert (found["order_count"], found["revenue_minor"], found["return_rate_basis_points"]) == (1, 1000, 6666)


def test_whoever_only_returned_something_has_no_rate() -> None:
    assert one(sale("a", -500))["return_rate_basis_points"] is None


def test_the_last_order_is_the_last_paid_order_and_not_a_return() -> None:
    found = one(sale("a", 3000, days=100), sale("b", -3000, days=5))
    assert found["recency_days"] == 100


def test_amounts_beyond_32_bits_stay_exact() -> None:
    assert one(sale("a", 2**40 + 1), sale("b", 2**40 + 1))["revenue_minor"] == 2**41 + 2


def test_favourites_are_what_happened_most_and_ties_are_settled_the_same() -> None:
    shops = [record("store", "till", f"s{n}", name=name) for n, name in enumerate(("Gent", "Breda"))]
    orders = [order("a", 100, store_id="s0"), order("b", 100, store_id="s1"), order("c", 100, 2, store_id="s1"),
              order("d", 100, 1, channel="web", store_id=None)]  # fmt: skip
    found = one(shops, orders)
    assert (found["favourite_store"], found["favourite_channel"], found["last_channel"]) == ("Breda", "store", "web")
    assert (found["is_web_customer"], found["is_till_customer"]) == (True, True)


def test_a_store_nobody_named_is_called_by_its_number() -> None:
    assert one(order("a", 100, store_id="s9"))["favourite_store"] == "s9"


def test_the_favourite_category_is_that_of_most_bought_lines() -> None:
    goods = [record("product", "till", key, category=name) for key, name in (("p1", "shoes"), ("p2", "coats"))]
    sold = [order("a", 500), *(line(f"a{n}", "a", amount, product_id=key) for n, (key, amount) in enumerate(
        [("p1", 100), ("p2", 100), ("p2", 100), ("p1", -100), ("p1", -100)]))]  # fmt: skip
    assert one(goods, sold)["favourite_category"] == "coats"


def mail(key: str, kind: str, days: float) -> Any:
    return record("event", "till", key, customer_id="1", kind=kind, occurred_at=ago(days))


def test_mails_are_counted_over_ninety_days() -> None:
    found = one(mail("1", "email_open", 1), mail("2", "email_open", 91), mail("3", "email_click", 89),
                mail("4", "email_click", 200), mail("5", "page_view", 1))  # fmt: skip
    assert (found["email_opens_90d"], found["email_clicks_90d"]) == (1, 1)
    assert found["last_email_click_at"].isoformat() == ago(89)[:19]


def test_orders_of_merged_records_are_one_persons_and_others_stay_theirs() -> None:
    orders = [order("a", 100), order("b", 200, source="web", customer="7"), order("c", 400, customer="2"),
              order("d", 800, customer="nobody"), order("e", 1600, customer=None)]  # type: ignore[arg-type]  # fmt: skip
    found = known(orders, members={"till:1": "P", "web:7": "P", "till:2": "Q"})
    assert (found["P"]["revenue_minor"], found["Q"]["revenue_minor"]) == (300, 400)


def test_the_same_id_in_two_systems_is_not_the_same_order() -> None:
    found = one(order("a", 100), line("l", "a", 9999, "web", returns_order_id="a"))
    assert (found["revenue_minor"], found["return_rate_basis_points"]) == (100, None)


def complete(*records: Any, tiers: Any = TIERS) -> list[Any]:
    """Return how much of each tier is known of one person, and whether a primary field is missing."""
    members = {f"{each['source']}:{each['source_id']}": "P" for each in records}
    with columnar(*records, members=members) as engine:
        golden(engine, {})
        traits(engine, NOW, tiers)
        (found,) = rows(engine, "SELECT * FROM trait")
    names = ("primary_complete_percent", "secondary_complete_percent", "tertiary_complete_percent", "is_incomplete")
    return [found[name] for name in names]


ANN = {"first_name": "Ann", "last_name": "Berg", "email": "ann@example.nl"}


def test_completeness_is_the_share_of_the_fields_of_a_tier_that_are_known() -> None:
    assert complete(person("1")) == [0, 0, 0, True]
    assert complete(person("1", first_name="Ann")) == [33, 0, 0, True]
    assert complete(person("1", first_name="Ann", last_name="Berg")) == [66, 0, 0, True]
    assert complete(person("1", **ANN)) == [100, 0, 0, False]


def test_what_one_system_lacks_another_may_know() -> None:
    assert complete(person("1", first_name="Ann"), person("1", "web", last_name="Berg", email="a@x.nl"))[0] == 100


def test_a_field_that_follows_another_is_known_only_where_it_is_filled_in() -> None:
    """The address comes whole from the record that says the street."""
    assert complete(person("1", street="Markt", city="Breda"))[1] == 50
    assert complete(person("1", street="Markt", house_number="1", city="Breda"))[1] == 100
    assert complete(person("1", house_number="1", city="Breda"))[1] == 0
    assert complete(person("1", last_name="Berg", infix="van"))[2] == 100


@pytest.mark.parametrize("quality", ["placeholder", "masked", "invalid"])
def test_a_bad_address_leaves_a_profile_incomplete(quality: str) -> None:
    assert complete(person("1", **ANN, email_quality=quality)) == [66, 0, 0, True]


def test_of_an_empty_tier_nothing_is_known() -> None:
    assert complete(person("1"), tiers={**TIERS, "tertiary": []}) == [0, 0, None, True]
    assert complete(person("1"), tiers={**TIERS, "primary": []}) == [None, 0, 0, None]


def test_completeness_has_the_types_of_the_catalogue() -> None:
    with columnar(person("1"), members={"till:1": "P"}) as engine:
        golden(engine, {})
        traits(engine, NOW, TIERS)
        types = {each["column_name"]: each["column_type"] for each in rows(engine, "DESCRIBE trait")}
    names = [name for name in CATALOGUE if name.endswith("_complete_percent") or name == "is_incomplete"]
    assert len(names) == 4
    assert [types[name] for name in names] == [DUCKDB_TYPES[CATALOGUE[name].type] for name in names]
