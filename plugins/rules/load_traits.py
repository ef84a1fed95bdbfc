"""The declared traits of `traits/`, checked and compiled, in the order in which they can be worked out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from plugins.rules.also_bought import KIND, AlsoBought
from plugins.rules.catalogue import Catalogue, Trait
from plugins.rules.compiled import Condition
from plugins.rules.complaint import Complaint, RulesError, did_you_mean
from plugins.rules.condition import A_TYPE, compile_condition
from plugins.rules.declared import NOTHING, TAKE, WAYS, Aggregate, Cases, Declared, Quintile, type_of
from plugins.rules.facts import KINDS, Kind
from plugins.rules.given import fits
from plugins.rules.moments import Ago, span
from plugins.rules.traits import AlsoBoughtKeys, TraitRule, Value
from plugins.rules.yaml_file import Path, Places

Given = Mapping[str, tuple[TraitRule, Places]]


def compile_traits(given: Given, built_in: Catalogue) -> tuple[list[Declared], list[Complaint]]:
    """Return every trait that can be worked out, those first that others need, and all that is wrong."""
    compiling = _Compiling(given, dict(built_in))
    for name in given:
        compiling.trait(name)
    return list(compiling.done.values()), compiling.complaints


@dataclass
class _Compiling:
    given: Given
    catalogue: dict[str, Trait]
    done: dict[str, Declared] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)

    def trait(self, name: str) -> None:
        """Compile one trait, after those that it needs."""
        if name in self.done or name in self.begun or name not in self.given:
            return
        self.begun.append(name)
        rule, places = self.given[name]
        try:
            found = self._compiled(name, rule, places)
        except RulesError as wrong:
            self.complaints.extend(wrong.complaints)
            return
        if found is not None:
            self.done[name] = found
            self.catalogue[name] = found.trait

    def _compiled(self, name: str, rule: TraitRule, places: Places) -> Declared | None:
        if name in self.catalogue:
            raise _wrong(places, (), f"{name}: is built in", "choose another name for the file")
        if rule.take is not None:
            return self._aggregate(name, rule, places)
        if rule.quintile is not None:
            return self._quintile(name, rule, places)
        if rule.also_bought is not None:
            return _also_bought(name, rule, rule.also_bought, places)
        return self._cases(name, rule, places)

    def _aggregate(self, name: str, rule: TraitRule, places: Places) -> Aggregate:
        kind = KINDS.get(rule.of or "")
        if kind is None:
            raise _wrong(places, ("of",), f"of: '{rule.of}' is not known", did_you_mean(rule.of or "", KINDS))
        way, fact = _taken(rule.take or "", kind, places)
        condition = _condition(rule.where, kind.facts, places, ("where",)) if rule.where else None
        within = _within(rule, kind, places)
        trait = Trait(name, type_of(way, fact), rule.description, kind.entity)
        if rule.otherwise is not None and not fits(trait, rule.otherwise):
            what = f"otherwise: {name} is {A_TYPE[trait.type]}, and this is something else"
            raise _wrong(places, ("otherwise",), what, "write a value of its type, or remove it")
        otherwise = NOTHING.get(way) if rule.otherwise is None else rule.otherwise
        return Aggregate(trait, kind, way, fact.name if fact else None, condition, within, otherwise)

    def _cases(self, name: str, rule: TraitRule, places: Places) -> Cases:
        cases = rule.cases or []
        types = {_type_of(each.value) for each in cases}
        if len(types) > 1:
            raise _wrong(places, ("cases",), "cases: their values are of several types", "give all of one type")
        conditions = [self._of_traits(each.where, places, ("cases", n, "where"), name) for n, each in enumerate(cases)]
        trait = Trait(name, types.pop(), rule.description)  # type: ignore[arg-type] # one of Type
        return Cases(trait, tuple(zip(conditions, [each.value for each in cases], strict=True)))

    def _quintile(self, name: str, rule: TraitRule, places: Places) -> Quintile:
        of = rule.quintile or ""
        self.trait(of)
        if of not in self.catalogue:
            cure = "remove the circle" if of in self.begun else did_you_mean(of, self.catalogue)
            raise _wrong(places, ("quintile",), f"{of}: unknown trait", cure)
        if self.catalogue[of].type not in ("integer", "money", "time", "date"):
            what = f"{of} is {A_TYPE[self.catalogue[of].type]} and has no order"
            raise _wrong(places, ("quintile",), what, "name a number, an amount, a time or a day")
        condition = self._of_traits(rule.where, places, ("where",), name) if rule.where else None
        return Quintile(Trait(name, "integer", rule.description, self.catalogue[of].of), of, condition)

    def _of_traits(self, text: str, places: Places, path: Path, name: str) -> Condition:
        """Return a condition over traits, with those compiled first that it names."""
        for word in _words(text):
            if word in self.begun and word not in self.done and word in self.given:
                raise _wrong(places, path, f"{word}: needs {name}, which needs {word}", "remove the circle")
            self.trait(word)
        return _condition(text, self.catalogue, places, path, _no_audience)


def _also_bought(name: str, rule: TraitRule, keys: AlsoBoughtKeys, places: Places) -> AlsoBought:
    condition = _condition(rule.where, KIND.facts, places, ("where",)) if rule.where else None
    trait = Trait(name, "texts", rule.description, KIND.entity)
    return AlsoBought(trait, keys.tell, keys.most, keys.common_buyers, condition, _within(rule, KIND, places))


def _within(rule: TraitRule, kind: Kind, places: Places) -> Ago | None:
    """Return how far back facts count; None is without end."""
    if rule.within is None:
        return None
    found = span(rule.within, "date" if kind.facts[kind.time].type == "date" else "time")
    if found is None:
        raise _wrong(places, ("within",), "within: is no span of time", "write 90 days")
    return found


def _no_audience(_name: str) -> str:
    return "in_audience is for audiences; write the condition"


def _taken(text: str, kind: Kind, places: Places) -> tuple[str, Trait | None]:
    """Return the way of taking and the fact that is taken."""
    found = TAKE.fullmatch(" ".join(text.split()))
    way = found["way"] if found else ""
    if found is None or way not in WAYS:
        cure = did_you_mean(way, WAYS) if way else f"write {' or '.join(('count', 'sum total_minor'))}"
        raise _wrong(places, ("take",), f"take: '{text[:40]}' is not known", cure)
    types, _ = WAYS[way]
    if not types:
        if found["fact"]:
            raise _wrong(places, ("take",), f"take: {way} takes no fact", f"write {way}")
        return way, None
    fact = kind.facts.get(found["fact"] or "")
    if fact is None:
        cure = did_you_mean(found["fact"], kind.facts) if found["fact"] else f"write {way} and the fact it goes over"
        raise _wrong(places, ("take",), f"take: {found['fact'] or 'no'} fact of a {kind.name}", cure)
    if fact.type not in types:
        what = f"take: {fact.name} is {A_TYPE[fact.type]} and has no {way}"
        raise _wrong(places, ("take",), what, f"take one of: {', '.join(_of_types(kind, types))}")
    return way, fact


def _of_types(kind: Kind, types: tuple[str, ...]) -> Iterator[str]:
    return (name for name, fact in kind.facts.items() if fact.type in types)


def _type_of(value: Value) -> str:
    return "boolean" if isinstance(value, bool) else "integer" if isinstance(value, int) else "text"


def _condition(
    text: str, catalogue: Catalogue, places: Places, path: Path, audience: Callable[[str], Any] | None = None
) -> Condition:
    def place(offset: int) -> tuple[str, int, int]:
        return places.file, *places.inside(path, text, offset)

    return compile_condition(text, catalogue, place, audience)


def _words(text: str) -> list[str]:
    """Return what may be names in a condition, in order."""
    return list(dict.fromkeys("".join(letter if letter.isalnum() or letter == "_" else " " for letter in text).split()))


def _wrong(places: Places, path: Path, what: str, cure: str) -> RulesError:
    return RulesError([places.complaint(places.value(path), what, cure)])
