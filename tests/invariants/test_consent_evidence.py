"""Evidence of consent: nobody is sent without a whole grant as it was declared, and a copy proves nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plugins.hub.meaning import read_meaning
from plugins.rules.complaint import RulesError
from tests.invariants.sources import ANN, SOURCES, bring, edit_consent, member, saying, till_customer, web_account
from tests.road.stage import PROOF, Stage, act, customer, orders, reader, record, stage_on

TILL_AS_ORIGIN = (
    "{field: bu.doEmail, channel: email, purpose: marketing, role: origin, values: {'true': granted}, "
    "time: {fact: dateUpdated}, wording: counter-2025, place: counter, method: tick, needs: [dateUpdated]}"
)
WEB_RULE = "  - field: meta_data.newsletter_optin\n"


def without(*names: str) -> Any:
    """Take away parts of a record or of its meta fields."""

    def change(given: dict[str, Any]) -> dict[str, Any]:
        kept = {name: value for name, value in given.items() if name not in names}
        if "meta_data" in kept:
            kept["meta_data"] = [each for each in kept["meta_data"] if each["key"] not in names]
        return kept

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


def test_c7_a_person_nobody_ever_asked_is_not_sent(stage: Stage) -> None:
    stage.keep(customer("ann"), *orders("ann"), record("customer", "tilroy", "3", email=ANN, email_quality="ok"))
    stage.push()
    assert (stage.sent(), stage.plan().blocked) == (set(), {"nobody ever asked": 1})


def test_c7_a_grant_for_one_address_does_not_reach_another_of_the_same_person(stage: Stage) -> None:
    card = {"card": "2055000000977", "card_quality": "ok"}
    stage.keep(customer("ann", **card), customer("annie", initial="A", **card), act("ann"), *orders("annie"))
    stage.push()
    assert stage.sent() <= {"ann"}
