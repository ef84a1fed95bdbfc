"""Till hygiene: the faults of each shop's customer records, counted by hand; nobody's own value is ever told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mappers.identity.engine import Rules
from mappers.identity.hygiene import FEW_RECORDS, Hygiene, measure
from mappers.identity.resolve import resolve
from tests.making import at, columnar, flat, person, record

MAIL, PHONE, CARD = "ann@example.nl", "+31687654012", "2055000000978"
SURNAMES = ("Bakker", "Claes", "Dekker", "Evers", "Faber", "Goossens", "Hendriks")


def measured(*records: Any, rules: Rules | None = None, echo: str = "") -> Hygiene:
    """Return the hygiene of records that are each a person of their own; `echo` is one that we wrote ourselves."""
    people = [each for each in flat(records) if each["entity"] == "customer"]
    members = {f"{each['source']}:{each['source_id']}": f"P{n}" for n, each in enumerate(people)}
    with columnar(*records, members=members) as engine:
        engine.execute("CREATE TABLE echo (source TEXT, source_id TEXT, owner_source TEXT, owner_id TEXT)")
        mine = "UPDATE placed SET is_echo = true WHERE n IN (SELECT n FROM customer WHERE source_id = ?)"
        engine.execute(mine, [echo])
        resolve(engine, rules or Rules())
        return measure(engine)


def smit(key: str, store: str | None = "s1", source: str = "till", **fields: Any) -> dict[str, Any]:
    """Return a record without a fault, but for what is given."""
    good = {"last_name": "Smit", "email": f"smit{key}@example.nl", "email_quality": "ok", "store_id": store}
    return person(key, source, **{**good, **fields})


def typed(kind: str, value: str | None, quality: str) -> dict[str, Any]:
    return {kind: value, f"{kind}_quality": quality}


def shared(kind: str, value: str) -> list[dict[str, Any]]:
    """Return the records of seven strangers who have one value, three of them in another shop."""
    return [
        smit(str(n), "s1" if n < 4 else "s2", last_name=name, **typed(kind, value, "ok"))
        for n, name in enumerate(SURNAMES)
    ]


def faults(shop: dict[str, Any]) -> dict[str, int]:
    """Return what is wrong, without what is not."""
    about = ("source", "store_id", "shop", "records", "faulty", "faulty_percent")
    return {name: count for name, count in shop.items() if name not in about and count}


def test_a_record_with_name_and_address_has_no_fault() -> None:
    (shop,) = measured(smit("1")).shops
    assert (shop["records"], shop["faulty"], shop["faulty_percent"], faults(shop)) == (1, 0, 0.0, {})


@pytest.mark.parametrize("kind, value", [("email", "kassa@x.nl"), ("phone", "+31600000000"), ("card", "0000")])
@pytest.mark.parametrize("quality", ["placeholder", "invalid"])
def test_a_value_that_is_nobodys_is_counted_by_kind_and_fault(kind: str, value: str, quality: str) -> None:
    (shop,) = measured(smit("1", **typed(kind, value, quality)), smit("2"), smit("3"), smit("4")).shops
    assert faults(shop) == {f"{kind}_{quality}": 1}
    assert (shop["faulty"], shop["faulty_percent"]) == (1, 25.0)


@pytest.mark.parametrize("kind, value", [("email", MAIL), ("phone", PHONE), ("card", CARD)])
def test_a_value_that_too_many_people_share_is_counted_and_told(kind: str, value: str) -> None:
    found = measured(shared(kind, value))
    assert {shop["store_id"]: faults(shop) for shop in found.shops} == {
        "s1": {f"{kind}_shared": 4}, "s2": {f"{kind}_shared": 3}
    }  # fmt: skip
    assert found.values == [{"kind": kind, "value": value, "why": "shared", "records": 7, "persons": 7, "shops": 2}]


def test_a_value_that_operations_listed_is_a_placeholder() -> None:
    found = measured(smit("1", email=MAIL), rules=replace(Rules(), listed=[("email", MAIL)]))
    assert faults(found.shops[0]) == {"email_placeholder": 1}
    assert [(each["value"], each["why"]) for each in found.values] == [(MAIL, "placeholder")]


def test_a_listed_value_that_is_shared_too_is_counted_once() -> None:
    found = measured(shared("email", MAIL), rules=replace(Rules(), listed=[("email", MAIL)]))
    assert [each["records"] for each in found.values] == [7]
    assert sum(shop["records"] for shop in found.shops) == 7


def test_an_address_that_a_marketplace_masks_is_no_fault() -> None:
    (shop,) = measured(smit("1", **typed("email", "x7@verkopen.bol.com", "masked"))).shops
    assert faults(shop) == {}


def test_what_is_left_out_is_counted() -> None:
    nothing = {"email": None, "email_quality": None}
    (shop,) = measured(smit("1", **nothing), smit("2", **nothing, phone=PHONE), smit("3", last_name=None)).shops
    assert faults(shop) == {"lacks_contact": 1, "lacks_surname": 1}


def test_an_invalid_number_is_wrong_and_not_left_out() -> None:
    (shop,) = measured(smit("1", **typed("email", None, "invalid"))).shops
    assert faults(shop) == {"email_invalid": 1}


def test_a_record_with_several_faults_counts_once_in_the_share() -> None:
    (shop,) = measured(smit("1", last_name=None, **typed("email", "kassa@x.nl", "placeholder")), smit("2")).shops
    assert (shop["faulty"], shop["faulty_percent"]) == (1, 50.0)


def test_a_shop_has_its_name_where_the_source_tells_it() -> None:
    found = measured(smit("1", "s1"), smit("2", "s9"), smit("3", None), record("store", "till", "s1", name="Gent"),
                     record("store", "web", "s9", name="Breda"))  # fmt: skip
    assert {shop["store_id"]: shop["shop"] for shop in found.shops} == {"s1": "Gent", "s9": None, None: None}


def sold(key: str, customer: str, store: str | None, hours: float, channel: str = "store", source: str = "till") -> Any:
    return record("order", source, key, customer_id=customer, store_id=store, channel=channel, ordered_at=at(hours),
                  currency="EUR")  # fmt: skip


def test_without_a_shop_of_its_own_a_record_is_of_the_till_of_its_first_sale() -> None:
    sales = [sold("a", "1", "s2", 5), sold("b", "1", "s1", 1), sold("c", "1", None, 0), sold("d", "1", "web", 0, "web"),
             sold("e", "1", "s7", 0, source="other")]  # fmt: skip
    (shop,) = measured(smit("1", None), sales).shops
    assert (shop["store_id"], shop["records"]) == ("s1", 1)


def test_the_shop_on_the_record_comes_before_that_of_a_sale() -> None:
    (shop,) = measured(smit("1", "s3"), sold("a", "1", "s1", 1)).shops
    assert shop["store_id"] == "s3"


def test_the_worst_comes_first_and_shops_of_a_few_records_after_the_others() -> None:
    bad = {"last_name": None}
    many = [smit(f"{shop}{n}", shop, **(bad if n < wrong else {})) for shop, wrong in (("good", 1), ("poor", 9))
            for n in range(FEW_RECORDS)]  # fmt: skip
    found = measured(many, smit("few", "few", **bad), smit("none", None, **bad), smit("w", None, "web"))
    assert [(shop["source"], shop["store_id"]) for shop in found.shops] == [
        ("till", "poor"), ("till", "good"), ("till", "few"), ("till", None), ("web", None),
    ]  # fmt: skip


def test_what_we_wrote_ourselves_is_nobodys_typing() -> None:
    (shop,) = measured(smit("1"), smit("2", last_name=None), echo="2").shops
    assert (shop["records"], shop["faulty"]) == (1, 0)


def test_the_value_that_stands_on_most_records_comes_first() -> None:
    found = measured([smit(f"k{n}", f"s{n}", **typed("email", "kassa@x.nl", "placeholder")) for n in range(3)],
                     [smit(f"c{n}", **typed("card", "0000", "placeholder")) for n in range(2)])  # fmt: skip
    assert [(each["kind"], each["value"], each["records"], each["shops"]) for each in found.values] == [
        ("email", "kassa@x.nl", 3, 3), ("card", "0000", 2, 1),
    ]  # fmt: skip


def test_s5_a_value_that_may_be_somebodys_is_never_told() -> None:
    """Six people of one surname are too few for a placeholder and too many for a household."""
    wrong = smit("x", **typed("phone", "+316", "invalid"))
    found = measured([smit(str(n), **typed("phone", PHONE, "ok")) for n in range(6)], wrong)
    assert found.values == [
        {"kind": "phone", "value": None, "why": "many persons", "records": 6, "persons": 6, "shops": 1}
    ]


def test_the_address_of_a_household_is_not_listed() -> None:
    assert measured([smit(str(n), **typed("phone", PHONE, "ok")) for n in range(5)]).values == []


def test_without_records_there_is_nothing_to_tell() -> None:
    assert measured() == Hygiene([], [])
