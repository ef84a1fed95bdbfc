"""The account behind the tests of the target, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from plugins.sandbox.google_ads import GoogleAds
from plugins.sandbox.retailer import EmptyRetailer
from plugins.sandbox.server import Sandbox, running

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def vendor() -> GoogleAds:
    return GoogleAds(retailer=EmptyRetailer(NOON))


@pytest.fixture
def config(vendor: GoogleAds) -> Iterator[dict[str, Any]]:
    with running(Sandbox({"google_ads": vendor})) as base:
        told = vendor.settings(f"{base}/google_ads")
        own = {name.removeprefix("TARGET_GOOGLE_ADS_").lower(): value for name, value in told.items()}
        yield {**own, "max_tries": 3, "backoff_seconds": 0.0, "timeout_seconds": 5}
