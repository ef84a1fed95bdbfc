"""Records in quarantine, mended and settled by hand: read by the code that reads every record, or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugins.hub.mending import Unmended, discard, mend
from plugins.hub.plans import Hub
from plugins.hub.replaying import AT_ONCE, Which, replay
from plugins.store.decided_tables import audit
from plugins.store.engine import Store
from plugins.store.keeper import Keeper
from plugins.store.tables import ENTITY_TABLES, quarantine
from tests.making import hub_on, stored

TILL = {"tilroyId": "9", "firstName": "Ann", "dateExported": "2026-03-02T10:00:00Z", "bu": []}
WEB = {"id": 7, "email": "ann@example.nl", "date_modified_gmt": "2026-03-02T10:00:00",
       "meta_data": [{"key": "newsletter_optin", "value": "no"}]}  # fmt: skip


@pytest.fixture
def hub(sqlite_store: Store, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    monkeypatch.chdir(tmp_path)
    return hub_on(sqlite_store, rules)


def aside(hub: Hub, *records: Any, stream: str = "customers", source: str = "tilroy", stage: str = "mean") -> str:
    """Leave records in quarantine, and return the id there of the last one."""
    keeper, payload = Keeper(hub.store, "run", hub.clock), ""
    for each in records:
        payload = each if isinstance(each, str) else json.dumps(each)
        bad = {"stage": stage, "source": source, "stream": stream, "reason": "bad_time", "payload": payload}
        keeper.mapper_bad(json.dumps(bad).encode())
    keeper.commit()
    return next(str(row["id"]) for row in stored(hub.store, quarantine) if row["payload"] == payload)


def row_of(hub: Hub, key: str) -> dict[str, Any]:
    return next(row for row in stored(hub.store, quarantine) if row["id"] == key)


def test_a_mended_record_is_read_and_what_came_is_kept_beside_it(hub: Hub) -> None:
    bad = {**TILL, "dateExported": "yesterday"}
    key = aside(hub, bad)
    mend(hub, key, json.dumps(TILL), "ops")
    row = row_of(hub, key)
    assert (json.loads(row["payload"]), json.loads(row["mended"])) == (bad, TILL)
    assert (row["state"], row["settled_by"]) == ("replayed", "ops")
    assert [each["first_name"] for each in stored(hub.store, ENTITY_TABLES["customer"])] == ["Ann"]
    (line,) = [each for each in stored(hub.store, audit) if each["kind"] == "quarantine"]
    assert (line["who"], json.loads(line["detail"])) == ("ops", {"step": "mended", "fields": ["dateExported"]})


def test_the_same_record_that_comes_again_is_read_as_it_was_mended(hub: Hub) -> None:
    bad = {**TILL, "dateExported": "yesterday"}
    key = aside(hub, bad)
    mend(hub, key, json.dumps(TILL), "ops")
    aside(hub, bad)
    assert row_of(hub, key)["state"] == "open"
    assert replay(hub, "run").kept == 1


@pytest.mark.parametrize(
    ("text", "because"), [("{", "malformed_json"), ('{"tilroyId": "9", "dateExported": "x", "bu": []}', "bad_time")]
)
def test_what_cannot_be_read_changes_nothing(hub: Hub, text: str, because: str) -> None:
    key = aside(hub, {**TILL, "dateExported": "yesterday"})
    before = row_of(hub, key)
    with pytest.raises(Unmended) as caught:
        mend(hub, key, text, "ops")
    assert caught.value.because == because
    assert row_of(hub, key) == before
    assert stored(hub.store, ENTITY_TABLES["customer"]) == []


@pytest.mark.parametrize("value", ["yes", "maybe"])
def test_nobody_says_yes_for_somebody_by_mending(hub: Hub, value: str) -> None:
    key = aside(hub, {**WEB, "id": None}, source="woocommerce")
    said = {**WEB, "meta_data": [{"key": "newsletter_optin", "value": value}]}
    with pytest.raises(Unmended, match="nobody's consent is mended"):
        mend(hub, key, json.dumps(said), "ops")
    assert stored(hub.store, ENTITY_TABLES["consent"]) == []
    mend(hub, key, json.dumps(WEB), "ops")
    assert [row["value"] for row in stored(hub.store, ENTITY_TABLES["consent"])] == ["no"]


@pytest.mark.parametrize(
    ("stage", "stream", "record"), [("keep", "consent", "{}"), ("mean", "customers", json.dumps("x" * 50_001))]
)
def test_an_act_of_consent_and_what_is_too_long_are_mended_at_their_source(
    hub: Hub, stage: str, stream: str, record: str
) -> None:
    key = aside(hub, record, stream=stream, stage=stage)
    with pytest.raises(Unmended, match="mend it at its source"):
        mend(hub, key, "{}", "ops")


def test_what_is_discarded_has_a_reason_and_stays_aside_when_it_comes_again(hub: Hub) -> None:
    key = aside(hub, "{}")
    with pytest.raises(Unmended, match="nothing is discarded without a reason"):
        discard(hub, key, " ", "ops")
    discard(hub, key, "a test of the till", "ops")
    aside(hub, "{}")
    row = row_of(hub, key)
    assert (row["state"], row["note"], row["times"]) == ("discarded", "a test of the till", 2)
    assert replay(hub, "run").tried == 0
    with pytest.raises(Unmended, match="no such record is open"):
        discard(hub, key, "again", "ops")


def test_a_replay_may_be_of_one_reason_or_one_record_and_reads_each_once(hub: Hub) -> None:
    last = aside(hub, *({**TILL, "tilroyId": str(number)} for number in range(AT_ONCE + 1)))
    aside(hub, "{}", stream="martians")
    assert replay(hub, "run", Which(id=last)).tried == 1
    done = replay(hub, "run", Which("tilroy", "customers", "bad_time"), "ops")
    assert (done.tried, done.kept, len(stored(hub.store, ENTITY_TABLES["customer"]))) == (AT_ONCE, AT_ONCE, AT_ONCE + 1)
    left = replay(hub, "run")
    assert (left.tried, left.kept) == (1, 0)
