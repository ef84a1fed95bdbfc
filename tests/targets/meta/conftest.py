"""What every test of the target starts from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from plugins.sandbox.meta import Meta
from plugins.sandbox.retailer import EmptyRetailer
from plugins.sandbox.server import Sandbox, running
from tests.targets.meta.stage import NOON


@pytest.fixture
def vendor() -> Meta:
    return Meta(retailer=EmptyRetailer(NOON), batch_seconds=0)


@pytest.fixture
def config(vendor: Meta) -> Iterator[dict[str, Any]]:
    with running(Sandbox({"meta": vendor})) as base:
        yield {
            "access_token": vendor.access_token, "ad_account_id": vendor.ad_account_id, "api_url": f"{base}/meta",
            "catalog_id": vendor.catalog_id, "dataset_id": vendor.dataset_id,
            "max_tries": 3, "backoff_seconds": 0.0, "timeout_seconds": 5,
        }  # fmt: skip
