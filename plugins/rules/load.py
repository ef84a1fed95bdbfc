"""All rules of a folder: read, checked and compiled, or refused with everything that is wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugins.rules.caps import Caps, uncapped
from plugins.rules.catalogue import CATALOGUE, Catalogue
from plugins.rules.checking import Model, checked
from plugins.rules.compiled import Condition
from plugins.rules.complaint import Complaint, RulesError, did_you_mean
from plugins.rules.condition import compile_condition
from plugins.rules.consent import ConsentRules
from plugins.rules.declared import Declared, conditions_of
from plugins.rules.examples import check_given, check_trait_examples
from plugins.rules.experiments import Experiment, amiss
from plugins.rules.feed_reading import FeedReading, ReadFeed
from plugins.rules.feeds import Feed, FeedRules
from plugins.rules.identity import Identity, IdentityModel
from plugins.rules.load_traits import compile_traits
from plugins.rules.loyalty import Loyalty
from plugins.rules.models import RULE_FILES, Audience, Survivorship
from plugins.rules.offer_reading import OfferReading, ReadOffer
from plugins.rules.offers import Offer
from plugins.rules.owners import Owners, ownerless
from plugins.rules.priority import Priority, misplaced
from plugins.rules.retention import Retention
from plugins.rules.strict import Strict
from plugins.rules.texts import Message, ReadMessage, read_message
from plugins.rules.traits import TraitRule
from plugins.rules.yaml_file import Places, load_yaml
from plugins.store.entities import Customer, Record

KINDS = frozenset({"audiences", "traits", "offers", "feeds", "feed_rules", "destinations", "experiments", "texts"})
FILES = frozenset(RULE_FILES)
SCHEMAS = ".schema"
"""Where editors find the shapes of the files; nobody reads it as rules."""
READ_BACK = ("first_name", "last_name", "language", "country", "city", "birth_date")
"""Traits that a destination reports of its own members, so that one can see whether it has any."""
DERIVED = Customer.model_fields.keys() - Record.model_fields.keys()


@dataclass(frozen=True, slots=True)
class Rules:
    """What operations want; audiences by the name of their file."""

    audiences: dict[str, Audience]
    conditions: dict[str, Condition]
    """The compiled `where` of each audience."""
    traits: dict[str, TraitRule]
    declared: list[Declared]
    """What `traits/` declares and what conditions count, in the order in which it can be worked out."""
    consent: ConsentRules
    survivorship: Survivorship
    identity: Identity
    identity_model: IdentityModel
    loyalty: Loyalty
    retention: Retention
    priority: Priority
    version: str
    """SHA-256 of the content; comments and layout do not count."""
    catalogue: Catalogue
    places: dict[str, Places]
    """Where in its file each part of an audience stands."""
    feeds: dict[str, ReadFeed]
    """By the name of their file."""
    offers: dict[str, ReadOffer]
    experiments: dict[str, Experiment]
    owners: Owners
    texts: dict[str, ReadMessage]
    caps: Caps


def load_rules(folder: Path, catalogue: Catalogue = CATALOGUE) -> Rules:
    """Return the rules of a folder; raises `RulesError`. A file that is not there says nothing."""
    reading = _Reading(folder, catalogue)
    singles = {file: reading.single(file, model) for file, model in RULE_FILES.items()}
    reading.declare()
    for path in sorted((folder / "audiences").glob("*.yml")):
        reading.audience(path)
    for name in reading.audiences:
        reading.condition(name)
    feeds = reading.feeds()
    reading.complaints.extend(_strangers(folder))
    consent, survivorship, identity, weights, loyalty, retention, priority, owners, caps = (
        singles[file] for file in RULE_FILES
    )
    if isinstance(caps, Caps) and "caps.yml" in reading.places:
        reading.complaints.extend(uncapped(caps, reading.audiences, reading.places["caps.yml"]))
    if isinstance(owners, Owners) and "owners.yml" in reading.places:
        reading.complaints.extend(ownerless(owners, folder, KINDS, reading.places["owners.yml"]))
    if isinstance(priority, Priority) and "priority.yml" in reading.places:
        reading.complaints.extend(misplaced(priority, reading.audiences, reading.places["priority.yml"]))
    offers = reading.offers(priority if isinstance(priority, Priority) else Priority())
    experiments = reading.experiments()
    texts = reading.texts(offers)
    if reading.complaints:
        raise RulesError(reading.complaints)
    assert isinstance(consent, ConsentRules)
    assert isinstance(survivorship, Survivorship)
    assert isinstance(identity, Identity)
    assert isinstance(weights, IdentityModel)
    assert isinstance(loyalty, Loyalty)
    assert isinstance(retention, Retention)
    assert isinstance(priority, Priority)
    assert isinstance(owners, Owners)
    assert isinstance(caps, Caps)
    folders = {
        **reading.audiences, **{f"trait {name}": rule for name, rule in reading.traits.items()},
        **{f"offer {name}": each.offer for name, each in offers.items()},
        **{f"experiment {name}": each for name, each in experiments.items()},
    }  # fmt: skip
    said = [each for each in singles.values() if each is not owners]
    version = _version([*said, *folders.values()], list(folders))
    return Rules(
        reading.audiences, reading.conditions, reading.traits, reading.worked_out(), consent, survivorship, identity,
        weights, loyalty, retention, priority, version, reading.catalogue, reading.places, feeds, offers, experiments,
        owners, texts, caps,
    )  # fmt: skip


class _Reading:
    """One pass over a folder; a broken file does not keep the others from being read."""

    def __init__(self, folder: Path, catalogue: Catalogue) -> None:
        self.folder = folder
        self.catalogue = catalogue
        self.complaints: list[Complaint] = []
        self.audiences: dict[str, Audience] = {}
        self.conditions: dict[str, Condition] = {}
        self.begun: list[str] = []
        self.traits: dict[str, TraitRule] = {}
        self.declared: list[Declared] = []
        self.places: dict[str, Places] = {}
        """Of audiences by their names, of traits by `trait` and theirs."""

    def single(self, file: str, model: type[Strict]) -> Strict:
        """Return the rules of a file of which there is one."""
        path = self.folder / file
        found = self._file(path, model) if path.is_file() else None
        if found is None:
            return model()
        rules, places = found
        self.places[file] = places
        if isinstance(rules, Survivorship):
            self.complaints.extend(_unknown_fields(rules, places))
            self.complaints.extend(_in_two_tiers(rules, places))
        if isinstance(rules, ConsentRules):
            self.complaints.extend(_declared_twice(rules, places))
        return rules

    def declare(self) -> None:
        """Read the traits, and add them to the catalogue."""
        given: dict[str, tuple[TraitRule, Places]] = {}
        for path in sorted((self.folder / "traits").glob("*.yml")):
            found = self._file(path, TraitRule)
            if found is None:
                continue
            rule, places = found
            assert isinstance(rule, TraitRule)
            given[path.stem], self.traits[path.stem], self.places[f"trait {path.stem}"] = (rule, places), rule, places
        self.declared, complaints = compile_traits(given, self.catalogue)
        self.catalogue = {**self.catalogue, **{each.trait.name: each.trait for each in self.declared}}
        self.complaints.extend(complaints)
        for each in self.declared:
            rule, places = given[each.trait.name]
            self.complaints.extend(check_trait_examples(each, rule, places, self.catalogue))

    def worked_out(self) -> list[Declared]:
        """Return what must be worked out beside the built-in traits; what conditions count comes first."""
        asking = [*self.conditions.values(), *(case for each in self.declared for case in conditions_of(each))]
        asked = {name: each for condition in asking for name, each in condition.asked.items()}
        return [*asked.values(), *self.declared]

    def audience(self, path: Path) -> None:
        """Read one audience with its fields and examples."""
        found = self._file(path, Audience)
        if found is None:
            return
        audience, places = found
        self.audiences[path.stem], self.places[path.stem] = audience, places
        self.complaints.extend(_unknown_traits(audience, places, self.catalogue))
        self.complaints.extend(check_given(audience, places, self.catalogue))

    def condition(self, name: str) -> None:
        """Compile the condition of an audience, after those of the audiences that it names."""
        if name in self.begun:
            return
        self.begun.append(name)
        audience, places = self.audiences[name], self.places[name]
        try:
            self.conditions[name] = compile_condition(
                audience.where,
                self.catalogue,
                lambda offset: (places.file, *places.inside(("where",), audience.where, offset)),
                self._other,
            )
        except RulesError as wrong:
            self.complaints.extend(wrong.complaints)

    def _other(self, name: str) -> Condition | str:
        """Return the condition of an audience that another asks for, or what is wrong with asking."""
        if name not in self.audiences:
            return f"{name[:40]}: no such audience; {did_you_mean(name, self.audiences)}"
        if name in self.begun and name not in self.conditions:
            return f"{name}: cannot be asked for here, it asks for this one or is wrong itself; remove the circle"
        self.condition(name)
        return self.conditions.get(name) or f"{name}: is wrong itself; correct it first"

    def feeds(self) -> dict[str, ReadFeed]:
        """Read every feed, and the rules that feeds share."""
        shared = {path.stem: self._file(path, FeedRules) for path in sorted((self.folder / "feed_rules").glob("*.yml"))}
        feeds = FeedReading(shared)
        found = [(path.stem, self._file(path, Feed)) for path in sorted((self.folder / "feeds").glob("*.yml"))]
        read = {name: feeds.feed(name, *each) for name, each in found if each}
        self.complaints.extend(feeds.complaints)
        return read

    def offers(self, priority: Priority) -> dict[str, ReadOffer]:
        """Read every offer; the audiences that they are for have been read."""
        offers = OfferReading(self.audiences, self.conditions, priority, self.catalogue, self.broken)
        for path in sorted((self.folder / "offers").glob("*.yml")):
            if found := self._file(path, Offer):
                offers.offer(path.stem, *found)
        self.complaints.extend(offers.complaints)
        return offers.read

    def experiments(self) -> dict[str, Experiment]:
        """Read every experiment; the audiences that are their groups have been read."""
        paths = sorted((self.folder / "experiments").glob("*.yml"))
        read = {path.stem: found for path in paths if (found := self._file(path, Experiment))}
        self.complaints.extend(amiss(read, self.audiences, self.catalogue, self.broken))
        return {name: rule for name, (rule, _) in read.items()}

    def texts(self, offers: Mapping[str, ReadOffer]) -> dict[str, ReadMessage]:
        """Read every message; the offers whose words stand in them have been read."""
        read: dict[str, ReadMessage] = {}
        for path in sorted((self.folder / "texts").glob("*.yml")):
            if found := self._file(path, Message):
                message, complaints = read_message(path.stem, *found, self.catalogue, offers)
                self.complaints.extend(complaints)
                if message:
                    read[path.stem] = message
        return read

    @property
    def broken(self) -> set[str]:
        """Return the audiences whose files cannot be read."""
        return {path.stem for path in (self.folder / "audiences").glob("*.yml")} - self.audiences.keys()

    def _file(self, path: Path, model: type[Model]) -> tuple[Model, Places] | None:
        name = (Path(self.folder.name) / path.relative_to(self.folder)).as_posix()
        try:
            value, places = load_yaml(path.read_bytes(), name)
        except RulesError as wrong:
            self.complaints.extend(wrong.complaints)
            return None
        rules, complaints = checked(model, value, places)
        self.complaints.extend(complaints)
        return (rules, places) if rules is not None else None


def _unknown_traits(audience: Audience, places: Places, catalogue: Catalogue) -> Iterator[Complaint]:
    for destination, delivery in audience.to.items():
        for field, rule in delivery.rules.items():
            at = places.value(("to", destination, "fields", field))
            if rule.trait not in catalogue:
                yield places.complaint(at, f"{rule.trait}: unknown trait", did_you_mean(rule.trait, catalogue))
            elif rule.write == "set_if_empty" and rule.trait not in READ_BACK:
                what = f"{field}: nobody knows what a destination has as {rule.trait}"
                yield places.complaint(at, what, f"set_if_empty is for {', '.join(READ_BACK)}")


def _unknown_fields(rules: Survivorship, places: Places) -> Iterator[Complaint]:
    for field in rules.fields.keys() - DERIVED:
        at = places.key(("fields", field))
        yield places.complaint(at, f"{field}: unknown field of a customer", did_you_mean(field, DERIVED))


def _in_two_tiers(rules: Survivorship, places: Places) -> Iterator[Complaint]:
    first: dict[str, str] = {}
    for tier, fields in rules.tiers.given.items():
        for place, field in enumerate(fields):
            if field in first:
                at = places.value(("tiers", tier, place))
                yield places.complaint(at, f"{field}: already in tier {first[field]}", "remove one of them")
            first.setdefault(field, tier)


def _declared_twice(rules: ConsentRules, places: Places) -> Iterator[Complaint]:
    for source, declared in rules.sources.items():
        seen: set[tuple[str, str, str]] = set()
        for place, each in enumerate(declared):
            if (each.field, each.channel, each.purpose) in seen:
                at = places.value(("sources", source, place, "field"))
                yield places.complaint(at, f"{each.field}: declared twice", "remove one of them")
            seen.add((each.field, each.channel, each.purpose))


def _strangers(folder: Path) -> Iterator[Complaint]:
    """Find files that nobody reads: a rule in the wrong place is a rule that is not kept."""
    if not folder.is_dir():
        yield Complaint(folder.name, 1, 1, "there is no such folder", "name the folder with the rules")
        return
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and not each.name.startswith(".")):
        inside = path.relative_to(folder)
        name = (Path(folder.name) / inside).as_posix()
        if path.suffix == ".yaml":
            yield Complaint(name, 1, 1, "rule files end in .yml", f"rename it to {path.stem}.yml")
        elif len(inside.parts) == 1 and path.suffix == ".yml" and path.name not in FILES:
            yield Complaint(name, 1, 1, "unknown rule file", did_you_mean(path.name, FILES))
        elif inside.parts[0] == SCHEMAS:
            continue
        elif len(inside.parts) > 1 and inside.parts[0] not in KINDS:
            yield Complaint(
                name, 1, 1, f"unknown kind of rule '{inside.parts[0]}'", did_you_mean(inside.parts[0], KINDS)
            )
        elif len(inside.parts) > 2:
            yield Complaint(name, 1, 1, "rules have no folders within folders", f"move it to {inside.parts[0]}/")


def _version(models: list[Strict], names: list[str]) -> str:
    content: list[Any] = [names, *(model.model_dump(mode="json", by_alias=True) for model in models)]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
