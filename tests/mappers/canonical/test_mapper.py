"""The canonical mapper as a process on a pipe: one bad line ends nothing, and every record is counted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
EMAIL = "els.peeters@example.be"
LARGEST_LINE = 8 * 1024 * 1024
"""Meltano ends a run at a longer line."""


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"system": "tilroy", "source": "till"}))
    return [sys.executable, str(ROOT / "mappers/canonical/mapper.py"), "--config", str(config)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def mapped(command: list[str], given: bytes) -> list[dict[str, Any]]:
    done = subprocess.run(command, input=given, capture_output=True, env=environment(), timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    assert max(map(len, done.stdout.splitlines()), default=0) < LARGEST_LINE
    return [json.loads(line) for line in done.stdout.splitlines()]


def records(messages: list[dict[str, Any]], stream: str) -> list[dict[str, Any]]:
    return [each["record"] for each in messages if each["type"] == "RECORD" and each["stream"] == stream]


def sale(number: int = 7, **changes: Any) -> bytes:
    line = {"idTilroySaleLine": f"{number}1", "lineNumber": 1, "quantity": 2, "lineTotalSell": 20.1}
    record = {
        "idTilroySale": str(number), "saleDate": "2026-03-02T10:12:00", "customerEmail": EMAIL, "lines": [line],
    }  # fmt: skip
    return message(record | changes)


def message(record: Any, stream: str = "sales", **more: Any) -> bytes:
    return json.dumps({"type": "RECORD", "stream": stream, "record": record, **more}).encode() + b"\n"


def of_line(**changes: Any) -> bytes:
    return sale(lines=[{"idTilroySaleLine": "1", "quantity": 1, "lineTotalSell": 1, **changes}])


BAD = {
    "broken_json": (b'{"type":"RECORD","stream":"sales","rec\n', "malformed_json"),
    "not_utf8": (b'{"type":"RECORD","stream":"sales","record":{"a":"\xff"}}\n', "malformed_json"),
    "nan": (sale().replace(b"20.1", b"NaN"), "malformed_json"),
    "half_a_surrogate_pair": (sale(status="\ud800"), "malformed_json"),
    "twelve_megabytes": (sale(status='"' * 12_000_000), "too_large"),
    "seven_unreadable_megabytes": (sale(saleDate="?", status='"' * 3_500_000), "bad_time"),
    "deep_nesting": (sale().replace(b"20.1", b"[" * 100_000 + b"]" * 100_000), "malformed_json"),
    "unknown_stream": (message({"a": 1}, "weather"), "unknown_stream"),
    "unknown_message": (b'{"type":"HELLO"}\n', "unknown_message"),
    "record_without_record": (b'{"type":"RECORD","stream":"sales"}\n', "unknown_message"),
    "record_that_is_a_list": (message([1]), "wrong_type"),
    "batch": (b'{"type":"BATCH","stream":"sales"}\n', "batch_not_supported"),
    "missing_key": (message({"saleDate": "2026-03-02T10:12:00"}), "missing_key"),
    "wrong_type": (sale(lines="none"), "wrong_type"),
    "no_number": (of_line(quantity="three"), "bad_number"),
    "absurd_number": (of_line(lineTotalSell=1e300), "bad_number"),
    "number_beyond_reason": (
        of_line().replace(b'"lineTotalSell": 1', b'"lineTotalSell": 1.5e' + b"9" * 30),
        "malformed_json",
    ),
    "half_a_cent": (of_line(lineTotalSell=1.005), "too_precise"),
    "absurd_time": (sale(saleDate="0001-01-01T00:00:00"), "absurd_time"),
    "absurd_version": (message({"idTilroySale": "1"}, version=10**18), "bad_time"),
    "absurd_extraction": (message({"idTilroySale": "1"}, time_extracted="soon"), "bad_time"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_is_set_aside_and_the_rest_goes_on(name: str, command: list[str]) -> None:
    bad, reason = BAD[name]
    out = mapped(command, sale(7) + bad + sale(8))
    assert [each["source_id"] for each in records(out, "order")] == ["7", "8"]
    assert [each["reason"] for each in records(out, "quarantine")] == [reason]
    totals: Counter[str] = Counter()
    for counts in records(out, "run_stream"):
        assert counts["read"] == counts["accepted"] + counts["quarantined"] + counts["filtered"]
        totals.update({what: counts[what] for what in ("read", "accepted", "quarantined")})
    assert totals == {"read": 3, "accepted": 2, "quarantined": 1}


def test_blank_lines_and_byte_order_marks_are_no_records(command: list[str]) -> None:
    out = mapped(command, b"\n  \r\n\xef\xbb\xbf" + sale(7) + b"\n" + sale(8).rstrip(b"\n"))
    assert [each["source_id"] for each in records(out, "order")] == ["7", "8"]
    assert records(out, "quarantine") == []


def test_a_record_the_tap_set_aside_is_counted_for_its_own_stream(command: list[str]) -> None:
    bad = {"stage": "mean", "source": "tap-tilroy", "stream": "sales", "reason": "too_large", "payload": "{"}
    out = mapped(command, message(bad, "quarantine"))
    assert records(out, "quarantine") == [{**bad, "source": "till", "field": None}]
    assert [(each["stream"], each["read"], each["quarantined"]) for each in records(out, "run_stream")] == [
        ("sales", 1, 1)
    ]


def test_money_stays_exact(command: list[str]) -> None:
    out = mapped(command, of_line(lineTotalSell=1234567890.29) + sale(9, totalAmountSell="20.10"))
    assert records(out, "order_line")[0]["total_minor"] == 123456789029
    assert records(out, "order")[1]["total_minor"] == 2010


def test_counts_come_before_the_state_they_belong_to(command: list[str]) -> None:
    out = mapped(command, sale() + b'{"type":"STATE","value":{"a":1}}\n' + sale(8))
    assert [each.get("stream", each["type"]) for each in out] == [
        "order", "order_line", "run_stream", "STATE", "order", "order_line", "run_stream",
    ]  # fmt: skip


def test_sigterm_lets_out_what_was_read_and_exits_143(command: list[str]) -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment()) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write(sale(7) + sale(8)[:50])
        process.stdin.flush()
        first = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read().splitlines()
        assert process.wait(timeout=30) == 143
        assert process.stderr.read() == b""
    streams = [json.loads(line)["stream"] for line in (first, *rest)]
    assert streams == ["order", "order_line", "run_stream"]


def test_an_unknown_system_is_said_without_a_traceback(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"system": "tilrooy"}')
    command = [sys.executable, ROOT / "mappers/canonical/mapper.py", "--config", config]
    done = subprocess.run(command, input=b"", capture_output=True, env=environment(), timeout=60)
    assert done.returncode == 2
    assert b"no mapping for system 'tilrooy'" in done.stderr
    assert b"Traceback" not in done.stderr
