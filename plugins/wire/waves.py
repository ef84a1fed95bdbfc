"""Rows of one address keep their order: the later one waits until the earlier one is through."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from plugins.wire.outbox import Row


def waves(rows: Sequence[Row], address: Callable[[Row], str]) -> Iterator[list[Row]]:
    """Give the rows in waves in which no address comes twice."""
    waiting = list(rows)
    while waiting:
        seen: set[str] = set()
        wave: list[Row] = []
        later: list[Row] = []
        for row in waiting:
            (later if address(row) in seen else wave).append(row)
            seen.add(address(row))
        yield wave
        waiting = later
