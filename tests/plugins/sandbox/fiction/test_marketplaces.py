"""What is bought at marketplaces through the middleman is told once, behind masks, and changes nothing else."""

from collections import Counter
from datetime import timedelta

from plugins.sandbox.fiction import Fiction
from plugins.sandbox.fiction.marketplaces import DAYS, MASKS


def test_tells_the_same_of_the_marketplaces_from_the_same_seed(hamlet: Fiction):
    again = Fiction(seed=7, people=150, anchor=hamlet.anchor)
    assert again.marketplace_orders == hamlet.marketplace_orders != ()


def test_a_small_set_of_orders_of_two_marketplaces_in_the_last_two_months(town: Fiction):
    orders = town.marketplace_orders
    counts = Counter(order.marketplace for order in orders)
    assert 60 < len(orders) < 200
    assert counts["bol"] > counts["amazon"] > 10
    assert all(timedelta(0) < town.anchor - order.created_at <= timedelta(days=DAYS + 1) for order in orders)
    assert all(order.created_at <= order.modified_at <= town.anchor for order in orders)


def test_everybody_is_behind_the_alias_of_their_marketplace_each_time_another(town: Fiction):
    orders = town.marketplace_orders
    assert all(order.email.endswith(f"@{MASKS[order.marketplace]}") for order in orders)
    assert len({order.email for order in orders}) == len(orders)


def test_some_buyers_are_known_elsewhere_and_some_to_nobody(town: Fiction):
    people = {truth.id for truth in town.truths}
    known = [order for order in town.marketplace_orders if order.person]
    assert {order.person for order in known} <= people
    assert 20 < len(known) < len(town.marketplace_orders) - 20


def test_no_purchase_is_told_twice(town: Fiction):
    in_the_webshop = {said for order in town.web_orders for name, said in order.meta if name == "_marketplace_order"}
    aliases = {order.email for order in town.web_orders}
    assert in_the_webshop
    assert not in_the_webshop & {order.number for order in town.marketplace_orders}
    assert not aliases & {order.email for order in town.marketplace_orders}
    assert not {order.created_at for order in town.web_orders} & {each.created_at for each in town.marketplace_orders}


def test_orders_name_articles_that_the_other_systems_know(town: Fiction):
    prices = {each.sku_id: each.promo_cents or each.price_cents for each in town.articles if each.is_online}
    lines = [line for order in town.marketplace_orders for line in order.lines]
    assert len({line.id for line in lines}) == len(lines)
    assert all(line.unit_cents == prices[line.sku_id] for line in lines)
    assert all(line.total_cents == line.unit_cents * line.quantity for line in lines)


def test_what_goes_back_was_sent_and_most_of_it_is_accepted(town: Fiction):
    returned = [(order, back) for order in town.marketplace_orders for back in order.returns]
    assert 5 < len(returned) < 40
    assert Counter(back.status for _, back in returned).most_common(1)[0][0] == "accepted"
    for order, back in returned:
        assert order.status == "shipped"
        assert order.modified_at < back.created_at <= back.modified_at <= town.anchor
        assert back.quantity <= next(line.quantity for line in order.lines if line.id == back.line_id)


def test_some_old_orders_are_wiped_already(town: Fiction):
    wiped = [order for order in town.marketplace_orders if order.is_obfuscated]
    assert len(wiped) > 3
    assert all(town.anchor - order.created_at > timedelta(days=45) for order in wiped)
