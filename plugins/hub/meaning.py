"""The rules of `sync_rules/` in the words of the rooms that use them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from mappers.consent.fold import Declaration, Policy
from mappers.identity.engine import SURNAMES
from mappers.identity.engine import Rules as IdentityRules
from mappers.identity.model import default, from_levels
from mappers.identity.normal import MASKS
from mappers.identity.thresholds import Thresholds
from mappers.profiles.golden import Survival
from plugins.hub.addressees import unbrought
from plugins.hub.destinations import Channel, RecordChannel, record_channels
from plugins.rules.caps import Cap
from plugins.rules.catalogue import Catalogue
from plugins.rules.compiled import Condition
from plugins.rules.complaint import Complaint, RulesError, did_you_mean
from plugins.rules.consent import ConsentField
from plugins.rules.declared import Declared
from plugins.rules.experiments import Experiment
from plugins.rules.feed_reading import ReadFeed
from plugins.rules.identity import Upheaval
from plugins.rules.load import Rules, load_rules
from plugins.rules.loyalty import Loyalty
from plugins.rules.models import Audience as AudienceRule
from plugins.rules.models import Delivery as DeliveryRule
from plugins.rules.notes import ReadNote
from plugins.rules.offer_reading import ReadOffer
from plugins.rules.owners import Owners
from plugins.rules.promotions import Promotions
from plugins.rules.retention import Retention
from plugins.rules.sales import Sales
from plugins.rules.texts import ReadMessage
from plugins.rules.yaml_file import Places

RULES_FOLDER = Path("sync_rules")
BY_HAND, OBJECTION, EVERYTHING = "hub", "objection", "all"
"""Source, field and value of an act that somebody enters for a person: see `rotonde object`."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one destination holds an audience."""

    kind: str
    name: str
    """What the destination calls it."""
    fields: Mapping[str, str]
    """The destination's field name to a trait."""
    listed: frozenset[str] = frozenset()
    """Which of these traits are lists."""
    modes: Mapping[str, str] = field(default_factory=dict)
    """The fields that are not written always: `create_only`, `update_only`, or `set_if_empty` and the trait."""
    kept: frozenset[str] = frozenset()
    """The fields that stay as they are there where the trait is not known."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who, to where, with what."""

    name: str
    description: str
    where: str
    """The condition as it stands in the rule."""
    condition: Condition
    before: Mapping[str, Condition]
    """The audiences that have a person before this one has, by name."""
    to: Mapping[str, Delivery]
    holdout_basis_points: int
    shrink_basis_points: int | None
    grow_basis_points: int | None


@dataclass(frozen=True, slots=True)
class Meaning:
    """Everything operations decided, and its version."""

    audiences: tuple[Audience, ...]
    declarations: tuple[Declaration, ...]
    policy: Policy
    """Who is too young, and what an account permits."""
    survival: Mapping[str, Survival]
    tiers: Mapping[str, Sequence[str]]
    """The golden fields of each tier of completeness."""
    identity: IdentityRules
    retention: Retention
    upheaval: Upheaval
    """How many percent of the persons a change of the identity rules may join or split."""
    loyalty: Loyalty
    offers: tuple[ReadOffer, ...]
    feeds: tuple[ReadFeed, ...]
    experiments: Mapping[str, Experiment]
    owners: Owners
    texts: Mapping[str, ReadMessage]
    caps: Sequence[Cap]
    sales: Sequence[Sales]
    promotions: Promotions
    notes: Sequence[ReadNote]
    declared: tuple[Declared, ...]
    """Traits beside the built-in ones, in the order in which they can be worked out."""
    catalogue: Catalogue
    version: str

    @property
    def counts(self) -> dict[str, str]:
        """Return what conditions count beside the traits, by the column that holds it: the call as a rule writes it."""
        return {each.trait.name: each.trait.meaning for each in self.declared if each.trait.name not in self.catalogue}


def read_meaning(folder: Path = RULES_FOLDER, channels: Mapping[str, Channel] | None = None) -> Meaning:
    """Return the rules of a folder; raises RulesError with everything that is wrong in it."""
    return meaning_of(read_rules(folder, channels))


def read_rules(folder: Path, channels: Mapping[str, Channel] | None = None) -> Rules:
    """Return the rules of a folder, checked against destinations too where they are given; raises RulesError."""
    rules = load_rules(folder)
    if channels is not None:
        records = record_channels()
        complaints = [
            *_unreachable(rules, channels), *_unredeemable(rules, records), *_untold(rules, {**channels, **records}),
            *unbrought(rules.feeds, {**channels, **records}), *_unpromoted(rules, {**channels, **records}),
            *_unnoted(rules, records),
        ]  # fmt: skip
        if complaints:
            raise RulesError(complaints)
    return rules
    if channels is not None and (wrong := mistakes(rules, channels)):
        raise RulesError(wrong)
    return meaning_of(rules)


def mistakes(rules: Rules, channels: Mapping[str, Channel]) -> list[Complaint]:
    """Return what rules ask of destinations that those cannot do."""
    records = record_channels()
    return [
        *_unreachable(rules, channels), *_unredeemable(rules, records), *_untold(rules, {**channels, **records}),
        *unbrought(rules.feeds, {**channels, **records}), *_unpromoted(rules, {**channels, **records}),
        *_unnoted(rules, records),
    ]  # fmt: skip


def meaning_now(folder: Path = RULES_FOLDER) -> Meaning:
    """Return the rules of a folder as they stand, read anew only when a file there changed; raises RulesError."""
    files = sorted(folder.rglob("*.yml"))
    return _read(folder, tuple((path, told.st_mtime_ns, told.st_size) for path in files if (told := path.stat())))


@lru_cache(maxsize=2)
def _read(folder: Path, _stamp: object) -> Meaning:
    return read_meaning(folder)


def _unreachable(rules: Rules, channels: Mapping[str, Channel]) -> Iterator[Complaint]:
    """Find destinations that no target has, and forms they cannot hold."""
    for name, audience in rules.audiences.items():
        places = rules.places[name]
        for destination, delivery in audience.to.items():
            if destination not in channels:
                cure = did_you_mean(destination, channels)
                yield places.complaint(places.key(("to", destination)), f"{destination}: no such destination", cure)
            elif delivery.kind not in channels[destination].holds:
                at = places.value(("to", destination, "as"))
                yield places.complaint(at, f"{destination} holds no {delivery.kind}", _held(channels[destination]))
            elif delivery.kind == "event":
                yield from _unnamed(places, destination, delivery.name or name, channels[destination])
            elif matches := channels[destination].matches:
                yield from _unmatched(places, destination, delivery, matches)


def _held(channel: Channel) -> str:
    """Return what may be written instead."""
    if channel.holds:
        return f"it holds: {', '.join(channel.holds)}"
    return f"it takes no audiences but {', '.join(f'{kind}s' for kind in channel.brings)}: see sync_rules/sales"


def _unnamed(places: Places, destination: str, name: str, channel: Channel) -> Iterator[Complaint]:
    """Find events whose name a channel does not take."""
    how = channel.brings.get("event")
    least, most = how.letters if how and how.letters else (1, len(name))
    if not least <= len(name) <= most:
        what = f"{name[:40]}: the name of an event has {least} to {most} letters at {destination}"
        yield places.complaint(places.key(("to", destination)), what, "write another one as name")


def _unmatched(places: Places, destination: str, delivery: DeliveryRule, matches: Sequence[str]) -> Iterator[Complaint]:
    """Find fields by which a channel of hashes finds nobody."""
    for name, rule in delivery.fields.items():
        path = ("to", destination, "fields", name)
        if name not in matches:
            what = f"{destination} finds nobody by {name}"
            yield places.complaint(places.key(path), what, did_you_mean(name, matches))
        elif not isinstance(rule, str):
            what = f"{destination} is not written to, it finds people by {name}"
            yield places.complaint(places.value(path), what, f"write {name}: {rule.trait}")


def _untold(rules: Rules, channels: Mapping[str, Channel | RecordChannel]) -> Iterator[Complaint]:
    """Find channels that take nothing of what was bought, and fields by which they find nobody."""
    for name, rule in rules.sales.items():
        places = rules.places[f"sales {name}"]
        fitting = [each for each, channel in channels.items() if rule.kind in channel.brings]
        for destination, told in rule.to.items():
            if destination not in fitting:
                at = places.key(("to", destination))
                yield places.complaint(at, f"{destination} takes no {rule.of}", did_you_mean(destination, fitting))
                continue
            matches = channels[destination].brings[rule.kind].matches
            for place, trait in enumerate(told.fields):
                if trait not in matches:
                    at = places.value(("to", destination, "fields", place))
                    yield places.complaint(at, f"{destination} finds nobody by {trait}", did_you_mean(trait, matches))


def _unpromoted(rules: Rules, channels: Mapping[str, Channel | RecordChannel]) -> Iterator[Complaint]:
    """Find destinations that tell nobody of promotions."""
    fitting = [each for each, channel in channels.items() if "promotion" in channel.brings]
    for name, promotion in rules.promotions.promotions.items():
        for place, destination in enumerate(promotion.to):
            if destination not in fitting:
                places = rules.places["promotions.yml"]
                at = places.value(("promotions", name, "to", place))
                cure = did_you_mean(destination, fitting)
                yield places.complaint(at, f"{destination} tells nobody of promotions", cure)


def _unnoted(rules: Rules, records: Mapping[str, RecordChannel]) -> Iterator[Complaint]:
    """Find destinations that hold no notes."""
    fitting = [name for name, each in records.items() if "note" in each.holds]
    for read in rules.notes.values():
        for destination in read.note.to:
            if destination not in fitting:
                at = read.places.key(("to", destination))
                yield read.places.complaint(at, f"{destination} holds no notes", did_you_mean(destination, fitting))


def _unredeemable(rules: Rules, channels: Mapping[str, RecordChannel]) -> Iterator[Complaint]:
    """Find systems in which no code can be used, and benefits that a code there cannot hold."""
    for read in rules.offers.values():
        offer = read.offer
        needs = {"percent": offer.benefit.percent, "amount": offer.benefit.cents, "from": offer.benefit.from_cents,
                 "products": offer.products}  # fmt: skip
        for place, name in enumerate(offer.redeem):
            at = read.places.value(("redeem", place))
            if name not in channels:
                yield read.places.complaint(at, f"{name}: no system that takes codes", did_you_mean(name, channels))
                continue
            lacking = [each for each, value in needs.items() if value and each not in channels[name].offers]
            if lacking and not offer.shared_code:
                held = f"its codes hold: {', '.join(channels[name].offers)}" if channels[name].offers else "it has none"
                what = f"{name} cannot hold {', '.join(lacking)} in a code"
                yield read.places.complaint(at, what, f"{held}; or write the shared_code that was made there")


def meaning_of(rules: Rules) -> Meaning:
    """Translate checked rules."""
    survival = {name: Survival(tuple(each.prefer), each.then) for name, each in rules.survivorship.fields.items()}
    return Meaning(
        audiences=tuple(_audience(rules, name, rule) for name, rule in rules.audiences.items()),
        declarations=_declarations(rules),
        policy=_policy(rules),
        survival=survival,
        tiers=rules.survivorship.tiers.fields,
        identity=_identity(rules),
        retention=rules.retention,
        upheaval=rules.identity.guard,
        loyalty=rules.loyalty,
        offers=tuple(rules.offers.values()),
        feeds=tuple(rules.feeds.values()),
        experiments=rules.experiments,
        owners=rules.owners,
        texts=rules.texts,
        caps=tuple(rules.caps.caps),
        sales=tuple(rules.sales.values()),
        promotions=rules.promotions,
        notes=tuple(rules.notes.values()),
        declared=tuple(rules.declared),
        catalogue=rules.catalogue,
        version=rules.version,
    )


def _policy(rules: Rules) -> Policy:
    minors = rules.consent.minors
    return Policy(minors.age, minors.unknown == "minor", tuple(rules.consent.service.accounts))


def _declarations(rules: Rules) -> tuple[Declaration, ...]:
    """Return what the fields of every source mean, and what an objection by hand does, which nobody need declare."""
    sources = rules.consent.sources.items()
    told = [each for source, fields in sources for one in fields for each in _declare(source, one)]
    topics = sorted({(each.channel, each.purpose) for each in told}) or [("email", "marketing")]
    left = [_objection(channel, channel, purpose, "withdrawn") for channel, purpose in topics]
    return (*told, _objection(EVERYTHING, *topics[0], "objected"), *left)


def _objection(value: str, channel: str, purpose: str, decision: str) -> Declaration:
    return Declaration(
        BY_HAND, OBJECTION, value, channel, purpose, decision, is_origin=True,
        time_fact="at", place_fact="place", method="by hand",
    )  # fmt: skip


def _identity(rules: Rules) -> IdentityRules:
    given, weights = rules.identity, rules.identity_model
    surnames: dict[str, int] = {kind: each.max_surnames for kind, each in given.identifiers.items()}
    return IdentityRules(
        model=from_levels(weights.comparisons, weights.same_per_record or 0, weights.household_per_record or 0)
        if weights.comparisons else default(),
        thresholds=Thresholds(given.accept, given.review, given.name_only, given.veto, given.largest),
        surnames={**SURNAMES, **surnames},
        masks=MASKS if given.masks is None else given.masks,
        listed=[(kind, value.lstrip("+")) for kind, each in given.identifiers.items() for value in each.placeholders],
        engine=given.engine,
    )  # fmt: skip


def _audience(rules: Rules, name: str, rule: AudienceRule) -> Audience:
    return Audience(
        name=name,
        description=rule.description,
        where=" ".join(rule.where.split()),
        condition=rules.conditions[name],
        before={each: rules.conditions[each] for each in rules.priority.before(name)},
        to={destination: _delivery(rules, name, each) for destination, each in rule.to.items()},
        holdout_basis_points=rule.holdout * 100,
        shrink_basis_points=None if rule.guard.shrink is None else rule.guard.shrink * 100,
        grow_basis_points=None if rule.guard.grow is None else rule.guard.grow * 100,
    )


def _delivery(rules: Rules, name: str, rule: DeliveryRule) -> Delivery:
    fields = rule.rules
    listed = frozenset(each.trait for each in fields.values() if rules.catalogue[each.trait].type == "texts")
    modes = {field: f"{each.write} {each.trait}" if each.write == "set_if_empty" else each.write
             for field, each in fields.items() if each.write != "always"}  # fmt: skip
    kept = frozenset(field for field, each in fields.items() if each.unknown == "keep")
    return Delivery(
        rule.kind, rule.name or name, {field: each.trait for field, each in fields.items()}, listed, modes, kept
    )  # fmt: skip


def _declare(source: str, rule: ConsentField) -> list[Declaration]:
    return [
        Declaration(
            source=source,
            field=rule.field,
            value=value.lower(),
            channel=rule.channel,
            purpose=rule.purpose,
            decision=decision,
            is_origin=rule.role == "origin",
            is_veto=rule.veto,
            time_fact=rule.time_fact(decision),
            wording=rule.wording.text if rule.wording else None,
            wording_fact=rule.wording.fact if rule.wording else None,
            place=rule.place.text if rule.place else None,
            place_fact=rule.place.fact if rule.place else None,
            method=rule.method,
            needs=",".join(rule.needs),
            unit_fact=rule.unit.fact if rule.unit else None,
            expires_fact=rule.expires.fact if rule.expires else None,
            expires_after=rule.expires.after if rule.expires else None,
        )
        for value, decision in rule.values.items()
    ]
