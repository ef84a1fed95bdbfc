"""The second webshop tells of the same people, and never more than they said and did."""

from collections import Counter
from datetime import timedelta

from plugins.sandbox.fiction import Fiction
from plugins.sandbox.fiction.second_shop import LEFT_DAYS, OPENED_DAYS

DAYS = timedelta(days=1)


def test_tells_the_same_of_the_second_shop_from_the_same_seed(hamlet: Fiction):
    again = Fiction(seed=7, people=150, anchor=hamlet.anchor)
    assert again.storefront_customers == hamlet.storefront_customers
    assert again.storefront_orders == hamlet.storefront_orders
    assert again.storefront_checkouts == hamlet.storefront_checkouts


def test_its_customers_are_people_who_live_in_belgium_each_address_once(town: Fiction):
    people = {truth.id for truth in town.truths}
    customers = town.storefront_customers
    assert 200 < len(customers) < 600
    assert {customer.person for customer in customers} <= people
    assert {customer.address.country for customer in customers if customer.address} == {"BE"}
    assert len({customer.email for customer in customers}) == len(customers)


def test_some_customers_are_new_to_the_webshop_and_some_use_another_address(town: Fiction):
    online = {each.person for each in (*town.web_accounts, *town.web_orders)}
    known = {each.email.lower() for each in (*town.web_accounts, *town.web_orders, *town.contacts)}
    assert 20 < sum(1 for each in town.storefront_customers if each.person not in online) < 200
    assert sum(1 for each in town.storefront_customers if each.person in online and each.email not in known) > 5


def test_who_subscribed_there_with_a_moment_really_wants_mail(town: Fiction):
    wants = {truth.id: truth.wants_email for truth in town.truths}
    states = Counter(each.email_state for each in town.storefront_customers)
    acts = [each for each in town.storefront_customers if each.email_state == "SUBSCRIBED" and each.email_at]
    assert len(acts) > 40
    assert all(wants[each.person] for each in acts)
    assert {"SUBSCRIBED", "UNSUBSCRIBED", "NOT_SUBSCRIBED", "PENDING", "INVALID"} == set(states)


def test_an_address_that_was_taken_over_bears_no_moment(town: Fiction):
    taken = [each for each in town.storefront_customers if each.email_level == "UNKNOWN"]
    assert len(taken) > 10
    assert not any(each.email_at for each in taken)


def test_few_said_something_about_messages(town: Fiction):
    states = Counter(each.sms_state for each in town.storefront_customers)
    assert 5 < states["SUBSCRIBED"] < states["NOT_SUBSCRIBED"] / 5
    assert states["UNSUBSCRIBED"] > 0


def test_orders_name_articles_that_the_other_systems_know(town: Fiction):
    skus = {article.sku_id for article in town.articles if article.is_online}
    ids = {customer.id for customer in town.storefront_customers}
    shops = {shop.id for shop in town.shops if shop.address and shop.address.country == "BE"}
    assert all(line.sku_id in skus for order in town.storefront_orders for line in order.lines)
    assert all(order.customer_id in ids for order in town.storefront_orders)
    assert {order.shop_id for order in town.storefront_orders} - {0} <= shops
    assert Counter(bool(order.shop_id) for order in town.storefront_orders)[True] > 5


def test_what_went_back_was_bought_there(town: Fiction):
    refunded = [order for order in town.storefront_orders if order.refunds]
    assert len(refunded) > 10
    for order in refunded:
        paid = {line.id: line.total_cents for line in order.lines}
        assert all(cents <= paid[line] for refund in order.refunds for line, _, cents in refund.lines)


def test_baskets_are_ten_days_old_at_most_and_some_were_bought_since(town: Fiction):
    left = town.storefront_checkouts
    assert min(each.created_at for each in left) >= town.anchor - LEFT_DAYS * DAYS
    assert 3 < sum(1 for each in left if each.completed_at) < len(left) / 2
    in_shops = {each.id: each.person for each in town.till_customers}
    bought = {
        (in_shops[sale.customer_id], line.sku_id)
        for sale in town.till_sales
        if sale.customer_id and sale.exported_at > town.anchor - LEFT_DAYS * DAYS
        for line in sale.lines
    }
    assert [each for each in left if not each.completed_at and (each.person, each.lines[0].sku_id) in bought]


def test_nothing_happens_there_before_the_opening_or_after_the_anchor(town: Fiction):
    customers, orders, left = town.storefront_customers, town.storefront_orders, town.storefront_checkouts
    begun = [each.created_at for each in (*customers, *orders, *left)]
    ended = [each.updated_at for each in (*customers, *orders, *left)]
    said = [each for customer in customers for each in (customer.email_at, customer.sms_at) if each]
    assert min(begun) >= town.anchor - OPENED_DAYS * DAYS - DAYS
    assert max(*begun, *ended, *said) <= town.anchor
    assert all(each.updated_at >= each.created_at for each in (*customers, *orders, *left))


def test_numbers_its_customers_and_orders_in_order_of_time(town: Fiction):
    moments = [order.created_at for order in town.storefront_orders]
    numbers = [order.number for order in town.storefront_orders]
    assert (moments, numbers) == (sorted(moments), list(range(1001, 1001 + len(numbers))))
