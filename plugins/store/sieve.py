"""The sieve at the door: what names a person who was erased is not kept, unless they came back by an act of their own.

Nothing is computed while nobody is suppressed. Of an order, which must be kept, only the identity is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select

from plugins.store.codec import Codec, Row, codec
from plugins.store.engine import Store
from plugins.store.entities import ENTITIES
from plugins.store.lines import Bad
from plugins.store.rights_tables import suppression
from plugins.store.suppression import CHECK, Kind, Named, checked_secret, key_of, lift

Grants = Callable[[Mapping[str, Any]], str | None]
"""Says when a consent record was acted, if it is a grant that lacks nothing; None for every other record."""
PERSONAL = (
    "customer", "consent", "event", "basket", "service_case", "loyalty_movement", "loyalty_balance", "voucher",
)  # fmt: skip
"""Entities that are about a person, and go with them."""
IDENTITY = ("customer_id", "email", "card")
"""What an order says of its buyer."""
ADDRESS = re.compile(r"[^\s\"'<>,;:()\[\]\\]+@[^\s\"'<>,;:()\[\]\\]+")
NUMBER = re.compile(r"\+?\d[\d .()/-]{2,}\d")
WORD = re.compile(r"[\w-]{1,64}")
PREFIXES = ("+31", "+32")
KINDS: tuple[Kind, ...] = ("email", "phone", "card")


def personal_columns(entity: str) -> dict[str, Kind]:
    """Return which columns of an entity hold an identifier, and of which kind."""
    fields = ENTITIES[entity].model_fields
    named: dict[str, Kind] = {kind: kind for kind in KINDS if kind in fields}
    record = "source_id" if entity == "customer" else "customer_id"
    return {**named, record: "record"} if record in fields else named


def without_identity(of: Codec, row: Row) -> Row:
    """Return an order's row as the tax office needs it: nothing of who bought, and its hash made anew."""
    kept = list(row)
    for name in IDENTITY:
        kept[of.columns.index(name)] = None
    kept[of.columns.index("raw")] = "{}"
    return of.rehashed(kept)


@dataclass
class Sifted:
    """What is left of a batch, and how many records of each (source, entity) were filtered."""

    rows: dict[str, list[Row]]
    bad: list[Bad]
    filtered: Counter[tuple[str, str]] = field(default_factory=Counter)
    bad_filtered: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    lifted: list[str] = field(default_factory=list)
    """Keys of whom came back."""


class Sieve:
    """Whom a run must not let in; read anew in each transaction since somebody was added or came back."""

    def __init__(self, store: Store, grants: Grants = lambda _record: None) -> None:
        self.store, self.grants = store, grants
        self.secret = b""
        self.since: dict[str, tuple[str, str]] = {}
        """Key -> (reason, since when) of everybody suppressed."""
        self.lifted: set[str] = set()
        self._mark: object = (0, None, 0, None)

    def sift(self, connection: Connection, rows: Mapping[str, list[Row]], bad: list[Bad], at: str) -> Sifted:
        """Return what may be kept of a batch, inside the transaction that keeps it."""
        self._refresh(connection)
        if not self.since:
            return Sifted(dict(rows), bad)
        lifted = self._lift(connection, rows.get("consent", ()), at)
        result = Sifted({}, [], lifted=lifted)
        for entity, listed in rows.items():
            result.rows[entity] = list(self._kept(entity, listed, result))
        for each in bad:
            if self._names_somebody(each):
                result.bad_filtered[(each.stage, each.source, each.stream)] += 1
            else:
                result.bad.append(each)
        return result

    def _refresh(self, connection: Connection) -> None:
        columns = suppression.c
        counts = (func.count(), func.max(columns.at), func.count(columns.lifted_at), func.max(columns.lifted_at))
        mark = tuple(connection.execute(select(*counts).where(columns.kind != CHECK)).one())
        if mark == self._mark:
            return
        found = connection.execute(select(columns.key, columns.reason, columns.at, columns.lifted_at)
                                   .where(columns.kind != CHECK)).all()  # fmt: skip
        self.secret = checked_secret(connection, self.store)
        self.since = {key: (reason, at) for key, reason, at, lifted_at in found if lifted_at is None}
        self.lifted = {key for key, _, _, lifted_at in found if lifted_at is not None}
        self._mark = mark

    def _kept(self, entity: str, rows: Iterable[Row], result: Sifted) -> Iterator[Row]:
        columns = _places(entity)
        if not columns or entity not in (*PERSONAL, "order"):
            yield from rows
            return
        of = codec(entity)
        for row in rows:
            if not self._is_out(self._keys(of, columns, row)):
                yield row
            elif entity == "order":
                yield without_identity(of, row)
            else:
                result.filtered[(row[of.key[0]], entity)] += 1

    def _keys(self, of: Codec, columns: Mapping[int, Kind], row: Row) -> dict[str, Kind]:
        source = row[of.key[0]]
        named = ((kind, row[place]) for place, kind in columns.items() if row[place])
        return {self._key(kind, f"{source}:{value}" if kind == "record" else value): kind for kind, value in named}

    def _key(self, kind: Kind, value: str) -> str:
        return key_of(self.secret, kind, value)

    def _is_out(self, keys: Mapping[str, Kind]) -> bool:
        """Tell whether somebody erased is named; a record that came back by itself is not held by its other names."""
        if any(kind == "record" and key in self.lifted for key, kind in keys.items()):
            return False
        return any(self.since[key][0] == "erased" for key in keys if key in self.since)

    def _lift(self, connection: Connection, consents: Iterable[Row], at: str) -> list[str]:
        """Lift the keys of an address and its record whose owner said yes after they were suppressed."""
        of, columns = codec("consent"), _places("consent")
        found: list[str] = []
        for row in consents:
            keys = [key for key, kind in self._keys(of, columns, row).items() if kind in ("email", "record")]
            held = [key for key in keys if key in self.since]
            if not held or not (acted := self.grants(dict(zip(of.columns, row, strict=True)))):
                continue
            found += [key for key in held if acted > self.since[key][1]]
        if found:
            lift(connection, found, at)
            self._refresh(connection)
        return found

    def _names_somebody(self, bad: Bad) -> bool:
        """Tell whether an unreadable record speaks of somebody erased, as far as its text shows."""
        return any(self._is_out({self._key(*named): named[0]}) for named in names_in(bad.payload, bad.source))


def _places(entity: str) -> dict[int, Kind]:
    if entity not in ENTITIES:
        return {}
    columns = codec(entity).columns
    return {columns.index(name): kind for name, kind in personal_columns(entity).items()}


def names_in(payload: str, source: str) -> set[Named]:
    """Return every identifier that a text may name: addresses, numbers as phones and cards, words as record ids."""
    found: set[Named] = {("email", each.group().rstrip(".")) for each in ADDRESS.finditer(payload)}
    for each in NUMBER.finditer(payload):
        digits = re.sub(r"\D", "", each.group())
        found |= {("card", digits), ("phone", f"+{digits.removeprefix('00')}")}
        if digits.startswith("0"):
            found |= {("phone", f"{prefix}{digits[1:]}") for prefix in PREFIXES}
    found |= {("record", f"{source}:{each.group()}") for each in WORD.finditer(payload)}
    return found
