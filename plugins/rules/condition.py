"""Conditions: SQL boolean expressions over traits, checked node by node and compiled with every value bound."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from sqlglot import exp

from plugins.rules.catalogue import Catalogue, Trait
from plugins.rules.compiled import Condition, Parameter, Part
from plugins.rules.complaint import Complaint, RulesError, did_you_mean
from plugins.rules.condition_tree import FUNCTIONS, read, start_of
from plugins.rules.condition_value import CURES, in_words, is_text, value_of
from plugins.rules.declared import Aggregate
from plugins.rules.helpers import HELPERS, aggregate, called

Place = Callable[[int], tuple[str, int, int]]
"""Returns file, line and column of an offset in the text."""
Audience = Callable[[str], "Condition | str"]
"""Returns the condition of another audience, or what is wrong with asking for it."""

COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip
EQUALITIES = (exp.EQ, exp.NEQ)
A_TYPE = {"text": "a text", "texts": "a list of texts", "integer": "a whole number", "money": "an amount in cents",
          "boolean": "yes or no", "time": "a time", "date": "a day"}  # fmt: skip


def compile_condition(
    text: str, catalogue: Catalogue, place: Place | None = None, audience: Audience | None = None
) -> Condition:
    """Return the compiled condition; raises `RulesError` with every mistake, placed by `place`.

    `bought`, `viewed` and `in_audience` are for conditions about people: where `audience` is given.
    """
    compiler = _Compiler(catalogue, place or _in_the_text(text), audience)
    tree = read(text, catalogue, compiler.complain)
    parts = [] if tree is None else compiler.parts(tree)
    sql = f"({' and '.join(each.sql for each in parts)})" if len(parts) > 1 else "".join(each.sql for each in parts)
    if compiler.complaints:
        raise RulesError(list(dict.fromkeys(compiler.complaints)))
    return Condition(f"coalesce({sql}, false)", compiler.parameters, compiler.traits, sql, compiler.asked, parts)


def _in_the_text(text: str) -> Place:
    def place(offset: int) -> tuple[str, int, int]:
        before = text[:offset]
        return "condition", before.count("\n") + 1, offset - before.rfind("\n")

    return place


class _Compiler:
    """Collects mistakes, parameters and traits while it writes SQL of its own."""

    def __init__(self, catalogue: Catalogue, place: Place, audience: Audience | None) -> None:
        self.catalogue = catalogue
        self.place = place
        self.audience = audience
        self.asked: dict[str, Aggregate] = {}
        self.complaints: list[Complaint] = []
        self.parameters: list[Parameter] = []
        self.traits: set[str] = set()

    def complain(self, offset: int, what: str, cure: str) -> str:
        for name, each in self.asked.items():  # its column has a name that nobody wrote
            what = what.replace(name, each.trait.meaning)
        self.complaints.append(Complaint(*self.place(offset), what, cure))
        return "false"

    def parts(self, tree: exp.Expr) -> list[Part]:
        """Return what must all hold."""
        found = []
        for each in _chain(tree) if isinstance(tree, exp.And) else [tree]:
            before, known = len(self.parameters), set(self.traits)
            self.traits = set()
            sql = self.condition(each)
            found.append(Part(each.sql("duckdb"), sql, self.parameters[before:], self.traits))
            self.traits = known | self.traits
        return found

    def condition(self, node: exp.Expr) -> str:
        """Return SQL for something that is true, false or unknown."""
        if isinstance(node, exp.And | exp.Or):
            word = " and " if isinstance(node, exp.And) else " or "
            return f"({word.join(self.condition(each) for each in _chain(node))})"
        if isinstance(node, exp.Paren):
            return self.condition(node.this)
        if isinstance(node, exp.Not):
            return f"(not {self.condition(node.this)})"
        if isinstance(node, exp.Column):
            return self.flag(node)
        if isinstance(node, exp.Anonymous) and self.audience is not None:
            return self.of_audience(node) if called(node) == "in_audience" else self.any_of(node)
        if type(node) in COMPARISONS:
            return self.comparison(cast("exp.Binary", node))
        if isinstance(node, exp.In):
            return self.membership(node)
        if isinstance(node, exp.Between):
            return self.between(node)
        if isinstance(node, exp.Like):
            return self.like(node)
        if isinstance(node, exp.Is):
            return self.unknown(node)
        return self.complain(start_of(node), "this is neither true nor false", "compare a trait with a value")

    def flag(self, node: exp.Column) -> str:
        """Return a boolean trait that stands by itself."""
        trait = self.trait(node)
        if trait and trait.type != "boolean":
            cure = f"compare it, for example {trait.name} is not null"
            return self.complain(start_of(node), f"{trait.name} is {A_TYPE[trait.type]}, not yes or no", cure)
        return _column(trait)

    def any_of(self, node: exp.Anonymous) -> str:
        """Return whether there are any of what a helper counts."""
        if called(node) not in HELPERS:
            return self.complain(start_of(node), "this is neither true nor false", "compare a trait with a value")
        counted = self.counted(node)
        return f"({_column(counted)} > 0)" if counted else "false"

    def of_audience(self, node: exp.Anonymous) -> str:
        """Return the condition of another audience; its holdout and its consent are not asked for."""
        told = node.expressions
        if len(told) != 1 or not is_text(told[0]) or self.audience is None:
            return self.complain(start_of(node), "in_audience takes one name", "write in_audience('gone_quiet')")
        found = self.audience(told[0].this)
        if isinstance(found, str):
            what, _, cure = found.partition("; ")
            return self.complain(start_of(node), what, cure)
        self.parameters += found.parameters
        self.traits |= found.traits
        self.asked |= found.asked
        return found.sql

    def counted(self, node: exp.Anonymous) -> Trait | None:
        """Return the number that a helper gives."""
        found = aggregate(node, lambda what, cure: self.complain(start_of(node), what, cure))
        if found is None:
            return None
        self.asked[found.trait.name] = found
        self.traits.add(found.trait.name)
        return found.trait

    def comparison(self, node: exp.Binary) -> str:
        """Return a comparison of a trait with a value or with another trait of its type."""
        left, right = node.left, node.right
        trait = self._judge(left, right)
        if trait is None:
            return "false"
        is_ordered = trait.type in ("integer", "money", "time", "date")
        if trait.type == "texts" or not (is_ordered or isinstance(node, EQUALITIES)):
            cure = f"write '…' in {trait.name}" if trait.type == "texts" else "use = or <>"
            what = f"{trait.name} is {A_TYPE[trait.type]} and cannot be compared with {COMPARISONS[type(node)]}"
            return self.complain(start_of(node), what, cure)
        return f"({self.operand(left, trait)} {COMPARISONS[type(node)]} {self.operand(right, trait)})"

    def _judge(self, left: exp.Expr, right: exp.Expr) -> Trait | None:
        """Return the trait that says what type a comparison has."""
        columns = [each for each in (left, right) if isinstance(each, exp.Column) or self._is_helper(each)]
        found = [self._fact(each) for each in columns]
        if not columns:
            self.complain(start_of(left), "this compares no trait", "put a trait on one side")
        return found[0] if found and None not in found else None

    def membership(self, node: exp.In) -> str:
        """Return `tier in ('gold', 'silver')` or `'vip' in groups`."""
        listed = node.args.get("field")
        if isinstance(listed, exp.Column):
            return self.contained(node.this, listed)
        values = node.expressions
        trait = self._judge(node.this, exp.Null())
        if trait is None or not values or node.args.get("query"):
            return "false" if trait is None else self.complain(start_of(node), "in needs a list", "write in ('a', 'b')")
        if trait.type in ("texts", "boolean"):
            what = f"{trait.name} is {A_TYPE[trait.type]} and cannot be looked up in a list"
            return self.complain(
                start_of(node), what, f"write '…' in {trait.name}" if trait.type == "texts" else "use ="
            )
        return f"({_column(trait)} in ({', '.join([self.operand(each, trait) for each in values])}))"

    def contained(self, value: exp.Expr, listed: exp.Column) -> str:
        """Return whether a list of texts has a text."""
        trait = self.trait(listed)
        if trait and trait.type != "texts":
            return self.complain(start_of(listed), f"{trait.name} is {A_TYPE[trait.type]}, not a list", "use =")
        if not is_text(value):
            return self.complain(start_of(value), "only a text can be looked up in a list", "write it in single quotes")
        self.parameters.append(value.this)
        return f"list_contains({_column(trait)}, ?)"

    def between(self, node: exp.Between) -> str:
        """Return `order_count between 2 and 5`, both ends included."""
        trait = self._judge(node.this, exp.Null())
        if trait is None:
            return "false"
        if trait.type not in ("integer", "money", "time", "date"):
            what = f"{trait.name} is {A_TYPE[trait.type]} and has no between"
            return self.complain(start_of(node), what, "use = or in")
        low, high = self.operand(node.args["low"], trait), self.operand(node.args["high"], trait)
        return f"({_column(trait)} between {low} and {high})"

    def like(self, node: exp.Like) -> str:
        """Return `city like 'Ant%'`."""
        trait = self._judge(node.this, exp.Null())
        if trait is None:
            return "false"
        if trait.type != "text" or not is_text(node.expression):
            what = f"{trait.name} is {A_TYPE[trait.type]} and like needs a text on both sides"
            return self.complain(start_of(node), what, "write a pattern in single quotes, or use =")
        self.parameters.append(node.expression.this)
        return f"({_column(trait)} {'not ' if node.args.get('negate') else ''}like ?)"

    def unknown(self, node: exp.Is) -> str:
        """Return `tier is null`: nobody knows."""
        trait = self._judge(node.this, exp.Null())
        if trait and not isinstance(node.expression, exp.Null):
            return self.complain(
                start_of(node), "after is there can only be null", f"write {trait.name} or not {trait.name}"
            )
        return f"({_column(trait)} is null)"

    def _is_helper(self, node: exp.Expr) -> bool:
        return self.audience is not None and isinstance(node, exp.Anonymous) and called(node) in HELPERS

    def _fact(self, node: exp.Expr) -> Trait | None:
        return self.counted(node) if isinstance(node, exp.Anonymous) else self.trait(cast("exp.Column", node))

    def trait(self, node: exp.Column) -> Trait | None:
        """Return the trait a column names."""
        name = node.name.lower()
        trait = self.catalogue.get(name)
        if trait is None or not isinstance(node.this, exp.Identifier) or node.table:
            cure = f"write {name}()" if name in FUNCTIONS else did_you_mean(name, self.catalogue)
            self.complain(start_of(node), f"{node.name}: unknown trait", cure)
            return None
        self.traits.add(name)
        return trait

    def operand(self, node: exp.Expr, trait: Trait) -> str:
        """Return one side of a comparison: a column of the type, or a `?` for a value that fits it."""
        if isinstance(node, exp.Column) or self._is_helper(node):
            other = self._fact(node)
            if other and other.type != trait.type:
                what = f"{other.name} is {A_TYPE[other.type]} and {trait.name} is {A_TYPE[trait.type]}"
                return self.complain(start_of(node), what, "compare traits of one type")
            return _column(other)
        value = self.value(node, trait)
        if value is not None:
            self.parameters.append(value)
        return "?"

    def value(self, node: exp.Expr, trait: Trait) -> Parameter | None:
        """Return a value that fits a trait, None after a complaint."""
        if isinstance(node, exp.Null):
            self.complain(start_of(node), f"{trait.name} is compared with null", f"write {trait.name} is null")
            return None
        found = value_of(node, trait.type)
        if found is None:
            what = f"{trait.name} is {A_TYPE[trait.type]} and is compared with {in_words(node)}"
            self.complain(start_of(node), what, CURES[trait.type])
        return found


def _chain(node: exp.Expr) -> list[exp.Expr]:
    """Return the parts of a long and, or a long or, without going deep."""
    kind, parts = type(node), []
    while type(node) is kind:
        parts.append(node.args["expression"])
        node = node.this
    return [node, *reversed(parts)]


def _column(trait: Trait | None) -> str:
    return f'"{trait.name}"' if trait else "false"
