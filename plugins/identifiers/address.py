"""Addresses: the street line in parts, and the postcode of the country it is in."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

POSTCODES = {
    "NL": re.compile(r"[1-9][0-9]{3}(?!SA|SD|SS)[A-Z]{2}"),
    "BE": re.compile(r"[1-9][0-9]{3}"),
    "LU": re.compile(r"[0-9]{4}"),
    "DE": re.compile(r"[0-9]{5}"),
    "FR": re.compile(r"[0-9]{5}"),
}
LINE = re.compile(
    r"(?P<street>.*?[^\W\d_].*?)[\s,]+(?:nr\.?\s*|no\.?\s*|#\s*)?(?!1[89]\d\d\s+\d)"
    r"(?P<number>\d{1,5})(?P<suffix>(?:\s*[,/-]?\s*(?:bus|box|boite|boîte|bte|app\.?|apt\.?)\s*|\s*[,/-]\s*|\s*)[\w.-]{0,10})",
    re.IGNORECASE,
)
NUMBER_FIRST = re.compile(
    r"(?P<number>\d{1,5})(?P<suffix>[a-z]?),?\s+"
    r"(?P<street>(?:rue|avenue|boulevard|place|chaussée|chemin|quai)\b.*)",
    re.IGNORECASE,
)
HOUSE = re.compile(r"\s*(?P<number>\d{1,5})(?P<suffix>.*)")
BOX = re.compile(r"^[\s,/.-]*(?:(?:bus|box|boite|boîte|bte|app|apt)\b\.?)?[\s,/.-]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """A street line in parts; the suffix is in upper case without blanks, a Belgian box is its number."""

    street: str | None
    house_number: str | None
    house_suffix: str | None


def address(line: str) -> Address:
    """Return the parts of `Kerkstraat 12 bus 3`; a line without a number is all street."""
    text = " ".join(unicodedata.normalize("NFKC", line[:200]).split()).strip(" ,")
    found = NUMBER_FIRST.fullmatch(text) or LINE.fullmatch(text)
    if not found:
        return Address(text or None, None, None)
    return Address(found["street"].strip(" ,"), found["number"].lstrip("0") or None, suffix(found["suffix"]))


def house(number: str | None, addition: str | None) -> tuple[str | None, str | None]:
    """Return house number and suffix of fields that hold them apart, or together (`12-a`)."""
    found = HOUSE.fullmatch(unicodedata.normalize("NFKC", number or ""))
    if not found:
        return None, suffix(addition or "")
    return found["number"].lstrip("0") or None, suffix(found["suffix"]) or suffix(addition or "")


def suffix(text: str) -> str | None:
    """Return a house suffix in upper case without blanks or the word for a box."""
    bare = re.sub(r"[\W_]", "", BOX.sub("", unicodedata.normalize("NFKC", text)))
    return bare.upper() or None


def postcode(given: str, country: str | None) -> str | None:
    """Return the postcode without blanks, upper case; None where the country has no such postcode."""
    code = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", given)).upper()
    land = (country or "").upper()
    if land and code.startswith(land) and code[len(land) :].isdigit():
        code = code[len(land) :]  # B-2000 and BE-2000
    elif land == "BE" and re.fullmatch(r"B\d{4}", code):
        code = code[1:]
    pattern = POSTCODES.get(land)
    if not code or (pattern and not pattern.fullmatch(code)):
        return None
    return code
