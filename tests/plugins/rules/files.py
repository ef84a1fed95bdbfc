"""Folders of rules for tests, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from plugins.rules import RulesError, load_rules


def written(root: Path, files: Mapping[str, str]) -> Path:
    """Write a folder of rules: name and text of each file."""
    rules = root / "sync_rules"
    for name, text in files.items():
        (rules / name).parent.mkdir(parents=True, exist_ok=True)
        (rules / name).write_text(text, "utf-8")
    return rules


def complaints(rules: Path) -> list[str]:
    """Return what is said of a folder that is wrong."""
    with pytest.raises(RulesError) as wrong:
        load_rules(rules)
    return [str(each) for each in wrong.value.complaints]
