"""Writes and happenings outlive a restart."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from tests.plugins.sandbox.meta.stage import (
    ANN,
    APP,
    BEN,
    CATALOGUE,
    CIS,
    DATASET,
    FORM,
    LEAD,
    MEDIA,
    PAGE,
    POST,
    Caller,
    Clock,
    batch,
    item,
    people,
    sale,
)  # fmt: skip
from tests.plugins.sandbox.meta.test_catalogue import GOOD


def seen(caller: Caller) -> list[Any]:
    return [
        caller.get(f"{POST}/comments", who="page", filter="stream", fields="id,message,from,created_time"),
        caller.get(f"{MEDIA}/comments"),
        caller.get(f"{FORM}/leads", fields="id,field_data,custom_disclaimer_responses"),
        caller.get(f"{CATALOGUE}/products", fields="id,retailer_id,price"),
        caller.get(f"{POST}/reactions", summary="true"),
        caller.get(f"{PAGE}/subscribed_apps", who="page"),
        caller.get(f"{APP}/subscriptions", who="app"),
    ]


def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    memory, clock = tmp_path / "meta.jsonl", Clock()
    first = Caller(clock, memory)
    audience = first.audience()
    first.post(f"{audience}/users", people([ANN], [BEN]))
    first.call("DELETE", f"{audience}/users", people([BEN]))
    first.call("POST", f"{audience}/users?method=DELETE", people([ANN]))
    first.post(f"{audience}/usersreplace", people([BEN], **batch(1)))
    clock.forward(minutes=3)
    first.vendor.perform("comment", post_id=POST, text="Top!", author_id="7000000000000003", author="Cis")
    first.vendor.perform("react", post_id=POST, author_id="7000000000000003", author="Cis", reaction="LOVE")
    first.vendor.perform("comment", post_id=MEDIA, text="Mooi", author_id="17841", author="cis")
    first.vendor.perform("fill_in", form_id=FORM, email="cis@example.com", full_name="Cis", ticked="profiling")
    first.call("DELETE", LEAD)
    first.items(item())
    feed = first.post(f"{CATALOGUE}/product_feeds", {"name": "All"})["id"]
    file = {"file": (io.BytesIO(GOOD.encode()), "all.csv"), "access_token": first.vendor.access_token}
    assert first.client.post(f"/v25.0/{feed}/uploads", data=file).status_code == 200
    first.post(f"{DATASET}/events", {"data": [sale()]})
    first.post(f"{PAGE}/subscribed_apps", {"subscribed_fields": "feed"}, who="page")
    clock.forward(minutes=3)

    second = Caller(clock, memory)
    assert seen(second) == seen(first)
    assert len(second.get(f"{CATALOGUE}/products")["data"]) == 3
    assert second.vendor.dataset.events == first.vendor.dataset.events
    assert second.members(audience).people == first.members(audience).people == set()
    second.post(f"{audience}/usersreplace", people([CIS], **batch(2, last=True)))
    assert second.members(audience).people == {(BEN,), (CIS,)}


def test_tokens_and_terms_stay_as_they_are(tmp_path: Path) -> None:
    memory, clock = tmp_path / "meta.jsonl", Clock()
    first = Caller(clock, memory)
    first.vendor.perform("withdraw_terms")
    first.vendor.perform("expire_token", token="page")
    second = Caller(clock, memory)
    assert second.refusal("GET", "me", who="page") == (190, 463)
    assert second.vendor.account.has_accepted_terms is False
