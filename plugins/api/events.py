"""Taking events: each is read by itself, stored once before it is answered, and worked afterwards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, delete, insert, select

from mappers.canonical.events import FIELD, registered_as
from mappers.loyalty.holding import Refused
from plugins.api import finding
from plugins.api.answers import Answer, fault, first_fault
from plugins.api.asked import Named
from plugins.api.claiming import Claims
from plugins.api.keys import Caller, Keys
from plugins.api.national_number import stands_in, without
from plugins.api.people import People
from plugins.api.routes import Route
from plugins.api.sent import (
    KINDS,
    Batch,
    Behaviour,
    EidRegistration,
    Event,
    OfSomebody,
    OneOrMany,
    QrRegistration,
    Taken,
    TakenOneOrMany,
)
from plugins.hub.taking_in import connection_of, run_of
from plugins.store.event_tables import sent_event, waiting_event
from plugins.store.keeper import Keeper
from plugins.store.lines import Counted, encode
from plugins.store.times import utc_text
from plugins.store.writing import insert_of

LARGEST_BATCH = 500_000
AHEAD = timedelta(days=2)
"""So far a till's clock may be ahead of ours."""
SINCE = datetime(2000, 1, 1, tzinfo=UTC)
CONFLICTS = ("other_event", "claimed", "has_customer", "too_old")
"""What conflicts with how things stand; everything else cannot be taken as it is."""
MINE = ("source", "id")


class Unfit(Exception):  # noqa: N818 - an answer to a sender
    """An event that cannot be taken."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Read:
    """An event as it will be kept, and what was left out of it."""

    event: Event
    left_out: Sequence[str]

    @property
    def body(self) -> str:
        """Return what is kept of it."""
        return self.event.model_dump_json(exclude_none=True)

    def told(self, state: Any = "taken", code: str | None = None, message: str | None = None) -> Taken:
        """Return what became of it."""
        return Taken(id=self.event.id, state=state, left_out=list(self.left_out), code=code, message=message)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: a client, whose name is the source of what it sends."""

    source: str
    accounts: str | None
    """The connection whose customers it names, where it has none of its own."""

    @property
    def home(self) -> str:
        """Where its records stand."""
        return self.accounts or self.source

    def customer(self, customer_id: str) -> Named:
        """Return the record of a customer that it names."""
        return Named(source=self.home, id=customer_id)


def senders(keys: Keys) -> dict[str, Sender]:
    """Return who may send events; raises StoreError for a name that is a connection which is read."""
    return {name: _sender(name) for name in keys.having("events")}


def _sender(name: str) -> Sender:
    return Sender(name, connection_of(name).get("accounts"))


class Postbox:
    """Takes events of any number of senders at once."""

    def __init__(self, people: People) -> None:
        self.people, self.claims = people, Claims(people)
        self.declared = {(each.source, each.field, each.value) for each in people.meaning.declarations}

    def take(self, caller: Caller, raw: bytes) -> Answer:
        """Take one event, or several: what is answered as taken is on record."""
        try:
            said = json.loads(raw, parse_constant=_no_number)
            several = Batch.model_validate(said).events if isinstance(said, dict) and "events" in said else None
        except ValidationError as error:
            return fault(400, "bad_request", first_fault(error))
        except (ValueError, RecursionError):
            return fault(400, "bad_request", "body: json_invalid")
        taken = self._all(_sender(caller.name), [said] if several is None else several)
        return _alone(taken[0]) if several is None else Answer(202, {"events": [_plain(each) for each in taken]})

    def _all(self, sender: Sender, said: Sequence[Any]) -> list[Taken]:
        now = self._clock()
        read = [self._read(sender, each, now) for each in said]
        dropped = self._not_agreed(sender, [each.event for each in read if isinstance(each, Read)])
        good = {place: each for place, each in enumerate(read)
                if isinstance(each, Read) and each.event not in dropped}  # fmt: skip
        kept = self.people.together.run(partial(self._keep, sender, good)) if good else {}
        found = [kept.get(place) or _dropped(each) for place, each in enumerate(read)]
        self._count(sender, sum(each.state == "dropped" for each in found), now)
        return found

    def _read(self, sender: Sender, said: Any, now: datetime) -> Read | Taken:
        """Return an event as it may be kept, or why it may not."""
        try:
            kept, left_out = without(said)
        except RecursionError:
            return _refused(None, [], "bad_request", "body: nested too deep")
        try:
            event = _event(kept)
            self._check(sender, event, now)
        except ValidationError as error:
            return _refused(kept, left_out, "bad_request", first_fault(error))
        except Unfit as unfit:
            return _refused(kept, left_out, unfit.code, str(unfit))
        return Read(event, left_out)

    def _check(self, sender: Sender, event: Event, now: datetime) -> None:
        if not SINCE <= event.at <= now + AHEAD:
            raise Unfit("bad_time", "at: not between the year 2000 and now")
        if isinstance(event, EidRegistration) and stands_in(event.model_dump_json(), event.birth_date):
            raise Unfit("national_number", "a national number stands in it; send a number of your own")
        for act in event.consents if isinstance(event, OfSomebody) else ():
            field = f"{FIELD}{act.channel}.{act.purpose}"
            if (sender.home, field, act.answer) not in self.declared:
                raise Unfit("undeclared", f"consents: {field}: sync_rules/consent.yml does not say what it means")

    def _not_agreed(self, sender: Sender, events: Sequence[Event]) -> list[Event]:
        """Return what people did who did not agree that it is kept: it is forgotten at once."""
        watched = [each for each in events if isinstance(each, Behaviour)]
        agreed = {name: self._agreed(sender.customer(name)) for name in {each.customer_id for each in watched}}
        return [each for each in watched if not agreed[each.customer_id]]

    def _agreed(self, customer: Named) -> bool:
        with self.people.store.reading() as connection:
            profile_id = finding.of_record(connection, customer)
            if profile_id is None:
                return False
            known = self.people.known(connection, profile_id)
            states = self.people.states(connection, known, self.people.clock(connection))
        return states.get(("site", "behaviour")) == "granted"

    def _keep(self, sender: Sender, good: Mapping[int, Read], connection: Connection) -> dict[int, Taken]:
        """Store events; always in the same order, so that of two senders of the same none waits for the other."""
        now = self.people.clock(connection)
        places = sorted(good, key=lambda place: good[place].event.id)
        return {place: self._one(sender, good[place], connection, now) for place in places}

    def _one(self, sender: Sender, read: Read, connection: Connection, now: datetime) -> Taken:
        event, body, at = read.event, read.body, utc_text(now)
        mine = {"source": sender.source, "id": event.id}
        digest = hashlib.sha256(body.encode()).hexdigest()
        row = insert_of(connection)(sent_event).values(**mine, digest=digest, at=at)
        if connection.execute(row.on_conflict_do_nothing().returning(sent_event.c.id)).scalar() is None:
            return _again(read, digest, connection, mine)
        if isinstance(event, QrRegistration):
            key = registered_as(json.loads(body), sender.source, sender.accounts)
            try:
                self.claims.register(connection, event.token, sender.customer(key), now)
            except Refused as refusal:
                connection.execute(delete(sent_event).where(*_is(mine)))
                return read.told("refused", refusal.code, str(refusal))
        waits = {"source": sender.source, "stream": json.loads(body)["kind"], "body": _without_token(body)}
        connection.execute(insert(waiting_event).values(**waits, taken_at=at, tries=0, next_at=at))
        return read.told()

    def _count(self, sender: Sender, dropped: int, now: datetime) -> None:
        """Count what was forgotten: that it came, not what it was."""
        if not dropped:
            return
        keeper = Keeper(self.people.store, run_of(now), lambda: now)
        keeper.mapper_count(encode(Counted("mean", sender.source, "behaviour", dropped, 0, 0, dropped)))
        keeper.commit()

    def _clock(self) -> datetime:
        with self.people.store.reading() as connection:
            return self.people.clock(connection)


def _no_number(said: str) -> Any:
    raise ValueError(said)


def _event(said: Any) -> Event:
    model = KINDS.get(str(said.get("kind"))) if isinstance(said, dict) else None
    if model is None:
        raise Unfit("bad_request", "kind: not known; see the documentation")
    return model.model_validate_json(json.dumps(said))


def _again(read: Read, digest: str, connection: Connection, mine: Mapping[str, str]) -> Taken:
    """Answer an event that was taken before: as then, unless it says something else now."""
    known = connection.execute(select(sent_event.c.digest).where(*_is(mine))).scalar()
    if known == digest:
        return read.told()
    return read.told("refused", "other_event", "id: it stood for another event; choose a new one")


def _is(mine: Mapping[str, str]) -> list[Any]:
    return [sent_event.c[name] == mine[name] for name in MINE]


def _without_token(body: str) -> str:
    """Return a body without the word of a link: it has done what it was for."""
    return json.dumps({name: said for name, said in json.loads(body).items() if name != "token"}, ensure_ascii=False)


def _refused(said: Any, left_out: Sequence[str], code: str, message: str) -> Taken:
    given = said.get("id") if isinstance(said, dict) else None
    known = given if isinstance(given, str) and 0 < len(given) <= 100 else None
    return Taken(id=known, state="refused", left_out=list(left_out), code=code, message=message)


def _dropped(read: Read | Taken) -> Taken:
    if isinstance(read, Taken):
        return read
    return read.told("dropped", "no_consent", "customer_id: nobody who agreed to site / behaviour; it was not kept")


def _plain(taken: Taken) -> dict[str, Any]:
    return {name: said for name, said in taken.model_dump().items() if said is not None or name == "id"}


def _alone(taken: Taken) -> Answer:
    if taken.state != "refused":
        return Answer(202, _plain(taken))
    return fault(409 if taken.code in CONFLICTS else 400, taken.code or "", taken.message or "")


def event_routes(people: People) -> tuple[Route, ...]:
    """Return the route that takes events."""
    conflict = {409: "the id stood for another event, or the receipt of the token is somebody's, too old, or claimed"}
    return (
        Route("POST", "/events", "Take one event, or up to 100: each once, by its id.", "events",
              OneOrMany, TakenOneOrMany, 202, conflict, take=Postbox(people).take, largest=LARGEST_BATCH),
    )  # fmt: skip
