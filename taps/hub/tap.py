#!/usr/bin/env python3
"""Singer tap: the plan for one destination as records of stream `changes`, removals first.

`tap.py --config FILE`. Each record is entered into the push journal as planned before it is written; the target's
outbox takes it from there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from plugins.hub.audience_sizes import note_audiences
from plugins.hub.auditing import note
from plugins.hub.journal import recover, run_id, write_plan
from plugins.hub.lease import LeaseTaken, beating, release, take
from plugins.hub.plan_sizes import note_size
from plugins.hub.plans import COUNTED, NUMBERS, Hub, Lane, journal_rows, open_hub, planned
from plugins.hub.rights.telling import due
from plugins.hub.sealing import hold_to_seal, sealed_accept
from plugins.rules.complaint import RulesError
from plugins.store.engine import StoreError
from plugins.store.findings import keep
from plugins.store.lines import encode, put

SETTINGS = {
    "destination": "whose plan this is, for example mailchimp",
    "lane": "removals: only what must leave; all: everything (default)",
    "accept": "true: send even what a guard would stop (default false)",
}
SCHEMA = {
    "type": "object",
    "properties": {
        "key": {"type": "string", "description": "the journal's id of this decision"},
        "operation": {"enum": ["add", "change", "remove", "erase"]},
        "wire_id": {"type": "string", "description": "the identifier as it is, or was, sent"},
        "payload": {"type": "object", "description": "fields, status, tags_on, tags_off, is_known; sent where hashed"},
    },
    "required": ["key", "operation", "wire_id", "payload"],
}


def emit(hub: Hub, destination: str, lane: Lane, *, accept: bool, out: int = 1) -> int:
    """Plan, enter the rows into the journal, and write them; returns how many."""
    channel = hub.channel(destination)
    lease = take(hub.store, destination, run_id(), hub.clock)
    put(encode({"type": "SCHEMA", "stream": "changes", "schema": SCHEMA, "key_properties": ["key"]}) + b"\n", out)
    count, is_whole = 0, lane == "all"
    shown = COUNTED if is_whole else NUMBERS
    with beating(hub.store, lease, hub.clock):
        with hub.store.writing() as writer:
            recover(writer, destination, lease.fence)
            told = due(writer, destination)
        put(b"".join(_line(each) for each in told), out)
        try:
            with planned(hub, destination, accept=accept, notes=True, tells=is_whole, shown=shown) as planning:
                connection, result, _ = planning
                rows = list(journal_rows(connection, channel, lane))
            hold_to_seal(hub, destination, rows)
        except StoreError:
            if not told:  # else the target's outbox gives it back
                release(hub.store, lease)
            raise
        note_size(hub.store, lane, result, hub.clock())
        if is_whole:
            note_audiences(hub.store, result, hub.clock())
        for guard in result.lifted:
            note(hub.store, "override", destination, {"guard": guard, "run": run_id()}, hub.clock())
        with hub.store.writing() as writer:
            keep(writer, "guard", f"plan {destination}", result.guards, hub.clock())
        for guard in result.guards:
            print(f"{destination}: {guard}", file=sys.stderr)  # noqa: T201
        for start in range(0, len(rows), 5000):
            with hub.store.writing() as writer:
                entered = write_plan(writer, channel, rows[start : start + 5000], hub.meaning.version, hub.clock())
            put(b"".join(_line(each) for each in entered), out)
            count += len(entered)
    count += len(told)
    if not count:
        release(hub.store, lease)  # else the target's outbox gives it back
    return count


def _line(row: dict[str, Any]) -> bytes:
    record = {name: row[name] for name in ("key", "operation", "wire_id")}
    payload = json.loads(row["payload"])
    return encode({"type": "RECORD", "stream": "changes", "record": {**record, "payload": payload}}) + b"\n"


def _config(paths: list[str]) -> dict[str, Any]:
    config: dict[str, Any] = {}
    for path in paths:
        config.update(json.loads(Path(path).read_text("utf-8")))
    config = {key: value for key, value in config.items() if value not in (None, "")}
    if unknown := set(config) - set(SETTINGS):
        raise StoreError(f"tap-hub: unknown setting {sorted(unknown)}; it knows {', '.join(SETTINGS)}")
    if not config.get("destination"):
        raise StoreError("tap-hub: 'destination' is missing; name one that a target's channel.yml has")
    if config.get("lane", "all") not in ("removals", "all"):
        raise StoreError("tap-hub: 'lane' must be 'removals' or 'all'")
    return config


def main(arguments: list[str] | None = None) -> int:
    """Run as a Singer tap; exit code 2 for wrong configuration or rules, 1 when the destination is taken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", action="append", default=[], help="a JSON file with the settings")
    parser.add_argument("--state", help="taken and not needed: the journal knows what was sent")
    parser.add_argument("--about", action="store_true", help="print the settings and stop")
    parser.add_argument("--format", default="json", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.about:
        print(json.dumps({"name": "tap-hub", "settings": SETTINGS}, indent=2))  # noqa: T201
        return 0
    os.umask(0o077)
    try:
        config = _config(options.config)
        hub = open_hub()
        accept = str(config.get("accept", "")).lower() == "true" or sealed_accept(hub)
        emit(hub, config["destination"], config.get("lane", "all"), accept=accept)
    except (StoreError, RulesError, LeaseTaken) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1 if isinstance(error, LeaseTaken) else 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
