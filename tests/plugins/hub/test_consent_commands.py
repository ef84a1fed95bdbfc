"""`rotonde consent`: the proof behind a person's consent, and behind every row that was handed over on a day."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mappers.consent.fold import Policy
from plugins.hub.meaning import read_meaning
from plugins.store.engine import Store
from plugins.store.times import utc_text
from tests.making import MORNING, PROOF, keep, pushed, reader, withdrawal
from tests.plugins.hub.commands import said, town

DAY = MORNING.date().isoformat()
FIELD = "meta_data.newsletter_optin"


def permit(name: str) -> str:
    return f"woocommerce\x1f{name}:{FIELD}:yes:1"


def handed(store: Store, name: str, hours: float = 1.5, **fields: Any) -> None:
    """Hand somebody to the newsletter so many hours after the morning, by the act that permits it."""
    at = utc_text(MORNING + timedelta(hours=hours))
    pushed(store, {"wire_id": f"{name}@example.nl", "prepared_at": at, "permit": permit(name), **fields})


def test_a_persons_consent_is_shown_with_its_whole_proof(rotonde: Any, sqlite_store: Store) -> None:
    town(sqlite_store)
    rotonde("resolve")
    (ann,) = said(rotonde("consent", "show", "ann@example.nl", "--json"))
    told = [(each["purpose"], each["state"], each["basis"]) for each in ann["states"] if each["channel"] == "email"]
    assert told == [("marketing", "granted", "consent"), ("service", "granted", "contract")]
    order = next(each["permit"] for each in ann["states"] if each["purpose"] == "service")
    assert order.startswith("order\x1fwoocommerce\x1fann-")
    (act,) = [each for each in ann["acts"] if each["field"] == FIELD]
    assert (act["decision"], act["role"], act["lacks"], act["is_time_of_act"]) == ("granted", "origin", None, True)
    assert act["wording"]
    assert all(value in act["evidence"] for value in PROOF.values())


def test_the_short_form_says_the_same(rotonde: Any, sqlite_store: Store) -> None:
    town(sqlite_store)
    rotonde("resolve")
    short, long = rotonde("consent", "bob@example.nl"), rotonde("consent", "show", "bob@example.nl")
    assert short.exit_code == 0
    assert short.stdout == long.stdout
    assert "refused" in short.stdout


def test_somebody_who_was_never_asked_is_permitted_no_advertising(rotonde: Any, sqlite_store: Store) -> None:
    town(sqlite_store)
    rotonde("resolve")
    assert "no advertising is permitted" in rotonde("consent", "cas@example.nl").stdout


def test_nobody_is_a_failure_and_before_a_resolve_it_says_what_to_do(rotonde: Any) -> None:
    before = rotonde("consent", "els@example.nl")
    assert (before.exit_code, before.stderr) == (2, "consent: nothing is resolved yet; run 'rotonde resolve' first\n")
    rotonde("resolve")
    nobody = rotonde("consent", "els@example.nl")
    assert (nobody.exit_code, nobody.stdout) == (1, "")
    assert "els" not in nobody.stderr


def test_c1_every_row_of_a_day_is_shown_with_the_act_that_permitted_it(rotonde: Any, sqlite_store: Store) -> None:
    keep(sqlite_store, reader("ann"), reader("bob"), withdrawal("bob", 3))
    handed(sqlite_store, "ann")
    handed(sqlite_store, "bob")
    handed(sqlite_store, "bob", 4, operation="remove", permit=None)
    rotonde("resolve")
    result = rotonde("consent", "audit", "--on", DAY, "--json")
    rows = {each["wire_id"]: each for each in said(result)}
    assert (result.exit_code, len(rows)) == (0, 2)
    ann, bob = rows["ann@example.nl"], rows["bob@example.nl"]
    assert (ann["source"], ann["field"], ann["lacks"], ann["ended_at"]) == ("woocommerce", FIELD, None, None)
    assert ann["acted_at"] < ann["prepared_at"]
    assert bob["ended_at"].startswith((MORNING + timedelta(hours=3)).isoformat()[:16])


@pytest.mark.parametrize(
    ("fields", "lacks"),
    [
        ({"permit": None}, "no act was named"),
        ({"permit": "woocommerce\x1fgone"}, "the act is not on file, or means nothing today"),
        ({"hours": 0.5}, "the act came later"),
    ],
)
def test_c1_a_row_without_proof_is_told_and_is_a_difference(
    rotonde: Any, sqlite_store: Store, fields: dict[str, Any], lacks: str
) -> None:
    keep(sqlite_store, reader("ann"))
    handed(sqlite_store, "ann", **fields)
    rotonde("resolve")
    result = rotonde("consent", "audit", "--on", DAY)
    assert result.exit_code == 3
    assert "1 rows, 1 without proof" in result.stdout
    assert [each["lacks"] for each in said(rotonde("consent", "audit", "--on", DAY, "--json"))] == [lacks]


def test_an_audit_is_of_one_business_day_and_of_one_person_where_one_is_named(
    rotonde: Any, sqlite_store: Store
) -> None:
    keep(sqlite_store, reader("ann"), reader("bob"))
    rotonde("resolve")
    whose = {
        each["acts"][0]["email"]: each["profile_id"] for each in said(rotonde("consent", "bob@example.nl", "--json"))
    }
    midnight = MORNING.replace(hour=23, minute=30)
    handed(sqlite_store, "bob", (midnight - MORNING) / timedelta(hours=1), profile_id=whose["bob@example.nl"])
    handed(sqlite_store, "ann", 2)
    next_day = (MORNING + timedelta(days=1)).date().isoformat()
    assert [each["wire_id"] for each in said(rotonde("consent", "audit", "--on", DAY, "--json"))] == ["ann@example.nl"]
    late = said(rotonde("consent", "audit", "bob@example.nl", "--on", next_day, "--json"))
    assert [each["wire_id"] for each in late] == ["bob@example.nl"]
    assert said(rotonde("consent", "audit", "ann@example.nl", "--on", next_day, "--json")) == []


def test_what_consent_yml_says_of_units_ends_minors_and_accounts_reaches_the_fold(rules: Path) -> None:
    path = rules / "consent.yml"
    text = path.read_text().replace("    method: tick\n", "    method: tick\n    expires: {after: 24 months}\n", 1)
    path.write_text(text.replace("{age: 16, unknown: adult}", "{age: 15, unknown: minor}"))
    meaning = read_meaning(rules)
    assert meaning.policy == Policy(15, True, ("tilroy", "woocommerce"))
    units = {each.field: each.unit_fact for each in meaning.declarations if each.source == "tilroy"}
    assert (units["bu.doEmail"], units["doNotEmail"]) == ("bu", None)
    ends = {each.expires_after for each in meaning.declarations if each.field == "meta_data.newsletter_optin"}
    assert (ends, meaning.declarations[-1].expires_after) == ({"24 months"}, None)


def test_the_basis_of_what_is_granted_is_shown(rotonde: Any, sqlite_store: Store) -> None:
    town(sqlite_store)
    rotonde("resolve")
    shown = rotonde("consent", "ann@example.nl").stdout
    assert all(word in shown for word in ("basis", "consent", "contract"))
