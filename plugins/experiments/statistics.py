"""How many persons it takes, whether the halves are as they should be, and how sure a difference is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from plugins.rules.experiments import Experiment

CONFIDENCE, POWER = 0.95, 0.80
MISMATCH = 0.001
"""Below this chance of halves as unequal as they are, something is wrong with who is in which."""
BROKEN, TOO_FEW = "broken", "not over yet"


@dataclass(frozen=True, slots=True)
class Needed:
    """How many persons each half must have for the minimum effect to be seen four times out of five."""

    treated: int
    control: int

    @property
    def people(self) -> int:
        """Return how many that is together."""
        return self.treated + self.control


@dataclass(frozen=True, slots=True)
class Half:
    """What one half did: persons, how many of them bought, and what they spent, in cents and its square."""

    persons: int
    buyers: int
    spent_minor: int
    spent_squared: int

    def share(self, metric: str) -> float:
        """Return the share that bought, or what each spent in cents."""
        return (self.buyers if metric == "bought" else self.spent_minor) / self.persons if self.persons else math.nan


@dataclass(frozen=True, slots=True)
class Lift:
    """The difference between the halves, treated minus control, and how sure it is."""

    difference: float
    """A share, or cents a person."""
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """Say what is shown."""
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "no difference shown"


def needed(rule: Experiment) -> Needed:
    """Return how many persons each half needs, by the two-sided test at 95 % (Fleiss, Levin, Paik 2003, 4.1)."""
    from scipy.stats import norm

    sure, seen = norm.ppf(1 - (1 - CONFIDENCE) / 2), norm.ppf(POWER)
    ratio = (100 - rule.control) / rule.control  # treated persons to one of control
    if rule.metric == "bought":
        assert rule.baseline
        assert rule.minimum_effect
        base, effect = rule.baseline / 100, rule.minimum_effect / 100
        then = base + effect
        mean = (ratio * then + base) / (ratio + 1)
        spread = sure * math.sqrt((ratio + 1) * mean * (1 - mean)) + seen * math.sqrt(
            then * (1 - then) + ratio * base * (1 - base)
        )
        control = spread**2 / (ratio * effect**2)
    else:
        assert rule.deviation_cents
        assert rule.minimum_effect_cents
        control = (sure + seen) ** 2 * (1 + 1 / ratio) * (rule.deviation_cents / rule.minimum_effect_cents) ** 2
    return Needed(math.ceil(control * ratio), math.ceil(control))


def lift(metric: str, treated: Half, control: Half) -> Lift | None:
    """Return the difference with its interval of 95 %; None while a half is too small to say anything."""
    if min(treated.persons, control.persons) < 2:
        return None
    difference = treated.share(metric) - control.share(metric)
    if metric == "bought":
        return Lift(difference, *_newcombe(treated, control))
    return Lift(difference, *_welch(treated, control, difference))


def _newcombe(one: Half, other: Half) -> tuple[float, float]:
    """Return the interval of a difference of shares by Wilson's scores (Newcombe 1998, method 10)."""
    from scipy.stats import binomtest

    p, q = one.buyers / one.persons, other.buyers / other.persons
    mine = binomtest(one.buyers, one.persons).proportion_ci(CONFIDENCE, method="wilson")
    its = binomtest(other.buyers, other.persons).proportion_ci(CONFIDENCE, method="wilson")
    low = p - q - math.hypot(p - mine.low, its.high - q)
    return low, p - q + math.hypot(mine.high - p, q - its.low)


def _welch(one: Half, other: Half, difference: float) -> tuple[float, float]:
    """Return the interval of a difference of means of unequal spread."""
    from scipy.stats import t

    each = [_variance(half) / half.persons for half in (one, other)]
    if not sum(each):
        return difference, difference
    freedom = sum(each) ** 2 / sum(
        part**2 / (half.persons - 1) for part, half in zip(each, (one, other), strict=True)
    )  # fmt: skip
    margin = float(t.ppf(1 - (1 - CONFIDENCE) / 2, freedom)) * math.sqrt(sum(each))
    return difference - margin, difference + margin


def _variance(half: Half) -> float:
    return max(0.0, (half.spent_squared - half.spent_minor**2 / half.persons) / (half.persons - 1))


def is_mismatched(treated: int, control: int, control_percent: int) -> bool:
    """Tell whether the halves are too unequal for chance: then nothing that they say counts."""
    from scipy.stats import chisquare

    people = treated + control
    if not people:
        return False
    expected = [people * (100 - control_percent) / 100, people * control_percent / 100]
    return bool(chisquare([treated, control], expected).pvalue < MISMATCH)


def verdict(rule: Experiment, treated: Half, control: Half) -> str:
    """Return what two halves show when everybody's window is over."""
    if is_mismatched(treated.persons, control.persons, rule.control):
        return BROKEN
    shown = lift(rule.metric, treated, control)
    return TOO_FEW if shown is None else shown.verdict
