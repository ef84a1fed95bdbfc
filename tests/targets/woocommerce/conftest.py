"""The shop behind the tests of the target, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from plugins.sandbox.server import Sandbox, running
from plugins.sandbox.woocommerce import WooCommerce
from tests.targets.woocommerce.shop import shop_of


@pytest.fixture
def shop() -> WooCommerce:
    return shop_of()


@pytest.fixture
def config(shop: WooCommerce) -> Iterator[dict[str, Any]]:
    with running(Sandbox({"woocommerce": shop})) as base:
        yield {
            "api_url": f"{base}/woocommerce",
            "consumer_key": shop.consumer_key,
            "consumer_secret": shop.consumer_secret,
            "max_tries": 3,
            "backoff_seconds": 0.0,
            "timeout_seconds": 5,
        }
