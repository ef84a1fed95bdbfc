"""Names as sources deliver them: call names, initials, prefixes in the wrong field, slips, titles, no name at all."""

from __future__ import annotations

import numpy as np

from plugins.sandbox.population.arrays import (
    Flags,
    Texts,
    among,
    chosen,
    edited,
    either,
    flags,
    glued,
    lot,
    nothing,
    texts,
)
from plugins.sandbox.population.forms import DISPLAY, FORMS, GIVEN_ONLY, WHOLE, WITH_INFIX
from plugins.sandbox.population.habits import TILL
from plugins.sandbox.population.sheet import Sheet
from plugins.sandbox.population.shops import KNOWN_NAMES
from plugins.sandbox.population.spelling import broken, mistyped, plain, unaccented
from plugins.sandbox.population.visits import relative

SHORT = {
    "van": "v.", "van de": "v.d.", "van der": "v.d.", "van den": "v.d.", "de": "d.", "van 't": "v.'t",
    "in 't": "i.'t", "ten": "t.", "ter": "t.", "te": "t.", "op den": "o.d.", "uit den": "u.d.",
}  # fmt: skip
PREFIX_WAYS = (0.74, 0.11, 0.025, 0.03, 0.05, 0.045)
"""In its field, before the last name, behind it, behind the first name, left out, shortened."""
PREFIX_WAYS_WITHOUT_FIELD = (0.0, 0.82, 0.025, 0.04, 0.07, 0.045)
WHOLE_WAYS = (0.80, 0.05, 0.05, 0.03, 0.05, 0.02)
DISPLAY_WAYS = (0.68, 0.10, 0.12, 0.10)
NO_NAME, FAMILY_NAME, BOTH_NAMES, IN_ONE_FIELD = 0.008, 0.008, 0.004, 0.012
ACCENTS_LOST, ENCODING_BROKEN, OTHER_CALL_NAME = 0.5, 0.05, 0.03
LETTER_HAS_SURNAME, SMALL_LETTERS, BLANKS = 0.45, 0.03, 0.01
PREFIX_GLUED, HALF_OF_DOUBLE = 0.05, 0.16


def write_names(sheet: Sheet) -> None:
    """Fill in full name, first name, prefix and last name."""
    given, infix, core = _given(sheet), *_surname(sheet)
    _spoil(sheet, given, core)
    layout = np.array([form.layout for form in FORMS])[sheet.visits.kind]
    named = sheet.lucky(sheet.rate("name"))
    letter_knows_all = (layout == GIVEN_ONLY) & sheet.lucky(LETTER_HAS_SURNAME)
    whole = named & ((layout == WHOLE) | letter_knows_all)
    parts = named & (layout <= WITH_INFIX)
    _write_parts(sheet, parts, layout == WITH_INFIX, (given, infix, core))
    _write_whole(sheet, whole, (given, infix, core))
    _write_display(sheet, named & (layout == DISPLAY), (given, infix, core))
    only = named & (layout == GIVEN_ONLY) & ~whole
    sheet.columns["first_name"][only] = given[only]
    _no_name(sheet, parts)


def _given(sheet: Sheet) -> Texts:
    """Return the first name as given: a call name, the official one, initials, or sometimes another call name."""
    people, names = sheet.named, sheet.world.names
    called, official = names.called[people], names.official[people]
    chance = sheet.dice.random(len(sheet))
    initials, as_official = sheet.rate("initials"), sheet.rate("official")
    given = either(chance < initials + as_official, official, called)
    given = either(sheet.lucky(OTHER_CALL_NAME), names.other[people], given)
    sheet.note((chance < initials + as_official) & (official != called), "official_name")
    rows = chance < initials
    letters = names.initials[people[rows]]
    style = lot((0.4, 0.25, 0.2, 0.1, 0.05), sheet.dice, int(rows.sum()))
    dotted = texts("".join(f"{letter}." for letter in each) for each in letters.tolist())
    first = texts(each[0] for each in letters.tolist())
    spaced = texts(" ".join(each) for each in letters.tolist())
    given[rows] = chosen([dotted, first + ".", letters, first, spaced], style)
    sheet.note(rows, "initials")
    return given


def _surname(sheet: Sheet) -> tuple[Texts, Texts]:
    """Return prefix and core at the time, double names sometimes by half, Flemish prefixes sometimes glued."""
    people, names = sheet.named, sheet.world.names
    infix = names.infix.at(people, sheet.visits.minute)
    core = names.core.at(people, sheet.visits.minute)
    sheet.note(sheet.visits.minute < names.core.since[people], "former_surname")
    double = flags("-" in name for name in core.tolist())
    edited(core, double & sheet.lucky(HALF_OF_DOUBLE), _half, sheet.dice)
    spaced = flags(" " in name and "-" not in name for name in core.tolist())
    edited(core, spaced & sheet.lucky(PREFIX_GLUED), lambda name, _: name.replace(" ", "").capitalize(), sheet.dice)
    return infix, core


def _half(name: str, luck: int) -> str:
    first, _, second = name.partition("-")
    return (first, first, second, f"{first} {second}", f"{first} - {second}")[luck % 5]


def _spoil(sheet: Sheet, given: Texts, core: Texts) -> None:
    """Misspell, lose accents, break encodings."""
    accented = flags(not name.isascii() for name in (given + core).tolist())
    slip = sheet.rate("slip")
    for column, factor in ((given, 0.7), (core, 1.3)):
        rows = sheet.lucky(slip * factor)
        edited(column, rows, mistyped, sheet.dice)
        sheet.note(rows, "name_slip")
        edited(column, accented & sheet.lucky(ACCENTS_LOST), lambda name, _: unaccented(name), sheet.dice)
        edited(column, accented & sheet.lucky(ENCODING_BROKEN), broken, sheet.dice)


def _write_parts(sheet: Sheet, rows: Flags, has_field: Flags, name: tuple[Texts, Texts, Texts]) -> None:
    """Write first name, prefix and last name into fields, not always the right ones."""
    given, infix, core = name[0].copy(), name[1], name[2]
    ways = np.where(
        has_field, lot(PREFIX_WAYS, sheet.dice, len(sheet)), lot(PREFIX_WAYS_WITHOUT_FIELD, sheet.dice, len(sheet))
    )
    short = texts(SHORT.get(each, each) for each in infix.tolist())
    has = infix != ""
    front = either(has, infix + " " + core, core)
    last = chosen([core, front, either(has, core + ", " + infix, core), core, core, core], ways)
    own_field = either(has & (ways == 0), infix, either(has & (ways == 5) & has_field, short, None))
    last = either(has & (ways == 5) & ~has_field, short + " " + core, last)
    first = either(has & (ways == 3), given + " " + infix, given)
    titled = sheet.lucky(sheet.rate("title"))
    title = either(sheet.world.families.is_woman[sheet.named], "Mevr.", "Dhr.")
    first = either(titled, title + " " + first, first)
    columns = _cased(sheet, {"first_name": first, "infix": own_field, "last_name": last})
    swapped = sheet.lucky(sheet.rate("swapped"))
    sheet.note(rows & swapped, "swapped_names")
    columns["first_name"], columns["last_name"] = (
        either(swapped, columns["last_name"], columns["first_name"]),
        either(swapped, columns["first_name"], columns["last_name"]),
    )
    for column, values in columns.items():
        sheet.columns[column][rows] = values[rows]
    _in_one_field(sheet, rows)


def _in_one_field(sheet: Sheet, rows: Flags) -> None:
    """Put the whole name into the last-name field of a few."""
    columns = sheet.columns
    few = rows & sheet.lucky(IN_ONE_FIELD)
    columns["last_name"][few] = columns["first_name"][few] + " " + columns["last_name"][few]
    columns["first_name"][few] = None
    sheet.note(few, "name_in_one_field")


def _cased(sheet: Sheet, columns: dict[str, Texts]) -> dict[str, Texts]:
    """Write some names in capitals, some without any, some with blanks around them."""
    capitals = sheet.lucky(sheet.rate("capitals"))
    small, blank = sheet.lucky(SMALL_LETTERS), sheet.lucky(BLANKS)
    for values in columns.values():
        edited(values, capitals, lambda text, _: text.upper(), sheet.dice)
        edited(values, small & ~capitals, lambda text, _: text.lower(), sheet.dice)
        edited(values, blank, lambda text, luck: f"{text} " if luck % 2 else f" {text}", sheet.dice)
    return columns


def _write_whole(sheet: Sheet, rows: Flags, name: tuple[Texts, Texts, Texts]) -> None:
    """Write the name into one field, in one of many orders."""
    given, infix, core = name
    surname = either(infix != "", infix + " " + core, core)
    behind = either(infix != "", " " + infix, "")
    title = either(sheet.world.families.is_woman[sheet.named], "Mevr. ", "Dhr. ")
    titled = either(sheet.lucky(sheet.rate("title")), title, "")
    letter = texts(each[:1] for each in given.tolist())
    ways = [
        given + " " + surname, surname + ", " + given, core + ", " + given + behind, core + " " + given + behind,
        letter + ". " + surname, surname + " " + given,
    ]  # fmt: skip
    whole = titled + chosen(ways, lot(WHOLE_WAYS, sheet.dice, len(sheet)))
    family = sheet.lucky(FAMILY_NAME)
    whole = either(family, among(("Fam. ", "Familie ", "fam. "), sheet.dice, len(sheet)) + surname, whole)
    sheet.note(rows & family, "family_name")
    near = relative(sheet.world, sheet.named)
    both = (near != sheet.named) & sheet.lucky(BOTH_NAMES)
    whole = either(both, glued(given, " en ", sheet.world.names.called[near], " ", surname), whole)
    sheet.note(rows & both, "both_names")
    sheet.columns["full_name"][rows] = _cased(sheet, {"full_name": whole})["full_name"][rows]


def _write_display(sheet: Sheet, rows: Flags, name: tuple[Texts, Texts, Texts]) -> None:
    """Write the name people show to their friends."""
    given, infix, core = (column[rows] for column in name)
    surname = either(infix != "", infix + " " + core, core)
    year = texts(f"{number % 100:02d}" for number in sheet.world.families.born_year[sheet.visits.person[rows]].tolist())
    handle = texts(map(plain, (given + surname).tolist())) + year
    letter = texts(each[:1] for each in core.tolist())
    ways = [given + " " + surname, given + " " + letter + ".", handle, given]
    sheet.columns["full_name"][rows] = chosen(ways, lot(DISPLAY_WAYS, sheet.dice, len(given)))


def _no_name(sheet: Sheet, rows: Flags) -> None:
    """Write what clerks type for customers without a name."""
    unnamed = rows & sheet.is_clerk & (sheet.visits.kind == TILL) & sheet.lucky(NO_NAME)
    count = int(unnamed.sum())
    sheet.columns["last_name"][unnamed] = among(KNOWN_NAMES, sheet.dice, count)
    first = among(("Klant", "Onbekend", "-", "x"), sheet.dice, count)
    sheet.columns["first_name"][unnamed] = either(sheet.dice.random(count) < 0.3, first, nothing(count))
    sheet.columns["infix"][unnamed] = None
    sheet.note(unnamed, "placeholder_name")
