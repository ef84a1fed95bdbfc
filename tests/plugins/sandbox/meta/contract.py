"""The documented behaviour, row by row: what is asked, and what must come back."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.plugins.sandbox.meta.stage import (
    ACCOUNT,
    ANN,
    APP,
    CATALOGUE,
    COMMENT,
    DATASET,
    FORM,
    INSTAGRAM,
    LEAD,
    MEDIA,
    PAGE,
    POST,
    TAGGED,
    item,
    people,
    sale,
)  # fmt: skip

AUDIENCE = "{audience}"
"""Stands for the id of an audience that was made before the call."""


class Row(NamedTuple):
    """One promise of the vendor's pages."""

    promise: str
    method: str
    path: str
    body: Any = None
    who: str = "system"
    status: int = 200
    says: dict[str, Any] = {}  # noqa: RUF012 - never written to
    """Part of the answer; for a refusal code and subcode."""

    def refuses(self, code: int, subcode: int = 0) -> Row:
        """Return the row as a refusal."""
        return self._replace(status=400, says={"code": code, "error_subcode": subcode or None})


def made(**more: Any) -> dict[str, Any]:
    """Return the body that makes an audience."""
    return {"name": "Gone quiet", "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY", **more}


def events(*each: Any, **more: Any) -> dict[str, Any]:
    """Return the body of a call with events."""
    return {"data": list(each), **more}


def batch(*requests: Any, **more: Any) -> dict[str, Any]:
    """Return the body of a call with products."""
    return {"item_type": "PRODUCT_ITEM", "requests": list(requests), **more}


CUSTOM = f"{ACCOUNT}/customaudiences"
USERS = f"{AUDIENCE}/users"
EVENTS = f"{DATASET}/events"
SUBSCRIBED = f"{PAGE}/subscribed_apps?subscribed_fields"
FOLLOWS = f"{PAGE}/insights?metric=page_follows"
ITEMS = f"{CATALOGUE}/items_batch"
WEBSITE = {"action_source": "website", "event_source_url": "https://shop.example/"}
BROWSER = {"em": [ANN], "client_user_agent": "Mozilla/5.0"}
SUCCESS = {"success": True}

ROWS = [
    Row("tells whose token it is", "GET", "me", says={"name": "Rotonde"}),
    Row("lists the pages with their token", "GET", "me/accounts?fields=access_token,name"),
    Row("keeps audiences from the page", "GET", ACCOUNT, who="page").refuses(294),
    Row("keeps products from the page", "GET", CATALOGUE, who="page").refuses(200),
    Row("keeps the page from the app", "GET", PAGE, who="app").refuses(200),
    Row("knows no other object", "GET", "123456").refuses(100, 33),
    Row("knows no other edge", "GET", f"{PAGE}/nothing").refuses(2500),
    Row("does not take every method", "DELETE", PAGE).refuses(100, 33),
    Row("knows no other field", "GET", f"{PAGE}?fields=name,height").refuses(100),
    Row("refuses broken fields", "GET", f"{PAGE}?fields=name{{").refuses(2500),
    Row("takes the newest version", "GET", "/v26.0/me"),
    Row("knows no future version", "GET", "/v99.0/me").refuses(2500),
    Row("has retired old versions", "GET", "/v20.0/me").refuses(2635),
    Row("moves marketing calls up", "GET", f"/v20.0/{ACCOUNT}?fields=name"),
    Row("shows the page", "GET", f"{PAGE}?fields=name,fan_count", says={"name": "Wandelwind"}),
    Row("lists posts to the page", "GET", f"{PAGE}/published_posts", who="page"),
    Row("lists no posts without its token", "GET", f"{PAGE}/published_posts").refuses(210),
    Row("lists posts of visitors", "GET", f"{PAGE}/visitor_posts", who="page", says={"data": []}),
    Row("lists comments to every token", "GET", f"{POST}/comments?filter=stream&order=chronological"),
    Row("refuses unknown filters", "GET", f"{POST}/comments?filter=all").refuses(100),
    Row("refuses unknown orders", "GET", f"{POST}/comments?order=newest").refuses(100),
    Row("reads one comment", "GET", COMMENT, says={"message": "Wat mooi!"}),
    Row("lists nobody who reacted", "GET", f"{POST}/reactions?summary=total_count", says={"data": []}),
    Row("refuses unknown reactions", "GET", f"{POST}/reactions?type=SORRY").refuses(100),
    Row("tells figures of the page", "GET", f"{FOLLOWS}&period=day", who="page"),
    Row("fails for one dead metric", "GET", f"{FOLLOWS},page_fans", who="page").refuses(100),
    Row("keeps figures from others", "GET", FOLLOWS).refuses(210),
    Row("tells 90 days at most", "GET", f"{FOLLOWS}&since=2026-01-01", who="page").refuses(100),
    Row("refuses unknown periods", "GET", f"{FOLLOWS}&period=hour", who="page").refuses(100),
    Row("tells figures of a post", "GET", f"{POST}/insights?metric=post_media_view", who="page"),
    Row("shows the account", "GET", f"{INSTAGRAM}?fields=username", says={"username": "wandelwind"}),
    Row("lists media", "GET", f"{INSTAGRAM}/media?fields=id,caption,timestamp"),
    Row("lists comments on media", "GET", f"{MEDIA}/comments"),
    Row("keeps comments on media of others", "GET", f"{TAGGED}/comments").refuses(100, 33),
    Row("has no list of likes", "GET", f"{MEDIA}/likes").refuses(2500),
    Row("lists who names the account", "GET", f"{INSTAGRAM}/tags?fields=id,username,caption"),
    Row("tells figures of media", "GET", f"{MEDIA}/insights?metric=reach,likes,comments,views"),
    Row("has no impressions any more", "GET", f"{MEDIA}/insights?metric=impressions").refuses(100),
    Row("tells figures of the account", "GET", f"{INSTAGRAM}/insights?metric=reach&period=day&metric_type=total_value"),
    Row("needs a period", "GET", f"{INSTAGRAM}/insights?metric=reach").refuses(100),
    Row("lists forms", "GET", f"{PAGE}/leadgen_forms"),
    Row("lists leads", "GET", f"{FORM}/leads"),
    Row("refuses unknown filters of leads", "GET", f'{FORM}/leads?filtering=[{{"field":"email"}}]').refuses(100),
    Row("reads one lead", "GET", f"{LEAD}?fields=form_id", says={"form_id": FORM}),
    Row("shows the terms", "GET", f"{ACCOUNT}?fields=tos_accepted", says={"tos_accepted": {"custom_audience_tos": 1}}),
    Row("makes an audience", "POST", CUSTOM, made()),
    Row("needs a name", "POST", CUSTOM, made(name="")).refuses(100, 1713098),
    Row("needs a subtype", "POST", CUSTOM, made(subtype="WEBSITE")).refuses(100, 1713098),
    Row("needs a source", "POST", CUSTOM, made(customer_file_source="")).refuses(100, 1713098),
    Row("adds people", "POST", USERS, people([ANN]), says={"num_received": 1, "num_invalid_entries": 0}),
    Row("keeps unhashed rows out", "POST", USERS, people(["ann@example.com"]), says={"num_invalid_entries": 1}),
    Row("wants as many cells as keys", "POST", USERS, people([ANN, ""])).refuses(100),
    Row("wants data", "POST", USERS, {"payload": {"schema": "EMAIL"}}).refuses(100),
    Row("wants a payload", "POST", USERS, {}).refuses(100),
    Row("refuses unknown keys", "POST", USERS, people([ANN], schema=["MAIL"])).refuses(100),
    Row("wants positive sessions", "POST", USERS, people([ANN], session_id=0, batch_seq=1)).refuses(100),
    Row("wants values in value-based audiences", "POST", USERS, people([1], schema=["LOOKALIKE_VALUE"])).refuses(100),
    Row("removes people", "DELETE", USERS, people([ANN]), says={"num_received": 1}),
    Row("removes people everywhere", "DELETE", f"{ACCOUNT}/usersofanyaudience", people([ANN])),
    Row("never lists people", "GET", USERS).refuses(100, 33),
    Row("takes products", "POST", ITEMS, batch(item()), says={"validation_status": []}),
    Row("needs a type of product", "POST", ITEMS, {"requests": [item()]}).refuses(100),
    Row("refuses 5,001 products", "POST", ITEMS, batch(*[item()] * 5001)).refuses(100),
    Row("refuses unknown methods", "POST", ITEMS, batch(item(method="PATCH"))).refuses(100),
    Row("knows no other handle", "GET", f"{CATALOGUE}/check_batch_request_status?handle=x").refuses(100),
    Row("lists products", "GET", f"{CATALOGUE}/products", says={"data": []}),
    Row("makes a feed", "POST", f"{CATALOGUE}/product_feeds", {"name": "All", "feed_type": "PRODUCTS"}),
    Row("refuses unknown feeds", "POST", f"{CATALOGUE}/product_feeds", {"name": "A", "feed_type": "X"}).refuses(100),
    Row("takes events", "POST", EVENTS, events(sale()), says={"events_received": 1, "messages": []}),
    Row("takes test events", "POST", EVENTS, events(sale(), test_event_code="TEST1"), says={"events_received": 1}),
    Row("takes web events", "POST", EVENTS, events(sale(**WEBSITE, user_data=BROWSER))),
    Row("wants the browser", "POST", EVENTS, events(sale(**WEBSITE))).refuses(100, 2804001),
    Row("refuses milliseconds", "POST", EVENTS, events(sale(event_time=1793534400000))).refuses(100, 2804001),
    Row("refuses old events", "POST", EVENTS, events(sale(event_time=1700000000))).refuses(100, 2804003),
    Row("refuses unhashed people", "POST", EVENTS, events(sale(user_data={"em": ["a@b.nl"]}))).refuses(100, 2804001),
    Row("wants a currency", "POST", EVENTS, events(sale(custom_data={"value": 1}))).refuses(100, 2804001),
    Row("refuses 1,001 events", "POST", EVENTS, events(*[sale()] * 1001)).refuses(100),
    Row("tells that shops may send", "GET", f"{DATASET}?fields=is_consolidated_container")._replace(
        says={"is_consolidated_container": True}
    ),
    Row("subscribes the page", "POST", f"{SUBSCRIBED}=feed", who="page", says=SUCCESS),
    Row("refuses unknown subscriptions", "POST", f"{SUBSCRIBED}=x", who="page").refuses(100),
    Row("lists subscriptions to the app", "GET", f"{APP}/subscriptions", who="app", says={"data": []}),
    Row("keeps subscriptions from others", "GET", f"{APP}/subscriptions").refuses(15),
]
