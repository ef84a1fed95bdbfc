"""A till over real HTTP, and the settings that lead to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from plugins.sandbox.server import Sandbox, running
from plugins.sandbox.tilroy import Tilroy
from tests.plugins.sandbox.tilroy.shop_floor import stand_in


@pytest.fixture
def till() -> Tilroy:
    return stand_in()


@pytest.fixture
def config(till: Tilroy) -> Iterator[dict[str, Any]]:
    with running(Sandbox({"tilroy": till})) as base:
        yield {
            "tenant_key": till.tenant_key,
            "gateway_key": till.gateway_key,
            "bearer_token": till.bearer,
            "api_url": f"{base}/tilroy",
            "shop_number": 101,
            "cents_per_100_points": 100,
            "max_tries": 3,
            "backoff_seconds": 0.0,
            "timeout_seconds": 5,
        }
