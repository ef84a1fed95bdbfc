"""Arrays of whole numbers, flags and texts, and the draws that fill them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Texts = NDArray[np.object_]
Dice = np.random.Generator
Column = TypeVar("Column", Ints, Texts)

NEVER = -(2**62)
"""A change so long ago that only what came after it counts."""


def dice_for(seed: int, purpose: str) -> Dice:
    """Return a stream of chance of its own, so that a new purpose leaves the others as they were."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])


def texts(items: Iterable[str | None]) -> Texts:
    """Return an array of texts."""
    rows = list(items)
    array = np.empty(len(rows), dtype=object)
    array[:] = rows
    return array


def flags(items: Iterable[bool]) -> Flags:
    """Return an array of flags."""
    return np.array(list(items), dtype=np.bool_)


def filled(values: Texts) -> Flags:
    """Return which texts there are."""
    return np.asarray(values != None, dtype=np.bool_)  # noqa: E711 - elementwise


def either(rows: Flags, one: Texts | str | None, other: Texts | str | None) -> Texts:
    """Return the one text for some rows and the other for the rest."""
    result = np.empty(len(rows), dtype=object)
    for mask, value in ((rows, one), (~rows, other)):
        result[mask] = value[mask] if isinstance(value, np.ndarray) else value
    return result


def nothing(count: int) -> Texts:
    """Return texts that are all absent."""
    return np.full(count, None, dtype=object)


def among(
    options: Sequence[str | None], dice: Dice, count: int, weights: Sequence[float] | Floats | None = None
) -> Texts:
    """Return one of the options for each, by weight."""
    pool = texts(options)
    if weights is None:
        return pool[dice.integers(len(pool), size=count)]
    return pool[lot(weights, dice, count)]


def lot(weights: Sequence[float] | Floats, dice: Dice, count: int) -> Ints:
    """Return a number for each, drawn by weight."""
    steps = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(steps / steps[-1], dice.random(count), side="right").astype(np.int64)


def zipf(count: int, exponent: float, shift: float) -> Floats:
    """Return weights that fall with the rank, as frequencies of names do."""
    weights: Floats = (np.arange(count, dtype=np.float64) + shift) ** -exponent
    return weights


def glued(first: Texts | str, *parts: Texts | str) -> Texts:
    """Return the parts of each row, one after the other."""
    result: Any = first
    for part in parts:
        result = result + part
    return np.asarray(result, dtype=object)


def digits(numbers: Ints, width: int) -> Texts:
    """Return numbers as texts with leading zeros."""
    return texts(f"{number:0{width}d}" for number in numbers.tolist())


def edited(values: Texts, rows: Flags, edit: Callable[[str, int], str | None], dice: Dice) -> None:
    """Replace the texts of some rows by what `edit` makes of them and of a number of its own; absent ones stay."""
    places = np.flatnonzero(rows & filled(values))
    luck = dice.integers(2**31, size=len(places)).tolist()
    pairs = zip(values[places].tolist(), luck, strict=True)
    values[places] = texts(edit(value, number) for value, number in pairs)


def chosen(ways: Sequence[Texts], which: Ints) -> Texts:
    """Return for each row the text of the way that was drawn for it."""
    result = ways[0].copy()
    for number, way in enumerate(ways):
        result[which == number] = way[which == number]
    return result


def unlike(values: Texts, other: Callable[[str, int], str], alike: Callable[[str], str]) -> Texts:
    """Return the texts, every repetition (by `alike`) replaced by what `other` makes of the text and a count."""
    seen: set[str] = set()
    result: list[str] = []
    for value in values.tolist():
        text, count = value, 0
        while (key := alike(text)) in seen:
            count += 1
            text = other(value, count)
        seen.add(key)
        result.append(text)
    return texts(result)


@dataclass
class Turn(Generic[Column]):
    """Something of a person that changed once: what it was, what it is, and since which minute."""

    old: Column
    new: Column
    since: Ints

    def at(self, people: Ints, minutes: Ints) -> Column:
        """Return what it was for each of these people at each of these moments."""
        result = self.new[people]
        earlier = minutes < self.since[people]
        result[earlier] = self.old[people[earlier]]
        return result

    def copied(self) -> Turn[Column]:
        """Return the same, to be changed."""
        return Turn(self.old.copy(), self.new.copy(), self.since.copy())
