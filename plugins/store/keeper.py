"""Keeping: a batch of canonical records, their quarantine, seals and counts become durable in one transaction."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, case

from plugins.store.ballast import surely
from plugins.store.codec import BadRecord, Row, codec
from plugins.store.crash import crashpoint
from plugins.store.engine import Store, next_number
from plugins.store.entities import ENTITIES
from plugins.store.erasure_list import append_lifted
from plugins.store.findings import keep
from plugins.store.lines import LARGEST_PAYLOAD, LARGEST_RECORD_BYTES, Bad, Counted
from plugins.store.sieve import Grants, Sieve, Sifted
from plugins.store.tables import quarantine, run_stream
from plugins.store.times import Clock, now, utc_text
from plugins.store.writing import alive, insert_of, seal, upsert

BATCH_ROWS = 5000
SUSPICIOUS_SHARE = 0.5
"""A snapshot that lacks more than this share of what is known (and more than 20) deletes nothing by itself."""

Scope = tuple[str, str, str]
"""entity, source, vendor stream"""


@dataclass
class Seal:
    """A snapshot that was read to its end."""

    scope: Scope
    sealed_from: str


class Keeper:
    """Collects what a run brings and commits it in batches; `warnings` are the lines to say afterwards.

    `grants` tells who came back by an act of their own after they were erased; without it nobody does.
    """

    def __init__(
        self,
        store: Store,
        run_id: str,
        clock: Clock = now,
        *,
        accept_shrink: bool = False,
        grants: Grants | None = None,
    ) -> None:
        self.store, self.run_id, self.clock, self.accept_shrink = store, run_id, clock, accept_shrink
        self.sieve = Sieve(store, grants) if grants else Sieve(store)
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self.bad: list[Bad] = []
        self.seals: list[Seal] = []
        self.counts: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
        self.seen: Counter[Scope] = Counter()
        self.warnings: list[str] = []
        self.pending = 0

    def record(self, entity: str, record: bytes | msgspec.Raw) -> None:
        """Take one canonical record; what cannot be read goes to quarantine."""
        self.pending += 1
        try:
            if len(memoryview(record)) > LARGEST_RECORD_BYTES:
                raise BadRecord("too_large")
            if entity not in ENTITIES:
                raise BadRecord("unknown_stream")
            row = codec(entity).decode(record)
        except BadRecord as error:
            self._reject("?", entity, error, record)
            return
        self.rows[entity].append(row)

    def broken_line(self, line: bytes, reason: str) -> None:
        """Take a line that is no Singer message."""
        self.pending += 1
        self._reject("?", "?", BadRecord(reason), line)

    def mapper_bad(self, record: bytes | msgspec.Raw) -> None:
        """Take a record the mapper set aside."""
        self.pending += 1
        self.bad.append(msgspec.json.decode(record, type=Bad))

    def mapper_count(self, record: bytes | msgspec.Raw) -> None:
        """Take the mapper's count of one vendor stream."""
        counted = msgspec.json.decode(record, type=Counted)
        kinds = {name: getattr(counted, name) for name in ("read", "accepted", "quarantined", "filtered")}
        self.counts[(counted.stage, counted.source, counted.stream)].update(kinds)

    def sealed(self, entity: str, source: str, stream: str, sealed_from: str) -> None:
        """Take the news that a snapshot was read to its end."""
        self.seals.append(Seal((entity, source, stream), sealed_from))

    def _reject(self, source: str, stream: str, error: BadRecord, payload: bytes | msgspec.Raw) -> None:
        self._count(source, stream, "quarantined")
        text = bytes(payload)[:LARGEST_PAYLOAD].decode("utf-8", "backslashreplace").replace("\x00", "\\0")
        self.bad.append(Bad("keep", source, stream, error.reason, text, error.field))

    def _count(self, source: str, stream: str, what: str) -> None:
        count = self.counts[("keep", source, stream)]
        count["read"] += 1
        count[what] += 1

    @property
    def is_full(self) -> bool:
        """Tell whether the batch is worth a transaction."""
        return self.pending >= BATCH_ROWS

    def commit(self) -> None:
        """Make everything taken so far durable, or nothing of it."""
        if not (self.pending or self.seals or self.counts):
            return
        crashpoint("after read before store")
        says_no = bool(self.rows.get("consent"))  # whether yes or no: the store cannot tell
        sifted = surely(self.store, self._write) if says_no else self._write()
        crashpoint("after store before cursor")
        self.seen += _brought(sifted.rows)
        append_lifted(self.store, sifted.lifted, utc_text(self.clock()))
        self.rows.clear()
        self.bad, self.seals, self.pending = [], [], 0
        self.counts.clear()

    def _write(self) -> Sifted:
        """Write the batch; nothing of this object changes, so that it may be written again."""
        with self.store.writing() as connection:
            sifted = self.sieve.sift(connection, self.rows, self.bad, utc_text(self.clock()))
            row_seq = next_number(connection, "row_seq")
            for entity, rows in sifted.rows.items():
                upsert(connection, codec(entity), rows, row_seq)
            seen = self.seen + _brought(sifted.rows)
            for each in self.seals:
                self._apply(connection, each, row_seq, seen[each.scope])
            self._keep_bad(connection, sifted.bad)
            self._keep_counts(connection, self.counted(sifted))
            crashpoint("before COMMIT of store")
        return sifted

    def counted(self, sifted: Sifted) -> dict[tuple[str, str, str], Counter[str]]:
        """Return what became of the batch: read = accepted + quarantined + filtered."""
        counts = defaultdict(Counter, {key: Counter(count) for key, count in self.counts.items()})
        for (entity, source, _), number in _brought(sifted.rows).items():
            counts[("keep", source, entity)].update(read=number, accepted=number)
        for (source, entity), number in sifted.filtered.items():
            counts[("keep", source, entity)].update(read=number, filtered=number)
        for key, number in sifted.bad_filtered.items():
            counts[key].update(quarantined=-number, filtered=number)
        return counts

    def _apply(self, connection: Connection, each: Seal, row_seq: int, brought: int) -> None:
        entity, source, stream = each.scope
        known = alive(connection, entity, source, stream)
        is_suspicious = brought == 0 < known or (known - brought > 20 and brought < known * (1 - SUSPICIOUS_SHARE))
        is_stopped = is_suspicious and not self.accept_shrink
        told = [f"the source lists {brought} of {known} known records of '{entity}'; nothing is deleted"]
        keep(connection, "guard", f"{source} {stream} ({entity})", told if is_stopped else [], self.clock())
        if is_stopped:
            self.warnings.append(f"{source} {stream}: {told[0]}; if that is right, run once with accept_shrink")
            return
        seal(connection, entity, source, stream, each.sealed_from, row_seq)

    def _keep_bad(self, connection: Connection, listed: list[Bad]) -> None:
        if not listed:
            return
        at = utc_text(self.clock())
        statement = insert_of(connection)(quarantine)
        statement = statement.on_conflict_do_update(
            index_elements=["id"],
            set_={
                "last_seen_at": at,
                "times": quarantine.c.times + 1,
                "state": case((quarantine.c.state == "discarded", "discarded"), else_="open"),
                "reason": statement.excluded.reason,
                "field": statement.excluded.field,
            },
        )
        rows = {each["id"]: each for each in (_quarantine_row(bad, at) for bad in listed)}
        connection.execute(statement, list(rows.values()))

    def _keep_counts(self, connection: Connection, counts: dict[tuple[str, str, str], Counter[str]]) -> None:
        statement = insert_of(connection)(run_stream)
        adding = {
            name: run_stream.c[name] + statement.excluded[name]
            for name in ("read", "accepted", "quarantined", "filtered")
        }
        statement = statement.on_conflict_do_update(index_elements=["run_id", "stage", "source", "stream"], set_=adding)
        rows = [
            {"run_id": self.run_id, "stage": stage, "source": source, "stream": stream,
             **{name: count[name] for name in ("read", "accepted", "quarantined", "filtered")}}
            for (stage, source, stream), count in counts.items()
        ]  # fmt: skip
        if rows:
            connection.execute(statement, rows)


def _brought(rows: dict[str, list[Row]]) -> Counter[Scope]:
    """Return how many records there are of each entity, source and vendor stream."""
    found: Counter[Scope] = Counter()
    for entity, listed in rows.items():
        source, stream = codec(entity).key[0], codec(entity).stream
        found.update((entity, row[source], row[stream]) for row in listed)
    return found


def _quarantine_row(bad: Bad, at: str) -> dict[str, Any]:
    identity = "\x1f".join((bad.stage, bad.source, bad.stream, bad.payload))
    digest = hashlib.blake2b(identity.encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()
    return {
        **msgspec.structs.asdict(bad),
        "id": digest,
        "first_seen_at": at,
        "last_seen_at": at,
        "times": 1,
        "state": "open",
    }
