"""The documented behaviour, row by row: what is asked, and what must come back."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.plugins.sandbox.pinterest.stage import (
    ACCOUNT,
    ANN,
    AUDIENCES,
    BATCH,
    BEN,
    EVENTS,
    FEEDS,
    ITEMS,
    LISTS,
    adding,
    batch,
    event,
    feed,
    item,
    removing,
    wanted,
)  # fmt: skip


class Row(NamedTuple):
    """One promise of the vendor's page. A list `643` with Ann and a feed-less catalogue are there."""

    promise: str
    method: str
    path: str
    body: Any
    status: int
    says: dict[str, Any] = {}  # noqa: RUF012 - never written to
    """Part of the answer; for a refusal its code."""


def code(number: int) -> dict[str, int]:
    """Return the part of a refusal that programs read."""
    return {"code": number}


INVALID, FORBIDDEN = code(1), code(29)
GOLD = f"{LISTS}/643"
ON_GOLD = {"name": "Gold", "audience_type": "CUSTOMER_LIST", "rule": {"customer_list_id": "643"}}
DAYS = "start_date=2026-10-01&end_date=2026-10-31"
ACCOUNT_DAYS = f"/v5/user_account/analytics?{DAYS}"
LONG_AGO = "/v5/user_account/analytics?start_date=2026-08-02&end_date=2026-08-03"
OLD_DELETE = {"country": "NL", "language": "NL", "operation": "DELETE", "items": [{"item_id": "SKU-1"}]}


def events(*each: Any) -> dict[str, Any]:
    """Return a body of conversions."""
    return {"data": [*each]}


def failed(**fields: Any) -> dict[str, Any]:
    """Return a body whose second event fails."""
    return events(event(), event(**fields))


def user(**fields: Any) -> dict[str, Any]:
    """Return user data of one event."""
    return {"user_data": fields}


def custom(**fields: Any) -> dict[str, Any]:
    """Return custom data of one event."""
    return {"custom_data": fields}


NOT_ALL = {"code": 422}
ROWS = [
    Row("knows no other path", "GET", "/v5/nothing", None, 404, code(404)),
    Row("does not take every method", "PUT", LISTS, {}, 405, code(5)),
    Row("knows no other ad account", "GET", "/v5/ad_accounts/1/customer_lists", None, 403, FORBIDDEN),
    Row("wants digits as ids", "GET", f"{LISTS}/gold", None, 400, INVALID),
    Row("takes ids of at most 18 digits", "GET", f"{LISTS}/{'1' * 19}", None, 400, INVALID),
    Row("lists the lists", "GET", LISTS, None, 200, {"bookmark": None}),
    Row("pages at most 250", "GET", f"{LISTS}?page_size=250", None, 200),
    Row("refuses larger pages", "GET", f"{LISTS}?page_size=251", None, 400, INVALID),
    Row("refuses empty pages", "GET", f"{LISTS}?page_size=0", None, 400, INVALID),
    Row("refuses pages of words", "GET", f"{LISTS}?page_size=3e", None, 400, INVALID),
    Row("takes no bookmark but its own", "GET", f"{LISTS}?bookmark=abc", None, 400, INVALID),
    Row("refuses unknown orders", "GET", f"{LISTS}?order=up", None, 400, INVALID),
    Row("makes a list", "POST", LISTS, {"name": "New", "records": f"{ANN},{BEN}"}, 200, {"status": "PROCESSING"}),
    Row("counts what a list is made of", "POST", LISTS, {"name": "New", "records": f"{ANN},{ANN}"}, 200)._replace(
        says={"num_batches": 1, "num_uploaded_user_records": 2, "num_removed_user_records": 0, "exceptions": {}}
    ),
    Row("makes a list of a name twice", "POST", LISTS, {"name": "Gold", "records": ANN}, 200, {"id": "644"}),
    Row("makes no empty list", "POST", LISTS, {"name": "New", "records": ""}, 400, INVALID),
    Row("makes no list without records", "POST", LISTS, {"name": "New"}, 400, INVALID),
    Row("makes no list without a name", "POST", LISTS, {"records": ANN}, 400, INVALID),
    Row("wants records as one text", "POST", LISTS, {"name": "New", "records": [ANN]}, 400, INVALID),
    Row("refuses unknown kinds", "POST", LISTS, {"name": "N", "records": ANN, "list_type": "PHONE"}, 400, INVALID),
    Row("takes plain addresses too", "POST", LISTS, {"name": "New", "records": "ann@example.com"}, 200),
    Row("shows a list", "GET", GOLD, None, 200, {"id": "643", "name": "Gold", "type": "customerlist"}),
    Row("knows no other list", "GET", f"{LISTS}/1", None, 404, code(404)),
    Row("adds", "PATCH", GOLD, adding(BEN), 200, {"num_uploaded_user_records": 2, "num_batches": 2}),
    Row("counts who is in already", "PATCH", GOLD, adding(ANN), 200, {"num_uploaded_user_records": 2}),
    Row("counts who never was in", "PATCH", GOLD, removing(BEN), 200, {"num_removed_user_records": 1}),
    Row("does not count a comma at the end", "PATCH", GOLD, adding(BEN, ""), 200, {"num_uploaded_user_records": 2}),
    Row("cannot replace", "PATCH", GOLD, {"operation_type": "REPLACE", "records": ANN}, 400, INVALID),
    Row("needs an operation", "PATCH", GOLD, {"records": ANN}, 400, INVALID),
    Row("changes nothing by nobody", "PATCH", GOLD, adding(), 400, INVALID),
    Row("cannot delete a list", "DELETE", GOLD, None, 405, code(5)),
    Row("lists audiences", "GET", AUDIENCES, None, 200, {"items": [], "bookmark": None}),
    Row("makes an audience on a list", "POST", AUDIENCES, ON_GOLD, 200, {"status": "INITIALIZING", "size": None}),
    Row("makes none on another list", "POST", AUDIENCES, {**ON_GOLD, "rule": {"customer_list_id": "1"}}, 404),
    Row("wants the list in the rule", "POST", AUDIENCES, {**ON_GOLD, "rule": {}}, 400, INVALID),
    Row("needs a rule", "POST", AUDIENCES, {"name": "Gold", "audience_type": "CUSTOMER_LIST"}, 400, INVALID),
    Row("knows no other kinds", "POST", AUDIENCES, {**ON_GOLD, "audience_type": "LIST"}, 400, INVALID),
    Row("knows no other audience", "GET", f"{AUDIENCES}/1", None, 404, code(404)),
    Row("takes events", "POST", EVENTS, events(event()), 200, {"num_events_received": 1, "num_events_processed": 1}),
    Row("takes an address of the net", "POST", EVENTS,
        events(event(**user(client_ip_address="1.1.1.1", client_user_agent="x"))), 200),
    Row("fails without anybody", "POST", EVENTS, failed(**user(ph=[ANN])), 422, NOT_ALL),
    Row("fails with half an address", "POST", EVENTS, failed(**user(client_ip_address="1.1.1.1")), 422, NOT_ALL),
    Row("fails with a plain address", "POST", EVENTS, failed(**user(em=["ann@example.com"])), 422, NOT_ALL),
    Row("fails with capitals in a hash", "POST", EVENTS, failed(**user(em=[ANN.upper()])), 422, NOT_ALL),
    Row("fails with a hash that is no list", "POST", EVENTS, failed(**user(em=ANN)), 422, NOT_ALL),
    Row("fails with unknown user data", "POST", EVENTS, failed(**user(em=[ANN], email=[ANN])), 422, NOT_ALL),
    Row("fails where value is a number", "POST", EVENTS, failed(**custom(value=49.95)), 422, NOT_ALL),
    Row("takes value as text", "POST", EVENTS, events(event(**custom(value="49.95", num_items=1))), 200),
    Row("fails where a price is a number", "POST", EVENTS, failed(**custom(contents=[{"item_price": 1}])), 422),
    Row("fails with unknown custom data", "POST", EVENTS, failed(**custom(total="1")), 422, NOT_ALL),
    Row("fails with unknown names", "POST", EVENTS, failed(event_name="purchase"), 422, NOT_ALL),
    Row("fails with unknown sources", "POST", EVENTS, failed(action_source="shop"), 422, NOT_ALL),
    Row("fails where time is a text", "POST", EVENTS, failed(event_time="2026-03-04"), 422, NOT_ALL),
    Row("fails where time is in thousandths", "POST", EVENTS, failed(event_time=1772620000000), 422, NOT_ALL),
    Row("fails before there was time", "POST", EVENTS, failed(event_time=-3600), 422, NOT_ALL),
    Row("fails with unknown keys", "POST", EVENTS, failed(store="Utrecht"), 422, NOT_ALL),
    Row("wants events", "POST", EVENTS, events(), 400, code(4196)),
    Row("takes a thousand", "POST", EVENTS, events(*[event()] * 1000), 200, {"num_events_processed": 1000}),
    Row("takes no more", "POST", EVENTS, events(*[event()] * 1001), 400, code(4196)),
    Row("lists the catalogue", "GET", "/v5/catalogs", None, 200, {"bookmark": None}),
    Row("takes a batch", "POST", BATCH, batch(item()), 200, {"status": "PROCESSING", "completed_time": None}),
    Row("takes the older form", "POST", BATCH, OLD_DELETE, 200, {"status": "PROCESSING"}),
    Row("knows no nl-NL", "POST", BATCH, batch(item(), language="nl-NL"), 400, INVALID),
    Row("knows no other countries", "POST", BATCH, batch(item(), country="Netherlands"), 400, INVALID),
    Row("wants items", "POST", BATCH, batch(), 400, INVALID),
    Row("takes a thousand items", "POST", BATCH, batch(*[item(named="DELETE")] * 1000), 200),
    Row("takes no more items", "POST", BATCH, batch(*[item(named="DELETE")] * 1001), 400, INVALID),
    Row("knows no other operations", "POST", BATCH, batch(item(named="PUT")), 400, INVALID),
    Row("wants attributes", "POST", BATCH, batch({"item_id": "SKU-1", "operation": "UPSERT"}), 400, INVALID),
    Row("knows no other attributes", "POST", BATCH, batch(item(colour="red")), 400, INVALID),
    Row("wants flags as flags", "POST", BATCH, batch(item(adult="false")), 400, INVALID),
    Row("wants numbers as numbers", "POST", BATCH, batch(item(custom_number_0="1")), 400, INVALID),
    Row("wants lists as lists", "POST", BATCH, batch(item(variant_names="Size")), 400, INVALID),
    Row("wants texts as texts", "POST", BATCH, batch(item(price=49.95)), 400, INVALID),
    Row("takes one picture", "POST", BATCH, batch(item(image_link=["https://x.nl/1", "https://x.nl/2"])), 400, INVALID),
    Row("takes a picture without a list", "POST", BATCH, batch(item(image_link="https://x.nl/1")), 200),
    Row("takes a moment in thousandths", "POST", BATCH, batch(item(last_updated_time=1772620000000)), 200),
    Row("takes null for nothing", "POST", BATCH, batch(item(sale_price=None, adult=None)), 200),
    Row("wants the moment of a removal whole", "POST", BATCH,
        batch({**item(named="DELETE"), "last_updated_time": "now"}), 400, INVALID),
    Row("knows no other masks", "POST", BATCH, batch({**item(named="UPDATE"), "update_mask": ["colour"]}), 400),
    Row("takes no hotels", "POST", BATCH, batch(item(), catalog_type="HOTEL"), 403, FORBIDDEN),
    Row("takes no unknown keys", "POST", BATCH, batch(item(), operation="UPSERT"), 400, INVALID),
    Row("knows no other batch", "GET", f"{BATCH}/abc", None, 404, code(4331)),
    Row("shows items", "POST", ITEMS, wanted("SKU-1"), 200),
    Row("wants ids as a list", "POST", ITEMS, {**wanted(), "filters": {"catalog_type": "RETAIL", "item_ids": "x"}},
        400, INVALID),
    Row("makes a feed", "POST", FEEDS, feed(), 201, {"status": "ACTIVE", "default_currency": None}),
    Row("makes no feed without a country", "POST", FEEDS, feed(default_country=None), 501, code(4181)),
    Row("knows no other locales", "POST", FEEDS, feed(default_locale="nl-NL"), 400, INVALID),
    Row("fetches from addresses only", "POST", FEEDS, feed(location="feed.tsv"), 400, INVALID),
    Row("knows no other formats", "POST", FEEDS, feed(format="JSON"), 400, INVALID),
    Row("wants times of the clock", "POST", FEEDS, feed(preferred_processing_schedule={"time": "2:00"}), 400, INVALID),
    Row("wants both credentials", "POST", FEEDS, feed(credentials={"username": "x"}), 400, INVALID),
    Row("lists feeds", "GET", FEEDS, None, 200, {"items": [], "bookmark": None}),
    Row("knows no other feed", "GET", f"{FEEDS}/1", None, 404, code(4161)),
    Row("starts no other feed", "POST", f"{FEEDS}/1/ingest", None, 404, code(4161)),
    Row("knows no other result", "GET", "/v5/catalogs/processing_results/1/item_issues", None, 404, code(4184)),
    Row("lists pins", "GET", "/v5/pins", None, 200, {"bookmark": None}),
    Row("refuses unknown filters", "GET", "/v5/pins?pin_filter=mine", None, 400, INVALID),
    Row("refuses unknown flags", "GET", "/v5/pins?pin_metrics=yes", None, 400, INVALID),
    Row("knows no other pin", "GET", "/v5/pins/1", None, 404, code(50)),
    Row("knows no numbers of another pin", "GET", f"/v5/pins/1/analytics?{DAYS}&metric_types=SAVE", None, 404)._replace(
        says=code(404)
    ),
    Row("knows no numbers of other pins", "GET", f"/v5/pins/analytics?pin_ids=1&{DAYS}&metric_types=SAVE", None, 404,
        code(50)),
    Row("shows the totals of the account", "GET", ACCOUNT_DAYS, None, 200),
    Row("refuses unknown metrics", "GET", f"{ACCOUNT_DAYS}&metric_types=LIKES", None, 400, INVALID),
    Row("needs days", "GET", "/v5/user_account/analytics", None, 400, INVALID),
    Row("looks back 90 days", "GET", LONG_AGO, None, 400, code(400)),
    Row("shows the account", "GET", "/v5/user_account", None, 200, {"account_type": "BUSINESS"}),
    Row("lists followers", "GET", "/v5/user_account/followers", None, 200, {"items": []}),
    Row("lists websites", "GET", "/v5/user_account/websites", None, 200, {"bookmark": None}),
    Row("acts for no other ad account", "GET", "/v5/pins?ad_account_id=1", None, 403, FORBIDDEN),
    Row("refuses bodies that are no objects", "POST", LISTS, [1], 400, INVALID),
    Row("has no other paths below an account", "GET", f"{ACCOUNT}/leads", None, 404, code(404)),
]  # fmt: skip
