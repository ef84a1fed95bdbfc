"""Who looks something up in the webshop, signed in, and buys it in a shop: told from dice of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from plugins.sandbox.fiction.browsing import Browsing
from plugins.sandbox.fiction.opt_in import WATCHED
from plugins.sandbox.fiction.people import Person
from plugins.sandbox.fiction.receipts import Registers
from plugins.sandbox.retailer import Article, WebAccount

ONE_IN = 400
"""Of so many people one does it in the last days."""
DAYS_BEFORE = (1, 4)
LAST_DAY = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What somebody looked at, and when they bought it."""

    account: WebAccount
    article: Article
    sold_at: datetime


def looked_up(
    seed: int, everyone: Sequence[Person], accounts: Sequence[WebAccount], registers: Registers
) -> list[LookedUp]:
    """Let some of those who have an account and a card, and agreed to be watched, buy in a shop on the last day."""
    known = {each.person: each for each in accounts if _is_watched(each)}
    able = [person for person in everyone if person.id in known and person.id in registers.tills.of_person]
    chosen = Random(f"looked up {seed}").sample(able, min(len(able), len(everyone) // ONE_IN))
    return [each for person in chosen for each in _buys(seed, person, known[person.id], registers)]


def _buys(seed: int, person: Person, account: WebAccount, registers: Registers) -> Iterator[LookedUp]:
    dice = Random(f"looked up {seed} {person.id}")
    article = dice.choice([each for each in registers.catalogue.articles if each.is_online])
    sold_at = registers.sell(person, article, registers.anchor - LAST_DAY, dice)
    if sold_at:
        yield LookedUp(account, article, sold_at)


def follow(found: Sequence[LookedUp], browsing: Browsing) -> None:
    """Tell of the visits before."""
    for each in found:
        dice = Random(f"looked up {browsing.seed} {each.account.id}")
        earlier = timedelta(days=dice.randint(*DAYS_BEFORE), minutes=dice.randrange(600))
        browsing.look_up(each.account, each.article, each.sold_at - earlier)


def _is_watched(account: WebAccount) -> bool:
    said = dict(account.meta)
    return said.get(WATCHED) == "yes" and all(f"{WATCHED}_{part}" in said for part in ("at", "text", "form"))
