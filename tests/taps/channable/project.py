"""A project behind real HTTP, in which things happen between two answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from werkzeug.wrappers import Request, Response

from plugins.sandbox.channable import Channable
from plugins.sandbox.retailer import Article, EmptyRetailer, MarketplaceOrder, WebLine
from plugins.sandbox.server import Sandbox, running
from taps.channable.tap import TapChannable
from tests.plugins.sandbox.channable.stage import GENT

BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRST = 830_011
Row = dict[str, Any]


def placed(number: int, hours: float = 0, **more: Any) -> MarketplaceOrder:
    """Return an order of one bottle, placed so many hours after the beginning."""
    at = BEGIN + timedelta(hours=hours)
    line = (WebLine(9000 + number, 1, 1, 1500, 1500),)
    order = MarketplaceOrder(
        FIRST + number, "bol", f"A{number:09}", at, at, "shipped", f"a{number}@verkopen.bol.com", "Els", "Peeters",
        GENT, line,
    )  # fmt: skip
    return replace(order, **more)


def project(*orders: MarketplaceOrder, **more: Any) -> Channable:
    """Return a project with these orders; its clock is real unless another is given."""
    bottle = Article(1, "WW2", 5002, "WW2", "Fles", "Peel", "Accessoires", 1500, "8719990000028")
    return Channable(retailer=EmptyRetailer(BEGIN, articles=(bottle,), marketplace_orders=orders), **more)


@dataclass
class Served:
    """The project, where it answers, and what a test wants to happen after each answer."""

    vendor: Channable
    url: str = ""
    meanwhile: list[Callable[[], Any]] = field(default_factory=list)

    def config(self, **more: Any) -> Row:
        """Return the settings of a tap that reads it."""
        return {
            "token": self.vendor.token, "company_id": self.vendor.company_id, "project_id": self.vendor.project_id,
            "api_url": self.url, "backoff_seconds": 0.0, "max_tries": 3, **more,
        }  # fmt: skip

    def read(
        self, capsys: pytest.CaptureFixture[str], *streams: str, state: Row | None = None, **more: Any
    ) -> list[Row]:
        """Run the tap and return its messages."""
        tap = TapChannable(config=self.config(**more), state=state)
        for name, stream in tap.streams.items():
            stream.selected = not streams or name in streams
        capsys.readouterr()
        tap.sync_all()
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    def asked(self) -> list[dict[str, str]]:
        """Return the queries so far."""
        return [{name: value for name, (value,) in parse_qs(each.query).items()} for each in self.vendor.calls]


@contextmanager
def served(vendor: Channable) -> Iterator[Served]:
    """Serve a project while the block runs."""
    made = Served(vendor)
    sandbox = Sandbox({"channable": vendor})

    def answer(request: Request) -> Response:
        response = sandbox(request)
        if made.meanwhile:
            made.meanwhile.pop(0)()
        return response

    with running(answer) as base:
        made.url = f"{base}/channable"
        yield made


def records(messages: list[Row], stream: str = "orders") -> list[Row]:
    """Return the records of a stream."""
    return [each["record"] for each in messages if each["type"] == "RECORD" and each["stream"] == stream]


def ids(messages: list[Row], stream: str = "orders") -> list[int]:
    """Return the ids of a stream's records, counted from the first order."""
    return [each["id"] - FIRST for each in records(messages, stream)]


def last_state(messages: list[Row]) -> Row:
    """Return the state the run ends with."""
    found: Row = [each["value"] for each in messages if each["type"] == "STATE"][-1]
    return found
