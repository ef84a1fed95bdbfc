"""One note of each customer where a clerk sees it, of whoever agreed to be treated by what is known of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plugins.hub.destinations import record_channels
from plugins.hub.journal import JournalOutbox, run_id, write_plan
from plugins.hub.lease import take
from plugins.hub.meaning import read_meaning
from plugins.hub.plans import Hub, journal_rows, planned
from plugins.hub.rights.erasing import erase, find
from plugins.rules.complaint import RulesError
from plugins.store.engine import Store
from plugins.store.tables import push
from plugins.store.times import utc_text
from plugins.wire.outbox import Call, Row
from tests.making import act, at, customer, hub_on, keep, person, reader, stored

NOTE = """\
description: What a clerk should know.
where: is_web_customer
text: '{% if first_name %}Dag {{ first_name }}.{% endif %}'
to: {tilroy: {}}
examples:
- {title: known, given: {is_web_customer: true, first_name: Ann}, expect: [Dag Ann.]}
- {title: without a name, given: {is_web_customer: true}, expect: unwritten}
"""
PERSONAL = "meta_data.personal_offers_optin"


def agrees(name: str, value: str = "yes", hours: float = 1) -> dict[str, Any]:
    """Return what somebody says to offers of their own."""
    facts = {f"personal_offers_optin_{each}": at(hours) if each == "at" else "x" for each in ("at", "text", "form")}
    return act(name, value, hours, field=PERSONAL, facts=facts)


@pytest.fixture
def hub(store: Store, rules: Path) -> Iterator[Hub]:
    """Ann and bob are known at the till and in the webshop; ann agreed, bob was never asked."""
    (rules / "notes").mkdir()
    (rules / "notes" / "till.yml").write_text(NOTE)
    for name, key in (("ann", "880123"), ("bob", "880124")):
        keep(store, reader(name), person(key, "tilroy", email=f"{name}@example.nl"))
    keep(store, agrees("ann"))
    yield replace(hub_on(store, rules), records=record_channels())


def rows(hub: Hub, lane: Any = "all") -> list[dict[str, Any]]:
    with planned(hub, "tilroy") as (connection, _, _):
        return [row for row in journal_rows(connection, hub.records["tilroy"], lane)
                if row["wire_id"].startswith("note:")]  # fmt: skip


def told(hub: Hub, lane: Any = "all") -> list[tuple[str, str, str]]:
    return [(row["operation"], row["wire_id"], json.loads(row["payload"])["text"]) for row in rows(hub, lane)]


def entered(hub: Hub, state: str = "accepted") -> list[dict[str, Any]]:
    """Enter what is planned into the journal, as if it had been answered."""
    stamp = {"state": state, "answered_at": utc_text(hub.clock())} if state != "planned" else {}
    given = [{**row, **stamp} for row in rows(hub)]
    with hub.store.writing() as connection:
        return write_plan(connection, hub.records["tilroy"], given, "1", hub.clock())


def test_c1_only_who_agreed_to_it_has_a_note(hub: Hub) -> None:
    assert told(hub) == [("add", "note:880123", "Dag Ann.")]
    (row,) = rows(hub)
    assert row["permit"].startswith("woocommerce\x1f")


def test_a_note_is_written_once_and_again_when_it_says_something_else(hub: Hub) -> None:
    entered(hub)
    assert told(hub) == []
    keep(hub.store, customer("ann", first_name="Anna", changed_at=at(5)))
    assert told(hub) == [("change", "note:880123", "Dag Anna.")]


def test_a_note_whose_answer_was_lost_is_written_again(hub: Hub) -> None:
    entered(hub, "unknown")
    assert told(hub) == [("change", "note:880123", "Dag Ann.")]


def test_a_note_that_was_refused_waits_until_it_is_another(hub: Hub) -> None:
    entered(hub, "rejected")
    assert told(hub) == []


def test_c1_who_takes_it_back_has_the_note_taken_away_first(hub: Hub) -> None:
    entered(hub)
    keep(hub.store, agrees("ann", "no", 5))
    assert told(hub, "removals") == [("remove", "note:880123", "")]
    entered(hub)
    assert told(hub) == []


def test_a_note_goes_with_its_rule(hub: Hub, rules: Path) -> None:
    entered(hub)
    (rules / "notes" / "till.yml").unlink()
    assert told(replace(hub, meaning=read_meaning(rules))) == [("remove", "note:880123", "")]


def test_c1_consent_that_goes_between_plan_and_call_stops_a_note(hub: Hub) -> None:
    (listed,) = entered(hub, "planned")
    keep(hub.store, agrees("ann", "no", 5))
    lease = take(hub.store, "tilroy", run_id(), hub.clock)
    box = JournalOutbox(hub.store, hub.records["tilroy"], hub.meaning, lease, hub.clock)
    row = Row(listed["key"], listed["operation"], listed["wire_id"], json.loads(listed["payload"]))
    assert box.fix([row], lambda _: Call("PUT", "/", b"{}")).rows == ()
    box.close()
    (kept,) = stored(hub.store, push)
    assert (kept["state"], kept["answer"]) == ("dropped", "consent gone before sending")


def test_whoever_is_erased_leaves_no_note_in_the_journal_and_the_till_is_asked(hub: Hub) -> None:
    entered(hub)
    erase(hub, find(hub, "ann@example.nl"), "asked for it")
    journal = stored(hub.store, push)
    assert all("Ann" not in row["payload"] for row in journal)
    asked = [row["wire_id"] for row in journal if (row["destination"], row["operation"]) == ("tilroy", "erase")]
    assert asked == ["customer:880123"]
    assert told(hub) == []


def test_what_is_wrong_with_a_note_is_said_where_it_stands(rules: Path) -> None:
    (rules / "notes").mkdir()
    wrong = NOTE.replace("first_name", "fist_name", 1).replace("{tilroy: {}}", "{tilroy: {}, mailchimp: {}}")
    (rules / "notes" / "till.yml").write_text(wrong)
    with pytest.raises(RulesError) as complaint:
        read_meaning(rules, {})
    assert "notes/till.yml:3:" in str(complaint.value)
    assert "fist_name: unknown name; did you mean 'first_name'?" in str(complaint.value)
    (rules / "notes" / "till.yml").write_text(NOTE.replace("{tilroy: {}}", "{mailchimp: {}}"))
    (rules / "notes" / "other.yml").write_text(NOTE)
    (rules / "notes" / "third.yml").write_text(NOTE.replace("is_web_customer\n", "is_wb_customer\n", 1))
    with pytest.raises(RulesError) as complaint:
        read_meaning(rules, {})
    assert "is_wb_customer" in str(complaint.value)
    (rules / "notes" / "third.yml").unlink()
    with pytest.raises(RulesError) as complaint:
        read_meaning(rules, {})
    assert "mailchimp holds no notes" in str(complaint.value)
    (rules / "notes" / "till.yml").write_text(NOTE)
    with pytest.raises(RulesError) as complaint:
        read_meaning(rules, {})
    assert "tilroy: other.yml keeps a note there too; leave it in one of them" in str(complaint.value)
