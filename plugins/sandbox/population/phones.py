"""Phone numbers as national digits, and the many ways of writing them."""

from __future__ import annotations

from plugins.sandbox.population.arrays import Dice, Ints, Texts, among, digits, either, glued, texts
from plugins.sandbox.population.places import TOWNS

LENGTHS = {"NL": 10, "BE": 9}
LONG_AREAS = {town.area for town in TOWNS if town.country == "NL" and len(town.area) == 4}
FOREIGN = ("+49 151", "+33 6 ", "+44 7", "+48 5", "+34 6", "+90 53", "+352 621")


def mobile_numbers(country: Texts, dice: Dice) -> Texts:
    """Return a mobile number for each, as national digits with the leading 0."""
    count = len(country)
    dutch = "06" + among("12345", dice, count) + digits(dice.integers(200_000, 9_800_000, size=count), 7)
    belgian = "04" + among(("7", "8", "9"), dice, count) + digits(dice.integers(200_000, 9_800_000, size=count), 7)
    return either(country == "BE", belgian, dutch)


def land_numbers(towns: Ints, dice: Dice) -> Texts:
    """Return the number of a house in each town: ten digits in NL, nine in BE."""
    serials = dice.integers(2_000_000, 7_999_999, size=len(towns)).tolist()
    pairs = zip(towns.tolist(), serials, strict=True)
    return texts(f"{TOWNS[town].area}{serial}"[: LENGTHS[TOWNS[town].country]] for town, serial in pairs)


def foreign_numbers(dice: Dice, count: int) -> Texts:
    """Return numbers from elsewhere, as people give them."""
    return glued(among(FOREIGN, dice, count), digits(dice.integers(2_000_000, 99_999_999, size=count), 8))


def written_phone(phone: str, luck: int) -> str:
    """Return a number of national digits in one of the country's notations; other numbers stay as they are."""
    if not phone.isdigit() or phone[0] != "0":
        return phone
    if phone.startswith("04") and len(phone) == 10:
        return _belgian_mobile(phone, luck)
    if phone.startswith("06") and len(phone) == 10:
        return _dutch_mobile(phone, luck)
    return _landline(phone, luck)


def _dutch_mobile(phone: str, luck: int) -> str:
    pairs = f"{phone[2:4]} {phone[4:6]} {phone[6:8]} {phone[8:]}"
    return (
        phone, phone, f"06-{phone[2:]}", f"06 {phone[2:]}", f"06 {pairs}", f"+31{phone[1:]}", f"+31 6 {pairs}",
        f"0031{phone[1:]}", f"+31(0){phone[1:]}", f"31{phone[1:]}", f"+31 {phone[1:]}", phone[1:],
    )[luck % 12]  # fmt: skip


def _belgian_mobile(phone: str, luck: int) -> str:
    tail = phone[4:6], phone[6:8], phone[8:]
    return (
        phone, phone, f"{phone[:4]}/{'.'.join(tail)}", f"{phone[:4]} {' '.join(tail)}", f"+32{phone[1:]}", phone[1:],
        f"+32 {phone[1:4]} {' '.join(tail)}", f"0032{phone[1:]}", f"+32(0){phone[1:]}", f"{phone[:4]}-{''.join(tail)}",
    )[luck % 10]  # fmt: skip


def _landline(phone: str, luck: int) -> str:
    if len(phone) == LENGTHS["BE"]:
        code, area = "32", 2 if phone[1] in "2349" else 3
    else:
        code, area = "31", 4 if phone[:4] in LONG_AREAS else 3
    return (
        phone, f"{phone[:area]}-{phone[area:]}", f"{phone[:area]}/{phone[area:]}", f"{phone[:area]} {phone[area:]}",
        f"+{code}{phone[1:]}", f"00{code}{phone[1:]}", f"({phone[:area]}) {phone[area:]}",
    )[luck % 7]  # fmt: skip
