"""Deliveries of webhooks at a steady rate, with the endpoint killed in the middle: none that was answered may be lost.

`python -m bench.knocks [--rate 500] [--seconds 60] [--senders 16]`. `rotonde api` is a process of its own over SQLite
and is killed with -9 at half time and started again. Senders sign as WooCommerce does, repeat what was not
answered under the same number, as it does, and spoil one signature in a hundred. Beside it, in the same run, the bare
engine: as many rows in transactions of their own, one after the other.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import http.client
import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bench.whole import ROOT, BenchError
from plugins.store.engine import Store, open_store
from plugins.store.knock_tables import knock, taken
from plugins.store.migrate import migrate

RESULTS = ROOT / "bench" / "results" / "knocks.jsonl"
SECRET = "what the shop signs with"
SPOILT_EVERY = 100
FIRST = 1_000_000
"""The number of the first customer that a delivery is about; each is about another."""
PATIENCE_SECONDS = 60.0
TOLD = b"api: http://"


@dataclass
class Sender(threading.Thread):
    """Sends its share, each when it is due, and repeats what was not answered."""

    number: int
    senders: int
    rate: float
    count: int
    port: int
    began: float
    milliseconds: list[float] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    refused: int = 0
    repeats: int = 0
    error: str = ""

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        """Send; stops at an answer that must not be."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        for index in range(self.number, self.count, self.senders):
            due = self.began + index / self.rate
            time.sleep(max(0.0, due - time.monotonic()))
            status = self._delivered(line, index, due)
            is_spoilt = index % SPOILT_EVERY == SPOILT_EVERY - 1
            if status != (401 if is_spoilt else 200):
                self.error = f"delivery {index} was answered {status}"
                return
            if is_spoilt:
                self.refused += 1
            else:
                self.answered.add(str(FIRST + index))

    def _delivered(self, line: http.client.HTTPConnection, index: int, due: float) -> int:
        """Return the answer to one delivery, asked for again until there is one."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            asked = time.monotonic()
            try:
                line.request("POST", "/webhooks/woocommerce", *delivery(index))
                answer = line.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                line.close()
                self.repeats += 1
                if time.monotonic() > until:
                    return 0
                time.sleep(0.1)
                continue
            if answer.status == 503:
                self.repeats += 1
                time.sleep(0.1)
                continue
            self.milliseconds.append((time.monotonic() - max(asked, due)) * 1000)
            return answer.status


def name_of(index: int) -> str:
    """Return the number of a delivery."""
    return f"bench-{index}"


def delivery(index: int) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of a delivery; of each a hundredth the signature is of another body."""
    body = json.dumps({"id": FIRST + index, "date_modified_gmt": "2026-03-02T10:00:00"}).encode()
    signed = b"spoilt" if index % SPOILT_EVERY == SPOILT_EVERY - 1 else body
    mark = base64.b64encode(hmac.digest(SECRET.encode(), signed, hashlib.sha256)).decode()
    return body, {
        "Content-Type": "application/json", "X-WC-Webhook-Topic": "customer.updated",
        "X-WC-Webhook-Delivery-ID": name_of(index), "X-WC-Webhook-Signature": mark,
    }  # fmt: skip


@contextmanager
def api(url: str, port: int, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start `rotonde api`; gives the process, and the port on which it answers."""
    env = {**os.environ, "ROTONDE_DATABASE_URL": url, "ROTONDE_WEBHOOK_WOOCOMMERCE_SECRET": SECRET,
           "ROTONDE_API_KEYS": f"till={SECRET}"}  # fmt: skip
    command = [sys.executable, "-m", "plugins.api", "--port", str(port)]
    with (folder / "api.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=log)
    try:
        assert process.stdout
        said = process.stdout.readline()
        if not said.startswith(TOLD):
            raise BenchError(f"api: did not start; see {folder / 'api.log'}")
        yield process, int(said.rpartition(b":")[2])
    finally:
        process.kill()
        process.wait()


def sent(url: str, rate: float, seconds: int, senders: int, folder: Path) -> tuple[list[Sender], float, float]:
    """Send all of it over two lives of the endpoint; gives the senders, the seconds it took and was down."""
    count = int(rate * seconds)
    with api(url, 0, folder) as (first, port):
        began = time.monotonic() + 0.5
        working = [Sender(number, senders, rate, count, port, began) for number in range(senders)]
        for each in working:
            each.start()
        time.sleep(max(0.0, began + seconds / 2 - time.monotonic()))
        first.send_signal(signal.SIGKILL)
        killed = time.monotonic()
    with api(url, port, folder):
        down = time.monotonic() - killed
        for each in working:
            each.join()
    return working, time.monotonic() - began, down


def checked(store: Store, working: list[Sender], count: int) -> None:
    """Raise BenchError unless what was answered is on record, each once, and nothing else."""
    errors = [each.error for each in working if each.error]
    answered = set().union(*(each.answered for each in working))
    spoilt = sum(each.refused for each in working)
    with store.reading() as connection:
        read_back = list(connection.execute(select(knock.c.key)).scalars())
        noted = connection.execute(select(func.count()).select_from(taken)).scalar_one()
    if errors or len(answered) + spoilt != count:
        raise BenchError(errors[0] if errors else f"{count} were sent, {len(answered) + spoilt} answered")
    if lost := len(answered - set(read_back)):
        raise BenchError(f"{lost} deliveries were answered and are not on record")
    if not len(answered) == noted == len(read_back):
        raise BenchError(f"{len(answered)} answered, {noted} taken, {len(read_back)} to be read back")


def bare(folder: Path, count: int) -> float:
    """Return how many rows a second the engine takes, each in a transaction of its own that is on the disk."""
    with sqlite3.connect(folder / "bare.db", isolation_level=None) as engine:
        engine.execute("PRAGMA journal_mode=WAL")
        engine.execute("PRAGMA synchronous=FULL")
        engine.execute("CREATE TABLE taken (delivery TEXT PRIMARY KEY, at TEXT) WITHOUT ROWID")
        began = time.monotonic()
        for index in range(count):
            engine.execute("INSERT INTO taken VALUES (?, ?)", (name_of(index), "2026-03-02T10:00:00Z"))
        return count / (time.monotonic() - began)


def main() -> None:
    """Measure, check, and only then tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=500)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--senders", type=int, default=16)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="knocks") as name:
        folder = Path(name)
        url = f"sqlite:///{folder}/store.db"
        store = open_store(url)
        migrate(store)
        working, took, down = sent(url, options.rate, options.seconds, options.senders, folder)
        count = int(options.rate * options.seconds)
        checked(store, working, count)
        store.close()
        engine = bare(folder, min(count, 5000))
    waited = sorted(each for one in working for each in one.milliseconds)
    told: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"), "deliveries": count, "asked_per_second": options.rate,
        "per_second": round(count / took, 1), "seconds": round(took, 1), "down_seconds": round(down, 1),
        "repeats": sum(each.repeats for each in working), "lost": 0,
        "ms_p50": round(statistics.median(waited), 1), "ms_p95": round(waited[int(len(waited) * 0.95)], 1),
        "bare_engine_per_second": round(engine, 1), "load": os.getloadavg()[0], "processors": os.cpu_count(),
    }  # fmt: skip
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(told) + "\n")
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
