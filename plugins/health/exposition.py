"""The figures as Prometheus reads them, and as a file for node_exporter.

https://prometheus.io/docs/instrumenting/exposition_formats/ and
https://github.com/prometheus/node_exporter#textfile-collector
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from plugins.health.figures import Figure, figures
from plugins.health.turns import turns
from plugins.store.engine import Store, StoreError
from plugins.store.times import now

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FRESH_SECONDS = 30.0


class Gathered(Collector):
    """Gives figures to Prometheus's own writer."""

    def __init__(self, gathered: Iterable[Figure]) -> None:
        self.gathered = gathered

    def collect(self) -> Iterator[Metric]:
        """Give each figure with its values."""
        for each in self.gathered:
            kind = CounterMetricFamily if each.is_counter else GaugeMetricFamily
            family = kind(each.name, each.help, labels=each.labels)
            for labels, value in each.values:
                family.add_metric(labels, value)
            yield family


def exposition(store: Store, moment: datetime | None = None) -> bytes:
    """Return the text; what cannot be read of the schedules is left out, and `rotonde doctor` says why."""
    at = moment or now()
    began = time.perf_counter()
    gathered = figures(store, at)
    with suppress(StoreError, OSError):
        gathered += turns(store, at)
    took = Figure("rotonde_metrics_seconds", "How long it took to gather these.")
    took.add(value=round(time.perf_counter() - began, 4))
    registry = CollectorRegistry()
    registry.register(Gathered([*gathered, took]))
    return generate_latest(registry)


class Fresh:
    """Gathers the text anew when it is too old, once for all who ask; nobody waits for another one's asking."""

    def __init__(self, gather: Callable[[], bytes], clock: Callable[[], float] = time.monotonic) -> None:
        self.gather, self.clock = gather, clock
        self.lock = threading.Lock()
        self.made: tuple[float, bytes] | None = None

    def text(self) -> bytes:
        """Return the text, at most half a minute old."""
        with self.lock:
            if self.made is None or self.clock() - self.made[0] >= FRESH_SECONDS:
                self.made = (self.clock(), self.gather())
            return self.made[1]


def write(path: Path, text: bytes, mode: int) -> None:
    """Put the text in its place in one step, so that nobody reads half of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(text)
            os.fchmod(file.fileno(), mode)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
