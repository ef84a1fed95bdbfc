"""Deliveries of vendors and of our own senders: which are taken, each once, and what is to be read back for them.

A delivery is a knock at the door. Of what it says only the keys of records are used; the records are read from the
vendor itself.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl

from plugins.wire.proofs import Incoming, Secrets, UnverifiedError, is_one_of, proven
from plugins.wire.retry import HopelessError
from plugins.wire.webhook_file import KEY, Challenge, Hook, Ping, Told, Visit

MOST_FIELDS = 1000
NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\]){0,8})")
"""A field of a form: `data[merges][FNAME]`."""
DELIVERY_ID = re.compile(r"[\x21-\x7e]{1,200}")
CHALLENGE = re.compile(r"[\w.-]{1,200}", re.ASCII)
PLAIN = re.compile(r"[\w.-]{1,100}", re.ASCII)
"""What can stand in the form of another key."""
WORD = re.compile(r"\S{1,254}")
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Concern:
    """A record to read back: the one of a stream whose field `by` is the key."""

    stream: str
    key: str = field(repr=False)
    by: str = "id"


@dataclass(frozen=True, slots=True)
class Duty:
    """A topic on which a person must act, and within how many days."""

    topic: str
    within_days: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was taken. A repeat is answered like the first, so that the vendor stops, and concerns nothing."""

    ids: tuple[str, ...]
    """What it is known by; one that holds many changes has an id for each."""
    concerns: tuple[Concern, ...] = ()
    duties: tuple[Duty, ...] = ()
    repeated: int = 0
    """How many of its changes were taken before."""
    passed_over: int = 0
    """How many are of a topic that nobody declared, or name no record."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a vendor is answered that tries the address before it delivers anything; plain text, nothing else."""

    status: int
    text: str = ""


class Deliveries(Protocol):
    """What was taken before; kept for longer than any vendor tries again."""

    def seen(self, delivery: str) -> bool:
        """Note a delivery, and tell whether it was noted before; in one step, and with what is done about it."""
        ...


@dataclass
class NotedInMemory:
    """Forgets with the process."""

    noted: set[str] = field(default_factory=set)

    def seen(self, delivery: str) -> bool:
        """Note a delivery, and tell whether it was noted before."""
        is_known = delivery in self.noted
        self.noted.add(delivery)
        return is_known


@dataclass(frozen=True)
class Receiver:
    """Takes the deliveries of one connection."""

    name: str
    """Of the connection; two shops of one vendor may number their deliveries alike."""
    hook: Hook
    secrets: Secrets
    deliveries: Deliveries
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        if any(not self.secrets.of(each) for each in self.hook.proofs if not each.optional):
            raise HopelessError(f"{self.name}: a webhook without its secret takes nothing; set it")

    def greet(self, incoming: Incoming) -> Greeting | None:
        """Return what is answered to a vendor that only tries the address, None where this is no such request.

        Raises UnverifiedError where the secret in the address is wrong.
        """
        greeting = self.hook.greeting
        if isinstance(greeting, Ping):
            return self._pinged(greeting, incoming)
        if incoming.method != "GET" or greeting is None:
            return None
        if isinstance(greeting, Visit):
            paths = [each for each in self.hook.proofs if each.scheme == "path"]
            proven(paths, incoming, self.secrets, self.clock())
            return Greeting(200)
        return self._challenged(greeting, incoming)

    def receive(self, incoming: Incoming) -> Delivery:
        """Return what a delivery is about; raises UnverifiedError where it is not from whom it should be."""
        if incoming.method != "POST":
            raise UnverifiedError
        stamp = proven(self.hook.proofs, incoming, self.secrets, self.clock())
        changes = self._changes(incoming, stamp)
        ids = [f"{self.name} {each.id}" for each in changes]
        fresh = [change for change, known in zip(changes, ids, strict=True) if not self.deliveries.seen(known)]
        return Delivery(
            tuple(dict.fromkeys(ids)),
            tuple(dict.fromkeys(concern for each in fresh for concern in each.concerns())),
            tuple(dict.fromkeys(duty for each in fresh for duty in each.duties())),
            len(changes) - len(fresh),
            sum(each.is_passed_over for each in fresh),
        )

    def _changes(self, incoming: Incoming, stamp: str) -> Sequence[_Change]:
        read = _form if self.hook.body == "form" else json.loads
        try:
            body = read(incoming.body)
            said = _spread(body if isinstance(body, dict) else {}, self.hook.changes)
            return [_Change(self.hook, incoming, stamp, each) for each in said]
        except (ValueError, RecursionError):  # signed all the same; it names nothing that could be read back
            return [_Change(self.hook, incoming, stamp, {})]

    def _challenged(self, greeting: Challenge, incoming: Incoming) -> Greeting:
        echo = incoming.parameter(greeting.echo)
        is_ours = is_one_of(incoming.parameter(greeting.token), self.secrets.token)
        is_whole = all(incoming.parameter(name) == value for name, value in greeting.given.items())
        return Greeting(200, echo) if is_ours and is_whole and CHALLENGE.fullmatch(echo) else Greeting(403)

    def _pinged(self, greeting: Ping, incoming: Incoming) -> Greeting | None:
        ping = rb"%s=[0-9]{1,20}" % re.escape(greeting.field.encode())
        return Greeting(200) if incoming.method == "POST" and re.fullmatch(ping, incoming.body) else None


class _Change:
    """One change of a delivery: what it is known by, and what it is about."""

    def __init__(self, hook: Hook, incoming: Incoming, stamp: str, said: Body) -> None:
        self.hook, self.said = hook, said
        self.topic = ".".join(_told(hook.topic, incoming, said))
        self.id = self._id(incoming, stamp)

    def _id(self, incoming: Incoming, stamp: str) -> str:
        where = self.hook.delivery
        if where and where.header:
            known = incoming.header(where.header)
            if not DELIVERY_ID.fullmatch(known):  # without it nobody can tell that it is taken once
                raise UnverifiedError
            return known
        found = [_found(self.said, place) for place in (where and where.body) or ()]
        if any(each is not None for each in found):
            return _digest(json.dumps(found, sort_keys=True).encode())
        return _digest(stamp.encode(), incoming.body)

    def concerns(self) -> Iterator[Concern]:
        """Give what is to be read back; a place at which nothing stands concerns nothing."""
        for stream, places in self.hook.topics.get(self.topic, {}).items():
            stored = self.hook.stored(stream)
            for key in (_key(_found(self.said, place)) for place in places):
                if key and (stored.form == KEY or PLAIN.fullmatch(key)):
                    yield Concern(stream, stored.form.replace(KEY, key), stored.by)

    def duties(self) -> Iterator[Duty]:
        """Give what a person must do about it."""
        if self.topic in self.hook.duties:
            yield Duty(self.topic, self.hook.duties[self.topic])

    @property
    def is_passed_over(self) -> bool:
        """Tell whether nothing comes of it, where something should."""
        return self.hook.topic is not None and not any((*self.concerns(), *self.duties()))


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b".".join(parts)).hexdigest()


def _told(where: Told | None, incoming: Incoming, said: Body) -> Iterable[str]:
    """Give the words that stand in a header, or at places of the body."""
    if where is None:
        return []
    if where.header is not None:
        return [incoming.header(where.header)]
    return [each for each in (_found(said, place) for place in where.body or ()) if isinstance(each, str)]


def _found(said: Any, place: str) -> Any:
    """Return what stands at `a.b`, or None."""
    for name in place.split("."):
        said = said.get(name) if isinstance(said, Mapping) else None
    return said


def _key(value: Any) -> str:
    """Return a value that can be the key of a record, as text, or nothing."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if text.isprintable() and WORD.fullmatch(text) else ""


def _spread(body: Body, lists: Sequence[str]) -> Iterator[Body]:
    """Give each change with what is said around it; where a list is missing, what is around it is the change."""
    inner = body.get(lists[0]) if lists else None
    if not isinstance(inner, list):
        yield body
        return
    around = {name: value for name, value in body.items() if name != lists[0]}
    for each in inner:
        if isinstance(each, dict):
            yield from _spread({**around, **each}, lists[1:])


def _form(content: bytes) -> Body:
    """Return the fields of a form, `data[email]` as `email` in `data`; what stands there twice says nothing."""
    said: dict[str, Any] = {}
    for name, value in parse_qsl(content.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS):
        if whole := NAME.fullmatch(name):
            *around, last = [whole[1], *re.findall(r"\[([^\[\]]*)\]", whole[2])]
            inner: Any = said
            for each in around:
                inner = inner.setdefault(each, {}) if isinstance(inner, dict) else None
            if isinstance(inner, dict):
                inner[last] = None if last in inner else value
    return said
