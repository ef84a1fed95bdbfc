"""The texts of a feed: words with facts in braces, and in brackets what is only written where all its facts are known.

`{brand} {name}[, size {size}]`; `{description:5000}` is cut to so many letters; `{{`, `}}`, `[[` and `]]` are letters.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from plugins.rules.catalogue import Catalogue
from plugins.rules.complaint import did_you_mean

TOKEN = re.compile(r"\{\{|\}\}|\[\[|\]\]|\{(?P<fact>[^{}\[\]]*)\}|[\[\]{}]|[^\[\]{}]+")
SLOT = re.compile(r"(?P<name>\w+)(?::(?P<most>[1-9]\d{0,4}))?")
DOUBLED = {"{{": "{", "}}": "}", "[[": "[", "]]": "]"}
UNWRITTEN = ("boolean", "texts")

Complain = Callable[[int, str, str], Any]
"""Takes the offset in the text, what is wrong, and the cure."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a fact is written, at most so many letters of it."""

    fact: str
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Optional:
    """What is left out where a fact in it is unknown."""

    parts: tuple[str | Slot, ...]


Part = str | Slot | Optional


def parse(text: str, facts: Catalogue, complain: Complain) -> tuple[Part, ...]:
    """Return the parts of a text; what is wrong in it goes to `complain`."""
    parts: list[Part] = []
    inside: list[str | Slot] | None = None
    opened = 0
    for token in TOKEN.finditer(text):
        word, at = token.group(), token.start()
        if word == "[" and inside is None:
            inside, opened = [], at
        elif word == "]" and inside is not None:
            parts.append(Optional(tuple(inside)))
            if not any(isinstance(each, Slot) for each in inside):
                complain(opened, "the brackets hold no fact", "put a {fact} into them, or double them: [[ ]]")
            inside = None
        elif word in ("[", "]", "{", "}"):
            complain(at, f"'{word}' stands alone", f"close it, or write it twice: {word}{word}")
        else:
            (parts if inside is None else inside).append(_plain_part(token, facts, complain))
    if inside is not None:
        complain(opened, "'[' stands alone", "close it, or write it twice: [[")
    return tuple(parts)


def _plain_part(token: re.Match[str], facts: Catalogue, complain: Complain) -> str | Slot:
    word = token.group()
    if token["fact"] is None:
        return DOUBLED.get(word, word)
    found = SLOT.fullmatch(token["fact"])
    name = found["name"] if found else token["fact"].strip()
    if found is None or name not in facts:
        complain(token.start() + 1, f"{name[:40]}: unknown fact", did_you_mean(name, facts))
    elif facts[name].type in UNWRITTEN:
        complain(token.start() + 1, f"{name} is yes or no and cannot be written", "use it in the `when` of a rule")
    elif found["most"] and facts[name].type != "text":
        complain(token.start() + 1, f"{name} is no text and cannot be cut", f"write {{{name}}}")
    return Slot(name, int(found["most"]) if found and found["most"] else None)
