"""The shape of `loyalty.yml`: who leads, what earns points, how long they live, and which tiers there are."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from plugins.rules.strict import Name, Strict, Word

Some = Annotated[int, Field(gt=0, le=1_000_000)]
Channel = Literal["store", "web", "marketplace", "b2b"]
Evidence = Literal["bought", "ordered", "found", "clicked"]
SPANS = {"days": 3660, "months": 120}


def _span(given: Any) -> Any:
    """Return (12, 'months') for `12 months`."""
    found = re.fullmatch(r"(\d{1,4}) (day|month)s?", given) if isinstance(given, str) else None
    if found and 0 < int(found[1]) <= SPANS[f"{found[2]}s"]:
        return int(found[1]), f"{found[2]}s"
    raise ValueError("should look like 12 months; write up to 3660 days or 120 months")


def _day(given: Any) -> Any:
    try:
        return date.fromisoformat(given) if isinstance(given, str) and len(given) == len("2026-12-01") else None
    except ValueError:
        return None


def _known_day(given: Any) -> Any:
    if (day := _day(given)) is None:
        raise ValueError("should be a day like 2026-12-01; write one in quotes")
    return day


Span = Annotated[tuple[int, str], BeforeValidator(_span)]
Day = Annotated[date, BeforeValidator(_known_day)]


class Cap(Strict):
    """How often one person may earn by a rule."""

    times: Some
    within: Span = Field((365, "days"), description="of which span; the newest ones beyond it earn nothing")


class Earn(Strict):
    """One way to earn points; every one that fits counts."""

    on: Literal["purchase", "registration", "birthday", "completeness", "engagement"]
    points: Some = Field(description="for a purchase: for every `per_cents` spent")
    per_cents: Some | None = Field(None, description="purchases only: 100 is a euro")
    round: Literal["receipt", "line"] = Field("receipt", description="where parts of a point are dropped, once")
    sources: list[Name] = Field(default_factory=list, description="only these connections; empty is all")
    channels: list[Channel] = Field(default_factory=list)
    stores: list[Word] = Field(default_factory=list, description="only these shops, by the source's own id")
    categories: list[Word] = Field(default_factory=list, description="only these lines of a receipt")
    tiers: list[Name] = Field(default_factory=list, description="only who is in one of these tiers at that moment")
    starts: Day | None = Field(None, description="a campaign: its first day")
    ends: Day | None = Field(None, description="its last day")
    kind: Word | None = Field(None, description="engagement only: which kind of event")
    evidence: Evidence | None = Field(
        None,
        description="engagement only: how well it is shown: bought (who was referred paid for an order), "
        "ordered (tied to an order of their own), found (seen through the platform's API), clicked",
    )
    cap: Cap | None = None

    @model_validator(mode="after")
    def _fits(self) -> Earn:
        if (self.on == "purchase") != (self.per_cents is not None):
            raise ValueError("per_cents belongs to purchases, and every purchase needs it; write 100 for a euro")
        if (self.on == "engagement") != (self.kind is not None and self.evidence is not None):
            raise ValueError("kind and evidence belong to engagement, which needs both; write what is shown how well")
        if self.on != "purchase" and (self.stores or self.categories or self.channels):
            raise ValueError("stores, channels and categories belong to purchases; remove them")
        if self.starts and self.ends and self.ends < self.starts:
            raise ValueError("ends before it starts; correct the days")
        return self


class Tier(Strict):
    """A level a person reaches by what they spent, returns taken off."""

    from_cents: Annotated[int, Field(ge=0)] = Field(description="from here on, spent within the window")


class Tiers(Strict):
    """Which levels there are, by what was spent in how long."""

    within: Span = (365, "days")
    levels: dict[Name, Tier] = Field(default_factory=dict)


class Loyalty(Strict):
    """The programme; without a file nothing is earned, and only what a leader reports is booked."""

    leader: Name = Field("hub", description="who decides what a balance is: the hub, or a connection that reports it")
    expire: Span | None = Field(None, description="points lapse after this, at the end of a business day")
    grace: Span = Field((30, "days"), description="how long points live that come back after they lapsed")
    hold: Annotated[int, Field(gt=0, le=1440)] = Field(15, description="minutes a hold lasts")
    cents_per_point: Annotated[int, Field(gt=0)] = Field(1, description="what a point is worth when it is spent")
    earn: dict[Name, Earn] = Field(default_factory=dict)
    tiers: Tiers = Tiers()

    @model_validator(mode="after")
    def _tiers_are_known(self) -> Loyalty:
        for name, rule in self.earn.items():
            if unknown := set(rule.tiers) - self.tiers.levels.keys():
                raise ValueError(f"earn.{name}: no tier '{min(unknown)}'; name one of tiers.levels")
        return self
