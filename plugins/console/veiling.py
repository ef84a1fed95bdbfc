"""A record of a source as far as a role may see it: where nothing says what a field is, only its shape is shown."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from plugins.console.masking import HIDDEN, Mask
from plugins.console.writing import plain
from plugins.hub.mending import leaves

PLAIN = re.compile(r"(?i)^(status|type|kind|state|currency|channel|lang(uage)?|country|stream|source|is_\w+)$")
"""Names of fields that say nothing of who somebody is, whatever a source writes there."""
MOST = 200
LONGEST = 60
WORDS = 20


def told(mask: Mask, text: str) -> list[tuple[str, str]]:
    """Return where each value of a record is, and the value; of what is no JSON its shape alone."""
    try:
        found = [(".".join(place), value) for place, value in leaves(msgspec.json.decode(text))]
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        found = [("", text)]
    return [(place, _told(mask, place, value)) for place, value in found[:MOST]]


def _told(mask: Mask, place: str, value: Any) -> str:
    if isinstance(value, bool | None):
        return str(value).lower() if value is not None else plain(None)
    text = str(value) if value not in ({}, []) else ""
    shown = text if not mask.hides or _says_nothing(place, text) else shape(text)
    return plain(shown if len(shown) <= LONGEST or not mask.hides else shown[:LONGEST] + HIDDEN)


def _says_nothing(place: str, text: str) -> bool:
    return bool(PLAIN.match(place.rpartition(".")[2])) and len(text) <= WORDS and "@" not in text


def shape(text: str) -> str:
    """Return a text with a 9 for each digit and an x for each letter: how it is written, and not what."""
    return re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "9", text))
