"""Alarms as they begin, stay and end: each change is put down once, and what is to be told of it with it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from plugins.alerts.sight import Amiss
from plugins.alerts.wording import message
from plugins.rules.alerts import KINDS, Alerts, duration
from plugins.store.alarm_tables import alarm, alarm_message
from plugins.store.times import moment_of, utc_text

Change = Literal["opened", "closed", "reminder"]
KEPT_FOR = timedelta(days=90)
"""How long an alarm that is over, and told, is kept."""
Key = tuple[str, str]


def change(connection: Connection, rules: Alerts, found: Iterable[Amiss], now: datetime) -> list[tuple[Change, Key]]:
    """Bring alarms up to what a look found; returns what began, ended or is told again."""
    there = {(each.kind, each.about): each for each in found}
    live = connection.execute(select(alarm).where(alarm.c.state != "closed").order_by(alarm.c.id)).mappings().all()
    made = [_live(connection, rules, each, there.pop((each["kind"], each["about"]), None), now) for each in live]
    made += [_new(connection, rules, each, now) for each in there.values()]
    _forget(connection, now)
    return [each for each in made if each]


def _new(connection: Connection, rules: Alerts, amiss: Amiss, now: datetime) -> tuple[Change, Key] | None:
    at = utc_text(now)
    values = {"kind": amiss.kind, "about": amiss.about, "state": "waiting", "since": utc_text(amiss.since),
              "seen_at": at, "last_seen_at": at, "looks": 0, "detail": _detail(amiss)}  # fmt: skip
    connection.execute(insert(alarm).values(values))
    mine = (alarm.c.kind == amiss.kind) & (alarm.c.about == amiss.about) & (alarm.c.state == "waiting")
    return _live(connection, rules, connection.execute(select(alarm).where(mine)).mappings().one(), amiss, now)


def _live(
    connection: Connection, rules: Alerts, row: RowMapping, amiss: Amiss | None, now: datetime
) -> tuple[Change, Key] | None:
    """Take an alarm one look further: what it waits for must hold, and what passes before that is never told."""
    at, said = utc_text(now), {} if amiss is None else {"last_seen_at": utc_text(now), "detail": _detail(amiss)}
    if row["state"] == "waiting" and amiss is None:
        connection.execute(delete(alarm).where(alarm.c.id == row["id"]))
        return None
    if (row["state"] == "open") == (amiss is not None):
        _set(connection, row, {**said, "turned_at": None, "looks": 0})
        return _reminded(connection, rules, {**row, **said}, now)
    turned_at, looks = row["turned_at"] or at, row["looks"] + 1
    if not _holds(rules, row["kind"], looks, now - moment_of(turned_at)):
        _set(connection, row, {**said, "turned_at": turned_at, "looks": looks})
        return None
    opens = amiss is not None
    turned = {"state": "open", "opened_at": at, "reminded_at": at} if opens else {"state": "closed", "closed_at": at}
    _set(connection, row, {**said, **turned, "turned_at": None, "looks": 0})
    return _tell(connection, rules, {**row, **said, **turned}, "opened" if opens else "closed", now)


def _set(connection: Connection, row: RowMapping, values: dict[str, Any]) -> None:
    connection.execute(update(alarm).where(alarm.c.id == row["id"]).values(values))


def _holds(rules: Alerts, kind: str, looks: int, lasted: timedelta) -> bool:
    needed, long = rules.patience(kind) if kind in KINDS else (1, None)
    return lasted >= long if long is not None else looks >= needed


def _reminded(
    connection: Connection, rules: Alerts, row: dict[str, Any], now: datetime
) -> tuple[Change, Key] | None:  # fmt: skip
    is_due = now - moment_of(row["reminded_at"]) >= duration(rules.remind_every)
    if row["kind"] != "opt_out_overdue" or not is_due:
        return None
    connection.execute(update(alarm).where(alarm.c.id == row["id"]).values(reminded_at=utc_text(now)))
    return _tell(connection, rules, row, "reminder", now)


def _tell(
    connection: Connection, rules: Alerts, row: dict[str, Any], what: Change, now: datetime
) -> tuple[Change, Key]:
    """Put down what is to be told, for each route that takes the kind."""
    title, body = message(row, what)
    rows = [
        {"alarm_id": row["id"], "change": what, "route": name, "title": title, "body": body,
         "made_at": utc_text(now), "tries": 0, "reached": ""}
        for name, route in rules.to.items() if route.takes(row["kind"])
    ]  # fmt: skip
    if rows:
        connection.execute(insert(alarm_message), rows)
    return what, (row["kind"], row["about"])


def _detail(amiss: Amiss) -> str:
    said = {"what": amiss.what, "cure": amiss.cure, **({"facts": dict(amiss.facts)} if amiss.facts else {})}
    return json.dumps(said, sort_keys=True)


def _forget(connection: Connection, now: datetime) -> None:
    """Take out what has long been over; what is not told yet stays."""
    before = utc_text(now - KEPT_FOR)
    untold = select(alarm_message.c.alarm_id).where(alarm_message.c.told_at.is_(None))
    over = select(alarm.c.id).where(alarm.c.state == "closed", alarm.c.closed_at < before, alarm.c.id.not_in(untold))
    gone = connection.execute(over).scalars().all()
    for table, key in ((alarm_message, alarm_message.c.alarm_id), (alarm, alarm.c.id)):
        connection.execute(delete(table).where(key.in_(gone)))


def listed(connection: Connection, states: Collection[str]) -> list[dict[str, Any]]:
    """Return the alarms in some states, the newest last, with what is told of them and what waits."""
    untold = {
        each: routes.split(",") for each, routes in _untold(connection).items()
    }  # fmt: skip
    query = select(alarm).where(alarm.c.state.in_(states)).order_by(alarm.c.id)
    found = connection.execute(query).mappings().all()
    names = ("kind", "about", "state", "since", "opened_at", "last_seen_at", "closed_at", "told_at")
    return [
        {**{name: each[name] for name in names}, **json.loads(each["detail"]), "untold_to": untold.get(each["id"], [])}
        for each in found
    ]


def _untold(connection: Connection) -> dict[int, str]:
    query = select(alarm_message.c.alarm_id, alarm_message.c.route).where(alarm_message.c.told_at.is_(None))
    found: dict[int, str] = {}
    for key, route in connection.execute(query.order_by(alarm_message.c.id)):
        found[key] = f"{found[key]},{route}" if key in found else route
    return found
