"""What both halves bought, in shops and on the web, within the window of each member; and what that shows.

Needs the tables `arm` and `purchase` (p, ordered_at, total_minor, kept_minor: every paid order of anybody, returns of
it taken off `kept_minor`), and who was reached: `reached` (profile_id).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb

from plugins.experiments.groups import Phase, Standing
from plugins.experiments.statistics import BROKEN, TOO_FEW, Half, Lift, lift, verdict

# Who joined counts as they were drawn, whatever became of it: whether a mail came, or was read, decides nothing.
MEASURED = """
WITH member AS (
  SELECT arm.*, person.p, assigned_at + INTERVAL ({days}) DAY AS until FROM arm JOIN person USING (profile_id)
  WHERE experiment = $experiment
), outcome AS (
  SELECT member.p, is_treated, until <= $now AS is_ripe,
         member.profile_id IN (SELECT profile_id FROM reached) AS was_told,
         count(purchase.p) FILTER (total_minor > 0) > 0 AS bought,
         coalesce(sum(kept_minor), 0) AS spent,
         count(purchase.p) FILTER (total_minor > 0 AND channel = 'web') > 0 AS on_web,
         count(purchase.p) FILTER (total_minor > 0 AND channel = 'store') > 0 AS in_shop
  FROM member LEFT JOIN purchase ON purchase.p = member.p AND ordered_at > assigned_at AND ordered_at <= until
  GROUP BY ALL
)
SELECT is_treated, count(*) AS persons, count(*) FILTER (is_ripe) AS ripe, count(*) FILTER (bought) AS buyers,
       CAST(coalesce(sum(spent), 0) AS BIGINT) AS spent, CAST(coalesce(sum(spent * spent), 0) AS HUGEINT) AS squared,
       count(*) FILTER (on_web) AS on_web, count(*) FILTER (in_shop) AS in_shop, count(*) FILTER (was_told) AS told
FROM outcome GROUP BY is_treated
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one half did."""

    persons: int
    ripe: int
    """Who has been looked at for the whole window."""
    buyers: int
    spent_minor: int
    spent_squared: int
    on_web: int
    in_shop: int
    told: int
    """Who was in the audience at some destination since they joined."""

    @property
    def half(self) -> Half:
        """Return what statistics need of it."""
        return Half(self.persons, self.buyers, self.spent_minor, self.spent_squared)


NOBODY = Outcome(0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Result:
    """What an experiment shows so far, or in the end."""

    experiment: str
    statement: str
    metric: str
    phase: str
    started_on: date | None
    ends_on: date | None
    treated: Outcome
    control: Outcome
    lift: Lift | None
    verdict: str
    """`better`, `worse`, `no difference shown`; before the end `not over yet`; `broken`: the halves are unequal."""


def measure(connection: duckdb.DuckDBPyConnection, each: Standing, now: datetime) -> Result:
    """Return what an experiment shows at this moment."""
    amount, unit = each.rule.window
    days = amount if unit == "days" else round(amount * 365.25 / 12)
    moment = now.astimezone(UTC).replace(tzinfo=None)
    found = connection.execute(MEASURED.format(days=days), {"experiment": each.name, "now": moment}).fetchall()
    halves = {is_treated: Outcome(*map(int, numbers)) for is_treated, *numbers in found}
    treated, control = halves.get(True, NOBODY), halves.get(False, NOBODY)
    shown = lift(each.rule.metric, treated.half, control.half)
    return Result(
        each.name, each.rule.statement, each.rule.metric, each.phase.value, each.started_on, each.ends_on, treated,
        control, shown, _verdict(each, treated, control),
    )  # fmt: skip


def _verdict(each: Standing, treated: Outcome, control: Outcome) -> str:
    found = verdict(each.rule, treated.half, control.half)
    return found if found == BROKEN or each.phase is Phase.OVER else TOO_FEW
