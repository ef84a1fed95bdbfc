"""A sealed plan: exactly what was looked at is done, or nothing; the seal names no address."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from plugins.store.engine import Store
from plugins.store.tables import push
from tests.making import keep, reader, stored, withdrawal

ROOT = Path(__file__).parents[3]


def people(store: Store) -> None:
    """Keep two persons who bought and said yes."""
    keep(store, reader("ann"), reader("bob"))


def sealed(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def tapped(tmp_path: Path, seal: Path | None, destination: str = "mailchimp") -> subprocess.CompletedProcess[str]:
    """Run the hub's tap, held to a seal."""
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"destination": destination}))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **({"ROTONDE_SEAL": str(seal)} if seal else {})}
    command = [sys.executable, str(ROOT / "taps/hub/tap.py"), "--config", str(config)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def records(done: subprocess.CompletedProcess[str]) -> list[str]:
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    return sorted(each["record"]["wire_id"] for each in messages if each["type"] == "RECORD")


@pytest.fixture
def seal(rotonde: Any, sqlite_store: Store, tmp_path: Path) -> Path:
    """A seal of the plan that brings both of them in."""
    people(sqlite_store)
    path = tmp_path / "plan.json"
    assert rotonde("plan", "mailchimp", "--seal", str(path)).exit_code == 0
    return path


def test_a_seal_is_private_and_names_no_address(seal: Path) -> None:
    assert stat.S_IMODE(seal.stat().st_mode) == 0o600
    assert "@" not in seal.read_text("utf-8")
    assert [row[0] for row in sealed(seal)["destinations"]["mailchimp"]] == ["add", "add"]


def test_what_was_sealed_is_planned_to_the_row(seal: Path, tmp_path: Path) -> None:
    done = tapped(tmp_path, seal)
    assert done.returncode == 0, done.stderr
    assert records(done) == ["ann@example.nl", "bob@example.nl"]


def test_nothing_goes_where_the_world_moved(seal: Path, sqlite_store: Store, tmp_path: Path, rotonde: Any) -> None:
    keep(sqlite_store, withdrawal("bob"))
    refused = rotonde("apply", str(seal), "--json")
    assert refused.exit_code == 3
    (difference,) = json.loads(refused.stdout)["differences"]
    assert (difference["what"], difference["operation"], difference["persons"]) == ("gone", "add", 1)
    done = tapped(tmp_path, seal)
    assert (done.returncode, records(done)) == (2, [])
    assert done.stderr == "seal: the world moved, 1 rows of mailchimp differ; plan again\n"
    assert stored(sqlite_store, push) == []
    assert records(tapped(tmp_path, None)) == ["ann@example.nl"]


def test_the_difference_is_told_to_people_too(seal: Path, sqlite_store: Store, rotonde: Any) -> None:
    keep(sqlite_store, reader("cas"))
    refused = rotonde("apply", str(seal))
    assert "new" in refused.stdout
    assert "apply: 1 rows differ from the seal, nothing was sent; plan again" in refused.stderr


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace('"add"', '"remove"', 1), "was changed, or sealed for another store; plan again"),
        (lambda text: text.replace('"accept": false', '"accept": true'), "was changed, or sealed for another store"),
        (lambda _: "{}", "is no sealed plan; make one with 'rotonde plan --seal FILE'"),
        (lambda _: "", "is no sealed plan"),
    ],
)
def test_a_seal_that_was_changed_is_refused(seal: Path, rotonde: Any, change: Any, told: str) -> None:
    seal.write_text(change(seal.read_text("utf-8")), "utf-8")
    refused = rotonde("apply", str(seal))
    assert refused.exit_code == 2
    assert refused.stderr.startswith(f"plan.json: {told}")


def test_a_seal_of_other_rules_is_refused(seal: Path, rules: Path, rotonde: Any) -> None:
    path = rules / "audiences" / "letter.yml"
    path.write_text(path.read_text("utf-8") + "holdout: 5%\n", "utf-8")
    refused = rotonde("apply", str(seal))
    assert (refused.exit_code, refused.stderr) == (
        2, "plan.json: the rules have changed since it was sealed; plan again\n",
    )  # fmt: skip


def test_a_destination_that_is_not_in_the_seal_sends_nothing(seal: Path, tmp_path: Path) -> None:
    done = tapped(tmp_path, seal, "tilroy")
    assert (done.returncode, done.stderr) == (2, "seal: tilroy is not in it; plan again with it\n")


def test_an_empty_plan_is_applied_without_a_job(rotonde: Any, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    rotonde("plan", "mailchimp", "--seal", str(path))
    done = rotonde("apply", str(path))
    assert (done.exit_code, done.stdout) == (0, "apply: the plan is empty; there is nothing to do\n")


def test_a_preview_writes_nothing_beside_what_it_was_asked_for(rotonde: Any, sqlite_store: Store) -> None:
    people(sqlite_store)
    rotonde("plan", "mailchimp")
    assert not (sqlite_store.path.parent / "suppression.key").exists()
    assert stored(sqlite_store, push) == []
