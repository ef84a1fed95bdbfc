"""The text of a rule file as lines of pieces, each with what it is, for a page to colour."""

from __future__ import annotations

import re
from collections.abc import Iterator

PIECE = re.compile(
    r"""(?P<comment>(?:^|(?<=\s))\#.*$)
    |(?P<text>'(?:[^']|'')*'|"(?:\\.|[^"\\])*")
    |(?P<key>[A-Za-z_][\w./-]*(?=:(?:\s|$)))
    |(?P<number>(?<![\w.-])-?\d+(?:\.\d+)?%?(?![\w.]))
    |(?P<word>\b(?:true|false|null)\b)""",
    re.VERBOSE,
)
Piece = tuple[str, str]
"""What it is, nothing for what is plain, and the text."""


def coloured(text: str) -> list[list[Piece]]:
    """Return the pieces of each line; together they are the text."""
    return [list(_pieces(line)) for line in text.splitlines()]


def _pieces(line: str) -> Iterator[Piece]:
    at = 0
    for found in PIECE.finditer(line):
        if found.start() > at:
            yield "", line[at : found.start()]
        yield str(found.lastgroup), found[0]
        at = found.end()
    if at < len(line):
        yield "", line[at:]
