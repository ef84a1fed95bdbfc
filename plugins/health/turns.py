"""The figures of the scheduler: what is due next, and how the last turn of each schedule went."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

from plugins.health.figures import Figure
from plugins.scheduler.schedules import read_schedules
from plugins.scheduler.turns import State, newest
from plugins.store.engine import Store


def turns(store: Store, now: datetime) -> list[Figure]:
    """Return the figures of every schedule."""
    due = Figure("rotonde_schedule_next_due_seconds", "Until a schedule is due.", ("schedule",))
    states = Figure("rotonde_schedule_last_turn", "1 for the state of the last turn.", ("schedule", "state"))
    tries = Figure("rotonde_schedule_tries", "How often the last turn was started.", ("schedule",))
    for each in read_schedules():
        following = each.next_due(now)
        if following is not None:
            due.add(each.name, value=round((following - now).total_seconds(), 1))
        with store.reading() as connection:
            turn = newest(connection, each.name)
        for state in get_args(State) if turn else ():
            states.add(each.name, state, value=state == (turn and turn.state))
        if turn:
            tries.add(each.name, value=turn.tries)
    return [due, states, tries]
