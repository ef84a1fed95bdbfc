"""Price lists of a shop that a feed keeps: which list, and which of its attributes are the prices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import Discriminator, Field, Tag

from plugins.rules.complaint import Complaint, did_you_mean
from plugins.rules.feed_facts import FACTS
from plugins.rules.feed_text import Part, Slot
from plugins.rules.strict import MAPPING, NAME, Attribute, Name, Strict, Word
from plugins.rules.yaml_file import Places

AMOUNT = re.compile(r"\d{1,9}(\.\d{1,2})? (?P<currency>[A-Z]{3})")
Texts = dict[str, list[tuple[tuple[Part, ...], Places, tuple[str | int, ...]]]]
"""By attribute every text that may be written for it, with its place."""


class PriceList(Strict):
    """A list of prices at a destination, which is kept equal to attributes of the feed."""

    to: Name = Field(description="the destination that has the list")
    price_list: Word = Field(description="name of the list there")
    price: Attribute = Field(description="the attribute that is the price")
    compare_at: Attribute | None = Field(None, description="the attribute that is the price it is compared with")


def _form(given: object) -> str:
    return MAPPING if isinstance(given, dict | PriceList) else NAME


BringTo = Annotated[Annotated[Name, Tag(NAME)] | Annotated[PriceList, Tag(MAPPING)], Discriminator(_form)]


def mispriced(listed: PriceList, place: int, texts: Texts, currency: str, places: Places) -> Iterator[Complaint]:
    """Find attributes that are no prices: not written at all, or written as something else than one amount."""
    for key, name in (("price", listed.price), ("compare_at", listed.compare_at)):
        if name is None:
            continue
        if name not in texts:
            at = places.value(("bring_to", place, key))
            yield places.complaint(at, f"{name}: the feed does not write it", did_you_mean(name, texts))
        for parts, file, path in texts.get(name, ()):
            if not _is_amount(parts, currency):
                what = f"{name}: is the {key} of price list '{listed.price_list}', and no amount in {currency}"
                yield file.complaint(file.value(path), what, f"write '{{price_minor}}', or 19.95 {currency}")


def _is_amount(parts: tuple[Part, ...], currency: str) -> bool:
    if len(parts) != 1:
        return False
    (part,) = parts
    if isinstance(part, Slot):
        return part.fact in FACTS and FACTS[part.fact].type == "money"
    found = AMOUNT.fullmatch(part.strip()) if isinstance(part, str) else None
    return found is not None and found["currency"] == currency
