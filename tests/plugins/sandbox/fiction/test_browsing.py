"""Browsers tell of visits that fit the accounts and orders of the webshop, and of what was allowed."""

from collections import Counter, defaultdict
from datetime import timedelta

from plugins.sandbox.fiction import Fiction
from plugins.sandbox.fiction.browsing import DAYS, WITHOUT_THANKS

OTHERS = ("web_accounts", "web_orders", "till_sales", "contacts", "storefront_orders", "social_comments", "truths")


def test_tells_the_same_visits_from_the_same_seed(hamlet: Fiction):
    again, other = Fiction(7, 150, hamlet.anchor), Fiction(8, 150, hamlet.anchor)
    assert again.browse_events == hamlet.browse_events != other.browse_events


def test_events_are_of_the_last_weeks_and_in_order(town: Fiction):
    times = [each.at for each in town.browse_events]
    assert times == sorted(times)
    assert town.anchor - timedelta(days=DAYS + 1) < times[0] < times[-1] <= town.anchor


def test_every_event_is_there_once(town: Fiction):
    keys = Counter((each.at, each.browser, each.name, each.page, each.items) for each in town.browse_events)
    measured = [count for (_, browser, *_), count in keys.items() if browser]
    assert max(measured) <= 2


def test_a_share_of_the_accounts_browses_signed_in(town: Fiction):
    accounts = {str(each.id): each for each in town.web_accounts}
    signed_in = {each.account for each in town.browse_events} - {""}
    assert signed_in <= accounts.keys()
    assert 0.2 < len(signed_in) / len(accounts) < 0.5
    assert all(
        each.person == accounts[each.account].person and each.at > accounts[each.account].registered_at - timedelta(1)
        for each in town.browse_events
        if each.account
    )


def test_who_refused_to_be_measured_has_no_cookie_and_is_nobody(town: Fiction):
    refused = [each for each in town.browse_events if not each.may_measure]
    assert 0.1 < len(refused) / len(town.browse_events) < 0.4
    assert not any(each.browser or each.account or each.may_advertise for each in refused)
    assert all(each.browser for each in town.browse_events if each.may_measure)


def test_every_order_of_these_weeks_was_placed_in_a_visit_and_nothing_else_was(town: Fiction):
    since = town.anchor - timedelta(days=DAYS)
    placed = {
        str(each.id)
        for each in town.web_orders
        if each.created_at >= since and each.status not in (*WITHOUT_THANKS, "checkout-draft")
    }
    bought = [each for each in town.browse_events if each.name == "purchase"]
    assert sorted(each.order for each in bought) == sorted(placed)
    assert len(placed) > 50
    assert all(each.items and each.value_cents > 0 for each in bought)


def test_some_baskets_are_left_and_some_are_bought(town: Fiction):
    done = defaultdict(set)
    for each in town.browse_events:
        done[each.browser, each.session].add(each.name)
    baskets = [names for (browser, _), names in done.items() if browser and "add_to_cart" in names]
    assert min(Counter("purchase" in names for names in baskets).values()) > 30


def test_articles_are_those_of_the_webshop(town: Fiction):
    online = {each.sku for each in town.articles}
    assert {item.sku for each in town.browse_events for item in each.items} <= online


def test_some_events_come_days_late(town: Fiction):
    late = Counter(each.days_late for each in town.browse_events)
    assert set(late) == {0, 1, 2, 3}
    assert late[0] > 0.9 * len(town.browse_events)


def test_some_look_something_up_signed_in_and_buy_it_in_a_shop_on_the_last_day(town: Fiction):
    accounts, cards = {each.person: each for each in town.web_accounts}, {each.id: each for each in town.till_customers}
    seen = {(each.person, item.sku) for each in town.browse_events if each.account for item in each.items}
    found = [
        sale
        for sale in town.till_sales
        if sale.customer_id and sale.sold_at > town.anchor - timedelta(days=1)
        for line in sale.lines
        if (person := cards[sale.customer_id].person) in accounts
        and (person, next(each.sku for each in town.articles if each.sku_id == line.sku_id)) in seen
        and dict(accounts[person].meta)["behaviour_optin"] == "yes"
    ]
    assert len(found) >= 4
    assert all(sale.exported_at < town.anchor and sale.lines[0].total_cents > 0 for sale in found)
