"""What every test of the stand-in starts from."""

from __future__ import annotations

import pytest

from tests.plugins.sandbox.google_ads.stage import Caller


@pytest.fixture
def caller() -> Caller:
    """A caller of a new account, who is logged in."""
    return Caller()
