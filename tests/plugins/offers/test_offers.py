"""Who gets an offer, once, and what every system says of it."""

from __future__ import annotations

from plugins.hub.plans import planned
from plugins.hub.rights import erasing
from plugins.offers.eligible import BOUGHT, HAS, NO_CONSENT, NOWHERE, TOO_LATE, UNREACHED
from tests.making import act, at, customer, keep, orders, reader, record
from tests.plugins.offers.counter import BOOKS, FIVER, Counter, at_the_till, club, goods, personal
from tests.road.stage import LETTER

EVERYWHERE = BOOKS.replace("[woocommerce]", "[woocommerce, tilroy]") + "shared_code: BOEKEN10\n"


def bought(name: str, product: str, hours: float, source: str = "woocommerce") -> list[dict[str, object]]:
    """Return a paid order of one product."""
    at = f"2026-03-{2 + int((9 + hours) // 24):02d}T{int((9 + hours) % 24):02d}:00:00+00:00"
    paid = {
        "customer_id": name,
        "channel": "web",
        "ordered_at": at,
        "is_paid": True,
        "currency": "EUR",
        "total_minor": 2000,
    }
    key = f"{name}:{product}:{hours}"
    line = {
        "order_id": key,
        "line_number": 1,
        "product_id": product,
        "quantity_thousandths": 1000,
        "total_minor": 2000,
        "currency": "EUR",
    }
    return [record("order", source, key, **paid), record("order_line", source, f"{key}:1", **line)]


def test_everybody_of_the_audience_gets_a_code_once_and_no_two_the_same(both_counters: Counter) -> None:
    keep(both_counters.store, club("ann"), club("bob"))
    counter = both_counters.write("books", BOOKS)
    assert counter.plan().to_issue == 2
    assert counter.issue() == {"books": 2}
    assert counter.issue() == {}
    one, other = counter.codes()
    assert one["code"] != other["code"]
    assert (one["starts_on"], one["ends_on"], one["round"]) == ("2026-03-03", "2026-03-16", 0)
    assert counter.plan().out == {HAS: 2}


def test_a_plan_issues_nothing(counter: Counter) -> None:
    keep(counter.store, club("ann"))
    counter = counter.write("books", BOOKS)
    counter.plan()
    counter.rows("mailchimp")
    assert counter.codes() == []


def test_who_did_not_agree_to_offers_of_their_own_gets_none(counter: Counter) -> None:
    keep(counter.store, club("ann"), reader("bob"), reader("cas"), personal("cas", "no"))
    assert counter.write("books", BOOKS).plan().out == {NO_CONSENT: 2}


def test_a_benefit_of_the_club_needs_no_profiling(counter: Counter) -> None:
    keep(counter.store, reader("ann"))
    members = LETTER.replace("order_count >= 1", "country is null").replace("{order_count: 0}", "{country: NL}")
    members = members.replace("{order_count: 3}", "{}")
    counter.write("members", members, "audiences")
    counter = counter.write("fiver", FIVER.replace("audience: letter", "audience: members\ngeneral: true"))
    assert counter.plan().to_issue == 1


def test_who_cannot_be_told_gets_no_code(counter: Counter) -> None:
    keep(counter.store, customer("ann"), orders("ann"), personal("ann"))
    assert counter.write("fiver", FIVER).plan().out == {UNREACHED: 1}


def test_nobody_is_offered_what_they_just_bought_in_any_channel(counter: Counter) -> None:
    keep(counter.store, at_the_till("t1", "Atlas", "Boeken", sku="SKU-1"))
    keep(counter.store, club("ann"), customer("ann", "tilroy"), club("bob"))  # the till does not even take the code
    keep(counter.store, bought("ann", "t1", 20, "tilroy"))
    counter = counter.write("books", BOOKS)
    assert counter.plan().out == {BOUGHT: 1}
    assert counter.at(40).plan().out == {}


def test_what_was_bought_with_nothing_but_an_address_counts_too(counter: Counter) -> None:
    keep(counter.store, club("ann"), club("bob"))
    guest = [{**each, "customer_id": None, "email": "ann@example.nl"} if each["entity"] == "order" else each
             for each in bought("nobody", "1", 20)]  # fmt: skip
    keep(counter.store, guest)
    assert counter.write("books", BOOKS).plan().out == {BOUGHT: 1}


def test_taking_people_out_needs_no_offer(counter: Counter) -> None:
    keep(counter.store, club("ann"))
    counter = counter.write("fiver", FIVER)
    with planned(counter.hub, "mailchimp", tells=False) as (connection, _, _):
        (payload,) = connection.execute("SELECT payload FROM desired").fetchall()
    assert "OFFER" not in payload[0]


def test_nobody_is_offered_what_their_shop_cannot_sell(counter: Counter) -> None:
    keep(counter.store, at_the_till("t9", "Kaart", "Kaarten", shops={"1": 2, "2": 0}))
    keep(counter.store, [record("store", "tilroy", key, name=f"Shop {key}") for key in "12"])
    for name, shop in (("ann", "1"), ("bob", "2")):
        sold = [
            {**each, "channel": "store", "store_id": shop} if each["entity"] == "order" else each
            for each in bought(name, "t8", 5, "tilroy")
        ]
        keep(counter.store, customer(name, "tilroy"), club(name, count=0), sold)
    text = (
        BOOKS.replace("Boeken", "Kaarten")
        .replace("[woocommerce]", "[tilroy]")
        .replace("valid:", "shared_code: KAART10\nvalid:")
    )
    plan = counter.write("maps", text).plan()
    assert (plan.to_issue, plan.out) == (1, {NOWHERE: 1})


def test_the_budget_is_kept(counter: Counter) -> None:
    keep(counter.store, [club(name) for name in ("ann", "bob", "cas")])
    plan = counter.write("books", BOOKS + "budget: {codes: 2}\n").plan()
    assert (plan.to_issue, plan.out) == (2, {TOO_LATE: 1})
    plan = counter.write("books", FIVER + "budget: {cents: 999}\n").plan()
    assert (plan.to_issue, plan.out) == (1, {TOO_LATE: 2})


def test_it_comes_again_when_the_rule_says_so(counter: Counter) -> None:
    keep(counter.store, club("ann"))
    counter = counter.write("fiver", FIVER + "again: 90 days\n")
    assert counter.issue() == {"fiver": 1}
    assert counter.at(80).issue() == {}
    assert counter.at(92).issue() == {"fiver": 1}
    assert [each["round"] for each in counter.codes()] == [0, 1]


def test_out_of_season_nobody_gets_it(counter: Counter) -> None:
    keep(counter.store, club("ann"))
    plan = counter.write("fiver", FIVER + "starts: '2026-03-05'\nends: '2026-03-06'\n").plan()
    assert (plan.held, plan.to_issue) == ("begins on 2026-03-05", 0)
    assert counter.at(5).write("fiver", FIVER + "ends: '2026-03-06'\n").plan().held == "ended on 2026-03-06"


def test_a_price_that_differs_holds_the_offer_and_says_where(counter: Counter) -> None:
    keep(counter.store, club("ann"), at_the_till("t1", "Atlas", "Boeken", cents=2200, sku="SKU-1"))
    plan = counter.write("books", EVERYWHERE).plan()
    assert plan.held == "1 products are not the same everywhere"
    assert [each.what for each in plan.differences] == ["price: 22.00 at tilroy, 20.00 at woocommerce"]


def test_the_weakest_channel_narrows_the_offer_where_the_rule_says_so(counter: Counter) -> None:
    keep(counter.store, club("ann"), goods("3", "Gids", "Boeken"))
    keep(counter.store, at_the_till("t1", "Atlas", "Boeken", cents=2200, sku="SKU-1"))
    keep(counter.store, at_the_till("t3", "Gids", "Boeken", sku="SKU-3"))
    counter = counter.write("books", EVERYWHERE + "differ: narrow\n")
    plan = counter.plan()
    assert (plan.held, plan.products, plan.to_issue) == ("", 1, 1)
    counter.issue()
    assert counter.told() == {"ann": "Ann: 10 % op Gids met BOEKEN10 tot 16 maart 2026"}


def test_a_promotion_in_one_channel_alone_holds_the_offer(counter: Counter) -> None:
    keep(counter.store, club("ann"), at_the_till("t1", "Atlas", "Boeken", sku="SKU-1"))
    promo = {"product_id": "1", "kind": "promo", "price_minor": 1500, "currency": "EUR"}
    keep(counter.store, record("price", "woocommerce", "1:promo", **promo))
    assert [each.what for each in counter.write("books", EVERYWHERE).plan().differences] == [
        "promotion: none at tilroy, 15.00 at woocommerce"
    ]


def test_what_nobody_has_in_stock_is_not_offered(counter: Counter) -> None:
    keep(counter.store, club("ann"), goods("5", "Tent", "Tenten", shops={None: 0}))
    plan = counter.write("tents", BOOKS.replace("Boeken", "Tenten")).plan()
    assert plan.held == "none of its products is in stock"


def test_a_code_is_told_only_when_every_system_that_takes_it_has_it(counter: Counter) -> None:
    keep(counter.store, club("ann"), customer("ann", "tilroy"))
    counter = counter.write("fiver", FIVER)
    counter.issue()
    (code,) = [each["code"] for each in counter.codes()]
    assert counter.told() == {"ann": ""}
    counter.bring("woocommerce")
    assert counter.told() == {"ann": ""}
    counter.bring("tilroy")
    assert counter.told() == {"ann": f"Vijf euro met {code}"}


def test_each_system_gets_the_code_in_its_own_way(counter: Counter) -> None:
    keep(counter.store, club("ann"), customer("ann", "tilroy"))
    counter = counter.write("fiver", FIVER)
    counter.issue()
    (code,) = [each["code"] for each in counter.codes()]
    shared = {
        "kind": "offer",
        "code": code,
        "percent": None,
        "minor": 500,
        "from_minor": None,
        "products": [],
        "currency": "EUR",
        "starts_on": "2026-03-03",
        "ends_on": "2026-04-02",
        "is_open": True,
    }
    (web,), (till,) = counter.rows("woocommerce", "offer"), counter.rows("tilroy", "offer")
    assert web["payload"] == {**shared, "email": "ann@example.nl"}
    assert till["payload"] == {**shared, "customer": "ann"}


def test_a_code_that_was_used_in_one_system_is_over_in_the_other(counter: Counter) -> None:
    keep(counter.store, club("ann"), customer("ann", "tilroy"))
    counter = counter.write("fiver", FIVER)
    counter.issue()
    for each in ("woocommerce", "tilroy"):
        counter.bring(each)
    (code,) = [each["code"] for each in counter.codes()]
    used = {
        "code": code,
        "kind": "redemption",
        "order_id": "9",
        "customer_id": "ann",
        "redeemed_at": "2026-03-04T10:00:00+00:00",
    }
    keep(counter.store, record("voucher", "tilroy", "r1", **used))
    (web,) = counter.rows("woocommerce", "offer")
    assert (web["operation"], web["payload"]["is_open"], web["payload"]["email"]) == ("change", False, None)
    assert counter.told() == {"ann": ""}
    assert counter.plan().used == 1


def test_a_code_goes_where_its_person_goes_and_nobody_has_two(counter: Counter) -> None:
    keep(counter.store, club("ann"), club("bob"))
    counter = counter.write("fiver", FIVER)
    assert counter.issue() == {"fiver": 2}
    same = {"phone": "+31687654012", "phone_quality": "ok", "last_name": "Bos"}
    keep(
        counter.store, customer("bob", email="ann@example.nl", first_name="Ann", initial="A", changed_at=at(20), **same)
    )
    keep(counter.store, customer("ann", changed_at=at(20), **same))
    plan = counter.at(3).plan()
    assert (plan.matched, plan.out, plan.open) == (1, {HAS: 1}, 2)


def test_somebody_withheld_from_the_audience_is_withheld_from_the_offer(counter: Counter) -> None:
    names = [f"reader{number}" for number in range(40)]
    keep(counter.store, [club(name) for name in names])
    text = (counter.rules / "audiences" / "letter.yml").read_text("utf-8")
    counter.write("letter", text + "holdout: 50%\n", "audiences")
    counter = counter.write("fiver", FIVER)
    assert 5 < counter.plan().to_issue < 35


def test_a_text_that_cannot_be_written_is_not_sent_and_is_counted(counter: Counter) -> None:
    keep(counter.store, club("ann", first_name=None), club("bob"))
    counter = counter.write("books", BOOKS)
    counter.issue()
    counter.bring("woocommerce")
    with planned(counter.hub, "mailchimp") as (_, plan, _resolved):
        assert plan.untold == [{"offer": "books", "why": "not known: first_name", "persons": 1}]
    told = counter.told()
    assert told["ann"] == ""
    assert told["bob"].startswith("Bob: 10 % op Atlas met ")


def test_what_is_over_is_wiped_at_the_mail_tool(counter: Counter) -> None:
    keep(counter.store, club("ann"))
    counter = counter.write("fiver", FIVER.replace(", tilroy", ""))
    counter.issue()
    counter.bring("woocommerce")
    counter.bring("mailchimp")
    assert counter.rows("mailchimp") == []
    (row,) = counter.at(40).rows("mailchimp")
    assert (row["operation"], row["payload"]["fields"]["OFFER"]) == ("change", "")


def test_what_a_withdrawal_takes_away_is_taken_away(counter: Counter) -> None:
    keep(counter.store, club("ann"))
    counter = counter.write("fiver", FIVER)
    counter.issue()
    keep(counter.store, personal("ann", "no", 9), act("ann", "yes", 9))
    assert counter.told() == {"ann": ""}


def test_who_has_two_offers_is_told_of_both(counter: Counter) -> None:
    keep(counter.store, club("ann"))
    counter.write("fiver", FIVER.replace(", tilroy", ""))
    counter = counter.write("books", BOOKS.replace("OFFER:", "BOOKS:"))
    counter.issue()
    counter.bring("woocommerce")
    assert counter.told()["ann"].startswith("Vijf euro met ")
    assert counter.told("BOOKS")["ann"].startswith("Ann: 10 % op Atlas met ")


def test_whoever_is_erased_has_no_code_any_more_and_it_is_closed_everywhere(counter: Counter) -> None:
    keep(counter.store, club("ann"), customer("ann", "tilroy"))
    counter = counter.write("fiver", FIVER)
    counter.issue()
    for each in ("woocommerce", "tilroy"):
        counter.bring(each)
    erasing.erase(counter.hub, erasing.find(counter.hub, "ann@example.nl"), "asked for")
    assert [each["profile_id"] for each in counter.codes()] == [None]
    (web,), (till,) = counter.rows("woocommerce", "offer"), counter.rows("tilroy", "offer")
    assert (web["payload"]["is_open"], web["payload"]["email"]) == (False, None)
    assert (till["payload"]["is_open"], till["payload"]["customer"]) == (False, None)
