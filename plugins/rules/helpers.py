"""Helpers of a condition: `bought(category => 'Thriller', within => '30 days')` counts facts of a person."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp

from plugins.rules.catalogue import Trait
from plugins.rules.compiled import Condition
from plugins.rules.complaint import did_you_mean
from plugins.rules.declared import Aggregate
from plugins.rules.facts import KINDS
from plugins.rules.moments import span

HELPERS: Mapping[str, tuple[str, str]] = {
    "bought": ("item", 'coalesce("total_minor" > 0, false)'),
    "viewed": ("event", "coalesce(\"kind\" IN ('page_view', 'product_view'), false)"),
}
"""The kind of fact that a helper counts, and which of them."""
NARROWS = ("category", "brand", "product", "name", "channel")
ARGUMENTS = (*NARROWS, "within")
Complain = Callable[[str, str], Any]
"""Takes what is wrong, and the cure."""


def called(node: exp.Anonymous) -> str:
    """Return the name of the function that is called."""
    return str(node.this).lower()


def aggregate(node: exp.Anonymous, complain: Complain) -> Aggregate | None:
    """Return what a call counts, None after a complaint."""
    name = called(node)
    texts: dict[str, str] = {}
    for each in node.expressions:
        key = each.this.name.lower() if isinstance(each, exp.Kwarg) else ""
        value = each.expression if key in ARGUMENTS else None
        if not isinstance(value, exp.Literal) or not value.is_string:
            cure = did_you_mean(key, ARGUMENTS) if key else f"write {name}(category => 'Thriller')"
            complain(f"{name} takes texts by name: {', '.join(ARGUMENTS)}", cure)
            return None
        texts[key] = value.this
    told = texts.pop("within", None)
    within = None if told is None else span(told)
    if told is not None and within is None:
        complain(f"within: '{told[:40]}' is no span of time", "write within => '30 days'")
        return None
    kind, which = HELPERS[name]
    sql = " AND ".join([which, *(f'coalesce("{fact}" = ?, false)' for fact in texts)])
    mark = hashlib.sha256(repr((name, sorted(texts.items()), told)).encode()).hexdigest()[:12]
    trait = Trait(f"{name}_{mark}", "integer", _spoken(name, texts, told), KINDS[kind].entity)
    return Aggregate(trait, KINDS[kind], "count", None, Condition(sql, list(texts.values()), set(texts)), within, 0)


def _spoken(name: str, texts: Mapping[str, str], within: str | None) -> str:
    """Return the call as a rule would write it."""
    told = {**texts, **({"within": within} if within else {})}
    return f"{name}({', '.join(f'{key} => {value!r}' for key, value in told.items())})"
