"""Messages on their way out: each is tried at every look until all addresses of its route have it.

Addresses are secrets. They come from the environment, are given to Apprise, and stand in no log, message or error.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Row, delete, select, update

from plugins.rules.alerts import URGENT, Alerts
from plugins.store.alarm_tables import alarm, alarm_message
from plugins.store.engine import Store
from plugins.store.times import utc_text

Send = Callable[[str, str, str], bool]
"""Brings a title and a text to an address; False where it did not get there."""


@dataclass
class Told:
    """What became of messages at one look."""

    delivered: int = 0
    waiting: int = 0
    """For quiet hours to end, or for a route that takes nothing."""
    failed: list[str] = field(default_factory=list)
    """Routes that took nothing, each with what to do."""


def by_apprise(address: str, title: str, body: str) -> bool:
    """Send one message; what Apprise and its connections log may show an address, so they log nothing."""
    from apprise import Apprise, AppriseAsset

    for name in ("apprise", "urllib3"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    asset = AppriseAsset(
        app_id="Rotonde", app_desc="Rotonde", app_url="", image_url_mask="", image_url_logo="", async_mode=False,
        http_redirects=False,
    )  # fmt: skip
    channel = Apprise.instantiate(address, asset=asset)
    return channel is not None and bool(channel.notify(body=body, title=title))


def addresses(rules: Alerts, route: str) -> list[str]:
    """Return the addresses of a route; none where its variable is not set."""
    return os.environ.get(rules.to[route].urls_in, "").split()


def deliver(store: Store, rules: Alerts, now: datetime, send: Send = by_apprise) -> Told:
    """Send what is not told yet, in order; a route that takes nothing waits for the next look."""
    told = Told()
    untold = _untold(store)
    if any(each.route not in rules.to for each in untold):
        _drop(store, rules)
    for route in rules.to:
        due = _due(rules, [each for each in untold if each.route == route], now)
        told.waiting += sum(each.route == route for each in untold)
        for each in due:
            if not _delivered(store, rules, each, now, send):
                told.failed.append(_cure(rules, route))
                break
            told.delivered += 1
            told.waiting -= 1
    return told


def _cure(rules: Alerts, route: str) -> str:
    variable = rules.to[route].urls_in
    if not addresses(rules, route):
        return f"alerts: route {route}: {variable} is not set; set it to an Apprise address"
    return f"alerts: route {route}: not delivered; check {variable} with 'rotonde alerts test {route}'"


def _untold(store: Store) -> Sequence[Row[tuple[object, ...]]]:
    query = select(alarm_message, alarm.c.kind).join(alarm, alarm.c.id == alarm_message.c.alarm_id)
    with store.reading() as connection:
        return connection.execute(query.where(alarm_message.c.told_at.is_(None)).order_by(alarm_message.c.id)).all()


def _drop(store: Store, rules: Alerts) -> None:
    """Take out what was to go to routes that are gone."""
    lost = alarm_message.c.told_at.is_(None) & alarm_message.c.route.not_in(list(rules.to))
    with store.writing() as connection:
        connection.execute(delete(alarm_message).where(lost))


def _due(
    rules: Alerts, untold: Sequence[Row[tuple[object, ...]]], now: datetime
) -> Sequence[Row[tuple[object, ...]]]:  # fmt: skip
    """Return what may be told at this hour."""
    is_quiet = rules.quiet is not None and rules.quiet.is_on(now)
    return [each for each in untold if each.kind in URGENT] if is_quiet else untold


def _delivered(store: Store, rules: Alerts, each: Row[tuple[object, ...]], now: datetime, send: Send) -> bool:
    """Send one message to every address that does not have it yet; tells whether all have it now."""
    reached = {int(place) for place in each.reached.split()}
    known = addresses(rules, each.route)
    for place, address in enumerate(known):
        if place not in reached and send(address, each.title, each.body):
            reached.add(place)
            if len(known) > 1:  # what one of several has is noted before the next is tried
                _note(store, each, reached, None)
    is_told = bool(known) and reached >= set(range(len(known)))
    _note(store, each, reached, utc_text(now) if is_told else None)
    return is_told


def _note(store: Store, each: Row[tuple[object, ...]], reached: set[int], at: str | None) -> None:
    values = {"reached": " ".join(map(str, sorted(reached))), "tries": each.tries + 1, "told_at": at}
    with store.writing() as connection:
        connection.execute(update(alarm_message).where(alarm_message.c.id == each.id).values(values))
        if at:
            connection.execute(update(alarm).where(alarm.c.id == each.alarm_id).values(told_at=at))
