"""Experiments: what each half did, how sure the difference is, and whether it is decided yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from plugins.console.ask import Ask
from plugins.console.charts import interval
from plugins.console.roles import Right
from plugins.console.route import Seen
from plugins.console.writing import MINUS, money
from plugins.experiments.groups import Phase, Standing, standings
from plugins.hub.audience_sizes import newest_sizes
from plugins.hub.experiment_results import joining_of, kept
from plugins.store.engine import Store

VERDICTS = {"better": "better", "worse": "worse", "no difference shown": "alike", "broken": "broken"}
"""What is said once everybody's window is over; anything else is undecided."""
Row = dict[str, Any]


def experiments(ask: Ask) -> Response:
    """Show every experiment, and what audiences withhold of themselves."""
    hub = ask.desk.hub
    found = [_shown(hub.store, each) for each in standings(hub.store, hub.meaning.experiments, ask.now)]
    with hub.store.reading() as connection:
        sizes = newest_sizes(connection)
    held = [{"audience": each.name, "percent": each.holdout_basis_points // 100, "persons": _held(sizes, each.name)}
            for each in hub.meaning.audiences if each.holdout_basis_points]  # fmt: skip
    return ask.page("experiments.html", experiments=found, held=held)


def _held(sizes: Sequence[Row], name: str) -> int | None:
    """Return how many an audience withholds, as it was counted last."""
    mine = [(row["planned_at"], row["held_out"]) for row in sizes if row["audience"] == name]
    return max(mine)[1] if mine else None


def _shown(store: Store, each: Standing) -> Row:
    result = kept(store, each.name) if each.phase is not Phase.WAITING else None
    lift = result["lift"] if result else None
    metric = each.rule.metric
    return {
        "name": each.name, "rule": each.rule, "phase": each.phase.value, "started_on": each.started_on,
        "joins_until": each.joins_until, "ends_on": each.ends_on, "result": result, "decided": _decided(each, result),
        "joining": joining_of(store, each.name), "chart": interval(*_numbers(lift)) if lift else None,
        "lift": [_amount(metric, value) for value in _numbers(lift)] if lift else None,
        "halves": [_half(metric, name, result[name]) for name in ("treated", "control")] if result else [],
    }  # fmt: skip


def _decided(each: Standing, result: Row | None) -> str:
    """Return the key of what can be said: nothing before the end, but that halves do not fit."""
    found = VERDICTS.get(result["verdict"], "few") if result else "few"
    return found if each.phase is Phase.OVER or found == "broken" else each.phase.value


def _numbers(lift: Row) -> tuple[float, float, float]:
    return lift["low"], lift["difference"], lift["high"]


def _amount(metric: str, value: float) -> str:
    """Write a difference: percent points, or euros a person."""
    shown = f"{abs(value) * 100:.1f}" if metric == "bought" else money(round(abs(value)))
    return f"{'+' if value > 0 else MINUS if value < 0 else ''}{shown}"


def _half(metric: str, name: str, half: Row) -> Row:
    persons = half["persons"]
    share = f"{half['buyers'] * 100 / persons:.1f} %" if persons else None
    return {**half, "name": name, "share": share, "each": round(half["spent_minor"] / persons) if persons else None}


ROUTES = (Seen("/experiments", "experiments", Right.EXPERIMENTS, experiments, on_menu=True),)
