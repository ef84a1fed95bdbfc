"""Baskets left at the webshop's checkout: some for good, some because it was bought in a shop after all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from plugins.sandbox.fiction.catalogue import Catalogue
from plugins.sandbox.fiction.people import Person
from plugins.sandbox.fiction.receipts import Receipt
from plugins.sandbox.retailer import WebAccount, WebLine, WebOrder

STATUS = "checkout-draft"
FIRST_DRAFT, FIRST_LINE = 900_001, 950_001
PER_PERSON = 0.03
AS_GUEST = 0.25
LEFT_DAYS = 9
INSTEAD = 0.25
"""How many of the baskets are of people who bought in a shop within a day."""

Left = tuple[datetime, Person]


def left_baskets(
    people: Sequence[Person], receipts: Iterable[Receipt], accounts: Iterable[WebAccount], catalogue: Catalogue,
    anchor: datetime, seed: int,
) -> tuple[WebOrder, ...]:  # fmt: skip
    """Return the drafts, oldest first; they are drawn apart, so that nothing else changes by them."""
    dice = Random(f"left baskets {seed}")
    shoppers = [person for person in people if "w" in person.systems and person.email]
    wanted = min(len(shoppers), int(len(people) * PER_PERSON))
    in_a_shop = _bought_lately(receipts, anchor)
    some = [person for person in shoppers if person.id in in_a_shop][: round(wanted * INSTEAD)]
    chosen = {person.id for person in some}
    others = dice.sample([person for person in shoppers if person.id not in chosen], wanted - len(some))
    left = [(in_a_shop[each.id] - timedelta(minutes=dice.randrange(60, 1200)), each) for each in some]
    left += [(anchor - timedelta(minutes=dice.randrange(120, LEFT_DAYS * 1440)), each) for each in others]
    left.sort(key=lambda each: (each[0], each[1].id))
    return tuple(_drafts(left, {each.id: each for each in accounts}, catalogue, dice))


def _bought_lately(receipts: Iterable[Receipt], anchor: datetime) -> dict[str, datetime]:
    """Return when people last bought in a shop, of those who did within the days in which baskets were left."""
    since = anchor - timedelta(days=LEFT_DAYS - 1)
    bought = [(each.sold_at.astimezone(UTC), each.person) for each in receipts if each.total_cents > 0]
    return {person.id: at for at, person in sorted(bought, key=lambda each: each[0]) if person and at > since}


def _drafts(
    left: Iterable[Left], accounts: dict[int, WebAccount], catalogue: Catalogue, dice: Random
) -> Iterator[WebOrder]:
    first = FIRST_LINE
    for number, (at, person) in enumerate(left, FIRST_DRAFT):
        lines = tuple(_lines(first, catalogue, person, dice))
        first += len(lines)
        account = accounts.get(person.account_id)
        is_guest = account is None or account.registered_at > at or dice.random() < AS_GUEST
        yield WebOrder(
            id=number,
            account_id=0 if is_guest else person.account_id,
            created_at=at,
            modified_at=at,
            status=STATUS,
            email=person.email,
            first_name=person.given.called,
            last_name=str(person.surname),
            address=person.home,
            lines=lines,
            person=person.id,
        )


def _lines(first: int, catalogue: Catalogue, person: Person, dice: Random) -> Iterator[WebLine]:
    online = [article for article in catalogue.articles if article.is_online]
    for at in range(dice.choice((1, 1, 2, 3))):
        article = dice.choice(online)
        unit = article.promo_cents or article.price_cents
        yield WebLine(first + at, article.sku_id, 1, unit, unit, catalogue.vat_percent(article, person.home.country))
