#!/usr/bin/env python3
"""Singer target: canonical records into the store, bulk upsert, STATE only after the rows are durable.

`target.py [--config FILE]` on a pipe. One bad line never ends the run: it goes to quarantine with its reason.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from plugins.store.engine import Store, StoreError, open_store
from plugins.store.keeper import Keeper
from plugins.store.lines import BOM, Message, Pipe, decode_message, put
from plugins.store.migrate import migrate
from plugins.store.times import utc_text

SETTINGS = {
    "database_url": "SQLAlchemy URL of the store (default: ROTONDE_DATABASE_URL, or .rotonde/store.db)",
    "commit_seconds": "how long rows wait at most before they are committed (default 30)",
    "accept_shrink": "true: believe a snapshot that lacks most of what is known, for this run (default false)",
}
COMMIT_SECONDS = 30.0


class Door:
    """Reads messages and keeps them; `state` is said only when all before it is durable."""

    def __init__(self, keeper: Keeper, commit_seconds: float = COMMIT_SECONDS, out: int = 1) -> None:
        self.keeper, self.commit_seconds, self.out = keeper, commit_seconds, out
        self.state: bytes | None = None
        self.committed_at = time.monotonic()

    def line(self, line: bytes) -> None:
        """Take one line of the input."""
        line = line.removeprefix(BOM).strip()
        if not line:
            return
        try:
            message = decode_message(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.keeper.broken_line(line, "malformed_json")
            return
        self._message(message, line)

    def _message(self, message: Message, line: bytes) -> None:
        match message.type:
            case "RECORD" if message.record:
                self._record(message.stream, message.record)
            case "STATE" if message.value:
                self.state = bytes(message.value)
            case "ACTIVATE_VERSION":
                self._seal(message, line)
            case "SCHEMA":
                pass  # the store's own models say what a record is
            case "BATCH":
                self.keeper.broken_line(line, "batch_not_supported")
            case _:
                self.keeper.broken_line(line, "unknown_message")

    def _record(self, stream: str, record: msgspec.Raw) -> None:
        try:
            match stream:
                case "quarantine":
                    self.keeper.mapper_bad(record)
                case "run_stream":
                    self.keeper.mapper_count(record)
                case _:
                    self.keeper.record(stream, record)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.keeper.broken_line(bytes(record), "malformed_json")

    def _seal(self, message: Message, line: bytes) -> None:
        if message.version is None or not message.source or not message.vendor_stream:
            return  # a stock tap's version message says nothing of a complete reading
        try:
            sealed_from = utc_text(datetime.fromtimestamp(message.version / 1000, UTC))
        except (OverflowError, ValueError, OSError):
            self.keeper.broken_line(line, "bad_version")
            return
        self.keeper.sealed(message.stream, message.source, message.vendor_stream, sealed_from)

    def rest(self, *, is_end: bool = False) -> None:
        """Commit when the batch is full, old, or the last one, and say the state that this covers."""
        is_old = time.monotonic() - self.committed_at > self.commit_seconds
        if not (self.keeper.is_full or is_old or is_end):
            return
        self.keeper.commit()
        self.committed_at = time.monotonic()
        if self.state is not None:
            put(self.state + b"\n", self.out)
            self.state = None


def run(store: Store, pipe: Pipe, config: dict[str, Any], out: int = 1) -> Keeper:
    """Keep a whole input; returns the keeper with its warnings."""
    run_id = os.environ.get("MELTANO_RUN_ID") or str(uuid.uuid4())
    is_believed = str(config.get("accept_shrink", "")).lower() == "true"
    keeper = Keeper(store, run_id, accept_shrink=is_believed, grants=_came_back)
    door = Door(keeper, float(config.get("commit_seconds", COMMIT_SECONDS)), out)
    for lines in pipe.chunks():
        for line in lines:
            door.line(line)
        door.rest()
    door.rest(is_end=True)
    return keeper


def _came_back(record: Mapping[str, Any]) -> str | None:
    """Tell when somebody suppressed gave a whole consent; the rules are loaded only where that is asked."""
    from plugins.hub.rights.lifting import came_back

    return came_back(record)


def _config(paths: list[str]) -> dict[str, Any]:
    config: dict[str, Any] = {}
    for path in paths:
        if path != "ENV":
            config.update(json.loads(Path(path).read_text("utf-8")))
    if unknown := set(config) - set(SETTINGS):
        raise StoreError(f"target-hub: unknown setting {sorted(unknown)}; it knows {', '.join(SETTINGS)}")
    return {key: value for key, value in config.items() if value not in (None, "")}


def main(arguments: list[str] | None = None) -> int:
    """Run as a Singer target; the exit code is 143 after a signal, 2 for a wrong configuration."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", action="append", default=[], help="a JSON file with the settings")
    parser.add_argument("--about", action="store_true", help="print the settings and stop")
    parser.add_argument("--format", default="json", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.about:
        print(json.dumps({"name": "target-hub", "settings": SETTINGS}, indent=2))  # noqa: T201
        return 0
    os.umask(0o077)
    try:
        config = _config(options.config)
        store = open_store(config.get("database_url"))
        migrate(store)
    except StoreError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    return _serve(store, config)


def _serve(store: Store, config: dict[str, Any]) -> int:
    pipe = Pipe()
    pipe.obey_signals()
    try:
        keeper = run(store, pipe, config)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    finally:
        store.close()
    for warning in keeper.warnings:
        print(warning, file=sys.stderr)  # noqa: T201
    return 143 if pipe.stopped else 0


if __name__ == "__main__":
    sys.exit(main())
