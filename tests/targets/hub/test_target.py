"""The door into the store as a process on a pipe: one bad line ends nothing, and STATE means durable."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from plugins.store.engine import Store
from plugins.store.tables import ENTITY_TABLES, quarantine, run_stream

ROOT = Path(__file__).parents[3]
TARGET = [sys.executable, str(ROOT / "targets/hub/target.py")]
EMAIL = "els.peeters@example.be"
STATE = b'{"type":"STATE","value":{"bookmarks":{"sales":1}}}\n'


def line(**changes: Any) -> bytes:
    record = {
        "source": "till",
        "source_id": "1",
        "stream": "customers",
        "seen_at": "2026-03-02T10:12:00+01:00",
        "email": EMAIL,
    }
    return message(record | changes)


def message(record: Any, stream: str = "customer") -> bytes:
    return json.dumps({"type": "RECORD", "stream": stream, "record": record}).encode() + b"\n"


def environment(url: str, **more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "ROTONDE_DATABASE_URL": url, **more}


def kept(url: str, given: bytes, **more: str) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(TARGET, input=given, capture_output=True, env=environment(url, **more), timeout=60)
    assert EMAIL.encode() not in done.stderr
    return done


def reasons(store: Store) -> list[str]:
    with store.reading() as connection:
        return sorted(row.reason for row in connection.execute(select(quarantine.c.reason)))


def customers(store: Store) -> list[str]:
    table = ENTITY_TABLES["customer"]
    with store.reading() as connection:
        return [row.source_id for row in connection.execute(select(table.c.source_id).order_by(table.c.source_id))]


def is_balanced(store: Store) -> bool:
    with store.reading() as connection:
        rows = connection.execute(select(run_stream)).all()
    return bool(rows) and all(row.read == row.accepted + row.quarantined + row.filtered for row in rows)


BAD = {
    "broken_json": (b'{"type":"RECORD","stream":"customer","rec\n', "malformed_json"),
    "not_utf8": (b'{"type":"RECORD","stream":"customer","record":{"source":"\xff"}}\n', "malformed_json"),
    "nan": (line().replace(b'"till"', b"NaN"), "malformed_json"),
    "half_a_surrogate_pair": (line(first_name="\ud800"), "malformed_json"),
    "nul": (line(first_name="a\x00b"), "nul_character"),
    "twelve_megabytes": (line(first_name="x" * 12_000_000), "too_large"),
    "deep_nesting": (line().replace(b'"till"', b"[" * 100_000 + b"]" * 100_000), "malformed_json"),
    "unknown_stream": (message({"a": 1}, "weather"), "unknown_stream"),
    "unknown_message": (b'{"type":"HELLO"}\n', "unknown_message"),
    "no_message": (b'["els"]\n', "malformed_json"),
    "batch": (b'{"type":"BATCH","stream":"customer"}\n', "batch_not_supported"),
    "wrong_type": (line(email=7), "wrong_type"),
    "missing_key": (message({"source": "till"}), "missing_key"),
    "empty_key": (line(source_id=""), "out_of_range"),
    "absurd_number": (line(normaliser=2**63), "out_of_range"),
    "number_beyond_reason": (line().replace(b'"till"', b"1e" + b"9" * 30), "wrong_type"),
    "time_without_zone": (line(seen_at="2026-03-02T10:12:00"), "wrong_type"),
    "time_before_time": (line(changed_at="0001-01-01T00:00:00+14:00"), "malformed_json"),
    "absurd_version": (
        b'{"type":"ACTIVATE_VERSION","stream":"customer","version":999999999999999999,"source":"till","vendor_stream":"c"}\n',
        "bad_version",
    ),
    "broken_quarantine": (message({"stage": 1}, "quarantine"), "malformed_json"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_is_set_aside_and_the_rest_goes_on(name: str, store: Store, store_url: str) -> None:
    bad, reason = BAD[name]
    done = kept(store_url, line() + bad + line(source_id="2") + STATE)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b'{"bookmarks":{"sales":1}}\n'
    assert customers(store) == ["1", "2"]
    assert reasons(store) == [reason]
    assert is_balanced(store)


def test_blank_lines_and_byte_order_marks_are_no_records(store: Store, store_url: str) -> None:
    done = kept(store_url, b"\n  \r\n\xef\xbb\xbf" + line() + b"\n" + line(source_id="2").rstrip(b"\n"))
    assert done.returncode == 0
    assert customers(store) == ["1", "2"]
    assert reasons(store) == []


def test_counts_and_quarantine_of_the_mapper_are_kept(store: Store, store_url: str) -> None:
    bad = {"stage": "mean", "source": "till", "stream": "sales", "reason": "bad_time", "payload": "{}", "field": "when"}
    counts = {
        "stage": "mean",
        "source": "till",
        "stream": "sales",
        "read": 3,
        "accepted": 1,
        "quarantined": 1,
        "filtered": 1,
    }
    kept(store_url, message(bad, "quarantine") + message(counts, "run_stream"))
    assert reasons(store) == ["bad_time"]
    assert is_balanced(store)


def test_state_is_not_said_when_the_commit_fails(store: Store, store_url: str) -> None:
    done = kept(store_url, line() + STATE, ROTONDE_CRASH="before COMMIT of store")
    assert (done.returncode, done.stdout) == (137, b"")
    assert customers(store) == []


def test_what_was_stored_before_a_crash_is_stored_once_after_it(store: Store, store_url: str) -> None:
    assert kept(store_url, line() + STATE, ROTONDE_CRASH="after store before cursor").stdout == b""
    assert kept(store_url, line() + STATE).stdout != b""
    assert customers(store) == ["1"]


@pytest.fixture
def target(store_url: str) -> Iterator[subprocess.Popen[bytes]]:
    pipe = subprocess.PIPE
    with subprocess.Popen(TARGET, stdin=pipe, stdout=pipe, stderr=pipe, env=environment(store_url)) as process:
        yield process
        process.kill()


def test_sigterm_in_a_batch_keeps_what_came_and_says_its_state(target: subprocess.Popen[bytes], store: Store) -> None:
    assert target.stdin and target.stdout and target.stderr
    target.stdin.write(b"".join(line(source_id=f"{number:03d}") for number in range(300)) + STATE + line()[:40])
    target.stdin.flush()
    while _unread(target.stdin.fileno()):
        pass
    target.send_signal(signal.SIGTERM)
    assert target.stdout.read() == b'{"bookmarks":{"sales":1}}\n'
    assert target.wait(timeout=30) == 143
    assert EMAIL.encode() not in target.stderr.read()
    assert len(customers(store)) == 300
    assert reasons(store) == []


def _unread(descriptor: int) -> bool:
    """Tell whether bytes still wait in a pipe (FIONREAD works on its writing end too)."""
    import fcntl
    import struct
    import termios

    return bool(struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0" * 4))[0])


def test_a_wrong_setting_is_said_without_a_traceback(tmp_path: Path, sqlite_url: str) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"databse_url": "x"}')
    done = subprocess.run([*TARGET, "--config", config], capture_output=True, env=environment(sqlite_url), timeout=60)
    assert done.returncode == 2
    assert b"unknown setting ['databse_url']" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_snapshot_read_again_changes_nothing_but_its_sightings(store: Store, store_url: str) -> None:
    later = {"seen_at": "2026-03-03T10:12:00+01:00"}
    older = {"changed_at": "2026-01-01T00:00:00Z"}
    kept(store_url, line(changed_at="2026-02-01T00:00:00Z"))
    kept(store_url, line(**later, **older, first_name="Old"))
    with store.reading() as connection:
        row = connection.execute(text("SELECT seen_at, first_name FROM customer")).one()
    assert tuple(row) == ("2026-03-03T09:12:00.000000Z", None)
