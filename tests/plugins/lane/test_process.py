"""`rotonde lane` as a process, with the settings that Meltano gives: killed, started again and told to end."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plugins.store.knock_tables import knock
from tests.making import stored
from tests.plugins.lane.conftest import SECRET, Neighbourhood
from tests.road.world import own_project, project_environment

LONGEST_SECONDS = 120


@contextmanager
def lane(hood: Neighbourhood, project: Path, crash: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """Start the command, and wait until it says that it listens."""
    told = {
        **project_environment(project, hood.world.vendors), **hood.world.environment(crash=crash),
        "ROTONDE_RULES": str(project / "sync_rules"), "ROTONDE_WEBHOOK_WOOCOMMERCE_SECRET": SECRET,
    }  # fmt: skip
    named = {name: told[name] for name in told if not name.startswith("MELTANO_RUN_ID")}
    known = project_environment(project, hood.world.vendors)
    command = [sys.executable, "-m", "plugins.hub.cli", "lane"]
    with subprocess.Popen(command, cwd=project, env={**known, **named}, stdout=subprocess.PIPE) as child:
        assert child.stdout
        assert b"woocommerce may knock" in child.stdout.readline()
        try:
            yield child
        finally:
            child.kill()


def test_killed_in_the_middle_it_loses_nothing_and_told_to_end_it_ends(hood: Neighbourhood, tmp_path: Path) -> None:
    customer, email = hood.member()
    before = len(hood.rows(email))
    project = own_project(tmp_path / "project")
    hood.says_no(customer)
    with lane(hood, project, crash="after answer before mark") as killed:
        assert killed.wait(LONGEST_SECONDS) != 0
    assert stored(hood.hub.store, knock)
    assert hood.rows(email)[-1]["state"] == "prepared"
    with lane(hood, project) as again:
        until = time.monotonic() + LONGEST_SECONDS
        while stored(hood.hub.store, knock) and time.monotonic() < until:
            time.sleep(0.1)
        assert hood.status(email) == "unsubscribed"
        made = hood.rows(email)[before:]
        assert [row["state"] for row in made] == ["reconciled", "accepted"]  # once more, since nobody knew; and no more
        for number in range(200):
            hood.knocks("customers", str(900_000 + number))
        time.sleep(0.3)
        began = time.monotonic()
        again.send_signal(signal.SIGTERM)
        assert again.wait(LONGEST_SECONDS) == 143
        assert time.monotonic() - began < 10
    assert stored(hood.hub.store, knock)
