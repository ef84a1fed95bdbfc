"""Consent: nobody is sent without a whole grant, a withdrawal wins, and a copy proves nothing."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Request

from mappers.canonical.mapper import Mapper
from plugins.hub.meaning import read_meaning
from plugins.rules.complaint import RulesError
from plugins.store.keeper import Keeper
from targets.hub.target import Door
from tests.road.stage import (
    MORNING,
    PROOF,
    Stage,
    act,
    at,
    customer,
    orders,
    reader,
    record,
    stage_on,
    withdrawal,
)

ANN = "ann@example.nl"
TICKED = "2026-03-02T10:00:00+01:00"


def web_account() -> dict[str, Any]:
    meta = {"newsletter_optin": "yes", "newsletter_optin_at": TICKED, **PROOF}
    return {
        "id": 7, "email": ANN, "date_created_gmt": "2026-03-01T10:00:00", "date_modified_gmt": "2026-03-02T10:00:00",
        "first_name": "Ann", "billing": {"email": ANN}, "meta_data": [{"key": k, "value": v} for k, v in meta.items()],
    }  # fmt: skip


def web_guest() -> dict[str, Any]:
    order = {name: value for name, value in web_account().items() if name != "email"}
    money = {"total": "25.00", "total_tax": "0", "discount_total": "0", "shipping_total": "0"}
    return {**order, **money, "customer_id": 0, "status": "completed", "currency": "EUR", "line_items": []}


def member() -> dict[str, Any]:
    return {
        "id": "m1", "email_address": ANN, "status": "subscribed", "last_changed": "2026-03-02T10:00:00+00:00",
        "timestamp_opt": "2026-03-02T09:00:00+00:00", "ip_opt": "203.0.113.7", "merge_fields": {"FNAME": "Ann"},
    }  # fmt: skip


def till_customer() -> dict[str, Any]:
    return {
        "tilroyId": "9", "firstName": "Ann", "email": ANN, "dateExported": "2026-03-02T10:00:00Z",
        "dateUpdated": "2026-03-02T09:00:00Z", "doNotEmail": False, "bu": [{"id": "1", "doEmail": True}],
    }  # fmt: skip


SOURCES = {
    "webshop account": ("woocommerce", "customers", web_account),
    "webshop guest": ("woocommerce", "orders", web_guest),
    "mailchimp": ("mailchimp", "members", member),
    "till": ("tilroy", "customers", till_customer),
}
TILL_AS_ORIGIN = (
    "{field: bu.doEmail, channel: email, purpose: marketing, role: origin, values: {'true': granted}, "
    "time: {fact: dateUpdated}, wording: counter-2025, place: counter, method: tick, needs: [dateUpdated]}"
)
TILL_AS_MIRROR = "values: {'true': nothing, 'false': withdrawn}}\n  - {field: bu.doSms"
WEB_RULE, LETTER_RULE = "  - field: meta_data.newsletter_optin\n", "  - field: status\n"


def without(*names: str) -> Any:
    """Take away parts of a record or of its meta fields."""

    def change(given: dict[str, Any]) -> dict[str, Any]:
        kept = {name: value for name, value in given.items() if name not in names}
        if "meta_data" in kept:
            kept["meta_data"] = [each for each in kept["meta_data"] if each["key"] not in names]
        return kept

    return change


def saying(name: str, value: Any) -> Any:
    """Say something else in one field, meta field or business unit."""

    def change(given: dict[str, Any]) -> dict[str, Any]:
        if "meta_data" in given:
            meta = [{**each, "value": value} if each["key"] == name else each for each in given["meta_data"]]
            return {**given, "meta_data": meta}
        if "bu" in given and name == "doEmail":
            return {**given, "bu": [{"id": "1", "doEmail": value}]}
        return {**given, name: value}

    return change


NO_ADDRESS = [without("email", "billing", "email_address")]
UNKNOWN = [None, "", " ", "maybe", "null", "2", [], {}, "jaa"]
WEB_PARTS = [
    *NO_ADDRESS,
    *(without(name) for name in ("newsletter_optin", "newsletter_optin_at", *PROOF)),
    *(saying(name, empty) for name in ("newsletter_optin_at", *PROOF) for empty in ("", "  ", None)),
    saying("newsletter_optin_at", "somewhen in March"),
    saying("newsletter_optin_at", "2126-03-02T10:00:00+01:00"),
    *(saying("newsletter_optin", value) for value in UNKNOWN),
]
LETTER_PARTS = [
    *NO_ADDRESS,
    *(without(name) for name in ("status", "timestamp_opt", "ip_opt")),
    *(saying(name, "") for name in ("timestamp_opt", "ip_opt")),
    *(saying("status", value) for value in [*UNKNOWN, "pending", "transactional", "archived", "cleaned"]),
]
TILL_PARTS = [
    without("email"),
    without("dateUpdated"),
    without("bu"),
    saying("dateUpdated", ""),
    *(saying("doEmail", value) for value in [False, *UNKNOWN]),
]
PARTS = {"webshop account": WEB_PARTS, "webshop guest": WEB_PARTS, "mailchimp": LETTER_PARTS, "till": TILL_PARTS}


def edit_consent(rules: Path, old: str, new: str) -> None:
    path = rules / "consent.yml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def bring(stage: Stage, source: str, vendor_record: dict[str, Any]) -> None:
    """Let a vendor's record through its mapping and the store's door; what cannot be read is set aside there."""
    system, stream, _ = SOURCES[source]
    message = {"type": "RECORD", "stream": stream, "record": vendor_record, "time_extracted": at(10)}
    mapper, door = Mapper({"system": system, "source": system}), Door(Keeper(stage.store, "run"))
    for made in mapper.line(json.dumps(message).encode()):
        door.line(made)
    door.rest(is_end=True)


def known_buyer(stage: Stage) -> None:
    """Let the store know an Ann who bought, with the same address, so that only consent decides."""
    stage.keep(customer("ann"), *orders("ann"))


@pytest.fixture
def telling(rules: Path) -> Path:
    """Rules under which the till too could grant: it says when, where and by which words."""
    edit_consent(rules, "{field: bu.doEmail, channel: email, purpose: marketing, role: mirror, unit: {fact: bu},\n"
                 "     values: {'true': nothing, 'false': withdrawn}}", TILL_AS_ORIGIN)  # fmt: skip
    return rules


@pytest.mark.parametrize("source", SOURCES)
def test_c6_a_whole_grant_is_sent(telling: Path, stage: Stage, source: str) -> None:
    known_buyer(stage)
    bring(stage, source, SOURCES[source][2]())
    stage.push()
    assert stage.sent() == {"ann"}


@pytest.mark.parametrize("source", SOURCES)
def test_c6_c7_a_grant_that_lacks_any_part_sends_nobody(telling: Path, stage: Stage, source: str) -> None:
    known_buyer(stage)
    for number, take_away in enumerate(PARTS[source]):
        broken = take_away(SOURCES[source][2]())
        for key in ("id", "tilroyId"):
            if key in broken:
                broken[key] = f"{broken[key]}{number}" if isinstance(broken[key], str) else broken[key] + number
        bring(stage, source, broken)
    stage.push()
    assert stage.sent() == set()
    plan = stage.plan()
    assert (plan.add, plan.change) == (0, 0)


RULE_PARTS = {
    "no wording declared": ("    wording: {fact: newsletter_optin_text}\n", "    wording: {fact: never_said}\n"),
    "no time declared": ("time: {fact: newsletter_optin_at}", "time: {fact: never_said}"),
    "no place declared": ("place: {fact: newsletter_optin_form}", "place: {fact: never_said}"),
    "more evidence needed": ("needs: [", "needs: [newsletter_optin_doctor, "),
    "another field declared": ("meta_data.newsletter_optin\n", "meta_data.other_optin\n"),
    "another channel": ("channel: email", "channel: sms"),
    "value undeclared": ("'yes': granted", "'ja': granted"),
}


@pytest.mark.parametrize("old, new", RULE_PARTS.values(), ids=RULE_PARTS)
def test_c6_a_grant_counts_only_as_it_was_declared(sqlite_store: Any, rules: Path, old: str, new: str) -> None:
    head, _, tail = (rules / "consent.yml").read_text().partition(WEB_RULE)
    rule, line, rest = (WEB_RULE + tail).partition("\n  mailchimp:")
    assert old in rule
    (rules / "consent.yml").write_text(head + rule.replace(old, new, 1) + line + rest)
    with stage_on(sqlite_store, rules) as stage:
        known_buyer(stage)
        bring(stage, "webshop account", web_account())
        stage.push()
        assert stage.sent() == set()


def test_c5_a_rule_that_lets_a_mirror_grant_is_refused(rules: Path) -> None:
    edit_consent(rules, "role: origin", "role: mirror")
    with pytest.raises(RulesError, match="a mirror cannot grant"):
        read_meaning(rules)


def test_c5_whatever_a_mirror_says_it_grants_nothing(stage: Stage) -> None:
    copies = tuple(replace(each, is_origin=False) for each in stage.hub.meaning.declarations)
    stage.hub = replace(stage.hub, meaning=replace(stage.hub.meaning, declarations=copies))
    stage.keep(reader("ann"))
    bring(stage, "mailchimp", member())
    stage.push()
    assert stage.sent() == set()


def test_c5_a_mirror_can_withdraw_and_never_grant(stage: Stage) -> None:
    stage.keep(reader("ann"), [customer("bob"), *orders("bob")])
    bring(stage, "till", till_customer() | {"tilroyId": "2", "email": "bob@example.nl"})
    stage.push()
    assert stage.sent() == {"ann"}
    bring(stage, "till", till_customer() | {"doNotEmail": True, "dateExported": "2026-03-03T10:00:00Z"})
    stage.push()
    assert stage.held()["ann"][0] == "unsubscribed"


def test_c5_what_we_wrote_ourselves_is_no_evidence_when_read_back(stage: Stage) -> None:
    stage.keep(reader("ann"))
    stage.push()
    stage.read()
    wary = replace(stage.hub, meaning=replace(stage.hub.meaning, declarations=tuple(
        each for each in stage.hub.meaning.declarations if each.source == "mailchimp")))  # fmt: skip
    stage.hub = wary
    stage.push()
    assert stage.held()["ann"][1] == ()


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


def test_c7_a_person_nobody_ever_asked_is_not_sent(stage: Stage) -> None:
    stage.keep(customer("ann"), *orders("ann"), record("customer", "tilroy", "3", email=ANN, email_quality="ok"))
    stage.push()
    assert (stage.sent(), stage.plan().blocked) == (set(), {"nobody ever asked": 1})


def test_c7_a_grant_for_one_address_does_not_reach_another_of_the_same_person(stage: Stage) -> None:
    card = {"card": "2055000000977", "card_quality": "ok"}
    stage.keep(customer("ann", **card), customer("annie", initial="A", **card), act("ann"), *orders("annie"))
    stage.push()
    assert stage.sent() <= {"ann"}
