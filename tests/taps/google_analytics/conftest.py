"""The property every test starts from: an empty one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import responses

from tests.taps.google_analytics.property import Property, tap

Read = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    """Refuse every request that a test did not expect."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def measured(http: responses.RequestsMock) -> Property:
    """Serve a property without events."""
    made = Property()
    made.serve(http)
    return made


@pytest.fixture
def read(capsys: pytest.CaptureFixture[str]) -> Read:
    """Run a tap and return its Singer messages."""

    def run(*streams: str, **settings: Any) -> list[dict[str, Any]]:
        tap(*streams, **settings).sync_all()
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run
