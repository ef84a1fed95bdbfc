"""One changed customer after the other, in a process that stays: until it is known again who is who, and is it right.

`ROTONDE_DATABASE_URL=sqlite:///STORE python -m bench.identity.one CUSTOMERS`, over a store that holds the customers of
`bench.customers`. Timed is the hub's resolve alone, with its mirror open; the record is kept before.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise
from string import ascii_lowercase
from typing import Any

import duckdb
from sqlalchemy import select

from bench.customers import customer, is_bad
from bench.whole import BenchError, same
from mappers.canonical.mapper import Mapper
from plugins.hub.plans import Hub, open_hub
from plugins.hub.resolving import resolve
from plugins.store.keeper import Keeper
from plugins.store.lines import decode_message, encode
from plugins.store.mirror import mirror_path, open_mirror
from plugins.store.tables import membership

TIMES = 20
WHO = ("firstName", "surName", "email", "mobileNumber", "dateOfBirth", "address1", "houseNumber", "postalCode")
TOLD = {"golden": "* EXCLUDE (p)", "trait": "*", "consent_state": "*"}
"""What is derived of everybody; a number `p` is another one each time."""


def changed(customers: int, turn: int) -> dict[str, Any]:
    """Return a customer as exported anew: with another phone, address or surname, or now alike somebody else."""
    number = next(each for each in range(customers * (turn + 1) // (TIMES + 2) + 1, customers) if not is_bad(each))
    form = customer(number)
    form["dateExported"] = form["dateUpdated"] = f"2026-06-01T{turn:02d}:00:00.000Z"
    match turn % 4:
        case 0:
            form["mobileNumber"] = f"+316190{turn:05d}"
        case 1:
            form["email"] = f"moved{turn}@example.nl"
        case 2:
            form["surName"] = f"Nieuwe{ascii_lowercase[turn]}naam"
        case _:
            other = customer(number - 1 if is_bad(number + 1) else number + 1)
            form |= {field: other[field] for field in WHO}
    return form


def keep(hub: Hub, mapper: Mapper, form: dict[str, Any]) -> None:
    """Put a customer into the store as the job does: through the mapper and the store's own door."""
    keeper = Keeper(hub.store, "one")
    said = {"type": "RECORD", "stream": "customers", "record": form}
    for line in mapper.line(encode({**said, "time_extracted": datetime.now(UTC).isoformat()})):
        message = decode_message(line)
        keeper.record(message.stream, message.record)
    same("records of one customer that were refused", len(keeper.bad), 0)
    keeper.commit()


def steps(engine: duckdb.DuckDBPyConnection, hub: Hub, now: datetime) -> dict[str, float]:
    """Return the milliseconds of each step of a resolve, and of all; it must have found something to do."""
    marks = [("fingerprint", time.perf_counter())]

    def step(name: str) -> None:
        marks.append((name, time.perf_counter()))

    resolved = resolve(engine, hub.store, hub.meaning, now, hub.read_as, step=step)
    marks.append(("all", time.perf_counter()))
    same("'nothing new' after a change", resolved.was_fresh, False)
    took = {name: (end - start) * 1000 for (name, start), (_, end) in pairwise(marks)}
    return {**took, "all": (marks[-1][1] - marks[0][1]) * 1000}


def told(engine: duckdb.DuckDBPyConnection, hub: Hub) -> dict[str, Any]:
    """Return what is known of everybody, in a few numbers: who is who on record, and all that is derived."""
    with hub.store.reading() as store:
        members = sorted(tuple(row) for row in store.execute(select(membership)))
    found: dict[str, Any] = {"membership": members}
    for table, columns in TOLD.items():
        query = f"SELECT count(*), bit_xor(hash(each)), sum(hash(each)) FROM (SELECT {columns} FROM {table}) AS each"
        found[table] = engine.execute(query).fetchall()
    return found


def main(customers: int) -> dict[str, Any]:
    """Change one customer after the other; what came of it must be what a mirror made anew says."""
    hub, mapper, now = open_hub(), Mapper({"system": "tilroy"}), datetime.now(UTC)
    took: list[dict[str, float]] = []
    sizes: list[int] = []
    with closing(hub.store), open_mirror(hub.store) as engine:
        for turn in range(TIMES + 1):
            keep(hub, mapper, changed(customers, turn))
            took.append(steps(engine, hub, now))
            sizes.append(megabytes(hub))
        before = told(engine, hub)
    mirror_path(hub.store).unlink()
    with closing(hub.store), open_mirror(hub.store) as engine:
        anew = steps(engine, hub, now)
        after = told(engine, hub)
    for name, found in before.items():
        if found != after[name]:
            raise BenchError(f"{name} differs from what a mirror made anew says; no time is told")
    return {**figures(took[1:], anew["all"]), "mirror_megabytes": [sizes[0], sizes[-1]]}


def megabytes(hub: Hub) -> int:
    """Return the size of the mirror's files while it is open: it grows until it is closed."""
    mirror = mirror_path(hub.store)
    return round(sum(each.stat().st_size for each in mirror.parent.glob(f"{mirror.name}*")) / 2**20)


def figures(warm: list[dict[str, float]], anew: float) -> dict[str, Any]:
    """Return what is told of the runs: milliseconds, also of each step, and against a mirror made anew."""
    whole = [each["all"] for each in warm]
    return {
        "times": len(warm),
        "median_ms": round(statistics.median(whole)),
        "p95_ms": round(statistics.quantiles(whole, n=20, method="inclusive")[-1]),
        "steps_ms": {name: round(statistics.median(each[name] for each in warm)) for name in warm[0] if name != "all"},
        "anew_ms": round(anew),
        "one / anew": round(statistics.median(whole) / anew, 3),
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
