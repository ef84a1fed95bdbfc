"""From records to points: what a resolve books, by the programme's rules, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from mappers.loyalty.checking import broken
from plugins.hub.deciding import link, undo
from plugins.store.loyalty_tables import ledger_entry, loyalty_account, loyalty_event
from tests.making import keep, person, record, stored
from tests.mappers.identity.town import Town

HUB = """
leader: hub
expire: 12 months
tiers: {within: 365 days, levels: {silver: {from_cents: 0}, gold: {from_cents: 50000}}}
earn:
  shop: {on: purchase, points: 1, per_cents: 100}
"""
MORNING, NOON, EVENING = "2026-03-02T09:00:00+01:00", "2026-03-02T12:00:00+01:00", "2026-03-02T18:00:00+01:00"


def sale(key: str, cents: int, when: str = NOON, who: str = "ann", **fields: Any) -> list[dict[str, Any]]:
    """Return a receipt of one line."""
    known = {"customer_id": who, "channel": "store", "ordered_at": when, "changed_at": when, "is_paid": True,
             "currency": "EUR", "total_minor": cents}  # fmt: skip
    return [record("order", "till", key, **{**known, **fields}), line(f"{key}.1", key, cents, changed_at=when)]


def line(key: str, order: str, cents: int, **fields: Any) -> dict[str, Any]:
    """Return a line of a receipt."""
    known = {"order_id": order, "currency": "EUR", "quantity_thousandths": 1000, "total_minor": cents}
    return record("order_line", "till", key, **{**known, **fields})


def taken_back(key: str, of: str, cents: int, when: str = EVENING, who: str = "ann") -> list[dict[str, Any]]:
    """Return a receipt that brings back a line of another one."""
    order, returned = sale(key, -cents, when, who)
    return [order, {**returned, "returns_line_id": f"{of}.1"}]


def points(town: Town, who: str = "ann") -> dict[str, int]:
    """Return what the person of a till's customer has, by part of the account."""
    (held,) = town.engine.execute(
        "SELECT profile_id FROM assigned WHERE source = 'till' AND source_id = ?", [who]
    ).fetchall()[0]
    found = [each for each in stored(town.store, loyalty_account) if each["holder"] == held]
    parts = ("available", "held", "debt", "uncovered")
    return {name: each[name] for each in found for name in parts if each[name]}


def sound(town: Town) -> bool:
    with town.store.reading() as connection:
        return broken(connection) == []


def test_a_receipt_earns_once_however_often_and_in_whatever_order_it_is_read(programme: Any) -> None:
    town = programme(HUB)
    town.after(1, sale("r1", 4999), person("ann"))
    town.after(2, sale("r1", 4999), sale("r2", 250))
    assert points(town) == {"available": 51}
    assert [(each["key"], each["amount"]) for each in stored(town.store, loyalty_event)] == [
        ("till:order:r1:shop", 49), ("till:order:r2:shop", 2),
    ]  # fmt: skip
    assert town.resolved(3).was_fresh
    assert sound(town)


def test_l12_replaying_everything_from_nothing_gives_the_same_points(programme: Any) -> None:
    town = programme(HUB)
    town.after(1, person("ann"), sale("r1", 4999), sale("r2", 999))
    town.after(2, taken_back("r3", "r1", 2500))
    before = {each["key"]: each["amount"] for each in stored(town.store, loyalty_event)}
    town.forget()
    town.resolved(3)
    assert {each["key"]: each["amount"] for each in stored(town.store, loyalty_event)} == before
    assert points(town) == {"available": 24 + 9}


def test_l12_a_receipt_earns_by_the_rules_of_its_day_however_late_it_comes(programme: Any) -> None:
    programme(HUB).after(1, person("ann"), sale("r1", 1000, "2026-02-01T10:00:00+01:00"))
    town = programme(HUB.replace("points: 1", "points: 3"))
    town.after(30, sale("late", 1000, "2026-02-02T10:00:00+01:00"), sale("new", 1000, "2026-03-04T10:00:00+01:00"))
    amounts = {each["key"]: each["amount"] for each in stored(town.store, loyalty_event)}
    assert amounts == {"till:order:r1:shop": 10, "till:order:late:shop": 10, "till:order:new:shop": 30}


@pytest.mark.parametrize(("rounded", "earned", "kept"), [("line", 3, 1), ("receipt", 5, 1)])
def test_l13_parts_of_a_point_are_dropped_where_the_rule_says(
    programme: Any, rounded: str, earned: int, kept: int
) -> None:
    town = programme(HUB.replace("per_cents: 100", f"per_cents: 100, round: {rounded}"))
    three = [line(f"r1.{number}", "r1", 199) for number in (1, 2, 3)]
    town.after(1, person("ann"), sale("r1", 597)[0], *three)
    assert points(town) == {"available": earned}
    order, returned = sale("r2", -398, EVENING)
    town.after(2, order, {**returned, "total_minor": -199, "returns_line_id": "r1.1"},
               line("r2.2", "r2", -199, returns_line_id="r1.2", changed_at=EVENING))  # fmt: skip
    assert points(town) == {"available": kept}


def test_l8_partial_returns_take_back_exactly_what_was_earned_and_never_more(programme: Any) -> None:
    town = programme(HUB)
    town.after(1, person("ann"), sale("r1", 2999), sale("other", 5000))
    seen = []
    for number, cents in enumerate((1000, 1000, 999, 5000), 2):
        town.after(number, taken_back(f"back{number}", "r1", cents))
        seen.append(points(town)["available"] - 50)
    assert seen == [19, 9, 0, 0]
    assert sound(town)


def test_l7_a_return_before_its_sale_and_a_sale_after_its_return_come_to_the_same(programme: Any) -> None:
    town = programme(HUB)
    town.after(1, person("ann"), taken_back("back", "r1", 1000))
    assert points(town) == {}
    town.after(2, sale("r1", 2999))
    assert points(town) == {"available": 19}


def test_a_return_on_the_webshops_own_order_takes_its_share(programme: Any) -> None:
    town = programme(HUB)
    refund = line("refund:1:amount", "r1", -1500, quantity_thousandths=0, returns_order_id="r1", changed_at=EVENING)
    town.after(1, person("ann"), sale("r1", 3000), refund)
    assert points(town) == {"available": 15}


def test_an_order_that_is_not_paid_any_more_gives_its_points_back(programme: Any) -> None:
    town = programme(HUB)
    town.after(1, person("ann"), sale("r1", 3000))
    town.after(2, sale("r1", 3000, is_paid=False, status="cancelled", changed_at=EVENING)[0])
    assert points(town) == {}
    assert [each["reason"] for each in stored(town.store, ledger_entry)] == ["shop", "changed at its source"]


def test_l16_a_tier_that_came_with_a_merge_earned_nothing_once_it_is_taken_back(programme: Any) -> None:
    town = programme(HUB + "  gold: {on: purchase, points: 1, per_cents: 100, tiers: [gold]}\n")
    back = taken_back("r3", "r2", 1000, "2026-03-03T12:00:00+01:00", "bob")
    town.after(1, person("ann"), person("bob"), sale("r1", 60000), sale("r2", 3000, EVENING, "bob"), back)
    assert (points(town), points(town, "bob")) == ({"available": 600}, {"available": 20})
    act, _ = town.away(2, link, "till:ann", "till:bob", "said so")
    town.resolved(2)
    assert points(town) == {"available": 600 + 40}
    town.away(3, undo, act, "it was a mistake")
    town.resolved(3)
    assert (points(town), points(town, "bob")) == ({"available": 600}, {"available": 20})
    assert sound(town)


def test_spent_on_a_level_before_a_receipt_decides_its_tier(programme: Any) -> None:
    rule = "  gold: {on: purchase, points: 1, per_cents: 100, tiers: [gold]}\n"
    town = programme(HUB + rule)
    town.after(1, person("ann"), sale("r1", 60000, MORNING), sale("r2", 10000, NOON))
    assert points(town) == {"available": 600 + 100 + 100}
    assert town.told()["trait"][0]["tier"] == "gold"
    assert town.told()["trait"][0]["points_available"] == 800


def test_only_the_lines_of_a_category_count_in_its_campaign(programme: Any) -> None:
    rule = (
        "  shoes: {on: purchase, points: 2, per_cents: 100, categories: [Shoes], "
        "starts: '2026-03-02', ends: '2026-03-02'}\n"
    )
    town = programme(HUB + rule)
    shoes = record("product", "till", "p1", category="Shoes")
    town.after(1, person("ann"), shoes, sale("r1", 3000)[0], line("r1.1", "r1", 1000, product_id="p1"),
               line("r1.2", "r1", 2000), sale("r2", 1000, "2026-03-03T00:10:00+01:00")[0],
               line("r2.1", "r2", 1000, product_id="p1"))  # fmt: skip
    amounts = {each["key"]: each["amount"] for each in stored(town.store, loyalty_event)}
    assert amounts == {"till:order:r1:shop": 30, "till:order:r1:shoes": 20, "till:order:r2:shop": 10}


@pytest.mark.parametrize(
    ("bought", "last"),
    [("2026-03-28T23:30:00+01:00", "2027-03-28T22:00"), ("2025-10-25T23:59:00+02:00", "2026-10-25T23:00")],
)
def test_l10_points_lapse_when_their_last_business_day_ends_in_amsterdam(
    programme: Any, bought: str, last: str
) -> None:
    town = programme(HUB)
    town.after(1, person("ann"), sale("r1", 3000, bought))
    assert stored(town.store, loyalty_event)[0]["expires_at"] == f"{last}:00.000000Z"


def test_l10_what_lapsed_lapses_once_however_late_it_is_looked_at(programme: Any) -> None:
    town = programme(HUB.replace("12 months", "2 days"))
    town.after(1, person("ann"), sale("r1", 3000, MORNING))
    town.resolved(61)
    assert points(town) == {"available": 30}
    for hour in (62, 63, 500):
        town.resolved(hour)
        assert points(town) == {}
    assert [(each["aspect"], each["credit"]) for each in stored(town.store, ledger_entry)] == [
        ("", "available"), ("expiry", "expired"),
    ]  # fmt: skip


def test_l18_a_till_whose_clock_is_two_days_off_changes_neither_owner_nor_order_within_it(programme: Any) -> None:
    ahead, behind = "2026-03-04T12:00:00+01:00", "2026-02-28T12:00:00+01:00"
    known = {"store_id": "5", "till_id": "51", "changed_at": NOON}
    town = programme(HUB)
    receipts = [sale(str(number), 1000, when, **known)
                for number, when in ((1, MORNING), (2, ahead), (3, behind), (4, NOON))]  # fmt: skip
    town.after(1, person("ann"), *receipts)
    assert points(town) == {"available": 40}
    found = {each["key"]: each["occurred_at"] for each in stored(town.store, loyalty_event)}
    assert [found[f"till:order:{number}:shop"][:16] for number in (1, 2, 3, 4)] == [
        "2026-03-02T08:00", "2026-03-02T11:00", "2026-03-02T11:00", "2026-03-02T11:00",
    ]  # fmt: skip


def test_l16_a_merge_joins_points_and_taking_it_back_parts_them_as_they_were(programme: Any) -> None:
    town = programme(HUB)
    two = [person("ann", first_name="Ann", last_name="Bos"), person("bob", first_name="Bob", last_name="Mul")]
    town.after(1, *two, sale("r1", 3000), sale("r2", 5000, who="bob"))
    act, _ = town.away(2, link, "till:ann", "till:bob", "the same")
    town.resolved(3)
    assert points(town) == points(town, "bob") == {"available": 80}
    keep(town.store, sale("r3", 700, EVENING, "bob"))
    town.resolved(4)
    town.away(5, undo, act, "not the same")
    town.resolved(6)
    assert (points(town), points(town, "bob")) == ({"available": 30}, {"available": 57})
    assert sound(town)


def test_a_receipt_without_a_customer_is_of_whom_its_card_leads_to(programme: Any) -> None:
    card = "2055000000978"
    town = programme(HUB)
    town.after(1, sale("r1", 3000, who="", customer_id=None, card=card)[0], line("r1.1", "r1", 3000))
    assert stored(town.store, loyalty_event) == []
    town.after(2, person("ann", card=card, first_name="Ann", last_name="Bos"))
    assert points(town) == {"available": 30}


LED = """
leader: till
earn:
  shop: {on: purchase, points: 1, per_cents: 100}
"""


def moved(key: str, points: int, when: str = NOON, who: str = "ann", **fields: Any) -> dict[str, Any]:
    """Return a movement as the till reports it."""
    return record("loyalty_movement", "till", key, customer_id=who, points=points, occurred_at=when, **fields)


def test_what_the_leader_reports_of_all_cards_of_a_person_is_booked_as_it_says(programme: Any) -> None:
    town = programme(LED)
    card = "2055000000978"
    two = [person(key, card=card, first_name="Ann", last_name="Bos") for key in ("ann", "old")]
    town.after(1, *two, sale("r1", 9900), moved("m1", 33, order_id="r1"), moved("m2", 40, who="old"),
               moved("m3", -20, EVENING))  # fmt: skip
    assert points(town) == {"available": 53}
    assert {each["kind"] for each in stored(town.store, loyalty_event)} == {"earn", "burn"}


def test_a_movement_of_a_receipt_that_brings_back_another_takes_back_what_that_one_earned(programme: Any) -> None:
    town = programme(LED)
    town.after(1, person("ann"), sale("r1", 9900), moved("m1", 99, order_id="r1"), moved("m0", 1, MORNING),
               moved("m2", -100, "2026-03-02T13:00:00+01:00"))  # fmt: skip
    town.after(2, taken_back("r2", "r1", 9900), moved("m3", -99, EVENING, order_id="r2"))
    assert points(town) == {"debt": -99}


def said(key: str, kind: str, when: str = EVENING, who: str = "ann", **fields: Any) -> dict[str, Any]:
    """Return something a person did."""
    return record("event", "till", key, customer_id=who, kind=kind, occurred_at=when, **fields)


ENGAGED = """
leader: hub
earn:
  review: {on: engagement, kind: review, evidence: ordered, points: 20, cap: {times: 2, within: 1 month}}
  friend: {on: engagement, kind: referral, evidence: bought, points: 100}
  post: {on: engagement, kind: post, evidence: found, points: 10}
  click: {on: engagement, kind: email_click, evidence: clicked, points: 1, cap: {times: 3, within: 1 days}}
"""


def test_engagement_is_graded_by_its_evidence_and_capped(programme: Any) -> None:
    town = programme(ENGAGED)
    orders = [sale(f"r{number}", 1000) for number in (1, 2, 3)]
    reviews = [said(f"e{n}", "review", facts={"order_id": f"r{n}"}) for n in (1, 2, 3)]
    town.after(1, person("ann"), person("bob", first_name="Bob", last_name="Mul"), orders, sale("r9", 1000, who="bob"),
               reviews, said("e4", "review", facts={"order_id": "r9"}), said("e5", "review"),
               said("f1", "referral", facts={"order_id": "r9"}), said("f2", "referral", facts={"order_id": "r1"}),
               said("p1", "post", strength="found"), said("p2", "post", strength="claimed"),
               *(said(f"c{n}", "email_click") for n in range(5)))  # fmt: skip
    assert points(town) == {"available": 2 * 20 + 100 + 10 + 3}


def test_points_for_an_order_that_is_brought_back_whole_are_clawed_back(programme: Any) -> None:
    town = programme(ENGAGED)
    town.after(1, person("ann"), sale("r1", 1000), said("e1", "review", facts={"order_id": "r1"}))
    assert points(town) == {"available": 20}
    town.after(2, line("refund:1:amount", "r1", -1000, quantity_thousandths=0, returns_order_id="r1",
                       changed_at=EVENING))  # fmt: skip
    assert points(town) == {}


def test_points_for_what_was_said_are_taken_back_when_it_is_hidden_and_come_when_it_is_shown_again(
    programme: Any,
) -> None:
    town = programme(ENGAGED)
    town.after(1, person("ann"), said("p1", "post", strength="found"))
    assert points(town) == {"available": 10}
    town.after(2, said("p1", "post", changed_at=EVENING))
    assert points(town) == {}
    town.after(3, said("p1", "post", strength="found", changed_at=EVENING, seen_at=EVENING))
    assert points(town) == {"available": 10}


JOINING = """
leader: hub
earn:
  welcome: {on: registration, points: 50}
  birthday: {on: birthday, points: 25}
  all_told: {on: completeness, points: 10}
"""
WHOLE = {"email": "ann@example.nl", "email_quality": "ok", "phone": "+31687654012", "phone_quality": "ok",
         "first_name": "Ann", "last_name": "Bos", "street": "Kade", "house_number": "1", "postcode": "1011AB",
         "city": "Amsterdam", "birth_date": "1990-03-05"}  # fmt: skip


def test_joining_telling_all_and_birthdays_count_once_for_a_person(programme: Any) -> None:
    town = programme(JOINING)
    joined = {"registered_at": "2026-01-01T10:00:00+01:00"}
    town.after(1, person("ann", **WHOLE, **joined), person("web", "woocommerce", **WHOLE, **joined))
    assert points(town) == {"available": 60}
    for hour in (24 * 4, 24 * 5, 24 * 370):
        town.resolved(hour)
    assert points(town) == {"available": 60 + 2 * 25}


def test_two_who_turn_out_to_be_one_keep_one_welcome_and_one_birthday(programme: Any) -> None:
    town = programme(JOINING)
    joined = {"registered_at": "2026-01-01T10:00:00+01:00", "birth_date": "1990-03-04"}
    two = [person("ann", first_name="Ann", last_name="Bos", **joined),
           person("bob", first_name="Bob", last_name="Mul", **joined)]  # fmt: skip
    town.after(48, *two)
    assert points(town) == points(town, "bob") == {"available": 75}
    act, _ = town.away(49, link, "till:ann", "till:bob", "the same")
    town.resolved(50)
    assert points(town) == {"available": 75}
    town.away(51, undo, act, "not the same")
    town.resolved(52)
    assert points(town) == points(town, "bob") == {"available": 75}
