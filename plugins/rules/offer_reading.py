"""An offer that was read: its condition compiled, its texts checked, and every mistake with its place."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from plugins.rules.catalogue import Catalogue
from plugins.rules.compiled import Condition
from plugins.rules.complaint import Complaint, RulesError, did_you_mean
from plugins.rules.condition import compile_condition
from plugins.rules.feed_facts import FACTS
from plugins.rules.given import check_values
from plugins.rules.models import Audience
from plugins.rules.offers import MEMBERSHIP, OFFER_WORDS, Offer
from plugins.rules.priority import Priority
from plugins.rules.template import Text, Value, read_text
from plugins.rules.yaml_file import Path, Places

MOST_BYTES = 255
"""What a text field of a mail tool holds."""


@dataclass(frozen=True, slots=True)
class ReadOffer:
    """One offer, ready to be worked out."""

    name: str
    offer: Offer
    places: Places
    products: Condition | None
    texts: Mapping[str, Mapping[str, Text]]
    """Destination: field: text."""

    def write(self, destination: str, values: Mapping[str, Value]) -> dict[str, str]:
        """Return what stands in each field of a destination; raises `UnwrittenError`."""
        return {name: text.write(values, MOST_BYTES) for name, text in self.texts[destination].items()}


@dataclass(slots=True)
class OfferReading:
    """Reads offers and collects what is wrong with them."""

    audiences: Mapping[str, Audience]
    conditions: Mapping[str, Condition]
    priority: Priority
    catalogue: Catalogue
    broken: Collection[str]
    """Audiences whose files cannot be read."""
    complaints: list[Complaint] = field(default_factory=list)
    read: dict[str, ReadOffer] = field(default_factory=dict)

    def offer(self, name: str, offer: Offer, places: Places) -> None:
        """Read one offer, after those before it in the alphabet."""
        words = {**self.catalogue, **OFFER_WORDS}
        self.complaints += self._about(offer, places)
        for place, example in enumerate(offer.examples):
            self.complaints += check_values(example.given, words, places, ("examples", place, "given"), "name")
        products = self._products(offer, places)
        texts = {
            destination: {field: text for field, said in fields.items()
                          if (text := self._text(places, ("texts", destination, field), said, words))}
            for destination, fields in offer.texts.items()
        }  # fmt: skip
        made = ReadOffer(name, offer, places, products, texts)
        self.complaints += self._fields_taken(made)
        self.read[name] = made

    def _about(self, offer: Offer, places: Places) -> Iterator[Complaint]:
        at = places.value(("audience",))
        if (audience := self.audiences.get(offer.audience)) is None and offer.audience in self.broken:
            return  # what is wrong with it is told already
        if audience is None:
            yield places.complaint(
                at, f"{offer.audience}: no such audience", did_you_mean(offer.audience, self.audiences)
            )
            return
        for destination in offer.texts:
            if destination not in audience.to:
                what = f"{destination}: {offer.audience} does not go there"
                yield places.complaint(places.key(("texts", destination)), what, did_you_mean(destination, audience.to))
        condition = self.conditions.get(offer.audience)
        if offer.general and condition and (others := sorted(condition.traits - MEMBERSHIP)):
            what = f"{offer.audience} goes by {others[0]}, which is profiling"
            yield places.complaint(places.key(("general",)), what, "take general out, or another audience")
        if offer.starts and offer.ends and offer.ends < offer.starts:
            yield places.complaint(places.value(("ends",)), "ends before it starts", "correct the days")
        if offer.budget.cents and offer.benefit.cents is None:
            what = "cents: what a percentage costs is known only when it was used"
            yield places.complaint(places.key(("budget", "cents")), what, "write codes")

    def _products(self, offer: Offer, places: Places) -> Condition | None:
        if offer.products is None:
            return None
        text = offer.products
        try:
            return compile_condition(text, FACTS, lambda at: (places.file, *places.inside(("products",), text, at)))
        except RulesError as wrong:
            self.complaints.extend(wrong.complaints)
            return None

    def _text(self, places: Places, path: Path, said: str, words: Catalogue) -> Text | None:
        def complain(offset: int, what: str, cure: str) -> None:
            self.complaints.append(places.complaint(places.inside(path, said, offset), what, cure))

        return read_text(said, words, complain)

    def _fields_taken(self, made: ReadOffer) -> Iterator[Complaint]:
        """Find fields that an audience fills too, or an offer that the same person may have at the same time."""
        for destination, fields in made.offer.texts.items():
            for name in fields:
                at = made.places.key(("texts", destination, name))
                if taken := next((each for each, audience in self.audiences.items() if destination in audience.to
                                  and name in audience.to[destination].fields), None):  # fmt: skip
                    yield made.places.complaint(at, f"{name}: audience {taken} fills it", "name another field")
                for other in self.read.values():
                    if name in other.offer.texts.get(destination, {}) and not self._are_apart(made.offer, other.offer):
                        what = f"{name}: offer {other.name} fills it, and somebody may have both"
                        yield made.places.complaint(
                            at, what, "name another field, or put their audiences in priority.yml"
                        )

    def _are_apart(self, one: Offer, other: Offer) -> bool:
        before, after = self.priority.before(one.audience), self.priority.before(other.audience)
        return other.audience in before or one.audience in after
