"""Each turn is started once, whoever is killed; what fails is tried again later each time."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from plugins.hub.lease import LIFE, Lease, LeaseTaken, release, take
from plugins.scheduler.dispatch import Dispatch
from plugins.scheduler.schedules import Note, Schedule
from plugins.scheduler.turns import Start, State, end, errand_lease
from plugins.store.engine import Store
from plugins.store.tables import schedule_turn
from plugins.store.times import moment_of

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NIGHT = Schedule("night", "sync", "30 2 * * *", Note(timezone=AMSTERDAM))
ROUND = Schedule("round", "sync", "*/15 * * * *", Note(timezone=AMSTERDAM))
START = datetime(2026, 3, 2, 12, 1, tzinfo=UTC)


@dataclass
class World:
    """A clock that is put forward by hand, and the errands under way."""

    store: Store
    moment: datetime = START
    errands: dict[Start, Lease] = field(default_factory=dict)

    def clock(self) -> datetime:
        return self.moment

    def after(self, **given: float) -> None:
        self.moment += timedelta(**given)
        for start in list(self.errands):
            self.errands[start] = take(self.store, errand_lease(start.schedule), str(start.due_at), self.clock)

    def begin(self, start: Start) -> None:
        self.errands[start] = take(self.store, errand_lease(start.schedule), str(start.due_at), self.clock)

    def end(self, start: Start, state: State = "ok", code: int = 0) -> None:
        with self.store.writing() as connection:
            end(connection, start.schedule, start.due_at, state, code, self.moment)
        release(self.store, self.errands.pop(start))


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def dispatch(world: World, *schedules: Schedule, name: str = "one") -> Dispatch:
    return Dispatch(world.store, schedules or (ROUND,), name, world.clock)


def test_a_new_schedule_waits_for_its_first_turn(world: World) -> None:
    one = dispatch(world)
    assert one.look() == []
    world.after(minutes=14)
    assert [each.due_at.minute for each in one.look()] == [15]
    assert one.look() == []


def test_the_newest_of_missed_turns_stands_for_all(world: World) -> None:
    dispatch(world).look()
    world.after(hours=3)
    (start,) = dispatch(world).look()
    with world.store.reading() as connection:
        row = connection.execute(select(schedule_turn).where(schedule_turn.c.state == "started")).mappings().one()
    assert (start.due_at, row["passed"]) == (datetime(2026, 3, 2, 15, 0, tzinfo=UTC), 11)


def test_a_turn_that_takes_long_is_not_overtaken(world: World) -> None:
    one = dispatch(world)
    one.look()
    world.after(minutes=15)
    (start,) = one.look()
    world.begin(start)
    for _ in range(6):
        world.after(minutes=10)
        assert one.look() == []
    world.end(start)
    assert [each.due_at for each in one.look()] == [datetime(2026, 3, 2, 13, 15, tzinfo=UTC)]


def test_what_failed_is_tried_again_and_waits_longer_each_time(world: World) -> None:
    one = dispatch(world, NIGHT)
    one.look()
    world.after(days=1)
    waits = []
    for _ in range(8):
        began = world.moment
        while not (found := one.look()):
            world.after(minutes=1)
        waits.append(round((world.moment - began).total_seconds() / 60))
        world.begin(found[0])
        world.end(found[0], "failed", 1)
    assert waits == [0, 1, 2, 4, 8, 16, 32, 60]


def test_what_was_stopped_goes_on_at_once(world: World) -> None:
    one = dispatch(world, NIGHT)
    one.look()
    world.after(days=1)
    (start,) = one.look()
    world.begin(start)
    world.end(start, "stopped", 143)
    assert one.look() == [start]


def test_a_killed_errand_is_started_anew_within_a_minute(world: World) -> None:
    one = dispatch(world, NIGHT)
    one.look()
    world.after(days=1)
    (start,) = one.look()
    world.begin(start)
    world.errands.clear()
    began = world.moment
    while not (found := one.look()):
        world.after(seconds=5)
    assert found == [start]
    assert world.moment - began <= LIFE


def test_of_two_schedulers_one_starts_and_the_other_takes_over_within_a_minute(world: World) -> None:
    first, second = dispatch(world, name="first"), dispatch(world, name="second")
    first.look()
    assert second.look() == []
    world.after(minutes=14)
    (start,) = first.look()
    assert second.look() == []
    world.begin(start)
    world.end(start)
    killed, due = world.moment, None
    while due is None:
        world.after(seconds=5)
        second.look()
        due = second.lease
    assert world.moment - killed <= LIFE


def test_a_scheduler_whose_lease_was_taken_starts_nothing_more(world: World) -> None:
    first, second = dispatch(world, name="first"), dispatch(world, name="second")
    first.look()
    world.after(minutes=16)
    (start,) = second.look()
    assert start.due_at.minute == 15
    world.begin(start)
    world.end(start)
    world.after(minutes=15)
    held = first.lease
    assert held is not None
    assert first.look() != []  # the other let its lease lapse meanwhile: it is first's again, under a newer number
    assert first.lease is not None
    assert first.lease.fence > held.fence


@pytest.mark.parametrize("seed", [1, *(pytest.param(each, marks=pytest.mark.long) for each in range(2, 300))])
def test_o5_in_a_week_of_random_kills_every_business_day_has_its_turn_once(sqlite_store: Store, seed: int) -> None:
    """The week in which the clock is put forward, two schedulers, and something killed every hour or so."""
    draw = random.Random(seed)
    world = World(sqlite_store, datetime(2026, 3, 24, 23, 30, tzinfo=UTC))
    alive = {name: dispatch(world, NIGHT, name=name) for name in ("a", "b")}
    done: Counter[datetime] = Counter()
    ends: dict[Start, datetime] = {}
    while world.moment < datetime(2026, 4, 1, 12, tzinfo=UTC):
        for name, each in list(alive.items()):
            for start in each.look():
                if draw.random() < 0.2:  # killed between the store and the start
                    continue
                assert start not in world.errands
                world.begin(start)
                ends[start] = world.moment + timedelta(minutes=draw.randint(1, 50))
            if draw.random() < 0.02:
                alive[name] = dispatch(world, NIGHT, name=f"{name}{world.moment:%d%H%M%S}")
        for start in [each for each in world.errands if ends[each] <= world.moment]:
            fails = draw.random() < 0.3
            world.end(start, "failed" if fails else "ok", int(fails))
            done[start.due_at] += not fails
        for start in list(world.errands):
            if draw.random() < 0.01:
                world.errands.pop(start)
        is_quiet = 6 <= world.moment.hour < 23 and not world.errands
        world.after(minutes=60 if is_quiet else draw.choice((1, 5, 10, 30)))
    days = [each.astimezone(AMSTERDAM).date().isoformat() for each in sorted(done)]
    assert days == [f"2026-03-{day}" for day in range(25, 32)] + ["2026-04-01"]
    assert set(done.values()) == {1}
    with sqlite_store.reading() as connection:
        states = connection.execute(select(schedule_turn.c.state, schedule_turn.c.due_at)).all()
    assert [moment_of(due) for state, due in sorted(states, key=lambda each: each.due_at) if state == "ok"] == sorted(
        done
    )


def test_an_errand_whose_lease_was_taken_over_is_refused(world: World) -> None:
    start = Start("night", START)
    world.begin(start)
    with pytest.raises(LeaseTaken):
        take(world.store, errand_lease("night"), "another", world.clock)
