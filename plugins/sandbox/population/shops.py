"""The retailer's shops, their clerks, and what gets typed at a till when a customer says nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plugins.sandbox.population.arrays import (
    Dice,
    Ints,
    Texts,
    among,
    dice_for,
    either,
    filled,
    glued,
    nothing,
    texts,
    zipf,
)  # fmt: skip
from plugins.sandbox.population.cards import card_numbers
from plugins.sandbox.population.homes import Homes, houses
from plugins.sandbox.population.phones import land_numbers, mobile_numbers
from plugins.sandbox.population.places import TOWNS
from plugins.sandbox.population.pools import given_pool, surname_pool
from plugins.sandbox.population.spelling import plain
from plugins.sandbox.population.wording import listed, words

RECORDS_A_SHOP, PARCEL_DOORS_A_SHOP = 14_000, 6
DOMAIN = "wandelwind.nl"
ONE_TILL_ADDRESS, WITH_SHOP_CARD, WITH_BUSY_CLERK, DOODLED = 0.3, 0.35, 0.3, 0.3
SHOPS_HABIT = 0.75
"""How often a clerk types what the shop usually types."""
KNOWN_EMAILS = words(
    "geen@email.nl geen@geen.nl x@x.nl nvt@nvt.nl onbekend@onbekend.nl test@test.nl geenmail@gmail.com "
    "noreply@wandelwind.nl a@a.nl geen@mail.be pasdemail@mail.be klant@klant.nl"
)
KNOWN_PHONES = listed(
    "0600000000, 0612345678, 0000000000, 06-12345678, 0611111111, 06 00000000, 0470000000, 0470123456, +31600000000, "
    "0101010101, 1234567890, geen, -"
)
KNOWN_CARDS = words("000000 0000000000000 0000000000 9999999999999 1111111111111 2900000000000 1234567890123")
KNOWN_NAMES = words("Klant Onbekend klant KLANT Winkelklant Particulier Passant - x Contant nvt .")
DOODLES = words("bedankt asdf qwe fijnedag mail jantje weetniet kassabon groetjes hoi klantje tas")
CLERK_DOMAINS = words("@gmail.com @hotmail.com @live.nl @outlook.com")


@dataclass
class Shops:
    """Shops by number, each with a door, a phone, a till address and perhaps a card of its own."""

    homes: Homes
    phone: Texts
    email: Texts
    card: Texts
    clerk_email: Texts
    """The private address of a clerk who types it for everyone, or one that a clerk made up; only in some shops."""
    clerk_phone: Texts
    parcel_doors: Ints
    """Doors of offices and parcel shops, where many have their orders brought."""

    def __len__(self) -> int:
        return len(self.phone)


def open_shops(seed: int, records: int) -> Shops:
    """Open as many shops as a retailer of this size has."""
    count, dice, land = max(2, records // RECORDS_A_SHOP), dice_for(seed, "shops"), houses()
    homes = land.at(dice.integers(len(land), size=count))
    city = texts(plain(TOWNS[town].name) for town in homes.town.tolist())
    till = glued(among(("kassa.", "winkel."), dice, count), city, f"@{DOMAIN}")
    return Shops(
        homes=homes,
        phone=land_numbers(homes.town, dice),
        email=either(dice.random(count) < ONE_TILL_ADDRESS, f"kassa@{DOMAIN}", till),
        card=_some(card_numbers(np.arange(count) + 7, 0), WITH_SHOP_CARD, dice),
        clerk_email=_some(_clerk_emails(count, dice), WITH_BUSY_CLERK, dice),
        clerk_phone=_some(mobile_numbers(np.full(count, "NL", dtype=object), dice), WITH_BUSY_CLERK, dice),
        parcel_doors=dice.integers(len(land), size=count * PARCEL_DOORS_A_SHOP),
    )


def _clerk_emails(count: int, dice: Dice) -> Texts:
    """Return private addresses that look like anybody's, and some made up."""
    first, last = given_pool("dutch", "F"), surname_pool("dutch")
    names = first.official[first.draw(np.full(count, 1995), dice)], last.core[last.draw(count, dice)]
    local = texts(f"{plain(given)}.{plain(name)}" for given, name in zip(*names, strict=True))
    private = glued(local, among(("88", "91", "x", "_", "1995", ""), dice, count))
    local = either(dice.random(count) < DOODLED, among(DOODLES, dice, count), private)
    return glued(local, among(CLERK_DOMAINS, dice, count))


def _some(values: Texts, share: float, dice: Dice) -> Texts:
    """Keep a share of the values, one at least."""
    kept = dice.random(len(values)) < share
    kept[0] = True
    return either(kept, values, nothing(len(values)))


def typed_emails(shops: Shops, shop: Ints, dice: Dice) -> Texts:
    """Return what clerks type where an e-mail address is asked and none is given."""
    return _habits(shop, dice, KNOWN_EMAILS, (shops.email[shop], shops.clerk_email[shop]))


def typed_phones(shops: Shops, shop: Ints, dice: Dice) -> Texts:
    """Return what clerks type where a phone number is asked and none is given."""
    return _habits(shop, dice, KNOWN_PHONES, (shops.phone[shop], shops.clerk_phone[shop]))


def typed_cards(shops: Shops, shop: Ints, dice: Dice) -> Texts:
    """Return what clerks enter where a card is asked and none is shown."""
    return _habits(shop, dice, KNOWN_CARDS, (shops.card[shop], shops.card[shop]))


def _habits(shop: Ints, dice: Dice, known: list[str], own: tuple[Texts, Texts]) -> Texts:
    """Let each shop follow its own habit most of the time: what everybody types, the shop's own, or a clerk's."""
    wanted = np.where(dice.random(len(shop)) < SHOPS_HABIT, shop * 7 % 3, dice.integers(3, size=len(shop)))
    typed = either(wanted == 1, *own)
    common = among(known, dice, len(shop), zipf(len(known), 1.0, 1.5))
    return either((wanted > 0) & filled(typed), typed, common)
