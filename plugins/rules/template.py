"""Texts with blanks, written in Jinja2: sandboxed, without anything that could run away, strict about names.

What may stand in one is listed (`NODES`, `FILTERS`): no calls, attributes, arithmetic or loops within loops. With
values and lists cut to a length, the work of a text is bounded by its own size, before it is ever run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from plugins.rules.catalogue import Catalogue, Type
from plugins.rules.complaint import did_you_mean
from plugins.rules.moments import HOME

LONGEST_TEMPLATE = 20_000
LONGEST_VALUE = 1_000
MOST_VALUES = 50
LARGEST_BYTES = 1_000_000
UNKEEPABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ud800-\udfff]")
MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november",
    "december",
)  # fmt: skip

NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.CondExpr, nodes.And,
    nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.Filter, nodes.Concat, nodes.For,
)  # fmt: skip
WORDS: Mapping[type[nodes.Node], str] = {
    nodes.Call: "a call", nodes.Getattr: "a part of a value", nodes.Getitem: "a part of a value",
    nodes.Macro: "a macro", nodes.Assign: "an assignment", nodes.Test: "a test", nodes.Include: "another file",
    nodes.Extends: "another file", nodes.Import: "another file", nodes.FromImport: "another file",
    nodes.Block: "a block",
}  # fmt: skip
Value = str | int | bool | date | datetime | Sequence[str] | None
Complain = Callable[[int, str, str], Any]
"""Takes the offset in the text, what is wrong, and the cure."""


class UnwrittenError(Exception):
    """A text that cannot be written for somebody; says why, and no value."""


@dataclass(frozen=True, slots=True)
class Text:
    """A checked text, ready to be filled in."""

    template: Template
    names: frozenset[str]
    """The blanks in it."""

    def write(self, values: Mapping[str, Value], most: int = LARGEST_BYTES) -> str:
        """Return the text for these values; raises `UnwrittenError` where one is not known or it gets too long."""
        known = {name: _kept(values.get(name)) for name in self.names}
        parts: list[str] = []
        size = 0
        try:
            for part in self.template.generate(known):
                size += len(part.encode())
                if size > most:
                    raise UnwrittenError(f"longer than {most} bytes")
                parts.append(part)
        except (TemplateError, TypeError, RecursionError):
            missing = sorted(name for name, value in known.items() if value is None)
            told = f"not known: {', '.join(missing)}" if missing else "values that do not go together"
            raise UnwrittenError(told) from None
        return "".join(parts)


def read_text(source: str, catalogue: Catalogue, complain: Complain, *, is_html: bool = False) -> Text | None:
    """Return a checked text; what is wrong in it goes to `complain`, and then there is none.

    In HTML the values are written as text, whatever letters are in them.
    """
    if len(source) > LONGEST_TEMPLATE:
        complain(0, f"more than {LONGEST_TEMPLATE} letters", "shorten the text")
        return None
    if found := UNKEEPABLE.search(source):
        complain(found.start(), "a control character", "remove it")
        return None
    try:
        tree = ENVIRONMENT.parse(source)
        wrong = list(_Check(source, catalogue).of(tree))
        template = None if wrong else (HTML if is_html else ENVIRONMENT).from_string(source)
    except TemplateSyntaxError as error:
        complain(_line(source, error.lineno), f"cannot be read ({_plain(error)})", "close every {{ and {%")
        return None
    except (RecursionError, MemoryError, SyntaxError):  # Python has its own bounds for the code that is made of it
        complain(0, "nested too deeply", "take brackets and filters out")
        return None
    except (ValueError, OverflowError):
        complain(0, "a number that is too long", "write a shorter one")
        return None
    for each in wrong:
        complain(*each)
    names = frozenset(each.name for each in tree.find_all(nodes.Name) if each.name in catalogue)
    return Text(template, names) if template else None


def _line(source: str, number: int) -> int:
    """Return the offset of a line's first letter that is not blank."""
    start = sum(len(each) + 1 for each in source.split("\n")[: number - 1])
    return start + len(source[start:]) - len(source[start:].lstrip())


def _plain(error: TemplateSyntaxError) -> str:
    return " ".join((error.message or "").split())[:80]


def _kept(value: Value) -> Value:
    """Return a value of a size that no text can make much of, without letters that cannot be sent."""
    if isinstance(value, str):
        return UNKEEPABLE.sub("", value)[:LONGEST_VALUE]
    if isinstance(value, Sequence):
        return [UNKEEPABLE.sub("", each)[:LONGEST_VALUE] for each in value[:MOST_VALUES]]
    return value


class _Check:
    """Walks a text's tree and gives what may not stand there."""

    def __init__(self, source: str, catalogue: Catalogue) -> None:
        self.source = source
        self.catalogue = catalogue
        self.items: set[str] = set()
        """What loops call an item of their list."""

    def of(self, node: nodes.Node, *, is_looping: bool = False) -> Iterator[tuple[int, str, str]]:
        """Give the offset, what is wrong and the cure, of a node and all in it."""
        if not isinstance(node, NODES):
            what = WORDS.get(type(node), f"'{type(node).__name__.lower()}'")
            yield _line(self.source, node.lineno), f"{what} is not allowed in a text", "use names, filters, if and for"
            return
        if isinstance(node, nodes.For):
            yield from self.loop(node, is_looping=is_looping)
            is_looping = True
        elif isinstance(node, nodes.Name):
            yield from self.name(node)
        elif isinstance(node, nodes.Filter):
            yield from self.filter(node)
        elif isinstance(node, nodes.Const) and isinstance(node.value, str) and UNKEEPABLE.search(node.value):
            yield _line(self.source, node.lineno), "a control character", "remove it"
        for child in node.iter_child_nodes():
            yield from self.of(child, is_looping=is_looping)

    def loop(self, node: nodes.For, *, is_looping: bool) -> Iterator[tuple[int, str, str]]:
        """Check a loop: over one list, in no other loop, and plain."""
        at = _line(self.source, node.lineno)
        if is_looping:
            yield at, "a loop within a loop", "write one loop after the other"
        if node.recursive or node.test or not isinstance(node.target, nodes.Name):
            yield at, "a loop of another kind", "write {% for each in products %}"
            return
        self.items.add(node.target.name)
        if not isinstance(node.iter, nodes.Name) or self.type_of(node.iter) != "texts":
            yield at, "a loop over something that is no list", "write {% for each in products %}"

    def name(self, node: nodes.Name) -> Iterator[tuple[int, str, str]]:
        """Check that a name is known."""
        if node.name not in self.catalogue and node.name not in self.items:
            found = re.search(rf"\b{re.escape(node.name)}\b", self.source[_line(self.source, node.lineno) :])
            at = _line(self.source, node.lineno) + (found.start() if found else 0)
            yield at, f"{node.name[:40]}: unknown name", did_you_mean(node.name, self.catalogue)

    def filter(self, node: nodes.Filter) -> Iterator[tuple[int, str, str]]:
        """Check that a filter is one of ours, goes with what it is put on, and has plain values."""
        at = _line(self.source, node.lineno)
        if node.name not in FILTERS:
            yield at, f"{node.name[:40]}: unknown filter", did_you_mean(node.name, FILTERS)
            return
        types, takes = TAKES[node.name]
        if types and isinstance(node.node, nodes.Name) and self.type_of(node.node) not in (None, *types):
            yield at, f"{node.name} does not go with {node.node.name}", f"it is for: {', '.join(types)}"
        given = [each.value if isinstance(each, nodes.Const) else None for each in node.args]
        if [type(each) for each in given] != list(takes) or node.kwargs or node.dyn_args or node.dyn_kwargs:
            words = ", ".join("a number" if each is int else "a text" for each in takes) or "nothing"
            yield at, f"{node.name} takes {words}", f"write |{node.name}{EXAMPLES.get(node.name, '')}"

    def type_of(self, node: nodes.Name) -> Type | None:
        """Return the type of a name, None where it is not known; an item of a list is a text."""
        if node.name in self.items:
            return "text"
        return self.catalogue[node.name].type if node.name in self.catalogue else None


def _default(value: Value, instead: str) -> Value:
    return instead if value is None or value == "" else value


def _money(value: int) -> str:
    """Return cents as the shops write them: 12,50."""
    sign, cents = ("-", -value) if value < 0 else ("", value)
    return f"{sign}{cents // 100},{cents % 100:02d}"


def _day(value: date | datetime) -> str:
    """Return a day as the shops write it: 3 maart 2026."""
    day = value.astimezone(HOME).date() if isinstance(value, datetime) else value
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _shortened(value: str, most: int) -> str:
    return value if len(value) <= most else value[: max(0, most - 1)].rstrip() + "…"


def _joined(value: list[str], mark: str) -> str:
    return mark.join(_list(value))


def _first(value: list[str], most: int) -> list[str]:
    return _list(value)[:most]


def _list(value: list[str]) -> list[str]:
    if not isinstance(value, list):  # letters of a text, joined again and again, would grow without end
        raise TypeError
    return value


FILTERS: Mapping[str, Callable[..., Any]] = {
    "default": _default, "money": _money, "date": _day, "shorten": _shortened, "join": _joined, "first": _first,
    "upper": lambda value: str(value).upper(), "lower": lambda value: str(value).lower(),
    "capitalize": lambda value: str(value)[:1].upper() + str(value)[1:],
}  # fmt: skip
TAKES: Mapping[str, tuple[tuple[Type, ...], tuple[type, ...]]] = {
    "default": ((), (str,)), "money": (("money",), ()), "date": (("date", "time"), ()), "shorten": (("text",), (int,)),
    "join": (("texts",), (str,)), "first": (("texts",), (int,)), "upper": (("text",), ()), "lower": (("text",), ()),
    "capitalize": (("text",), ()),
}  # fmt: skip
"""The types that a filter goes with (all where there are none), and the values it takes."""
EXAMPLES = {"default": "('klant')", "shorten": "(40)", "join": "(', ')", "first": "(3)"}


def _written(value: Any) -> Any:
    """Refuse what is not known where it would be written: a text never says None."""
    if value is None or isinstance(value, list):
        raise TypeError
    return value


def _environment(*, is_html: bool) -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(undefined=StrictUndefined, finalize=_written, autoescape=is_html)
    made.globals.clear()
    made.tests.clear()
    made.filters.clear()
    made.filters.update(FILTERS)
    return made


ENVIRONMENT, HTML = _environment(is_html=False), _environment(is_html=True)
