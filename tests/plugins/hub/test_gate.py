"""The gate says what the plan said: both fold the same acts by the same texts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import duckdb
import pytest

from mappers.consent.fold import Policy, fold
from plugins.hub.gate import PERMITTED, Gate
from plugins.hub.meaning import read_meaning
from plugins.store.engine import Store
from plugins.store.mirror import open_mirror, refresh
from plugins.store.tables import membership
from tests.making import act, customer, keep, mailchimp, place, record
from tests.mappers.consent.acts import (
    CUSTOMERS,
    DECLARATIONS,
    NOW,
    POLICIES,
    PROFILES,
    apart,
    made_up,
    members,
    records,
)

ROOT = Path(__file__).parents[3]


def join(store: Store, held: Mapping[str, str]) -> None:
    """Say which record belongs to which profile, as a resolve would."""
    rows = [(*key.split(":"), profile) for key, profile in held.items()]
    with store.writing() as connection:
        names = ("source", "source_id", "profile_id")
        connection.execute(membership.insert(), [dict(zip(names, row, strict=True)) for row in rows])


def granted(store: Store, purpose: str, policy: Policy) -> dict[tuple[str, str], str]:
    """Return (address, profile) -> permit, as the mirror's fold has it."""
    with open_mirror(store) as engine:
        refresh(engine, store)
        place(engine)
        fold(engine, DECLARATIONS, NOW, policy)
        found = engine.execute(PERMITTED, {"channel": "email", "purpose": purpose}).fetchall()
    return {(address, profile): permit for address, profile, permit in found}


def gate(purpose: str = "marketing", policy: Policy = POLICIES[0]) -> Gate:
    return Gate(purpose, DECLARATIONS, policy)


def let_through(
    store: Store, people: Mapping[str, str], through: Gate | None = None, purpose: str = "marketing"
) -> dict[str, str]:
    with store.reading() as connection:
        return (through or gate()).permitted(connection, mailchimp(purpose=purpose), people, NOW)


@pytest.mark.parametrize("purpose, policy", [("marketing", POLICIES[0]), ("service", POLICIES[1])])
def test_c1_the_gate_lets_through_whom_the_plan_may_send_and_nobody_else(
    store: Store, tmp_path: Path, purpose: str, policy: Policy
) -> None:
    os.environ["ROTONDE_HOME"] = str(tmp_path)
    dice = Random(11)
    worlds = [made_up(dice) for _ in range(200)]
    keep(store, *(one for number, world in enumerate(worlds) for one in records(number, world, dice)))
    join(store, {key: profile for number in range(len(worlds)) for key, profile in members(number).items()})
    expected = granted(store, purpose, policy)
    assert len(expected) > 30
    own = {(apart(number, email), f"{number}-{PROFILES[key]}") for number, world in enumerate(worlds)
           for key, email in zip(CUSTOMERS, world.emails, strict=True) if email}  # fmt: skip
    through = gate(purpose, policy)
    for batch in batches(sorted((str(address), profile) for address, profile in own)):
        allowed = {address: expected[address, profile] for address, profile in batch.items()
                   if (address, profile) in expected}  # fmt: skip
        assert let_through(store, batch, through, purpose) == allowed


def batches(own: list[tuple[str, str]]) -> Iterator[dict[str, str]]:
    """Give batches in which no address stands twice: most hold one address of a person and not the others."""
    for start in range(7):
        yield dict(own[start::7])


def test_the_gate_asks_nothing_when_nobody_is_to_go(sqlite_store: Store) -> None:
    assert let_through(sqlite_store, {}) == {}


def test_a_profile_that_is_gone_is_let_through_only_by_an_act_for_the_very_address(sqlite_store: Store) -> None:
    keep(sqlite_store, customer("ann", "web"), act("ann", "yes", source="web", field="optin", facts={
        "when": "2026-03-02T10:00:00Z", "text": "w", "form": "f", "ip": "203.0.113.7"}))  # fmt: skip
    assert list(let_through(sqlite_store, {"ann@example.nl": "nobody"})) == ["ann@example.nl"]
    assert let_through(sqlite_store, {"bob@example.nl": "nobody"}) == {}


def test_an_address_that_changed_since_the_plan_does_not_inherit_the_permit(sqlite_store: Store) -> None:
    whole = {"when": "2026-03-02T10:00:00Z", "text": "w", "form": "f", "ip": "203.0.113.7"}
    keep(sqlite_store, customer("ann", "web"), act("ann", "yes", source="web", field="optin", facts=whole))
    join(sqlite_store, {"web:ann": "P"})
    assert let_through(sqlite_store, {"new@example.nl": "P"}) == {}


def test_a_deleted_act_permits_nothing(sqlite_store: Store) -> None:
    whole = {"when": "2026-03-02T10:00:00Z", "text": "w", "form": "f", "ip": "203.0.113.7"}
    given = act("ann", "yes", source="web", field="optin", facts=whole)
    keep(sqlite_store, customer("ann", "web"), given)
    join(sqlite_store, {"web:ann": "P"})
    assert let_through(sqlite_store, {"ann@example.nl": "P"}) != {}
    keep(sqlite_store, {**given, "is_deleted": True, "changed_at": "2026-05-01T00:00:00Z"})
    assert let_through(sqlite_store, {"ann@example.nl": "P"}) == {}


def test_a_value_of_a_record_is_never_read_as_sql(sqlite_store: Store) -> None:
    nasty = "o'hara\"; DROP TABLE consent; --@x.nl"
    keep(sqlite_store, record("customer", "web", "1", email=nasty), act("x", "yes", email=nasty))
    assert let_through(sqlite_store, {nasty: "'; DROP TABLE membership; --"}) == {}


def test_what_permits_a_profile_is_told_for_each_channel_and_for_nobody_else(store: Store) -> None:
    """Record destinations ask by profile: the same answer as by address, and no purpose but advertising."""
    keep(store, *(customer(name) for name in ("ann", "bob", "cas")), act("ann"), act("bob"), act("bob", "no", 2))
    join(store, {f"woocommerce:{name}": f"p-{name}" for name in ("ann", "bob", "cas")})
    through = Gate("marketing", read_meaning(ROOT / "sync_rules").declarations, Policy())
    with store.reading() as connection:
        now = datetime(2026, 3, 3, tzinfo=UTC)
        by_address = through.permitted(connection, mailchimp(), {"ann@example.nl": "p-ann"}, now)
        assert through.granted(connection, ["p-ann", "p-bob", "p-cas"], now) == {
            ("p-ann", "email"): by_address["ann@example.nl"]
        }
        assert through.granted(connection, ["p-bob"], now) == {}
        assert through.granted(connection, [], now) == {}
        assert through.granted(connection, iter(["p-ann"]), now) == {("p-ann", "email"): by_address["ann@example.nl"]}
    through.close()


def test_a_gate_that_nobody_asked_closes_too(store: Store) -> None:
    never = gate()
    with store.reading() as connection:
        assert never.permitted(connection, mailchimp(), {}, NOW) == {}
    never.close()
    assert "_engine" not in vars(never)


def test_a_closed_gate_has_let_its_engine_go(store: Store) -> None:
    through = gate()
    let_through(store, {"ann@example.nl": "p"}, through)
    through.close()
    with pytest.raises(duckdb.ConnectionException):
        let_through(store, {"ann@example.nl": "p"}, through)
