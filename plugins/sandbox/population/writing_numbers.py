"""Cards, receipts, browsers, logins, profiles and consents as sources deliver them."""

from __future__ import annotations

import numpy as np

from plugins.sandbox.population.arrays import Flags, among, edited, either, texts
from plugins.sandbox.population.cards import mistyped_card, written_card
from plugins.sandbox.population.habits import LOYALTY, RECEIPT, TILL
from plugins.sandbox.population.sheet import Sheet
from plugins.sandbox.population.shops import typed_cards
from plugins.sandbox.population.visits import NONE

CARD_MISTYPED, CARD_WRITTEN = 0.007, 0.03
SHOPS_CARD_FOR_A_CUSTOMER, SHOPS_CARD_FOR_A_RECEIPT, STRANGERS_CARD = 0.03, 0.10, 0.004
NAMES_PREVIOUS = 0.85
CONSENTS: dict[str, dict[str | None, int]] = {
    "woocommerce": {"yes": 40, "no": 45, "1": 5, "0": 5, None: 5},
    "tilroy": {"true": 38, "false": 50, "J": 3, "N": 4, None: 5},
    "loyalty": {"ja": 46, "nee": 38, "Ja": 4, "Nee": 3, "JA": 1, "opt-in": 3, None: 5},
    "mailchimp": {"subscribed": 70, "unsubscribed": 20, "yes": 4, "cleaned": 4, "pending": 2},
    "qr": {"yes": 50, "no": 40, "y": 4, "n": 4, None: 2},
}
"""What the sources say about consent, each in its own words, and how often."""
FIRST_COOKIE, COOKIE_SECONDS = 1_656_633_600, 30


def write_cards(sheet: Sheet) -> None:
    """Fill in the card shown and the one it replaced; some mistyped, some the shop's own."""
    visits, card = sheet.visits, sheet.world.card
    whose = np.where(_keeps_strangers_card(sheet), sheet.dice.permutation(visits.person), visits.person)
    shown = either(visits.shows_card, card.at(whose, visits.minute), None)
    slips = sheet.lucky(CARD_MISTYPED * np.where(visits.kind == LOYALTY, 1 / 6, 1.0)) & visits.shows_card
    edited(shown, slips, mistyped_card, sheet.dice)
    sheet.note(slips, "card_slip")
    edited(shown, sheet.lucky(CARD_WRITTEN) & (visits.kind != RECEIPT), written_card, sheet.dice)
    rates = [SHOPS_CARD_FOR_A_CUSTOMER, SHOPS_CARD_FOR_A_RECEIPT]
    rows = sheet.lucky(np.select([visits.kind == TILL, visits.kind == RECEIPT], rates)) & ~visits.shows_card
    shown[rows] = typed_cards(sheet.world.shops, sheet.shop[rows], sheet.dice)
    sheet.note(rows, "placeholder_card")
    sheet.columns["card_no"] = shown
    since = card.since[visits.person]
    replaced = (visits.kind == LOYALTY) & (since >= 0) & (since <= visits.minute) & sheet.lucky(NAMES_PREVIOUS)
    sheet.columns["prev_card_no"] = either(replaced, card.old[visits.person], None)


def _keeps_strangers_card(sheet: Sheet) -> Flags:
    """Return at which receipts the till still held the card of somebody before, or a friend lent theirs."""
    rows: Flags = (sheet.visits.kind == RECEIPT) & sheet.lucky(STRANGERS_CARD)
    sheet.note(rows, "strangers_card")
    return rows


def write_numbers(sheet: Sheet) -> None:
    """Fill in the numbers that systems give: receipts, browsers, logins and profiles."""
    visits = sheet.visits
    for column, numbers, written in (
        ("receipt_id", visits.receipt, _receipt),
        ("client_id", visits.client, _client),
        ("user_id", visits.user, _login),
        ("social_id", visits.profile, _profile),
    ):
        sheet.columns[column] = texts(None if number == NONE else written(number) for number in numbers.tolist())


def _mixed(number: int, bits: int) -> int:
    """Return a number of so many bits that belongs to this one alone."""
    mask = (1 << bits) - 1
    mixed = number * 0x9E3779B1 & mask
    mixed ^= mixed >> bits // 2
    return mixed * 0x85EBCA6B & mask


def _receipt(number: int) -> str:
    mixed = _mixed(number, 34)
    return f"{101 + mixed % 89}-{mixed // 89 % 6 + 1}-{mixed:011d}"


def _client(number: int) -> str:
    mixed = _mixed(number, 52)
    return f"{mixed >> 22}.{FIRST_COOKIE + (mixed & (1 << 22) - 1) * COOKIE_SECONDS}"


def _login(number: int) -> str:
    return str(100_000 + _mixed(number, 30))


def _profile(number: int) -> str:
    return f"1{_mixed(number, 52):016d}"


def write_consents(sheet: Sheet) -> None:
    """Fill in whether the source says that someone may be mailed, in its own words."""
    asked, source = sheet.lucky(sheet.rate("consent")), sheet.columns["source"]
    for name, words in CONSENTS.items():
        rows = asked & (source == name)
        said = among([*words], sheet.dice, int(rows.sum()), [*words.values()])
        sheet.columns["consent_email"][rows] = said
