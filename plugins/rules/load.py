"""All rules of a folder: read, checked and compiled, or refused with everything that is wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugins.rules.alerts import Alerts
from plugins.rules.amiss import KINDS, declared_twice, in_two_tiers, strangers, unknown_fields, unknown_traits
from plugins.rules.caps import Caps, uncapped
from plugins.rules.catalogue import CATALOGUE, Catalogue
from plugins.rules.checking import Model, checked
from plugins.rules.compiled import Condition
from plugins.rules.complaint import Complaint, RulesError, did_you_mean
from plugins.rules.condition import compile_condition
from plugins.rules.consent import ConsentRules
from plugins.rules.declared import Declared, conditions_of
from plugins.rules.examples import check_given, check_trait_examples
from plugins.rules.experiments import Experiment, misgrouped
from plugins.rules.feed_reading import FeedReading, ReadFeed
from plugins.rules.feeds import Feed, FeedRules
from plugins.rules.identity import Identity, IdentityModel
from plugins.rules.load_traits import compile_traits
from plugins.rules.loyalty import Loyalty
from plugins.rules.models import Audience, Survivorship
from plugins.rules.notes import Note, ReadNote, noted_twice, read_note
from plugins.rules.offer_reading import OfferReading, ReadOffer
from plugins.rules.offers import Offer
from plugins.rules.owners import Owners, ownerless
from plugins.rules.priority import Priority, misplaced
from plugins.rules.promotions import Promotions, unfit
from plugins.rules.retention import Retention
from plugins.rules.sales import Sales, told_twice
from plugins.rules.strict import Strict
from plugins.rules.texts import Message, ReadMessage, read_message
from plugins.rules.traits import TraitRule
from plugins.rules.yaml_file import Places, load_yaml


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
    sales: dict[str, Sales]
    promotions: Promotions
    notes: dict[str, ReadNote]


def load_rules(folder: Path, catalogue: Catalogue = CATALOGUE) -> Rules:
    """Return the rules of a folder; raises `RulesError`. A file that is not there says nothing."""
    reading = _Reading(folder, catalogue)
    consent = reading.single("consent.yml", ConsentRules)
    survivorship = reading.single("survivorship.yml", Survivorship)
    priority, caps = reading.single("priority.yml", Priority), reading.single("caps.yml", Caps)
    owners, promotions = reading.single("owners.yml", Owners), reading.single("promotions.yml", Promotions)
    reading.single("alerts.yml", Alerts)  # who is told of alarms changes nothing of what is desired
    others = (
        reading.single("identity.yml", Identity), reading.single("identity_model.yml", IdentityModel),
        reading.single("loyalty.yml", Loyalty), reading.single("retention.yml", Retention),
    )  # fmt: skip
    reading.declare()
    for path in sorted((folder / "audiences").glob("*.yml")):
        reading.audience(path)
    for name in reading.audiences:
        reading.condition(name)
    feeds = reading.feeds()
    reading.complaints.extend(strangers(folder))
    reading.compare(priority, caps, owners)
    offers = reading.offers(priority)
    experiments = reading.experiments()
    texts = reading.texts(offers)
    sales = reading.sales()
    notes = reading.notes()
    if reading.complaints:
        raise RulesError(reading.complaints)
    folders = {
        **reading.audiences, **{f"trait {name}": rule for name, rule in reading.traits.items()},
        **{f"offer {name}": each.offer for name, each in offers.items()},
        **{f"experiment {name}": each for name, each in experiments.items()},
        **{f"sales {name}": each for name, each in sales.items()},
        **{f"note {name}": each.note for name, each in notes.items()},
    }  # fmt: skip
    version = _version([consent, survivorship, *others, priority, caps, promotions, *folders.values()], list(folders))
    return Rules(
        reading.audiences, reading.conditions, reading.traits, reading.worked_out(), consent, survivorship, *others,
        priority, version, reading.catalogue, reading.places, feeds, offers, experiments, owners, texts, caps,
        sales, promotions, notes,
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
        self.asking: list[Condition] = []
        """Conditions of others than audiences."""
        self.places: dict[str, Places] = {}
        """Of audiences by their names, of traits and experiments by the kind and theirs."""

    def single(self, file: str, model: type[Model]) -> Model:
        """Return the rules of a file of which there is one."""
        path = self.folder / file
        found = self._file(path, model) if path.is_file() else None
        if found is None:
            return model()
        rules, places = found
        self.places[file] = places
        if isinstance(rules, Survivorship):
            self.complaints.extend(unknown_fields(rules, places))
            self.complaints.extend(in_two_tiers(rules, places))
        if isinstance(rules, Promotions):
            self.complaints.extend(unfit(rules, places))
        if isinstance(rules, ConsentRules):
            self.complaints.extend(declared_twice(rules, places))
        return rules

    def compare(self, priority: Priority, caps: Caps, owners: Owners) -> None:
        """Hold what is said of audiences and files against those that are there."""
        if places := self.places.get("priority.yml"):
            self.complaints.extend(misplaced(priority, self.audiences, places))
        if places := self.places.get("caps.yml"):
            self.complaints.extend(uncapped(caps, self.audiences, places))
        if places := self.places.get("owners.yml"):
            self.complaints.extend(ownerless(owners, self.folder, KINDS, places))

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
        asking = [
            *self.conditions.values(),
            *self.asking,
            *(case for each in self.declared for case in conditions_of(each)),
        ]
        asked = {name: each for condition in asking for name, each in condition.asked.items()}
        return [*asked.values(), *self.declared]

    def audience(self, path: Path) -> None:
        """Read one audience with its fields and examples."""
        found = self._file(path, Audience)
        if found is None:
            return
        audience, places = found
        self.audiences[path.stem], self.places[path.stem] = audience, places
        self.complaints.extend(unknown_traits(audience, places, self.catalogue))
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
        self.complaints.extend(misgrouped(read, self.audiences, self.catalogue, self.broken))
        self.places.update({f"experiment {name}": places for name, (_, places) in read.items()})
        return {name: rule for name, (rule, _) in read.items()}

    def sales(self) -> dict[str, Sales]:
        """Read what channels are told of purchases and baskets."""
        paths = sorted((self.folder / "sales").glob("*.yml"))
        read = {path.stem: found for path in paths if (found := self._file(path, Sales))}
        self.complaints.extend(told_twice(read))
        self.places.update({f"sales {name}": places for name, (_, places) in read.items()})
        return {name: rule for name, (rule, _) in read.items()}

    def notes(self) -> dict[str, ReadNote]:
        """Read every note."""
        read: dict[str, ReadNote] = {}
        for path in sorted((self.folder / "notes").glob("*.yml")):
            if found := self._file(path, Note):
                note, complaints = read_note(path.stem, *found, self.catalogue, self._compiled)
                self.complaints.extend(complaints)
                self.places[f"note {path.stem}"] = found[1]
                if note:
                    read[path.stem] = note
                    self.asking += [note.condition] if note.condition else []
        self.complaints.extend(noted_twice(read))
        return read

    def _compiled(self, where: str, places: Places) -> Condition | None:
        """Return a condition, None where it cannot be read."""
        try:
            return compile_condition(
                where,
                self.catalogue,
                lambda offset: (places.file, *places.inside(("where",), where, offset)),
                self._other,
            )
        except RulesError as wrong:
            self.complaints.extend(wrong.complaints)
            return None

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


def _version(models: list[Strict], names: list[str]) -> str:
    content: list[Any] = [names, *(model.model_dump(mode="json", by_alias=True) for model in models)]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
