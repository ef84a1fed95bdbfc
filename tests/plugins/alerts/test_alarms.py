"""An alarm is told once when it begins and once when it is over, whatever comes between."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, select, update

from plugins.alerts.looking import settle
from plugins.alerts.sight import Amiss
from plugins.rules.alerts import KINDS, Alerts, Kind, Quiet, Route
from plugins.store.alarm_tables import alarm, alarm_message
from plugins.store.engine import Store
from plugins.store.times import utc_text
from tests.plugins.alerts.conftest import after
from tests.road.stage import MORNING

LOOK = timedelta(minutes=5)
KEYS: tuple[tuple[Kind, str], ...] = (("run_failed", "a"), ("source_stale", "b"), ("opt_out_overdue", "c"))
ADDRESSES = ("json://one", "json://two", "json://three")
RULES = Alerts(to={"first": Route(urls_in="ALERTS_FIRST"), "second": Route(urls_in="ALERTS_SECOND")})
WORDS = {"run failed": KEYS[0], "source stale": KEYS[1], "opt-out overdue": KEYS[2]}


@pytest.fixture
def two_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    """One route with an address, and one with two."""
    monkeypatch.setenv("ALERTS_FIRST", ADDRESSES[0])
    monkeypatch.setenv("ALERTS_SECOND", " ".join(ADDRESSES[1:]))


def amiss(kind: Kind = "run_failed", about: str = "ingest-till") -> Amiss:
    return Amiss(kind, about, MORNING, "it broke", "mend it")


def told(title: str) -> tuple[tuple[Kind, str], str]:
    """Return what a title is about, and what it says of it."""
    change, word = ("closed", title.removeprefix("Over: ")) if title.startswith("Over: ") else ("opened", title)
    return WORDS[word.partition(": ")[0]], change


def turns(looks: list[set[tuple[Kind, str]]], key: tuple[Kind, str]) -> list[str]:
    """Return what is to be told of one thing: a change that held for two looks, of what is urgent for one."""
    changes: list[str] = []
    history = [False, *(key in each for each in looks)]
    for before, now in pairwise(history):
        is_open = changes[-1:] == ["opened"]
        if now != is_open and (before == now or key[0] == "opt_out_overdue"):
            changes.append("opened" if now else "closed")
    return changes


@pytest.fixture
def hasty_store(sqlite_store: Store) -> Store:
    """A store that does not wait for the disk: nobody pulls its plug."""
    event.listen(sqlite_store.engine, "connect", lambda opened, _: opened.execute("PRAGMA synchronous=OFF"))
    return sqlite_store


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from(KEYS)), st.sets(st.sampled_from(ADDRESSES))), min_size=1, max_size=14
    )
)  # fmt: skip
def test_every_change_is_told_to_every_address_exactly_once_and_in_order(
    hasty_store: Store, two_routes: None, looks: list[tuple[set[tuple[Kind, str]], set[str]]]
) -> None:
    with hasty_store.writing() as connection:
        for table in (alarm, alarm_message):
            connection.execute(delete(table))
    looks.append((looks[-1][0], set(ADDRESSES)))
    got: defaultdict[str, list[str]] = defaultdict(list)
    for number, (there, open_to) in enumerate(looks):

        def send(address: str, title: str, _body: str, taken: set[str] = open_to) -> bool:
            if address in taken:
                got[address].append(title)
            return address in taken

        settle(hasty_store, RULES, [amiss(*each) for each in sorted(there)], MORNING + number * LOOK, send)
    for address in ADDRESSES:
        heard = [told(each) for each in got[address]]
        for key in KEYS:
            assert [change for about, change in heard if about == key] == turns([each for each, _ in looks], key)


class Post:
    """Takes every message."""

    def __init__(self) -> None:
        self.titles: list[str] = []

    def __call__(self, _address: str, title: str, _body: str) -> bool:
        self.titles.append(title)
        return True


def test_what_stays_is_told_once_but_an_overdue_withdrawal_every_day(store: Store, two_routes: None) -> None:
    post, rules = Post(), RULES.model_copy(update={"to": {"first": RULES.to["first"]}})
    for hour in range(0, 60, 3):
        settle(store, rules, [amiss(), amiss("opt_out_overdue", "letters")], after(hour), post)
    assert [each for each in post.titles if "run" in each] == ["run failed: ingest-till"]
    assert [each for each in post.titles if "opt" in each] == [
        "opt-out overdue: letters", "Still: opt-out overdue: letters", "Still: opt-out overdue: letters",
    ]  # fmt: skip


def test_what_comes_and_goes_between_two_looks_is_never_told(sqlite_store: Store, two_routes: None) -> None:
    post = Post()
    for number in range(10):
        settle(sqlite_store, RULES, [amiss()] if number % 2 else [], MORNING + number * LOOK, post)
    assert post.titles == []


def test_how_long_something_must_hold_can_be_said_in_minutes(sqlite_store: Store, two_routes: None) -> None:
    post = Post()
    rules = RULES.model_copy(update={"holds": {"run_failed": "30 minutes"}, "to": {"first": RULES.to["first"]}})
    when = []
    for number in range(20):
        before = len(post.titles)
        settle(sqlite_store, rules, [amiss()] if number < 10 else [], MORNING + number * LOOK, post)
        when += [number * 5] * (len(post.titles) - before)
    assert when == [30, 80]


def test_quiet_hours_keep_all_but_consent_for_the_morning(sqlite_store: Store, two_routes: None) -> None:
    post = Post()
    rules = RULES.model_copy(
        update={"quiet": Quiet(begins="22:00", ends="07:00"), "to": {"first": RULES.to["first"]},
                "holds": {"run_failed": "1 look"}}
    )  # fmt: skip
    night = MORNING.replace(hour=22, minute=30)
    looked = settle(sqlite_store, rules, [amiss(), amiss("opt_out_overdue", "letters")], night, post)
    assert post.titles == ["opt-out overdue: letters"]
    assert looked.told.waiting == 1
    settle(sqlite_store, rules, [amiss(), amiss("opt_out_overdue", "letters")], night + timedelta(hours=8), post)
    assert post.titles == ["opt-out overdue: letters", "run failed: ingest-till"]


def test_without_a_route_alarms_are_kept_and_nothing_is_sent(sqlite_store: Store) -> None:
    post = Post()
    for number in range(2):
        settle(sqlite_store, Alerts(), [amiss()], MORNING + number * LOOK, post)
    with sqlite_store.reading() as connection:
        assert connection.execute(select(alarm.c.state, alarm.c.opened_at)).tuples().all() == [
            ("open", utc_text(MORNING + LOOK))
        ]
    assert post.titles == []


def test_a_route_hears_only_the_kinds_that_it_takes(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTS_PRIVACY", ADDRESSES[0])
    rules = Alerts(to={"privacy": Route(urls_in="ALERTS_PRIVACY", kinds=["opt_out_overdue"])})
    post = Post()
    for number in range(3):
        found = [amiss(kind, kind) for kind in KINDS]
        settle(sqlite_store, rules, found, MORNING + number * LOOK, post)
    assert post.titles == ["opt-out overdue: opt_out_overdue"]


def test_what_was_over_long_ago_is_forgotten_once_it_is_told(sqlite_store: Store, two_routes: None) -> None:
    post = Post()
    for number, there in enumerate([True, True, False, False]):
        settle(sqlite_store, RULES, [amiss()] if there else [], MORNING + number * LOOK, post)
    with sqlite_store.writing() as connection:
        connection.execute(update(alarm_message).where(alarm_message.c.route == "second").values(told_at=None))
    settle(sqlite_store, RULES, [], MORNING + timedelta(days=100), lambda *_: False)
    with sqlite_store.reading() as connection:
        assert connection.execute(select(alarm.c.state)).scalars().all() == ["closed"]
    settle(sqlite_store, RULES, [], MORNING + timedelta(days=100), post)
    settle(sqlite_store, RULES, [], MORNING + timedelta(days=100), post)
    with sqlite_store.reading() as connection:
        assert connection.execute(select(alarm.c.id)).scalars().all() == []
        assert connection.execute(select(alarm_message.c.id)).scalars().all() == []
