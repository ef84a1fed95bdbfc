"""Canonical records between JSON and rows: decoded and checked in one pass by msgspec, from the entity's model."""

from __future__ import annotations

import hashlib
import types
import typing
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any, ParamSpec, TypeVar, cast

import msgspec
from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic.fields import FieldInfo

from plugins.store.entities import ENTITIES, Record
from plugins.store.kinds import has_offset, is_optional, plain_type
from plugins.store.times import offset_minutes, utc_text

Row = list[Any]
Fields = ParamSpec("Fields")
Made = TypeVar("Made", bound=Record)
Aware = typing.Annotated[datetime, msgspec.Meta(tz=True)]


class BadRecord(Exception):  # noqa: N818 - a verdict on a record, with its reason code
    """A record the store cannot keep; `reason` is a code, `field` names where; no value is told."""

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(f"{field or 'record'}: {reason}")
        self.reason = reason
        self.field = field


def _wire_type(name: str, field: FieldInfo) -> Any:
    python = plain_type(field.annotation)
    if name == "raw":
        return msgspec.Raw
    wire: Any = {datetime: str, dict: dict[str, Any], list: list[Any]}.get(python, python)  # `_stated` checks times
    literal = _literal(field.annotation)
    if literal is not None:
        wire = literal
    elif bounds := _bounds(field):
        wire = typing.Annotated[wire, _meta(bounds)]
    return wire | None if is_optional(field.annotation) else wire


def _literal(annotation: Any) -> Any:
    is_union = typing.get_origin(annotation) in (types.UnionType, typing.Union)
    for each in typing.get_args(annotation) if is_union else (annotation,):
        if typing.get_origin(each) is typing.Literal:
            return each
    return None


def _bounds(field: FieldInfo) -> dict[str, int]:
    found: dict[str, int] = {}
    marks = list(field.metadata)
    for each in (field.annotation, *typing.get_args(field.annotation)):
        if typing.get_origin(each) is typing.Annotated:
            marks += typing.get_args(each)[1:]
    for mark in marks:
        for part in getattr(mark, "metadata", (mark,)):
            match part:
                case Ge(ge=low):
                    found["ge"] = int(typing.cast("int", low))
                case Le(le=high):
                    found["le"] = int(typing.cast("int", high))
                case MinLen(min_length=least):
                    found["min_length"] = least
                case MaxLen(max_length=most):
                    found["max_length"] = most
    return found


def _meta(bounds: dict[str, int]) -> msgspec.Meta:
    make: Callable[..., msgspec.Meta] = msgspec.Meta
    return make(**bounds)


def _default(field: FieldInfo) -> Any:
    if field.default_factory is not None:
        return msgspec.field(default_factory=typing.cast("Callable[[], Any]", field.default_factory))
    return field.default


def _struct(model: type[Record]) -> type[msgspec.Struct]:
    fields: list[Any] = []
    for name, field in model.model_fields.items():
        wire = _wire_type(name, field)
        if name == "raw":
            fields.append((name, wire, msgspec.Raw(b"{}")))
        elif field.is_required():
            fields.append((name, wire))
        else:
            fields.append((name, wire, _default(field)))
    return msgspec.defstruct(model.__name__, fields, kw_only=True, gc=False, namespace={"entity": model.entity})


@lru_cache(maxsize=8192)  # the lines of one receipt share their times
def _stated(words: str) -> tuple[str, int]:
    """Return a time as the store keeps it, and the minutes of its offset."""
    moment = msgspec.convert(words, Aware)
    return utc_text(moment), offset_minutes(moment)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


_encode = msgspec.json.Encoder(order="deterministic").encode


def _json_text(value: Any) -> str:
    return _encode(value).decode()


class Codec:
    """How one entity's records become rows of its table."""

    def __init__(self, model: type[Record]) -> None:
        self.entity = model.entity
        self.struct = _struct(model)
        self.decoder = msgspec.json.Decoder(self.struct)
        names = list(model.model_fields)
        kinds = [plain_type(field.annotation) for field in model.model_fields.values()]
        self.offsets = [i for i, (name, kind) in enumerate(zip(names, kinds, strict=True)) if has_offset(name, kind)]
        self.conversions: list[tuple[int, Callable[[Any], Any]]] = []
        for index, (name, kind) in enumerate(zip(names, kinds, strict=True)):
            if convert := _conversion(kind, name):
                self.conversions.append((index, convert))
        self.seen_at = names.index("seen_at")
        self.columns = [*names, *(f"{names[i]}_offset" for i in self.offsets), "content_hash", "stated_at"]
        self.key = (names.index("source"), names.index("source_id"))
        self.stream = names.index("stream")
        self.changed_at = names.index("changed_at")
        self.hash_at = len(self.columns) - 2

    def decode(self, record: bytes | msgspec.Raw) -> Row:
        """Return the row of one JSON record, in the order of `columns`, or raise BadRecord."""
        try:
            return self.row(self.check(bytes(record)))
        except (UnicodeDecodeError, RecursionError, OverflowError, ValueError):
            raise BadRecord("malformed_json") from None

    def check(self, record: bytes) -> msgspec.Struct:
        """Return one JSON record decoded and checked, or raise BadRecord; `row` looks at its times."""
        if b"\\u0000" in record:
            raise BadRecord("nul_character")
        try:
            return self.decoder.decode(record)
        except msgspec.ValidationError as error:
            raise BadRecord(*_reason(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError, ValueError):
            raise BadRecord("malformed_json") from None

    def row(self, struct: msgspec.Struct) -> Row:
        """Return the row of one decoded record."""
        row: Row = list(msgspec.structs.astuple(struct))
        offsets = [self._time(row, index) for index in self.offsets]
        self._time(row, self.seen_at)
        for index, convert in self.conversions:
            row[index] = convert(row[index])
        row += offsets
        row += (None, row[self.seen_at])
        return self.rehashed(row)

    def rehashed(self, row: Row) -> Row:
        """Return a row with the hash of its content in its place; `seen_at` and `stated_at` are no content."""
        fields = self.hash_at - len(self.offsets)
        said = [*row[: self.seen_at], None, *row[self.seen_at + 1 : fields]]
        row[self.hash_at] = hashlib.blake2b(_encode((said, row[fields : self.hash_at])), digest_size=16).hexdigest()
        return row

    def _time(self, row: Row, index: int) -> int | None:
        """Turn a stated time into UTC in place; return the minutes of its offset."""
        if row[index] is None:
            return None
        try:
            row[index], offset = _stated(row[index])
        except msgspec.ValidationError:
            raise BadRecord("wrong_type", self.columns[index]) from None
        return offset


def _conversion(kind: type, name: str) -> Callable[[Any], Any] | None:
    if name == "raw":
        return lambda raw: str(raw, "utf-8")
    return {date: _iso, dict: _json_text, list: _json_text}.get(kind)


def _reason(error: msgspec.ValidationError) -> tuple[str, str | None]:
    """Return a reason code and the field, from msgspec's words (which never hold the value)."""
    words = str(error)
    field = words.rpartition("`$.")[2].rstrip("`") if "`$." in words else None
    if "missing required field" in words:
        return "missing_key", words.split("`")[1]
    return ("out_of_range" if ">=" in words or "<=" in words or "length" in words else "wrong_type"), field


@cache
def codec(entity: str) -> Codec:
    """Return the codec of an entity; KeyError for a stream that is none."""
    return Codec(ENTITIES[entity])


def unchecked(model: Callable[Fields, Made]) -> Callable[Fields, Made]:
    """Return a quick constructor of an entity's records.

    What it makes has the model's fields, defaults and `entity`, and is its msgspec twin: it knows its fields' names,
    and whoever hands it on checks their values (`Codec.check`).
    """
    return cast("Callable[Fields, Made]", codec(cast("type[Record]", model).entity).struct)


def tombstone(source: str, source_id: str, stream: str, at: datetime) -> dict[str, Any]:
    """Return the fields every tombstone has."""
    stamp = at.astimezone(UTC).isoformat()
    return {
        "source": source,
        "source_id": source_id,
        "stream": stream,
        "changed_at": stamp,
        "seen_at": stamp,
        "is_deleted": True,
    }


def best_of(rows: Sequence[Row], codec: Codec) -> list[Row]:
    """Return one row per key: the newest statement by (source time, snapshot start, content hash), seen last."""
    source, source_id = codec.key
    best: dict[tuple[str, str], Row] = {(row[source], row[source_id]): row for row in rows}
    if len(best) == len(rows):
        return list(rows)
    best.clear()
    for row in rows:
        key = (row[source], row[source_id])
        other = best.get(key)
        if other is None:
            best[key] = row
            continue
        winner = row if _order(row, codec) > _order(other, codec) else other
        latest = max(row[codec.seen_at], other[codec.seen_at])
        best[key] = [*winner[: codec.seen_at], latest, *winner[codec.seen_at + 1 :]]
    return list(best.values())


def _order(row: Row, codec: Codec) -> tuple[str, str, str]:
    return (row[codec.changed_at] or "", row[-1], row[codec.hash_at])
