"""The same seed tells the same life, in the order the protocol asks, and never more than that."""

import dataclasses
import random
from datetime import UTC, datetime, time, timedelta

import pytest

from plugins.sandbox.fiction import Fiction
from plugins.sandbox.retailer import Retailer

ANCHOR = datetime(2026, 11, 20, tzinfo=UTC)
VIEWS = (
    "shops", "articles", "till_customers", "till_sales", "till_vouchers", "till_points", "web_accounts", "web_orders",
    "web_coupons", "contacts", "campaigns", "activities", "truths",
)  # fmt: skip
NUMBERED = ("till_customers", "till_sales", "till_points", "web_accounts", "web_orders", "web_coupons", "till_vouchers")


def test_tells_the_same_life_from_the_same_seed():
    one, other = Fiction(3, 80, ANCHOR), Fiction(3, 80, ANCHOR)
    assert all(getattr(one, view) == getattr(other, view) for view in VIEWS)


def test_draws_from_its_own_seed_only():
    random.seed(1)
    one = Fiction(3, 40, ANCHOR)
    random.seed(2)
    assert one.till_sales == Fiction(3, 40, ANCHOR).till_sales


def test_tells_another_life_from_another_seed():
    one, other = Fiction(3, 80, ANCHOR), Fiction(4, 80, ANCHOR)
    assert one.truths != other.truths
    assert one.till_sales != other.till_sales


def test_keeps_the_first_people_when_more_move_in():
    few, many = Fiction(3, 60, ANCHOR), Fiction(3, 120, ANCHOR)
    assert [truth.first_name for truth in few.truths] == [truth.first_name for truth in many.truths[:60]]


def test_moves_with_the_anchor():
    assert Fiction(3, 20).anchor == datetime.combine(datetime.now(UTC).date(), time(), UTC)
    later = ANCHOR + timedelta(days=30)
    sale, moved = Fiction(3, 60, ANCHOR).till_sales[-1], Fiction(3, 60, later).till_sales[-1]
    assert timedelta(days=26) < moved.exported_at - sale.exported_at < timedelta(days=34)


def test_has_as_many_people_as_asked_for(hamlet: Retailer):
    assert len(hamlet.truths) == 150
    assert len(Fiction(1, 1, ANCHOR).truths) == 1


@pytest.mark.parametrize("view", NUMBERED)
def test_numbers_in_ascending_order(hamlet: Fiction, view: str):
    ids = [each.id for each in getattr(hamlet, view)]
    assert ids == sorted(set(ids))


def test_orders_sales_by_export(hamlet: Fiction):
    order = [(sale.exported_at, sale.id) for sale in hamlet.till_sales]
    assert order == sorted(order)


def test_nothing_happens_after_the_anchor(town: Fiction):
    moments = [sale.exported_at for sale in town.till_sales]
    moments += [moment for each in town.till_customers for moment in (each.created_at, each.exported_at)]
    moments += [moment for each in town.web_orders for moment in (each.created_at, each.modified_at)]
    moments += [moment for each in town.web_accounts for moment in (each.registered_at, each.modified_at)]
    moments += [each.last_changed for each in town.contacts] + [each.at for each in town.activities]
    moments += [each.at for each in town.till_points] + [each.sent_at for each in town.campaigns]
    assert max(moments) <= town.anchor
    assert all(moment.utcoffset() is not None for moment in moments)


def test_no_system_knows_who_someone_is(town: Fiction):
    views = (*town.till_customers, *town.web_accounts, *town.web_orders, *town.contacts)
    seen = "\n".join(repr(dataclasses.replace(view, person="")) for view in views)
    seen += repr((town.till_sales, town.till_vouchers, town.till_points, town.activities, town.web_coupons))
    assert "person-" in town.truths[0].id
    assert "person-" not in seen
