"""A draft of a plan: sealed by one account, approved by another, applied as it is or not at all."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from plugins.hub import drafts, errands
from plugins.hub.applying import apply_seal
from plugins.hub.carrying_out import carry_out
from plugins.hub.drafts import Draft, Refused
from plugins.hub.lease import take
from plugins.hub.plans import Hub, open_hub
from plugins.hub.sealing import SETTING
from plugins.hub.syncing import silent
from plugins.store.decided_tables import audit
from plugins.store.engine import Store, StoreError
from plugins.store.errand_tables import errand, plan_draft
from plugins.store.tables import push
from plugins.store.times import now, utc_text
from tests.making import hub_on, keep, pushed, reader, stored, withdrawal


@pytest.fixture
def empty(sqlite_store: Store, rules: Path) -> Hub:
    """A hub that knows nobody."""
    return hub_on(sqlite_store, rules)


@pytest.fixture
def hub(sqlite_store: Store, rules: Path, rotonde: Any) -> Iterator[Hub]:
    """A hub with two persons to bring to Mailchimp."""
    keep(sqlite_store, reader("ann"), reader("bob", count=2))
    yield hub_on(sqlite_store, rules)
    os.environ.pop(SETTING, None)


def made(hub: Hub, *, lifts_guards: bool = False) -> Draft:
    return read(hub, drafts.make(hub, "ann", lifts_guards=lifts_guards))


def read(hub: Hub, key: str) -> Draft:
    with hub.store.reading() as connection:
        found = drafts.draft(connection, key)
    assert found
    return found


def put(hub: Hub, key: str = "d1") -> str:
    """Put a draft down as if it had been planned."""
    values = {"made_at": utc_text(now()), "made_by": "ann", "rules": "1", "lifts_guards": False, "told": "[]"}
    with hub.store.writing() as connection:
        connection.execute(insert(plan_draft).values(id=key, seal_hash=key, state="made", **values))
    return key


def approved(hub: Hub) -> Draft:
    key = made(hub).id
    drafts.seal(hub.store, key, "ann", hub.clock())
    drafts.approve(hub.store, key, "bob", hub.clock())
    return read(hub, key)


def test_a_draft_tells_each_destination_by_rule_names_nobody_and_replaces_what_nobody_sealed(hub: Hub) -> None:
    pushed(hub.store, {"wire_id": "cas@example.nl", "payload": '{"tags_on": ["fans"]}'})
    first, sealed = put(hub), put(hub, "d2")
    drafts.seal(hub.store, sealed, "ann", hub.clock())
    draft = made(hub, lifts_guards=True)
    with hub.store.reading() as connection:
        assert {each.id for each in drafts.drafts(connection, 9)} == {draft.id, sealed} != {first}
    plan = draft.plan_of("mailchimp")
    assert plan
    assert [plan[each] for each in ("add", "change", "remove", "leaving")] == [2, 0, 1, {"fans": 1}]
    assert {each["audience"]: each["add"] for each in plan["funnel"]} == {"fans": 1, "letter": 2}
    assert [set(each) for each in plan["names"]] == [{"operation", "profile_id", "why"}] * 3
    kept = next(row for row in stored(hub.store, plan_draft) if row["id"] == draft.id)
    assert "@" not in str(kept)
    assert "Ann" not in str(kept)
    path = drafts.path_of(hub.store, draft.id)
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent)] == [0o600, 0o700]
    assert stored(hub.store, push)[1:] == []


def test_s10_who_sealed_a_plan_never_approves_it(empty: Hub) -> None:
    hub, key = empty, put(empty)
    drafts.seal(hub.store, key, "ann", hub.clock())
    with pytest.raises(Refused, match="ann sealed it; another account approves it") as caught:
        drafts.approve(hub.store, key, "ann", hub.clock())
    assert caught.value.because == "own_seal"
    assert (read(hub, key).state, read(hub, key).approved_by) == ("sealed", None)
    drafts.approve(hub.store, key, "bob", hub.clock())
    draft = read(hub, key)
    assert (draft.state, draft.sealed_by, draft.approved_by) == ("approved", "ann", "bob")
    told = [(row["who"], json.loads(row["detail"])["step"]) for row in stored(hub.store, audit) if row["about"] == key]
    assert told == [("ann", "sealed"), ("bob", "approved")]


def test_every_step_has_its_turn(empty: Hub) -> None:
    hub, key, moment = empty, put(empty), now()
    for step in (drafts.approve, drafts.seal, drafts.seal, drafts.approve, drafts.approve, drafts.withdraw):
        try:
            step(hub.store, key, "ann" if step is drafts.seal else "bob", moment)
        except Refused as refused:
            assert refused.because == "out_of_turn"
    assert read(hub, key).state == "withdrawn"
    for step in (drafts.seal, drafts.approve, drafts.withdraw):
        with pytest.raises(Refused, match="it is withdrawn by now"):
            step(hub.store, key, "cas", moment)
        with pytest.raises(Refused, match="there is no such draft"):
            step(hub.store, "nothing", "cas", moment)


def test_s10_no_way_leads_past_the_approval_of_a_draft_nor_past_a_world_that_moved(
    hub: Hub, rotonde: Any, tmp_path: Path
) -> None:
    key = made(hub).id
    copied = tmp_path / "copied.json"
    shutil.copy(drafts.path_of(hub.store, key), copied)
    for step in (None, drafts.seal):
        if step:
            step(hub.store, key, "ann", hub.clock())
        for path in (drafts.path_of(hub.store, key), copied):
            refused = rotonde("apply", str(path))
            assert refused.exit_code == 2
            assert "made in the console, and not approved; another account approves it there" in refused.stderr
            assert (read(hub, key).state, stored(hub.store, push)) == ("sealed" if step else "made", [])
    drafts.approve(hub.store, key, "bob", hub.clock())
    keep(hub.store, withdrawal("bob"))
    assert apply_seal(hub, copied, silent).state == "moved"
    draft = read(hub, key)
    difference = {"destination": "mailchimp", "what": "gone", "operation": "add", "rows": 1}
    assert (draft.state, draft.outcome) == ("moved", {"differences": [difference], "jobs": []})
    assert (stored(hub.store, push), draft.plans[0]["names"]) == ([], [])
    assert not drafts.path_of(hub.store, key).exists()


def test_an_approved_draft_is_applied_by_the_command_too_and_then_over(hub: Hub, rotonde: Any) -> None:
    keep(hub.store, withdrawal("ann"), withdrawal("bob"))
    path = drafts.path_of(hub.store, approved(hub).id)
    done = rotonde("apply", str(path))
    assert (done.exit_code, done.stdout) == (0, "apply: the plan is empty; there is nothing to do\n")
    (row,) = stored(hub.store, plan_draft)
    assert (row["state"], path.exists()) == ("applied", False)


def test_what_is_asked_for_is_carried_out_and_what_fails_says_why(hub: Hub, rules: Path) -> None:
    store = hub.store
    assert carry_out(store, errands.ask(store, "plan", '{"lifts_guards": false}', "ann", now()), lambda: hub)
    with store.reading() as connection:
        done = errands.newest(connection, "plan", now())
        assert done
        assert (done.state, read(hub, done.told["draft"]).made_by) == ("ok", "ann")
    key = errands.ask(store, "apply", done.told["draft"], "bob", now())
    assert not carry_out(store, key, lambda: hub)
    assert not carry_out(store, key, lambda: hub)
    (rules / "audiences" / "letter.yml").write_text("where: 7\n")
    key = errands.ask(store, "plan", "{}", "ann", now())
    assert not carry_out(store, key, open_hub)
    told = {row["kind"]: json.loads(row["told"]).get("why", "") for row in stored(store, errand)}
    assert "not approved" in told["apply"]
    assert "letter.yml:1:1" in told["plan"]


def test_one_errand_of_a_kind_at_a_time_and_one_whose_process_is_gone_is_lost(empty: Hub) -> None:
    store, moment = empty.store, now()
    key = errands.ask(store, "plan", "{}", "ann", moment)
    with pytest.raises(StoreError, match="ann asked for one that is under way"):
        errands.ask(store, "plan", "{}", "bob", moment)
    errands.ask(store, "replay", "{}", "bob", moment)
    take(store, errands.lease_of("plan"), key)
    later = moment + timedelta(seconds=59)
    with store.reading() as connection:
        states = [errands.newest(connection, "plan", later + timedelta(seconds=each)) for each in (0, 90)]
    assert [each.state for each in states if each] == ["asked", "lost"]


def test_a_draft_whose_applying_broke_off_can_be_taken_back(empty: Hub) -> None:
    hub, key, moment = empty, put(empty), now()
    drafts.seal(hub.store, key, "ann", moment)
    drafts.approve(hub.store, key, "bob", moment)
    assert drafts.begin(hub.store, key, moment) == key
    mine = take(hub.store, errands.lease_of("apply"), "run")
    with pytest.raises(Refused, match="it is applying by now"):
        drafts.withdraw(hub.store, key, "ann", moment)
    drafts.withdraw(hub.store, key, "ann", moment + timedelta(minutes=2))
    assert (read(hub, key).state, mine.owner.partition("/")[0]) == ("withdrawn", "run")
