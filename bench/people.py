"""From a till's customers to persons, through Meltano: checked against the truth before a time is told.

`python -m bench.people --floor STORE` does DuckDB's bare work on the customers of a store: scan, group; finds nobody.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import duckdb_extensions

from bench.customers import CONSENTS, Truth
from bench.identity.score import scored
from bench.whole import INGEST, MELTANO, ROOT, BenchError, Took, kept, project, same, serving, settings, timed

SELECTION = '["customers.*"]'
RESOLVE: Sequence[str | Path] = [MELTANO, "run", "rotonde:resolve"]
PRECISION, RECALL, PERSONS = 0.995, 0.99, 0.005
"""How right the pairs must be at least, and how far the number of persons may be from the truth at most."""
ORDERS = (("idle", "ingest", "floor", "resolve", "again"), ("ingest", "idle", "resolve", "again", "floor"))
"""Each turn has its own; a resolve needs what an ingest has kept, so no more of it can be turned round."""
RATIOS = (("ingest", "idle"), ("resolve", "floor"), ("again", "resolve"))
FLOOR = (
    """SELECT count(*), sum(many), sum(names) FROM (
      SELECT kind, value, count(*) AS many, count(DISTINCT name_key) AS names FROM (
        UNPIVOT (SELECT name_key, email, phone, card FROM origin.customer)
        ON email, phone, card INTO NAME kind VALUE value) GROUP BY ALL)""",
    """SELECT count(*), sum(many), max(newest) FROM (
      SELECT customer_id, field, count(*) AS many, max(changed_at) AS newest FROM origin.consent GROUP BY ALL)""",
)
DECIDED = ("membership", "profile", "profile_event", "move", "resolve_run")


class Turn:
    """One store of one turn, in a project, and the runs over it; each is checked as it ends."""

    def __init__(self, folder: Path, home: Path, addresses: Mapping[str, str], truth: Truth) -> None:
        self.folder, self.home, self.addresses, self.truth = folder, home, addresses, truth
        self.store = home / "store.db"
        self.figures: dict[str, Any] = {}
        runs = (self.idle, self.ingest, self.floor, self.resolve, self.again)
        self.runs: dict[str, Callable[[], Took]] = {each.__name__: each for each in runs}

    def idle(self) -> Took:
        """Run the job over a shop that has no customers."""
        return self._timed("idle", INGEST, "nobody", self.home / "idle.db")

    def ingest(self) -> Took:
        """Run the job over all customers into an empty store."""
        took = self._timed("ingest", INGEST, "everybody", self.store)
        self._check_kept()
        return took

    def resolve(self) -> Took:
        """Work out who is who, nothing being known before."""
        took = self._timed("resolve", RESOLVE, "everybody", self.store)
        self.figures = self._check_persons()
        return took

    def again(self) -> Took:
        """Resolve what is resolved already."""
        before = self._decided()
        took = self._timed("again", RESOLVE, "everybody", self.store)
        same("what a second resolve decided", self._decided(), before)
        same("'nothing new' in its log", "nothing new:" in (self.home / "again.log").read_text(), True)
        return took

    def floor(self) -> Took:
        """Scan and group the same rows in DuckDB alone."""
        command: list[str | Path] = [sys.executable, "-m", "bench.people", "--floor", self.store]
        return self._timed("floor", command, "nobody", self.store)

    def one(self) -> dict[str, Any]:
        """Return what one changed customer after the other took, in a process that stays."""
        command = [sys.executable, "-m", "bench.identity.one", str(self.truth.customers)]
        env = self._env("nobody", self.store)
        done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchError(f"one: {done.stderr.strip().splitlines()[-1]}; no time is told")
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def _timed(self, name: str, command: Sequence[str | Path], address: str, store: Path) -> Took:
        where = ROOT if name == "floor" else self.folder
        return timed(command, self._env(address, store), where, self.home / f"{name}.log")

    def _env(self, address: str, store: Path) -> dict[str, str]:
        env = settings(self.folder, self.addresses[address], f"sqlite:///{store}", SELECTION)
        return {**env, "ROTONDE_RULES": str(ROOT / "sync_rules")}

    def _rows(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.store)) as store:
            return store.execute(query).fetchall()

    def _check_kept(self) -> None:
        good, bad = len(self.truth.persons), self.truth.bad
        counts = "SELECT sum(read), sum(accepted), sum(quarantined), sum(filtered) FROM run_stream WHERE stage = 'mean'"
        same("counts", self._rows(counts), [(good + len(bad), good, len(bad), 0)])
        rows = self._rows("SELECT payload, reason, field, stage, stream FROM quarantine")
        found = {json.loads(row[0])["customerCode"]: row[1:] for row in rows}
        same("number in quarantine", len(rows), len(bad))
        same("quarantine", found, {code: (*why, "mean", "customers") for code, why in bad.items()})
        ids = self._rows("SELECT source_id FROM customer WHERE NOT is_deleted AND NOT is_absent")
        same("customers", sorted(each for (each,) in ids), sorted(self.truth.persons))
        same("consents", self._rows("SELECT count(*) FROM consent"), [(good * CONSENTS,)])

    def _check_persons(self) -> dict[str, Any]:
        members = dict(self._rows("SELECT source_id, profile_id FROM membership"))
        same("records that are somebody", sorted(members), sorted(self.truth.persons))
        with duckdb.connect() as engine:
            for name, column, given in (("truth", "person_id", self.truth.persons), ("answer", "profile_id", members)):
                rows = f"CREATE TABLE {name} AS SELECT unnest(?) AS record_id, unnest(?) AS {column}"
                engine.execute(rows, [list(given), list(given.values())])
            found = scored(engine, "truth", "answer")
        figures = {each: found[each] for each in ("persons", "clusters", "p", "r", "false_pairs", "missed_pairs")}
        is_near = abs(found["clusters"] - found["persons"]) <= PERSONS * found["persons"]
        if found["p"] < PRECISION or found["r"] < RECALL or not is_near:
            raise BenchError(f"persons: {figures}, due are {PRECISION}, {RECALL} and {PERSONS}; no time is told")
        return figures

    def _decided(self) -> str:
        rows = (self._rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in DECIDED)
        return hashlib.sha256(repr(list(rows)).encode()).hexdigest()


def people(customers: int, number: int) -> None:
    """Run each in turn, `number` times, and tell; after the last, one changed customer after the other."""
    truth = Truth(customers)
    took: dict[str, list[Took]] = {name: [] for name in ORDERS[0]}
    with project() as folder, serving(0, "customers") as nobody, serving(customers, "customers") as everybody:
        for place in range(number):
            with tempfile.TemporaryDirectory(dir=folder) as home:
                turn = Turn(folder, Path(home), {"nobody": nobody, "everybody": everybody}, truth)
                ran = {name: turn.runs[name]() for name in ORDERS[place % len(ORDERS)]}
                one = turn.one() if place == number - 1 else {}
            for name, of_turn in took.items():
                of_turn.append(ran[name])
                print(f"  {name:10} {ran[name]}", flush=True)
    kept("people", {"customers": customers, **turn.figures, "one": one}, took, RATIOS)


def floor(store: str) -> None:
    """Do what no way of telling who is who can do without."""
    duckdb_extensions.import_extension("sqlite_scanner")
    with duckdb.connect() as engine:
        engine.execute("LOAD sqlite_scanner")
        engine.execute(f"ATTACH '{store}' AS origin (TYPE sqlite, READ_ONLY)")
        for query in FLOOR:
            print(engine.execute(query).fetchall())


if __name__ == "__main__":
    floor(sys.argv[2])
