"""The rules of `sync_rules/` in the words of the rooms that use them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mappers.consent.fold import Declaration
from mappers.identity.resolve import DEFAULT_LIMITS, Limits
from mappers.profiles.golden import Survival
from plugins.rules.condition import Condition
from plugins.rules.load import Rules, load_rules
from plugins.rules.models import Audience as AudienceRule
from plugins.rules.models import ConsentField

RULES_FOLDER = Path("sync_rules")


@dataclass(frozen=True, slots=True)
class Audience:
    """Who, to where, with what."""

    name: str
    description: str
    condition: Condition
    to: Mapping[str, Mapping[str, str]]
    """Fields of each destination: the destination's field name to a trait."""
    holdout_basis_points: int
    shrink_basis_points: int | None
    grow_basis_points: int | None


@dataclass(frozen=True, slots=True)
class Meaning:
    """Everything operations decided, and its version."""

    audiences: tuple[Audience, ...]
    declarations: tuple[Declaration, ...]
    survival: Mapping[str, Survival]
    limits: Mapping[str, Limits]
    version: str


def read_meaning(folder: Path = RULES_FOLDER) -> Meaning:
    """Return the rules of a folder; raises RulesError with everything that is wrong in it."""
    return meaning_of(load_rules(folder))


def meaning_of(rules: Rules) -> Meaning:
    """Translate checked rules."""
    survival = {name: Survival(tuple(each.prefer), each.then) for name, each in rules.survivorship.fields.items()}
    limits: dict[str, Limits] = {
        name: Limits(each.priority, each.max_records, each.max_surnames, each.split_by == "initial")
        for name, each in rules.identity.identifiers.items()
    }
    return Meaning(
        audiences=tuple(_audience(name, rule, rules.conditions[name]) for name, rule in rules.audiences.items()),
        declarations=tuple(
            each for source, fields in rules.consent.sources.items() for one in fields for each in _declare(source, one)
        ),
        survival=survival,
        limits=limits or DEFAULT_LIMITS,
        version=rules.version,
    )


def _audience(name: str, rule: AudienceRule, condition: Condition) -> Audience:
    return Audience(
        name=name,
        description=rule.description,
        condition=condition,
        to={destination: delivery.fields for destination, delivery in rule.to.items()},
        holdout_basis_points=rule.holdout * 100,
        shrink_basis_points=None if rule.guard.shrink is None else rule.guard.shrink * 100,
        grow_basis_points=None if rule.guard.grow is None else rule.guard.grow * 100,
    )


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
        )
        for value, decision in rule.values.items()
    ]
