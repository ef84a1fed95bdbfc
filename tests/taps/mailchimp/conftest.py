"""The audience every test starts from: an empty one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from tests.taps.mailchimp.audience import Audience


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    """Refuse every request that a test did not expect."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def audience(http: responses.RequestsMock) -> Audience:
    """Serve an audience without members."""
    made = Audience()
    made.serve(http)
    return made
