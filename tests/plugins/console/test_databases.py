"""What the console asks of the store, on each database."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import insert

from plugins.console import accounts, alarms, timeline
from plugins.console.attempts import keys_of, waited
from plugins.console.finding import find, former, present, records_of
from plugins.console.pages.plan import _jobs, _sent, _since
from plugins.console.pages.quarantine import _groups, _records
from plugins.console.pages.today import _planned, _quarantine, _runs, _sources
from plugins.console.roles import Role
from plugins.console.seals import Seals
from plugins.console.sessions import session_of, sign_in, sign_out
from plugins.hub import drafts, errands
from plugins.hub.audience_sizes import EVERY_DAY, history, newest_sizes, note_audiences, overlaps
from plugins.hub.mending import kept
from plugins.hub.overdue import overdue
from plugins.hub.planning import DestinationPlan
from plugins.hub.replaying import Which
from plugins.hub.withdrawing import took, waiting
from plugins.store.engine import Store
from plugins.store.errand_tables import plan_draft
from plugins.store.keeper import Keeper
from plugins.store.tables import membership, profile
from tests.making import pushed
from tests.plugins.console.browsing import MORNING, PASSWORD
from tests.plugins.console.people import CARD, EMAIL, PHONE, town

KEYS = [("woocommerce", "ann"), ("tilroy", "9")]


def test_a_person_is_found_and_told_of(store: Store) -> None:
    town(store)
    pushed(store, {"profile_id": "p1", "wire_id": EMAIL}, {"profile_id": "p0", "wire_id": EMAIL, "state": "planned"})
    with store.writing() as connection:
        minted = {"minted_at": "2026-01-01"}
        connection.execute(
            insert(profile), [{"id": "p0", "merged_into": "p1", **minted}, {"id": "p1", "merged_into": None, **minted}]
        )
        connection.execute(insert(membership), [{"source": a, "source_id": b, "profile_id": "p1"} for a, b in KEYS])
    with store.reading() as connection:
        assert [list(find(connection, each)) for each in (EMAIL, PHONE, CARD, "R-77", "p0")] == [["p1"]] * 5
        assert (present(connection, "p0"), former(connection, "p1")) == ({"p1"}, ["p1", "p0"])
        assert records_of(connection, "p1") == sorted(KEYS)
        told = timeline.timeline(connection, KEYS, [("bob@example.nl", None)], [], watched=True)
        assert {each["kind"] for each in told} == {"order", "return", "event", "case"}
        assert len(timeline.sent(connection, ["p1", "p0"])) == 2
        assert len(timeline.vouchers(connection, KEYS)) == 1
        assert timeline.offers(connection, ["p1"]) == []
        assert _planned(connection, ["mailchimp"])[0]["rows"] == 1
        assert (_runs(connection), _sources(connection, [], MORNING), _quarantine(connection)) == ([], [], [])
        assert overdue(connection, MORNING) == []
        assert (waiting(connection, MORNING), took(connection, MORNING)) == ([], [])
        assert (alarms.standing(connection, {}), alarms.duties(connection, MORNING)) == ([], [])


def test_somebody_signs_in_and_out_and_guessing_waits(store: Store) -> None:
    seals = Seals(b"key")
    accounts.add(store, "ann", Role.OPS, PASSWORD, MORNING)
    token = sign_in(store, seals, "ann", PASSWORD, None, MORNING)
    session = session_of(store, seals, token, MORNING)
    assert session
    sign_out(store, session)
    assert session_of(store, seals, token, MORNING) is None
    waits = [waited(store, keys_of(seals, "ann", "192.0.2.1"), MORNING).total_seconds() for _ in range(6)]
    assert waits == [0, 0, 0, 0, 0, 30]


def counted(store: Store, day: float, size: int) -> None:
    row = {"audience": "letter", "matched": size, "yielded": 0, "held_out": 0, "capped": 0, "no_consent": 0,
           "no_address": 0, "reachable": size}  # fmt: skip
    shared = {"audience": "letter", "other": "fans", "persons": size, "percent_of_smaller": 50}
    made = DestinationPlan("mailchimp", funnel=[row], overlap=[shared])
    note_audiences(store, made, MORNING + timedelta(days=day))


def test_every_plan_of_two_days_is_kept_then_the_last_of_a_day_and_nothing_for_ever(store: Store) -> None:
    for number, day in enumerate((0, 0.1, 1, 1.1, 2.5, 2.6, 4.4)):
        counted(store, day, number)
    with store.reading() as connection:
        known = [row["matched"] for row in history(connection, "letter", MORNING)["mailchimp"]]
        assert known == [1, 3, 4, 5, 6]
        (newest,) = newest_sizes(connection)
        assert (newest["matched"], newest["before"]["matched"]) == (6, 5)
        assert overlaps(connection, "fans") == [{"other": "letter", "persons": 6, "percent_of_smaller": 50}]
    counted(store, EVERY_DAY.days + 10, 9)
    with store.reading() as connection:
        assert [row["matched"] for row in history(connection, "letter", MORNING)["mailchimp"]] == [9]


def test_a_plan_goes_its_way_and_an_errand_is_found(store: Store) -> None:
    plans = json.dumps([{"destination": "mailchimp", "add": 1, "change": 0, "remove": 0, "calls": 2, "names": [{}]}])
    values = {"made_at": "2026-03-12", "made_by": "ann", "rules": "1", "lifts_guards": False, "told": plans}
    with store.writing() as connection:
        connection.execute(insert(plan_draft).values(id="d1", seal_hash="h", state="made", **values))
    drafts.seal(store, "d1", "ann", MORNING)
    with pytest.raises(drafts.Refused):
        drafts.approve(store, "d1", "ann", MORNING)
    drafts.approve(store, "d1", "bob", MORNING)
    assert drafts.begin(store, "h", MORNING) == "d1"
    with store.reading() as connection:
        found = drafts.draft(connection, "d1")
        assert found
        assert [(each["calls"], each["planned"], each["run"]) for each in _jobs(connection, found)] == [(0, 2, None)]
        assert (_sent(connection), _since(connection, found.made_at)) == ({}, None)
    drafts.finish(store, "d1", "applied", {}, MORNING)
    key = errands.ask(store, "plan", "{}", "ann", MORNING)
    with store.reading() as connection:
        assert [(each.state, each.plans[0]["names"]) for each in drafts.drafts(connection, 5)] == [("applied", [])]
        asked = errands.newest(connection, "plan", MORNING)
    assert asked
    assert (asked.id, asked.is_under_way) == (key, True)


def test_what_is_set_aside_is_counted_and_listed(store: Store) -> None:
    keeper = Keeper(store, "run", lambda: MORNING)
    keeper.record("customer", b'{"source": 7}')
    keeper.commit()
    keeper.record("customer", b'{"source": 7}')
    keeper.commit()
    with store.reading() as connection:
        (group,) = _groups(connection, MORNING)
        (row,) = _records(connection, Which(group["source"], group["stream"], group["reason"]), "")
        again = _records(connection, Which(), f"{row['first_seen_at']} {row['id']}")
        assert (group["records"], group["days"], row["times"], again) == (1, 0, 2, [])
        assert kept(connection, row["id"])
