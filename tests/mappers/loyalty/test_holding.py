"""Spending: what is set aside ends once, and no two channels spend the same points."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from mappers.loyalty.checking import broken
from mappers.loyalty.event import Event
from mappers.loyalty.holders import settle
from mappers.loyalty.holding import LARGEST, Answer, Refused, balance, capture, hold, release, store_time
from mappers.loyalty.posting import Posting, post
from plugins.store.engine import Store, open_store
from plugins.store.loyalty_tables import ledger_entry, loyalty_event
from plugins.store.times import utc_text
from tests.making import stored
from tests.mappers.loyalty.test_posting import sound, standing
from tests.mappers.loyalty.world import burn, earn

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TERMS = {"life": timedelta(minutes=15), "grace": timedelta(days=30)}


def points(store: Store, *events: Event, who: str = "ann", now: datetime = NOON) -> tuple[str, str]:
    """Post events of somebody; returns subject and account."""
    with store.writing() as connection:
        subject, account = settle(connection, {("till", who): who})["till", who]
        post(connection, {account: [Posting(event, subject, "till") for event in events]}, now)
    return subject, account


def hold_in(store: Store, who: tuple[str, str], key: str, amount: int, now: datetime = NOON) -> int:
    with store.writing() as connection:
        return hold(connection, who[1], who[0], key, amount, now, **TERMS).available


def test_what_is_held_cannot_be_spent_and_comes_back_when_released(store: Store) -> None:
    ann = points(store, earn("e", 100))
    assert hold_in(store, ann, "h", 60) == 40
    with pytest.raises(Refused, match="41 asked, 40 available") as refused:
        hold_in(store, ann, "i", 41)
    assert refused.value.code == "not_enough"
    with store.writing() as connection:
        assert release(connection, "h", NOON).available == 100
    sound(store)


def test_a_capture_of_less_gives_back_the_rest(store: Store) -> None:
    ann = points(store, earn("e", 100))
    hold_in(store, ann, "h", 60)
    with store.writing() as connection:
        assert capture(connection, "h", 25, NOON).available == 75
    assert standing(store, ann[1]) == {"available": 75}


def test_what_is_kept_of_a_hold_and_of_its_end_says_all_there_is_to_know(store: Store) -> None:
    ann = points(store, earn("e", 100))
    with store.writing() as connection:
        held = hold(connection, ann[1], ann[0], "h", 60, NOON, order="web:order:7", **TERMS)
        spent = capture(connection, "h", None, NOON + timedelta(minutes=1))
    assert (held, spent) == (Answer("h", 60, 40), Answer("h", 60, 40))
    events = {each["key"]: each for each in stored(store, loyalty_event)}
    kept = ("kind", "source", "unit", "subject", "amount", "occurred_at", "expires_at", "grace_at", "refers", "rule")
    assert [events["h"][name] for name in kept] == [
        "hold", "hub", "points", ann[0], 60, utc_text(NOON), utc_text(NOON + TERMS["life"]),
        utc_text(NOON + TERMS["life"] + TERMS["grace"]), "web:order:7", "hold",
    ]  # fmt: skip
    assert [events["h:captured"][name] for name in kept] == [
        "capture", "hub", "points", ann[0], 60, utc_text(NOON + timedelta(minutes=1)), None, None, "h", "capture",
    ]  # fmt: skip
    assert [each["reason"] for each in stored(store, ledger_entry)] == ["earn", "hold", "capture"]


def test_the_end_of_a_release_is_kept_as_one(store: Store) -> None:
    ann = points(store, earn("e", 100))
    hold_in(store, ann, "h", 60)
    with store.writing() as connection:
        assert release(connection, "h", NOON) == Answer("h", 60, 100)
    (event,) = [each for each in stored(store, loyalty_event) if each["key"] == "h:released"]
    assert (event["kind"], event["amount"], event["refers"], event["rule"]) == ("release", 60, "h", "release")


@pytest.mark.parametrize("amount", [0, -1, LARGEST + 1])
def test_an_amount_that_cannot_be_held_is_refused_with_its_bounds(store: Store, amount: int) -> None:
    ann = points(store, earn("e", 100))
    with pytest.raises(Refused) as refused:
        hold_in(store, ann, "h", amount)
    told = "amount: not a whole number from 1 to 1000000000; correct it"
    assert (refused.value.code, str(refused.value)) == ("bad_amount", told)


def test_the_smallest_amount_and_all_there_is_can_be_held(store: Store) -> None:
    ann = points(store, earn("e", LARGEST))
    assert hold_in(store, ann, "h", 1) == LARGEST - 1
    with store.writing() as connection:
        release(connection, "h", NOON)
    assert hold_in(store, ann, "i", LARGEST) == 0


def test_l5_who_asked_the_time_before_waiting_for_the_lock_is_not_late(store: Store) -> None:
    ann = points(store, earn("e", 100))
    hold_in(store, ann, "h", 60)
    with store.writing() as connection:
        release(connection, "h", NOON + timedelta(milliseconds=5))
    assert hold_in(store, ann, "i", 100, NOON + timedelta(milliseconds=3)) == 0
    with store.writing() as connection:
        assert capture(connection, "i", None, NOON + timedelta(milliseconds=2)).available == 0
    assert standing(store, ann[1]) == {}
    assert {each["reason"] for each in stored(store, ledger_entry)} == {"earn", "hold", "release", "capture"}
    sound(store)


def test_a_till_whose_clock_is_ahead_does_not_take_a_hold_along(store: Store) -> None:
    ahead = Event("b", "burn", 10, utc_text(NOON + timedelta(days=2)))
    ann = points(store, earn("e", 100), ahead, now=NOON)
    hold_in(store, ann, "h", 60)
    (event,) = [each for each in stored(store, loyalty_event) if each["key"] == "h"]
    assert event["occurred_at"] == utc_text(NOON)


@pytest.mark.parametrize("amount", [0, -1, 61])
def test_more_than_is_set_aside_or_nothing_cannot_be_captured(store: Store, amount: int) -> None:
    ann = points(store, earn("e", 100))
    hold_in(store, ann, "h", 60)
    with pytest.raises(Refused) as refused, store.writing() as connection:
        capture(connection, "h", amount, NOON)
    told = "amount: not a whole number from 1 to 60, what is set aside; correct it"
    assert (refused.value.code, str(refused.value)) == ("bad_amount", told)
    with store.writing() as connection:
        assert capture(connection, "h", 60, NOON).available == 40


def test_one_of_sixty_can_be_captured(store: Store) -> None:
    hold_in(store, points(store, earn("e", 100)), "h", 60)
    with store.writing() as connection:
        assert capture(connection, "h", 1, NOON) == Answer("h", 1, 99)


@pytest.mark.parametrize("end", [lambda *told: capture(told[0], told[1], None, told[2]), release])
def test_every_refusal_of_an_end_has_its_code_and_its_words(store: Store, end: Callable[..., object]) -> None:
    hold_in(store, points(store, earn("e", 100)), "h", 60)
    with store.writing() as connection:
        end(connection, "h", NOON)
    for key, code, told in (
        ("h", "not_open", "hold: captured, released or timed out already; make a new one"),
        ("x", "no_such_hold", "hold: not known; make one first"),
        ("e", "no_such_hold", "hold: not known; make one first"),
    ):
        with pytest.raises(Refused) as refused, store.writing() as connection:
            end(connection, key, NOON)
        assert (refused.value.code, str(refused.value)) == (code, told)


def test_the_stores_clock_tells_the_time_with_its_zone(store: Store) -> None:
    with store.writing() as connection:
        told = store_time(connection)
    assert told.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - told) < timedelta(minutes=5)


@pytest.mark.parametrize("ending", [capture, release], ids=["captured", "released"])
def test_l11_a_hold_ends_once(store: Store, ending: Callable[..., object]) -> None:
    ann = points(store, earn("e", 100))
    hold_in(store, ann, "h", 60)
    arguments = (None, NOON) if ending is capture else (NOON,)
    with store.writing() as connection:
        ending(connection, "h", *arguments)
    before = standing(store, ann[1])
    for again in (lambda c: capture(c, "h", None, NOON), lambda c: release(c, "h", NOON)):
        with pytest.raises(Refused, match="captured, released or timed out"), store.writing() as connection:
            again(connection)
    assert standing(store, ann[1]) == before


def test_l11_a_hold_times_out_by_itself_and_cannot_be_captured_then(store: Store) -> None:
    ann = points(store, earn("e", 100))
    hold_in(store, ann, "h", 60)
    late = NOON + timedelta(minutes=15)
    with store.writing() as connection:
        assert balance(connection, ann[1], late).account.available == 100
    with pytest.raises(Refused, match="timed out"), store.writing() as connection:
        capture(connection, "h", None, late)
    assert hold_in(store, ann, "i", 100, late) == 0
    sound(store)


def test_points_that_have_lapsed_by_now_cannot_be_held(store: Store) -> None:
    ann = points(store, Event("e", "earn", 100, "2026-05-01T09:00:00.000000Z", "2026-06-01T11:59:59.000000Z"),
                 now=NOON - timedelta(days=9))  # fmt: skip
    with pytest.raises(Refused, match="0 available"):
        hold_in(store, ann, "h", 1)


@pytest.mark.parametrize("amount", [0, -5, 10**18])
def test_an_amount_that_is_none_is_refused(store: Store, amount: int) -> None:
    with pytest.raises(Refused) as refused:
        hold_in(store, points(store, earn("e", 100)), "h", amount)
    assert refused.value.code == "bad_amount"


def test_a_hold_that_nobody_made_is_refused(store: Store) -> None:
    with pytest.raises(Refused, match="not known"), store.writing() as connection:
        release(connection, "h", NOON)


def test_a_late_purchase_at_a_till_that_was_offline_shows_as_an_open_item(store: Store) -> None:
    ann = points(store, earn("e", 100))
    hold_in(store, ann, "h", 80)
    with store.writing() as connection:
        capture(connection, "h", None, NOON)
    points(store, burn("b", 50, 2))
    assert standing(store, ann[1]) == {"uncovered": -30}
    sound(store)


def test_the_store_says_what_time_it_is(store: Store) -> None:
    with store.reading() as connection:
        assert abs(store_time(connection) - datetime.now(UTC)) < timedelta(seconds=60)


PRICE, BALANCE, CHANNELS, TRIES = 100, 1000, 8, 50


def _spend(
    url: str, who: tuple[str, str], name: str, start: float, done: multiprocessing.Queue[tuple[int, int]]
) -> None:
    """Try to buy as often as one can: every other channel captures at once, the others hold and capture later."""
    store, bought, errors = open_store(url), 0, 0
    time.sleep(max(0.0, start - time.time()))
    for number in range(TRIES):
        key = f"{name}-{number}"
        try:
            hold_in(store, who, key, PRICE)
            with store.writing() as connection:
                capture(connection, key, None, NOON)
            bought += 1
        except Refused:
            continue
        except Exception:  # noqa: BLE001 - what a channel would see as a failure is what is counted
            errors += 1
    store.close()
    done.put((bought, errors))


def spend_at_once(store: Store, store_url: str) -> None:
    """Let eight channels spend what is enough for ten purchases."""
    ann = points(store, earn("e", BALANCE))
    context = multiprocessing.get_context("spawn")
    done = context.Queue()
    start = time.time() + 3
    channels = [
        context.Process(target=_spend, args=(store_url, ann, f"channel{number}", start, done))
        for number in range(CHANNELS)
    ]
    for each in channels:
        each.start()
    found = [done.get(timeout=120) for _ in channels]
    for each in channels:
        each.join()
    assert sum(bought for bought, _ in found) == BALANCE // PRICE
    assert sum(errors for _, errors in found) == 0
    assert standing(store, ann[1]) == {}
    with store.reading() as connection:
        assert broken(connection) == []


def test_l5_eight_channels_at_once_spend_exactly_what_there_is(store: Store, store_url: str) -> None:
    spend_at_once(store, store_url)


@pytest.mark.long
@pytest.mark.parametrize("repeat", range(20))
def test_l5_eight_channels_at_once_spend_exactly_what_there_is_again(store: Store, store_url: str, repeat: int) -> None:
    spend_at_once(store, store_url)


EARNS = 200


def _earn_on(url: str, who: tuple[str, str], name: str, done: multiprocessing.Queue[int]) -> None:
    """Earn one point at a time; tells how often the store refused."""
    store, errors = open_store(url), 0
    for number in range(EARNS):
        try:
            with store.writing() as connection:
                now = store_time(connection)
                event = Event(f"{name}-{number}", "earn", 1, utc_text(now))
                post(connection, {who[1]: [Posting(event, who[0], "till")]}, now)
        except DBAPIError:
            errors += 1
    store.close()
    done.put(errors)


@pytest.mark.long
def test_no_earn_is_lost_when_eight_channels_write_to_one_account(store: Store, store_url: str) -> None:
    ann = points(store, earn("e", 1))
    context = multiprocessing.get_context("spawn")
    done = context.Queue()
    channels = [
        context.Process(target=_earn_on, args=(store_url, ann, f"channel{number}", done)) for number in range(CHANNELS)
    ]
    for each in channels:
        each.start()
    errors = [done.get(timeout=600) for _ in channels]
    for each in channels:
        each.join()
    assert errors == [0] * CHANNELS
    assert standing(store, ann[1]) == {"available": 1 + CHANNELS * EARNS}
    sound(store)
