"""How many tokens of reading are left: by hour and by day, and how many calls run at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from plugins.sandbox.google_analytics.refusals import exhausted

PACIFIC = ZoneInfo("America/Los_Angeles")
"""A day of quota ends at midnight there."""
PER_DAY, PER_HOUR, PER_PROJECT, THRESHOLDED = 200_000, 40_000, 14_000, 120
AT_ONCE, SERVER_ERRORS = 10, 10
WITHIN_THE_HOUR = "This quota will refresh in under an hour. To learn more, see https://developers.google.com/analytics/devguides/reporting/data/v1/quotas"
WAIT = "Please wait for your running requests to end and then try again."


@dataclass
class Quotas:
    """Counts the tokens of one property and one project."""

    used: Counter[str] = field(default_factory=Counter)
    running: int = 0

    def check(self, at: datetime) -> None:
        """Refuse where nothing is left."""
        if self.used[_hour("errors", at)] >= SERVER_ERRORS:
            raise exhausted("server errors quota for a project per hour", WITHIN_THE_HOUR)
        if self.used[_hour("tokens", at)] >= PER_PROJECT:
            raise exhausted("property tokens for a project per hour", WITHIN_THE_HOUR)
        if self.used[_day(at)] >= PER_DAY:
            raise exhausted("property tokens per day", "This quota will refresh at midnight Pacific time.")

    def spend(self, tokens: int, at: datetime) -> dict[str, Any]:
        """Count a report and return what is left, as an answer tells it."""
        hour, day = _hour("tokens", at), _day(at)
        self.used[hour] += tokens
        self.used[day] += tokens
        errors = self.used[_hour("errors", at)]
        return {
            "tokensPerDay": {"consumed": tokens, "remaining": max(0, PER_DAY - self.used[day])},
            "tokensPerHour": {"consumed": tokens, "remaining": max(0, PER_HOUR - self.used[hour])},
            "concurrentRequests": {"consumed": 0, "remaining": AT_ONCE},
            "serverErrorsPerProjectPerHour": {"consumed": 0, "remaining": max(0, SERVER_ERRORS - errors)},
            "potentiallyThresholdedRequestsPerHour": {"consumed": 0, "remaining": THRESHOLDED},
            "tokensPerProjectPerHour": {"consumed": tokens, "remaining": max(0, PER_PROJECT - self.used[hour])},
        }

    def use_up(self, at: datetime) -> None:
        """Leave nothing of this hour."""
        self.used[_hour("tokens", at)] = PER_PROJECT

    def failed(self, at: datetime) -> None:
        """Count an error of the server."""
        self.used[_hour("errors", at)] += 1


def _hour(what: str, at: datetime) -> str:
    return f"{what} {at:%Y-%m-%dT%H}"


def _day(at: datetime) -> str:
    return f"day {at.astimezone(PACIFIC):%Y-%m-%d}"
