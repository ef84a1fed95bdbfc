"""The target as a program: alone on a pipe, its exit codes, and under a signal."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

from plugins.sandbox.channable import Channable
from tests.plugins.sandbox.channable.stage import OPEN
from tests.targets.channable.rows import STOCK, held, shipment, stock, writes
from tests.targets.kept import messages, start


def test_runs_alone_on_a_pipe_and_shows_no_key(vendor: Channable, config: dict[str, Any], tmp_path: Path) -> None:
    process = start("channable", config, tmp_path)
    text = messages(stock("WW2", 7), stock("WW1-M", "many"), shipment(OPEN), shipment("1"))
    text += '{"type":"RECORD","stream":"changes","record":{"key":"x"}}\n{"type":"STATE","value":{"a":1}}\n'
    out, err = process.communicate(text, timeout=60)
    assert (process.returncode, out) == (0, '{"a": 1}\n')
    told = "accepted 2, rejected 3; malformed payload: 1; malformed record: 1; no such order: 1"
    assert f"target-channable: {told}" in err
    assert vendor.token not in err
    assert held(vendor) == {"WW2": 7}


def test_fails_when_something_is_unknown(vendor: Channable, config: dict[str, Any], tmp_path: Path) -> None:
    vendor.perform("hold_updates")
    process = start("channable", config, tmp_path)
    _, err = process.communicate(messages(stock("WW2", 7)), timeout=60)
    assert (process.returncode, "unknown 1; taken, and not carried out yet: 1" in err) == (1, True)


def test_a_signal_lets_the_running_call_finish(vendor: Channable, config: dict[str, Any], tmp_path: Path) -> None:
    vendor.faults.add(match=STOCK, latency_seconds=0.5)
    process = start("channable", config, tmp_path)
    assert process.stdin is not None
    process.stdin.write(messages(*(stock(f"S{number}", 1) for number in range(500))))
    process.stdin.flush()
    while vendor.faults.faults[0].times and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, writes(vendor)) == (143, [("/stock_updates", 200)])
    assert "target-channable: accepted 50" in err
