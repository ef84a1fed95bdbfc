"""The shop behind the tests of the target, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from plugins.sandbox.server import Sandbox, running
from plugins.sandbox.shopify import Shopify
from tests.targets.shopify.shop import shop_of


@pytest.fixture
def shop() -> Shopify:
    return shop_of()


@pytest.fixture
def config(shop: Shopify) -> Iterator[dict[str, Any]]:
    with running(Sandbox({"shopify": shop})) as base:
        yield {
            "api_url": f"{base}/shopify",
            "shop": "example.myshopify.com",
            "access_token": shop.access_token,
            "location_id": "92",
            "max_tries": 3,
            "backoff_seconds": 0.0,
            "timeout_seconds": 5,
        }
