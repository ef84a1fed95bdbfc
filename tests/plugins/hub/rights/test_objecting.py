"""Objection: a no by hand that the fold, the journal and a record made anew all keep to."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.hub.rights import erasing
from plugins.hub.rights.objecting import object_to
from plugins.store.engine import Store
from plugins.store.rights_tables import suppression
from plugins.store.tables import ENTITY_TABLES
from tests.making import customer, person, stored
from tests.plugins.hub.commands import CARD, said, town
from tests.road.stage import Stage, act, orders, reader


def no(stage: Stage, who: str, channel: str | None = None) -> int:
    stage.plan()
    return object_to(stage.hub, erasing.find(stage.hub, who, "object: PERSON").subject, channel, "said so by phone")


def test_c9_whoever_objected_leaves_and_is_not_subscribed_again(stage_both: Stage) -> None:
    stage = stage_both
    stage.keep(reader("ann"), reader("bob"))
    stage.push()
    assert no(stage, "ann@example.nl") >= 1
    stage.push("removals")
    assert stage.held()["ann"][0] == "unsubscribed"
    stage.keep(customer("new", email="ann@example.nl"), act("new", email="ann@example.nl", hours=2), orders("new"))
    stage.push()
    assert stage.held()["ann"][0] == "unsubscribed"
    assert {each["source_id"] for each in stored(stage.store, ENTITY_TABLES["customer"])} >= {"ann", "new"}


def test_an_objection_is_of_all_channels_and_a_withdrawal_of_one(stage: Stage) -> None:
    stage.keep(reader("ann"), reader("bob"))
    no(stage, "ann@example.nl")
    no(stage, "bob@example.nl", "sms")
    stage.push()
    assert set(stage.held()) == {"bob"}
    assert [each["reason"] for each in stored(stage.store, suppression) if each["kind"] == "email"] == ["objected"]


def test_somebody_without_an_address_can_object(stage: Stage, rotonde: Any) -> None:
    stage.keep(person("9", "tilroy", card=CARD, last_name="Mus", name_key="mus"))
    assert no(stage, CARD) == 1
    rotonde("resolve")
    (shown,) = said(rotonde("consent", "tilroy:9", "--json"))
    assert {each["state"] for each in shown["states"]} == {"refused"}
    assert {(each["source"], each["decision"], each["place"]) for each in shown["acts"]} == {
        ("hub", "objected", "command line")
    }


def test_c9_what_was_planned_before_an_objection_is_dropped_when_it_is_fixed(stage_both: Stage) -> None:
    stage = stage_both
    stage.keep(reader("ann"), reader("bob"))
    rows = stage.emit()
    found = erasing.found_of(stage.hub, _profile(stage, "ann@example.nl"))
    object_to(stage.hub, found.subject, None, "at the last moment")
    stage.send(rows)
    assert set(stage.held()) == {"bob"}
    (row,) = [each for each in stage.journal() if each["wire_id"] == "ann@example.nl"]
    assert (row["state"], row["answer"]) == ("dropped", "suppressed")


def _profile(stage: Stage, address: str) -> str:
    return next(each["profile_id"] for each in stage.journal() if each["wire_id"] == address)


@pytest.mark.parametrize(
    "words", [("object", "ann@example.nl"), ("object", "ann@example.nl", "els@x.nl", "--reason", "x")]
)
def test_the_command_wants_a_reason_and_one_person(rotonde: Any, sqlite_store: Store, words: tuple[str, ...]) -> None:
    town(sqlite_store)
    result = rotonde(*words)
    assert result.exit_code == 2
    assert "els" not in result.stderr


def test_c13_an_objection_outlives_a_backup_that_is_put_back(stage: Stage) -> None:
    stage.keep(reader("ann"))
    no(stage, "ann@example.nl")
    with stage.store.writing() as connection:
        connection.execute(suppression.delete())
        connection.execute(ENTITY_TABLES["consent"].delete().where(ENTITY_TABLES["consent"].c.source == "hub"))
    for _ in range(2):
        erasing.replay(stage.hub)
    assert {each["reason"] for each in stored(stage.store, suppression) if each["kind"] != "check"} == {"objected"}
    stage.push()
    assert stage.held() == {}
