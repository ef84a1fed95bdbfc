"""The whole road by the product's own commands, with loyalty: ingest, resolve, activate, withdraw; sums come first.

`python -m bench.road [--members 300]`. The shops are `bench.shop`, served by `bench.vendors`; the rules are ours.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from bench.people import RESOLVE
from bench.shop import LEAVES_EVERY, READS_EVERY, Trade, Truth
from bench.whole import MELTANO, ROOT, Took, environment, kept, project, same, started, timed
from plugins.hub.meaning import read_meaning
from plugins.hub.project import jobs

RESULTS = ROOT / "bench" / "results" / "whole.jsonl"
RULES = ROOT / "sync_rules"
ROTONDE = Path(sys.executable).with_name("rotonde")
IDLE = ("tap-stub", "map-stub", "target-stub")
"""A chain of Meltano's that does nothing: what a run costs before the product does anything."""
RATIOS = (("ingest", "read"), ("resolve", "floor"), ("activate", "idle"), ("withdraw", "idle"))
READERS = "newsletter_readers"
LEAVES_NOW_EVERY = 8
IDS = {"customers": "customerCode", "sales": "idTilroySale", "loyalty_points": "tilroyId", "orders": "id"}
"""What a record in quarantine is known by."""
LINES = "SELECT source, count(*), sum(total_minor), sum(quantity_thousandths) FROM order_line GROUP BY source"
LOST = "SELECT sum(read - accepted - quarantined - filtered) FROM run_stream WHERE stage = 'mean'"
BALANCES = """
SELECT membership.source, membership.source_id, profile_id, coalesce(available + held + debt + uncovered, 0)
FROM membership LEFT JOIN loyalty_account ON holder = profile_id AND unit = 'points'
"""


class Road:
    """One store in a project of its own, and the commands over it; each is checked as it ends."""

    def __init__(self, folder: Path, address: str, truth: Truth) -> None:
        self.folder, self.address, self.truth = folder, address, truth
        self.store = folder / "store.db"
        self.env = environment(
            folder, ROTONDE_DATABASE_URL=f"sqlite:///{self.store}", ROTONDE_RULES=str(RULES), **self._ask("settings")
        )
        self.jobs = jobs(ROOT)

    def run(self) -> Iterator[tuple[str, Took]]:
        """Give each step and what it took, in the order of a first day and the morning after it."""
        yield "ingest", self._each(self.jobs["ingest"])
        self._check_read()
        yield "read", self._timed("read", [sys.executable, "-m", "bench.vendors", "--read", self.address], ROOT)
        yield "resolve", self._timed("resolve", RESOLVE)
        self._check_points()
        yield "floor", self._timed("floor", [sys.executable, "-m", "bench.people", "--floor", self.store], ROOT)
        yield "check", self._timed("check", [ROTONDE, "points", "check"])
        yield "activate", self._each(self.jobs["activate"])
        self._check_sent(self.readers)
        self._leave()
        self._each(["ingest-mailchimp"])
        yield "withdraw", self._each(self.jobs["withdraw"])
        self._check_sent([each for each in self.readers if each not in self.leavers])
        yield "idle", _sum([self._timed("idle", [MELTANO, "run", *IDLE]) for _ in self.jobs["activate"]])

    @property
    def readers(self) -> list[str]:
        """Who reads the letter, and has not left it."""
        numbers = range(READS_EVERY, self.truth.trade.customers + 1, READS_EVERY)
        return sorted(f"member{number}@example.nl" for number in numbers if number % LEAVES_EVERY)

    @property
    def leavers(self) -> list[str]:
        """Who of them leaves it after the first day."""
        return self.readers[::LEAVES_NOW_EVERY]

    def _timed(self, name: str, command: Sequence[str | Path], cwd: Path | None = None) -> Took:
        return timed(command, self.env, cwd or self.folder, self.folder / f"{name}.log")

    def _each(self, names: Sequence[str]) -> Took:
        return _sum([self._timed(name, [MELTANO, "run", name]) for name in names])

    def _ask(self, what: str) -> Any:
        return requests.get(f"{self.address}/_bench/{what}", timeout=60).json()

    def _leave(self) -> None:
        for email in self.leavers:
            desk = f"{self.address}/_sandbox/mailchimp/acts/unsubscribe"
            requests.post(desk, json={"email": email}, timeout=60).raise_for_status()

    def _rows(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.store)) as store:
            return store.execute(query).fetchall()

    def _check_read(self) -> None:
        lines = {source: (count, minor, pieces // 1000) for source, count, minor, pieces in self._rows(LINES)}
        same("sales", lines, self.truth.lines)
        rows = self._rows("SELECT stream, payload FROM quarantine")
        same("number in quarantine", len(rows), len(self.truth.bad))
        same("read, and neither kept nor set aside", self._rows(LOST), [(0,)])
        same("quarantine", {(stream, _id(stream, payload)) for stream, payload in rows}, self.truth.bad)

    def _check_points(self) -> None:
        """Compare what each person has with what was served of all their records."""
        expected: dict[str, int] = defaultdict(int)
        found: dict[str, int] = {}
        for source, key, profile, points in self._rows(BALANCES):
            found[profile] = points
            expected[profile] += self.truth.of(key) if source == "tilroy" else 0
        same("points of each person", found, dict(expected))
        same("points of all", sum(found.values()), self.truth.points)

    def _check_sent(self, readers: Sequence[str]) -> None:
        held = self._ask("held")
        same("readers at Mailchimp", sorted(held["tags"].get(READERS, [])), sorted(readers))
        awarded = {key: points for key, points in self.truth.awarded.items() if points}
        same("points brought to the till", held["points"], awarded)


def _id(stream: str, payload: str) -> str:
    return str(json.loads(payload)[IDS[stream]]).removeprefix("C")


def _sum(took: Sequence[Took]) -> Took:
    """Return what runs took together; memory is the most any of them had."""
    return Took(
        round(sum(each.wall for each in took), 3), round(sum(each.cpu for each in took), 3),
        max(each.megabytes for each in took), max(each.largest for each in took),
    )  # fmt: skip


def sizes(truth: Truth) -> Mapping[str, int]:
    """Return what a run was over."""
    trade = truth.trade
    records = trade.customers + len(trade.sales) + len(trade.movements) + len(trade.orders)
    lines = sum(count for count, _, _ in truth.lines.values())
    return {"customers": trade.customers, "records": records, "bad": len(truth.bad), "lines": lines,
            "points": truth.points}  # fmt: skip


def main() -> None:
    """Walk the road so many times, each time with an empty store, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=300)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--quiet", action="store_true", help="keep no result")
    options = parser.parse_args()
    anchor = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    truth = Truth(Trade(options.members, anchor), read_meaning(RULES).loyalty)
    took: dict[str, list[Took]] = defaultdict(list)
    for _ in range(options.runs):
        with project() as folder, started("bench.vendors", str(options.members), anchor.isoformat()) as address:
            for name, step in Road(folder, address, truth).run():
                took[name].append(step)
                print(f"  {name:10} {step}", flush=True)
    kept("whole", sizes(truth), took, RATIOS, Path("/dev/null") if options.quiet else RESULTS)


if __name__ == "__main__":
    main()
