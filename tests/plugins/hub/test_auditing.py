"""The audit log: what changed in the rules, whose that is, and which guards were lifted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError

from plugins.hub.auditing import logged, note, note_rules
from plugins.rules.owners import Owners
from plugins.store.decided_tables import audit
from plugins.store.engine import Store
from plugins.store.migrate import migrate
from tests.making import MORNING, keep, pushed, reader
from tests.plugins.rules.files import complaints

OWNERS = Owners(owners={"audiences": "marketing", "consent.yml": "privacy"})


def test_a_rule_that_is_new_changed_or_gone_is_written_down_with_whose_it_is(sqlite_store: Store, rules: Path) -> None:
    migrate(sqlite_store)
    assert len(note_rules(sqlite_store, rules, OWNERS, MORNING)) > 5
    assert note_rules(sqlite_store, rules, OWNERS, MORNING) == []
    letter = rules / "audiences" / "letter.yml"
    letter.write_text(letter.read_text("utf-8").replace(">= 1", ">= 3"), "utf-8")
    (rules / "audiences" / "fans.yml").unlink()
    assert note_rules(sqlite_store, rules, OWNERS, MORNING) == ["audiences/fans.yml", "audiences/letter.yml"]
    told = {each["about"]: (each["detail"]["what"], each["detail"]["owner"]) for each in logged(sqlite_store, 2)}
    assert told == {"audiences/fans.yml": ("gone", "marketing"), "audiences/letter.yml": ("changed", "marketing")}


@pytest.mark.parametrize("change", [update(audit).values(who="nobody"), delete(audit)], ids=["changed", "deleted"])
def test_what_was_written_down_stays(store: Store, change: Any) -> None:
    migrate(store)
    note(store, "override", "mailchimp", {"guard": "shrink"}, MORNING)
    with pytest.raises(DatabaseError, match="append-only"), store.writing() as writer:
        writer.execute(change)
    assert [each["about"] for each in logged(store, 5)] == ["mailchimp"]


def test_a_guard_that_was_lifted_is_in_the_log(rotonde: Any, sqlite_store: Store, tmp_path: Path) -> None:
    from plugins.hub.plans import open_hub
    from taps.hub.tap import emit

    keep(sqlite_store, reader("ann"))
    there = [{"wire_id": f"r{number}@example.nl", "payload": '{"tags_on":["letter"]}'} for number in range(40)]
    pushed(sqlite_store, *there)
    with (tmp_path / "out").open("w") as out:
        emit(open_hub(), "mailchimp", "all", accept=True, out=out.fileno())
    (line,) = [each for each in json.loads(rotonde("audit", "--json").stdout) if each["kind"] == "override"]
    assert line["about"] == "mailchimp"
    assert line["detail"]["guard"].startswith("shrink: 40 of 40 would leave")


def test_the_log_can_be_read(rotonde: Any) -> None:
    said = rotonde("audit", "--most", "3").stdout
    assert said.startswith("Rules that changed, and guards that were lifted")


def test_an_owner_of_nothing_is_a_mistake(rules: Path) -> None:
    (rules / "owners.yml").write_text("owners: {audience: marketing}\n")
    (said,) = complaints(rules)
    assert said == "sync_rules/owners.yml:1:10: audience: no such rule file or folder; did you mean 'audiences'?" or (
        said.endswith("owners.yml:1:10: audience: no such rule file or folder; did you mean 'audiences'?")
    )


def test_a_file_has_its_own_owner_before_its_folders() -> None:
    found = Owners(owners={"audiences": "marketing", "audiences/vip.yml": "the boss"})
    assert [found.of(each) for each in ("audiences/vip.yml", "audiences/all.yml", "loyalty.yml")] == [
        "the boss", "marketing", None
    ]  # fmt: skip
