"""What each source says of a consent, as its vendor tells it, and how a test brings it into the store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mappers.canonical.mapper import Mapper
from plugins.store.keeper import Keeper
from targets.hub.target import Door
from tests.road.stage import PROOF, Stage, at

ANN = "ann@example.nl"
TICKED = "2026-03-02T10:00:00+01:00"


def web_account() -> dict[str, Any]:
    meta = {"newsletter_optin": "yes", "newsletter_optin_at": TICKED, **PROOF}
    return {
        "id": 7, "email": ANN, "date_created_gmt": "2026-03-01T10:00:00", "date_modified_gmt": "2026-03-02T10:00:00",
        "first_name": "Ann", "billing": {"email": ANN}, "meta_data": [{"key": k, "value": v} for k, v in meta.items()],
    }  # fmt: skip


def web_guest() -> dict[str, Any]:
    order = {name: value for name, value in web_account().items() if name != "email"}
    money = {"total": "25.00", "total_tax": "0", "discount_total": "0", "shipping_total": "0"}
    return {**order, **money, "customer_id": 0, "status": "completed", "currency": "EUR", "line_items": []}


def member() -> dict[str, Any]:
    return {
        "id": "m1", "email_address": ANN, "status": "subscribed", "last_changed": "2026-03-02T10:00:00+00:00",
        "timestamp_opt": "2026-03-02T09:00:00+00:00", "ip_opt": "203.0.113.7", "merge_fields": {"FNAME": "Ann"},
    }  # fmt: skip


def till_customer() -> dict[str, Any]:
    return {
        "tilroyId": "9", "firstName": "Ann", "email": ANN, "dateExported": "2026-03-02T10:00:00Z",
        "dateUpdated": "2026-03-02T09:00:00Z", "doNotEmail": False, "bu": [{"id": "1", "doEmail": True}],
    }  # fmt: skip


SOURCES = {
    "webshop account": ("woocommerce", "customers", web_account),
    "webshop guest": ("woocommerce", "orders", web_guest),
    "mailchimp": ("mailchimp", "members", member),
    "till": ("tilroy", "customers", till_customer),
}


def saying(name: str, value: Any) -> Any:
    """Say something else in one field, meta field or business unit."""

    def change(given: dict[str, Any]) -> dict[str, Any]:
        if "meta_data" in given:
            meta = [{**each, "value": value} if each["key"] == name else each for each in given["meta_data"]]
            return {**given, "meta_data": meta}
        if "bu" in given and name == "doEmail":
            return {**given, "bu": [{"id": "1", "doEmail": value}]}
        return {**given, name: value}

    return change


def edit_consent(rules: Path, old: str, new: str) -> None:
    path = rules / "consent.yml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def bring(stage: Stage, source: str, vendor_record: dict[str, Any]) -> None:
    """Let a vendor's record through its mapping and the store's door; what cannot be read is set aside there."""
    system, stream, _ = SOURCES[source]
    message = {"type": "RECORD", "stream": stream, "record": vendor_record, "time_extracted": at(10)}
    mapper, door = Mapper({"system": system, "source": system}), Door(Keeper(stage.store, "run"))
    for made in mapper.line(json.dumps(message).encode()):
        door.line(made)
    door.rest(is_end=True)
