"""How items are written for the catalogue, and what Meta's answers say of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from plugins.wire.outbox import Outcome, Row
from targets.meta.payloads import Item, address_of

HEAD, TAIL = b'{"item_type":"PRODUCT_ITEM","allow_upsert":true,"requests":[', b"]}"
# An update leaves alone what it does not name, and an empty text takes it back: Meta's own plugin for WooCommerce sends
# these two empty for what is on sale no more, github.com/facebook/facebook-for-woocommerce/pull/2262
TAKEN_BACK = {"sale_price": "", "sale_price_effective_date": "", **{f"custom_label_{n}": "" for n in range(5)}}
LISTS = ("additional_image_link",)
"""What is a list here, and a text with commas in a file."""
ATTRIBUTES = (
    "additional_image_link", "age_group", "availability", "brand", "color", "condition", "custom_label", "description",
    "fb_product_category", "gender", "google_product_category", "gtin", "image_link", "item_group_id", "link",
    "material", "mpn", "pattern", "price", "product_type", "sale_price", "shipping", "size", "title", "visibility",
)  # fmt: skip
NOT_NAMED = Outcome("unknown", "the answer names no batch")
UNTOLD = Outcome("unknown", "Meta does not tell which items it refuses")
FINISHED = "finished"
Told = Mapping[str, Any]


def written(item: Item, *, leaves: bool) -> bytes:
    """Return one request of a batch: an item as a whole, or the end of it."""
    if leaves:
        return msgspec.json.encode({"method": "DELETE", "data": {"id": item.id}})
    lists = {name: item.fields[name].split(",") for name in LISTS if item.fields.get(name)}
    data = {**TAKEN_BACK, **item.fields, **lists, "id": item.id}
    return msgspec.json.encode({"method": "UPDATE", "data": data})


def batch_of(requests: Iterable[bytes]) -> bytes:
    """Return the body of a call."""
    return HEAD + b",".join(requests) + TAIL


class Verdict:
    """What the answer to one batch says of each of its rows; Meta looks at every item before it takes the rest."""

    def __init__(self) -> None:
        self._wrong: dict[str, str] | None = None

    def __call__(self, answer: Told, row: Row) -> Outcome:
        """Return what became of a row by now."""
        if self._wrong is None:
            self._wrong = {
                address_of(str(each.get("retailer_id"))): _reason(_dicts(each["errors"]))
                for each in _dicts(answer.get("validation_status"))
                if each.get("errors")
            }
        if row.wire_id in self._wrong:
            return Outcome("rejected", self._wrong[row.wire_id])
        return Outcome("staged") if handle_of(answer) else NOT_NAMED


def handle_of(answer: Told) -> str:
    """Return under which handle Meta tells what became of a batch, empty where it gives none."""
    return next((each for each in _list(answer.get("handles")) if isinstance(each, str)), "")


def outcomes_of(answer: Told, rows: Mapping[str, str]) -> dict[str, Outcome] | None:
    """Return what became of the rows (key and address) of a batch; None while it is being worked off."""
    told = next((each for each in _list(answer.get("data")) if isinstance(each, dict)), {})
    if told.get("status") != FINISHED:
        return None
    refused = {address_of(str(each)): _reason(()) for each in _list(told.get("ids_of_invalid_requests"))}
    refused |= {address_of(str(each.get("id"))): _reason([each]) for each in _dicts(told.get("errors"))}
    if told.get("errors_total_count") and not refused:
        return dict.fromkeys(rows, UNTOLD)
    return {
        key: Outcome("rejected", refused[address]) if address in refused else Outcome("accepted")
        for key, address in rows.items()
    }


def _reason(errors: Iterable[Told]) -> str:
    """Return what is wrong with an item by the names of its attributes alone: Meta's sentences show their values."""
    text = " ".join(str(each.get("message")) for each in errors).lower()
    named = [name for name in ATTRIBUTES if re.search(rf"(?<![a-z_]){name}(?![a-z]|_[a-z])", text)]
    return f"Meta refuses the item: {', '.join(named)}" if named else "Meta refuses the item"


def _dicts(told: object) -> list[dict[str, Any]]:
    return [each for each in _list(told) if isinstance(each, dict)]


def _list(told: object) -> Sequence[Any]:
    return told if isinstance(told, list) else []
