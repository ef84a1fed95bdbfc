"""Where things stand: what was read and kept, who is who, what is permitted, what was sent, what is open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, get_args

import duckdb
from sqlalchemy import Connection, case, func, select

from plugins.hub.destinations import Kept, Kind
from plugins.hub.opt_out_clock import Clock, told
from plugins.hub.plans import Hub
from plugins.hub.resolving import is_resolved
from plugins.store.mirror import open_mirror, rows
from plugins.store.tables import ENTITY_TABLES, push, quarantine, run, run_stream

SALES = """
SELECT (SELECT count(*) FROM "order") AS baskets, (SELECT count(*) FROM order_line) AS lines,
       (SELECT coalesce(sum(total_minor), 0) FROM order_line) AS net_sales_minor,
       (SELECT count(*) FROM customer) AS customers,
       (SELECT count(*) FROM voucher WHERE status = 'used') AS redemptions
"""
REACH = """
SELECT CASE WHEN state = 'granted' THEN 'may be reached'
            WHEN trait.email IS NULL THEN 'no address'
            WHEN state IS NULL OR (state = 'unproven' AND reason IS NULL) THEN 'nobody ever asked'
            WHEN state = 'unproven' THEN 'no evidence: ' || reason
            WHEN state IN ('vetoed', 'minor') THEN reason ELSE state END AS why, count(*)
FROM trait LEFT JOIN (SELECT * FROM consent_state WHERE channel = $channel AND purpose = $purpose) USING (profile_id)
GROUP BY why ORDER BY 2 DESC, why
"""
ABOUT = (*get_args(Kind), *get_args(Kept))
WHAT = case(*((push.c.wire_id.startswith(f"{kind}:"), kind) for kind in ABOUT), else_="person").label("what")
"""What a row of the journal is about: an address stands for somebody in audiences."""
CONSENT = """
SELECT channel, purpose, state, CASE WHEN state = 'unproven' THEN coalesce(reason, '') ELSE '' END AS why, count(*)
FROM consent_verdict GROUP BY ALL ORDER BY ALL
"""


@dataclass
class Standing:
    """Everything `rotonde status` shows."""

    entities: dict[str, int] = field(default_factory=dict)
    """Living records per entity."""
    sales: dict[str, int] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)
    """The newest run of each job."""
    streams: list[dict[str, Any]] = field(default_factory=list)
    """What became of the records of those runs."""
    profiles: int = 0
    records: int = 0
    consent: list[dict[str, Any]] = field(default_factory=list)
    reach: list[dict[str, Any]] = field(default_factory=list)
    """For each destination: how many persons may be reached there, and why the others may not."""
    pushes: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    quarantine: list[dict[str, Any]] = field(default_factory=list)
    opt_outs: Clock = field(default_factory=Clock)
    """How long withdrawals take, and which are overdue."""

    @property
    def is_open(self) -> bool:
        """Tell whether something waits for an answer or a person: an unknown push, quarantine, an overdue opt-out."""
        is_unknown = any(each["state"] == "unknown" for each in self.pushes)
        return is_unknown or bool(self.quarantine) or bool(self.opt_outs.overdue)


def standing(hub: Hub) -> Standing:
    """Gather the numbers; the derived ones are those of the last resolve."""
    result = Standing()
    with hub.store.reading() as connection:
        result.entities = _entities(connection)
        result.runs = _runs(connection)
        result.streams = _streams(connection, [each["id"] for each in result.runs])
        result.pushes = _rows(
            connection,
            select(push.c.destination, WHAT, push.c.operation, push.c.state, func.count().label("rows"))
            .where(push.c.state != "dropped").group_by(push.c.destination, "what", push.c.operation, push.c.state)
            .order_by(push.c.destination, "what", push.c.operation, push.c.state),
        )  # fmt: skip
        result.refusals = _rows(
            connection,
            select(push.c.destination, push.c.answer, func.count().label("rows"))
            .where(push.c.state == "rejected").group_by(push.c.destination, push.c.answer).order_by(push.c.answer),
        )  # fmt: skip
        result.quarantine = _rows(
            connection,
            select(quarantine.c.source, quarantine.c.stream, quarantine.c.reason, func.count().label("records"))
            .where(quarantine.c.state == "open")
            .group_by(quarantine.c.source, quarantine.c.stream, quarantine.c.reason)
            .order_by(quarantine.c.source, quarantine.c.stream, quarantine.c.reason),
        )  # fmt: skip
    if is_resolved(hub.store):
        with open_mirror(hub.store, read_only=True) as engine:
            _derived(engine, result, hub)
            result.opt_outs = told(engine, hub.store, hub.clock())
    return result


def _entities(connection: Connection) -> dict[str, int]:
    counts = {}
    for name, table in ENTITY_TABLES.items():
        lives = table.c.is_deleted.is_(False) & table.c.is_absent.is_(False)
        counts[name] = int(connection.execute(select(func.count()).select_from(table).where(lives)).scalar_one())
    return counts


def _runs(connection: Connection) -> list[dict[str, Any]]:
    newest = select(func.max(run.c.started_at)).group_by(run.c.job)
    return _rows(connection, select(run).where(run.c.started_at.in_(newest)).order_by(run.c.job))


def _streams(connection: Connection, ids: list[str]) -> list[dict[str, Any]]:
    order = (run_stream.c.stage.desc(), run_stream.c.source, run_stream.c.stream)
    return _rows(connection, select(run_stream).where(run_stream.c.run_id.in_(ids)).order_by(*order))


def _rows(connection: Connection, statement: Any) -> list[dict[str, Any]]:
    return [dict(each) for each in connection.execute(statement).mappings()]


def _derived(engine: duckdb.DuckDBPyConnection, result: Standing, hub: Hub) -> None:
    (result.sales,) = rows(engine, SALES)
    counts = engine.execute("SELECT count(DISTINCT profile_id), count(*) FROM assigned").fetchall()[0]
    result.profiles, result.records = counts
    keys = ("channel", "purpose", "state", "why", "profiles")
    result.consent = [dict(zip(keys, row, strict=True)) for row in engine.execute(CONSENT).fetchall()]
    for name, channel in hub.channels.items():
        found = engine.execute(REACH, {"channel": channel.channel, "purpose": channel.purpose}).fetchall()
        result.reach += [{"destination": name, "why": why, "persons": persons} for why, persons in found]
