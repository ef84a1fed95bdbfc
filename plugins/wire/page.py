"""What a tap says, a page of records at a time: one write a page, in order, and nothing too large for a pipe."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from singer_sdk import singerlib
from singer_sdk.contrib.msgspec import encoder
from singer_sdk.singerlib.encoding.base import GenericSingerWriter
from typing_extensions import override

LARGEST_RECORD_BYTES = 8_000_000
"""Meltano ends a run at a line of half its buffer; larger records are set aside before that."""
PAYLOAD_KEPT = 1_000_000
WRITE_BYTES = 1 << 20
ENTRY = {"type": "string"}
QUARANTINE = {
    "type": "object",
    "properties": dict.fromkeys(("stage", "source", "stream", "reason", "payload", "field"), ENTRY),
}

Path = tuple[str, ...]


class Page(GenericSingerWriter[bytes, singerlib.Message]):
    """Writes records in one piece, a page at a time; every other message goes out at once, after them."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.bytes = 0
        self.is_writing = False
        self.told_of_quarantine = False

    @override
    def serialize_message(self, message: singerlib.Message) -> bytes:
        return encoded(message.to_dict())

    @override
    def write_message(self, message: singerlib.Message) -> None:
        if self.is_writing:  # a signal cut a page short: a state would cover records that were never written
            return
        self.add(self.format_message(message))
        if not isinstance(message, singerlib.RecordMessage):
            self.flush()

    def add(self, line: bytes) -> None:
        """Keep a line until the page is full."""
        self.lines.append(line)
        self.bytes += len(line)
        if self.bytes > WRITE_BYTES:
            self.flush()

    def record(self, head: bytes, record: Mapping[str, Any], stream: str, source: str) -> None:
        """Add a record after the head of its message; one that is too large becomes a record of `quarantine`."""
        self.raw(head, [encoded(record)], stream, source)

    def raw(self, head: bytes, records: Sequence[bytes], stream: str, source: str) -> None:
        """Add records that are JSON already."""
        lines = [b"%s%s}" % (head, record) for record in records]
        if max(map(len, lines), default=0) > LARGEST_RECORD_BYTES:
            for line in lines:
                if len(line) > LARGEST_RECORD_BYTES:
                    self.set_aside(stream, source, "too_large", line[len(head) :])
            lines = [line for line in lines if len(line) <= LARGEST_RECORD_BYTES]
        self.lines += lines
        self.bytes += sum(map(len, lines))
        if self.bytes > WRITE_BYTES:
            self.flush()

    def set_aside(self, stream: str, source: str, reason: str, payload: bytes) -> None:
        """Say of something that it cannot be passed on: a record of `quarantine`."""
        if not self.told_of_quarantine:
            self.told_of_quarantine = True
            self.write_message(singerlib.SchemaMessage("quarantine", QUARANTINE, key_properties=[]))
        text = payload[:PAYLOAD_KEPT].decode("utf-8", "replace")
        bad = {"stage": "mean", "source": source, "stream": stream, "reason": reason, "payload": text}
        self.write_message(singerlib.RecordMessage("quarantine", bad))

    def flush(self) -> None:
        """Write what is kept; a pipe may take less than it is given."""
        lines, self.lines, self.bytes = self.lines, [], 0
        view = memoryview(b"\n".join([*lines, b""]))
        self.is_writing = True
        while view:
            view = view[sys.stdout.buffer.write(view) :]
        sys.stdout.buffer.flush()
        self.is_writing = False


def encoded(value: Any) -> bytes:
    """Return a value as JSON; half a surrogate pair is kept as an escape, for the reader to set the record aside."""
    try:
        return encoder.encode(value)
    except UnicodeEncodeError:
        return json.dumps(value, default=str, separators=(",", ":")).encode()


def head_of(stream: str, version: int | None, extracted_at: datetime) -> bytes:
    """Return the beginning of a RECORD message, up to the record itself."""
    start: dict[str, Any] = {"type": "RECORD", "stream": stream, "time_extracted": extracted_at}
    if version is not None:
        start["version"] = version
    return encoder.encode(start)[:-1] + b',"record":'


def deselected(mask: Mapping[Path, bool]) -> list[Path]:
    """Return the paths of properties that a catalog leaves out, without those below them."""
    out = [crumb for crumb, is_selected in mask.items() if not is_selected and {*crumb[::2]} == {"properties"}]
    return [crumb[1::2] for crumb in out if not any(crumb[: len(other)] == other for other in out if other != crumb)]


def drop(record: dict[str, Any], path: Sequence[str]) -> None:
    """Take one property out of a record."""
    *parents, name = path
    for parent in parents:
        inner = record.get(parent)
        if not isinstance(inner, dict):
            return
        record = inner
    record.pop(name, None)
