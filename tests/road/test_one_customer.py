"""The demonstration, whole, over a small retailer: what each system holds of one customer after each step."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from plugins.hub.sandboxes import Running, note
from plugins.sandbox.fiction import Fiction
from tests.road.world import own_project, project_environment, vendors

MINUTES = 30


def steps(printed: str) -> list[dict[str, tuple[str, str]]]:
    """Return for each step what is told of each system: points and e-mail; the hub's further persons by number."""
    found: list[dict[str, tuple[str, str]]] = []
    for line in printed.partition("One customer")[2].splitlines():
        if re.match(r"\d+\. ", line):
            found.append({})
        elif words := re.match(r"(hub|tilroy|woocommerce|mailchimp)(?: \w+)?\s{2,}(\S+)\s{2,}(.+?)(?:\s{2,}|$)", line):
            same = sum(name.startswith(words[1]) for name in found[-1])
            found[-1][f"{words[1]}{same or ''}"] = (words[2], words[3])
    return found


@pytest.mark.long
@pytest.mark.timeout(MINUTES * 60)
def test_one_customer_earns_spends_returns_withdraws_is_merged_parted_and_forgotten(tmp_path: Path) -> None:
    project = own_project(tmp_path / "project")
    with vendors(Fiction(people=300)) as opened:
        environment = project_environment(project, opened)
        settings = {name: value for name, value in environment.items() if name.startswith(("TAP_", "TARGET_"))}
        note(project / ".rotonde" / "demo-fiction", Running(opened.url, os.getpid(), "fiction", settings))
        done = subprocess.run(
            [sys.executable, "-m", "plugins.hub.cli", "demo"], cwd=project, env=environment, capture_output=True,
            text=True, timeout=MINUTES * 60,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    told = steps(done.stdout)
    known, bought, spent, returned, withdrawn, second, merged, parted, forgotten = told
    for step in told[:-1]:
        assert {step[name][0] for name in ("hub", "tilroy", "woocommerce")} == {step["hub"][0]}
    had = [int(step["hub"][0]) for step in told[:-1]]
    assert had[1] == had[0] + 200
    assert had[2] > had[1] - 150
    assert had[3] - had[2] == pytest.approx((150 - (had[2] - had[1] + 150)) / 2, abs=2)
    assert (bought["tilroy"][1], spent["woocommerce"][1], returned["mailchimp"][1]) == ("yes", "yes", "subscribed")
    assert [withdrawn[name][1] for name in ("tilroy", "woocommerce", "mailchimp")] == ["no", "no", "unsubscribed"]
    assert had[6] > had[5] and "hub1" not in merged
    assert {name: parted[name] for name in second} == second
    assert {points for points, _ in forgotten.values()} == {"–"}
    assert known["hub"][1] == "granted"
