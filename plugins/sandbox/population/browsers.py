"""Which browser each web visit came from and who was logged in: cookies that expire, family and public browsers."""

from __future__ import annotations

import numpy as np

from plugins.sandbox.population.arrays import Dice, Flags, Ints, dice_for, lot
from plugins.sandbox.population.habits import ACCOUNT, GUEST, LETTER, SESSION
from plugins.sandbox.population.visits import NONE, Visits
from plugins.sandbox.population.world import MINUTES, World

SESSIONS_A_COOKIE, COOKIES_AT_MOST, SECOND_COOKIE = 5, 8, 0.1
FAMILY, PUBLIC, WORK = 0, 2, 3
"""How numbers of browsers are divided, after everyone's own."""
ON_FAMILY_BROWSER, ON_PUBLIC_BROWSER, ON_WORK_BROWSER = 0.35, 0.0065, 0.009
PEOPLE_A_WORK_BROWSER, RECORDS_A_PUBLIC_BROWSER = 4, 180_000
LOGS_IN, LOGS_IN_PUBLICLY, LOGS_IN_ONCE = 0.42, 0.3, 0.98
SOMEONE_ELSES_LOGIN = 0.04
ORDER_KEEPS_CLIENT, SIGN_UP_KEEPS_CLIENT = 0.72, 0.40


def browse(visits: Visits, world: World, seed: int, records: int) -> None:
    """Give web sessions, guest orders and sign-ups their browser, and sessions the login; visits are in order."""
    dice = dice_for(seed, "browse")
    sessions = np.flatnonzero(visits.kind == SESSION)
    visits.client[sessions] = _clients(visits, world, sessions, dice, records)
    _log_in(visits, world, sessions, dice)
    rates = [ORDER_KEEPS_CLIENT, SIGN_UP_KEEPS_CLIENT]
    rate = np.select([visits.kind == GUEST, visits.kind == LETTER], rates)
    kept = np.flatnonzero((dice.random(len(visits)) < rate) | _first_orders(visits))
    visits.client[kept] = visits.person[kept] * COOKIES_AT_MOST + (dice.random(len(kept)) < SECOND_COOKIE)


def _first_orders(visits: Visits) -> Flags:
    """Return the first order of each who orders as a guest: it came from an advertisement, which is measured."""
    first = np.zeros(len(visits), dtype=np.bool_)
    orders = np.flatnonzero(visits.kind == GUEST)
    first[orders[np.unique(visits.person[orders], return_index=True)[1]]] = True
    return first


def _clients(visits: Visits, world: World, sessions: Ints, dice: Dice, records: int) -> Ints:
    """Return numbers of browsers: one's own (a new number when the cookie is gone), the family's, public, at work."""
    person, minute = visits.person[sessions], visits.minute[sessions]
    household = world.families.household[person]
    family = _from(world, FAMILY) + household * 2 + (minute > MINUTES // 2)
    at_home = world.shares_browser[household] & (dice.random(len(person)) < ON_FAMILY_BROWSER)
    kiosks = max(1, records // RECORDS_A_PUBLIC_BROWSER)
    public = _from(world, PUBLIC) + dice.integers(kiosks, size=len(person))
    work = _from(world, WORK) + person * 7919 % (1 + len(world) // PEOPLE_A_WORK_BROWSER)
    places = lot((ON_PUBLIC_BROWSER, ON_WORK_BROWSER, 1 - ON_PUBLIC_BROWSER - ON_WORK_BROWSER), dice, len(person))
    own = _own(person, len(world), dice)
    return np.select([places == 0, places == 1, at_home], [public, work, family], default=own)


def _own(person: Ints, people: int, dice: Dice) -> Ints:
    """Return each one's own browser at each session, a new number every few sessions."""
    count = np.bincount(person, minlength=people)
    rank = np.arange(len(person)) - (np.cumsum(count) - count)[person]
    cookies = np.clip(1 + dice.poisson(count / SESSIONS_A_COOKIE), 1, np.clip(count, 1, COOKIES_AT_MOST))
    return person * COOKIES_AT_MOST + rank * cookies[person] // np.maximum(count[person], 1)


def _from(world: World, place: int) -> int:
    """Return the number from which on browsers of families, of the public and of firms are numbered."""
    return (len(world) + 1) * (COOKIES_AT_MOST + place)


def _log_in(visits: Visits, world: World, sessions: Ints, dice: Dice) -> None:
    """Let account holders log in now and then, nearly always once per browser, and family use an open login."""
    person, client = visits.person[sessions], visits.client[sessions]
    login, household = logins(visits, world), world.families.household[person]
    in_public = (client >= _from(world, PUBLIC)) & (client < _from(world, WORK))
    wanted = dice.random(len(person)) < np.where(in_public, LOGS_IN_PUBLICLY, LOGS_IN)
    wanted |= _first_of_pair(person, client, wanted) & (dice.random(len(person)) < LOGS_IN_ONCE) & ~in_public
    wanted &= login[person] != NONE
    visits.user[sessions] = np.where(wanted, login[person], NONE)
    of_family = np.full(int(world.families.household[-1]) + 1, NONE, dtype=np.int64)
    holders = np.flatnonzero(login != NONE)[::-1]
    of_family[world.families.household[holders]] = login[holders]
    at_home = (client >= _from(world, FAMILY)) & (client < _from(world, PUBLIC)) & ~wanted
    borrowed = at_home & (dice.random(len(person)) < SOMEONE_ELSES_LOGIN)
    visits.user[sessions[borrowed]] = of_family[household[borrowed]]


def logins(visits: Visits, world: World) -> Ints:
    """Return everyone's first login, or -1."""
    login = np.full(len(world), NONE, dtype=np.int64)
    accounts = np.flatnonzero(visits.kind == ACCOUNT)[::-1]
    login[visits.person[accounts]] = visits.user[accounts]
    return login


def _first_of_pair(person: Ints, client: Ints, wanted: Flags) -> Flags:
    """Return the first session of each person at each browser where none was logged in."""
    order = np.lexsort((~wanted, client, person))
    pairs = person[order] << 40 | client[order]
    first = np.zeros(len(person), dtype=np.bool_)
    first[order[np.unique(pairs, return_index=True)[1]]] = True
    return first & ~wanted
