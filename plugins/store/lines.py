"""Singer on a pipe: lines in, messages out; a line that is none is said so, and never shown."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

CHUNK_BYTES = 1 << 18
LARGEST_RECORD_BYTES = 8_000_000
"""Meltano ends a run at a line of half its buffer; larger records are set aside before that."""
LARGEST_PAYLOAD = 1_000_000
BOM = b"\xef\xbb\xbf"


class Message(msgspec.Struct, omit_defaults=True):
    """One Singer message; `record`, `schema` and `value` stay undecoded until somebody needs them."""

    type: str
    stream: str = ""
    record: msgspec.Raw = msgspec.Raw()
    schema: msgspec.Raw = msgspec.Raw()
    value: msgspec.Raw = msgspec.Raw()
    key_properties: list[str] = []
    version: int | None = None
    time_extracted: str | None = None
    source: str | None = None
    vendor_stream: str | None = None
    """With ACTIVATE_VERSION of a canonical stream: whose snapshot, of which vendor stream, is sealed."""


class Bad(msgspec.Struct):
    """A record in quarantine, as the mapper hands it on and as the store keeps it."""

    stage: str
    source: str
    stream: str
    reason: str
    payload: str
    field: str | None = None


class Counted(msgspec.Struct):
    """What became of a stream's records; read = accepted + quarantined + filtered."""

    stage: str
    source: str
    stream: str
    read: int
    accepted: int
    quarantined: int
    filtered: int


decode_message: Callable[[bytes], Message] = msgspec.json.Decoder(Message).decode
encode: Callable[[Any], bytes] = msgspec.json.Encoder().encode


class Terminated(BaseException):
    """SIGTERM or SIGINT came while we waited for input."""


class Pipe:
    """Standard input as lines; a signal ends the waiting, never the work on a record."""

    def __init__(self, descriptor: int = 0) -> None:
        self.descriptor = descriptor
        self.stopped = False
        self._waits = False

    def obey_signals(self) -> None:
        """Let SIGTERM and SIGINT end the input instead of the process."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def _stop(self, _number: int, _frame: object) -> None:
        self.stopped = True
        if self._waits:
            raise Terminated

    def chunks(self) -> Iterator[list[bytes]]:
        """Give the complete lines of each read."""
        kept: list[bytes] = []
        while block := self._read():
            *lines, last = block.split(b"\n")
            if lines:
                lines[0] = b"".join([*kept, lines[0]])
                kept = []
                yield lines
            kept.append(last)
        rest = b"".join(kept)
        if rest and not self.stopped:  # a line cut short by a signal was not said: it comes again
            yield [rest]

    def _read(self) -> bytes:
        if self.stopped:
            return b""
        try:
            self._waits = True
            return os.read(self.descriptor, CHUNK_BYTES)
        except Terminated:
            return b""
        finally:
            self._waits = False


def put(data: bytes, descriptor: int = 1) -> None:
    """Write all of it: a pipe may take less than it is given."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
