"""What changes in the days after: new records, corrected and moved customers, deletions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from plugins.sandbox.population import Population
from plugins.sandbox.population.addresses import Mail
from plugins.sandbox.population.arrays import Dice, Flags, Floats, Ints, Texts, dice_for, nothing, texts
from plugins.sandbox.population.dwelling import other_doors
from plugins.sandbox.population.habits import ACCOUNT, CLAIM, GUEST, KINDS, LETTER, LOYALTY, RECEIPT, SOCIAL, TILL
from plugins.sandbox.population.lines import Lines
from plugins.sandbox.population.phones import mobile_numbers
from plugins.sandbox.population.records import Records, moments, written
from plugins.sandbox.population.visits import Visits, claims_of, number, within_opening_hours
from plugins.sandbox.population.world import MINUTES, World

INSERTED, UPDATED = 0.85, 0.10
OF_NEW_PEOPLE = 0.25
DAYS = 3
FIRST_NUMBER = 500_000_000
"""Receipts and logins of these days are numbered from here on."""
SELDOM = {ACCOUNT: 0.25, LOYALTY: 0.25, TILL: 0.5, SOCIAL: 0.3, LETTER: 0.5, CLAIM: 0.0}
"""How much less often people repeat what one does once; claims follow receipts."""
CLAIMS, NEW_ACCOUNTS = 0.06, 0.05
EMAIL, HOME, PHONE = range(3)
COLUMNS_OF = {
    EMAIL: ("email",),
    HOME: ("street", "house_number", "house_addition", "postcode", "city", "country"),
    PHONE: ("phone",),
}


@dataclass
class Changes:
    """Changed records with what was done to each, shuffled."""

    op: Texts
    records: Records

    @property
    def inserted(self) -> Records:
        """Return the new records alone."""
        return self.records.take(self.op == "insert")


def changed(population: Population, share: float) -> Changes:
    """Return the changes of a few days: this share of the records, mostly new ones."""
    seed, count = population.seed, max(3, round(len(population.records) * share))
    dice = dice_for(seed, "changes")
    inserts, updates = round(count * INSERTED), max(1, round(count * UPDATED))
    rows = _customers(population, dice)[:updates]
    others = np.setdiff1d(np.arange(len(population.records)), rows)
    gone = dice.choice(others, size=min(len(others), max(1, count - inserts - updates)), replace=False)
    parts = {
        "insert": _inserted(population, inserts, dice),
        "update": _updated(population, rows, dice),
        "delete": _deleted(population, gone, dice),
    }
    op = texts(name for name, records in parts.items() for _ in range(len(records)))
    shuffled = dice.permutation(len(op))
    return Changes(op[shuffled], Records.together([*parts.values()]).take(shuffled))


def _afterwards(count: int, dice: Dice) -> Ints:
    return MINUTES + dice.integers(DAYS * 24 * 60, size=count)


def _inserted(population: Population, count: int, dice: Dice) -> Records:
    """Return new records: of people never seen before, and of those one knows."""
    strangers = population.later.take(np.arange(min(len(population.later), round(count * OF_NEW_PEOPLE))))
    strangers.minute[:] = MINUTES + strangers.minute * DAYS * 24 * 60 // MINUTES
    again = _again(population, count - len(strangers), dice)
    visits = strangers.followed_by(again)
    first = len(population.records)
    return written(population.world, visits, population.seed, "inserts", first=first)


def _again(population: Population, count: int, dice: Dice) -> Visits:
    """Return visits of people one knows: as before, a receipt claimed, or a first account."""
    weights: Floats = np.array([SELDOM.get(kind, 1.0) for kind in range(len(KINDS))])[population.visits.kind]
    rows = dice.choice(len(weights), size=count, p=weights / weights.sum())
    visits = population.visits.take(rows)
    visits.minute[:] = _afterwards(count, dice)
    visits.kind[(visits.kind == GUEST) & (dice.random(count) < NEW_ACCOUNTS)] = ACCOUNT
    visits.client[visits.kind == ACCOUNT] = -1
    at_till = np.isin(visits.kind, (TILL, RECEIPT))
    visits.minute[at_till] = within_opening_hours(visits.minute[at_till])
    number(visits, population.world, dice, FIRST_NUMBER)
    receipts = np.flatnonzero(population.visits.kind == RECEIPT)
    claimed = dice.choice(receipts, size=min(round(count * CLAIMS), len(receipts)), replace=False)
    claims = claims_of(population.visits.take(claimed), population.world, dice, until=MINUTES)
    claims.minute[:] = _afterwards(len(claims), dice)
    return visits.take(np.arange(count - len(claims))).followed_by(claims)


def _customers(population: Population, dice: Dice) -> Ints:
    """Return the records that people can change, in any order."""
    kinds = (ACCOUNT, TILL, LOYALTY, LETTER, SOCIAL)
    rows: Ints = dice.permutation(np.flatnonzero(np.isin(population.visits.kind, kinds)))
    return rows


def _updated(population: Population, rows: Ints, dice: Dice) -> Records:
    """Return records as they are after a correction, a move or a new phone number."""
    old, visits = population.records.take(rows), population.visits.take(rows)
    visits.minute[:] = _afterwards(len(rows), dice)
    has_home = ~np.isin(visits.kind, (LETTER, SOCIAL))
    what = np.where(has_home, dice.choice(3, size=len(rows), p=(0.4, 0.35, 0.25)), EMAIL)
    world = _after(population.world, visits.person, what, old.columns["email"], dice)
    new = written(world, visits, population.seed, "updates", first=0, is_complete=True)
    columns = {name: values.copy() for name, values in old.columns.items()}
    for reason, names in COLUMNS_OF.items():
        for name in names:
            columns[name][what == reason] = new.columns[name][what == reason]
    return replace(old, columns=columns, moment=new.moment)


def _after(world: World, person: Ints, what: Ints, email: Texts, dice: Dice) -> World:
    """Return the world after these people moved, or got another number or address."""
    home, mobile, mail = world.dwelling.home.copied(), world.lines.mobile.copied(), world.mail.main.copied()
    movers, callers = person[what == HOME], person[what == PHONE]
    home.new[movers] = other_doors(world.dwelling.homes, home.new[movers], dice)
    mobile.new[callers] = mobile_numbers(texts(_country(number) for number in mobile.new[callers]), dice)
    right: Flags = (what == EMAIL) & (mail.new[person] == email)
    pairs = zip(mail.new[person[right]].tolist(), dice.integers(10, 99, size=int(right.sum())).tolist(), strict=True)
    mail.new[person[right]] = texts(address.replace("@", f"{digits}@") for address, digits in pairs)
    for turn, people in ((home, movers), (mobile, callers), (mail, person[what == EMAIL])):
        turn.since[people] = MINUTES
    return replace(
        world,
        dwelling=replace(world.dwelling, home=home),
        lines=Lines(mobile, nothing(len(world))),
        mail=Mail(mail, nothing(len(world)), np.zeros(len(world), dtype=np.bool_)),
    )


def _country(mobile: str | None) -> str:
    return "BE" if (mobile or "").startswith("04") else "NL"


def _deleted(population: Population, rows: Ints, dice: Dice) -> Records:
    """Return deletions: no more than which record it was, and when it went."""
    old = population.records.take(rows)
    kept = ("record_id", "source", "kind")
    columns = {name: values if name in kept else nothing(len(rows)) for name, values in old.columns.items()}
    return replace(old, columns=columns, moment=moments(_afterwards(len(rows), dice), dice))
