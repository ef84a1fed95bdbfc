"""What everyone did: one visit for each record, with the receipt, browser, login or order it left behind."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from plugins.sandbox.population.arrays import NEVER, Dice, Flags, Ints, dice_for, filled
from plugins.sandbox.population.habits import (
    ACCOUNT,
    CLAIM,
    KINDS,
    LOYALTY,
    MARKET,
    RECEIPT,
    SOCIAL,
    TILL,
    named,
    record_counts,
)
from plugins.sandbox.population.world import MINUTES, World

NONE = -1
SHOWS_CARD, CARD_AT_ENROLMENT = 0.983, 0.65
CLAIMED, CLAIMED_WITHOUT_CARD, CLAIMED_BY_FAMILY = 0.14, 0.6, 0.025
UPDATED_ON_REISSUE = 0.85
DAY, OPENING_HOURS = 24 * 60, (9, 19)
MASK_AN_ORDER = 0.45
AMAZON = 4
OWN_MASKS = 10**9
"""From here on the masks are numbered that a buyer keeps for every order."""


@dataclass
class Visits:
    """Visits by number; what one has not is -1."""

    person: Ints
    kind: Ints
    minute: Ints
    receipt: Ints
    client: Ints
    user: Ints
    profile: Ints
    mask: Ints
    shows_card: Flags

    def __len__(self) -> int:
        return len(self.person)

    def take(self, rows: Ints | Flags) -> Visits:
        """Return some of the visits."""
        return Visits(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def followed_by(self, other: Visits) -> Visits:
        """Return these visits and then the others."""
        names = [field.name for field in fields(self)]
        return Visits(**{name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in names})


def blank(person: Ints, kind: Ints, minute: Ints) -> Visits:
    """Return visits that left nothing behind yet."""
    receipt, client, user, profile, mask = np.full((5, len(person)), NONE, dtype=np.int64)
    return Visits(person, kind, minute, receipt, client, user, profile, mask, np.zeros(len(person), dtype=np.bool_))


def live(world: World, seed: int) -> Visits:
    """Return everyone's visits, sorted by person and then by time."""
    dice = dice_for(seed, "visits")
    counts = record_counts(world.habit, dice)
    renewed = (counts[:, LOYALTY] > 0) & (world.card.since > NEVER) & (dice.random(len(world)) < UPDATED_ON_REISSUE)
    counts[:, LOYALTY] += renewed
    person = np.repeat(np.arange(len(world)), counts.sum(axis=1))
    kind = np.repeat(np.tile(np.arange(len(KINDS)), len(world)), counts.ravel())
    visits = blank(person, kind, _minutes(world, person, kind, dice))
    _renew(visits, world, renewed, dice)
    number(visits, world, dice, first=0)
    visits = visits.followed_by(_claims(visits, world, dice))
    return visits.take(np.lexsort((visits.minute, visits.person)))


def _renew(visits: Visits, world: World, renewed: Flags, dice: Dice) -> None:
    """Let the last membership record of those with a re-issued card be made after that."""
    rows = np.flatnonzero((visits.kind == LOYALTY) & renewed[visits.person])
    rows = rows[np.diff(visits.person[rows], append=-1) != 0]
    since = world.card.since[visits.person[rows]]
    visits.minute[rows] = since + np.floor((MINUTES - 1 - since) * dice.random(len(rows)) ** 3).astype(np.int64)


def _minutes(world: World, person: Ints, kind: Ints, dice: Dice) -> Ints:
    """Return moments between each one's first and last visit; people enrol early in that time."""
    first = np.floor(MINUTES * 0.95 * dice.random(len(world)) ** 1.3)[person]
    lasts = np.where(dice.random(len(world)) < 0.25, dice.random(len(world)), 1.0)[person]
    chance = dice.random(len(person))
    early = np.isin(kind, (ACCOUNT, LOYALTY, TILL)) & (dice.random(len(person)) < 0.7)
    chance = np.where(early, chance**4, chance)
    minute = np.floor(first + (MINUTES - 1 - first) * lasts * chance).astype(np.int64)
    return np.where(np.isin(kind, (TILL, RECEIPT)), within_opening_hours(minute), minute)


def within_opening_hours(minute: Ints) -> Ints:
    """Return moments of the same days while shops are open."""
    opens, closes = OPENING_HOURS
    return np.asarray(minute // DAY * DAY + opens * 60 + minute % DAY * (closes - opens) // 24)


def number(visits: Visits, world: World, dice: Dice, first: int) -> None:
    """Give receipts, logins, orders and profiles their numbers, from `first` on, and say who shows a card."""
    count = len(visits)
    every = first + np.arange(count)
    profile = visits.person * 2 + (dice.random(count) < 0.3)
    mask = np.where(dice.random(count) < MASK_AN_ORDER, every, OWN_MASKS + visits.person)
    for column, kind, values in (
        (visits.receipt, RECEIPT, every), (visits.user, ACCOUNT, every), (visits.profile, SOCIAL, profile),
        (visits.mask, MARKET, mask),
    ):  # fmt: skip
        column[visits.kind == kind] = values[visits.kind == kind]
    visits.shows_card[:] = _shows_card(visits, world, dice)


def _shows_card(visits: Visits, world: World, dice: Dice) -> Flags:
    has_card = filled(world.card.new[visits.person])
    only_card = np.isin(world.habit, named("till customer"))[visits.person]
    rate = np.select(
        [visits.kind == RECEIPT, visits.kind == LOYALTY, visits.kind == TILL],
        [SHOWS_CARD, 1.0, np.where(only_card, 0.93, CARD_AT_ENROLMENT)],
        default=0.0,
    )
    shows: Flags = has_card & (dice.random(len(visits)) < rate)
    return shows


def _claims(visits: Visits, world: World, dice: Dice) -> Visits:
    """Return claims of receipts by QR code, more often where no card was shown, rarely by somebody of the family."""
    known = ~np.isin(world.habit, named("passer-by"))[visits.person]
    rate = np.where(visits.shows_card, CLAIMED, CLAIMED_WITHOUT_CARD)
    rows = np.flatnonzero((visits.kind == RECEIPT) & known & (dice.random(len(visits)) < rate))
    return claims_of(visits.take(rows), world, dice, until=MINUTES - 1)


def is_amazon(mask: Ints) -> Flags:
    """Return which masks are of orders through Amazon; the others came through bol."""
    return np.asarray(mask % 5 == AMAZON)


def claims_of(receipts: Visits, world: World, dice: Dice, until: int) -> Visits:
    """Return the claims of these receipts, some minutes to weeks later, but not after `until`."""
    count = len(receipts)
    later = np.floor(10 ** dice.uniform(0.5, 4.6, size=count)).astype(np.int64)
    minute = np.minimum(receipts.minute + later, until)
    person = np.where(dice.random(count) < CLAIMED_BY_FAMILY, relative(world, receipts.person), receipts.person)
    claims = blank(person, np.full(count, CLAIM), minute)
    claims.receipt[:] = receipts.receipt
    return claims


def relative(world: World, person: Ints) -> Ints:
    """Return somebody of the same household, or the same person."""
    household = world.families.household
    following = np.minimum(person + 1, len(world) - 1)
    before = np.maximum(person - 1, 0)
    beside = np.where(household[before] == household[person], before, person)
    return np.where(household[following] == household[person], following, beside)
