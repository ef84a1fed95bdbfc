"""Values in conditions: what a trait of each type may be compared with."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from plugins.rules.compiled import Parameter
from plugins.rules.condition_tree import FUNCTIONS
from plugins.rules.moments import Kind, Today, fixed, span

LARGEST = 2**63 - 1
CURES = {
    "text": "write a text in single quotes",
    "integer": "write a whole number",
    "money": "write whole cents",
    "boolean": "write true or false",
    "time": "write ago('90 days'), today() or '2026-01-31'",
    "date": "write ago('18 years'), today() or '2026-01-31'",
}


def value_of(node: exp.Expr, kind: str) -> Parameter | None:
    """Return a value that fits a trait of a type, None where it does not."""
    if kind in ("time", "date"):
        return _moment(node, "time" if kind == "time" else "date")
    if kind == "text":
        return node.this if is_text(node) else None
    if kind == "boolean":
        return bool(node.this) if isinstance(node, exp.Boolean) else None
    return _number(node)


def _moment(node: exp.Expr, kind: Kind) -> Parameter | None:
    """Return `ago('90 days')`, `today()` or an ISO day or time."""
    if isinstance(node, exp.CurrentDate):
        return Today(kind) if node.this is None else None
    if isinstance(node, exp.Anonymous) and str(node.this).lower() == "ago":
        told = node.expressions
        return span(told[0].this, kind) if len(told) == 1 and is_text(told[0]) else None
    return fixed(node.this, kind) if is_text(node) else None


def is_text(node: Any) -> bool:
    """Tell whether something is a text in single quotes."""
    return isinstance(node, exp.Literal) and node.is_string


def _number(node: exp.Expr) -> int | None:
    if isinstance(node, exp.Neg):
        number = _number(node.this)
        return None if number is None else -number
    if not isinstance(node, exp.Literal) or node.is_string or not node.this.isdecimal() or len(node.this) > 19:
        return None
    number = int(node.this)
    return number if number <= LARGEST else None


def in_words(node: exp.Expr) -> str:
    """Return what a value is, in words."""
    if isinstance(node, exp.Anonymous | exp.CurrentDate):
        is_known = isinstance(node, exp.CurrentDate) or str(node.this).lower() in FUNCTIONS
        return "a moment" if is_known else f"the unknown function {node.this}"
    if isinstance(node, exp.Literal):
        return f"the text '{str(node.this)[:40]}'" if node.is_string else f"the number {str(node.this)[:40]}"
    return "yes or no" if isinstance(node, exp.Boolean) else "something that is no value"
