"""How fingers and ears go wrong: typing errors, spelling by ear, lost accents, broken encodings."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

NEIGHBOURS = {
    "a": "qsz", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x", "0": "9", "1": "2", "2": "13", "3": "24",
    "4": "35", "5": "46", "6": "57", "7": "68", "8": "79", "9": "80",
}  # fmt: skip
BY_EAR = (
    ("ij", "y"), ("ij", "ei"), ("y", "ij"), ("ck", "k"), ("k", "ck"), ("dt", "t"), ("dt", "d"), ("t", "dt"),
    ("ph", "f"), ("f", "ph"), ("ei", "ij"), ("ou", "au"), ("au", "ou"), ("c", "k"), ("k", "c"), ("s", "z"),
    ("z", "s"), ("v", "f"), ("f", "v"), ("ks", "x"), ("x", "ks"), ("ch", "g"), ("g", "ch"), ("sch", "s"),
    ("uy", "ui"), ("ui", "uy"), ("aa", "ae"), ("ae", "aa"), ("th", "t"), ("t", "th"), ("ee", "e"), ("oo", "o"),
    ("ss", "s"), ("s", "ss"), ("n", "nn"), ("nn", "n"), ("l", "ll"), ("ll", "l"), ("kx", "x"),
)  # fmt: skip


@lru_cache(maxsize=200_000)
def plain(text: str) -> str:
    """Return letters and digits as they look in an e-mail address."""
    return "".join(letter for letter in unaccented(text.lower()) if letter.isalnum() and letter.isascii())


def unaccented(text: str) -> str:
    """Return a text without its accents."""
    bare = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("Ł", "L").replace("ı", "i"))
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


def broken(text: str, _luck: int = 0) -> str:
    """Return a text whose UTF-8 was read as Latin-1."""
    return text.encode("utf-8").decode("latin-1").replace("\x85", "")


def mistyped(text: str, luck: int) -> str:
    """Return a text with one slip of the finger or the ear, not in the first letter nine times out of ten."""
    if len(text) < 3:
        return text
    kind, luck = luck % 100, luck // 100
    first = 0 if luck % 10 == 0 else 1
    at = first + luck // 10 % (len(text) - 1 - first)
    if kind < 25:
        return _by_ear(text, luck)
    if kind < 45:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if kind < 65:
        return text[:at] + text[at + 1 :]
    if kind < 80:
        return text[:at] + text[at] + text[at:]
    near = NEIGHBOURS.get(text[at].lower(), text[at])
    return text[:at] + near[luck // 7 % len(near)] + text[at + 1 :]


def _by_ear(text: str, luck: int) -> str:
    """Return a text spelt as somebody hears it."""
    fitting = [(right, wrong) for right, wrong in BY_EAR if right in text[1:]]
    if not fitting:
        return text[:-1] + text[-2:]
    right, wrong = fitting[luck // 13 % len(fitting)]
    return text[0] + text[1:].replace(right, wrong, 1)
