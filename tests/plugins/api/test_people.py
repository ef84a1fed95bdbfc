"""Who stands before a till, an app or a webshop: one person or nobody, no more than is needed, and never unseen."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import insert

from plugins.hub.auditing import logged
from plugins.hub.meaning import Meaning
from plugins.store.decided_tables import offer_issue, offer_terms
from plugins.store.engine import Store
from plugins.store.mirror import open_mirror
from plugins.store.tables import push
from tests.making import act, customer, keep, person, withdrawal
from tests.plugins.api.counter import CARD, Shop, receipt

ANN = f"/persons?card={CARD}"


def consent(told: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(each["channel"], each["purpose"]): each["state"] for each in told["consent"]}


def test_a_card_a_receipt_and_a_login_name_the_same_person(shop: Shop) -> None:
    ways = ("card=" + CARD, "source=woocommerce&id=ann", "source=till&id=ann", "receipt=R-1", "receipt=R-2",
            "source=till&receipt=1")  # fmt: skip
    told = [shop.get(f"/persons?{way}") for way in ways]
    assert [status for status, _ in told] == [200] * len(ways)
    assert {each["profile_id"] for _, each in told} == {shop.who("ann")}


def test_it_tells_what_who_serves_needs_and_no_address(shop: Shop) -> None:
    _, told = shop.get(ANN)
    assert (told["first_name"], told["points"]) == ("Ann", 0)
    assert told["vouchers"] == [{"source": "till", "id": "v1", "open": 2500, "currency": "EUR", "ends_on": None}]
    assert consent(told) == {("email", "marketing"): "granted"}
    assert told["missing"][:2] == ["last_name", "phone"]
    assert "example.nl" not in json.dumps(told)
    assert "GIFT1" not in json.dumps(told)


@pytest.mark.parametrize(
    "way", ["card=77", "card=1", "receipt=R-3", "receipt=9", "source=till&id=zoe", "source=web&receipt=1"]
)
def test_several_persons_and_none_are_nobody(shop: Shop, way: str) -> None:
    assert shop.get(f"/persons?{way}") == (404, {
        "code": "unknown_person", "message": "person: not one person that the hub knows; check it, or sync first",
    })  # fmt: skip


@pytest.mark.parametrize("way", ["", "card=", "id=ann", "card=1&receipt=2", "card=1&source=till&id=ann"])
def test_who_names_nobody_or_two_is_refused(shop: Shop, way: str) -> None:
    assert shop.get(f"/persons?{way}")[0] == 400


def test_a_receipt_that_two_shops_numbered_alike_names_nobody_without_its_shop(shop: Shop) -> None:
    keep(shop.store, receipt("8", customer_id="ann"), {**receipt("8", customer_id="zoe"), "source": "other"})
    assert shop.get("/persons?receipt=R-8")[0] == 404
    assert shop.get("/persons?receipt=R-8&source=till")[0] == 200


def test_every_look_up_is_a_line_of_who_saw_whom(shop: Shop) -> None:
    shop.get(ANN)
    shop.get("/persons?card=1")
    shop.get(f"/persons/{shop.who('ann')}/offers?at=woocommerce")
    lines = [(each["who"], each["kind"], each["about"], each["detail"]) for each in logged(shop.store, 9)]
    ann = shop.who("ann")
    assert lines == [("webshop", "look-up", ann, {"by": "offers"}), ("webshop", "look-up", ann, {"by": "card"})]


def test_a_withdrawal_since_the_last_resolve_counts_at_once(shop: Shop) -> None:
    keep(shop.store, withdrawal("ann"))
    assert consent(shop.get(ANN)[1]) == {("email", "marketing"): "refused"}


def test_it_answers_while_a_run_has_the_mirror_and_follows_the_next_one(shop: Shop) -> None:
    with open_mirror(shop.store):
        assert shop.get(ANN)[0] == 200
    keep(shop.store, person("dan", card="88", first_name="Dan"))
    assert shop.get("/persons?card=88")[0] == 404
    shop.resolve()
    assert shop.get("/persons?card=88")[1]["first_name"] == "Dan"


def test_before_the_first_resolve_nobody_is_known(sqlite_store: Store, meaning: Meaning) -> None:
    assert Shop(sqlite_store, meaning).get(ANN)[0] == 404


def test_who_is_erased_or_gone_at_the_source_is_not_told(shop: Shop) -> None:
    gone = {**customer("ann", card=CARD), "is_deleted": True, "changed_at": "2026-03-03T00:00:00+00:00"}
    keep(shop.store, gone, {**customer("ann", "till", card=CARD), "is_deleted": True,
                           "changed_at": "2026-03-03T00:00:00+00:00"})  # fmt: skip
    assert shop.get(ANN)[0] == 404


def offered(shop: Shop, who: str, code: str = "ABCD234678", **fields: Any) -> None:
    """Give somebody a code that the webshop has."""
    terms = {"percent": 10, "minor": None, "from_minor": 5000, "currency": "EUR", "redeem": ["woocommerce", "till"],
             "products": {"woocommerce": ["7"]}}  # fmt: skip
    issue = {"offer": "second_time", "round": 0, "profile_id": who, "code": code, "is_shared": False, "terms": code,
             "starts_on": "2026-03-01", "ends_on": "2026-03-31", "rules_version": "1",
             "issued_at": "2026-03-01"}  # fmt: skip
    with shop.store.writing() as connection:
        connection.execute(insert(offer_terms), [{"hash": code, "terms": json.dumps(terms)}])
        number = connection.execute(insert(offer_issue).values(**{**issue, **fields})).inserted_primary_key
        connection.execute(insert(push), [{
            "key": f"k{code}", "destination": "woocommerce", "profile_id": who, "operation": "add", "normaliser": 1,
            "wire_id": f"offer:{number[0] if number else 0}", "payload": '{"is_open": true}', "payload_hash": "",
            "reason": "", "rules_version": "1", "state": "accepted", "planned_at": "2026-03-01",
        }])  # fmt: skip


def personal(value: str = "yes", hours: float = 1) -> dict[str, Any]:
    facts = {f"personal_offers_optin_{each}": "said" for each in ("text", "form")}
    return act("ann", value, hours, field="meta_data.personal_offers_optin",
               facts={**facts, "personal_offers_optin_at": f"2026-03-01T0{int(hours) + 6}:00:00+00:00"})  # fmt: skip


def codes(shop: Shop, at: str = "woocommerce") -> list[str]:
    status, told = shop.get(f"/persons/{shop.who('ann')}/offers?at={at}")
    assert status == 200
    return [each["code"] for each in told["offers"]]


def test_an_offer_of_ones_own_is_told_to_who_agreed_to_it_where_the_code_works(shop: Shop) -> None:
    offered(shop, shop.who("ann"))
    assert codes(shop) == []
    keep(shop.store, personal())
    assert codes(shop) == ["ABCD234678"]
    assert codes(shop, "till") == []  # the till has not been brought it yet
    assert codes(shop, "elsewhere") == []
    keep(shop.store, personal("no", 3))
    assert codes(shop) == []


def test_a_code_that_is_used_over_or_somebody_elses_is_not_told(shop: Shop) -> None:
    keep(shop.store, personal())
    offered(shop, shop.who("ann"), "OVERTIME22", ends_on="2026-03-10")
    offered(shop, "p-somebody", "OTHERCODE2", round=1)
    offered(shop, shop.who("ann"), "USEDALREAD", round=2)
    used = {"kind": "redemption", "code": "usedalread", "customer_id": "bob"}
    keep(shop.store, {**customer("x"), "entity": "customer"}, {
        "entity": "voucher", "source": "woocommerce", "source_id": "u", "stream": "orders",
        "seen_at": "2026-03-01T00:00:00+00:00", **used,
    })  # fmt: skip
    shop.resolve()
    assert codes(shop) == []


def test_what_they_looked_at_is_told_only_where_they_agreed_that_it_is_kept(shop: Shop) -> None:
    told = shop.get(f"/persons/{shop.who('ann')}/offers?at=woocommerce")[1]
    assert (told["last_viewed"], told["also_bought"]) == (None, [])


def test_offers_of_nobody_are_not_found(shop: Shop) -> None:
    assert shop.get("/persons/p0/offers?at=woocommerce")[0] == 404
    assert shop.get(f"/persons/{shop.who('ann')}/offers")[0] == 400
