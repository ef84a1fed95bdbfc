"""E-mail addresses and phone numbers as sources deliver them: slips, tags, masks, placeholders, the family's."""

from __future__ import annotations

import re

import numpy as np

from plugins.sandbox.population.addresses import is_gmail
from plugins.sandbox.population.arrays import Ints, Texts, edited, either, filled, texts
from plugins.sandbox.population.habits import LETTER, LOYALTY, MARKET, TILL
from plugins.sandbox.population.phones import written_phone
from plugins.sandbox.population.sheet import Sheet
from plugins.sandbox.population.shops import typed_emails, typed_phones
from plugins.sandbox.population.spelling import mistyped
from plugins.sandbox.population.visits import is_amazon, relative
from plugins.sandbox.population.wording import words

DOMAIN_SLIPS = {
    "gmail.com": words("gmial.com gmail.co gmail.nl gmai.com gamil.com gmail.con gmal.com googlemail.com gmail,com"),
    "hotmail.com": words("hotmial.com hotmail.nl hotmail.con hotmai.com hotmail.co hormail.com homail.com"),
    "outlook.com": words("outlook.nl outlok.com oulook.com"),
    "live.nl": words("live.com life.nl"),
    "ziggo.nl": words("zigo.nl ziggo.com"),
    "telenet.be": words("telnet.be telenet.com telenet.nl"),
    "skynet.be": words("skynet.nl sky.be"),
    "planet.nl": words("planet.com plant.nl"),
}
TAGS = ("wandelwind", "shop", "winkel", "nieuws", "web", "promo")
TAGGERS, DOTTERS = 0.02, 0.05
"""Shares of the Gmail users who add tags or move dots; they do so half of the time."""
OTHER_ADDRESS, RELATIVES_ADDRESS, INVALID = 0.22, 0.010, 0.002
NUMBER_FORGOTTEN = 0.004
"""How often someone leaves out the number in their own address, and names a stranger of the same name."""
NOTHING_SAID = 0.038
"""How often a clerk types something where the customer said nothing."""
LANDLINE, RELATIVES_PHONE, PHONE_SLIP = 0.10, 0.02, 0.006
WRITTEN = 0.55
DIGITS_BEFORE_AT = re.compile(r"\d+@")
BOL, AMAZON = "verkopen.bol.com", "marketplace.amazon.nl"
MASK_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


def write_emails(sheet: Sheet) -> None:
    """Fill in e-mail addresses."""
    email = _addresses(sheet)
    rate = sheet.rate("email_slip")
    slips = sheet.lucky(rate)
    edited(email, slips, _slipped, sheet.dice)
    sheet.note(slips & filled(email), "email_slip")
    edited(email, sheet.lucky(NUMBER_FORGOTTEN), lambda text, _: DIGITS_BEFORE_AT.sub("@", text), sheet.dice)
    _as_gmail_allows(sheet, email)
    edited(email, sheet.lucky(0.02 + rate), lambda text, _: text.upper(), sheet.dice)
    edited(email, sheet.lucky(0.02), lambda text, _: text.capitalize(), sheet.dice)
    edited(email, sheet.lucky(0.008), lambda text, luck: f"{text} " if luck % 2 else f" {text}", sheet.dice)
    edited(email, sheet.lucky(INVALID), lambda text, _: text.replace("@", ""), sheet.dice)
    shown = sheet.lucky(sheet.rate("email"))
    sheet.columns["email"] = either(shown, email, None)
    _type_something(sheet)
    market = sheet.visits.kind == MARKET
    sheet.columns["email"][market] = _masks(sheet.visits.mask[market])


def _addresses(sheet: Sheet) -> Texts:
    """Return the address someone gives: the usual one of that time, sometimes another, sometimes a relative's."""
    mail, person, minute = sheet.world.mail, sheet.visits.person, sheet.visits.minute
    email = mail.main.at(person, minute)
    sheet.note(minute < mail.main.since[person], "former_email")
    other = mail.other[person]
    uses_other = filled(other) & sheet.lucky(OTHER_ADDRESS)
    email = either(uses_other, other, email)
    sheet.note(uses_other, "other_email")
    near = relative(sheet.world, person)
    borrowed = (near != person) & sheet.lucky(RELATIVES_ADDRESS)
    sheet.note(borrowed, "relatives_email")
    email = either(borrowed, mail.main.at(near, minute), email)
    return either(mail.is_withheld[person] & (sheet.rate("email") < 1), None, email)


def _slipped(email: str, luck: int) -> str:
    """Return an address with a slip before or behind the at sign."""
    local, _, domain = email.partition("@")
    ways = DOMAIN_SLIPS.get(domain, [])
    if luck % 100 < 45 and ways:
        return f"{local}@{ways[luck // 100 % len(ways)]}"
    if luck % 100 < 52:
        return f"{local}@{domain.rpartition('.')[0]}"
    return f"{mistyped(local, luck // 100)}@{domain}"


def _as_gmail_allows(sheet: Sheet, email: Texts) -> None:
    """Add tags and move dots for the few who do that, half of the time."""
    gmail, person = is_gmail(email), sheet.visits.person
    taggers, dotters = (person * 13 % 1000) < 1000 * TAGGERS, (person * 17 % 1000) < 1000 * DOTTERS
    edited(
        email,
        gmail & taggers & sheet.lucky(0.5),
        lambda text, luck: text.replace("@", f"+{TAGS[luck % 6]}@"),
        sheet.dice,
    )
    edited(email, gmail & dotters & sheet.lucky(0.5), _redotted, sheet.dice)


def _redotted(email: str, luck: int) -> str:
    local, _, domain = email.partition("@")
    bare = local.replace(".", "")
    at = 1 + luck % max(1, len(bare) - 1)
    return f"{bare}@{domain}" if "." in local else f"{bare[:at]}.{bare[at:]}@{domain}"


def _type_something(sheet: Sheet) -> None:
    """Let clerks type an address where the customer gave none."""
    absent = ~filled(sheet.columns["email"])
    rows = sheet.is_clerk & sheet.lucky(np.where(absent, 2 * NOTHING_SAID, NOTHING_SAID / 2))
    rows &= np.isin(sheet.visits.kind, (TILL, LOYALTY))
    sheet.columns["email"][rows] = typed_emails(sheet.world.shops, sheet.shop[rows], sheet.dice)
    sheet.note(rows, "placeholder_email")


def _masks(numbers: Ints) -> Texts:
    """Return the masked addresses marketplaces hand over instead of the buyer's."""
    return texts(f"{token(number)}@{AMAZON if is_amazon(number) else BOL}" for number in numbers.tolist())


def token(number: int) -> str:
    """Return fourteen letters and digits that belong to a number."""
    mixed = (number * 0x9E3779B97F4A7C15 + 0x7F4A7C15) & (2**70 - 1)
    mixed = (mixed ^ mixed >> 31) * 0xD6E8FEB86659FD93 & (2**70 - 1)
    return "".join(MASK_LETTERS[mixed >> 5 * place & 31] for place in range(14))


def write_phones(sheet: Sheet) -> None:
    """Fill in phone numbers."""
    lines, person, minute = sheet.world.lines, sheet.visits.person, sheet.visits.minute
    near = relative(sheet.world, person)
    borrowed = sheet.lucky(RELATIVES_PHONE) & (near != person)
    phone = lines.mobile.at(np.where(borrowed, near, person), minute)
    sheet.note(borrowed, "relatives_phone")
    sheet.note(minute < lines.mobile.since[person], "former_phone")
    landline = lines.landline[person]
    by_land = filled(landline) & (sheet.lucky(LANDLINE) | ~filled(phone))
    phone = either(by_land, landline, phone)
    slips = sheet.lucky(PHONE_SLIP * np.where(sheet.is_clerk, 2, 1))
    edited(phone, slips, _misdialled, sheet.dice)
    sheet.note(slips & filled(phone), "phone_slip")
    edited(phone, sheet.lucky(WRITTEN), written_phone, sheet.dice)
    sheet.columns["phone"] = either(sheet.lucky(sheet.rate("phone")), phone, None)
    absent = ~filled(sheet.columns["phone"])
    rows = sheet.is_clerk & sheet.lucky(np.where(absent, NOTHING_SAID, NOTHING_SAID / 2))
    rows &= np.isin(sheet.visits.kind, (TILL, LOYALTY, LETTER))
    sheet.columns["phone"][rows] = typed_phones(sheet.world.shops, sheet.shop[rows], sheet.dice)
    sheet.note(rows, "placeholder_phone")


def _misdialled(phone: str, luck: int) -> str:
    """Return a number with one digit wrong, or one missing."""
    at = 3 + luck % max(1, len(phone) - 4)
    wrong = str(luck // 100 % 10)
    return phone[:at] + (wrong if luck // 1000 % 4 else "") + phone[at + 1 :]
