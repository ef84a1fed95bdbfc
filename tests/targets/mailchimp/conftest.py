"""An account with somebody who is subscribed and somebody who left, and how the target reaches it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from plugins.sandbox.mailchimp import Mailchimp
from plugins.sandbox.retailer import Contact, EmptyRetailer
from plugins.sandbox.server import Sandbox, running
from tests.targets.mailchimp.rows import LIST, NOON


@pytest.fixture
def vendor() -> Mailchimp:
    contacts = [
        Contact("known@example.org", "subscribed", NOON, first_name="Kim", tags=("of_the_agency",)),
        Contact("left@example.org", "unsubscribed", NOON),
    ]
    return Mailchimp(retailer=EmptyRetailer(NOON, contacts=contacts))


@pytest.fixture
def config(vendor: Mailchimp) -> Iterator[dict[str, Any]]:
    with running(Sandbox({"mailchimp": vendor})) as base:
        yield {
            "api_key": vendor.api_key,
            "list_id": LIST,
            "api_url": f"{base}/mailchimp/3.0",
            "max_tries": 3,
            "backoff_seconds": 0.0,
            "timeout_seconds": 5,
        }
