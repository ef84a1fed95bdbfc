"""What the tests of the target share: rows, a delivery against the stand-in, and who is in which list."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from plugins.sandbox.pinterest import Pinterest
from plugins.sandbox.pinterest.customer_list import CustomerList
from plugins.wire.audiences import AudienceDelivery
from plugins.wire.outbox import Row
from targets.pinterest.account import Account
from targets.pinterest.api import Api
from targets.pinterest.lists import CustomerLists
from tests.targets.kept import Kept

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def row(email: str, operation: Any = "add", key: str = "", **payload: Any) -> Row:
    return Row(key or email.partition("@")[0], operation, email, {"fields": {}, **payload})


def deliver(config: Mapping[str, Any], *rows: Row, outbox: Kept | None = None, size: int = 10_000) -> Kept:
    outbox = outbox or Kept()
    AudienceDelivery(CustomerLists(Account(Api(config)), size=size), outbox).deliver(rows)
    return outbox


def lists(vendor: Pinterest, name: str) -> list[CustomerList]:
    return [each for each in vendor.customer_lists.values() if each.name == name]


def within(vendor: Pinterest, name: str) -> set[str]:
    """Return the hashes by which people of a list are found."""
    (found,) = lists(vendor, name)
    return found.members


def uploads(vendor: Pinterest) -> list[dict[str, Any]]:
    return [json.loads(call.body) for call in vendor.calls if b"records" in call.body]


def asked(vendor: Pinterest, method: str, path: str) -> int:
    return sum(call.method == method and call.path.endswith(path) for call in vendor.calls)
