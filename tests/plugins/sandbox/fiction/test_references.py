"""Whatever names something else names something that exists, and the sums agree."""

from collections import Counter, defaultdict
from datetime import timedelta

import pytest

from plugins.sandbox.fiction import Fiction


@pytest.fixture(params=("town", "hamlet"))
def told(request: pytest.FixtureRequest) -> Fiction:
    fiction: Fiction = request.getfixturevalue(request.param)
    return fiction


def test_every_person_exists(told: Fiction):
    people = {truth.id for truth in told.truths}
    views = (*told.till_customers, *told.web_accounts, *told.web_orders, *told.contacts)
    assert {view.person for view in views} <= people


def test_every_sale_names_what_exists(told: Fiction):
    skus, shops = {article.sku_id for article in told.articles}, {shop.id for shop in told.shops}
    customers = {customer.id: customer for customer in told.till_customers}
    for sale in told.till_sales:
        assert {line.sku_id for line in sale.lines} <= skus
        assert sale.shop_id in shops
        assert sale.customer_id is None or customers[sale.customer_id].created_at <= sale.sold_at


def test_nothing_comes_back_that_was_not_sold(told: Fiction):
    lines = {line.id: (line, sale) for sale in told.till_sales for line in sale.lines}
    back: Counter[int] = Counter()
    refunded: Counter[int] = Counter()
    for line, sale in lines.values():
        if line.returns_line is not None:
            sold, bought = lines[line.returns_line]
            assert sold.sku_id == line.sku_id
            assert bought.sold_at < sale.sold_at
            back[sold.id] -= line.quantity
            refunded[sold.id] -= line.total_cents
    assert back
    assert all(0 < count <= lines[key][0].quantity for key, count in back.items())
    assert all(0 < cents <= lines[key][0].total_cents for key, cents in refunded.items())


def test_every_line_adds_up(told: Fiction):
    for sale in told.till_sales:
        assert [line.number for line in sale.lines] == list(range(1, len(sale.lines) + 1))
        for line in sale.lines:
            assert abs(line.unit_cents * line.quantity - line.discount_cents - line.total_cents) <= 1
            assert line.unit_cents <= line.standard_cents


def test_every_web_order_names_what_exists(told: Fiction):
    skus = {article.sku_id for article in told.articles if article.is_online}
    accounts = {account.id: account for account in told.web_accounts}
    for order in told.web_orders:
        assert {line.sku_id for line in order.lines} <= skus
        assert order.account_id == 0 or accounts[order.account_id].registered_at <= order.created_at


def test_refunds_never_exceed_the_order(told: Fiction):
    for order in told.web_orders:
        lines = {line.id: line for line in order.lines}
        paid = sum(line.total_cents for line in order.lines) + order.shipping_cents
        assert sum(refund.amount_cents for refund in order.refunds) <= paid
        for line_id, quantity, cents in (part for refund in order.refunds for part in refund.lines):
            assert quantity <= lines[line_id].quantity
            assert cents <= lines[line_id].total_cents


def test_accounts_and_contacts_are_unique_by_address(told: Fiction):
    for views in (told.web_accounts, told.contacts):
        addresses = [view.email.lower() for view in views]
        assert len(addresses) == len(set(addresses))


def test_points_on_a_record_are_the_sum_of_its_movements(told: Fiction):
    sums: Counter[int] = Counter()
    for movement in told.till_points:
        sums[movement.customer_id] += movement.points
    assert all(customer.points == sums[customer.id] for customer in told.till_customers)
    sales = {sale.id: sale for sale in told.till_sales}
    named = [movement for movement in told.till_points if movement.sale_id is not None]
    assert all(sales[each.sale_id or 0].customer_id == each.customer_id for each in named)
    assert len({each.sale_id for each in named}) == len(named)


def test_the_true_balance_is_what_is_on_the_records_in_use(told: Fiction):
    sums: Counter[str] = Counter()
    for customer in told.till_customers:
        sums[customer.person] += 0 if customer.deleted_at else customer.points
    assert all(truth.points == sums[truth.id] for truth in told.truths)


def test_merged_customers_lead_to_the_same_person(told: Fiction):
    customers = {customer.id: customer for customer in told.till_customers}
    merged = [customer for customer in told.till_customers if customer.merged_into]
    for customer in merged:
        kept = customers[customer.merged_into or 0]
        assert (kept.person, kept.merged_into, customer.is_active, customer.points) == (customer.person, None, False, 0)


def test_vouchers_are_redeemed_once(told: Fiction):
    vouchers = {voucher.barcode: voucher for voucher in told.till_vouchers}
    used = [barcode for sale in told.till_sales for barcode in sale.vouchers]
    assert len(vouchers) == len(told.till_vouchers)
    assert len(used) == len(set(used))
    assert all(vouchers[barcode].open_cents == 0 for barcode in used)


def test_activity_is_of_a_contact_with_a_campaign_that_was_sent(told: Fiction):
    contacts = {contact.email: contact for contact in told.contacts}
    sent = {campaign.id: campaign.sent_at for campaign in told.campaigns}
    seen = defaultdict(list)
    for each in told.activities:
        assert each.at >= sent[each.campaign_id] - timedelta(seconds=30)
        seen[each.email].append(each)
    for email, each in seen.items():
        if any(activity.action == "unsubscribe" for activity in each):
            assert contacts[email].status == "unsubscribed"
            assert max(activity.at for activity in each) == contacts[email].last_changed
