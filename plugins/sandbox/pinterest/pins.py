"""The paths of pins and of totals by day, of a pin and of the whole account."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.pinterest.app import App
from plugins.sandbox.pinterest.operations import operation
from plugins.sandbox.pinterest.pin import (
    ACCOUNT_METRICS,
    APP_TYPES,
    COUNTS,
    LIFETIME,
    PIN_METRICS,
    Pin,
    asked_of,
    counted,
    drawn,
    status_of,
)
from plugins.sandbox.pinterest.reading import choice, day, flag, names, page
from plugins.sandbox.pinterest.refusals import Refusal, invalid, missing
from plugins.sandbox.stand_in import json_response

MOST_PINS, MOST_DAYS, MOST_ASKED = 40, 90, 100
BOARD_ID = "549755885175"
MARKUP, LONGEST_DESCRIPTION = re.compile(r"<[^>]+>"), 800
READS = "boards:read pins:read"
SPLITS = ("NO_SPLIT", "APP_TYPE")
ACCOUNT_SPLITS = (*SPLITS, "OWNED_CONTENT", "SOURCE", "PIN_FORMAT")
FILTERS = ("", "exclude_native", "exclude_repins", "has_been_promoted")
PIN_NOT_FOUND = 50


class PinPaths(App):
    """Answers `/pins` and everything about how they did."""

    username = "rotonde"

    def seed(self) -> None:
        """Start with a pin for each of some articles of the webshop."""
        super().seed()
        self.pins: dict[str, Pin] = {pin.id: pin for pin in self._seeded()}

    def _seeded(self) -> Iterator[Pin]:
        online = {each.product_code: each for each in self.retailer.articles if each.is_online}
        for article in [*online.values()][:MOST_PINS]:
            key = str(813_744_226_420_000_000 + drawn(article.product_code, 999_999_999))
            made = self.retailer.anchor - timedelta(days=drawn(f"{key} age", 200), minutes=drawn(key, 1000))
            link = f"https://www.example.nl/p/{article.product_id}"
            picture = article.picture or f"{link}.jpg"
            said = MARKUP.sub("", article.description)[:LONGEST_DESCRIPTION]
            yield Pin(key, article.name, said, link, picture, BOARD_ID, made)

    @operation("/pins", category="org_read", scopes=READS)
    def list_pins(self, request: Request) -> Response:
        """List the pins; in which order is not promised."""
        chosen, metrics = choice(request, "pin_filter", FILTERS, ""), flag(request, "pin_metrics")
        rows = [] if chosen == "has_been_promoted" else [*self.pins.values()]
        return json_response(page(request, rows, lambda each: self._shown(each, metrics)))

    @operation("/pins/<pin_id>", category="org_read", scopes=READS)
    def get_pin(self, request: Request, pin_id: str) -> Response:
        """Show one pin."""
        if pin_id not in self.pins:
            raise missing("Pin", PIN_NOT_FOUND)
        return json_response(self._shown(self.pins[pin_id], flag(request, "pin_metrics")))

    @operation("/pins/<pin_id>/analytics", category="org_analytics", scopes=READS)
    def pin_analytics(self, request: Request, pin_id: str) -> Response:
        """Show how one pin did by day."""
        asked = self._asked(request, PIN_METRICS)
        if pin_id not in self.pins:
            raise missing("Pin")
        split = choice(request, "split_field", SPLITS, "NO_SPLIT")
        return json_response(self._totals(request, [self.pins[pin_id]], asked, split))

    @operation("/pins/analytics", category="org_analytics", scopes=READS)
    def pins_analytics(self, request: Request) -> Response:
        """Show how up to a hundred pins did by day."""
        ids, asked = names(request, "pin_ids"), self._asked(request, PIN_METRICS, 1)
        if not 1 <= len(ids) <= MOST_ASKED:
            raise invalid("Invalid multi_pins analytics parameters.")
        if set(ids) - self.pins.keys():
            raise missing("Pin", PIN_NOT_FOUND)
        return json_response({key: self._totals(request, [self.pins[key]], asked, "NO_SPLIT") for key in ids})

    @operation("/user_account/analytics", category="org_analytics", scopes="user_accounts:read")
    def account_analytics(self, request: Request) -> Response:
        """Show how all pins together did by day."""
        asked = self._asked(request, ACCOUNT_METRICS) or [*ACCOUNT_METRICS]
        split = choice(request, "split_field", ACCOUNT_SPLITS, "NO_SPLIT")
        if split not in SPLITS:
            raise Refusal(501, 4181, "The sandbox has no numbers by this split.")
        return json_response(self._totals(request, [*self.pins.values()], asked, split))

    def _shown(self, pin: Pin, metrics: bool) -> dict[str, Any]:
        return pin.view(self.clock().date(), metrics=metrics, owner=self.username)

    def _asked(self, request: Request, allowed: Sequence[str], number: int = 400) -> list[str]:
        """Check the days and return the metrics that were asked for; only those of the account may be left out."""
        first, last = day(request, "start_date"), day(request, "end_date")
        today = self.clock().date()
        is_near = timedelta(0) <= today - first <= timedelta(days=MOST_DAYS)
        if not is_near or not first <= last <= min(today, first + timedelta(days=MOST_DAYS)):
            raise invalid("Invalid analytics parameters: the days are in the future or too far back.", number)
        asked = names(request, "metric_types", allowed)
        if not asked and allowed is PIN_METRICS:
            raise invalid("Invalid pins analytics parameters.", number)
        return asked

    def _totals(self, request: Request, pins: Sequence[Pin], asked: list[str], split: str) -> dict[str, Any]:
        chosen = choice(request, "app_types", ("ALL", *APP_TYPES), "ALL")
        apps = APP_TYPES if chosen == "ALL" else (chosen,)
        parts = {"all": apps} if split == "NO_SPLIT" else {app: (app,) for app in apps}
        first, last = day(request, "start_date"), day(request, "end_date")
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        return {part: self._part(pins, asked, days, some) for part, some in parts.items()}

    def _part(self, pins: Sequence[Pin], asked: list[str], days: list[date], apps: Sequence[str]) -> dict[str, Any]:
        born = min((pin.created_at.date() for pin in pins), default=days[0])
        by_day = {each: counted(pins, COUNTS, each, apps) for each in days}
        summed = {name: sum(counts[name] for counts in by_day.values()) for name in COUNTS}
        told: dict[str, Any] = {
            "daily_metrics": [self._daily(each, counts, asked, born) for each, counts in by_day.items()],
            "summary_metrics": asked_of(summed, asked),
        }
        if lifetime := [name for name in LIFETIME if name in asked]:
            told["lifetime_metrics"] = {name: sum(pin.lifetime(name) for pin in pins) for name in lifetime}
        return told

    def _daily(self, each: date, counts: dict[str, int], asked: list[str], born: date) -> dict[str, Any]:
        status = status_of(each, self.clock().date(), born)
        metrics = {} if status.startswith("BEFORE") else asked_of(counts, asked)
        return {"date": each.isoformat(), "data_status": status, "metrics": metrics}
