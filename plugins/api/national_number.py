"""The national number of an identity card: it proves nothing that is needed here, and is never kept.

Its use is reserved by law: in the Netherlands art. 46 UAVG, in Belgium the law of 8 August 1983 on the register.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

FIELDS = frozenset({
    "nationalnumber", "nationalregisternumber", "nationalregistrynumber", "rijksregisternummer", "registrenational",
    "rrn", "rrnr", "insz", "niss", "inss", "ssin", "bsn", "burgerservicenummer", "sofinummer", "personalnumber",
    "socialsecuritynumber", "ssn",
})  # fmt: skip
"""What it is called, without capitals and signs."""
BELGIAN = re.compile(r"(?<!\d)(\d{2})[. ]?(\d{2})[. ]?(\d{2})[- ]?(\d{3})[. -]?(\d{2})(?!\d)")
CHECK = 97


def without(said: Any) -> tuple[Any, list[str]]:
    """Return a JSON value without fields of that name, at any depth, and the names that were left out."""
    if isinstance(said, list):
        parts = [without(each) for each in said]
        return [each for each, _ in parts], [name for _, names in parts for name in names]
    if not isinstance(said, dict):
        return said, []
    kept, out = {}, []
    for name, value in said.items():
        if re.sub(r"[^a-z0-9]", "", name.lower()) in FIELDS:
            out.append(name)
        else:
            kept[name], deeper = without(value)
            out += deeper
    return kept, out


def stands_in(text: str, born: date) -> bool:
    """Tell whether the Belgian number of somebody born that day stands in a text: its check digits say so."""
    return any(_is_belgian(found.groups(), born) for found in BELGIAN.finditer(text))


def _is_belgian(parts: tuple[str, ...], born: date) -> bool:
    """Tell by the birth date in front and the number modulo 97 at the end, with a 2 in front since the year 2000."""
    *front, last = parts
    whole = "".join(front)
    century = "2" if born.year >= 2000 else ""
    return whole.startswith(f"{born:%y%m%d}") and CHECK - int(century + whole) % CHECK == int(last)
