from datetime import UTC, datetime

import pytest

from plugins.sandbox.fiction import Fiction

ANCHOR = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(scope="session")
def town() -> Fiction:
    """The whole retailer: 3,000 people."""
    return Fiction(seed=1, people=3000, anchor=ANCHOR)


@pytest.fixture(scope="session")
def hamlet() -> Fiction:
    """A small one, with another seed."""
    return Fiction(seed=7, people=150, anchor=ANCHOR)
