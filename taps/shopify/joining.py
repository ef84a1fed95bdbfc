"""Putting the lines of an export together again, in bounded memory: what is below a row may stand anywhere.

The lines are dealt out to small files by the id of the row they belong to, so that a row and all below it meet in one
of them; then one small file after the other is read whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

PART_BYTES = 16 << 20
"""What one small file is meant to hold; read whole, it takes about three times as much memory."""
BUFFER_BYTES = 16 << 20
BATCH_ROWS = 500
MOST_PARTS = 4096
ID, PARENT, PARENT_WORD = b'{"id":"', b'"__parentId":"', b'"__parentId"'
LONGEST_END = 100
"""Where the id of the row stands in a line that is written as usual: at its end."""


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

    def __post_init__(self) -> None:
        self.parts = max(1, min(self.parts, MOST_PARTS))
        self._rows: list[list[bytes]] = [[] for _ in range(self.parts)]
        self._below: list[list[bytes]] = [[] for _ in range(self.parts)]
        self._bytes = 0

    def take(self, lines: Iterable[bytes]) -> None:
        """Deal lines out."""
        rows, below, parts, size = self._rows, self._below, self.parts, 0
        for line in lines:
            # only a key can stand so: within a text, a quotation mark has a backslash before it
            at = line.rfind(PARENT, -LONGEST_END) if line.endswith(b'"}') else -1
            if at > 0:
                key = line[at + len(PARENT) : -2]
                below[hash(key) % parts].append(b"%s\t%s\n" % (key, line))
            elif line.startswith(ID) and PARENT_WORD not in line and (end := line.find(b'"', len(ID))) > 0:
                key = line[len(ID) : end]
                rows[hash(key) % parts].append(b"%s\t%s\n" % (key, line))
            else:
                self._take_slowly(line)
            self.lines += 1
            size += len(line)
        self._bytes += size
        if self._bytes > self.buffer_bytes:
            self._spill()

    def _take_slowly(self, line: bytes) -> None:
        """Deal out a line that is not written as usual; one that cannot be read goes on, to be set aside."""
        try:
            told = decode(line)
        except msgspec.DecodeError:
            told = Line(f"line {self.lines}")
        key = (told.id if told.parent is None else told.parent).encode()
        kept = self._rows if told.parent is None else self._below
        kept[hash(key) % self.parts].append(b"%s\t%s\n" % (key, line))

    def _spill(self) -> None:
        for kind, kept in (("rows", self._rows), ("below", self._below)):
            for number, lines in enumerate(kept):
                if lines:
                    with (self.folder / f"{kind}-{number}").open("ab", buffering=0) as file:
                        file.write(b"".join(lines))
                    lines.clear()
        self._bytes = 0

    def rows(self) -> Iterator[list[bytes]]:
        """Give the rows, some hundred at a time."""
        self._spill()
        for number in range(self.parts):
            below: dict[bytes, list[bytes]] = {}
            for kept in self._kept("below", number):
                key, _, line = kept.partition(b"\t")
                below.setdefault(key, []).append(line)
            yield from self._joined(number, below)
            self.orphans += sum(map(len, below.values()))

    def _joined(self, number: int, below: dict[bytes, list[bytes]]) -> Iterator[list[bytes]]:
        start, nothing = b',"%s":[' % self.name.encode(), list[bytes]()
        ready: list[bytes] = []
        for kept in self._kept("rows", number):
            key, _, line = kept.partition(b"\t")
            ready.append(b"%s%s%s]}" % (line[:-1], start, b",".join(below.pop(key, nothing))))
            if len(ready) == BATCH_ROWS:
                yield ready
                ready = []
        yield ready

    def _kept(self, kind: str, number: int) -> list[bytes]:
        path = self.folder / f"{kind}-{number}"
        if not path.exists():
            return []
        found = path.read_bytes().split(b"\n")
        path.unlink()
        return found[:-1]
