"""The plan: what should be there minus what is there, and what may not go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mappers.consent.fold import Declaration
from plugins.hub.desired import desire, payload_of, prepare
from plugins.hub.meaning import Audience, Meaning, read_meaning
from plugins.hub.planning import DestinationPlan, Guard, plan, stop_at_guards
from plugins.hub.plans import Lane, guard_of, journal_rows, planned
from plugins.hub.resolving import resolve
from plugins.store.engine import Store
from plugins.store.mirror import open_mirror
from tests.making import (
    MORNING,
    act,
    at,
    clock_at,
    customer,
    hub_on,
    keep,
    mailchimp,
    orders,
    person,
    pushed,
    reader,
    record,
    rows,
    stored,
    withdrawal,
)  # fmt: skip

SENT = '{"fields":{},"tags_on":["letter"],"tags_off":[],"is_known":true,"status":null}'


class Desk:
    """Plans over one store whose mirror stays open; each plan is at a later moment than the one before."""

    def __init__(self, store: Store, meaning: Meaning) -> None:
        self.store, self.meaning, self.hour = store, meaning, 24.0 * 10
        self._held = ExitStack()
        self.engine: duckdb.DuckDBPyConnection = self._held.enter_context(open_mirror(store))

    def plan(self, guard: Guard | None = None, **channel: Any) -> DestinationPlan:
        self.hour += 0.01
        now = clock_at(self.hour)()
        resolve(self.engine, self.store, self.meaning, now, {"mailchimp": "mailchimp"})
        prepare(self.engine, self.meaning.audiences, now)
        desire(self.engine, self.meaning.audiences, mailchimp(**channel))
        made = plan(self.engine, self.store, mailchimp(**channel), guard or guard_of(self.meaning, "mailchimp"), now)
        stop_at_guards(self.engine, made)
        return made

    def rows(self, *names: str) -> list[tuple[Any, ...]]:
        """Return what is planned: operation, name and the columns asked for."""
        sql = f"SELECT operation, split_part(wire_id, '@', 1), {', '.join(('1', *names))} FROM planned ORDER BY ALL"
        return [(row[0], row[1], *row[3:]) for row in self.engine.execute(sql).fetchall()]

    def accept(self, state: str = "accepted") -> None:
        """Let everything that is planned be sent, with this answer."""
        pushed(self.store, *({**row, "state": state, "answered_at": self.answered()} for row in self.journaled()))

    def journaled(self, lane: Lane = "all") -> Iterator[dict[str, Any]]:
        return journal_rows(self.engine, mailchimp(), lane)

    def answered(self) -> str:
        return f"{clock_at(self.hour)():%Y-%m-%dT%H:%M:%S.%fZ}"

    def close(self) -> None:
        self._held.close()


@pytest.fixture
def desk(sqlite_store: Store, rules: Path) -> Iterator[Desk]:
    made = Desk(sqlite_store, read_meaning(rules))
    yield made
    made.close()


def only(meaning: Meaning, name: str = "letter", **fields: Any) -> Meaning:
    chosen = next(each for each in meaning.audiences if each.name == name)
    return replace(meaning, audiences=(replace(chosen, **fields),), version=f"{meaning.version}{fields}")


def numbers(made: DestinationPlan) -> tuple[int, int, int, int]:
    return made.add, made.change, made.remove, made.unchanged


def test_who_is_wanted_and_not_there_is_added_with_a_permit(desk: Desk) -> None:
    keep(desk.store, reader("ann"), customer("bob"))
    assert numbers(desk.plan()) == (1, 0, 0, 0)
    permit = "woocommerce\x1fann:meta_data.newsletter_optin:yes:1"
    assert desk.rows("permit", "tags_on", "reason", "is_known") == [("add", "ann", permit, ["letter"], "letter", False)]


def test_what_was_accepted_is_not_planned_again(desk: Desk) -> None:
    keep(desk.store, reader("ann"), reader("bob"))
    desk.plan()
    desk.accept()
    made = desk.plan()
    assert (numbers(made), made.is_empty, made.calls) == ((0, 0, 0, 2), True, 0)


def test_a_changed_trait_is_a_change_and_takes_back_the_tags_that_went(desk: Desk) -> None:
    keep(desk.store, reader("ann", 2))
    desk.plan()
    desk.accept()
    paid = orders("ann", 2)[1]
    keep(
        desk.store,
        {**paid, "is_paid": False, "changed_at": at(5)},
        customer("ann", first_name="Anna", changed_at=at(5)),
    )
    assert numbers(desk.plan()) == (0, 1, 0, 0)
    assert desk.rows("tags_on", "tags_off", "permit IS NOT NULL") == [("change", "ann", ["letter"], ["fans"], True)]


def test_who_does_not_match_any_more_loses_the_tags_and_stays_subscribed(desk: Desk) -> None:
    keep(desk.store, reader("ann"))
    desk.plan()
    desk.accept()
    keep(desk.store, {**orders("ann")[0], "is_paid": False, "changed_at": at(5)})
    made = desk.plan()
    assert (numbers(made), made.remove_for_consent) == ((0, 0, 1, 0), 0)
    assert desk.rows("tags_off", "is_consent", "reason") == [("remove", "ann", ["letter"], False, "no longer matches")]
    assert payload_of(next(desk.journaled())["payload"])["status"] is None


def test_who_withdrew_is_taken_out_and_unsubscribed(desk: Desk) -> None:
    keep(desk.store, reader("ann"))
    desk.plan()
    desk.accept()
    keep(desk.store, withdrawal("ann"))
    made = desk.plan()
    assert (numbers(made), made.remove_for_consent) == ((0, 0, 1, 0), 1)
    assert payload_of(next(desk.journaled())["payload"])["status"] == "unsubscribed"


def test_a_removal_that_was_accepted_is_done(desk: Desk) -> None:
    keep(desk.store, reader("ann"))
    desk.plan()
    desk.accept()
    keep(desk.store, withdrawal("ann"))
    desk.plan()
    desk.accept()
    assert desk.plan().is_empty


def test_a_member_who_withdrew_elsewhere_is_taken_out_though_we_never_pushed_them(desk: Desk) -> None:
    member = customer("ann", "mailchimp", status="subscribed")
    keep(desk.store, customer("ann"), member, act("ann", "no", 2), customer("bob", "mailchimp", status="subscribed"))
    made = desk.plan()
    assert (made.remove, made.remove_for_consent) == (1, 1)
    assert desk.rows("reason", "status") == [("remove", "ann", "consent withdrawn elsewhere", "subscribed")]


def test_a_member_taken_out_is_taken_out_again_only_if_they_came_back_later(desk: Desk) -> None:
    member = customer("ann", "mailchimp", status="subscribed")
    keep(desk.store, customer("ann"), member, act("ann", "no", 2))
    desk.plan()
    desk.accept()
    assert desk.plan().is_empty
    keep(desk.store, {**member, "changed_at": at(24 * 30)})
    assert desk.plan().remove == 1


@pytest.mark.parametrize("state, expected", [("unknown", 1), ("prepared", 1), ("dropped", 1), ("rejected", 0)])
def test_what_is_not_known_to_have_arrived_is_planned_again(desk: Desk, state: str, expected: int) -> None:
    keep(desk.store, reader("ann"))
    desk.plan()
    desk.accept(state)
    assert desk.plan().add == expected


def test_a_person_whose_arrival_is_unknown_is_still_taken_out(desk: Desk) -> None:
    keep(desk.store, reader("ann"))
    desk.plan()
    desk.accept("unknown")
    keep(desk.store, withdrawal("ann"))
    assert numbers(desk.plan()) == (0, 0, 1, 0)


def test_an_unknown_removal_is_planned_again(desk: Desk) -> None:
    keep(desk.store, reader("ann"))
    desk.plan()
    desk.accept()
    keep(desk.store, withdrawal("ann"))
    desk.plan()
    desk.accept("unknown")
    assert desk.plan().remove == 1


def test_what_may_happen_once_waits_while_its_outcome_is_unknown(desk: Desk) -> None:
    once = {"operations": {"add": "once", "change": "set", "remove": "set"}}
    keep(desk.store, reader("ann"))
    desk.plan(**once)
    desk.accept("unknown")
    assert desk.plan(**once).is_empty


def test_what_was_refused_waits_until_it_changes(desk: Desk) -> None:
    keep(desk.store, reader("ann"), reader("bob"))
    desk.plan()
    desk.accept("rejected")
    made = desk.plan()
    assert (numbers(made), made.held_rejected, made.is_empty) == ((0, 0, 0, 0), 2, True)
    keep(desk.store, customer("ann", first_name="Anna", changed_at=at(5)))
    made = desk.plan()
    assert (numbers(made), made.held_rejected) == ((1, 0, 0, 0), 1)


def test_a_refused_row_that_was_planned_anew_and_dropped_still_waits(desk: Desk) -> None:
    keep(desk.store, reader("ann"))
    desk.plan()
    desk.accept("rejected")
    refused = next(row for row in stored_pushes(desk))
    names = ("operation", "wire_id", "profile_id", "payload", "payload_hash")
    pushed(desk.store, {**{name: refused[name] for name in names}, "state": "dropped"})
    assert desk.plan().add == 0


def stored_pushes(desk: Desk) -> list[dict[str, Any]]:
    from plugins.store.tables import push

    return stored(desk.store, push)


def test_an_unknown_trait_is_an_empty_field(desk: Desk) -> None:
    keep(desk.store, customer("ann", first_name=None, initial=None), act("ann"), orders("ann"))
    desk.plan()
    assert payload_of(next(desk.journaled())["payload"])["fields"] == {"FNAME": ""}


def test_removals_come_first_and_alone_in_their_lane(desk: Desk) -> None:
    keep(desk.store, reader("ann"), reader("cas"))
    desk.plan()
    desk.accept()
    keep(desk.store, withdrawal("ann"), reader("bob"), {**orders("cas")[0], "is_paid": False, "changed_at": at(5)})
    desk.plan()
    order = [(row["operation"], row["wire_id"][0]) for row in desk.journaled()]
    assert order == [("remove", "a"), ("remove", "c"), ("add", "b")]
    assert [row["wire_id"][0] for row in desk.journaled("removals")] == ["a", "c"]


def shared(desk: Desk, name: str, source: str, **fields: Any) -> dict[str, Any]:
    """Return another person's record that holds Ann's address."""
    return record("customer", source, name, email="ann@example.nl", email_quality="ok", initial="Z", **fields)


def test_an_address_of_two_persons_is_one_row_and_belongs_to_who_gave_it(desk: Desk) -> None:
    keep(desk.store, reader("ann"), shared(desk, "zoe", "woocommerce"), orders("zoe"))
    made = desk.plan()
    assert (made.matched, made.add) == (2, 1)
    assert desk.rows("profile_id = (SELECT profile_id FROM assigned WHERE source_id = 'ann')") == [("add", "ann", True)]
    assert made.blocked == {"address shared with another person": 1}


def test_an_address_that_anybody_refuses_is_nobodys(desk: Desk) -> None:
    keep(desk.store, reader("ann"), shared(desk, "zoe", "woocommerce"), orders("zoe"),
         act("zoe", "no", 9, email=None, customer_id="zoe"))  # fmt: skip
    assert desk.plan().add == 0


def crowd(count: int) -> list[Any]:
    return [reader(f"p{number:03d}") for number in range(count)]


def test_the_holdout_is_about_its_share_and_the_same_every_time(desk: Desk) -> None:
    desk.meaning = only(desk.meaning, holdout_basis_points=2000)
    keep(desk.store, crowd(400))
    made = desk.plan()
    withheld = "SELECT profile_id FROM matched WHERE is_held_out ORDER BY 1"
    first = desk.engine.execute(withheld).fetchall()
    assert 50 <= made.held_out <= 110
    assert (made.add, made.matched) == (400 - made.held_out, 400)
    keep(desk.store, reader("new"))
    desk.plan()
    assert set(first) <= set(desk.engine.execute(withheld).fetchall())
    assert not rows(desk.engine, "SELECT * FROM desired JOIN matched USING (profile_id) WHERE is_held_out")


def test_a_larger_holdout_keeps_those_who_were_withheld_before(desk: Desk) -> None:
    keep(desk.store, crowd(60))
    found = []
    for share in (1000, 3000):
        desk.meaning = only(desk.meaning, holdout_basis_points=share)
        desk.plan()
        found.append(set(desk.engine.execute("SELECT profile_id FROM matched WHERE is_held_out").fetchall()))
    assert found[0] < found[1]


def emptied(desk: Desk, count: int) -> None:
    """Let so many of a crowd of 24 stop matching, and one withdraw."""
    keep(desk.store, crowd(24))
    desk.plan()
    desk.accept()
    keep(desk.store, *({**orders(f"p{n:03d}")[0], "is_paid": False, "changed_at": at(5)} for n in range(count)),
         withdrawal("p023"))  # fmt: skip


@pytest.mark.parametrize("count, is_stopped", [(7, False), (8, True)])
def test_d12_the_shrink_guard_stops_removals_and_never_a_withdrawal(desk: Desk, count: int, is_stopped: bool) -> None:
    emptied(desk, count)
    made = desk.plan(Guard(shrink=3000, grow=30000))
    assert [each.split(":")[0] for each in made.guards] == (["shrink"] if is_stopped else [])
    assert len(desk.rows()) == (1 if is_stopped else count + 1)
    assert ("remove", "p023", True) in desk.rows("is_consent")


def test_the_grow_guard_stops_additions_only(desk: Desk) -> None:
    emptied(desk, 2)
    keep(desk.store, *(reader(f"q{n:03d}") for n in range(30)))
    made = desk.plan(Guard(shrink=3000, grow=10000))
    assert [each.split(":")[0] for each in made.guards] == ["grow"]
    assert {row[0] for row in desk.rows()} == {"remove"}
    assert len(desk.rows()) == 3


def test_a_guard_is_silent_while_there_are_few(desk: Desk) -> None:
    keep(desk.store, crowd(3))
    desk.plan()
    desk.accept()
    keep(desk.store, *({**orders(f"p{n:03d}")[0], "is_paid": False, "changed_at": at(5)} for n in range(3)))
    assert (desk.plan().guards, len(desk.rows())) == ([], 3)


def test_the_strictest_guard_of_a_destinations_audiences_holds(desk: Desk) -> None:
    one = desk.meaning.audiences[0]
    several: list[Audience] = [
        replace(one, shrink_basis_points=5000, grow_basis_points=None),
        replace(one, shrink_basis_points=1000, grow_basis_points=20000),
        replace(one, shrink_basis_points=1, to={"elsewhere": {}}),
    ]
    assert guard_of(replace(desk.meaning, audiences=tuple(several)), "mailchimp") == Guard(1000, 20000)
    assert guard_of(replace(desk.meaning, audiences=()), "mailchimp") == Guard(3000, 30000)


def test_a_plan_says_who_is_kept_out_and_why(desk: Desk) -> None:
    lacking: dict[str, str] = {"newsletter_optin_at": at(1)}
    keep(desk.store, customer("ann"), orders("ann"), reader("bob"), withdrawal("bob"), customer("cas"), orders("cas"),
         act("cas", facts=lacking), reader("eva"))  # fmt: skip
    assert desk.plan().blocked == {"no evidence: no wording": 1, "nobody ever asked": 1, "refused": 1}


def test_nobody_is_brought_anywhere_under_the_alias_of_a_marketplace(desk: Desk) -> None:
    alias = "a1b2@verkopen.bol.com"
    buyer, agreed = customer("ann"), act("ann")
    masked = {**buyer, "email": alias, "email_quality": "masked"}
    keep(desk.store, masked, {**agreed, "email": alias}, orders("ann"), reader("bob"))
    desk.plan()
    assert [name for _, name, *_ in desk.rows()] == ["bob"]


def test_a_plan_has_a_price(desk: Desk) -> None:
    keep(desk.store, crowd(3))
    made = desk.plan(batch=mailchimp().batch.model_copy(update={"size": 2}))
    assert (made.calls, made.minutes) == (4, 0.3)


def test_a_plan_of_calls_about_audiences_has_its_price_too(desk: Desk) -> None:
    keep(desk.store, crowd(3))
    batch = mailchimp().batch.model_copy(update={"size": 2, "together": 1})
    assert desk.plan(batch=batch).calls == 2
    assert desk.plan(batch=batch.model_copy(update={"size": 3})).calls == 1


def hashed(desk: Desk, state: str = "accepted", **sent: str) -> None:
    """Let what is planned be sent under these identifiers (name: as sent)."""
    at_hour = desk.answered()
    pushed(desk.store, *(
        {**row, "state": state, "answered_at": at_hour, "sent": sent.get(row["wire_id"].partition("@")[0])}
        for row in desk.journaled()
    ))  # fmt: skip


def told(desk: Desk) -> dict[str, Any]:
    """Return under which identifiers each planned row goes out, by name."""
    return {row["wire_id"].partition("@")[0]: payload_of(row["payload"]).get("sent") for row in desk.journaled()}


def test_d11_who_leaves_goes_out_under_what_was_sent(desk: Desk) -> None:
    keep(desk.store, reader("ann"), reader("bob"))
    desk.plan()
    hashed(desk, ann="as-of-march", bob="bobs")
    keep(desk.store, withdrawal("ann"))
    desk.plan()
    assert told(desk) == {"ann": ["as-of-march"]}


def test_whatever_may_be_there_goes_out_with_what_is_known_to_be(desk: Desk) -> None:
    keep(desk.store, reader("ann"))
    desk.plan()
    hashed(desk, ann="first")
    desk.meaning = only(desk.meaning, to={"mailchimp": renamed(desk.meaning)})
    desk.plan()
    hashed(desk, state="unknown", ann="second")
    keep(desk.store, withdrawal("ann"))
    desk.plan()
    assert told(desk) == {"ann": ["first", "second"]}


def test_what_a_later_answer_replaced_goes_out_no_more(desk: Desk) -> None:
    keep(desk.store, reader("ann"))
    desk.plan()
    hashed(desk, ann="first")
    desk.meaning = only(desk.meaning, to={"mailchimp": renamed(desk.meaning)})
    desk.plan()
    hashed(desk, ann="second")
    keep(desk.store, withdrawal("ann"))
    desk.plan()
    assert told(desk) == {"ann": ["second"]}


def renamed(meaning: Meaning) -> Any:
    (letter,) = (each for each in meaning.audiences if each.name == "letter")
    return replace(letter.to["mailchimp"], name="another name")


def test_who_is_taken_to_be_carried_out_later_is_waited_for_and_a_removal_is_told_again(desk: Desk) -> None:
    keep(desk.store, reader("ann"))
    desk.plan()
    hashed(desk, state="staged", ann="anns")
    assert numbers(desk.plan()) == (0, 0, 0, 1)
    keep(desk.store, withdrawal("ann"))
    assert numbers(desk.plan()) == (0, 0, 1, 0)
    hashed(desk, state="staged")
    assert numbers(desk.plan()) == (0, 0, 1, 0)
    assert told(desk) == {"ann": ["anns"]}


def test_with_the_guards_lifted_everything_is_planned(desk: Desk, rules: Path) -> None:
    emptied(desk, 8)
    desk.close()
    hub = hub_on(desk.store, rules, 24 * 11)
    with planned(hub, "mailchimp", accept=True) as (engine, made, _):
        assert (made.guards, made.remove) == ([], 9)
        assert engine.execute("SELECT count(*) FROM planned").fetchall() == [(9,)]


def test_a_record_read_back_from_the_channel_is_a_known_member(desk: Desk) -> None:
    keep(desk.store, reader("ann"), customer("ann", "mailchimp", status="transactional"))
    desk.plan()
    assert desk.rows("is_known", "status") == [("add", "ann", True, "transactional")]
    assert payload_of(next(desk.journaled())["payload"])["status"] == "subscribed"


def test_nobody_is_planned_without_declarations(desk: Desk) -> None:
    nothing: tuple[Declaration, ...] = ()
    desk.meaning = replace(desk.meaning, declarations=nothing)
    keep(desk.store, reader("ann"), person("9", email="x@example.nl"))
    assert (desk.plan().is_empty, MORNING.year) == (True, 2026)
