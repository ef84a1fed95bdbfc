"""What a check finds: green, yellow or red, what it is, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Colour = Literal["green", "yellow", "red"]
ORDER: tuple[Colour, ...] = ("green", "yellow", "red")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor."""

    colour: Colour
    about: str
    told: str
    cure: str = ""

    def __str__(self) -> str:
        words = f"{self.about}: {self.told}"
        return f"{words}; {self.cure}" if self.cure else words


def good(about: str, told: str) -> Finding:
    """Return a line that all is well."""
    return Finding("green", about, told)


def doubtful(about: str, told: str, cure: str) -> Finding:
    """Return what works and should not stay so."""
    return Finding("yellow", about, told, cure)


def wrong(about: str, told: str, cure: str) -> Finding:
    """Return what does not work."""
    return Finding("red", about, told, cure)


def worst(found: Iterable[Finding]) -> int:
    """Return the exit code: 0 all green, 1 something yellow, 2 something red."""
    return max((ORDER.index(each.colour) for each in found), default=0)
