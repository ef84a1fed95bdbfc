"""A signal while a call is under way, and the next rows are still being read."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

from plugins.sandbox.meta import Meta
from plugins.wire.outbox import Row
from targets.meta.target import TargetMeta
from tests.targets.kept import messages, start

PERSON = {"fields": {}, "tags_on": ["gold"], "tags_off": []}


def test_a_signal_lets_the_call_under_way_finish_though_the_pipe_stays_open(
    vendor: Meta, config: dict[str, Any], tmp_path: Path
) -> None:
    count = TargetMeta.rows_per_batch
    vendor.faults.add(match="POST .*/users", latency_seconds=1)
    process = start("meta", config, tmp_path)
    assert process.stdin is not None
    rows = (Row(f"k{n}", "add", f"klant{n}@example.nl", PERSON) for n in range(count + 1))
    process.stdin.write(messages(*rows))
    process.stdin.flush()
    while vendor.faults.faults[0].times and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGTERM)
    code = process.wait(timeout=60)  # nobody closes the pipe
    assert process.stderr is not None
    told = process.stderr.read()
    process.stdin.close()
    assert code == 143
    assert f"target-meta: accepted {count}" in told
