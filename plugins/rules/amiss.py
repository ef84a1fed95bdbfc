"""What can be wrong between the parts of a folder of rules, where each part by itself is right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from plugins.rules.catalogue import Catalogue
from plugins.rules.complaint import Complaint, did_you_mean
from plugins.rules.consent import ConsentRules
from plugins.rules.models import RULE_FILES, Audience, Survivorship
from plugins.rules.yaml_file import Places
from plugins.store.entities import Customer, Record

KINDS = frozenset(
    {"audiences", "traits", "offers", "feeds", "feed_rules", "destinations", "experiments", "texts", "sales", "notes"}
)
FILES = frozenset(RULE_FILES)
SCHEMAS = ".schema"
"""Where editors find the shapes of the files; nobody reads it as rules."""
READ_BACK = ("first_name", "last_name", "language", "country", "city", "birth_date")
"""Traits that a destination reports of its own members, so that one can see whether it has any."""
DERIVED = Customer.model_fields.keys() - Record.model_fields.keys()


def unknown_traits(audience: Audience, places: Places, catalogue: Catalogue) -> Iterator[Complaint]:
    """Find traits of fields that nobody tells, or whose value at a destination nobody knows."""
    for destination, delivery in audience.to.items():
        for field, rule in delivery.rules.items():
            at = places.value(("to", destination, "fields", field))
            if delivery.kind == "event" and not isinstance(delivery.fields[field], str):
                what = f"{field}: an event is told once, nothing of it is kept or wiped"
                yield places.complaint(at, what, f"write {field}: {rule.trait}")
            elif rule.trait not in catalogue:
                yield places.complaint(at, f"{rule.trait}: unknown trait", did_you_mean(rule.trait, catalogue))
            elif rule.write == "set_if_empty" and rule.trait not in READ_BACK:
                what = f"{field}: nobody knows what a destination has as {rule.trait}"
                yield places.complaint(at, what, f"set_if_empty is for {', '.join(READ_BACK)}")


def unknown_fields(rules: Survivorship, places: Places) -> Iterator[Complaint]:
    """Find golden fields that a customer does not have."""
    for field in rules.fields.keys() - DERIVED:
        at = places.key(("fields", field))
        yield places.complaint(at, f"{field}: unknown field of a customer", did_you_mean(field, DERIVED))


def in_two_tiers(rules: Survivorship, places: Places) -> Iterator[Complaint]:
    """Find golden fields that stand in two tiers."""
    first: dict[str, str] = {}
    for tier, fields in rules.tiers.given.items():
        for place, field in enumerate(fields):
            if field in first:
                at = places.value(("tiers", tier, place))
                yield places.complaint(at, f"{field}: already in tier {first[field]}", "remove one of them")
            first.setdefault(field, tier)


def declared_twice(rules: ConsentRules, places: Places) -> Iterator[Complaint]:
    """Find fields of a source that are declared twice for one topic."""
    for source, declared in rules.sources.items():
        seen: set[tuple[str, str, str]] = set()
        for place, each in enumerate(declared):
            if (each.field, each.channel, each.purpose) in seen:
                at = places.value(("sources", source, place, "field"))
                yield places.complaint(at, f"{each.field}: declared twice", "remove one of them")
            seen.add((each.field, each.channel, each.purpose))


def strangers(folder: Path) -> Iterator[Complaint]:
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
