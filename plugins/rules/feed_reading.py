"""A feed that was read: its conditions compiled, its texts parsed, and every mistake with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from plugins.rules.compiled import Condition
from plugins.rules.complaint import Complaint, RulesError, did_you_mean
from plugins.rules.condition import compile_condition
from plugins.rules.feed_facts import FACTS, FILLED
from plugins.rules.feed_text import Part, parse
from plugins.rules.feeds import Feed, FeedRule, FeedRules
from plugins.rules.given import check_values
from plugins.rules.price_lists import PriceList, Texts, mispriced
from plugins.rules.yaml_file import Path, Places

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
PREFERRED = (*FILLED, "price_minor")


@dataclass(frozen=True, slots=True)
class Written:
    """What is written for an attribute, and where in which file that is said."""

    parts: tuple[Part, ...]
    places: Places
    path: Path


@dataclass(frozen=True, slots=True)
class ReadRule:
    """One rule, ready to be run."""

    title: str
    when: Condition
    writes: Mapping[str, Written]
    leaves_out: bool


@dataclass(slots=True)
class ReadFeed:
    """One feed, ready to be compiled for its channel."""

    name: str
    feed: Feed
    places: Places
    where: Condition
    attributes: dict[str, Written]
    rules: list[ReadRule] = field(default_factory=list)

    def every_text(self) -> Iterator[tuple[str, Written]]:
        """Give every attribute that is written anywhere, with its text."""
        yield from self.attributes.items()
        for rule in self.rules:
            yield from rule.writes.items()


Shared = Mapping[str, tuple[FeedRules, Places] | None]
"""Files of `feed_rules/` by name; None is one that could not be read."""


class FeedReading:
    """Reads feeds and collects what is wrong with them."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.complaints: list[Complaint] = []
        self.rules = {name: self._rules(*each) for name, each in shared.items() if each}

    def feed(self, name: str, feed: Feed, places: Places) -> ReadFeed:
        """Return a feed with its own rules behind the shared ones."""
        if not NAME.fullmatch(name):
            cure = "use small letters, digits and _: the channel fetches it under this name"
            self.complaints.append(places.complaint((1, 1), f"{name}: no name for a feed", cure))
        self.complaints += _sources(feed, places)
        self.complaints += _shops(feed, places)
        for place, example in enumerate(feed.examples):
            self.complaints += check_values(example.given, FACTS, places, ("examples", place, "given"), "fact")
        for place, each in enumerate(feed.use):
            if each not in self.shared:
                at = places.value(("use", place))
                cure = did_you_mean(each, self.shared) if self.shared else "write the file, or leave it out"
                self.complaints.append(places.complaint(at, f"{each}: there is no such file in feed_rules/", cure))
        shared = [rule for each in feed.use for rule in self.rules.get(each, ())]
        where = self._condition(places, ("where",), feed.where)
        attributes = self._texts(places, ("attributes",), feed.attributes)
        read = ReadFeed(name, feed, places, where, attributes, [*shared, *self._rules(feed, places)])
        self.complaints += _prices(read)
        return read

    def _rules(self, holder: Feed | FeedRules, places: Places) -> list[ReadRule]:
        return [self._rule(rule, places, ("rules", place)) for place, rule in enumerate(holder.rules)]

    def _rule(self, rule: FeedRule, places: Places, path: Path) -> ReadRule:
        if bool(rule.set) == rule.leave_out:
            what = "says two things" if rule.set else "says nothing"
            cure = "write either set or leave_out: true"
            self.complaints.append(places.complaint(places.value(path), f"the rule {what}", cure))
        when = self._condition(places, (*path, "when"), rule.when)
        return ReadRule(rule.title, when, self._texts(places, (*path, "set"), rule.set), rule.leave_out)

    def _texts(self, places: Places, path: Path, texts: Mapping[str, str]) -> dict[str, Written]:
        return {name: self._text(places, (*path, name), text) for name, text in texts.items()}

    def _text(self, places: Places, path: Path, text: str) -> Written:
        def complain(offset: int, what: str, cure: str) -> None:
            self.complaints.append(places.complaint(places.inside(path, text, offset), what, cure))

        return Written(parse(text, FACTS, complain), places, path)

    def _condition(self, places: Places, path: Path, text: str) -> Condition:
        try:
            return compile_condition(text, FACTS, lambda offset: (places.file, *places.inside(path, text, offset)))
        except RulesError as wrong:
            self.complaints.extend(wrong.complaints)
            return Condition("false", [], set())


def _prices(read: ReadFeed) -> Iterator[Complaint]:
    """Find price lists whose prices the feed does not write."""
    texts: Texts = {}
    for name, each in read.every_text():
        texts.setdefault(name, []).append((each.parts, each.places, each.path))
    for place, listed in enumerate(read.feed.bring_to):
        if isinstance(listed, PriceList):
            yield from mispriced(listed, place, texts, read.feed.currency, read.places)


def _sources(feed: Feed, places: Places) -> Iterable[Complaint]:
    """Find connections that are named where they cannot be."""
    known = [feed.source, *feed.fill_from]
    for place, source in enumerate(feed.fill_from):
        if source in known[: place + 1]:
            yield places.complaint(places.value(("fill_from", place)), f"{source}: stands here twice", "remove it")
    for fact, source in feed.prefer.items():
        if fact not in PREFERRED:
            at = places.key(("prefer", fact))
            yield places.complaint(at, f"{fact}: no other source is asked for it", did_you_mean(fact, PREFERRED))
        if source not in known:
            at, cure = places.value(("prefer", fact)), "use the source, or add it to fill_from"
            yield places.complaint(at, f"{source}: neither the source nor in fill_from", cure)


def _shops(feed: Feed, places: Places) -> Iterable[Complaint]:
    """Find shops of a channel that is not told the items, and two shops with one code."""
    for destination, shelves in feed.shops.items():
        if destination not in feed.bring_to:
            what = f"{destination}: is not told the items of this feed"
            yield places.complaint(places.key(("shops", destination)), what, "add it to bring_to")
        first: dict[str, str] = {}
        for store, code in shelves.codes.items():
            if (earlier := first.setdefault(code, store)) != store:
                at = places.value(("shops", destination, "codes", store))
                yield places.complaint(at, f"{code}: is the code of store {earlier}", "give each shop its own code")
