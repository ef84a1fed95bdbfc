"""The target as a process of its own: on a pipe, after a signal, and in what it says."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

from plugins.sandbox.tilroy import Tilroy
from tests.targets.kept import messages, start
from tests.targets.tilroy.till import (
    ELS,
    JAN,
    balance,
    consent,
    erasure,
    movement,
    notifications,
    order,
    orders,
    voucher,
    went,
)

STATE = '{"type":"STATE","value":{"a":1}}\n'


def test_runs_alone_on_a_pipe(till: Tilroy, config: dict[str, Any], tmp_path: Path):
    process = start("tilroy", config, tmp_path)
    rows = [consent(email=False), voucher(), movement(-20), movement(5, "n", JAN), erasure("e", JAN), order()]
    out, err = process.communicate(messages(*rows) + STATE, timeout=60)
    assert (process.returncode, out) == (0, '{"a": 1}\n')
    assert "target-tilroy: accepted 6" in err
    assert (notifications(till)["newsletter"], balance(till), len(went(till))) == (False, 100, 6)
    assert len(orders(till)) == 1


def test_says_nothing_that_is_personal_and_no_key(till: Tilroy, config: dict[str, Any], tmp_path: Path):
    till.faults.add(match="POST .*redeem", reset="after")
    process = start("tilroy", config, tmp_path)
    rows = [consent(customer="els@example.be", sms=True), voucher(code="Els Peeters"), voucher(customer="4711"),
            order(lines=[{"sku": "4711", "quantity": 1, "unit_minor": 1}]), movement(-20)]  # fmt: skip
    broken = '{"type":"RECORD","stream":"changes","record":{"key":"x","wire_id":"Els Peeters"}}\n'
    _, err = process.communicate(messages(*rows) + broken, timeout=60)
    assert process.returncode == 1
    said = (
        "rejected 5, unknown 1; ConnectionError: 1; HTTP 400 BadRequest: 1; HTTP 404 NotFound: 1; malformed record: 1"
    )
    assert f"target-tilroy: {said}" in err
    keys = [config[name] for name in ("tenant_key", "gateway_key", "bearer_token")]
    assert not [word for word in ("els", "Els", "RTD0001", "4711", ELS, "A2K8290LP8", "830011", *keys) if word in err]


def test_a_refused_key_is_one_line(till: Tilroy, config: dict[str, Any], tmp_path: Path):
    process = start("tilroy", {**config, "bearer_token": "wrong"}, tmp_path)
    _, err = process.communicate(messages(erasure(), erasure("f", JAN)), timeout=60)
    assert process.returncode != 0
    assert "target-tilroy: HTTP 401, the key is refused or lacks a right; check the credentials" in err
    assert len(till.calls) == 1


def test_a_signal_lets_the_running_call_finish(till: Tilroy, config: dict[str, Any], tmp_path: Path):
    till.faults.add(match="POST", latency_seconds=1.0)
    process = start("tilroy", config, tmp_path)
    assert process.stdin is not None
    process.stdin.write(messages(*(movement(1, f"m{n}") for n in range(50))))
    process.stdin.flush()
    while any(fault.times for fault in till.faults.faults) and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 143
    assert (len(went(till)), balance(till)) == (1, 121)
    assert "target-tilroy: accepted 1" in err
