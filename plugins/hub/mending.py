"""Mending by hand: a record in quarantine as somebody writes it anew, read by the code that reads every record."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, select, update

from plugins.hub import auditing
from plugins.hub.plans import Hub
from plugins.hub.replaying import Reader
from plugins.store.codec import codec
from plugins.store.engine import Store, StoreError
from plugins.store.tables import quarantine
from plugins.store.times import utc_text

MOST_SIGNS = 50_000
"""What a form can carry; a longer record is mended at its source."""
Place = tuple[str, ...]


class Unmended(StoreError):  # noqa: N818 - a verdict on what was written
    """A record that stays as it was; `because` is one word for it, `field` where it is wrong."""

    def __init__(self, because: str, text: str, field: str | None = None) -> None:
        super().__init__(text)
        self.because, self.field = because, field


@dataclass(frozen=True, slots=True)
class Kept:
    """A record of the quarantine."""

    row: RowMapping

    @property
    def text(self) -> str:
        """Return it as it stands: as it was mended last, else as it came."""
        return str(self.row["mended"] or self.row["payload"])

    @property
    def is_mendable(self) -> bool:
        """Tell whether it may be written anew: it waits, fits a form, and is nobody's word about consent."""
        is_word = self.row["stage"] == "keep" and self.row["stream"] == "consent"
        return self.row["state"] == "open" and len(self.text) <= MOST_SIGNS and not is_word


def kept(connection: Connection, key: str) -> Kept | None:
    """Return a record of the quarantine by its id."""
    row = connection.execute(select(quarantine).where(quarantine.c.id == key)).mappings().one_or_none()
    return None if row is None else Kept(row)


def mend(hub: Hub, key: str, text: str, who: str) -> None:
    """Read a record as somebody wrote it anew, and keep it; what came stays beside it.

    Raises Unmended, and changes nothing, where it cannot be read or says of consent what the source did not.
    """
    found = _open(hub.store, key)
    if not found.is_mendable:
        raise Unmended("unmendable", f"quarantine {key}: it cannot be mended by hand; mend it at its source")
    changed = _changed(found.text, text)
    reader = Reader(hub, str(uuid.uuid4()))
    if not reader.reads({**found.row, "mended": text}):
        wrong = reader.keeper.bad[0]
        raise Unmended(wrong.reason, f"quarantine {key}: still {wrong.reason}; look at {wrong.field}", wrong.field)
    if changed & set(_of_consent(reader)):
        raise Unmended("consent", f"quarantine {key}: nobody's consent is mended; the source must say it")
    reader.keeper.commit()
    values = {"state": "replayed", "settled_at": utc_text(hub.clock()), "settled_by": who}
    _settle(hub.store, key, {**values, "mended": text if changed else found.row["mended"]})
    detail = {"step": "mended", "fields": sorted(changed)}
    auditing.note(hub.store, "quarantine", key, detail, hub.clock(), who=who)


def discard(hub: Hub, key: str, reason: str, who: str) -> None:
    """Put a record aside for good, with a reason; the same record, should it come again, stays aside."""
    if not reason.strip():
        raise Unmended("no_reason", f"quarantine {key}: nothing is discarded without a reason; give one")
    _open(hub.store, key)
    values = {"state": "discarded", "settled_at": utc_text(hub.clock()), "settled_by": who, "note": reason.strip()}
    _settle(hub.store, key, values)
    auditing.note(hub.store, "quarantine", key, {"step": "discarded", "why": reason.strip()}, hub.clock(), who=who)


def _open(store: Store, key: str) -> Kept:
    with store.reading() as connection:
        found = kept(connection, key)
    if found is None or found.row["state"] != "open":
        raise Unmended("gone", f"quarantine {key}: no such record is open; see 'rotonde quarantine list'")
    return found


def _settle(store: Store, key: str, values: Mapping[str, Any]) -> None:
    with store.writing() as connection:
        connection.execute(update(quarantine).where(quarantine.c.id == key).values(**values))


def _of_consent(reader: Reader) -> Iterator[str]:
    """Give the names under which the source says what was agreed to, in the records that were just read."""
    field, facts = (codec("consent").columns.index(name) for name in ("field", "facts"))
    for row in reader.keeper.rows.get("consent", ()):
        yield str(row[field]).rpartition(".")[2]
        yield from msgspec.json.decode(row[facts])


def _changed(before: str, after: str) -> set[str]:
    """Return the names of what differs: the fields on the way to it, and what a list of pairs calls it.

    Raises Unmended where what was written is no JSON.
    """
    new = _leaves(after)
    if new is None:
        raise Unmended("malformed_json", "quarantine: what was written is no JSON; mind quotes, commas and brackets")
    old = _leaves(before) or {}
    return {name for place in old.keys() | new.keys() if old.get(place) != new.get(place)
            for name in (*place, *_beside(place, old), *_beside(place, new)) if not name.isdigit()}  # fmt: skip


def _beside(place: Place, leaves: Mapping[Place, Any]) -> list[str]:
    """Return the texts beside a leaf within a list: `{"key": "newsletter", "value": "no"}` is about the newsletter."""
    if not any(each.isdigit() for each in place):
        return []
    return [leaves[other] for name in ("key", "name") if isinstance(leaves.get(other := (*place[:-1], name)), str)]


def _leaves(text: str) -> dict[Place, Any] | None:
    try:
        return dict(leaves(msgspec.json.decode(text)))
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None


def leaves(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Give every value within a record, and where it is: the names and numbers on the way."""
    if isinstance(value, dict | list) and value:
        each_of = value.items() if isinstance(value, dict) else enumerate(value)
        for name, each in each_of:
            yield from leaves(each, (*place, str(name)))
    else:
        yield place, value
