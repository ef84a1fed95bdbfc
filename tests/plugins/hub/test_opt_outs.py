"""The clock of a withdrawal: it reaches every system that holds the person, with proof of when; late ones are seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert

from plugins.hub.destinations import channels, record_channels
from plugins.hub.journal import JournalOutbox, run_id
from plugins.hub.lease import take
from plugins.hub.meaning import read_meaning
from plugins.hub.opt_out_clock import clock
from plugins.hub.plans import Hub
from plugins.hub.standing import standing
from plugins.store.engine import Store
from plugins.store.tables import push, run
from plugins.store.times import utc_text
from plugins.wire.outbox import Call, Outcome, Row
from taps.hub.tap import emit
from tests.making import MORNING, PROOF, act, at, keep, record, stored

PEOPLE = ("ann", "bob", "cas", "dee")
SYSTEMS = {"mailchimp": "mc", "tilroy": "88", "woocommerce": "7"}
OUTCOMES = {"down": None, "up": Outcome("accepted"), "refusing": Outcome("rejected", "not now"),
            "losing": Outcome("unknown", "no answer")}  # fmt: skip


def key_of(system: str, name: str) -> str:
    return f"{SYSTEMS[system]}{PEOPLE.index(name)}"


@dataclass
class Town:
    """Four people whom three systems know, each system saying of each whether they may be mailed."""

    hub: Hub
    path: Path
    hour: float = 0.0
    says_no: dict[tuple[str, str], float] = field(default_factory=dict)
    """Since which hour a system holds somebody's no: by its own, or because we brought it."""
    withdrew: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Where and when somebody withdrew themselves."""
    brought: set[tuple[str, str]] = field(default_factory=set)

    def withdrawn_at(self, name: str) -> datetime:
        return MORNING + timedelta(hours=self.withdrew[name][1])

    def now(self) -> datetime:
        return MORNING + timedelta(hours=self.hour)

    def withdraw(self, name: str, system: str) -> None:
        self.withdrew[name] = (system, self.hour)
        self.says_no[system, name] = self.hour

    def read(self, system: str) -> None:
        """Let a system be read now, whole."""
        self.hour += 0.01
        keep(self.hub.store, *(self._told(system, name) for name in PEOPLE))

    def _told(self, system: str, name: str) -> list[dict[str, Any]]:
        no_at = self.says_no.get((system, name))
        hours = 0.0 if no_at is None else no_at
        seen = {"seen_at": at(self.hour), "changed_at": at(hours)}
        email, key = f"{name}@example.nl", key_of(system, name)
        known = {"email": email, "email_quality": "ok", "first_name": name.title(), "last_name": f"van {name.title()}"}
        status = {"status": "subscribed" if no_at is None else "unsubscribed"} if system == "mailchimp" else {}
        who = record("customer", system, key, **known, **status, **seen)
        said = [act(name, value, hours, system, field, facts, customer_id=key, **seen)
                for field, value, facts in self._said(system, name, no_at)]  # fmt: skip
        return [who, *said]

    def _said(self, system: str, name: str, no_at: float | None) -> list[tuple[str, str, dict[str, str] | None]]:
        if system == "mailchimp":
            return [("status", "subscribed" if no_at is None else "unsubscribed", {"last_changed": at(no_at or 0)})]
        if system == "tilroy":
            return [("doNotEmail", "false" if no_at is None else "true", {})]
        is_own = self.withdrew.get(name, ("", 0))[0] == system
        own = {**PROOF, "newsletter_optin_at": at(no_at if is_own and no_at else 0)}
        copy = [("meta_data.rotonde_consent_email", "no", None)] if (system, name) in self.brought else []
        return [("meta_data.newsletter_optin", "no" if is_own else "yes", own), *copy]

    def bring(self, destination: str, manner: str) -> None:
        """Plan the removals of a destination and send them, each in a call of its own."""
        self.hour += 0.01
        with self.path.open("wb") as out:
            if not emit(self.hub, destination, "removals", accept=False, out=out.fileno()):
                return
        box = JournalOutbox(self.hub.store, self.hub.channel(destination), self.hub.meaning,
                            take(self.hub.store, destination, run_id(), self.hub.clock), self.hub.clock)  # fmt: skip
        made = [json.loads(line) for line in self.path.read_text().splitlines()]
        for row in [Row(**each["record"]) for each in made if each["type"] == "RECORD"]:
            self._send(box, destination, row, manner)
        box.close()

    def _send(self, box: JournalOutbox, destination: str, row: Row, manner: str) -> None:
        outcome = OUTCOMES[manner]
        if outcome is None:
            return
        fixed = box.fix([row], lambda _: Call("POST", "/", b"{}"))
        assert fixed.call is not None
        box.answered(fixed.key, {row.key: outcome})
        if manner in ("up", "losing"):
            taken = (destination, whose(destination, row.wire_id))
            self.says_no.setdefault(taken, self.hour)
            self.brought.add(taken)

    def journal(self) -> list[dict[str, Any]]:
        """Return what was sent or waits, with whose it is."""
        rows = [each for each in stored(self.hub.store, push) if each["state"] != "dropped"]
        return [{**each, "name": whose(each["destination"], each["wire_id"])} for each in rows]

    def late(self) -> set[tuple[str, str]]:
        """Return whose no lacks in a system 24 hours after it was read, or could not be read back there for 48."""
        found = set()
        for system, name in {(each["destination"], each["name"]) for each in self.journal()}:
            told = [each for each in self.journal() if (each["destination"], each["name"]) == (system, name)]
            taken = [each["answered_at"] for each in told if each["state"] == "accepted"]
            waits_since, limit = (max(taken), 48) if taken else (min(each["stored_at"] for each in told), 24)
            is_read_back = any(each["confirmed_at"] for each in told)
            if not is_read_back and self.now() - datetime.fromisoformat(waits_since) > timedelta(hours=limit):
                found.add((system, name))
        return found

    def overdue(self) -> set[tuple[str, str]]:
        names = {each["profile_id"]: each["name"] for each in self.journal()}
        return {(each["destination"], names[each["profile_id"]]) for each in clock(self.hub).overdue}


def whose(system: str, wire_id: str) -> str:
    return next(name for name in PEOPLE if wire_id in (f"{name}@example.nl", f"consent:{key_of(system, name)}"))


@pytest.fixture
def town(store: Store, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    monkeypatch.setenv("ROTONDE_HOME", str(tmp_path))
    made = Town(Hub(store, read_meaning(rules), channels(), records=record_channels()), tmp_path / "rows")
    made.hub = replace(made.hub, clock=made.now)
    for system in SYSTEMS:
        made.read(system)
    yield made


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 9))])
def test_c8_every_withdrawal_reaches_every_system_the_journal_proves_when_and_late_ones_show(
    town: Town, seed: int
) -> None:
    dice = Random(seed)
    for _ in range(8):
        town.hour += dice.choice([0.1, 5, 20, 30])
        if (name := dice.choice(PEOPLE)) not in town.withdrew:
            town.withdraw(name, dice.choice(list(SYSTEMS)))
        for system in dice.sample(list(SYSTEMS), 2):
            town.read(system)
        for system in SYSTEMS:
            town.bring(system, dice.choice(list(OUTCOMES)))
        assert town.overdue() == town.late()
    for _ in range(2):
        for system in SYSTEMS:
            town.read(system)
        for system in SYSTEMS:
            town.bring(system, "up")
    assert not town.overdue()
    due = {
        (system, name)
        for name, (where, _) in town.withdrew.items()
        for system in SYSTEMS
        if system != where or system == "woocommerce"
    }  # a shop's copy is kept beside where the person acts
    assert {(each["destination"], each["name"]) for each in town.journal()} == due
    for system, name in due:
        told = [each for each in town.journal() if (each["destination"], each["name"]) == (system, name)]
        (proof,) = [each for each in told if each["confirmed_at"] and each["state"] in ("accepted", "unknown")][-1:]
        moments = [proof["acted_at"], proof["stored_at"], proof["answered_at"] or proof["prepared_at"]]
        assert moments == sorted(moments) and moments[-1] < proof["confirmed_at"]
        assert abs(datetime.fromisoformat(moments[0]) - town.withdrawn_at(name)) < timedelta(seconds=1)


def test_c8_a_destination_that_is_down_for_a_day_is_an_alarm_until_it_has_taken_the_withdrawal(town: Town) -> None:
    town.withdraw("ann", "woocommerce")
    town.read("woocommerce")
    town.bring("tilroy", "down")
    town.hour += 23.9
    assert not standing(town.hub).opt_outs.overdue
    town.hour += 0.2
    (late,) = standing(town.hub).opt_outs.overdue
    assert (late["destination"], late["why"]) == ("tilroy", "not handed over: never sent")
    assert standing(town.hub).is_open
    town.bring("tilroy", "up")
    assert not standing(town.hub).opt_outs.overdue


def test_c8_what_is_not_read_back_within_two_days_is_an_alarm(town: Town) -> None:
    town.withdraw("ann", "mailchimp")
    town.read("mailchimp")
    for system in SYSTEMS:
        town.bring(system, "up")
    town.hour += 48.1
    town.read("woocommerce")
    town.bring("woocommerce", "up")
    late = clock(town.hub).overdue
    assert [(each["destination"], each["why"]) for each in late] == [("tilroy", "not confirmed by reading it back")]


def test_a_withdrawal_that_no_run_has_planned_is_found_by_planning(town: Town) -> None:
    town.withdraw("ann", "woocommerce")
    town.read("woocommerce")
    town.hour += 25
    found = {(each["destination"], each["why"]) for each in clock(town.hub).overdue}
    assert found == {(name, "not handed over: no run has planned it") for name in SYSTEMS}
    assert not standing(town.hub).opt_outs.overdue  # the journal alone cannot know


def test_the_figures_are_minutes_from_moment_to_moment(town: Town) -> None:
    keep_run(town)
    town.withdraw("ann", "woocommerce")
    town.hour += 2
    town.read("woocommerce")
    town.hour += 0.49
    town.bring("tilroy", "up")
    town.hour += 1
    town.read("tilroy")
    town.bring("tilroy", "up")
    (row,) = clock(town.hub).destinations
    assert row == {
        "destination": "tilroy", "handed": 1, "heard_p50": 120.6, "heard_p95": 120.6, "handed_p50": 30.0,
        "handed_p95": 30.0, "handed_max": 30.0, "confirmed": 1, "confirmed_p95": 60.6, "waiting": 0, "overdue": 0,
    }  # fmt: skip


def keep_run(town: Town) -> None:
    """Note that something was read when it all began: what was said before that says nothing of how fast we are."""
    began = {"id": "first", "job": "ingest", "started_at": utc_text(MORNING)}
    with town.hub.store.writing() as connection:
        connection.execute(insert(run).values(**began))


def test_who_says_yes_again_is_not_waited_for(town: Town) -> None:
    town.withdraw("ann", "woocommerce")
    town.read("woocommerce")
    town.bring("tilroy", "up")
    del town.withdrew["ann"], town.says_no["woocommerce", "ann"], town.says_no["tilroy", "ann"]
    town.hour += 49
    again = act("ann", "yes", town.hour, customer_id=key_of("woocommerce", "ann"), seen_at=at(town.hour))
    flag = act(
        "ann",
        "false",
        town.hour,
        "tilroy",
        "doNotEmail",
        {},
        customer_id=key_of("tilroy", "ann"),
        seen_at=at(town.hour),
    )
    keep(town.hub.store, again, flag)
    town.bring("tilroy", "up")
    assert not clock(town.hub).overdue
