"""Many erased in few transactions: each is left as if erased alone, and what was killed is finished by the next run."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from plugins.hub.plans import Hub
from plugins.hub.resolve_command import resolve_store
from plugins.hub.rights import erasing
from plugins.hub.rights.retention import retain
from plugins.store import erasure_list
from plugins.store.engine import Store
from plugins.store.mirror import mirror_path
from plugins.store.rights_tables import erasure, suppression
from plugins.store.tables import ENTITY_TABLES, membership, push
from tests.making import clock_at, hub_on, keep, person, pushed, record, stored
from tests.plugins.hub.rights.test_retention import living
from tests.road.stage import ROOT, Stage

NAMES = ("Ann", "Bob", "Cas")


def household(of: str, phone: str) -> list[Any]:
    """Return three people of one phone: one bought as a guest too, and one said something of consent."""
    people = [
        person(f"{of}{name}", "shop", email=f"{of}{name}@x.nl".lower(), phone=phone, first_name=name,
               last_name=f"{of}{name}") for name in NAMES
    ]  # fmt: skip
    guest = record("order", "shop", f"{of}o", channel="web", email=f"{of}ann@x.nl", currency="EUR", is_paid=True,
                   ordered_at="2020-01-01T00:00:00Z")  # fmt: skip
    said = record("consent", "shop", f"{of}c", field="f", value="yes", customer_id=f"{of}Bob", phone=phone)
    return [*people, guest, said]


def profiles(store: Store, of: str) -> list[str]:
    """Return the profiles of a household, in the order of its names."""
    held = {each["source_id"]: each["profile_id"] for each in stored(store, membership)}
    return [held[f"{of}{name}"] for name in NAMES]


def proofs(hub: Hub, numbers: set[str]) -> list[Any]:
    """Return what some erasures prove: steps with their rows, and the kinds of keys in the store and on the list."""
    keys = [(each["erasure"], each["kind"]) for each in stored(hub.store, suppression) if each["kind"] != "check"]
    listed = {each["id"]: sorted(kind for _, kind in each["keys"]) for each in erasure_list.listed(hub.store)}
    return sorted(
        (each.state, sorted((step["step"], step["rows"]) for step in each.steps), listed[each.id],
         sorted(Counter(kind for number, kind in keys if number == each.id).items()))
        for each in erasing.erasures(hub) if each.id in numbers
    )  # fmt: skip


def numbers(store: Store) -> set[str]:
    return {each["id"] for each in stored(store, erasure)}


def test_each_is_left_as_if_erased_alone_also_who_shares_a_phone(
    store: Store, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROTONDE_HOME", str(tmp_path))
    hub = hub_on(store, rules)
    keep(store, household("one", "+31687650001"), household("all", "+31687650002"))
    pushed(store, *({"wire_id": f"{of}cas@x.nl", "profile_id": of} for of in ("one", "all")))
    resolve_store(hub)
    alone, together = profiles(store, "one"), profiles(store, "all")
    assert len({*alone, *together}) == 6
    mirror_path(store).unlink()
    for each in alone:
        erasing.erase(hub, erasing.found_of(hub, each), "asked")
    first = numbers(store)
    erasing.erase_all(hub, together, "asked")
    assert proofs(hub, numbers(store) - first) == proofs(hub, first)
    assert ["phone" in listed for _, _, listed, _ in proofs(hub, first)].count(True) == 1, (
        "the last of them alone had it"
    )
    for name in ("customer", "consent"):
        assert stored(store, ENTITY_TABLES[name]) == []
    assert [each["email"] for each in stored(store, ENTITY_TABLES["order"])] == [None, None]
    assert "@x.nl" not in str([each for each in stored(store, push) if each["operation"] != "erase"])


@pytest.mark.parametrize("point", ["in erasure", "after tables of erasure", "after files of erasure"])
def test_a_retention_that_was_killed_among_many_is_finished_by_the_next_run(stage_both: Stage, point: str) -> None:
    stage, people = stage_both, erasing.AT_ONCE + 2
    stage.keep(*(living(f"p{number}", -2700) for number in range(people)))
    command = [sys.executable, "-m", "plugins.hub.cli"]
    killed = subprocess.run(
        [*command, "retention"], cwd=ROOT, env=stage.environment(point), capture_output=True, check=False
    )
    assert killed.returncode == 137
    for arguments in (["erase", "--replay"], ["retention"]):
        done = subprocess.run(
            [*command, *arguments], cwd=ROOT, env=stage.environment(), capture_output=True, check=False, text=True
        )
        assert done.returncode == 0, done.stderr
    made = erasing.erasures(stage.hub)
    assert [each.state for each in made] == ["done"] * people
    assert {each["id"] for each in erasure_list.listed(stage.store)} == {each.id for each in made}
    assert stored(stage.store, ENTITY_TABLES["customer"]) == stored(stage.store, ENTITY_TABLES["event"]) == []


def test_a_first_run_over_many_leaves_nobody_who_is_silent(sqlite_store: Store, rules: Path) -> None:
    hub = hub_on(sqlite_store, rules)
    hub.__dict__["clock"] = clock_at(0)
    people = 2 * erasing.AT_ONCE + 1
    keep(sqlite_store, *(living(f"p{number}", -2700) for number in range(people)), living("ann", -10))
    assert retain(hub).counts["profiles"] == people
    assert [each["source_id"] for each in stored(sqlite_store, ENTITY_TABLES["customer"])] == ["ann"]
    assert len(numbers(sqlite_store)) == people
