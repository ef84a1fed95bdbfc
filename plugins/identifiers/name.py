"""Names of the Low Countries: tussenvoegsel apart, and a key under which spellings of one surname match."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

INFIXES = frozenset(
    {
        "aan", "af", "bij", "d'", "da", "das", "de", "del", "della", "den", "der", "des", "di", "do", "dos", "du",
        "el", "het", "'t", "'s", "in", "l'", "la", "las", "le", "les", "lo", "los", "op", "onder", "over", "te",
        "ten", "ter", "tot", "uit", "uijt", "van", "vande", "vanden", "vander", "vd", "v.d", "v.d.", "v/d", "v.",
        "d.", "von", "vom", "voor", "zu", "zum", "zur",
    }
)  # fmt: skip
TITLES = frozenset(
    {
        "dhr", "heer", "mevr", "mevrouw", "mw", "meneer", "mr", "mrs", "ms", "drs", "ir", "ing", "dr", "prof",
        "fam", "familie",
    }
)  # fmt: skip
PLACEHOLDERS = frozenset(
    {
        "kassa", "klant", "kassaklant", "klantkassa", "test", "tester", "testklant", "klanttest", "onbekend",
        "onbekende", "unknown", "anoniem", "anonymous", "geen", "nvt", "niet", "nietbekend", "naam", "achternaam",
        "voornaam", "winkel", "winkelklant", "gast", "guest", "dummy", "particulier", "particuliereklant",
        "consument", "none", "null", "na",
    }
)  # fmt: skip
UNFOLDED = str.maketrans({"ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "ł": "l", "ı": "i", "đ": "d", "ð": "d", "þ": "th"})


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name in parts; what is not known is None."""

    first_name: str | None
    infix: str | None
    last_name: str | None
    initial: str | None
    """Upper case, without accent."""
    name_key: str | None


@lru_cache(maxsize=16_384)
def name(first: str | None, infix: str | None, last: str | None) -> Name:
    """Return the parts; a tussenvoegsel written with the first name or the surname goes to its own place."""
    first_words, infix_words, last_words = _words(first), _words(infix), _words(last)
    if not last_words:
        first_words, last_words = _whole_name(first_words)
    while len(first_words) > 1 and _bare(first_words[0]).rstrip(".") in TITLES:
        first_words = first_words[1:]
    moved: list[str] = []
    while len(first_words) > 1 and _bare(first_words[-1]) in INFIXES and last_words:
        moved.insert(0, first_words.pop())
    leading, last_words = _split_surname(last_words)
    infix_text = " ".join(filter(None, map(_bare, infix_words or moved + leading))) or None
    first_name, last_name = " ".join(first_words) or None, " ".join(last_words) or None
    return Name(first_name, infix_text, last_name, _initial(first_name), name_key(last_name))


def name_key(surname: str | None) -> str | None:
    """Return a surname (without tussenvoegsel) for matching: no accents, blanks or hyphens; None for a placeholder."""
    key = "".join(letter for letter in folded(surname or "") if letter.isalnum())
    letters = "".join(letter for letter in key if letter.isalpha())
    if len(letters) < 2 or len(set(letters)) == 1 or letters in PLACEHOLDERS:
        return None
    return key


def folded(text: str) -> str:
    """Return a text in lower case without accents."""
    if text.isascii():
        return text.lower()
    lower = unicodedata.normalize("NFKC", text).lower().translate(UNFOLDED)
    letters = (letter for letter in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(letter))
    return unicodedata.normalize("NFKC", "".join(letters)).lower()


def _words(text: str | None) -> list[str]:
    if not text:
        return []
    shown = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'").replace("`", "'")
    words = "".join(letter for letter in shown if letter.isspace() or unicodedata.category(letter)[0] != "C").split()
    return words if any(letter.isalnum() for letter in "".join(words)) else []


def _whole_name(words: list[str]) -> tuple[list[str], list[str]]:
    """Split a whole name written in one field, only where a tussenvoegsel shows the place."""
    for place in range(1, len(words) - 1):
        if _bare(words[place]) in INFIXES:
            return words[:place], words[place:]
    return words, []


def _split_surname(words: list[str]) -> tuple[list[str], list[str]]:
    """Return tussenvoegsel and surname of `van der Vries` and of `Vries, van der`."""
    for place in range(1, len(words)):
        if words[place - 1].endswith(",") and all(_bare(word) in INFIXES for word in words[place:]):
            return words[place:], [*words[: place - 1], words[place - 1].rstrip(",")]
    place = 0
    while place < len(words) - 1 and _bare(words[place]) in INFIXES:
        place += 1
    return words[:place], words[place:]


def _bare(word: str) -> str:
    return word.lower().strip(",")


def _initial(first_name: str | None) -> str | None:
    letters = re.findall(r"[^\W\d_]", folded(first_name or ""))
    placeholder = not letters or folded(first_name or "") in PLACEHOLDERS
    return None if placeholder else letters[0].upper()
