"""Putting the lines of an export together again, in bounded memory: what is below a row may stand anywhere.

The lines are dealt out to small files by the id of the row they belong to, so that a row and all below it meet in one
of them; then one small file after the other is read whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

PART_BYTES = 16 << 20
"""What one small file is meant to hold; read whole, it takes about three times as much memory."""
BUFFER_BYTES = 16 << 20
BATCH_ROWS = 500
MOST_PARTS = 4096


class Line(msgspec.Struct):
    """What of a line says where it belongs."""

    id: str = ""
    parent: str | None = msgspec.field(name="__parentId", default=None)


decode = msgspec.json.Decoder(Line).decode


@dataclass
class Joined:
    """Rows with the rows below them, as JSON; `name` is what those are called in their row."""

    folder: Path
    name: str
    parts: int
    buffer_bytes: int = BUFFER_BYTES
    lines: int = 0
    orphans: int = 0
    """Lines whose row is not in the file."""
    _waiting: list[list[bytes]] = field(default_factory=list)
    _bytes: int = 0

    def __post_init__(self) -> None:
        self.parts = max(1, min(self.parts, MOST_PARTS))
        self._waiting = [[] for _ in range(self.parts)]

    def take(self, lines: Iterable[bytes]) -> None:
        """Deal lines out."""
        waiting, parts = self._waiting, self.parts
        for line in lines:
            try:
                told = decode(line)
            except msgspec.DecodeError:  # goes on as it is, for the reader to set it aside
                told = Line(f"line {self.lines}")
            parent = told.parent
            key = told.id if parent is None else parent
            sign = b"-" if parent is None else b"+"
            waiting[hash(key) % parts].append(b"%s%s\t%s\n" % (sign, key.encode(), line))
            self.lines += 1
            self._bytes += len(line)
        if self._bytes > self.buffer_bytes:
            self._spill()

    def _spill(self) -> None:
        for number, lines in enumerate(self._waiting):
            if lines:
                with (self.folder / str(number)).open("ab") as file:
                    file.writelines(lines)
                lines.clear()
        self._bytes = 0

    def rows(self) -> Iterator[list[bytes]]:
        """Give the rows, some hundred at a time."""
        self._spill()
        for number in range(self.parts):
            path = self.folder / str(number)
            if path.exists():
                yield from self._joined(path)
                path.unlink()

    def _joined(self, path: Path) -> Iterator[list[bytes]]:
        rows: dict[bytes, bytes] = {}
        below: dict[bytes, list[bytes]] = {}
        with path.open("rb") as file:
            for line in file:
                key, _, row = line[:-1].partition(b"\t")
                if key[:1] == b"-":
                    rows[key[1:]] = row
                else:
                    below.setdefault(key[1:], []).append(row)
        ready: list[bytes] = []
        start, nothing = b',"%s":[' % self.name.encode(), list[bytes]()
        for key, row in rows.items():
            ready.append(b"".join((row[:-1], start, b",".join(below.pop(key, nothing)), b"]}")))
            if len(ready) == BATCH_ROWS:
                yield ready
                ready = []
        yield ready
        self.orphans += sum(map(len, below.values()))
