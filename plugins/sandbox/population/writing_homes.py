"""Addresses as sources deliver them: numbers in the street's field, additions lost, former homes, parcel shops."""

from __future__ import annotations

import numpy as np

from plugins.sandbox.population.arrays import Ints, Texts, among, edited, either, flags, glued, texts
from plugins.sandbox.population.habits import GUEST, LOYALTY, MARKET, TILL
from plugins.sandbox.population.places import OTHER_NAMES, TOWNS
from plugins.sandbox.population.sheet import Sheet
from plugins.sandbox.population.spelling import mistyped

COUNTRIES = {
    "NL": {"NL": 70, "Nederland": 15, "nl": 4, "Netherlands": 4, "NLD": 3, None: 4},
    "BE": {"BE": 72, "België": 13, "be": 3, "Belgium": 3, "BEL": 2, "Belgique": 3, None: 4},
}
SHORT_STREETS = {
    "Burgemeester": "Burg.", "Professor": "Prof.", "Dokter": "Dr.", "steenweg": "stwg", "straat": "str.", "laan": "ln",
}  # fmt: skip
ADDITION_LOST, ADDITION_BEHIND_NUMBER, ADDITION_OTHERWISE = 0.14, 0.25, 0.2
NUMBER_WRONG, POSTCODE_WRONG, POSTCODE_CUT = 0.005, 0.006, 0.01
POSTCODE_SPACED, POSTCODE_SMALL, POSTCODE_WITH_COUNTRY = 0.45, 0.06, 0.008
OTHER_TOWN_NAME, STREET_SHORTENED, CITY_SLIP = 0.05, 0.04, 0.6
FORMER_HOME, DELIVERED_ELSEWHERE, SHOPS_ADDRESS = 0.05, 0.014, 0.006


def write_addresses(sheet: Sheet) -> None:
    """Fill in street, number, addition, postcode, city and country."""
    homes = sheet.world.dwelling.homes.at(_doors(sheet))
    shown, in_street = sheet.lucky(sheet.rate("address")), sheet.lucky(sheet.rate("joined_address"))
    street, city = _streets(sheet, homes.street), _cities(sheet, homes.town)
    number, addition = _numbers(sheet, homes.number, homes.addition)
    columns = {
        "street": either(in_street, glued(street, " ", number, _behind_numbers(addition)), street),
        "house_number": either(in_street, None, number),
        "house_addition": either(in_street, None, addition),
        "postcode": _postcodes(sheet, homes.postcode),
        "city": city,
        "country": _countries(sheet, homes.town),
    }
    capitals = sheet.lucky(sheet.rate("capitals"))
    for name in ("street", "city"):
        edited(columns[name], capitals, lambda text, _: text.upper(), sheet.dice)
    for name, values in columns.items():
        sheet.columns[name] = either(shown, values, None)
    _type_the_shops(sheet)


def _doors(sheet: Sheet) -> Ints:
    """Return the door someone gives: home at the time, sometimes one left long ago, or where parcels are brought."""
    home, person = sheet.world.dwelling.home, sheet.named
    door = home.at(person, sheet.visits.minute)
    stale = sheet.lucky(FORMER_HOME) & (home.since[person] >= 0)
    door[stale] = home.old[person[stale]]
    sheet.note(stale | (sheet.visits.minute < home.since[person]), "former_home")
    elsewhere = np.isin(sheet.visits.kind, (GUEST, MARKET)) & sheet.lucky(DELIVERED_ELSEWHERE)
    places = sheet.world.shops.parcel_doors
    door[elsewhere] = places[sheet.dice.integers(len(places), size=int(elsewhere.sum()))]
    sheet.note(elsewhere, "delivered_elsewhere")
    return door


def _streets(sheet: Sheet, street: Texts) -> Texts:
    slips = sheet.lucky(sheet.rate("slip"))
    edited(street, slips, mistyped, sheet.dice)
    sheet.note(slips, "street_slip")
    edited(street, sheet.lucky(STREET_SHORTENED), _shortened, sheet.dice)
    return street


def _shortened(street: str, _luck: int) -> str:
    for long, short in SHORT_STREETS.items():
        if long in street:
            return street.replace(long, short)
    return street


def _cities(sheet: Sheet, town: Ints) -> Texts:
    city = texts(place.name for place in TOWNS)[town]
    edited(city, sheet.lucky(OTHER_TOWN_NAME), lambda name, _: OTHER_NAMES.get(name, name), sheet.dice)
    edited(city, sheet.lucky(sheet.rate("slip") * CITY_SLIP), mistyped, sheet.dice)
    return city


def _numbers(sheet: Sheet, number: Texts, addition: Texts) -> tuple[Texts, Texts]:
    """Return number and addition: wrong, in one field, in another notation, or without the addition."""
    edited(number, sheet.lucky(NUMBER_WRONG), lambda text, luck: str(abs(int(text) + luck % 7 - 3) + 1), sheet.dice)
    chance, has = sheet.dice.random(len(sheet)), addition != ""
    lost, behind = has & (chance < ADDITION_LOST), has & (chance > 1 - ADDITION_BEHIND_NUMBER)
    sheet.note(lost, "addition_lost")
    joiner = among(("", "", " ", "-", "/"), sheet.dice, len(sheet))
    is_letter = flags(len(each) == 1 and each.isalpha() for each in addition.tolist())
    tail = either(is_letter, glued(joiner, addition), _behind_numbers(addition))
    number = either(behind, glued(number, tail), number)
    addition = either(has & ~lost & ~behind, addition, None)
    edited(addition, sheet.lucky(ADDITION_OTHERWISE), _other_addition, sheet.dice)
    return number, addition


def _behind_numbers(addition: Texts) -> Texts:
    """Return what stands behind the number on one line."""
    return texts(_behind_number(each or "") for each in addition.tolist())


def _behind_number(addition: str) -> str:
    """Return a letter as it is, a word after a blank, a number after a dash."""
    if addition[:1].isdigit():
        return f"-{addition}"
    return f" {addition}" if len(addition) > 2 and addition[0].isalpha() else addition


def _other_addition(addition: str, luck: int) -> str:
    """Return an addition in another notation."""
    bare = addition.removeprefix("bus ").removeprefix("-")
    if addition.startswith("bus "):
        return (f"b{bare}", f"bte {bare}", bare, f"Bus {bare}", f"/{bare}")[luck % 5]
    return (bare.upper(), bare.lower(), f"-{bare}", f" {bare}")[luck % 4]


def _postcodes(sheet: Sheet, postcode: Texts) -> Texts:
    """Return postcodes with or without a blank, in small letters, cut off, or with one character wrong."""
    edited(postcode, sheet.lucky(POSTCODE_WRONG), _wrong_postcode, sheet.dice)
    edited(postcode, sheet.lucky(POSTCODE_SPACED), lambda code, _: f"{code[:4]} {code[4:]}".strip(), sheet.dice)
    edited(postcode, sheet.lucky(POSTCODE_SMALL), lambda code, _: code.lower(), sheet.dice)
    edited(postcode, sheet.lucky(POSTCODE_CUT), lambda code, _: code[:4], sheet.dice)
    edited(postcode, sheet.lucky(POSTCODE_WITH_COUNTRY), _with_country, sheet.dice)
    return postcode


def _wrong_postcode(code: str, luck: int) -> str:
    at = luck % 4
    return f"{code[:at]}{luck // 10 % 9 + 1}{code[at + 1 :]}"


def _with_country(code: str, _luck: int) -> str:
    return f"B-{code}" if len(code) == 4 else f"NL-{code}"


def _countries(sheet: Sheet, town: Ints) -> Texts:
    country = texts(each.country for each in TOWNS)[town]
    dutch, belgian = (among([*each], sheet.dice, len(town), [*each.values()]) for each in COUNTRIES.values())
    return either(country == "BE", belgian, dutch)


def _type_the_shops(sheet: Sheet) -> None:
    """Let clerks type the address of the shop where the customer gave none."""
    rows = np.isin(sheet.visits.kind, (TILL, LOYALTY)) & sheet.is_clerk & sheet.lucky(SHOPS_ADDRESS)
    homes = sheet.world.shops.homes.at(sheet.shop[rows])
    city = texts(place.name for place in TOWNS)[homes.town]
    columns = {"street": homes.street, "house_number": homes.number, "postcode": homes.postcode, "city": city}
    for column, values in columns.items():
        sheet.columns[column][rows] = values
    sheet.columns["house_addition"][rows] = None
    sheet.note(rows, "shops_address")
