"""A pin and how it did: numbers drawn from its id and the day, the same at each look."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

APP_TYPES = ("MOBILE", "TABLET", "WEB")
COUNTS = {"IMPRESSION": 90, "PIN_CLICK": 9, "OUTBOUND_CLICK": 5, "SAVE": 7, "USER_FOLLOW": 2, "PROFILE_VISIT": 3}
"""The most that one kind of device brings on a day."""
RATES = {"SAVE_RATE": "SAVE", "PIN_CLICK_RATE": "PIN_CLICK", "OUTBOUND_CLICK_RATE": "OUTBOUND_CLICK"}
ENGAGEMENT = ("PIN_CLICK", "OUTBOUND_CLICK", "SAVE")
LIFETIME = ("TOTAL_COMMENTS", "TOTAL_REACTIONS")
VIDEO = (
    "VIDEO_MRC_VIEW", "VIDEO_10S_VIEW", "QUARTILE_95_PERCENT_VIEW", "VIDEO_V50_WATCH_TIME", "VIDEO_START",
    "VIDEO_AVG_WATCH_TIME",
)  # fmt: skip
PIN_METRICS = (*COUNTS, "SAVE_RATE", *LIFETIME, *VIDEO)
ACCOUNT_METRICS = (
    "ENGAGEMENT", "ENGAGEMENT_RATE", "IMPRESSION", "OUTBOUND_CLICK", "OUTBOUND_CLICK_RATE", "PIN_CLICK",
    "PIN_CLICK_RATE", "SAVE", "SAVE_RATE",
)  # fmt: skip
DAYS_UNTIL_READY, DAYS_UNTIL_ESTIMATED = 3, 1


def drawn(text: str, most: int) -> int:
    """Return a number from 0 to `most`, the same for the same text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) % (most + 1)


@dataclass(frozen=True)
class Pin:
    """One pin of the account."""

    id: str
    title: str
    description: str
    link: str
    picture: str
    board_id: str
    created_at: datetime

    def count(self, name: str, day: date, app: str) -> int:
        """Return how often something happened on a day on a kind of device."""
        return drawn(f"{self.id} {name} {day} {app}", COUNTS[name]) if day >= self.created_at.date() else 0

    def lifetime(self, name: str) -> int:
        """Return a number since the pin was made."""
        return drawn(f"{self.id} {name}", 12)

    def metrics(self, today: date) -> dict[str, dict[str, int]]:
        """Return the totals that a list of pins can carry."""
        days = [today - timedelta(days=back) for back in range(90)]
        told = {"pin_click": "PIN_CLICK", "impression": "IMPRESSION", "clickthrough": "OUTBOUND_CLICK"}
        recent = {key: sum(self.count(name, day, app) for day in days for app in APP_TYPES)
                  for key, name in told.items()}  # fmt: skip
        more = {"reaction": self.lifetime("TOTAL_REACTIONS"), "comment": self.lifetime("TOTAL_COMMENTS")}
        return {"90d": recent, "lifetime_metrics": recent | more}

    def view(self, today: date, *, metrics: bool, owner: str) -> dict[str, Any]:
        """Return the pin; its time says no zone."""
        pictures = {"600x": {"width": 600, "height": 600, "url": self.picture}}
        return {
            "id": self.id,
            "created_at": self.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "link": self.link,
            "title": self.title,
            "description": self.description,
            "dominant_color": "#6E7874",
            "alt_text": None,
            "creative_type": "REGULAR",
            "board_id": self.board_id,
            "board_section_id": None,
            "board_owner": {"username": owner},
            "is_owner": True,
            "is_standard": True,
            "has_been_promoted": False,
            "media": {"media_type": "image", "images": pictures},
            "parent_pin_id": None,
            "pin_metrics": self.metrics(today) if metrics else None,
        }


def counted(pins: Iterable[Pin], names: Collection[str], day: date, apps: Sequence[str]) -> dict[str, int]:
    """Return the sums of a day over pins, with what rates are made of."""
    own = [*pins]
    return {name: sum(pin.count(name, day, app) for pin in own for app in apps) for name in names}


def asked_of(counts: dict[str, int], names: Sequence[str]) -> dict[str, float]:
    """Return the metrics that were asked for, made of counts."""
    seen = counts["IMPRESSION"]
    engaged = sum(counts[name] for name in ENGAGEMENT)
    every: dict[str, float] = {**counts, "ENGAGEMENT": engaged, "ENGAGEMENT_RATE": engaged / seen if seen else 0.0}
    every |= {rate: counts[name] / seen if seen else 0.0 for rate, name in RATES.items()}
    return {name: every.get(name, 0) for name in names if name not in LIFETIME}


def status_of(day: date, today: date, first: date) -> str:
    """Return whether the numbers of a day are final."""
    if day < first:
        return "BEFORE_PIN_CREATED"
    age = (today - day).days
    if age < DAYS_UNTIL_ESTIMATED:
        return "PROCESSING"
    return "READY" if age >= DAYS_UNTIL_READY else "ESTIMATE"
