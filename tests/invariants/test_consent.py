"""Consent at the moment of sending: it is read again, a withdrawal wins, and nobody under age is sent."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Request

from tests.invariants.sources import ANN, bring, edit_consent, saying, till_customer, web_account
from tests.road.stage import MORNING, Stage, act, at, customer, orders, reader, stage_on, withdrawal


@pytest.mark.parametrize("moment", ["before planning", "between plan and call", "between two calls"])
def test_c1_consent_is_read_again_when_a_batch_is_fixed(stage_both: Stage, moment: str) -> None:
    stage = stage_both
    stage.keep(reader("ann"), reader("bob"))
    if moment == "before planning":
        stage.keep(withdrawal("bob"))
    rows = stage.emit()
    if moment == "between plan and call":
        stage.keep(withdrawal("bob"))
    outbox, before = stage.outbox(), len(stage.wire())

    def withdraw_once(_fixed: Any) -> None:
        outbox.after_fix = None
        stage.keep(withdrawal("bob"))

    if moment == "between two calls":
        outbox.after_fix = withdraw_once
    stage.send(rows, outbox)
    later = stage.wire()[before + (moment == "between two calls") :]
    assert not [body for body in later if "bob@" in json.dumps(body)]
    stage.push()
    assert stage.held().get("bob", ("gone", ()))[0] != "subscribed"


@pytest.mark.parametrize("way", ["by mail", "by an old address", "at the till"])
def test_c2_after_a_withdrawal_is_stored_no_later_batch_holds_the_person(stage_both: Stage, way: str) -> None:
    stage, born = stage_both, {"first_name": "Ann", "last_name": "Kok", "name_key": "kok", "birth_date": "1980-05-01"}
    same = {**born, "phone": "+31612345678", "phone_quality": "ok"}
    stage.keep(reader("ann", **same), customer("annie", **same), reader("bob"))
    stage.plan()
    rows, before = stage.emit(), len(stage.wire())
    if way == "at the till":
        bring(stage, "till", till_customer() | {"doNotEmail": True})
    else:
        stage.keep(withdrawal("ann" if way == "by mail" else "annie"))
    stage.send(rows)
    stage.push()
    assert "bob@" in json.dumps(stage.wire()[before:])
    assert [body for body in stage.wire()[before:] if ANN in json.dumps(joining(body))] == []


def joining(body: dict[str, Any]) -> list[Any]:
    """Return whom a call brings in or tags."""
    members = [each for each in body.get("members", ()) if each.get("status") != "unsubscribed"]
    return [*members, *body.get("members_to_add", ())]


@pytest.mark.parametrize("born, is_sent", [(16, True), (15, False)])
def test_c18_nobody_under_sixteen_on_the_day_is_sent_without_a_parents_consent(
    stage_both: Stage, born: int, is_sent: bool
) -> None:
    stage, birthday = stage_both, _years_ago(born)
    stage.keep(reader("ann"))
    rows = stage.emit()
    stage.keep(customer("ann", birth_date=birthday, changed_at=at(5)))
    stage.send(rows)
    stage.push()
    assert (stage.sent() == {"ann"}) is is_sent


def test_c18_a_parents_consent_lets_a_child_be_sent(rules: Path, sqlite_store: Any) -> None:
    edit_consent(rules, "{'yes': granted, ", "{'parent': parent, 'yes': granted, ")
    with stage_on(sqlite_store, rules) as stage:
        stage.keep(reader("ann", birth_date=_years_ago(12)), reader("bob", birth_date=_years_ago(12)))
        stage.keep(act("ann", "parent", 2))
        stage.push()
        assert stage.sent() == {"ann"}


def _years_ago(years: int) -> str:
    """Return a birth date that makes somebody so many years old, for the next half year."""
    day = datetime.now(UTC) - timedelta(days=183)
    return day.replace(year=day.year - years, day=min(day.day, 28)).date().isoformat()


@pytest.mark.parametrize("seed", range(3))
def test_c1_every_member_of_every_call_had_a_valid_consent_at_that_moment(stage: Stage, seed: int) -> None:
    """An oracle keeps its own history: the latest word of each person, and a refusal on a tie."""
    dice, said, wrong = random.Random(seed), dict[str, tuple[float, bool]](), list[str]()
    names = [f"p{number}" for number in range(8)]

    def look(request: Request) -> None:
        body = json.loads(request.get_data() or b"{}") if request.method == "POST" else {}
        joining = [each["email_address"] for each in body.get("members", ()) if each.get("status") != "unsubscribed"]
        for email in [*joining, *body.get("members_to_add", ())]:
            name = email.partition("@")[0]
            wrong.extend([] if said.get(name, (0, False))[1] else [name])

    stage.at_the_door.append(look)
    stage.keep(*([customer(name), *orders(name)] for name in names))
    for _ in range(6):
        for name in dice.sample(names, 4):
            hours, is_grant, is_whole = dice.randrange(1, 90), dice.random() < 0.6, dice.random() < 0.7
            proof = None if is_whole or not is_grant else {"newsletter_optin_at": at(hours)}
            stage.keep(act(name, "yes" if is_grant else "no", hours, facts=proof))
            if is_whole or not is_grant:
                said[name] = min(said.get(name, (-1, False)), (hours, is_grant), key=lambda each: (-each[0], each[1]))
        stage.push()
    assert wrong == []
    subscribed = {name for name, held in stage.held().items() if held[0] == "subscribed"}
    assert subscribed <= {name for name, (_, is_grant) in said.items() if is_grant}


@pytest.mark.parametrize("vendor", ["mailchimp", "woocommerce", "tilroy"])
def test_c8_a_withdrawal_anywhere_takes_the_person_out_in_one_run(stage: Stage, vendor: str) -> None:
    stage.keep(reader("ann"), reader("bob"))
    stage.push()
    stage.read()
    if vendor == "mailchimp":
        stage.mailchimp.perform("unsubscribe", email=ANN)
        stage.read()
    elif vendor == "woocommerce":
        said = saying("newsletter_optin_at", at(3))(web_account())
        bring(stage, "webshop account", saying("newsletter_optin", "no")(said))
    else:
        bring(stage, "till", till_customer() | {"doNotEmail": True})
    before = len(stage.wire())
    stage.push("removals")
    stage.push()
    assert stage.held()["ann"] == ("unsubscribed", ())
    assert stage.held()["bob"] == ("subscribed", ("letter",))
    joining = [one for body in stage.wire()[before:] for one in body.get("members", ())
               if one.get("status") != "unsubscribed"]  # fmt: skip
    assert joining == []


def test_c9_who_left_at_the_platform_is_not_subscribed_again_by_a_newer_grant(stage: Stage) -> None:
    stage.keep(reader("ann"))
    stage.push()
    stage.mailchimp.perform("unsubscribe", email=ANN)
    stage.read()
    stage.keep(act("ann", "yes", 24 * 300))
    stage.push()
    assert stage.held()["ann"][0] == "unsubscribed"


@pytest.mark.parametrize("hours, is_sent", [(-1, True), (0, False), (1, False)])
def test_c4_on_equal_time_the_refusal_wins_and_older_evidence_undoes_nothing(
    stage: Stage, hours: int, is_sent: bool
) -> None:
    stage.keep(customer("ann"), act("ann", "yes", 5), act("ann", "no", 5 + hours), *orders("ann"))
    stage.push()
    assert (stage.sent() == {"ann"}) is is_sent


def test_c4_a_grant_dated_in_the_future_outranks_nobody(stage: Stage) -> None:
    ahead = (datetime.now(MORNING.tzinfo) + timedelta(days=400) - MORNING).total_seconds() / 3600
    stage.keep(customer("ann"), act("ann", "no", 5), act("ann", "yes", ahead), *orders("ann"))
    stage.push()
    assert stage.sent() == set()
