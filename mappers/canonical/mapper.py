#!/usr/bin/env python3
"""Singer inline mapper: a vendor's streams in, canonical records out.

`mapper.py --config FILE` on a pipe between a tap and `target-hub` (or any Singer target). What cannot be read
comes out as a record of stream `quarantine`; the counts of each vendor stream as stream `run_stream`.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from mappers.canonical.reading import Maps, Reading
from mappers.canonical.vendor_record import Unreadable, VendorRecord
from plugins.store.codec import BadRecord, codec
from plugins.store.entities import ENTITIES, Record, singer_schema
from plugins.store.lines import (
    BOM,
    LARGEST_PAYLOAD,
    LARGEST_RECORD_BYTES,
    Bad,
    Counted,
    Message,
    Pipe,
    decode_message,
    encode,
    put,
)
from plugins.store.times import now

SETTINGS = {
    "system": "whose streams these are: a module of mappers/canonical",
    "source": "name of the connection, kept in every record (default: the system)",
    "country": "where a phone number or postcode without a country is at home, for example NL",
    "timezone": "zone of times that come without one, for example Europe/Amsterdam",
    "currency": "currency of amounts that come without one, for example EUR",
    "accounts": "the connection whose customers this system names by their number there (default: it has its own)",
}


class WrongConfig(Exception):  # noqa: N818 - said to the operator as it is
    """The configuration cannot be used. The text is `where: what; what to do`."""


class Mapper:
    """Turns one message into the messages that replace it."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        unknown = set(config) - set(SETTINGS)
        if unknown:
            raise WrongConfig(f"mapper: unknown setting {sorted(unknown)}; it knows {', '.join(SETTINGS)}")
        if not config.get("system"):
            raise WrongConfig("mapper: 'system' is missing; name a module of mappers/canonical")
        self.system = str(config["system"])
        self.source = str(config.get("source") or self.system)
        self.streams = _streams(self.system)
        self.country = str(config.get("country") or "NL")
        self.currency = str(config.get("currency") or "EUR")
        self.zone = ZoneInfo(str(config.get("timezone") or "Europe/Amsterdam"))
        self.accounts = str(config["accounts"]) if config.get("accounts") else None
        self.counts: dict[str, Counter[str]] = {}
        self.announced: set[str] = set()
        self.decoder = msgspec.json.Decoder()
        self._reading: tuple[tuple[str, str | None, int | None], Reading] | None = None

    def line(self, line: bytes) -> Iterator[bytes]:
        """Give the lines that replace one line; blank ones vanish."""
        line = line.removeprefix(BOM).strip()
        if not line:
            return
        try:
            message = decode_message(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            yield from self._broken("?", "malformed_json", line)
            return
        match message.type:
            case "RECORD" if message.record:
                yield from self._record(message, message.record, len(line))
            case "SCHEMA":
                yield from self._schema(message.stream)
            case "ACTIVATE_VERSION" if message.version is not None:
                yield from self._seal(message.stream, message.version)
            case "STATE":
                yield from self.count_lines()
                yield line
            case "BATCH":
                yield from self._broken(message.stream, "batch_not_supported", line)
            case _:
                yield from self._broken(message.stream or "?", "unknown_message", line)

    def _broken(self, stream: str, reason: str, line: bytes) -> Iterator[bytes]:
        self._count(stream, "read")
        yield from self._set_aside(stream, reason, line, None)

    def _schema(self, stream: str) -> Iterator[bytes]:
        for model in self.streams[stream].makes if stream in self.streams else ():
            if model.entity not in self.announced:
                self.announced.add(model.entity)
                yield encode({
                    "type": "SCHEMA", "stream": model.entity, "schema": singer_schema(model),
                    "key_properties": ["source", "source_id"],
                })  # fmt: skip

    def _record(self, message: Message, record: msgspec.Raw, size: int) -> Iterator[bytes]:
        stream = message.stream
        if stream == "quarantine":
            yield from self._set_aside_by_tap(record)
            return
        self._count(stream, "read")
        maps = self.streams.get(stream)
        if maps is None or size > LARGEST_RECORD_BYTES:
            reason = "unknown_stream" if maps is None else "too_large"
            yield from self._set_aside(stream, reason, bytes(record), None)
            return
        try:
            made = list(self._map(maps, message, record))
        except Unreadable as error:
            yield from self._set_aside(stream, error.reason, bytes(record), error.field)
            return
        self._count(stream, "accepted" if made else "filtered")
        yield from made

    def _map(self, maps: Maps, message: Message, record: msgspec.Raw) -> Iterator[bytes]:
        try:
            vendor: VendorRecord = self.decoder.decode(record)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
            raise Unreadable("malformed_json", "record") from None
        if not isinstance(vendor, dict):
            raise Unreadable("wrong_type", "record")
        try:
            for made in maps.read(vendor, self._at(message)):
                yield _record_line(made)
        except BadRecord as error:
            raise Unreadable(error.reason, error.field or "record") from None
        except ValueError:
            raise Unreadable("bad_value", "record") from None

    def _at(self, message: Message) -> Reading:
        key = (message.stream, message.time_extracted, message.version)
        if self._reading is None or self._reading[0] != key:
            seen_at = _seen_at(message)
            home = (self.country, self.currency, self.zone, self.accounts)
            reading = Reading(self.source, message.stream, seen_at, *home)
            self._reading = (key, reading)
        return self._reading[1]

    def _seal(self, stream: str, version: int) -> Iterator[bytes]:
        for model in self.streams[stream].makes if stream in self.streams else ():
            if model.is_log:
                continue
            yield encode({
                "type": "ACTIVATE_VERSION", "stream": model.entity, "version": version, "source": self.source,
                "vendor_stream": stream,
            })  # fmt: skip

    def _set_aside(self, stream: str, reason: str, payload: bytes, field: str | None) -> Iterator[bytes]:
        self._count(stream, "quarantined")
        text = payload[:LARGEST_RECORD_BYTES].decode("utf-8", "backslashreplace")
        line = _message("quarantine", Bad("mean", self.source, stream, reason, text, field))
        if len(line) > LARGEST_RECORD_BYTES:
            line = _message("quarantine", Bad("mean", self.source, stream, reason, text[:LARGEST_PAYLOAD], field))
        yield line

    def _set_aside_by_tap(self, record: msgspec.Raw) -> Iterator[bytes]:
        try:
            bad = msgspec.json.decode(record, type=Bad)
        except (msgspec.DecodeError, UnicodeDecodeError):
            yield from self._broken("quarantine", "malformed_json", bytes(record))
            return
        self._count(bad.stream, "read")
        yield from self._set_aside(bad.stream, bad.reason, bad.payload.encode(), bad.field)

    def _count(self, stream: str, what: str) -> None:
        self.counts.setdefault(stream, Counter())[what] += 1

    def count_lines(self) -> Iterator[bytes]:
        """Give the counts since the last time, as records."""
        for stream, count in self.counts.items():
            numbers = [count[name] for name in ("read", "accepted", "quarantined", "filtered")]
            yield _message("run_stream", Counted("mean", self.source, stream, *numbers))
        self.counts.clear()


def _message(stream: str, record: msgspec.Struct) -> bytes:
    return encode({"type": "RECORD", "stream": stream, "record": record})


def _record_line(record: Record) -> bytes:
    line = encode(record)
    codec(record.entity).check(line)
    return b'{"type":"RECORD","stream":"%s","record":%s}' % (record.entity.encode(), line)


def _seen_at(message: Message) -> datetime:
    if message.version is not None:
        try:
            return datetime.fromtimestamp(message.version / 1000, UTC)
        except (OverflowError, ValueError, OSError):
            raise Unreadable("bad_time", "version") from None
    if message.time_extracted:
        try:
            return datetime.fromisoformat(message.time_extracted)
        except ValueError:
            raise Unreadable("bad_time", "time_extracted") from None
    return now()


def _streams(system: str) -> Mapping[str, Maps]:
    if not system.isidentifier():
        raise WrongConfig("mapper: 'system' must be the name of a module of mappers/canonical")
    try:
        module = importlib.import_module(f"mappers.canonical.{system}")
    except ModuleNotFoundError as error:
        if error.name != f"mappers.canonical.{system}":
            raise
        raise WrongConfig(f"mapper: no mapping for system '{system}'; add mappers/canonical/{system}.py") from None
    streams: Mapping[str, Maps] = module.STREAMS
    return streams


def is_mapped(system: str) -> bool:
    """Tell whether a system has a mapping."""
    return importlib.util.find_spec(f"mappers.canonical.{system}") is not None


def run(mapper: Mapper, pipe: Pipe, out: int = 1) -> None:
    """Map a whole input; output is flushed whenever the input runs dry."""
    for lines in pipe.chunks():
        put(b"".join(b"%s\n" % each for line in lines for each in mapper.line(line)), out)
    put(b"".join(b"%s\n" % each for each in mapper.count_lines()), out)


def _config(paths: list[str]) -> dict[str, Any]:
    config: dict[str, Any] = {}
    for path in paths:
        config.update(json.loads(Path(path).read_text("utf-8")))
    return {key: value for key, value in config.items() if value is not None}


def about() -> dict[str, Any]:
    """Describe the mapper as `--about` prints it."""
    return {"name": "mapper-canonical", "settings": SETTINGS, "entities": sorted(ENTITIES)}


def main(arguments: list[str] | None = None) -> int:
    """Run as a Singer mapper; the exit code is 143 after a signal, 2 for a wrong configuration."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", action="append", default=[], help="a JSON file with the settings")
    parser.add_argument("--about", action="store_true", help="print the settings and stop")
    parser.add_argument("--format", default="json", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.about:
        print(json.dumps(about(), indent=2))  # noqa: T201
        return 0
    try:
        mapper = Mapper(_config(options.config))
    except WrongConfig as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    pipe = Pipe()
    pipe.obey_signals()
    try:
        run(mapper, pipe)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    return 143 if pipe.stopped else 0


if __name__ == "__main__":
    sys.exit(main())
