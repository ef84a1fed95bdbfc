"""Sealing a plan: what was looked at is written down, and later exactly that is done, or nothing.

A seal names no address: its rows are keyed hashes, and profile ids. What moved since is found by comparing rows.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import select

from plugins.hub.plans import Hub, journal_rows, planning
from plugins.store.engine import StoreError
from plugins.store.errand_tables import plan_draft
from plugins.store.suppression import secret_of
from plugins.store.times import utc_text

SETTING = "ROTONDE_SEAL"
"""Names the seal that a run of jobs is held to."""
SHOWN = ("operation", "profile_id", "wire_id", "permit", "payload_hash")
Row = tuple[str, str, str]
"""Operation, profile id, and the keyed hash of all that is sent."""


class Seal(BaseModel):
    """A plan as it was looked at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    made_at: str
    rules: str
    """Version of the rules it was made by."""
    accept: bool
    """Whether the guards were lifted for it."""
    destinations: dict[str, list[Row]]
    hash: str
    """Of everything above; who changes the file breaks it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is planned and not sealed, or sealed and no longer planned."""

    destination: str
    what: str
    operation: str
    profile_id: str
    persons: int = 1


@dataclass
class Drawing:
    """A seal in the making."""

    secret: bytes
    made_at: str
    rules: str
    accept: bool
    destinations: dict[str, list[Row]] = field(default_factory=dict)

    @classmethod
    def of(cls, hub: Hub, *, accept: bool) -> Drawing:
        """Begin one."""
        return cls(_secret(hub), utc_text(hub.clock()), hub.meaning.version, accept)

    def draw(self, destination: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add the plan of one destination."""
        self.destinations[destination] = sorted(_row(self.secret, each) for each in rows)

    def write(self, path: Path) -> str:
        """Write it, for its owner only; returns its hash."""
        content = {"made_at": self.made_at, "rules": self.rules, "accept": self.accept,
                   "destinations": self.destinations}  # fmt: skip
        own = _hash(content, self.secret)
        text = json.dumps({**content, "hash": own}, indent=1)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(f"{text}\n")
        return own


def read_seal(path: Path, hub: Hub) -> Seal:
    """Return a seal; raises StoreError where it is unreadable, changed, not approved, or of other rules."""
    try:
        seal = Seal.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        raise StoreError(f"{path.name}: is no sealed plan; make one with 'rotonde plan --seal FILE'") from None
    if not hmac.compare_digest(seal.hash, _hash(seal.model_dump(exclude={"hash"}), _secret(hub))):
        raise StoreError(f"{path.name}: was changed, or sealed for another store; plan again")
    if seal.rules != hub.meaning.version:
        raise StoreError(f"{path.name}: the rules have changed since it was sealed; plan again")
    if not _may_go(hub, seal):
        raise StoreError(f"{path.name}: made in the console, and not approved; another account approves it there")
    return seal


def _may_go(hub: Hub, seal: Seal) -> bool:
    """Tell whether a second account approved a seal that was drawn for the console; any other needs no approval."""
    with hub.store.reading() as connection:
        mine = plan_draft.c.seal_hash == seal.hash
        state = connection.execute(select(plan_draft.c.state).where(mine)).scalar()
    return state in (None, "approved", "applying")


def moved(hub: Hub, seal: Seal) -> list[Difference]:
    """Return where the plan of now differs from the sealed one; nothing is sent."""
    found: list[Difference] = []
    with planning(hub, seal.destinations) as opened:
        for destination in seal.destinations:
            opened.of(destination, accept=seal.accept)
            rows = journal_rows(opened.connection, hub.channel(destination), "all")
            found += differences(hub, seal, destination, rows)
    return found


def differences(
    hub: Hub, seal: Seal, destination: str, rows: Iterable[Mapping[str, Any]]
) -> list[Difference]:  # fmt: skip
    """Compare the rows that are planned with those that were sealed."""
    secret = _secret(hub)
    now, then = Counter(_row(secret, each) for each in rows), Counter(seal.destinations.get(destination, ()))
    return [
        Difference(destination, what, operation, profile_id, count)
        for what, rest in (("new", now - then), ("gone", then - now))
        for (operation, profile_id, _), count in sorted(rest.items())
    ]


def hold_to_seal(hub: Hub, destination: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Refuse rows that differ from the seal this run is held to, if it is to any; raises StoreError."""
    if not (path := os.environ.get(SETTING)):
        return
    seal = read_seal(Path(path), hub)
    if destination not in seal.destinations:
        raise StoreError(f"seal: {destination} is not in it; plan again with it")
    if found := differences(hub, seal, destination, rows):
        raise StoreError(f"seal: the world moved, {len(found)} rows of {destination} differ; plan again")


def sealed_accept(hub: Hub) -> bool:
    """Tell whether the seal this run is held to lifts the guards."""
    path = os.environ.get(SETTING)
    return bool(path) and read_seal(Path(path or ""), hub).accept


def _secret(hub: Hub) -> bytes:
    secret = secret_of(hub.store, make=True)
    if secret is None:
        raise StoreError("seal: the store has no secret to sign with; see docs/privacy.md")
    return secret


def _row(secret: bytes, row: Mapping[str, Any]) -> Row:
    told = "\x1f".join(str(row.get(name)) for name in SHOWN)
    return str(row["operation"]), str(row["profile_id"]), hmac.digest(secret, told.encode(), "sha256").hex()


def _hash(content: Mapping[str, Any], secret: bytes) -> str:
    text = json.dumps(content, sort_keys=True, default=list)
    return hmac.new(secret, f"rotonde seal\x1f{text}".encode(), hashlib.sha256).hexdigest()
