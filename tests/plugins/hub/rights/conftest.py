"""The same hub as beside, with a till that leads the points, and a stage with Mailchimp on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.making import rules_in
from tests.plugins.hub.conftest import own_environment, rotonde
from tests.road.conftest import stage, stage_both

__all__ = ["own_environment", "rotonde", "rules", "stage", "stage_both"]


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """The retailer's rules, with two plain audiences and a programme that the till leads."""
    folder = rules_in(tmp_path / "rules")
    (folder / "loyalty.yml").write_text("leader: tilroy\n")
    return folder
