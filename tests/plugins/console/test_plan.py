"""The plan on a page: shown from the store, planned anew in a run of its own, sealed by one and approved by another."""

from __future__ import annotations

import json
import time as clock
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from plugins.console.desk import Desk
from plugins.console.words import Words
from plugins.hub import errands
from plugins.hub.carrying_out import carry_out
from plugins.hub.plans import Hub
from plugins.store.decided_tables import audit
from plugins.store.engine import Store
from plugins.store.errand_tables import errand, plan_draft
from plugins.store.times import now
from tests.making import stored
from tests.plugins.console.browsing import Browser, Time, desk_of, with_roles
from tests.plugins.console.conftest import hub_in
from tests.plugins.console.people import profile_of

SAYS = Words("en")


@pytest.fixture(scope="module")
def planned(resolved: Hub, tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """The hub over the town, with one draft of a plan."""
    hub = hub_in(resolved, tmp_path_factory.mktemp("planned"), Time())
    carry_out(hub.store, errands.ask(hub.store, "plan", '{"lifts_guards": false}', "marketing", now()), lambda: hub)
    return hub


@pytest.fixture
def desk(planned: Hub) -> Desk:
    """The console over it, with the draft as it was made."""
    with planned.store.writing() as connection:
        fresh = {"state": "made", "sealed_by": None, "approved_by": None, "applied_at": None, "outcome": None}
        connection.execute(update(plan_draft).values(**fresh))
    return desk_of(planned)


def draft(desk: Desk) -> str:
    (row,) = stored(desk.hub.store, plan_draft)
    return str(row["id"])


def state(desk: Desk) -> str:
    (row,) = stored(desk.hub.store, plan_draft)
    return str(row["state"])


def as_(desk: Desk, name: str) -> Browser:
    browser = Browser(desk)
    browser.signs_in(name)
    return browser


def test_a_plan_is_shown_by_destination_and_rule_with_what_is_left_out_and_why(desk: Desk) -> None:
    browser = as_(desk, "viewer")
    page, part = browser.get("/plan").text, browser.get(f"/plan/{draft(desk)}/at/mailchimp").text
    assert f"/plan/{draft(desk)}/at/mailchimp" in page
    assert SAYS("plan.never") in page
    assert 'name="form_token"' not in page
    for text in ("letter", "fans", "refused", SAYS("plan.sample")):
        assert text in part
    assert browser.get(f"/plan/{draft(desk)}/at/nowhere").status_code == 404


@pytest.mark.parametrize(("role", "name"), [("marketing", "A. v."), ("dpo", "Ann van den Bakker")])
def test_the_sample_is_masked_by_role_and_each_person_in_it_stands_in_the_audit_log(
    desk: Desk, role: str, name: str
) -> None:
    ann = profile_of(desk.hub.store, "ann")
    page = as_(desk, role).get(f"/plan/{draft(desk)}/at/mailchimp").text
    assert f'/person/{ann}">{name} ' in page
    looks = [row for row in stored(desk.hub.store, audit) if row["kind"] == "look_up" and row["who"] == role]
    assert [row["about"] for row in looks] == [ann]


def test_s10_marketing_seals_and_only_another_account_with_the_right_approves(desk: Desk) -> None:
    marketing, ops, path = as_(desk, "marketing"), as_(desk, "ops"), f"/plan/{draft(desk)}"
    assert SAYS("plan.seal") in marketing.get(path).text
    assert marketing.client.post(f"{path}/seal", data={}).status_code == 415
    assert marketing.post(f"{path}/seal").headers["location"] == path
    assert marketing.post(f"{path}/approve").status_code == 403
    assert as_(desk, "viewer").post(f"{path}/seal").status_code == 403
    assert state(desk) == "sealed"
    ops.post(f"{path}/approve")
    assert state(desk) == "approved"
    assert SAYS("plan.apply") in ops.get(path).text


def test_s10_who_sealed_it_is_told_that_another_account_approves(desk: Desk) -> None:
    ops, path = as_(desk, "ops"), f"/plan/{draft(desk)}"
    ops.post(f"{path}/seal")
    assert f"{path}/approve" not in ops.get(path).text
    assert SAYS("plan.yours") in ops.get(path).text
    refused = ops.post(f"{path}/approve")
    assert (refused.status_code, state(desk)) == (409, "sealed")
    assert f'role="alert">{SAYS("plan_fault.own_seal")}' in refused.text
    assert ops.post(f"{path}/apply").status_code == 409
    assert [row["kind"] for row in stored(desk.hub.store, errand)] == ["plan"]


def test_that_the_world_moved_is_said_plainly(desk: Desk) -> None:
    difference = {"destination": "mailchimp", "what": "gone", "operation": "add", "rows": 3}
    with desk.hub.store.writing() as connection:
        outcome = json.dumps({"differences": [difference], "jobs": []})
        connection.execute(update(plan_draft).values(state="moved", applied_at="2026-03-12", outcome=outcome))
    page = as_(desk, "viewer").get("/plan").text
    for text in ("plan_next.moved", "plan.moved", "moved.gone"):
        assert SAYS(text) in page
    assert 'http-equiv="refresh"' not in page


def test_while_it_is_applied_the_page_loads_itself_anew(desk: Desk) -> None:
    with desk.hub.store.writing() as connection:
        connection.execute(update(plan_draft).values(state="applying", applied_at="2026-03-12"))
    page = as_(desk, "viewer").get("/plan").text
    assert '<meta http-equiv="refresh" content="5">' in page
    assert SAYS("plan.progress") in page
    assert "<script" not in page


def test_what_needs_long_is_planned_by_a_process_that_nobody_waits_for(
    sqlite_store: Store, rules: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROTONDE_RULES", str(rules / "nowhere"))
    with_roles(sqlite_store)
    ops = as_(desk_of(replace(desk.hub, store=sqlite_store, clock=now)), "ops")
    assert ops.post("/plan", guards="whatever").status_code == 400
    for _ in range(2):  # the second one finds the first under way
        assert ops.post("/plan", guards="hold").headers["location"] == "/plan"
    assert SAYS("plan.reloads") in ops.get("/plan").text
    deadline = clock.monotonic() + 60
    while stored(sqlite_store, errand)[0]["state"] == "asked" and clock.monotonic() < deadline:
        clock.sleep(0.2)
    (done,) = stored(sqlite_store, errand)
    assert (done["asked_by"], done["state"]) == ("ops", "failed")
    page = ops.get("/plan").text
    assert SAYS("plan.none") in page
    assert "nowhere" in page
