"""What the tests of the commands share: three people, and what a command printed."""

from __future__ import annotations

import json
from typing import Any

from click.testing import Result

from plugins.store.engine import Store
from tests.making import (
    customer,
    keep,
    orders,
    person,
    reader,
    withdrawal,
)  # fmt: skip

CARD, PHONE = "2055000000978", "+31687654012"


def said(result: Result) -> Any:
    """Return the one JSON document a command printed."""
    return json.loads(result.stdout)


def town(store: Store) -> None:
    """Let there be three people: one reader known twice, one who withdrew, one never asked."""
    ann = reader("ann", phone=PHONE, phone_quality="ok", customer_number="K7")
    till = person("9", "tilroy", card=CARD, email="ann@example.nl", initial="A")
    keep(store, ann, till, reader("bob"), withdrawal("bob"), customer("cas"), orders("cas"))
