"""Every test of a connector stays on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.guarded import loopback_only


@pytest.fixture(autouse=True)
def on_this_machine() -> Iterator[None]:
    """Refuse every connection to another machine."""
    with loopback_only():
        yield
