"""Every invariant of the road has a test that names it, and a committed break that this test notices."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from prove.run import breaks

ROOT = Path(__file__).parents[1]
INVARIANTS = (
    *(f"D{number}" for number in range(1, 21)),
    *(f"C{number}" for number in range(1, 19)),
    *(f"L{number}" for number in range(1, 19)),
    *(f"S{number}" for number in (*range(1, 14), 15, 16, 17)),
    *(f"I{number}" for number in range(1, 9)),
    *(f"O{number}" for number in range(1, 8)),
)
NAMES = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^ *def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
}


@pytest.mark.parametrize("invariant", INVARIANTS)
def test_an_invariant_is_named_by_a_test(invariant: str) -> None:
    assert [name for name in NAMES if invariant.lower() in name.split("_")]


@pytest.mark.parametrize("invariant", INVARIANTS)
def test_an_invariant_has_a_break_of_one_line_and_the_test_that_notices_it(invariant: str) -> None:
    found = [each for each in breaks() if each.name == invariant]
    assert found
    for each in found:
        path, _, name = each.test.partition("::")
        assert invariant.lower() in name.partition("[")[0].split("_")
        assert f"def {name.partition('[')[0]}(" in (ROOT / path).read_text("utf-8")
        changed = [line for line in each.patch.read_text("utf-8").splitlines() if re.match(r"[-+](?![-+])", line)]
        assert len(changed) == 2, "one line, broken in one place"


@pytest.mark.parametrize("tap", sorted(path.parent.name for path in ROOT.glob("taps/*/webhook.yml")))
@pytest.mark.parametrize("invariant", ["S8", "S9"])
def test_every_vendor_that_tells_us_of_changes_has_its_own_test_of_what_is_taken(tap: str, invariant: str) -> None:
    text = (ROOT / "tests" / "taps" / tap / "test_webhook.py").read_text("utf-8")
    assert re.findall(rf"^def test_{invariant.lower()}_\w+", text, re.MULTILINE)
