"""What browsers told means, record by record."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappers.canonical.google_analytics import STREAMS
from mappers.canonical.mapper import Mapper
from mappers.canonical.reading import Reading
from mappers.canonical.vendor_record import Unreadable
from plugins.store.entities import Basket, Customer, Event, Record
from tests.making import checked

SEEN = datetime(2026, 3, 3, tzinfo=UTC)
AT = datetime(2026, 3, 2, 10, 30, 5, 123456, tzinfo=UTC)
SHOE = {
    "item_id": "SHOE-77-BLU-42", "item_name": "Loopschoen", "item_brand": "Acme", "item_variant": "blauw 42",
    "price": 79.95, "quantity": "1", "coupon": "(not set)",
}  # fmt: skip
SOCK = {"item_id": "SOCK-3", "item_name": "(not set)", "price": Decimal("12.50"), "quantity": "2"}
Row = dict[str, Any]


def param(key: str, **value: Any) -> Row:
    blank = dict.fromkeys(("string_value", "int_value", "float_value", "double_value"))
    return {"key": key, "value": {**blank, **value}}


PARAMS = [
    param("ga_session_id", int_value="1772446900"),
    param("page_location", string_value="https://ann@shop.example/p/77?email=ann@example.com#top"),
    param("currency", string_value="EUR"),
    param("value", double_value=104.95),
]
ROW: Row = {
    "event_key": "0" * 32,
    "event_date": "20260302",
    "event_timestamp": "1772447405123456",
    "event_name": "view_item",
    "event_params": PARAMS,
    "user_id": "1001",
    "user_pseudo_id": "1187465820.1761823410",
    "privacy_info": {"analytics_storage": "Yes", "ads_storage": "No", "uses_transient_token": "No"},
    "device": {"category": "mobile"},
    "collected_traffic_source": {
        "manual_source": "mailchimp",
        "manual_medium": "email",
        "manual_campaign_name": "lente",
    },
    "items": [SHOE],
}


def read(stream: str = "events", accounts: str | None = "webshop", **changes: Any) -> list[Record]:
    reading = Reading("google_analytics", stream, SEEN, accounts=accounts)
    return checked(STREAMS[stream].read({**ROW, **changes}, reading))


def event(**changes: Any) -> Event:
    (made,) = [each for each in read(**changes) if isinstance(each, Event)]
    return made


def basket(**changes: Any) -> Basket:
    (made,) = [each for each in read(**changes) if isinstance(each, Basket)]
    return made


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("page_view", "page_view"),
        ("view_item", "product_view"),
        ("add_to_cart", "add_to_cart"),
        ("begin_checkout", "begin_checkout"),
    ],
)
def test_what_a_browser_does_is_an_event(name: str, kind: str) -> None:
    made = event(event_name=name)
    assert (made.kind, made.channel, made.occurred_at, made.changed_at) == (kind, "web", AT, AT)
    assert (made.product_id, made.customer_id) == ("SHOE-77-BLU-42", "1001")
    assert made.facts == {
        "item_name": "Loopschoen", "item_brand": "Acme", "device": "mobile", "source": "mailchimp", "medium": "email",
        "campaign": "lente", "visitor": "1187465820.1761823410",
    }  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"user_id": None}, {"privacy_info": {}}, {"user_pseudo_id": None}, {"user_pseudo_id": "ann@example.com"},
        {"user_pseudo_id": "1187465820"}, {"user_pseudo_id": "1.2.3"},
    ],
    ids=["of nobody", "nobody knows whether it is allowed", "no cookie", "an address", "an app's", "almost one"],
)  # fmt: skip
def test_the_number_of_a_browser_is_kept_only_of_who_is_signed_in_and_allows_it(changes: Row) -> None:
    assert "visitor" not in event(**changes).facts


def test_nothing_else_than_the_event_keeps_the_number_of_a_browser() -> None:
    made = [each.model_dump_json() for each in read(event_name="add_to_cart")]
    assert ["1187465820" in each for each in made] == [True, False]


def test_a_purchase_that_a_server_told_makes_no_order_and_no_basket() -> None:
    """It comes back in the export without a session and without who was signed in."""
    assert read(event_name="purchase", user_id=None, event_params=PARAMS[1:]) == []
    assert read(event_name="purchase", event_params=PARAMS[1:]) == []


@pytest.mark.parametrize("name", ["scroll", "session_start", "user_engagement", "refund"])
def test_other_events_are_filtered(name: str) -> None:
    assert read(event_name=name) == []


def test_an_event_is_stated_for_the_connection_whose_customer_it_names() -> None:
    made = event()
    assert (made.source, made.source_id) == ("webshop", f"google_analytics:{'0' * 32}")
    assert [type(each) for each in read()] == [Event]


def test_without_such_a_connection_the_number_is_a_customer_of_its_own() -> None:
    customer, made = read(accounts=None)
    assert isinstance(customer, Customer)
    assert isinstance(made, Event)
    assert (customer.source, customer.source_id, customer.customer_number) == ("google_analytics", "user:1001", "1001")
    assert (made.source, made.source_id, made.customer_id) == ("google_analytics", "0" * 32, "user:1001")
    assert (customer.email, customer.first_name) == (None, None)


@pytest.mark.parametrize("accounts", [None, "webshop"])
def test_an_event_of_nobody_known_names_nobody(accounts: str | None) -> None:
    made = read(accounts=accounts, user_id=None)
    assert [getattr(each, "customer_id", "") for each in made] == [None]


def test_who_refused_to_be_measured_is_not_there_at_all() -> None:
    refused = {"analytics_storage": "No"}
    for name in ("page_view", "add_to_cart", "purchase"):
        assert read(event_name=name, privacy_info=refused) == []
        assert read(event_name=name, privacy_info=refused, user_id=None, user_pseudo_id=None) == []


@pytest.mark.parametrize("said", [None, {}, {"analytics_storage": None}, {"analytics_storage": "Unset"}])
def test_who_did_not_say_yes_is_not_named_and_has_no_basket(said: Any) -> None:
    for accounts in (None, "webshop"):
        (made,) = read(accounts=accounts, event_name="add_to_cart", privacy_info=said)
        assert isinstance(made, Event)
        assert made.customer_id is None


@pytest.mark.parametrize("user", ["ann@example.com", "Ann@Example", "mailto:a@b"])
def test_an_address_in_place_of_the_number_is_set_aside(user: str) -> None:
    with pytest.raises(Unreadable) as error:
        read(user_id=user)
    assert (error.value.reason, error.value.field) == ("email_as_id", "user_id")
    assert user not in str(error.value)


def test_an_address_is_kept_without_what_names_a_person() -> None:
    assert event().url == "https://shop.example/p/77"
    mine = [param("page_location", string_value="https://shop.example/account/ann%40example.com")]
    assert event(event_params=mine).url == "https://shop.example"
    for location in ({"int_value": "3"}, {"string_value": "http://[broken"}, {}):
        assert event(event_params=[param("page_location", **location)]).url is None


def test_an_event_about_several_articles_names_none() -> None:
    made = event(event_name="begin_checkout", items=[SHOE, SOCK])
    assert made.product_id is None
    assert "item_name" not in made.facts
    assert event(items=None).product_id is None


def test_what_is_not_set_is_nothing() -> None:
    made = event(items=[{"item_id": "(not set)", "item_name": "(not set)"}], device=None, user_pseudo_id=None,
                 collected_traffic_source={"manual_source": "(direct)", "manual_medium": "(none)"})  # fmt: skip
    assert (made.product_id, made.facts) == (None, {"source": "(direct)"})


def test_what_is_put_in_opens_the_basket_of_the_visit() -> None:
    made = basket(event_name="add_to_cart")
    assert (made.status, made.customer_id, made.updated_at, made.total_minor) == ("open", "1001", AT, None)
    assert made.lines == [
        {"sku": "SHOE-77-BLU-42", "description": "Loopschoen", "quantity_thousandths": 1000, "total_minor": 7995}
    ]
    assert made.source_id.startswith("google_analytics:basket:")
    assert "1187465820" not in made.model_dump_json()


def test_the_checkout_tells_the_whole_basket() -> None:
    made = basket(event_name="begin_checkout", items=[SHOE, SOCK])
    assert (made.total_minor, made.currency, made.status) == (10495, "EUR", "open")
    assert made.lines[1] == {"sku": "SOCK-3", "quantity_thousandths": 2000, "total_minor": 2500}


def test_a_purchase_closes_the_basket_and_is_no_event() -> None:
    opened, (closed,) = basket(event_name="add_to_cart"), read(event_name="purchase")
    assert isinstance(closed, Basket)
    assert (closed.source_id, closed.status, closed.lines) == (opened.source_id, "completed", [])


def test_a_session_is_one_only_together_with_its_browser() -> None:
    other = [param("ga_session_id", string_value="1772446901"), *PARAMS[1:]]
    keys = {
        basket(event_name="add_to_cart", **changes).source_id
        for changes in ({}, {"user_pseudo_id": "2.2"}, {"event_params": other})
    }
    assert len(keys) == 3


def test_a_session_number_may_be_a_text() -> None:
    text = [param("ga_session_id", string_value="1772446900"), *PARAMS[1:]]
    assert basket(event_name="add_to_cart", event_params=text).source_id == basket(event_name="add_to_cart").source_id


@pytest.mark.parametrize("changes", [{"user_pseudo_id": None}, {"event_params": []}])
def test_without_a_session_there_is_no_basket(changes: Row) -> None:
    assert [type(each) for each in read(event_name="add_to_cart", **changes)] == [Event]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"event_timestamp": None}, "missing_key"),
        ({"event_timestamp": "yesterday"}, "bad_time"),
        ({"event_timestamp": "9" * 30}, "bad_time"),
        ({"event_timestamp": "-9999999999999999"}, "absurd_time"),
        ({"event_name": ""}, "missing_key"),
        ({"event_key": None}, "missing_key"),
        ({"items": "SHOE"}, "wrong_type"),
        ({"event_params": {"key": 1}}, "wrong_type"),
        ({"event_name": "add_to_cart", "items": [{**SHOE, "price": "cheap"}]}, "bad_number"),
    ],
)
def test_what_cannot_be_read_is_set_aside(changes: Row, reason: str) -> None:
    with pytest.raises(Unreadable) as error:
        read(**changes)
    assert error.value.reason == reason


@pytest.mark.parametrize("stream", ["daily_items", "daily_channels"])
def test_figures_of_a_day_become_nothing(stream: str) -> None:
    assert read(stream) == []
    assert STREAMS[stream].makes == ()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(ROW)), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(ROW)), VALUES, max_size=4), st.sampled_from(["add_to_cart", "purchase"]))
def test_whatever_stands_in_a_row_is_read_or_set_aside(changes: Row, name: str) -> None:
    try:
        made = read(**{"event_name": name, **changes})
    except Unreadable:
        return
    assert all(isinstance(each, (Customer, Event, Basket)) for each in made)


def test_the_mapper_is_told_whose_numbers_they_are() -> None:
    line = json.dumps({"type": "RECORD", "stream": "events", "record": {**ROW, "items": []}}).encode()
    for accounts, source in (
        ({"accounts": "webshop"}, "webshop"),
        ({}, "google_analytics"),
        ({"accounts": ""}, "google_analytics"),
    ):
        mapper = Mapper({"system": "google_analytics", **accounts})
        records = [json.loads(each) for each in mapper.line(line)]
        assert {each["record"]["source"] for each in records} == {source}
