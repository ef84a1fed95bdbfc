"""Loyalty cards: EAN-13 numbers of the range that shops may use themselves, and how they get mistyped."""

from __future__ import annotations

import numpy as np

from plugins.sandbox.population.arrays import Ints, Texts, digits

PREFIX = 29


def check_digits(twelves: Ints) -> Ints:
    """Return the EAN-13 check digits of numbers of twelve digits (GS1 General Specifications, 7.9)."""
    weighted = [twelves // 10**place % 10 * (1 if place % 2 else 3) for place in range(12)]
    result: Ints = -np.sum(weighted, axis=0) % 10
    return result


def card_numbers(holders: Ints, issue: int) -> Texts:
    """Return the card of each holder: the first issue is 1, the re-issued one 2; shops hold those of issue 0."""
    serials = (holders * 7_368_787 + 1_234_567) % 99_999_989
    twelves = (PREFIX * 100 + issue) * 10**8 + serials
    return digits(twelves * 10 + check_digits(twelves), 13)


def mistyped_card(card: str, luck: int) -> str:
    """Return the card with one digit wrong, two swapped, or the first ones missing."""
    at, wrong = luck // 10 % 11 + 1, str((int(card[luck // 10 % 11 + 1]) + 1 + luck // 1000 % 9) % 10)
    if luck % 10 < 6:
        return f"{card[:at]}{wrong}{card[at + 1 :]}"
    if luck % 10 < 9:
        return f"{card[:at]}{card[at + 1]}{card[at]}{card[at + 2 :]}"
    return card[2:]


def written_card(card: str, luck: int) -> str:
    """Return the card as people and spreadsheets write it: in groups, with a dash, as a decimal number."""
    ways = (
        f"{card[:4]} {card[4:8]} {card[8:12]} {card[12:]}",
        f"{card[0]} {card[1:7]} {card[7:]}",
        f"{card[:2]}-{card[2:7]}-{card[7:]}",
        f"{card}.0",
        f" {card}",
        f"{card}.0",
        f"{card[:4]} {card[4:8]} {card[8:12]} {card[12:]}",
        f"{card[0]}.{card[1:6]}E+12",
    )
    return ways[luck % len(ways)]
