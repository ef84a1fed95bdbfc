"""What is wrong in a rule file, where, and what to do about it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Complaint:
    """One mistake; lines and columns count from 1."""

    file: str
    line: int
    col: int
    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.col}: {self.what}; {self.cure}"


class RulesError(Exception):
    """Everything that is wrong, at once."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        self.complaints = sorted(complaints)
        super().__init__("\n".join(map(str, self.complaints)))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a cure that names the nearest known word, or a few of them."""
    words = sorted(known)
    near = difflib.get_close_matches(word.lower(), words, 1, 0.6)
    if near:
        return f"did you mean '{near[0]}'?"
    listed = ", ".join(words[:12])
    return f"use one of {listed}{', …' if len(words) > 12 else ''}" if words else "leave it out"
