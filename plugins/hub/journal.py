"""The push journal: what was decided, sent and answered, kept before and after every call.

States of a row: planned -> prepared -> accepted | rejected | staged | unknown; a newer answer about the same address
turns unknown into reconciled; dropped was never taken, and that told nothing of the row.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from plugins.hub.bringing import OF_NOBODY
from plugins.hub.destinations import Channel, RecordChannel, channels, record_channels
from plugins.hub.gate import Gate
from plugins.hub.lease import Lease, beating, is_ours, release, take
from plugins.hub.meaning import RULES_FOLDER, Meaning, meaning_now
from plugins.hub.rights.telling import confirmed, unwanted
from plugins.hub.visiting import knows_visitors, verdicts
from plugins.store.crash import crashpoint
from plugins.store.engine import Store, open_store
from plugins.store.findings import keep
from plugins.store.tables import call, call_row, push
from plugins.store.times import Clock, now, utc_text
from plugins.wire.outbox import Build, Call, Fixed, Outcome, Row, Staged

OPEN_STATES = ("planned", "prepared", "unknown", "staged")
WAITING = ("planned", "prepared", "staged")
"""States in which a row waits for what the destination says of it."""
JOINING = ("add", "change")
"""What brings somebody in, or tells more of them: only these need a permit."""


class OlderFence(Exception):  # noqa: N818 - a verdict: a newer runner has taken the destination
    """This runner was overtaken; it must not write. The text is `where: what; what to do`."""


def recover(connection: Connection, destination: str, fence: int) -> int:
    """Settle what an earlier run left: what was prepared is unknown, what was only planned is dropped."""
    mine = push.c.destination == destination
    older = push.c.fence.is_(None) | (push.c.fence < fence)
    lost = connection.execute(update(push).where(mine, push.c.state == "prepared", older).values(state="unknown"))
    connection.execute(
        update(push)
        .where(mine, push.c.state == "planned", push.c.operation != "erase")
        .values(state="dropped", answer="planned anew")
    )
    return lost.rowcount


def write_plan(
    connection: Connection,
    channel: Channel | RecordChannel,
    rows: Iterable[Mapping[str, Any]],
    rules_version: str,
    at: datetime,
) -> list[dict[str, Any]]:
    """Enter planned rows into the journal, in their order; returns them with their keys."""
    stamp = utc_text(at)
    entered = [_planned(channel, row, rules_version, stamp) for row in rows]
    if entered:
        connection.execute(insert(push), entered)
    return entered


def _planned(channel: Channel | RecordChannel, row: Mapping[str, Any], rules_version: str, at: str) -> dict[str, Any]:
    return {
        "key": uuid.uuid4().hex,
        "destination": channel.destination,
        "normaliser": channel.identifier.version if isinstance(channel, Channel) else 1,
        "rules_version": rules_version,
        "state": "planned",
        "planned_at": at,
        **row,
    }


def content_hash(operation: str, wire_id: str, payload: str) -> str:
    """Return the hash that ties a journal key to what it stands for."""
    return hashlib.sha256("\x1f".join((operation, wire_id, payload)).encode()).hexdigest()


class JournalOutbox:
    """The outbox inside the hub: consent is read again and every call is on record before its first byte."""

    def __init__(
        self, store: Store, channel: Channel | RecordChannel, meaning: Meaning, lease: Lease, clock: Clock = now
    ) -> None:
        self.store, self.channel, self.meaning, self.lease, self.clock = store, channel, meaning, lease, clock
        purpose = channel.purpose if isinstance(channel, Channel) else "marketing"
        self._gate_of = Gate(purpose, meaning.declarations, meaning.policy)
        self._held = ExitStack()
        self._held.callback(self._gate_of.close)
        self._held.enter_context(beating(store, lease, clock))

    def fix(self, rows: Sequence[Row], build: Build) -> Fixed:
        """Drop who may not go any more, commit the call of the rest with its exact body; then it may be sent."""
        crashpoint("after plan before journal")
        key = uuid.uuid4().hex
        with self.store.writing() as connection:
            self._check_fence(connection)
            current = self._current(connection, rows)
            known = [row for row in rows if row.key in current]
            going = self._gate(connection, self._unsuppressed(connection, known))
            if not going:
                return Fixed(key, (), None)
            made = build(going)
            self._prepare(connection, key, going, made)
            crashpoint("before COMMIT of journal")
        crashpoint("after journal before call")
        return Fixed(key, going, made)

    def _check_fence(self, connection: Connection) -> None:
        if not is_ours(connection, self.lease):
            raise OlderFence(
                f"{self.channel.destination}: a newer run has taken over; nothing more is sent by this one"
            )

    def _current(self, connection: Connection, rows: Sequence[Row]) -> set[str]:
        """Return the keys that are on record, still open, and stand for exactly this content."""
        found = connection.execute(
            select(push.c.key, push.c.operation, push.c.wire_id, push.c.payload, push.c.state).where(
                push.c.key.in_([row.key for row in rows]), push.c.destination == self.channel.destination
            )
        )
        kept = {each.key: content_hash(each.operation, each.wire_id, each.payload) for each in found
                if each.state in ("planned", "prepared")}  # fmt: skip
        given = {row.key: content_hash(row.operation, row.wire_id, json_text(row.payload)) for row in rows}
        return {key for key, digest in given.items() if kept.get(key) == digest}

    def _unsuppressed(self, connection: Connection, rows: Sequence[Row]) -> list[Row]:
        """Drop whoever was erased or objected, by address or record, since it was planned."""
        joining = [row for row in rows if row.operation in JOINING]
        out = unwanted(connection, self.store, self.channel, [_address(row) for row in joining])
        for row in joining:
            if _address(row) in out:
                self._withhold(connection, row.key, "suppressed")
        return [row for row in rows if row.operation not in JOINING or _address(row) not in out]

    def _gate(self, connection: Connection, rows: Sequence[Row]) -> list[Row]:
        if isinstance(self.channel, RecordChannel):
            return self._gate_records(connection, rows)
        if knows_visitors(self.channel):
            return self._gate_visitors(connection, self.channel, rows)
        return self._gate_addresses(connection, self.channel, rows)

    def _gate_addresses(self, connection: Connection, channel: Channel, rows: Sequence[Row]) -> list[Row]:
        joining = [row for row in rows if row.operation in JOINING and not _is_of_nobody(row)]
        keys = [row.key for row in joining]
        profiles = dict(
            connection.execute(select(push.c.key, push.c.profile_id).where(push.c.key.in_(keys))).tuples().all()
        )
        people = {_address(row): profiles[row.key] for row in joining}
        permits = self._gate_of.permitted(connection, channel, people, self.clock())
        out = set()
        for row in joining:
            permit = permits.get(_address(row)) if people[_address(row)] == profiles[row.key] else None
            if permit is None:
                self._withhold(connection, row.key, "consent gone before sending")
                out.add(row.key)
            else:
                connection.execute(update(push).where(push.c.key == row.key).values(permit=permit))
        return [row for row in rows if row.key not in out]

    def _gate_visitors(self, connection: Connection, channel: Channel, rows: Sequence[Row]) -> list[Row]:
        joining = [row.key for row in rows if row.operation in JOINING]
        found = verdicts(connection, self.store, self._gate_of, channel, joining, self.clock())
        for key, verdict in found.items():
            if verdict.permit is None:
                self._withhold(connection, key, verdict.why)
            else:
                connection.execute(update(push).where(push.c.key == key).values(permit=verdict.permit))
        return [row for row in rows if row.operation not in JOINING or found[row.key].permit is not None]

    def _gate_records(self, connection: Connection, rows: Sequence[Row]) -> list[Row]:
        """Let go what serves a contract or takes something back; what needs a consent only while that stands."""
        rows = self._gate_notes(connection, rows)
        grants = [row for row in rows if row.payload.get("kind") == "consent" and row.operation in JOINING]
        held = dict(
            connection.execute(
                select(push.c.key, push.c.profile_id).where(push.c.key.in_([row.key for row in grants]))
            ).tuples().all()
        )  # fmt: skip
        granted = self._gate_of.granted(connection, held.values(), self.clock())
        out = set()
        for row in grants:
            given = [channel for channel, is_yes in row.payload["consent"].items() if is_yes]
            permits = [granted.get((held[row.key], channel)) for channel in given]
            if None in permits:
                self._withhold(connection, row.key, "consent gone before sending")
                out.add(row.key)
            else:
                connection.execute(update(push).where(push.c.key == row.key).values(permit=permits[0]))
        return [row for row in rows if row.key not in out]

    def _gate_notes(self, connection: Connection, rows: Sequence[Row]) -> list[Row]:
        """Drop notes of whoever agreed no more to be treated by what is known of them."""
        notes = [row.key for row in rows if row.payload.get("kind") == "note" and row.operation in JOINING]
        whose = dict(
            connection.execute(select(push.c.key, push.c.profile_id).where(push.c.key.in_(notes))).tuples().all()
        )
        permits = self._gate_of.personalised(connection, whose.values(), self.clock())
        out = {key for key, profile in whose.items() if profile not in permits}
        for key, profile in whose.items():
            if key in out:
                self._withhold(connection, key, "consent gone before sending")
            else:
                connection.execute(update(push).where(push.c.key == key).values(permit=permits[profile]))
        return [row for row in rows if row.key not in out]

    def _withhold(self, connection: Connection, key: str, why: str) -> None:
        """Drop a row; one of which a call went out already is unknown, so that the next plan takes it out again."""
        values = {"answer": why, "answered_at": utc_text(self.clock())}
        for before, after in (("prepared", "unknown"), ("planned", "dropped")):
            row = (push.c.key == key) & (push.c.state == before)
            connection.execute(update(push).where(row).values(state=after, **values))

    def _prepare(self, connection: Connection, key: str, rows: Sequence[Row], made: Call) -> None:
        at = utc_text(self.clock())
        body = made.body.decode()
        connection.execute(
            insert(call).values(
                key=key, destination=self.channel.destination, method=made.method, path=made.path, body=body,
                body_hash=hashlib.sha256(made.body).hexdigest(), rows=len(rows), fence=self.lease.fence, prepared_at=at,
            )
        )  # fmt: skip
        keys = [row.key for row in rows]
        connection.execute(insert(call_row), [{"call_key": key, "push_key": each} for each in keys])
        connection.execute(
            update(push).where(push.c.key.in_(keys)).values(
                state="prepared", call_key=key, prepared_at=at, fence=self.lease.fence
            )
        )  # fmt: skip
        if made.sent:
            sending = [{"row": each, "identifiers": made.sent[each]} for each in keys if each in made.sent]
            noted = update(push).where(push.c.key == bindparam("row")).values(sent=bindparam("identifiers"))
            connection.execute(noted, sending)

    def staged(self) -> list[Staged]:
        """Return the calls whose rows the destination has not carried out yet, of earlier runs too."""
        mine = (call.c.destination == self.channel.destination) & call.c.receipt.is_not(None)
        carried = (call_row.c.call_key == call.c.key) & (call_row.c.push_key == push.c.key)
        asked = select(call.c.key, call.c.receipt, push.c.key, push.c.wire_id).where(
            mine, carried, push.c.state == "staged"
        )
        with self.store.reading() as connection:
            found = connection.execute(asked.order_by(call.c.prepared_at)).tuples()
            rows: dict[tuple[str, str], dict[str, str]] = {}
            for key, receipt, row, wire_id in found:
                rows.setdefault((key, receipt), {})[row] = wire_id
        return [Staged(key, receipt, named) for (key, receipt), named in rows.items()]

    def answered(self, key: str, outcomes: Mapping[str, Outcome], receipt: str = "") -> None:
        """Record what the destination said of each row of one call."""
        crashpoint("after answer before mark")
        at = utc_text(self.clock())
        with self.store.writing() as connection:
            self._check_fence(connection)
            told = {"receipt": receipt} if receipt else {}
            connection.execute(update(call).where(call.c.key == key).values(answered_at=at, **told))
            for name, why in {each.audience: each.reason for each in outcomes.values() if each.audience}.items():
                keep(connection, "audience", f"{self.channel.destination} {name}", [why], self.clock())
            for push_key, outcome in outcomes.items():
                if outcome.is_final:
                    self._settle(connection, push_key, outcome, at)
        crashpoint("after mark before next")

    def _settle(self, connection: Connection, key: str, outcome: Outcome, at: str) -> None:
        values = {"state": outcome.state, "answer": outcome.reason or None, "answered_at": at}
        row = connection.execute(
            update(push).where(push.c.key == key, push.c.state.in_(WAITING)).values(**values)
            .returning(push.c.wire_id, push.c.seq, push.c.operation)
        ).one_or_none()  # fmt: skip
        if row is not None and row.operation == "erase":
            confirmed(connection, key, outcome.state, at)
        elif row is not None and outcome.state == "accepted":
            older = (push.c.destination == self.channel.destination) & (push.c.wire_id == row.wire_id)
            connection.execute(
                update(push).where(older, push.c.seq < row.seq, push.c.state == "unknown").values(state="reconciled")
            )

    def close(self) -> None:
        """Give the destination back."""
        self._held.close()
        release(self.store, self.lease)


def _address(row: Row) -> str:
    """Return the address of whom a row is about: what somebody bought names it inside."""
    return str(row.payload.get("email") or row.wire_id)


def _is_of_nobody(row: Row) -> bool:
    return row.payload.get("kind") in OF_NOBODY


def json_text(payload: Mapping[str, Any]) -> str:
    """Return the one JSON text of a payload."""
    return json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def run_id() -> str:
    """Return the id of this run: Meltano's, or one of our own per process."""
    return os.environ.get("MELTANO_RUN_ID") or f"run-{os.getpid()}"


def open_outbox(destination: str) -> JournalOutbox:
    """Open the journal for a target; named by its setting `outbox`."""
    store = open_store()
    channel = channels().get(destination) or record_channels()[destination]
    folder = Path(os.environ.get("ROTONDE_RULES", str(RULES_FOLDER)))
    return JournalOutbox(store, channel, meaning_now(folder), take(store, destination, run_id()))
