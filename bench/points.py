"""A backlog of points posted into the ledger, against bare inserts of the very same rows; sums are checked first.

`python -m bench.points [--accounts 100000]`. Chunk by chunk, so that both sides meet the same load: 500 accounts are
posted in one transaction; their rows are read back, and inserted into another store in one transaction.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from bench.whole import ROOT, same
from mappers.loyalty.books import ENTRY
from mappers.loyalty.checking import broken, totals
from mappers.loyalty.event import Event
from mappers.loyalty.holders import Holder, settle
from mappers.loyalty.posting import EVENT, Posting, post
from plugins.store.engine import Store, open_store
from plugins.store.loyalty_tables import ledger_entry, loyalty_event
from plugins.store.migrate import migrate
from plugins.store.times import utc_text
from plugins.store.writing import any_of, bulk_insert

RESULTS = ROOT / "bench" / "results" / "points.jsonl"
START = datetime(2025, 1, 1, 9, tzinfo=UTC)
NOW = START + timedelta(days=500)
AT_ONCE, CHUNKS_A_TURN, EVENTS = 500, 10, 10
EARNS, BAD_EVERY = 7, 10
"""Of an account's ten events seven earn, two spend and one is a return; of every tenth account one is bad."""
Postings = dict[str, list[Posting]]


class Truth:
    """What the ledger must come to, from the backlog alone."""

    def __init__(self) -> None:
        self.given: Counter[str] = Counter()
        self.issued = self.redeemed = 0

    @property
    def events(self) -> int:
        """Return how many events the backlog has."""
        return self.given["posted"] + self.given["set aside"]

    @property
    def bad(self) -> int:
        """Return how many of them mean nothing."""
        return self.given["set aside"] + self.given["without its receipt"]

    def chunk(self, numbers: range, holders: Mapping[tuple[str, str], Holder]) -> Postings:
        """Return what is posted of some accounts; what has no amount that can be is set aside, and counted."""
        postings: Postings = {}
        for number in numbers:
            subject, account = holders["till", str(number)]
            fit = [event for event in self._life(number) if event.amount >= 0]
            self.given["set aside"] += EVENTS - len(fit)
            self.given["posted"] += len(fit)
            postings[account] = [Posting(event, subject, "till", rule="receipt") for event in fit]
        return postings

    def _life(self, number: int) -> list[Event]:
        """Return the events of an account, in the order in which a backlog has them: none."""
        dice = Random(number)
        moments = [utc_text(START + timedelta(days=40 * place, seconds=dice.randrange(86_400))) for place in range(13)]
        ends = [utc_text(START + timedelta(days=40 * place + 365)) for place in range(EARNS)]
        earned = [dice.randint(10, 500) for _ in range(EARNS)]
        spent, back = (dice.randint(1, 200), dice.randint(1, 200)), dice.randrange(EARNS)
        events = [
            Event(f"till:{number}:{place}", "earn", amount, moments[place], ends[place])
            for place, amount in enumerate(earned)
        ]
        events += [
            Event(f"till:{number}:{7 + each}", "burn", amount, moments[3 * each + 4])
            for each, amount in enumerate(spent)
        ]
        events.append(self._last(number, back, earned[back], moments[back + 2]))
        self.issued += sum(earned) - (events[-1].amount if number % BAD_EVERY else 0)
        self.redeemed += sum(spent)
        dice.shuffle(events)
        return events

    def _last(self, number: int, back: int, earned: int, at: str) -> Event:
        """Return a return of half a receipt; or a bad one, without its receipt or of an amount that cannot be."""
        key = f"till:{number}:9"
        if number % BAD_EVERY:
            return Event(key, "reverse", earned // 2, at, refers=f"till:{number}:{back}")
        if number % (2 * BAD_EVERY):
            return Event(key, "earn", -earned, at)
        self.given["without its receipt"] += 1
        return Event(key, "reverse", earned, at, refers=f"till:{number}:gone")


class Span(NamedTuple):
    """Seconds by the clock on the wall, and of this process."""

    wall: float
    cpu: float

    def __sub__(self, other: Span) -> Span:
        return Span(self.wall - other.wall, self.cpu - other.cpu)


def clocks() -> Span:
    """Return both clocks."""
    return Span(time.perf_counter(), time.process_time())


def empty(folder: Path, name: str) -> Store:
    """Make an empty store."""
    store = open_store(f"sqlite:///{folder / name}.db")
    migrate(store)
    return store


def read_back(store: Store, postings: Mapping[str, Sequence[Posting]]) -> tuple[list[Any], list[Any]]:
    """Return the rows that posting some accounts has made."""
    subjects = [each[0].subject for each in postings.values()]
    with store.reading() as reader:
        event, entry = loyalty_event.c, ledger_entry.c
        events = select(*(event[name] for name in EVENT)).where(any_of(reader, event.subject, subjects))
        entries = select(*(entry[name] for name in ENTRY)).where(any_of(reader, entry.account, list(postings)))
        return (
            [tuple(row) for row in reader.execute(events.order_by(event.seq))],
            [tuple(row) for row in reader.execute(entries)],
        )


def posted(store: Store, postings: Postings) -> Span:
    """Post some accounts; returns how long it took."""
    started = clocks()
    with store.writing() as writer:
        post(writer, postings, NOW)
    return clocks() - started


def inserted(store: Store, rows: tuple[list[Any], list[Any]]) -> Span:
    """Insert the same rows and do nothing else; returns how long it took."""
    started = clocks()
    with store.writing() as writer:
        bulk_insert(writer, loyalty_event, EVENT, rows[0])
        bulk_insert(writer, ledger_entry, ENTRY, rows[1])
    return clocks() - started


def measured(ledger: Store, bare: Store, accounts: int, truth: Truth) -> Iterator[tuple[Span, Span]]:
    """Give how long posting and inserting took, chunk by chunk."""
    for start in range(0, accounts, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, accounts))
        with ledger.writing() as writer:
            holders = settle(writer, {("till", str(number)): f"p{number}" for number in numbers})
        postings = truth.chunk(numbers, holders)
        yield posted(ledger, postings), inserted(bare, read_back(ledger, postings))


def check(ledger: Store, bare: Store, truth: Truth) -> dict[str, int]:
    """Compare the ledger with the truth, and with itself; returns how many rows there are."""
    with ledger.reading() as reader, bare.reading() as other:
        same("bad events", truth.bad, truth.events // 100)
        same("events posted", _count(reader, "loyalty_event"), truth.given["posted"])
        without = _count(reader, "loyalty_event WHERE key NOT IN (SELECT event FROM ledger_entry)")
        same("events without effect", without, truth.given["without its receipt"])
        sums = totals(reader)
        same("issued", -sums["points", "issued"], truth.issued)
        same("redeemed", sums["points", "redeemed"], truth.redeemed)
        same("all parts together", sum(sums.values()), 0)
        same("what is broken", broken(reader), [])
        for table in ("loyalty_event", "ledger_entry"):
            same(f"{table} of both", _count(reader, table), _count(other, table))
        return {"events": truth.events, "bad": truth.bad, "entries": _count(reader, "ledger_entry")}


def _count(reader: Connection, rows: str) -> int:
    return int(reader.exec_driver_sql(f"SELECT count(*) FROM {rows}").scalar_one())


def told(took: Sequence[tuple[Span, Span]]) -> dict[str, float]:
    """Return the sums, and the median ratio of turns of some chunks; the first turn warms up."""
    turns = [took[start : start + CHUNKS_A_TURN] for start in range(CHUNKS_A_TURN, len(took), CHUNKS_A_TURN)]
    figures: dict[str, float] = {"turns": len(turns)}
    for place, clock in enumerate(Span._fields):
        sums = [[sum(chunk[side][place] for chunk in turn) for side in (0, 1)] for turn in turns]
        figures[f"post_{clock}"], figures[f"insert_{clock}"] = (round(sum(each), 2) for each in zip(*sums, strict=True))
        figures[f"post / insert, {clock}"] = round(statistics.median(mine / other for mine, other in sums), 2)
    return figures


def main() -> None:
    """Measure in turn, check, then tell: medians of turns of ten chunks; the first turn warms up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--quiet", action="store_true", help="keep no result")
    options = parser.parse_args()
    truth = Truth()
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        ledger, bare = empty(Path(folder), "ledger"), empty(Path(folder), "bare")
        took = list(measured(ledger, bare, options.accounts, truth))
        rows = check(ledger, bare, truth)
    entry = {"what": "points", "at": datetime.now(UTC).isoformat(timespec="seconds"), **rows, **told(took),
             "load": round(os.getloadavg()[0], 1)}  # fmt: skip
    print(json.dumps(entry, indent=1))
    if not options.quiet:
        with RESULTS.open("a") as file:
            file.write(json.dumps(entry) + "\n")


if __name__ == "__main__":
    main()
