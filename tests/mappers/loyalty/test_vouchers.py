"""Gift vouchers in the ledger: what a till and a webshop report becomes one account, whatever way they tell it."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.store.engine import Store
from plugins.store.loyalty_tables import ledger_entry, loyalty_account, loyalty_event, loyalty_subject
from tests.making import keep, record, stored
from tests.mappers.loyalty.gifts import (
    CODE,
    NO_RULES,
    after,
    ann,
    gift,
    held,
    items,
    let_go,
    ordered,
    receipt,
    set_aside,
    sound,
    spend,
    written,
)


def booked(store: Store) -> list[tuple[str, str, int]]:
    """Return key, kind and amount of every event as it was said last."""
    newest = {each["key"]: each for each in sorted(stored(store, loyalty_event), key=lambda each: each["revision"])}
    return sorted((each["key"], each["kind"], each["amount"]) for each in newest.values())


def test_a_gift_voucher_is_an_account_of_its_own_that_lapses_when_its_last_day_ends(programme: Any) -> None:
    town = programme(NO_RULES)
    town.after(after(11), ann(), gift())
    assert held(town.store) == {"available": 10_000}
    (event,) = stored(town.store, loyalty_event)
    assert (event["key"], event["unit"], event["occurred_at"]) == (
        "tilroy:voucher:31", "EUR", "2026-02-28T23:00:00.000000Z",
    )  # fmt: skip
    assert event["expires_at"] == "2026-06-30T22:00:00.000000Z"
    town.resolved(after(24 * 150))
    assert held(town.store) == {}
    assert sound(town.store)


def test_what_the_till_took_is_spent_when_the_receipt_says_and_counted_once(programme: Any) -> None:
    town = programme(NO_RULES)
    town.after(after(11), ann(), gift(10_000, 9))
    town.after(after(13), gift(7_500, 12), receipt(11))
    town.after(after(15), gift(7_500, 14))
    assert booked(town.store) == [("tilroy:voucher:31", "earn", 10_000), ("tilroy:voucher:31:used", "burn", 2_500)]
    assert stored(town.store, loyalty_event)[-1]["occurred_at"] == "2026-03-02T11:00:00.000000Z"
    town.after(after(17), gift(1_000, 16), receipt(15))
    assert held(town.store) == {"available": 1_000}
    assert items(town.store) == []
    assert sound(town.store)


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "loyaltyvoucher"}, {"kind": "creditvoucher"}, {"kind": "voucher"}, {"kind": "nextsalediscount"},
        {"kind": "advance"}, {"status": "new"}, {"status": None}, {"starts_on": "2026-03-09"},
    ],
)  # fmt: skip
def test_only_what_somebody_paid_for_is_money_from_its_first_day_on(programme: Any, fields: dict[str, Any]) -> None:
    town = programme(NO_RULES)
    town.after(after(11), ann(), gift(**fields))
    assert stored(town.store, loyalty_account) == []
    assert items(town.store) == []


def test_a_voucher_that_starts_later_is_booked_on_its_day(programme: Any) -> None:
    town = programme(NO_RULES)
    town.after(after(11), ann(), gift(starts_on="2026-03-03"))
    town.resolved(after(25))
    assert held(town.store) == {"available": 10_000}


def test_what_we_brought_to_the_till_ourselves_is_not_counted_again(programme: Any) -> None:
    town = programme(NO_RULES)
    town.after(after(9), ann(), gift(10_000, 8))
    spend(town.store, 4_000, 9)
    written(town.store, 6_000, 10)
    town.after(after(12), gift(6_000, 11))
    assert held(town.store) == {"available": 6_000}
    town.after(after(14), gift(5_500, 13))
    assert held(town.store) == {"available": 5_500}
    spend(town.store, 500, 14)
    written(town.store, 5_000, 15)
    town.after(after(17), gift(4_000, 16))
    assert held(town.store) == {"available": 4_000}
    assert items(town.store) == []
    assert sum(amount for key, kind, amount in booked(town.store) if ":used" in key) == 1_500


def test_a_reading_from_before_our_write_says_what_the_till_took_itself(programme: Any) -> None:
    town = programme(NO_RULES)
    town.after(after(9), ann(), gift(10_000, 8))
    spend(town.store, 4_000, 9)
    written(town.store, 6_000, 12)
    town.after(after(13), gift(7_000, 11))
    assert held(town.store) == {"available": 3_000}


def test_what_was_given_back_online_may_be_open_again_at_the_till(programme: Any) -> None:
    town = programme(NO_RULES)
    town.after(after(9), ann(), gift(10_000, 8))
    key = set_aside(town.store, 4_000, 9)
    written(town.store, 6_000, 9.1)
    town.after(after(9.2), gift(6_000, 9.15))
    let_go(town.store, key, 9.2)
    written(town.store, 10_000, 9.5)
    town.after(after(11), gift(9_000, 10))
    assert (held(town.store), items(town.store)) == ({"available": 9_000}, [])


def test_a_write_whose_answer_was_lost_is_known_by_what_is_open(programme: Any) -> None:
    town = programme(NO_RULES)
    town.after(after(9), ann(), gift(10_000, 8))
    spend(town.store, 4_000, 9)
    written(town.store, 6_000, 10, state="unknown")
    town.after(after(12), gift(6_000, 11))
    assert (held(town.store), items(town.store)) == ({"available": 6_000}, [])
    town.after(after(14), gift(5_000, 13))
    assert held(town.store) == {"available": 6_000}
    assert items(town.store) == [("used at the till while the answer to a write was lost", 10_000, 5_000)]
    written(town.store, 6_000, 14)
    town.after(after(16), gift(5_000, 15))
    assert (held(town.store), items(town.store)) == ({"available": 5_000}, [])


def test_a_coupon_used_online_is_spent_once_by_its_order_and_comes_back_when_that_is_called_off(programme: Any) -> None:
    town = programme(NO_RULES)
    town.after(after(13), ann(), ordered(2_500), gift())
    town.after(after(14), ordered(2_500))
    assert ("woocommerce:order:1042:tilroy:voucher:31", "burn", 2_500) in booked(town.store)
    assert held(town.store) == {"available": 7_500}
    town.after(after(15), ordered(2_500, "cancelled", hour=14))
    assert held(town.store) == {"available": 10_000}
    assert sound(town.store)


def test_a_shop_that_sets_aside_here_and_shows_the_coupon_too_spends_once(programme: Any) -> None:
    town = programme(NO_RULES)
    town.after(after(9), ann(), gift(10_000, 8))
    spend(town.store, 2_500, 11, "woocommerce:order:1042")
    town.after(after(13), ordered(2_500))
    assert held(town.store) == {"available": 7_500}


def test_what_was_captured_for_an_order_comes_back_with_it(programme: Any) -> None:
    town = programme(NO_RULES)
    town.after(after(9), ann(), gift(10_000, 8))
    spend(town.store, 2_500, 11, "woocommerce:order:1042")
    town.after(after(13), ordered(2_500, "cancelled"))
    assert held(town.store) == {"available": 10_000}


def test_a_coupon_in_the_webshop_and_the_voucher_at_the_till_are_one_account_in_any_case_of_letters(
    programme: Any,
) -> None:
    town = programme(NO_RULES)
    coupon = record("voucher", "woocommerce", "88", kind="fixed_cart", code="gift-ann", amount_minor=10_000)
    town.after(after(11), ann(), gift(code="GIFT-Ann"), coupon)
    town.after(after(13), ordered(1_000, code="Gift-ANN"))
    (account,) = stored(town.store, loyalty_account)
    assert (account["holder"], account["available"]) == ("voucher:GIFT-ANN", 9_000)


CONTRADICTIONS: dict[str, tuple[dict[str, Any], tuple[str, int | None, int | None]]] = {
    "more open": ({"left": 9_500}, ("more is open than before", 9_000, 9_500)),
    "another full amount": ({"left": 9_000, "amount_minor": 20_000},
                            ("another full amount than before", 10_000, 20_000)),
    "another currency": ({"left": 9_000, "currency": "USD"}, ("another currency than before", None, 9_000)),
    "below zero": ({"left": -1}, ("amounts that cannot be", None, -1)),
    "more open than it is worth": ({"left": 10_001}, ("amounts that cannot be", None, 10_001)),
    "no amounts": ({"left": None}, ("amounts that cannot be", None, None)),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_l15_a_reading_that_contradicts_is_one_open_item_and_nothing_else_stops(programme: Any, name: str) -> None:
    fields, item = CONTRADICTIONS[name]
    town = programme(NO_RULES)
    town.after(after(9), ann(), gift(9_000, 8))
    before = stored(town.store, ledger_entry)
    other = gift(500, 11, "32", code="other", amount_minor=500)
    town.after(after(12), gift(hour=11, **fields), other)
    town.resolved(after(13))
    assert items(town.store) == [item]
    assert [each for each in stored(town.store, ledger_entry) if each["event"] != "tilroy:voucher:32"] == before
    assert "tilroy:voucher:32" in [key for key, _, _ in booked(town.store)]
    town.after(after(15), gift(8_000, 14))
    assert items(town.store) == []
    assert sound(town.store)


UNBOOKABLE: dict[str, tuple[dict[str, Any], str]] = {
    "currency": ({"currency": "USD"}, "a currency that nobody configured"),
    "no code": ({"code": None}, "its code cannot be read"),
    "a blank in its code": ({"code": "GIFT 1"}, "its code cannot be read"),
    "ten billion": ({"left": 0, "amount_minor": 10**13}, "amounts that cannot be"),
}


@pytest.mark.parametrize("name", UNBOOKABLE)
def test_what_no_ledger_can_hold_is_an_open_item_and_no_account(programme: Any, name: str) -> None:
    fields, cause = UNBOOKABLE[name]
    town = programme(NO_RULES)
    town.after(after(11), ann(), gift(**fields))
    assert [each[0] for each in items(town.store)] == [cause]
    assert stored(town.store, loyalty_account) == []


def test_a_code_that_two_vouchers_share_is_one_open_item_and_nobody_s_money(programme: Any) -> None:
    town = programme(NO_RULES)
    town.after(after(11), ann(), gift(), gift(key="32", code=CODE))
    assert items(town.store) == [("several vouchers have its code", None, 10_000)]
    assert stored(town.store, loyalty_account) == []


def test_a_code_that_comes_a_second_time_adds_nothing_to_the_first(programme: Any) -> None:
    town = programme(NO_RULES)
    town.after(after(11), ann(), gift(10_000, 9))
    town.after(after(13), gift(5_000, 12, "32"), gift(9_000, 12))
    assert [each[0] for each in items(town.store)] == ["several vouchers have its code"]
    assert held(town.store) == {"available": 9_000}


def test_what_a_till_took_unread_before_we_wrote_over_it_is_asked_about(programme: Any) -> None:
    town = programme(NO_RULES)
    town.after(after(9), ann(), gift(10_000, 8))
    spend(town.store, 4_000, 9)
    written(town.store, 6_000, 11)
    town.after(after(13), gift(6_000, 12), receipt(10))
    assert items(town.store) == [("used at the till, and written over before that was read", None, 6_000)]
    town.after(after(15), gift(5_000, 14))
    assert items(town.store) == []


def test_spent_at_the_till_and_online_at_once_is_an_open_item_with_its_amount(programme: Any) -> None:
    town = programme(NO_RULES)
    town.after(after(9), ann(), gift(10_000, 8))
    spend(town.store, 8_000, 9)
    town.after(after(13), gift(5_000, 11), receipt(10))
    assert held(town.store) == {"uncovered": -3_000}


def test_no_code_is_in_what_is_never_deleted(programme: Any) -> None:
    town = programme(NO_RULES)
    town.after(after(13), ann(), ordered(2_500), gift(9_000), receipt(9))
    assert [each for table in (loyalty_event, ledger_entry) for each in stored(town.store, table)
            if CODE in str(each)] == []  # fmt: skip
    assert CODE in str(stored(town.store, loyalty_subject))


def test_points_and_vouchers_stay_apart(programme: Any) -> None:
    town = programme("leader: hub\nearn: {web: {on: purchase, points: 1, per_cents: 100}}\n")
    line = record("order_line", "woocommerce", "1042.1", order_id="1042", currency="EUR", quantity_thousandths=1000,
                  total_minor=500)  # fmt: skip
    town.after(after(13), ann(), ordered(2_500), line, gift())
    assert {(each["unit"], each["available"]) for each in stored(town.store, loyalty_account)} == {
        ("points", 5), ("EUR", 7_500),
    }  # fmt: skip


def test_without_vouchers_and_without_a_programme_a_resolve_books_nothing(programme: Any) -> None:
    town = programme(NO_RULES)
    keep(town.store, ann(), ordered(2_500))
    town.resolved(after(13))
    assert stored(town.store, loyalty_event) == []
