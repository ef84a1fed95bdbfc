"""The checks of every item before it is published: for each attribute the gravest thing that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from plugins.feeds.channel import NUMBERS, AttributeOf, Channel, Severity, catalogue
from plugins.feeds.forms import form_of
from plugins.rules.condition import compile_condition
from plugins.rules.feeds import Feed, Format

TABLES: tuple[Format, ...] = ("google_tsv", "meta_csv", "pinterest_tsv", "csv")
CONTROL = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F\x{FFFE}\x{FFFF}]"
FORMULA = r"^\s*([=@]|[+-][^0-9]|[+-].*[^0-9.,:%/ -])"
"""What a spreadsheet would run; a number with its sign is none."""
STRICT = ("money", "moment", "period", "day", "url", "word", "uint32", "whole", "positive", "measure")
"""Forms that let no formula through: a number below 0 is told as what it is."""
LOUD = """(title = upper(title) AND title <> lower(title) AND length(title) > 12)
  OR regexp_matches(lower(title), 'gratis verzending|free shipping|korting|sale!|aanbieding')"""
LABELS = 1000
VARIANTS = ("color", "size", "pattern", "material", "age_group", "gender")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that may be wrong with an item, and what the report says of it."""

    code: str
    attribute: str
    severity: Severity
    what: str
    cure: str


Found = tuple[str, Problem]
"""SQL that is true where it is wrong, and the problem."""


class Checks:
    """The checks of one feed: SQL for the numbers of the `problems` that an item has.

    `found` is about an item by itself, with `parameters`; `among` about an item among the others of the feed.
    """

    def __init__(self, feed: Feed, taken: Channel, attributes: Sequence[str]) -> None:
        self.feed, self.taken, self.attributes = feed, taken, attributes
        self.problems: list[Problem] = []
        self.parameters: list[object] = []
        chains = [self._chain(name) for name in attributes]
        required = [name for name, each in taken.attributes.items() if each.need == "required"]
        chains += [self._first(name, self._absent(name)) for name in required if name not in attributes]
        chains += [self._one(*each) for each in self._across()]
        self.found = _listed(chains)
        self.among = _listed([self._one(*each) for each in self._others()])

    @property
    def errors(self) -> list[int]:
        """Return the numbers of the problems that keep an item out."""
        return [number for number, each in enumerate(self.problems) if each.severity == "error"]

    @property
    def lacking(self) -> list[str]:
        """Return the attributes that checks speak of and the feed does not write."""
        written = {name.lower() for name in self.attributes}
        sourced = ("price", "sale_price", "min_handling_time", "max_handling_time", *VARIANTS, "item_group_id", "title")
        return [name for name in dict.fromkeys((*self.taken.attributes, *sourced)) if name.lower() not in written]

    def _one(self, sql: str, problem: Problem) -> str:
        self.problems.append(problem)
        return f"CASE WHEN {sql} THEN {len(self.problems) - 1} END"

    def _first(self, name: str, found: Iterator[Found]) -> str:
        """Return one CASE that tells the first of several, errors before warnings."""
        ranked = sorted(found, key=lambda each: each[1].severity == "warning")
        whens = []
        for sql, problem in ranked:
            self.problems.append(problem)
            whens.append(f"WHEN {sql} THEN {len(self.problems) - 1}")
        return f"CASE {' '.join(whens)} END" if whens else ""

    def _chain(self, name: str) -> str:
        return self._first(name, self._of(name))

    def _of(self, name: str) -> Iterator[Found]:
        known = self.taken.attributes.get(name)
        yield from self._absent(name)
        controls = f"_has_control AND regexp_matches({_v(name)}, '{CONTROL}')"
        yield _wrong(controls, "F003", name, "has a control character", "remove it in the source")
        if self.feed.format in TABLES and not (known and known.format in STRICT and known.wrong == "error"):
            yield _wrong(f"regexp_matches({_v(name)}, '{FORMULA}')", "F005", name,
                         "begins like a formula that a spreadsheet would run", "put a word before it")  # fmt: skip
        if known:
            yield from _lengths(name, known)
            yield from _values(name, known)
            yield from self._form(name, known)

    def _absent(self, name: str) -> Iterator[Found]:
        known = self.taken.attributes.get(name)
        if known and known.need == "required":
            others = " AND ".join(f"{_v(other)} IS NULL" for other in (name, *known.unless))
            code = known.code if known.unless and known.code else "F001"
            yield _wrong(others, code, name, "is missing", "fill it in the source, or write another text for it")

    def _form(self, name: str, known: AttributeOf) -> Iterator[Found]:
        form = form_of(known, self.taken, self.feed.currency)
        if form is None:
            return
        code = known.code or form.code
        yield _wrong(f"NOT {_every(name, known, form.sql)}", code, name, form.what, form.cure, known.wrong)
        if known.format == "gtin" and known.wrong == "error":
            yield _wrong(f"NOT {_every(name, known, 'NOT is_ours({v})')}", "I302", name,
                         "is a number of a shop or a coupon, not of a maker", "leave the gtin out")  # fmt: skip

    def _across(self) -> Iterator[Found]:
        """Give what is about several attributes, or about what an attribute says."""
        if "title" in self.attributes:
            yield _wrong("regexp_matches(title, '<[A-Za-z/][^>]*>')", "F004", "title", "has HTML tags",
                         "write it without", "warning")  # fmt: skip
            yield _wrong(LOUD, "T702", "title", "shouts or advertises", "say what the product is", "warning")
        if "color" in self.attributes and self.taken.attributes.get("color", _FREE).most_values > 1:
            odd = r"regexp_matches(color, '(^|/)\s*(\d+|#[0-9A-Fa-f]+|.)\s*(/|$)')"
            yield _wrong(odd, "C405", "color", "is no colour that people read", "write its name")
        for check in self.taken.checks:
            condition = compile_condition(check.when, catalogue(self.taken))
            self.parameters += condition.parameters
            yield condition.sql, Problem(check.code, check.attribute, check.severity, check.what, check.cure)

    def _others(self) -> Iterator[Found]:
        """Give what is about several items."""
        if "id" in self.attributes:
            again = 'id IS NOT NULL AND row_number() OVER (PARTITION BY "id" ORDER BY _key) > 1'
            yield _wrong(again, "F002", "id", "another item has it already", "make the id unique")
        if "item_group_id" in self.attributes:
            partition = ", ".join(("item_group_id", *VARIANTS))
            again = f"item_group_id IS NOT NULL AND row_number() OVER (PARTITION BY {partition} ORDER BY _key) > 1"
            yield _wrong(again, "C402", "item_group_id", "another item of the group is the same in every variant",
                         "write color and size", "warning")  # fmt: skip
        for name in self.attributes:
            if name.startswith("custom_label_"):
                many = f"{_v(name)} IS NOT NULL AND (SELECT count(DISTINCT {_v(name)}) FROM made) > {LABELS}"
                yield _wrong(many, "K802", name, f"has more than {LABELS} values in this feed", "use fewer", "warning")

    def numbers(self) -> str:
        """Return the columns that checks use: what they compare as numbers, and whether to look for control letters."""
        texts = ", ".join(_v(name) for name in self.attributes)
        numbers = ", ".join(f"{sql} AS {name}" for name, sql in NUMBERS.items())
        return f"{numbers}, regexp_matches(concat_ws(' ', {texts}), '{CONTROL}') AS _has_control"


def _listed(cases: Sequence[str]) -> str:
    return f"list_filter([{', '.join(each for each in cases if each)}]::INTEGER[], n -> n IS NOT NULL)"


_FREE = AttributeOf(need="free")


def _wrong(sql: str, code: str, name: str, what: str, cure: str, severity: Severity = "error") -> Found:
    return sql, Problem(code, name, severity, what, cure)


def _v(name: str) -> str:
    return f'"{name}"'


def _every(name: str, known: AttributeOf, sql: str) -> str:
    """Return whether every value keeps something; a value that is not there does."""
    alone = f"coalesce({sql.format(v=_v(name))}, false)"
    if known.separator:  # most have one value, and a list costs more than a text
        each = f"len(list_filter({_split(name, known)}, v -> NOT coalesce({sql.format(v='v')}, false))) = 0"
        alone = f"CASE WHEN contains({_v(name)}, '{known.separator}') THEN {each} ELSE {alone} END"
    return f"({_v(name)} IS NULL OR {alone})"


def _split(name: str, known: AttributeOf) -> str:
    return f"list_transform(string_split({_v(name)}, '{known.separator}'), part -> trim(part))"


def _lengths(name: str, known: AttributeOf) -> Iterator[Found]:
    code, v = known.long_code or "L001", _v(name)
    if known.longest:
        what, cure = f"is longer than {known.longest} letters", f"cut it: {{fact:{known.longest}}}"
        yield _wrong(f"length({v}) > {known.longest}", code, name, what, cure, known.too_long)
    if known.warn_above:
        what, cure = f"is longer than {known.warn_above} letters, which not every page of the channel allows", "cut it"
        yield _wrong(f"length({v}) > {known.warn_above}", "L001", name, what, cure, "warning")
    if known.separator:
        what = f"has more than {known.most_values} values"
        yield _wrong(f"len({_split(name, known)}) > {known.most_values}", "L002", name, what, "leave some out")
    if known.separator and known.longest_value:
        longest = _every(name, known, f"length({{v}}) <= {known.longest_value}")
        what = f"has a value that is longer than {known.longest_value} letters"
        yield _wrong(f"NOT {longest}", "L001", name, what, "cut it", known.too_long)


def _values(name: str, known: AttributeOf) -> Iterator[Found]:
    if known.values:
        listed = ", ".join(f"'{each}'" for each in known.values)
        one = "lower({v})" if known.any_case else "{v}"
        is_availability = name == "availability"
        code = "A101" if is_availability else known.code or "C404"
        what, cure = "is not a word of the channel", f"use one of {', '.join(known.values)}"
        yield _wrong(f"NOT {_every(name, known, f'{one} IN ({listed})')}", code, name, what, cure)
