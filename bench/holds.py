"""The endpoint under load: so many requests a second, held and captured in pairs; sums are checked before it is told.

`python -m bench.holds [--rates 200 100] [--seconds 30]`. The endpoint is a process of its own, and so is what calls
it: requests start at their moments whether or not those before them are answered, and each is timed from its moment.
`bare` is the engine's own part: one row inserted and committed durably, one after the other.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import queue
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select

from bench.whole import ROOT, BenchError, same
from mappers.loyalty.checking import broken, totals
from mappers.loyalty.event import Event
from mappers.loyalty.holders import settle
from mappers.loyalty.posting import Posting, post
from plugins.store.engine import Store, open_store
from plugins.store.loyalty_tables import api_request, loyalty_account
from plugins.store.migrate import migrate
from plugins.store.tables import membership
from plugins.store.times import utc_text

RESULTS = ROOT / "bench" / "results" / "holds.jsonl"
KEY = "a key of the bench"
POINTS, AMOUNT, AT_ONCE = 100, 30, 500
CALLERS, WARM_SECONDS, PAIR_SECONDS = 16, 3, 0.5
PORT = 8871


class Call(NamedTuple):
    """One request: when it starts, by the caller's clock, and whose points it is about."""

    at: float
    number: int
    is_hold: bool


class Answered(NamedTuple):
    """What a request came to, and how long after its moment."""

    call: Call
    status: int
    seconds: float


def filled(url: str, accounts: int) -> Store:
    """Make a store of accounts with the same points each."""
    store = open_store(url)
    migrate(store)
    now = datetime.now(UTC)
    for start in range(0, accounts, AT_ONCE):
        numbers = range(start, start + AT_ONCE)
        with store.writing() as writer:
            members = [{"source": "till", "source_id": str(each), "profile_id": f"p{each}"} for each in numbers]
            writer.execute(insert(membership), members)
            holders = settle(writer, {("till", str(each)): f"p{each}" for each in numbers})
            post(writer, {
                account: [Posting(Event(f"till:{named[1]}", "earn", POINTS, utc_text(now)), subject, "till")]
                for named, (subject, account) in holders.items()
            }, now)  # fmt: skip
    return store


@contextmanager
def serving(url: str) -> Iterator[None]:
    """Serve the store while the block runs."""
    env = {**os.environ, "ROTONDE_DATABASE_URL": url, "ROTONDE_API_KEYS": f"till={KEY}", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "plugins.api", "--port", str(PORT)]
    with subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            if process.stdout is None or not process.stdout.readline():
                raise BenchError("the endpoint did not start; no time is told")
            yield
        finally:
            process.terminate()


def planned(rate: int, seconds: float, accounts: int, offset: int) -> list[Call]:
    """Return every request and its moment: each second half of `rate` are holds, captured half a second later."""
    dice, pairs = Random(rate), int(rate * seconds / 2)
    holds = [Call(2 * number / rate, offset + number, True) for number in range(pairs)]
    captures = [Call(hold.at + PAIR_SECONDS + dice.random() / rate, hold.number, False) for hold in holds]
    if offset + pairs > accounts * (POINTS // AMOUNT):
        raise BenchError(f"{accounts} accounts: their points are spent too soon; take more")
    return sorted([*holds, *captures])


class Callers:
    """Threads that each keep a connection, and make the next request when its moment comes."""

    def __init__(self, calls: Sequence[Call], accounts: int) -> None:
        self.accounts = accounts
        self.waiting: queue.SimpleQueue[Call] = queue.SimpleQueue()
        self.answers: list[Answered] = []
        self.held: dict[int, str] = {}
        for call in calls:
            self.waiting.put(call)
        self.start = time.monotonic() + 0.5

    def run(self) -> list[Answered]:
        """Make all requests; returns what they came to."""
        threads = [threading.Thread(target=self._call_on) for _ in range(CALLERS)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        return self.answers

    def _call_on(self) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)) as connection:
            while True:
                try:
                    call = self.waiting.get_nowait()
                except queue.Empty:
                    return
                time.sleep(max(0.0, self.start + call.at - time.monotonic()))
                status = self._one(connection, call)
                self.answers.append(Answered(call, status, time.monotonic() - self.start - call.at))

    def _one(self, connection: http.client.HTTPConnection, call: Call) -> int:
        path, body = "holds", {"customer": {"source": "till", "id": str(call.number % self.accounts)}, "amount": AMOUNT}
        if not call.is_hold:
            path, body = "captures", {"hold": self.held.get(call.number, "none")}
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": f"{path} {call.number}"}
        try:
            connection.request("POST", f"/loyalty/{path}", json.dumps(body), headers)
            response = connection.getresponse()
            said: dict[str, Any] = json.loads(response.read())
        except (OSError, http.client.HTTPException):
            connection.close()
            return 0
        if call.is_hold and response.status == 201:
            self.held[call.number] = said["hold"]
        return response.status


def call_all(rate: int, seconds: float, accounts: int, offset: int) -> dict[str, Any]:
    """Call at a rate; returns latencies in milliseconds and what was answered."""
    answers = Callers(planned(rate, seconds, accounts, offset), accounts).run()
    parts = statistics.quantiles((each.seconds * 1000 for each in answers), n=100)
    captured = sum(each.status == 201 for each in answers if not each.call.is_hold)
    return {
        "rate": rate, "requests": len(answers), "errors": sum(each.status != 201 for each in answers),
        "captured": captured, **{f"p{part}_ms": round(parts[part - 1], 1) for part in (50, 95, 99)},
    }  # fmt: skip


def check(store: Store, accounts: int, captured: int, requests: int) -> None:
    """See that nothing was spent twice, and that all adds up."""
    with store.reading() as reader:
        sums = totals(reader)
        same("points issued", -sums["points", "issued"], accounts * POINTS)
        same("points spent", sums["points", "redeemed"], captured * AMOUNT)
        left = sums["points", "available"] + sums.get(("points", "held"), 0)
        same("points that are left", left, accounts * POINTS - captured * AMOUNT)
        beyond = select(func.min(loyalty_account.c.available), func.min(loyalty_account.c.uncovered))
        least, uncovered = reader.execute(beyond).one()
        same("spent beyond what there was", (least >= 0, uncovered), (True, 0))
        same("requests", reader.execute(select(func.count()).select_from(api_request)).scalar_one(), requests)
        same("what is broken", broken(reader), [])


def bare(store: Store, number: int) -> list[float]:
    """Return the milliseconds of durable commits of one row, one after the other."""
    took = []
    values = {"client": "bare", "body_hash": "", "status": 0, "answer": "", "at": ""}
    for each in range(number):
        started = time.perf_counter()
        with store.writing() as writer:
            writer.execute(insert(api_request).values(key=str(each), **values))
        took.append((time.perf_counter() - started) * 1000)
    return took


def called(*arguments: float) -> dict[str, Any]:
    """Call from a process of its own."""
    command = [sys.executable, "-m", "bench.holds", "--call", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measured(rate: int, seconds: float, accounts: int) -> dict[str, Any]:
    """Measure one rate over a new store, after a warm-up; raises BenchError before a time is told of a wrong sum."""
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        store = filled(f"sqlite:///{folder}/store.db", accounts)
        with serving(str(store.engine.url)):
            warm = called(50, WARM_SECONDS, accounts, 0)
            found = called(rate, seconds, accounts, warm["requests"])
        check(store, accounts, warm["captured"] + found["captured"], warm["requests"] + found["requests"])
        parts = statistics.quantiles(bare(store, 500), n=100)
        store.close()
    return {**found, "bare_p50_ms": round(parts[49], 1), "bare_p99_ms": round(parts[98], 1)}


def main() -> None:
    """Measure each rate, and keep what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rates", type=int, nargs="+", default=[200, 100])
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--quiet", action="store_true", help="keep no result")
    parser.add_argument("--call", type=float, nargs=4, help="be the caller: rate, seconds, accounts, first pair")
    options = parser.parse_args()
    if options.call:
        rate, seconds, accounts, offset = options.call
        print(json.dumps(call_all(int(rate), seconds, int(accounts), int(offset))))
        return
    for rate in options.rates:
        entry = {
            "what": "holds", "at": datetime.now(UTC).isoformat(timespec="seconds"), "accounts": options.accounts,
            "seconds": options.seconds, **measured(rate, options.seconds, options.accounts),
            "load": round(os.getloadavg()[0], 1),
        }  # fmt: skip
        print(json.dumps(entry, indent=1))
        if not options.quiet:
            with RESULTS.open("a") as file:
                file.write(json.dumps(entry) + "\n")


if __name__ == "__main__":
    main()
