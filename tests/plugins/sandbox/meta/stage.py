"""A small business, a clock that is turned by hand, and a caller with the right tokens."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Request

from plugins.sandbox.meta import Meta
from plugins.sandbox.meta.audience import Membership
from plugins.sandbox.retailer import EmptyRetailer, Lead, LeadForm, SocialComment, SocialMention, SocialPost

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
ACCOUNT, PAGE, INSTAGRAM = "act_1020304050", "102030405060", "17841400000000001"
CATALOGUE, DATASET, APP = "990000000000001", "680000000000001", "300000000000001"
POST, MEDIA, FORM, LEAD, TAGGED = f"{PAGE}_998877", "17900000000000001", "777", "334455", "18000000000000001"
COMMENT, REPLY, HIDDEN = "998877_1", "998877_2", "998877_3"
BOX, BOX_PERSONAL = "newsletter_optin", "profiling"


@dataclass
class Clock:
    """A clock that moves when a test says so."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: int) -> None:
        """Let time pass."""
        self.at += timedelta(**by)


def retailer() -> EmptyRetailer:
    """One post with a thread, one picture with two comments, one who names the retailer, and three leads."""
    day = START - timedelta(days=10)
    after = [day + timedelta(hours=hours) for hours in range(1, 5)]
    anna, shop = ("7000000000000001", "Anna P."), ("", "")
    posts = (
        SocialPost("998876", "facebook", day - timedelta(days=20), "Oude collectie", likes=3),
        SocialPost("998877", "facebook", day, "Nieuwe collectie!", "https://www.example.nl/1.jpg", 41, 3),
        SocialPost(MEDIA, "instagram", day, "Herfst", "https://www.example.nl/2.jpg", 12),
    )
    comments = (
        SocialComment(COMMENT, "facebook", "998877", after[0], "Wat mooi!", *anna, likes=1, person="anna"),
        SocialComment(REPLY, "facebook", "998877", after[1], "Dank je!", *shop, parent_id=COMMENT),
        SocialComment(HIDDEN, "facebook", "998877", after[2], "Spam", "7000000000000002", "Bot", is_hidden=True),
        SocialComment("1780", "instagram", MEDIA, after[0], "Love it", "1784140000000001", "anna_p", person="anna"),
        SocialComment("1781", "instagram", MEDIA, after[1], "Thanks", *shop, parent_id="1780"),
    )
    mentions = (SocialMention(TAGGED, day, "Met @wandelwind op pad", "1784140000000001", "anna_p", person="anna"),)
    forms = (LeadForm(FORM, "Spaarpas", day - timedelta(days=200), ((BOX, "Mail mij."), (BOX_PERSONAL, "Voor mij."))),)
    jan = (("full_name", "Jan Jansen"), ("email", "jan@example.com"))
    leads = (
        Lead(LEAD, FORM, day, jan, ((BOX, True), (BOX_PERSONAL, False)), "instagram", "601", person="jan"),
        Lead("334456", FORM, after[1], (("full_name", "Nieuw"), ("email", "new@example.com")), ((BOX, False),)),
        Lead("334400", FORM, day - timedelta(days=100), jan, ((BOX, True),)),
    )
    return EmptyRetailer(
        START, social_posts=posts, social_comments=comments, social_mentions=mentions, lead_forms=forms, leads=leads
    )


def sha(text: str) -> str:
    """Return what is sent instead of a value."""
    return hashlib.sha256(text.encode()).hexdigest()


ANN, BEN, CIS = (sha(f"{name}@example.com") for name in ("ann", "ben", "cis"))


def people(*rows: Any, schema: Any = ("EMAIL",), **session: Any) -> dict[str, Any]:
    """Return the body of an upload."""
    told = {"session": session} if session else {}
    return {"payload": {"schema": schema if isinstance(schema, str) else list(schema), "data": list(rows)}, **told}


def batch(number: int, *, last: bool = False, session: int = 1) -> dict[str, Any]:
    """Return what an upload says of its session."""
    return {"session_id": session, "batch_seq": number, "last_batch_flag": last}


@dataclass
class Caller:
    """Calls a stand-in with the token of the system user."""

    clock: Clock = field(default_factory=Clock)
    memory: Path | None = None
    shop: EmptyRetailer = field(default_factory=retailer)
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.vendor = Meta(clock=self.clock, memory=self.memory, retailer=self.shop, **self.options)
        self.client = Client(Request.application(self.vendor))

    def call(self, method: str, path: str, body: Any = None, who: str = "system", **query: str) -> TestResponse:
        """Ask with a JSON body, if there is one; `who` is system, page, app or the text of one."""
        tokens = {"system": self.vendor.access_token, "page": self.vendor.page_token}
        tokens["app"] = f"{self.vendor.app_id}|{self.vendor.app_secret}"
        headers = {"Authorization": f"Bearer {tokens.get(who, who)}"}
        full = path if path.startswith("/v") else f"/v25.0/{path}"
        return self.client.open(full, method=method, json=body, headers=headers, query_string=query or None)

    def get(self, path: str, who: str = "system", **query: str) -> Any:
        """Return the JSON of something that is there."""
        response = self.call("GET", path, who=who, **query)
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.json

    def post(self, path: str, body: Any, who: str = "system") -> Any:
        """Return the answer to something that is done."""
        response = self.call("POST", path, body, who=who)
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.json

    def refusal(self, method: str, path: str, body: Any = None, who: str = "system", **query: str) -> Any:
        """Return code and subcode of a call that is refused."""
        response = self.call(method, path, body, who=who, **query)
        assert response.status_code >= 400, response.get_data(as_text=True)
        error = (response.json or {})["error"]
        return error["code"], error.get("error_subcode", 0)

    def audience(self, name: str = "Gone quiet", **more: Any) -> str:
        """Make an audience and return its id."""
        body = {"name": name, "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY", **more}
        made: str = self.post(f"{ACCOUNT}/customaudiences", body)["id"]
        return made

    def items(self, *requests: Any, **more: Any) -> Any:
        """Send a batch of products and return the answer."""
        return self.post(f"{CATALOGUE}/items_batch", {"item_type": "PRODUCT_ITEM", "requests": list(requests), **more})

    def members(self, audience: str) -> Membership:
        """Return who is in an audience."""
        return self.vendor.members_of(audience)


def item(key: str = "SKU-1", method: str = "UPDATE", **more: Any) -> dict[str, Any]:
    """Return a request that a catalogue takes."""
    data = {
        "id": key,
        "title": "Trui blauw",
        "description": "Warm",
        "availability": "in stock",
        "condition": "new",
        "price": "49.95 EUR",
        "link": "https://shop.example/p/1",
        "image_link": "https://shop.example/i/1.jpg",
        "brand": "Merk",
    }
    return {"method": method, "data": {"id": key} if method == "DELETE" else {**data, **more}}


def sale(**more: Any) -> dict[str, Any]:
    """Return a purchase in a shop."""
    event = {
        "event_name": "Purchase",
        "event_time": int(START.timestamp()) - 3600,
        "event_id": "pos-1",
        "action_source": "physical_store",
        "user_data": {"em": [ANN]},
        "custom_data": {"currency": "EUR", "value": 49.95, "order_id": "R-1", "contents": [{"id": "SKU-1"}]},
    }
    return {**event, **more}
