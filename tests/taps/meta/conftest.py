"""A small Page on loopback, and a reader of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from plugins.sandbox.server import running
from tests.plugins.sandbox.meta.stage import Caller
from tests.taps.meta.reader import Reader


@pytest.fixture
def page(capsys: pytest.CaptureFixture[str]) -> Iterator[Reader]:
    """Serve the stand-in with its one post, one picture, one who names the retailer, and three leads."""
    caller = Caller()
    with running(caller.vendor) as url:
        yield Reader(caller.vendor, caller.clock, url, capsys)
