"""What a message says: where, what, since when, and what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from plugins.rules.alerts import Kind
from plugins.rules.moments import HOME
from plugins.store.times import moment_of

WORDS: dict[Kind, str] = {
    "run_failed": "run failed",
    "credential_refused": "key refused",
    "schedule_failed": "schedule failed",
    "scheduler_gone": "scheduler gone",
    "source_stale": "source stale",
    "count_unusual": "unusual count",
    "quarantine_growing": "quarantine grows",
    "guard_tripped": "guard tripped",
    "drift_found": "drift found",
    "opt_out_overdue": "opt-out overdue",
    "audience_shut": "audience shut",
    "lane_behind": "lane behind",
}


def message(alarm: Mapping[str, Any], change: str) -> tuple[str, str]:
    """Return title and text of what is told of an alarm that opened, closed or still stands."""
    title = f"{WORDS.get(alarm['kind'], alarm['kind'])}: {alarm['about']}"
    since = here(alarm["since"])
    if change == "closed":
        return f"Over: {title}", f"{alarm['about']}: over since {here(alarm['closed_at'])}; nothing more to do"
    said = json.loads(alarm["detail"])
    facts = ", ".join(f"{number} {name}" for name, number in said.get("facts", {}).items())
    what = f"{said['what']} (since {since}{f'; {facts}' if facts else ''})"
    return f"Still: {title}" if change == "reminder" else title, f"{alarm['about']}: {what}; {said['cure']}"


def here(moment: str) -> str:
    """Return a moment by the clock in the shops."""
    return moment_of(moment).astimezone(HOME).strftime("%Y-%m-%d %H:%M")
