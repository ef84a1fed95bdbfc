"""A receiver of messages on this machine, rules with routes to it, and runs as they are put down."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import insert

from plugins.alerts.sight import Amiss, Sight
from plugins.rules.alerts import Alerts, Route
from plugins.scheduler.schedules import Schedule
from plugins.store.engine import Store
from plugins.store.tables import run, run_stream
from plugins.store.times import utc_text
from tests.mappers.identity.conftest import rules
from tests.plugins.hub.conftest import rotonde
from tests.road.stage import MORNING

__all__ = ["rotonde", "rules"]
EVERY_QUARTER = Schedule("round", "sync", "*/15 * * * *")
JOBS = ("ingest-till", "withdraw-letters", "activate-letters")
ELSEWHERE = "/elsewhere"
"""Where messages are taken that were sent to another place."""
TOKEN = "canary-token-of-a-route"


@dataclass
class Receiver:
    """Takes what Apprise posts to `json://`, or refuses it."""

    port: int
    status: int = 200
    location: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"json://localhost:{self.port}/{TOKEN}"

    @property
    def titles(self) -> list[str]:
        return [str(each["title"]) for each in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = 200 if self.path == ELSEWHERE else there.status
            if status == 200:
                there.got.append(body)
            self.send_response(status)
            if there.location and status != 200:
                self.send_header("Location", there.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            self.send_response(there.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there = Receiver(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield there
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def routed(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Alerts:
    """Rules with one route, to the receiver."""
    monkeypatch.setenv("ALERTS_OPERATIONS", receiver.address)
    return Alerts(to={"operations": Route(urls_in="ALERTS_OPERATIONS")})


def ran(store: Store, job: str, hours: float, outcome: str | None = "ok", **fields: Any) -> str:
    """Put down a run that began so many hours after the morning and took a minute; returns its id."""
    began = MORNING + timedelta(hours=hours)
    row = {"id": f"{job} {hours}", "job": job, "started_at": utc_text(began), "outcome": outcome, **fields}
    ended = utc_text(began + timedelta(minutes=1)) if outcome else None
    with store.writing() as connection:
        connection.execute(insert(run).values(**row, ended_at=ended))
    return str(row["id"])


def brought(store: Store, run_id: str, read: int, accepted: int | None = None) -> None:
    """Put down what a run of the till read, and accepted."""
    kept = read if accepted is None else accepted
    with store.writing() as connection:
        connection.execute(
            insert(run_stream).values(
                run_id=run_id, stage="mean", source="till", stream="receipts", read=read, accepted=kept,
                quarantined=read - kept, filtered=0,
            )
        )  # fmt: skip


def after(hours: float) -> datetime:
    return MORNING + timedelta(hours=hours)


def sees(store: Store, condition: Any, hours: float, *, told: Alerts | None = None, **fields: Any) -> list[Amiss]:
    """Return what a condition finds so many hours after the morning."""
    given = {"jobs": JOBS, "schedules": (EVERY_QUARTER,), **fields}
    with store.reading() as connection:
        return list(condition(Sight(connection, after(hours), told or Alerts(), **given)))


def abouts(found: list[Amiss]) -> list[str]:
    return [each.about for each in found]
