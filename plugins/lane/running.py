"""The lane as it runs: what was knocked for is read back, kept and acted on, one after the other."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from plugins.hub import taking_in
from plugins.hub.lease import LANE, LIFE, LeaseTaken, release, take
from plugins.hub.meaning import meaning_now
from plugins.hub.plans import Hub, rules_folder
from plugins.hub.taking_in import Waiting
from plugins.lane.acting import Acting
from plugins.lane.connectors import Connectors
from plugins.lane.keeping import About, keep, together
from plugins.rules.complaint import RulesError
from plugins.store.engine import StoreError
from plugins.store.knock_tables import knock, taken
from plugins.store.times import utc_text
from plugins.wire.retry import WireError

PAUSE_SECONDS = 0.2
MOST_TRIES = 8
"""After so many, some two hours, the record is left to the next round, which reads everything that changed."""
REMEMBERED = timedelta(days=14)
"""For longer than any vendor tries again."""
TOGETHER = 50
log = logging.getLogger(__name__)


class Record(NamedTuple):
    """A record to read back."""

    connection: str
    stream: str
    by: str
    key: str


class Knock(NamedTuple):
    """What somebody knocked for."""

    n: int
    connection: str
    stream: str
    by: str
    key: str
    tries: int


class Lane:
    """Works off what vendors told of; of several lanes one does."""

    def __init__(self, hub: Hub, name: str, connectors: Connectors, stop: threading.Event) -> None:
        self.hub, self.name, self.connectors, self.stop = hub, name, connectors, stop

    def run(self) -> bool:
        """Go on until it is told to stop; returns whether anything was left to do then."""
        while not self.stop.is_set():
            try:
                is_idle = self.work() == 0
            except (DBAPIError, StoreError) as error:
                log.error("lane: the store cannot be used: %s; look at it", type(error).__name__)
                is_idle = True
            if is_idle:
                self.stop.wait(PAUSE_SECONDS)
        try:
            release(self.hub.store, take(self.hub.store, LANE, self.name, self.hub.clock))
        except LeaseTaken:  # of another lane, which does what is left
            return False
        return bool(self._due() or taking_in.waiting(self.hub, 1))

    def work(self) -> int:
        """Read back what is due; returns how many records. Does nothing while another lane is at it."""
        due, sent = self._due(), taking_in.waiting(self.hub)
        if not (due or sent):
            return 0
        try:
            take(self.hub.store, LANE, self.name, self.hub.clock)
        except LeaseTaken:
            return 0
        self._by_the_rules()
        began = self.hub.clock()
        read: dict[str, list[bytes]] = {}
        answered: list[Knock] = []
        for record, knocks in _together(due).items():
            if self.stop.is_set() or self.hub.clock() - began > LIFE / 4:  # the lease is made longer before it ends
                break
            if (lines := self._read(record, knocks)) is not None:
                read.setdefault(record.connection, []).extend(lines)
                answered += knocks
        self._act(read, answered)
        if sent and not self.stop.is_set():
            self._sent(sent)
        return len(due) + len(sent)

    def _by_the_rules(self) -> None:
        """Follow the rules as they stand; where they cannot be read, those before go on holding."""
        try:
            meaning = meaning_now(rules_folder())
        except RulesError as error:
            log.error("lane: %s; the rules before go on holding", str(error).partition("\n")[0])
            return
        if meaning.version != self.hub.meaning.version:
            self.hub = replace(self.hub, meaning=meaning)

    def _due(self) -> list[Knock]:
        columns = (knock.c.n, knock.c.connection, knock.c.stream, knock.c.found_by, knock.c.key, knock.c.tries)
        mine = knock.c.next_at <= utc_text(self.hub.clock())
        with self.hub.store.reading() as connection:
            found = connection.execute(select(*columns).where(mine).order_by(knock.c.n).limit(TOGETHER)).tuples().all()
        return [Knock(*row) for row in found]

    def _read(self, record: Record, knocks: Sequence[Knock]) -> list[bytes] | None:
        """Return what the vendor says of a record; None where it said nothing, and is asked again."""
        try:
            return self.connectors.read_one(*record) or []
        except (WireError, StoreError) as error:
            self._failed(knocks, str(error).partition("\n")[0])
            return None

    def _act(self, read: Mapping[str, Sequence[bytes]], knocks: Sequence[Knock]) -> None:
        """Keep what was read back, and do at once what follows from it."""
        acting = Acting(self.hub, self.connectors)
        try:
            kept = [keep(self.hub.store, connection, lines) for connection, lines in read.items() if lines]
            acting.act(together(kept))
        except LeaseTaken:
            self._later(knocks, timedelta(seconds=2), "another run is at a destination")
        except (WireError, StoreError) as error:
            self._failed(knocks, str(error).partition("\n")[0])
        except SystemExit:  # a target says so of an answer it does not know
            self._failed(knocks, "an answer is not known; the next round settles it")
        else:
            self._done(knocks)
        _tell(acting)

    def _sent(self, events: Sequence[Waiting]) -> None:
        """Make records of what was sent to the API, and do at once what follows from it."""
        about = About(set(), set(), set())
        taking_in.keep(self.hub, events, about.note)
        pressing = [each for each in events if taking_in.is_pressing(each)]
        taking_in.done(self.hub, [each for each in events if each not in pressing])
        if not pressing:
            return
        about.customers.update(taking_in.of_whom(self.hub, [each for each in pressing if taking_in.says_no(each)]))
        acting = Acting(self.hub, self.connectors)
        try:
            acting.act(about)
        except LeaseTaken:
            taking_in.later(self.hub, pressing, timedelta(seconds=2), is_try=False)
        except (WireError, StoreError, SystemExit) as error:
            self._not_out(pressing, str(error).partition("\n")[0])
        else:
            taking_in.done(self.hub, pressing)
        _tell(acting)

    def _not_out(self, events: Sequence[Waiting], why: str) -> None:
        """Try again later to do what follows; what was tried often enough is the next round's."""
        log.warning("lane: events: %s; tried again", why)
        left = [each for each in events if each.tries + 1 >= MOST_TRIES]
        taking_in.done(self.hub, left)
        for each in events:
            if each not in left:
                wait = timedelta(seconds=2 ** min(each.tries + 1, 12))
                taking_in.later(self.hub, [each], wait, is_try=True)

    def _failed(self, knocks: Sequence[Knock], why: str) -> None:
        for each in knocks:
            if each.tries + 1 >= MOST_TRIES:
                log.error("lane: %s %s: %s; left to the next round", each.connection, each.stream, why)
                self._done([each])
            else:
                self._later([each], timedelta(seconds=2 ** min(each.tries + 1, 12)), why, tries=each.tries + 1)

    def _later(self, knocks: Sequence[Knock], wait: timedelta, why: str, tries: int | None = None) -> None:
        next_at = utc_text(self.hub.clock() + wait)
        with self.hub.store.writing() as connection:
            for each in knocks:
                log.warning("lane: %s %s: %s; tried again", each.connection, each.stream, why)
                values = {"next_at": next_at, "tries": each.tries if tries is None else tries}
                connection.execute(update(knock).where(knock.c.n == each.n).values(**values))

    def _done(self, knocks: Sequence[Knock]) -> None:
        if knocks:
            with self.hub.store.writing() as connection:
                connection.execute(delete(knock).where(knock.c.n.in_([each.n for each in knocks])))


def _tell(acting: Acting) -> None:
    for destination, count in acting.gone.items():
        log.warning("lane: %s: %d told", destination, count)


def _together(due: Sequence[Knock]) -> dict[Record, list[Knock]]:
    """Return the records to read back, each once, and who knocked for it."""
    found: dict[Record, list[Knock]] = {}
    for each in due:
        found.setdefault(Record(each.connection, each.stream, each.by, each.key), []).append(each)
    return found


def forget_deliveries(hub: Hub) -> int:
    """Forget which deliveries were taken, once no vendor would repeat them."""
    before = utc_text(hub.clock() - REMEMBERED)
    with hub.store.writing() as connection:
        return connection.execute(delete(taken).where(taken.c.at < before)).rowcount
