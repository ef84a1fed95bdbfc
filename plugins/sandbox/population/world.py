"""Everyone behind the records: names, doors, addresses, numbers, cards and habits, drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from plugins.sandbox.population.addresses import Mail, give_addresses
from plugins.sandbox.population.arrays import NEVER, Dice, Flags, Ints, Texts, Turn, dice_for, either
from plugins.sandbox.population.cards import card_numbers
from plugins.sandbox.population.dwelling import Dwelling, countries, move_about, regions, settle
from plugins.sandbox.population.families import HEAD, PARTNER, Families, found_families
from plugins.sandbox.population.habits import WITH_CARD, habits, named
from plugins.sandbox.population.homes import CARE_HOMES
from plugins.sandbox.population.lines import Lines, connect
from plugins.sandbox.population.names import Names, name_everyone
from plugins.sandbox.population.shops import Shops, open_shops

OPENED = datetime(2022, 7, 1)  # noqa: DTZ001 - sources deliver local time without an offset
YEARS = 4
MINUTES = int(timedelta(days=365 * YEARS + 1).total_seconds() // 60)
"""How long the retailer's life lasts; moments are minutes since it opened."""
REISSUED, SHARED_CARD, SHARED_BROWSER = 0.11, 0.15, 0.25
HOMONYMS, SAME_BIRTH_DATE = 0.004, 0.25


@dataclass
class World:
    """The people, in order of their household, and the shops they come to."""

    families: Families
    names: Names
    dwelling: Dwelling
    mail: Mail
    lines: Lines
    card: Turn[Texts]
    habit: Ints
    shares_browser: Flags
    shops: Shops
    shop: Ints
    """Everyone's nearest shop."""

    def __len__(self) -> int:
        return len(self.families)


def create(seed: int, records: int, people: int) -> World:
    """Return a world with this many people and the shops for this many records."""
    families = found_families(people, dice_for(seed, "families"))
    households = int(families.household[-1]) + 1
    homes, door, cared_for = settle(families, dice_for(seed, "doors"))
    dwelling = move_about(families, homes, door, cared_for, dice_for(seed, "moves"), MINUTES)
    names = name_everyone(families, regions(homes, door), dice_for(seed, "names"), MINUTES)
    _double(families, names, dwelling, dice_for(seed, "homonyms"))
    country, town = countries(homes, dwelling.home.new), homes.town[dwelling.home.new]
    care_home = np.where(dwelling.is_cared_for, dwelling.home.new % CARE_HOMES, -1)
    habit, shops = habits(len(families), dice_for(seed, "habits")), open_shops(seed, records)
    return World(
        families=families,
        names=names,
        dwelling=dwelling,
        mail=give_addresses(families, names, country, dice_for(seed, "mail"), MINUTES),
        lines=connect(families, town, country, care_home, dice_for(seed, "phones"), MINUTES),
        card=_cards(families, habit, dice_for(seed, "cards")),
        habit=habit,
        shares_browser=dice_for(seed, "browsers").random(households) < SHARED_BROWSER,
        shops=shops,
        shop=(town * 31 + np.arange(len(town)) % 3) % len(shops),
    )


def _double(families: Families, names: Names, dwelling: Dwelling, dice: Dice) -> None:
    """Give a few people the full name of a stranger of the same gender in the same town, some also the birth date."""
    town = dwelling.homes.town[dwelling.home.new]
    order = np.lexsort((dice.random(len(town)), families.is_woman, town))
    one, other = order[:-1], order[1:]
    fits = (town[one] == town[other]) & (families.is_woman[one] == families.is_woman[other])
    fits &= families.household[one] != families.household[other]
    rows = np.flatnonzero(fits & (dice.random(len(one)) < HOMONYMS))
    one, other = one[rows], other[rows]
    for column in (names.official, names.called, names.other, names.initials):
        column[other] = column[one]
    for turn in (names.infix, names.core):
        turn.old[other] = turn.new[other] = turn.new[one]
    chance = dice.random(len(rows))
    born = chance < SAME_BIRTH_DATE
    families.born[other[born]] = families.born[one[born]]


def _cards(families: Families, habit: Ints, dice: Dice) -> Turn[Texts]:
    """Return everyone's loyalty card: some re-issued, some shared by a couple, none for those who never wanted one."""
    count = len(families)
    holder = np.arange(count)
    partners = np.flatnonzero((families.role == PARTNER) & (dice.random(count) < SHARED_CARD))
    partners = partners[families.role[partners - 1] == HEAD]
    holder[partners] -= 1
    first, second = card_numbers(holder, 1), card_numbers(holder, 2)
    reissued = (dice.random(count) < REISSUED)[holder] & ~np.isin(habit, named("till customer"))[holder]
    since = np.full(count, NEVER, dtype=np.int64)
    since[reissued] = dice.integers(MINUTES // 3, MINUTES, size=count)[holder][reissued]
    has = np.isin(habit, named(*WITH_CARD))
    new = either(has, either(reissued, second, first), None)
    return Turn(either(has, first, None), new, since)
