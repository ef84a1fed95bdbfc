"""What every test of the stand-in starts from."""

from __future__ import annotations

import pytest

from tests.plugins.sandbox.channable.stage import Caller


@pytest.fixture
def caller() -> Caller:
    """A caller of a freshly seeded project."""
    return Caller()
