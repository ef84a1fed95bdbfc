"""The programme in words the ledger's statements use; `plugins.rules.loyalty` says what each means."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from plugins.rules.loyalty import Loyalty
from plugins.store.loyalty_tables import loyalty_rules
from plugins.store.times import utc_text

HUB = "hub"


@dataclass(frozen=True, slots=True)
class Version:
    """The rules that were in force from one moment to another; None where it has no beginning or end."""

    name: str
    since: str | None
    until: str | None
    first_seen: str
    rules: Loyalty


def text_of(rules: Loyalty) -> str:
    """Return the one text of these rules."""
    return json.dumps(rules.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))


def version_of(rules: Loyalty) -> str:
    """Return the name of these rules: a hash of what they say."""
    return hashlib.sha256(text_of(rules).encode()).hexdigest()[:16]


def in_force(connection: Connection, rules: Loyalty, now: datetime) -> list[Version]:
    """Return every version there was, oldest first, these rules among them; the caller's transaction may write.

    A receipt earns by the version of its moment, however late it comes and however often it is worked out.
    """
    table = loyalty_rules
    known = connection.execute(select(table).order_by(table.c.since, table.c.version)).all()
    if not known or known[-1].content != text_of(rules):
        name = version_of(rules) if not known else f"{version_of(rules)}-{len(known)}"
        values = {"version": name, "since": utc_text(now), "content": text_of(rules)}
        connection.execute(insert(table).values(**values))
        known = connection.execute(select(table).order_by(table.c.since, table.c.version)).all()
    ends = [row.since for row in known[1:]]
    return [
        Version(row.version, row.since if number else None, end, row.since, _read(row.content))
        for number, (row, end) in enumerate(zip(known, [*ends, None], strict=True))
    ]


def _read(content: str) -> Loyalty:
    said: dict[str, Any] = json.loads(content)
    return Loyalty.model_validate(_as_written(said))


def _as_written(said: Any) -> Any:
    """Return a dumped span, a pair of number and unit, as a rule file writes it."""
    if isinstance(said, dict):
        return {name: _as_written(each) for name, each in said.items()}
    if isinstance(said, list):
        is_span = len(said) == 2 and isinstance(said[0], int)
        return f"{said[0]} {said[1]}" if is_span else [_as_written(each) for each in said]
    return said
