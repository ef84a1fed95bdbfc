"""Sets of audiences as bits of a few numbers: what is true of many audiences is asked of a person in one step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

BITS = 60
"""So many audiences are bits of one number."""


def numbers(count: int) -> range:
    """Return the numbers that so many audiences take, by their places."""
    return range(max(1, -(-count // BITS)))


def packed(columns: Sequence[str], verdict: int) -> list[str]:
    """Return the SQL of each number: the bit of an audience is set where its column holds a verdict."""
    bits: dict[int, list[str]] = {number: ["0::BIGINT"] for number in numbers(len(columns))}
    for place, column in enumerate(columns):
        bits[place // BITS].append(f"CASE WHEN {column} = {verdict} THEN {1 << place % BITS}::BIGINT ELSE 0 END")
    return [" | ".join(f"({each})" for each in held) for held in bits.values()]


def masks(places: Iterable[int], count: int) -> dict[int, int]:
    """Return the bits of some audiences of so many, by number."""
    found = dict.fromkeys(numbers(count), 0)
    for place in places:
        found[place // BITS] |= 1 << place % BITS
    return found


def any_of(name: str, bits: Mapping[int, int]) -> str:
    """Return the SQL of whether any of some bits is set in the numbers of a name."""
    return " OR ".join(f"({name}{number} & {mask}) <> 0" for number, mask in bits.items() if mask) or "false"
