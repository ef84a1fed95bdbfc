"""What a list of events comes to in one account."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappers.loyalty.event import Event, ordered, place_of
from mappers.loyalty.fold import PARTS, Account, Effect, fold
from tests.mappers.loyalty.world import END, at, back, burn, earn, held, life, restored

seeds = st.integers(0, 2**32)


def sums(effects: Iterable[Effect]) -> Counter[str]:
    """Return what is in each part of an account."""
    parts: Counter[str] = Counter()
    for effect in effects:
        parts[effect.credit] += effect.amount
        parts[effect.debit] -= effect.amount
    return Counter({name: amount for name, amount in parts.items() if amount})


def told(account: Account) -> dict[str, int]:
    """Return what an account says of itself, by part."""
    parts = {"available": account.available, "held": account.held, "debt": -account.debt,
             "uncovered": -account.uncovered}  # fmt: skip
    return {name: amount for name, amount in parts.items() if amount}


def lots(account: Account) -> dict[str, tuple[str, int]]:
    return {lot.key: (lot.expires_at, lot.left) for lot in account.lots.values() if lot.left}


@given(seeds)
def test_l1_the_sum_of_the_entries_is_the_balance_after_every_event(seed: int) -> None:
    account = Account()
    for event in ordered(life(Random(seed))):
        account.apply(event)
        parts = sums(account.effects)
        assert told(account) == {name: parts[name] for name in PARTS if parts[name]}
        assert sum(parts.values()) == 0


@given(seeds)
def test_l7_any_order_gives_the_same_balance_lots_and_debt(seed: int) -> None:
    dice = Random(seed)
    events = life(dice)
    one, other = fold(events, END), fold(dice.sample(events * 2, len(events) * 2), END)
    assert (told(one), lots(one), one.effects) == (told(other), lots(other), other.effects)


@given(seeds)
def test_l5_a_redemption_never_takes_what_is_not_there(seed: int) -> None:
    available = 0
    for effect in fold(life(Random(seed)), END).effects:
        available += effect.amount * ((effect.credit == "available") - (effect.debit == "available"))
        assert available >= 0


@given(seeds)
def test_l6_debt_comes_from_reversals_only_and_is_repaid_before_anything_can_be_spent(seed: int) -> None:
    events = {event.key: event for event in life(Random(seed))}
    parts: Counter[str] = Counter()
    for effect in fold(events.values(), END).effects:
        parts[effect.credit] += effect.amount
        parts[effect.debit] -= effect.amount
        if effect.debit == "debt":
            assert events[effect.event].kind == "reverse"
        assert parts["debt"] <= 0
        assert not (parts["debt"] and parts["available"])


@given(seeds)
def test_l8_no_more_is_taken_back_than_there_was(seed: int) -> None:
    events = {event.key: event for event in life(Random(seed))}
    gone: Counter[str] = Counter()
    for effect in fold(events.values(), END).effects:
        kind, refers = events[effect.event].kind, events[effect.event].refers
        if kind in ("reverse", "restore") and not effect.aspect:
            gone[refers] += effect.amount
    assert all(amount <= events[refers].amount for refers, amount in gone.items())


@given(seeds)
def test_l10_time_that_passes_in_steps_or_at_once_lapses_the_same(seed: int) -> None:
    dice = Random(seed)
    events = life(dice)
    account = Account()
    for event in ordered(events):
        for _ in range(dice.randint(0, 2)):
            account.advance(event.at)
        account.apply(event)
    account.advance(at(500))
    account.advance(END)
    account.advance(END)
    assert account.effects == fold(events, END).effects


@given(seeds)
def test_an_account_goes_on_from_what_is_kept_of_it(seed: int) -> None:
    events = [event for event in ordered(life(Random(seed))) if event.kind not in ("reverse", "restore")]
    account, effects = Account(), []
    for event in sorted(events, key=place_of):
        account = Account.of_json(json.loads(json.dumps(account.as_json())), account.debt, account.uncovered)
        account.apply(event)
        effects += account.effects
    account.advance(END)
    whole = fold(events, END)
    assert (told(account), lots(account)) == (told(whole), lots(whole))


CASES: dict[str, tuple[list[Event], float, dict[str, int]]] = {
    "earns and spends": ([earn("e", 100), burn("b", 30)], 9, {"available": 70}),
    "spends what lapses first": ([earn("a", 50, 0, 99), earn("b", 50, 0, 5), burn("x", 50, 1)], 9, {"available": 50}),
    "lapses what is left": ([earn("e", 100, 0, 5), burn("b", 30)], 9, {}),
    "a return takes back what was earned": ([earn("e", 100), back("r", "e", 40)], 9, {"available": 60}),
    "a return before its sale arrived waits for it": ([back("r", "e", 40)], 9, {}),
    "a return twice takes back once": ([earn("e", 100), back("r", "e", 100), back("s", "e", 100)], 9, {}),
    "a return larger than the sale": ([earn("e", 100), back("r", "e", 4000)], 9, {}),
    "a return of spent points is a debt": ([earn("e", 100), burn("b", 80), back("r", "e", 100)], 9, {"debt": -80}),
    "a debt is repaid first": (
        [earn("e", 100), burn("b", 80), back("r", "e", 100), earn("f", 100, 3)], 9, {"available": 20},
    ),
    "a return of points that lapsed owes nothing": ([earn("e", 100, 0, 1), back("r", "e", 100, 5)], 9, {}),
    "a return takes other points before it makes a debt": (
        [earn("e", 100, 0, 99), burn("b", 100), earn("f", 60, 2), back("r", "e", 100, 3)], 9, {"debt": -40},
    ),
    "spent beyond what is known is an open item": ([earn("e", 100), burn("b", 150)], 9, {"uncovered": -50}),
    "an item stays when points come later": (
        [earn("e", 100), burn("b", 150), earn("f", 80, 2)], 9, {"uncovered": -50, "available": 80},
    ),
    "an item closes when the points were there and came late": (
        [earn("e", 100), burn("b", 150), earn("f", 80, 0.5)], 9, {"available": 30},
    ),
    "a hold sets aside": ([earn("e", 100), held("h", 60)], 9, {"available": 40, "held": 60}),
    "a hold times out": ([earn("e", 100), held("h", 60, 1, 5)], 9, {"available": 100}),
    "a hold is captured in part": (
        [earn("e", 100), held("h", 60), Event("c", "capture", 20, at(2), refers="h")], 9, {"available": 80},
    ),
    "a hold is released": (
        [earn("e", 100), held("h", 60), Event("c", "release", 60, at(2), refers="h")], 9, {"available": 100},
    ),
    "a hold ends once": (
        [earn("e", 100), held("h", 60), Event("c", "capture", 60, at(2), refers="h"),
         Event("d", "release", 60, at(3), refers="h"), Event("f", "capture", 60, at(4), refers="h")],
        9, {"available": 40},
    ),
    "a capture after the time-out does nothing": (
        [earn("e", 100), held("h", 60, 1, 2), Event("c", "capture", 60, at(3), refers="h")], 9, {"available": 100},
    ),
    "a restored burn": ([earn("e", 100), burn("b", 80), restored("r", "b", 50)], 9, {"available": 70}),
    "a burn restored twice": ([earn("e", 100), burn("b", 80), restored("r", "b", 80), restored("s", "b", 80)], 9,
                              {"available": 100}),
    "a restored burn repays a debt first": (
        [earn("e", 100), burn("b", 100), back("r", "e", 100), restored("s", "b", 100, 3)], 9, {},
    ),
    "what comes back of an open item closes it first": (
        [earn("e", 100), burn("b", 150), restored("s", "b", 60, 3)], 9, {"available": 10},
    ),
    "nothing is earned": ([earn("e", 0), burn("b", 0)], 9, {}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_it_comes_to(case: str) -> None:
    events, hours, expected = CASES[case]
    assert told(fold(events, at(hours))) == expected


def test_l9_what_is_restored_goes_back_to_its_lot_and_keeps_its_end() -> None:
    account = fold([earn("e", 100, 0, 30), earn("f", 100, 0, 60), burn("b", 150), restored("r", "b", 70)], at(9))
    assert lots(account) == {"e": (at(30), 20), "f": (at(60), 100)}


def test_l9_what_is_restored_after_its_end_lives_for_the_grace() -> None:
    events = [earn("e", 100, 0, 30), burn("b", 100), restored("r", "b", 100, 40, 64)]
    assert told(fold(events, at(63))) == {"available": 100}
    assert told(fold(events, at(64))) == {}


def test_l11_points_that_lapse_while_they_are_held_come_back_for_the_grace() -> None:
    events = [earn("e", 100, 0, 30), held("h", 100, 1, 40)]
    assert told(fold(events, at(39))) == {"held": 100}
    assert lots(fold(events, at(41))) == {"e": (at(140), 100)}


def test_l18_a_return_counts_after_its_sale_however_wrong_the_clock() -> None:
    sale, ret = earn("e", 100, 48), back("r", "e", 100, 0)
    assert told(fold([sale, ret, burn("b", 50, 49)], at(99))) == {"uncovered": -50}


def captured(key: str, refers: str, amount: int, hours: float) -> Event:
    return Event(key, "capture", amount, at(hours), refers=refers)


def moves(*events: Event, hours: float = 9) -> list[str]:
    """Return each effect in one line: at what hour, of which event, out of what, into what, how much."""
    moment = at(hours)
    return [
        f"{when[11:13]} {' '.join(filter(None, (event, aspect)))}: {debit} > {credit} {amount}"
        for event, aspect, debit, credit, amount, when in fold(events, moment).effects
    ]


def test_what_is_spent_leaves_what_was_earned_at_its_moment() -> None:
    assert moves(earn("e", 100), burn("b", 150)) == [
        "09 e: issued > available 100", "10 b: available > redeemed 100", "10 b: uncovered > redeemed 50",
    ]  # fmt: skip


def test_what_lapses_is_told_as_what_time_did() -> None:
    assert moves(earn("e", 100, 0, 5)) == ["09 e: issued > available 100", "14 e expiry: available > expired 100"]


def test_a_hold_that_times_out_gives_back_and_says_so() -> None:
    assert moves(earn("e", 100), held("h", 120, 1, 4)) == [
        "09 e: issued > available 100", "10 h: available > held 100", "10 h: uncovered > held 20",
        "13 h timeout: held > available 100", "13 h timeout: held > uncovered 20",
    ]  # fmt: skip


def test_a_capture_spends_and_the_rest_goes_back() -> None:
    assert moves(earn("e", 100), held("h", 60), captured("c", "h", 25, 2)) == [
        "09 e: issued > available 100", "10 h: available > held 60", "11 c: held > redeemed 25",
        "11 c: held > available 35",
    ]  # fmt: skip


def test_what_comes_back_of_a_purchase_leaves_what_was_redeemed() -> None:
    assert moves(earn("e", 50), burn("b", 60), restored("r", "b", 20)) == [
        "09 e: issued > available 50", "10 b: available > redeemed 50", "10 b: uncovered > redeemed 10",
        "11 r: redeemed > uncovered 10", "11 r: redeemed > available 10",
    ]  # fmt: skip


def test_a_reversal_undoes_what_lapsed_then_takes_what_is_there_and_owes_the_rest() -> None:
    events = [earn("e", 100, 0, 5), burn("b", 30), earn("f", 10, 2), back("r", "e", 100, 6), earn("g", 50, 7)]
    assert moves(*events) == [
        "09 e: issued > available 100", "10 b: available > redeemed 30", "11 f: issued > available 10",
        "14 e expiry: available > expired 70", "15 r: expired > issued 70", "15 r: available > issued 10",
        "15 r: debt > issued 20", "16 g: issued > debt 20", "16 g: issued > available 30",
    ]  # fmt: skip


def test_a_reversal_takes_of_its_own_lot_first() -> None:
    account = fold([earn("a", 50, 0, 99), earn("b", 50, 0, 50), back("r", "a", 30)], at(9))
    assert lots(account) == {"a": (at(99), 20), "b": (at(50), 50)}


def test_what_lapsed_is_taken_back_once() -> None:
    events = [earn("e", 100, 0, 5), burn("b", 50), back("r", "e", 30, 6), back("s", "e", 70, 7)]
    assert told(fold(events, at(9))) == {"debt": -50}


def test_a_lot_that_lapsed_twice_owes_nothing() -> None:
    events = [earn("e", 100, 0, 5), burn("b", 60), restored("r", "b", 60, 6, 8), back("s", "e", 100, 9)]
    assert told(fold(events, at(10))) == {}


def test_debts_add_up() -> None:
    events = [earn("a", 50), earn("b", 50), burn("x", 100), back("r", "a", 50), back("s", "b", 50, 3)]
    assert told(fold(events, at(9))) == {"debt": -100}


@pytest.mark.parametrize(("ending", "left"), [("release", 100), ("capture", 60)])
def test_l9_what_lapsed_while_it_was_held_lives_for_the_grace_when_it_comes_back(ending: str, left: int) -> None:
    hold = [earn("e", 100, 0, 5), held("h", 100)]
    account = fold([*hold, Event("c", ending, 40, at(10), refers="h")], at(20))  # type: ignore[arg-type]
    assert lots(account) == {"e": (at(150), left)}


def test_a_hold_stands_at_its_own_moment_whatever_it_pays_for() -> None:
    order, hold = earn("order", 5, 5), held("h", 1)._replace(refers="order")
    assert ordered([order, hold]) == [hold, order]


def test_events_that_refer_to_each_other_end() -> None:
    assert told(fold([back("r", "s", 5), back("s", "r", 5, 3)], at(9))) == {}
