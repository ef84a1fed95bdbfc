"""Links that are signed and end: nobody guesses one, each is about one thing, and none has personal data in it."""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection

from plugins.store.engine import Store
from plugins.store.suppression import checked_secret

Kind = Literal["preferences", "claim"]
MARKS: dict[Kind, int] = {"preferences": 1, "claim": 2}
HEAD = struct.Struct(">BI")
TAG_BYTES = 16
KEY_OF = b"rotonde links 1"


class DeadLink(Exception):  # noqa: N818 - an answer to whoever opened it
    """A link that is not ours, or that has ended."""

    def __init__(self, *, is_over: bool = False) -> None:
        super().__init__("link: it does not work any more; ask for a new one")
        self.is_over = is_over


class Links:
    """Makes and reads the words of links, under a key that is derived from the store's secret."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def make(self, connection: Connection, kind: Kind, about: bytes, until: datetime) -> str:
        """Return the words of a link about something, until a moment (whole minutes)."""
        body = HEAD.pack(MARKS[kind], int(until.timestamp()) // 60) + about
        return _text(body + self._tag(connection, body))

    def read(self, connection: Connection, kind: Kind, word: str, now: datetime) -> bytes:
        """Return what a link is about; raises DeadLink."""
        whole = _bytes(word)
        body, tag = whole[:-TAG_BYTES], whole[-TAG_BYTES:]
        if len(body) <= HEAD.size or not hmac.compare_digest(tag, self._tag(connection, body)):
            raise DeadLink
        mark, minutes = HEAD.unpack_from(body)
        if mark != MARKS[kind]:
            raise DeadLink
        if now >= datetime.fromtimestamp(minutes * 60, UTC):
            raise DeadLink(is_over=True)
        return body[HEAD.size :]

    def _tag(self, connection: Connection, body: bytes) -> bytes:
        key = hmac.digest(checked_secret(connection, self.store), KEY_OF, "sha256")
        return hmac.digest(key, body, "sha256")[:TAG_BYTES]


def ends(now: datetime, days: int) -> datetime:
    """Return when a link of so many days ends, to the minute."""
    return (now + timedelta(days=days)).replace(second=0, microsecond=0)


def days_of(said: str, setting: str, otherwise: int, refuse: Callable[[str], Exception]) -> int:
    """Read a number of days from a setting."""
    if not said:
        return otherwise
    if not said.isdigit() or not 0 < int(said) <= 3650:
        raise refuse(f"{setting}: '{said}' is no number of days; write for example {otherwise}")
    return int(said)


def _text(whole: bytes) -> str:
    return base64.urlsafe_b64encode(whole).decode().rstrip("=")


def _bytes(word: str) -> bytes:
    try:
        whole = base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise DeadLink from None
    if _text(whole) != word:  # one link has one spelling
        raise DeadLink
    return whole
