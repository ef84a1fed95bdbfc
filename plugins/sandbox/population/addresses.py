"""E-mail addresses people have: private, at work, of the family, and those they had before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plugins.sandbox.population.arrays import (
    NEVER,
    Dice,
    Flags,
    Texts,
    Turn,
    among,
    chosen,
    digits,
    either,
    filled,
    flags,
    glued,
    lot,
    nothing,
    texts,
    unlike,
)
from plugins.sandbox.population.families import CHILD, MATE, Families
from plugins.sandbox.population.names import Names
from plugins.sandbox.population.spelling import plain
from plugins.sandbox.population.wording import words

DOMAINS = {
    "NL": {
        "gmail.com": 36, "hotmail.com": 19, "outlook.com": 7, "live.nl": 6, "ziggo.nl": 6, "kpnmail.nl": 3,
        "planet.nl": 3, "home.nl": 3, "icloud.com": 4, "hotmail.nl": 2, "xs4all.nl": 2, "upcmail.nl": 1,
        "casema.nl": 1, "hetnet.nl": 2, "yahoo.com": 2, "msn.com": 1, "quicknet.nl": 1, "chello.nl": 1,
        "solcon.nl": 1, "tele2.nl": 1, "me.com": 1, "protonmail.com": 1,
    },
    "BE": {
        "gmail.com": 36, "hotmail.com": 22, "telenet.be": 17, "skynet.be": 9, "outlook.com": 4, "live.be": 4,
        "proximus.be": 3, "icloud.com": 3, "scarlet.be": 1, "pandora.be": 1, "yahoo.com": 1, "msn.com": 1,
        "voo.be": 1,
    },
}  # fmt: skip
WAYS = (0.25, 0.13, 0.15, 0.05, 0.05, 0.05, 0.06, 0.10, 0.09, 0.03, 0.04)
WORDS = words(
    "zonnetje bloempje vlinder tijger panda ster maan regenboog muis beertje kikker roosje wolkje snoepje engel "
    "schatje voetbal ajacied feyenoord clubbrugge wielerfan hardloper visser tuinder boer kapitein matroos duiker "
    "biker racer gamer dj muziek gitaar piano viool danseres paard pony hond poes kat konijn vogel uil vos wolf "
    "draak ridder prinses koningin heks elfje kabouter aardbei banaan kers citroen"
)
FIRMS_A_PERSON = 1 / 55
FIRM_STEMS = words(
    "bouw advies installatie transport techniek media zorg horeca administratie design makelaardij groen schilder "
    "auto fiets"
)
FIRM_ENDS = ("groep", "bv", "partners", "service", "huis", "plus", "online", "")
SHARED, USES_SHARED, FAMILY_ADDRESS = 0.095, 0.72, 0.45
CHANGED, SECOND, AT_WORK, AT_THE_DESK = 0.14, 0.06, 0.08, 0.013
WITHHELD = 0.05


@dataclass
class Mail:
    """Everyone's e-mail address, which may have changed, and another one used now and then."""

    main: Turn[Texts]
    other: Texts
    is_withheld: Flags
    """Who gives no address where it is not required."""


def give_addresses(families: Families, names: Names, country: Texts, dice: Dice, minutes: int) -> Mail:
    """Give everyone e-mail addresses; `country` is everyone's."""
    count = len(families)
    private = [_private(families, names, country, dice, earlier=number == 1) for number in range(3)]
    every = unlike(np.concatenate([*private, _of_families(families, names, country, dice)]), _numbered, mailbox)
    new, old, second = every[:count], every[count : 2 * count], every[2 * count : 3 * count]
    since = np.full(count, NEVER, dtype=np.int64)
    changed = dice.random(count) < CHANGED
    since[changed] = dice.integers(minutes, size=int(changed.sum()))
    main = Turn(either(changed, old, new), new, since)
    _share(main, families, every[3 * count :], dice)
    withheld = dice.random(count) < WITHHELD * (1 + 3 * (families.born_year < 1950))
    return Mail(main, _others(second, names, country, dice), withheld)


def _domains(country: Texts, dice: Dice) -> Texts:
    ways = [among([*DOMAINS[code]], dice, len(country), [*DOMAINS[code].values()]) for code in ("NL", "BE")]
    return either(country == "BE", ways[1], ways[0])


def _plain(values: Texts) -> Texts:
    return texts(map(plain, values.tolist()))


def _private(families: Families, names: Names, country: Texts, dice: Dice, *, earlier: bool) -> Texts:
    """Return private addresses made from names, years of birth and words."""
    count = len(families)
    first, core = _plain(names.called), _plain(names.core.old if earlier else names.core.new)
    last = _plain(names.infix.old if earlier else names.infix.new) + core
    letter = texts(name[:1] for name in first.tolist())
    year = digits(families.born_year % 100, 2)
    word = among(WORDS, dice, count) + either(
        dice.random(count) < 0.5, year, digits(dice.integers(1000, size=count), 1)
    )
    ways = [
        first + "." + last, first + last, letter + "." + last, letter + last, last + "." + first, first + "_" + last,
        first + year, first + "." + last + year, word, core + letter,
        first + digits(dice.integers(1, 999, size=count), 1),
    ]  # fmt: skip
    local = chosen(ways, lot(WAYS, dice, count))
    own_domain = dice.random(count) < 0.012
    domain = either(own_domain, last + ".nl", _domains(country, dice))
    return glued(either(own_domain, first, local), "@", domain)


def _numbered(address: str, times: int) -> str:
    return address.replace("@", f"{times + 1}@", 1)


def mailbox(address: str) -> str:
    """Return what two addresses share that reach the same mailbox."""
    local, _, domain = address.partition("@")
    return f"{local.replace('.', '')}@{domain}" if domain == "gmail.com" else address


def _of_families(families: Families, names: Names, country: Texts, dice: Dice) -> Texts:
    """Return an address for each household that says whose family it is."""
    head = families.first_of(np.ones(len(families), dtype=np.bool_))
    local = among(("fam.", "familie", "fam", "familie.", "de", "thuis."), dice, len(head)) + _plain(
        names.core.new[head]
    )
    return glued(local, digits(dice.integers(1, 99, size=len(head)), 1), "@", _domains(country[head], dice))


def _share(main: Turn[Texts], families: Families, of_family: Texts, dice: Dice) -> None:
    """Let members of some households use the address of the first of them, or one of the family."""
    households = int(families.household[-1]) + 1
    head = families.first_of(np.ones(len(families), dtype=np.bool_))
    shared = dice.random(households) < SHARED
    address = either(dice.random(households) < FAMILY_ADDRESS, of_family, main.new[head])
    uses = shared[families.household] & (families.role != MATE)
    uses &= dice.random(len(families)) < np.where(families.role == CHILD, USES_SHARED - 0.15, USES_SHARED)
    main.new[uses] = address[families.household[uses]]
    main.old[uses & (dice.random(len(uses)) < 0.8)] = None
    main.old[uses] = either(filled(main.old[uses]), main.old[uses], main.new[uses])


def _others(second: Texts, names: Names, country: Texts, dice: Dice) -> Texts:
    """Return a second private address, one at work, the one of the desk of a firm, or none."""
    count = len(second)
    firms = max(3, int(count * FIRMS_A_PERSON))
    stems = among(FIRM_STEMS, dice, firms) + among(FIRM_ENDS, dice, firms)
    endings = either(dice.random(firms) < 0.7, ".nl", ".be")
    domain = "@" + _plain(names.core.new[dice.integers(count, size=firms)]) + stems + endings
    firm = dice.integers(firms, size=count)
    letter = texts(name[:1] for name in _plain(names.called).tolist())
    at_work = letter + "." + _plain(names.core.new) + domain[firm]
    desk = among(("info", "administratie", "inkoop", "receptie"), dice, firms)[firm] + domain[firm]
    steps = np.cumsum((AT_THE_DESK, AT_WORK, SECOND))
    which = np.searchsorted(steps, dice.random(count))
    return chosen([desk, at_work, second, nothing(count)], which)


def is_gmail(values: Texts) -> Flags:
    """Return which addresses are Gmail's, where dots and tags mean nothing."""
    return flags(value is not None and value.endswith("@gmail.com") for value in values.tolist())
