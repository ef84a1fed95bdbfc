"""The project behind the tests of the target, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from plugins.sandbox.channable import Channable
from plugins.sandbox.server import Sandbox, running
from tests.plugins.sandbox.channable.stage import retailer


@pytest.fixture
def vendor() -> Channable:
    return Channable(retailer=retailer())


@pytest.fixture
def config(vendor: Channable) -> Iterator[dict[str, Any]]:
    with running(Sandbox({"channable": vendor})) as base:
        yield {
            "api_url": f"{base}/channable",
            "token": vendor.token,
            "company_id": vendor.company_id,
            "project_id": vendor.project_id,
            "max_tries": 3,
            "backoff_seconds": 0.0,
            "timeout_seconds": 5,
        }
