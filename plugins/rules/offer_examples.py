"""The examples inside an offer: people by their traits and the offer's own words, and what is written for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from plugins.rules.catalogue import Catalogue
from plugins.rules.complaint import Complaint
from plugins.rules.examples import NOW
from plugins.rules.given import value_of
from plugins.rules.offer_reading import ReadOffer
from plugins.rules.offers import OFFER_WORDS, UNWRITTEN, Offer
from plugins.rules.template import UnwrittenError, Value


def run_offer_examples(offers: Iterable[ReadOffer], catalogue: Catalogue, now: datetime = NOW) -> list[Complaint]:
    """Return the examples that do not come out as they say, with their place."""
    return [complaint for read in offers for complaint in _failures(read, {**catalogue, **OFFER_WORDS}, now)]


def _failures(read: ReadOffer, words: Catalogue, now: datetime) -> Iterator[Complaint]:
    for place, example in enumerate(read.offer.examples):
        values = {name: value_of(words[name], value, now) for name, value in example.given.items()}
        for path, what in _differences(_written(read, {**constants(read.offer), **values}), example.expect):
            at = read.places.value(("examples", place, "expect", *path))
            yield read.places.complaint(at, f"{example.title}: {what}", "correct the text or the example")


def constants(offer: Offer) -> dict[str, Value]:
    """Return the words of an offer that are the same for everybody."""
    benefit = offer.benefit
    return {"percent": benefit.percent, "amount": benefit.cents, "from_amount": benefit.from_cents}


def _written(read: ReadOffer, values: Mapping[str, Value]) -> dict[str, str] | None:
    try:
        return {name: text for each in read.texts for name, text in read.write(each, values).items()}
    except UnwrittenError:
        return None


def _differences(result: dict[str, str] | None, expected: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Give where in what is expected the result differs, and how."""
    if result is None or expected == UNWRITTEN:
        if (result is None) != (expected == UNWRITTEN):
            yield (), "cannot be written" if result is None else "is written"
        return
    for name, text in expected.items():
        if result.get(name) != text:
            yield (name,), f"{name} is '{result.get(name)}'"
