"""When a field of a destination is written: to everybody, to who is new, to who was there, or where nothing stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugins.hub.plans import journal_rows, planned
from plugins.store.engine import Store
from tests.making import act, customer, hub_on, keep, orders, pushed
from tests.plugins.rules.files import complaints

LETTER = """\
description: Everybody who bought.
where: order_count >= 1
to:
  mailchimp: {as: tag, fields: {FIELD: RULE}}
examples:
- {title: bought, given: {order_count: 3}, expect: in}
"""


def written(store: Store, rules: Path, rule: str) -> dict[str, dict[str, Any]]:
    """Return the fields that go to each person: ann is new there, bob is a member with a name, cas one without."""
    (rules / "audiences" / "fans.yml").unlink()
    (rules / "audiences" / "letter.yml").write_text(LETTER.replace("RULE", rule))
    for name in ("ann", "bob", "cas"):
        keep(store, customer(name, language="nl" if name != "ann" else None), act(name), orders(name))
    for name, first in (("bob", "Bob"), ("cas", None)):
        keep(store, customer(name, "mailchimp", status="subscribed", first_name=first))
        pushed(store, {"wire_id": f"{name}@example.nl", "payload": '{"tags_on":["old"]}'})
    hub = hub_on(store, rules)
    with planned(hub, "mailchimp") as (connection, _, _):
        rows = [*journal_rows(connection, hub.channel("mailchimp"), "all")]
    return {row["wire_id"].partition("@")[0]: json.loads(row["payload"])["fields"] for row in rows}


@pytest.mark.parametrize(
    ("rule", "people"),
    [
        ("language", {"ann": {"FIELD": ""}, "bob": {"FIELD": "nl"}, "cas": {"FIELD": "nl"}}),
        ("{trait: language}", {"ann": {"FIELD": ""}, "bob": {"FIELD": "nl"}, "cas": {"FIELD": "nl"}}),
        ("{trait: language, unknown: keep}", {"ann": {}, "bob": {"FIELD": "nl"}, "cas": {"FIELD": "nl"}}),
        ("{trait: language, write: create_only}", {"ann": {"FIELD": ""}, "bob": {}, "cas": {}}),
        ("{trait: language, write: update_only}", {"ann": {}, "bob": {"FIELD": "nl"}, "cas": {"FIELD": "nl"}}),
        ("{trait: first_name, write: set_if_empty}", {"ann": {"FIELD": "Ann"}, "bob": {}, "cas": {"FIELD": "Cas"}}),
    ],
)  # fmt: skip
def test_a_field_is_written_to_whom_the_rule_says(
    sqlite_store: Store, rules: Path, rule: str, people: dict[str, Any]
) -> None:  # fmt: skip
    assert written(sqlite_store, rules, rule) == people


def test_what_a_person_is_held_as_is_told_by_these_very_letters(sqlite_store: Store, rules: Path) -> None:
    """Its hash is what is compared with what was sent: another way to write it would send everybody again."""
    written(sqlite_store, rules, "{trait: language, write: update_only, unknown: keep}")
    with planned(hub_on(sqlite_store, rules), "mailchimp") as (connection, _, _):
        found = connection.execute("SELECT payload FROM desired ORDER BY wire_id").fetchall()
    assert [each for (each,) in found] == [
        '{"fields":{"FIELD":null},"tags":["letter"],"modes":{"FIELD": "update_only"}}',
        '{"fields":{"FIELD":"nl"},"tags":["letter"],"modes":{"FIELD": "update_only"}}',
        '{"fields":{"FIELD":"nl"},"tags":["letter"],"modes":{"FIELD": "update_only"}}',
    ]


def test_a_plain_field_is_told_by_these_very_letters(sqlite_store: Store, rules: Path) -> None:
    written(sqlite_store, rules, "first_name")
    with planned(hub_on(sqlite_store, rules), "mailchimp") as (connection, _, _):
        found = connection.execute("SELECT payload FROM desired ORDER BY wire_id").fetchall()
    assert found[0] == ('{"fields":{"FIELD":"Ann"},"tags":["letter"]}',)


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ("{trait: languge}", "4:40: languge: unknown trait; did you mean 'language'?"),
        ("{trait: tier, write: set_if_empty}", "4:40: FIELD: nobody knows what a destination has as tier"),
        ("{trait: language, write: sometimes}", "4:"),
        ("{write: always}", "4:"),
    ],
)  # fmt: skip
def test_a_bad_rule_of_a_field_is_told(rules: Path, rule: str, complaint: str) -> None:
    (rules / "audiences" / "letter.yml").write_text(LETTER.replace("RULE", rule))
    said = complaints(rules)
    assert any(each.split("letter.yml:", 1)[-1].startswith(complaint) for each in said), said
