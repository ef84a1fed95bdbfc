"""How much of everything there is among 3,000 people: enough for every rule to be met by someone."""

import re
from collections import Counter, defaultdict
from datetime import timedelta

from plugins.sandbox.fiction import Fiction
from plugins.sandbox.fiction.spelling import PLACEHOLDER_CARDS, PLACEHOLDER_EMAILS, PLACEHOLDER_PHONES

MASK = "@verkopen.bol.com"
PARTS = ("at", "text", "form", "ip")
RESERVED = re.compile(r"(?:[a-z]+\.)?example\.(?:nl|be|com)")


def answers(town: Fiction) -> list[tuple[str, dict[str, object]]]:
    """Return what each person was seen to answer in the webshop, with what stood beside it."""
    views = (*town.web_accounts, *town.web_orders)
    return [(view.person, dict(view.meta)) for view in views if "newsletter_optin" in dict(view.meta)]


def proved(town: Fiction) -> set[str]:
    """Return who gave a consent that somebody can prove."""
    web = {
        person
        for person, meta in answers(town)
        if meta["newsletter_optin"] == "yes" and all(f"newsletter_optin_{part}" in meta for part in PARTS)
    }
    forms = (each for each in town.contacts if each.status == "subscribed")
    return web | {each.person for each in forms if each.opted_in_at and each.ip_opt}


def refused(town: Fiction) -> set[str]:
    """Return who is refused by any system."""
    web = {person for person, meta in answers(town) if meta["newsletter_optin"] == "no"}
    till = {each.person for each in town.till_customers if not each.newsletter}
    gone = ("unsubscribed", "cleaned", "archived", "pending")
    return web | till | {each.person for each in town.contacts if each.status in gone}


def willing(town: Fiction) -> set[str]:
    """Return who is said by any system to have agreed."""
    web = {person for person, meta in answers(town) if meta["newsletter_optin"] == "yes"}
    till = {each.person for each in town.till_customers if each.newsletter and each.email.strip()}
    return web | till | {each.person for each in town.contacts if each.status == "subscribed"}


def emails_of(town: Fiction) -> list[tuple[str, str]]:
    views = (*town.till_customers, *town.web_accounts, *town.web_orders, *town.contacts)
    placeholders = {address.lower() for address in PLACEHOLDER_EMAILS}
    pairs = [(view.person, view.email.strip().lower()) for view in views]
    return [(person, email) for person, email in pairs if email and MASK not in email and email not in placeholders]


def test_most_people_have_an_address_somewhere(town: Fiction):
    assert 0.55 <= len({person for person, _ in emails_of(town)}) / 3000 <= 0.65


def test_there_is_a_crowd_for_every_answer(town: Fiction):
    agreed = proved(town) - refused(town)
    assert 400 < len(agreed) < 800
    assert 300 < len(willing(town) - proved(town) - refused(town)) < 700
    assert 110 < sum(each.status == "unsubscribed" for each in town.contacts) < 300
    assert all(each.unsubscribe_reason == "" for each in town.contacts if each.status != "unsubscribed")


def test_proof_without_refusal_is_nearly_always_the_truth(town: Fiction):
    wants = {truth.id for truth in town.truths if truth.wants_email}
    agreed = proved(town) - refused(town)
    assert len(agreed - wants) <= 0.01 * len(agreed)


def test_every_part_of_the_proof_is_missing_somewhere(town: Fiction):
    yes = [meta for _, meta in answers(town) if meta["newsletter_optin"] == "yes"]
    for part in PARTS:
        others = [each for each in PARTS if each != part]
        alone = [
            m for m in yes if f"newsletter_optin_{part}" not in m and all(f"newsletter_optin_{o}" in m for o in others)
        ]
        assert len(alone) > 20, part
    assert sum(len(meta) == 1 for meta in yes) > 10


def test_accounts_and_guests_both_answer(town: Fiction):
    accounts = [each for each in town.web_accounts if "newsletter_optin" in dict(each.meta)]
    guests = [each for each in town.web_orders if each.account_id == 0 and "newsletter_optin" in dict(each.meta)]
    assert len(accounts) > 300
    assert len(guests) > 100


def test_systems_contradict_each_other(town: Fiction):
    left = {each.person: each.last_changed for each in town.contacts if each.status == "unsubscribed"}
    said = {
        person: str(meta["newsletter_optin_at"])
        for person, meta in answers(town)
        if person in left and meta["newsletter_optin"] == "yes" and "newsletter_optin_at" in meta
    }
    before = [person for person, at in said.items() if at < left[person].isoformat()]
    assert len(before) > 20, "agreed in the webshop, then unsubscribed"
    assert len(said) - len(before) > 10, "unsubscribed, then agreed in the webshop"
    till_says_no = {each.person for each in town.till_customers if not each.newsletter}
    assert 20 < len(proved(town) & till_says_no) < 150


def test_contacts_came_in_every_way(town: Fiction):
    statuses = Counter(each.status for each in town.contacts)
    assert set(statuses) == {"subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived"}
    assert min(statuses.values()) > 10
    imported = [each for each in town.contacts if each.source in ("Import", "API - Generic")]
    assert len(imported) > 100
    assert all(each.opted_in_at is None and not each.ip_opt for each in imported if each.status == "subscribed")
    assert {"vip-antwerpen", "agency-xmas"} <= {tag for each in town.contacts for tag in each.tags}


def test_people_are_known_to_one_two_or_three_systems(town: Fiction):
    till = {each.person for each in town.till_customers}
    web = {each.person for each in (*town.web_accounts, *town.web_orders)}
    letter = {each.person for each in town.contacts}
    known = Counter(person for system in (till, web, letter) for person in system)
    sizes = Counter(known.values())
    assert sizes[1] > 1000
    assert sizes[2] > 500
    assert sizes[3] > 150


def test_some_people_have_several_records_at_the_till(town: Fiction):
    records = Counter(each.person for each in town.till_customers)
    assert sum(count > 1 for count in records.values()) > 150
    assert sum(each.merged_into is not None for each in town.till_customers) > 30
    assert sum(each.deleted_at is not None for each in town.till_customers) > 20


def test_families_share_addresses_and_numbers(town: Fiction):
    people_of = defaultdict(set)
    for person, email in emails_of(town):
        people_of[email].add(person)
    assert sum(len(people) > 1 for people in people_of.values()) > 20
    mobiles = defaultdict(set)
    for each in town.till_customers:
        mobiles["".join(re.findall(r"\d", each.mobile))[-8:]].add(each.person)
    assert sum(len(people) > 1 for people in mobiles.values()) > 20


def test_guests_later_make_an_account(town: Fiction):
    registered = {each.email.lower(): each.registered_at for each in town.web_accounts}
    guests = [each for each in town.web_orders if each.account_id == 0]
    assert sum(each.created_at < registered.get(each.email.lower(), each.created_at) for each in guests) > 100


def test_clerks_type_what_is_not_so(town: Fiction):
    emails, phones = [c.email for c in town.till_customers], [c.mobile for c in town.till_customers]
    assert sum(email in PLACEHOLDER_EMAILS for email in emails) > 40
    assert sum(phone in PLACEHOLDER_PHONES for phone in phones) > 20
    assert sum(each.card in PLACEHOLDER_CARDS for each in town.till_customers) > 20
    assert sum(email != email.strip() for email in emails) > 10
    assert sum(email.isupper() for email in emails) > 20
    for notation in (r"06-\d{8}", r"\+31 6 \d{8}", r"0031\d{9}", r"04\d\d/\d\d\.\d\d\.\d\d", r"\+32\d{9}"):
        assert any(re.fullmatch(notation, phone) for phone in phones), notation
    assert sum(MASK in order.email for order in town.web_orders) > 50


def test_addresses_are_nobodys(town: Fiction):
    domains = {email.partition("@")[2] for _, email in emails_of(town)}
    assert all(RESERVED.fullmatch(domain) for domain in domains), domains
    ips = [each.ip_opt for each in town.contacts if each.ip_opt]
    assert all(ip.startswith(("192.0.2.", "198.51.100.", "203.0.113.")) for ip in ips)


def test_the_shops_and_the_webshop_are_busy(town: Fiction):
    assert 12_000 <= len(town.till_sales) <= 20_000
    assert 3_200 <= len(town.web_orders) <= 4_800
    assert {"completed", "refunded", "cancelled", "trash", "failed"} <= {order.status for order in town.web_orders}
    assert sum(dict(order.meta).get("collect_method") == "click_and_collect" for order in town.web_orders) > 200
    assert len(town.campaigns) == 24
    assert {each.action for each in town.activities} == {"open", "click", "bounce", "unsubscribe"}


def test_goods_come_back_elsewhere_and_late(town: Fiction):
    shop_of = {line.id: sale.shop_id for sale in town.till_sales for line in sale.lines}
    back = [(sale, line) for sale in town.till_sales for line in sale.lines if line.quantity < 0]
    assert sum(line.returns_line is None for _, line in back) > 10
    assert sum(shop_of.get(line.returns_line or 0, sale.shop_id) != sale.shop_id for sale, line in back) > 100
    assert sum(len(sale.lines) > 1 for sale, _ in back) > 100, "exchanges"
    late = [
        sale.exported_at - sale.sold_at
        for sale in town.till_sales
        if sale.exported_at - sale.sold_at > timedelta(hours=8)
    ]
    assert len(late) > 100
    assert max(late) < timedelta(days=3)


def test_customers_are_loyal_lapsing_and_lapsed(town: Fiction):
    last = {sale.customer_id: sale.sold_at for sale in town.till_sales if sale.customer_id}
    visits = Counter(sale.customer_id for sale in town.till_sales if sale.customer_id)
    days = {customer: (town.anchor - at).days for customer, at in last.items()}
    assert sum(age < 60 and visits[customer] >= 10 for customer, age in days.items()) > 150
    assert sum(120 <= age < 300 for age in days.values()) > 200
    assert sum(age >= 300 for age in days.values()) > 200
