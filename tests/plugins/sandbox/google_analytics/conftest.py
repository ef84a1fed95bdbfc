"""What every test of the stand-in starts from."""

from __future__ import annotations

import pytest

from tests.plugins.sandbox.google_analytics.stage import Caller


@pytest.fixture
def caller() -> Caller:
    """A caller of a property that was measured for some days."""
    return Caller()
