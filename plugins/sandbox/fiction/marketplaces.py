"""What people buy at marketplaces that deliver through a middleman, in the last two months.

It draws from dice of its own, so that nothing else in the fiction changes by it; and from another marketplace account
than the one whose orders the webshop holds, so that nobody's purchase is told twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from plugins.sandbox.fiction import names
from plugins.sandbox.fiction.catalogue import Catalogue
from plugins.sandbox.fiction.people import Person, address, surname
from plugins.sandbox.retailer import Address, Article, MarketplaceOrder, MarketplaceReturn, WebLine

DAYS = 60
SHARE, IS_STRANGER = 0.04, 0.4
"""How many people buy there, and which part of the buyers no other system of the retailer knows."""
IS_BOL, GOES_BACK, SHIPS_AT_COST = 0.7, 0.18, 0.25
ALPHABET = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
MASKS = {"bol": "verkopen.bol.com", "amazon": "marketplace.amazon.nl"}
SHIPPING_CENTS = 299
FIRST_ORDER, FIRST_LINE, FIRST_RETURN = 830_011, 9_910_001, 710_001
OPEN_DAYS, WIPED_DAYS = 3, 45
"""An order of the last days is still open; one as old as the other is wiped sometimes."""
REASONS = ("Te klein", "Voldoet niet aan verwachting", "Beschadigd ontvangen", "Bedacht zich")
DECISIONS = (("accepted", 70), ("keeps", 10), ("rejected", 8), ("new", 12))


@dataclass
class Draft:
    """An order before it has its number."""

    first_name: str
    last_name: str
    home: Address
    person: str
    """Empty for a stranger."""
    dice: Random
    at: datetime
    marketplace: str
    bought: list[tuple[Article, int]]


def marketplace_orders(
    seed: int, everyone: list[Person], catalogue: Catalogue, anchor: datetime
) -> tuple[MarketplaceOrder, ...]:
    """Return the orders in order of time; of some people no other system knows, as for any marketplace."""
    online = [article for article in catalogue.articles if article.is_online]
    drafts = [each for person in everyone if (each := _bought(seed, person, online, anchor))]
    drafts.sort(key=lambda each: each.at)
    orders: list[MarketplaceOrder] = []
    line = FIRST_LINE
    for number, draft in enumerate(drafts):
        orders.append(_order(draft, number, line, catalogue, anchor))
        line += len(draft.bought)
    return tuple(orders)


def _bought(seed: int, person: Person, online: list[Article], anchor: datetime) -> Draft | None:
    dice = Random(f"marketplaces {seed} {person.id}")
    if dice.random() >= SHARE:
        return None
    at = anchor - timedelta(days=dice.randrange(1, DAYS), seconds=dice.randrange(3600, 80_000))
    count = dice.choice((1, 1, 1, 2))
    bought = [(article, 2 if dice.random() < 0.1 else 1) for article in dice.sample(online, count)]
    name, last, home, known = person.given.called, str(person.surname), person.home_at(at), person.id
    if dice.random() < IS_STRANGER:
        town = dice.choice(names.TOWNS)
        given = names.FRENCH_GIVEN if town.language == "FR" else names.DUTCH_GIVEN
        name, last, home, known = dice.choice(given).called, str(surname(town, dice)), address(town, dice), ""
    return Draft(name, last, home, known, dice, at, "bol" if dice.random() < IS_BOL else "amazon", bought)


def _order(draft: Draft, place: int, first_line: int, catalogue: Catalogue, anchor: datetime) -> MarketplaceOrder:
    dice, country = draft.dice, draft.home.country
    lines = tuple(_line(each, first_line + at, catalogue, country) for at, each in enumerate(draft.bought))
    shipping = SHIPPING_CENTS if dice.random() < SHIPS_AT_COST else 0
    status, modified_at = _ended(draft, anchor)
    returns = _returns(draft, FIRST_RETURN + 3 * place, lines, modified_at, anchor) if status == "shipped" else ()
    is_old = anchor - draft.at > timedelta(days=WIPED_DAYS)
    return MarketplaceOrder(
        id=FIRST_ORDER + 7 * place,
        marketplace=draft.marketplace,
        number=_number(draft.marketplace, dice),
        created_at=draft.at,
        modified_at=modified_at,
        status=status,
        email=_alias(draft.marketplace, dice),
        first_name=draft.first_name,
        last_name=draft.last_name,
        address=draft.home,
        lines=lines,
        shipping_cents=shipping,
        returns=returns,
        is_obfuscated=is_old and dice.random() < 0.3,
        person=draft.person,
    )


def _line(bought: tuple[Article, int], number: int, catalogue: Catalogue, country: str) -> WebLine:
    article, quantity = bought
    unit = article.promo_cents or article.price_cents
    vat = catalogue.vat_percent(article, country)
    return WebLine(number, article.sku_id, quantity, unit, unit * quantity, vat)


def _ended(draft: Draft, anchor: datetime) -> tuple[str, datetime]:
    """Say how the order stands, and since when."""
    dice = draft.dice
    if anchor - draft.at < timedelta(days=OPEN_DAYS):
        return ("cancellation_request" if dice.random() < 0.15 else "not_shipped"), draft.at
    later = min(draft.at + timedelta(minutes=dice.randrange(60, 4000)), anchor)
    return ("cancelled" if dice.random() < 0.07 else "shipped"), later


def _returns(
    draft: Draft, number: int, lines: tuple[WebLine, ...], shipped_at: datetime, anchor: datetime
) -> tuple[MarketplaceReturn, ...]:
    dice = draft.dice
    at = shipped_at + timedelta(minutes=dice.randrange(4000, 20_000))
    if dice.random() >= GOES_BACK or at >= anchor:
        return ()
    (status,) = dice.choices([each for each, _ in DECISIONS], [weight for _, weight in DECISIONS])
    decided_at = at if status == "new" else min(at + timedelta(minutes=dice.randrange(600, 6000)), anchor)
    line = dice.choice(lines)
    return (MarketplaceReturn(number, line.id, line.quantity, at, decided_at, dice.choice(REASONS), "", status),)


def _number(marketplace: str, dice: Random) -> str:
    if marketplace == "bol":
        return "A" + "".join(dice.choices(ALPHABET, k=9))
    return f"405-{dice.randrange(10**7):07d}-{dice.randrange(10**7):07d}"


def _alias(marketplace: str, dice: Random) -> str:
    return f"{dice.randrange(16**14):014x}@{MASKS[marketplace]}"
