"""What kinds of customers there are, and how many records of each kind they leave behind."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from plugins.sandbox.population.arrays import Dice, Floats, Ints, lot

KINDS = (
    "web_account", "guest_order", "till_customer", "till_receipt", "qr_claim", "loyalty_member", "newsletter_contact",
    "web_session", "social_profile", "marketplace_order",
)  # fmt: skip
ACCOUNT, GUEST, TILL, RECEIPT, CLAIM, LOYALTY, LETTER, SESSION, SOCIAL, MARKET = range(10)
ONCE = (ACCOUNT, TILL, LOYALTY, LETTER, SOCIAL)
"""Kinds of which a person has one, rarely two; of the others there are more, the more active someone is."""


class Habit(NamedTuple):
    """A kind of customer: their share, mean numbers of records, and what they mostly are known by."""

    share: float
    account: float = 0
    guest: float = 0
    till: float = 0
    receipt: float = 0
    loyalty: float = 0
    letter: float = 0
    session: float = 0
    social: float = 0
    market: float = 0
    spread: float = 0
    """How unequally active they are (sigma of a log-normal)."""
    known_by: int = RECEIPT


HABITS = {
    "passer-by": Habit(0.055, receipt=1.0, known_by=RECEIPT),
    "visitor": Habit(0.05, session=1.5, known_by=SESSION),
    "follower": Habit(0.02, social=1.0, known_by=SOCIAL),
    "reader": Habit(0.09, letter=1.12, session=0.3, social=0.04, known_by=LETTER),
    "bargain hunter": Habit(0.09, market=1.6, letter=0.05, known_by=MARKET),
    "guest": Habit(0.165, guest=2.1, letter=0.4, session=0.8, social=0.04, market=0.12, spread=0.3, known_by=GUEST),
    "web customer": Habit(
        0.15, account=1.06, guest=0.9, letter=0.55, session=2.6, social=0.10, market=0.2, spread=0.45, known_by=ACCOUNT
    ),
    "till customer": Habit(0.14, till=1.3, receipt=1.7, letter=0.15, market=0.06, spread=0.4, known_by=TILL),
    "member": Habit(
        0.13, till=0.5, receipt=3.3, loyalty=1.03, letter=0.5, session=0.12, social=0.07, market=0.10, spread=0.5,
        known_by=LOYALTY,
    ),
    "omnichannel": Habit(
        0.10, account=1.08, guest=1.8, till=1.0, receipt=3.8, loyalty=1.05, letter=0.9, session=3.4, social=0.25,
        market=0.4, spread=0.55, known_by=LOYALTY,
    ),
}  # fmt: skip
RECORDS_A_PERSON = 4.7
WITH_CARD = ("till customer", "member", "omnichannel")


def habits(people: int, dice: Dice) -> Ints:
    """Return the number of a habit for each."""
    return lot([habit.share for habit in HABITS.values()], dice, people)


def named(*names: str) -> list[int]:
    """Return the numbers of habits."""
    return [[*HABITS].index(name) for name in names]


def means() -> Floats:
    """Return the mean number of records per habit and kind; claims follow receipts and have none of their own."""
    order = ("account", "guest", "till", "receipt", "", "loyalty", "letter", "session", "social", "market")
    return np.array([[getattr(habit, name, 0.0) if name else 0.0 for name in order] for habit in HABITS.values()])


def record_counts(habit: Ints, dice: Dice) -> Ints:
    """Return how many records of each kind everyone leaves, one at least."""
    mean = means()[habit]
    spread = np.array([each.spread for each in HABITS.values()])[habit]
    activity = np.exp(dice.normal(size=len(habit)) * spread - spread**2 / 2)
    counts = dice.poisson(mean * activity[:, None])
    once = np.floor(mean[:, ONCE] + dice.random((len(habit), len(ONCE))))
    counts[:, ONCE] = once.astype(np.int64)
    known_by = np.array([each.known_by for each in HABITS.values()])[habit]
    idle = np.flatnonzero(counts.sum(axis=1) == 0)
    counts[idle, known_by[idle]] = 1
    result: Ints = counts.astype(np.int64)
    return result
