"""What may stand in the file of a text: a whole message, of a class, with what the law asks of that class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from jinja2 import nodes
from pydantic import BeforeValidator, Field

from plugins.rules.catalogue import Catalogue, Trait
from plugins.rules.complaint import Complaint, did_you_mean
from plugins.rules.examples import NOW
from plugins.rules.given import check_values, value_of
from plugins.rules.offer_examples import constants
from plugins.rules.offer_reading import ReadOffer
from plugins.rules.offers import OFFER_WORDS
from plugins.rules.strict import Name, Strict, Word
from plugins.rules.template import ENVIRONMENT, Text, UnwrittenError, Value, read_text
from plugins.rules.yaml_file import Places

Body = Annotated[str, Field(min_length=1, max_length=20_000)]
FRAME: Catalogue = {
    "sender": Trait("sender", "text", "who sends it, as the file says"),
    "unsubscribe": Trait("unsubscribe", "text", "where one leaves, as the file says"),
}
SELLING = frozenset({*OFFER_WORDS, "also_bought"})
"""Blanks that sell something: none of them belongs in a message of service."""
UNWRITTEN = "unwritten"


def expected(given: Any) -> Any:
    """Return what an example expects: passages, or that nothing is written."""
    if given == UNWRITTEN or (isinstance(given, list) and given and all(isinstance(each, str) for each in given)):
        return given
    raise ValueError("is neither unwritten nor passages; write unwritten, or ['what stands in it']")


class TextExample(Strict):
    """One person, as traits and words say, and passages that stand in what is written."""

    title: Word
    given: dict[Word, Any]
    expect: Annotated[Any, BeforeValidator(expected)]


class Message(Strict):
    """A message to one person."""

    description: Word
    kind: Literal["service", "marketing"] = Field(
        alias="class", description="service: about an order, an account, points; marketing: everything that sells"
    )
    sender: Word | None = Field(None, description="who sends it, with an address")
    unsubscribe: Word | None = Field(None, description="where one leaves: an address, or the mail tool's own mark")
    offer: Name | None = Field(None, description="the offer whose words stand in it")
    subject: Word
    body: Body = Field(description="HTML with blanks; what somebody typed is written as text")
    examples: list[TextExample] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """One message, ready to be written."""

    name: str
    message: Message
    places: Places
    subject: Text
    body: Text

    def write(self, values: Mapping[str, Value]) -> tuple[str, str]:
        """Return subject and body; raises `UnwrittenError`."""
        framed = {**values, "sender": self.message.sender, "unsubscribe": self.message.unsubscribe}
        return self.subject.write(framed), self.body.write(framed)


def read_message(
    name: str, message: Message, places: Places, catalogue: Catalogue, offers: Mapping[str, ReadOffer]
) -> tuple[ReadMessage | None, list[Complaint]]:
    """Return a message, or what is wrong with it."""
    words = {**catalogue, **FRAME, **(OFFER_WORDS if message.offer else {})}
    complaints: list[Complaint] = []

    def read(field: str, said: str, *, is_html: bool) -> Text | None:
        def complain(offset: int, what: str, cure: str) -> None:
            complaints.append(places.complaint(places.inside((field,), said, offset), what, cure))

        return read_text(said, words, complain, is_html=is_html)

    subject, body = read("subject", message.subject, is_html=False), read("body", message.body, is_html=True)
    if message.offer and message.offer not in offers:
        at = places.value(("offer",))
        complaints.append(places.complaint(at, f"{message.offer}: no such offer", did_you_mean(message.offer, offers)))
    for place, example in enumerate(message.examples):
        complaints += check_values(example.given, words, places, ("examples", place, "given"), "name")
    if subject is None or body is None:
        return None, complaints
    complaints += _of_class(message, places, subject, body)
    return (None if complaints else ReadMessage(name, message, places, subject, body)), complaints


def _of_class(message: Message, places: Places, subject: Text, body: Text) -> Iterator[Complaint]:
    """Find what a class may not have, or lacks: service sells nothing, and what sells lets people leave."""
    if message.kind == "service":
        selling = sorted((subject.names | body.names) & SELLING)
        if message.offer or selling:
            what = f"a message of service sells nothing, and here stands {selling[0] if selling else 'an offer'}"
            yield places.complaint(places.value(("class",)), what, "take it out, or make it class: marketing")
        return
    always = _always(message.body)
    for name, meaning in (("sender", "who sends it"), ("unsubscribe", "where one leaves")):
        if getattr(message, name) is None:
            yield places.complaint(places.value(()), f"{name}: missing", f"say {meaning}")
        elif name not in always:
            what = f"the body does not always say {meaning}"
            yield places.complaint(places.key(("body",)), what, f"write {{{{ {name} }}}} outside of every if and for")


def _always(source: str) -> set[str]:
    """Return the names that are written whatever the values are."""
    tree = ENVIRONMENT.parse(source)
    outputs = [node for node in tree.body if isinstance(node, nodes.Output)]
    return {each.name for node in outputs for each in node.nodes if isinstance(each, nodes.Name)}


def run_text_examples(
    messages: Iterable[ReadMessage], catalogue: Catalogue, offers: Mapping[str, ReadOffer], now: datetime = NOW
) -> list[Complaint]:
    """Return the examples that do not come out as they say, with their place."""
    words = {**catalogue, **OFFER_WORDS, **FRAME}
    return [complaint for read in messages for complaint in _failures(read, words, offers, now)]


def _failures(
    read: ReadMessage, words: Catalogue, offers: Mapping[str, ReadOffer], now: datetime
) -> Iterator[Complaint]:  # fmt: skip
    fixed = constants(offers[read.message.offer].offer) if read.message.offer else {}
    for place, example in enumerate(read.message.examples):
        given = {name: value_of(words[name], value, now) for name, value in example.given.items()}
        try:
            found: str | None = "\n".join(read.write({**fixed, **given}))
        except UnwrittenError:
            found = None
        wanted = example.expect if isinstance(example.expect, list) else []
        lacking = [each for each in wanted if found is None or each not in found]
        if lacking or (found is not None and example.expect == UNWRITTEN):
            what = f"does not say '{lacking[0]}'" if lacking else "is written"
            at = read.places.value(("examples", place, "expect"))
            yield read.places.complaint(at, f"{example.title}: {what}", "correct the text or the example")
