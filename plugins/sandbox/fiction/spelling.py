"""How people and clerks write things down, and get them wrong."""

from __future__ import annotations

import unicodedata
from random import Random

from plugins.sandbox.retailer import Address

PLACEHOLDER_EMAILS = ("kassa@example.nl", "geen@email.nl", "noreply@example.nl", "KASSA@EXAMPLE.NL", "nvt@example.be")
PLACEHOLDER_PHONES = ("0600000000", "06-00000000", "0000000000", "0612345678", "0470000000")
PLACEHOLDER_CARDS = ("0000", "0000000000", "1111111111")


def plain(text: str) -> str:
    """Return letters as they look in an e-mail address."""
    bare = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return "".join(letter for letter in bare if letter.isalnum())


def mistyped(text: str, dice: Random) -> str:
    """Swap, drop, double or miss one letter, not the first."""
    if len(text) < 4:
        return text
    at = dice.randrange(1, len(text) - 1)
    kind = dice.randrange(4)
    if kind == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if kind == 1:
        return text[:at] + text[at + 1 :]
    if kind == 2:
        return text[:at] + text[at] + text[at:]
    return text[:at] + dice.choice("aeinorst") + text[at + 1 :]


def typed_email(email: str, dice: Random) -> str:
    """Write an address as a hurried clerk does: as it is, in capitals, or with blanks around it."""
    chance = dice.random()
    if chance < 0.80:
        return email
    if chance < 0.88:
        return email.upper()
    if chance < 0.95:
        return email.capitalize()
    return f" {email} "


def typed_phone(phone: str, country: str, dice: Random) -> str:
    """Write a number, given as national digits with the leading 0, in one of the country's many notations."""
    bare = phone[1:]
    if country == "NL":
        pairs = f"{phone[2:4]} {phone[4:6]} {phone[6:8]} {phone[8:]}"
        ways = (f"06-{phone[2:]}", f"06 {pairs}", f"+31 6 {phone[2:]}", f"+31{bare}", f"0031{bare}", f"+31(0){bare}")
    else:
        tail = (phone[4:6], phone[6:8], phone[8:])
        spaced = f"{phone[:4]} {' '.join(tail)}"
        dotted = f"{phone[:4]}/{'.'.join(tail)}"
        ways = (dotted, spaced, f"+32 {spaced[1:]}", f"+32{bare}", f"0032{bare}", f"+32(0){bare}")
    return phone if dice.random() < 0.25 else dice.choice(ways)


def typed_surname(infix: str, core: str, dice: Random) -> str:
    """Write a surname with its tussenvoegsel in front, behind, glued, shortened or forgotten."""
    if not infix:
        return core
    short = {"van der": "v.d.", "van den": "v/d", "van de": "v.d.", "van": "v."}.get(infix.lower(), infix)
    ways = [f"{infix} {core}"] * 6 + [f"{core}, {infix}", f"{infix}{core}".capitalize(), f"{short} {core}", core]
    return dice.choice(ways)


def typed_address(address: Address, dice: Random) -> Address:
    """Write an address with the number's addition lost, glued or wrong, or the postcode in another shape."""
    number, box, postcode, street = address.house_number, address.box, address.postcode, address.street
    kind = dice.random()
    if kind < 0.10:
        number, box = f"{number}{box}", ""
    elif kind < 0.16:
        box = dice.choice(("A", "B", "bis", "2", "hs"))
    elif kind < 0.20:
        box = ""
    elif kind < 0.30:
        postcode = postcode.replace(" ", "").lower()
    elif kind < 0.34:
        street, number, box = f"{street} {number}{box}", "", ""
    elif kind < 0.38:
        street = mistyped(street, dice)
    return Address(street, number, postcode, address.city, address.country, box)
