"""The language of the argument `query`: terms, comparators, AND, OR, NOT and brackets.

https://shopify.dev/docs/api/usage/search-syntax
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from plugins.sandbox.shopify.names import PREFIX, moment

TOKEN = re.compile(
    r"""\s*(?:(?P<bracket>[()])
    |(?P<minus>-(?=\S))
    |(?P<field>\w+)\s*:\s*(?P<operator><=|>=|<|>)?\s*(?P<value>'[^']*'|"[^"]*"|[^\s()]+)
    |(?P<word>'[^']*'|"[^"]*"|[^\s()]+))""",
    re.VERBOSE,
)
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "": operator.eq,
}  # fmt: skip
Test = Callable[[Any], bool]
Filters = Mapping[str, Callable[[Any], Any]]
"""What a filter looks at in a row: a value, several values, or None."""
IGNORED = "Invalid search field for this query."


class Search:
    """One search over rows of one kind; `warnings` names the filters it ignored."""

    def __init__(self, text: str, filters: Filters) -> None:
        self.text, self.filters = text, filters
        self.warnings: list[dict[str, str]] = []
        self.tokens = list(self._tokens(text))
        self.fits: Test = self._either() if self.tokens else lambda _row: True

    @staticmethod
    def _tokens(text: str) -> Iterator[re.Match[str]]:
        at = 0
        while text[at:].strip() and (found := TOKEN.match(text, at)):
            yield found
            at = found.end()

    def _either(self) -> Test:
        tests = [self._both()]
        while self._next_is("OR"):
            self.tokens.pop(0)
            tests.append(self._both())
        return lambda row: any(test(row) for test in tests)

    def _both(self) -> Test:
        tests: list[Test] = []
        while self.tokens and not self._next_is("OR") and self.tokens[0]["bracket"] != ")":
            if self._next_is("AND"):
                self.tokens.pop(0)
                continue
            tests.append(self._one())
        return lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        token = self.tokens.pop(0)
        if token["minus"] or token["word"] == "NOT":
            inner = self._one() if self.tokens else lambda _row: False
            return lambda row: not inner(row)
        if token["bracket"]:
            within = self._either()
            if self.tokens:
                self.tokens.pop(0)
            return within
        if token["word"]:
            wanted = _bare(token["word"]).lower()
            return lambda row: wanted in str(self.filters["default"](row)).lower()
        return self._term(token["field"], token["operator"] or "", _bare(token["value"]))

    def _term(self, name: str, sign: str, text: str) -> Test:
        look = self.filters.get(name)
        if look is None:  # the vendor ignores what it does not know, so that everything fits
            self.warnings.append({"field": name, "message": IGNORED, "code": "invalid_field"})
            return lambda _row: True
        return lambda row: any(_holds(value, sign, text) for value in _values(look(row)))

    def _next_is(self, word: str) -> bool:
        return bool(self.tokens) and self.tokens[0]["word"] == word


def _values(found: Any) -> list[Any]:
    return list(found) if isinstance(found, list | tuple | set) else [found]


def _bare(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _holds(value: Any, sign: str, text: str) -> bool:
    if value is None:
        return False
    if text == "*":
        return str(value) != ""
    if isinstance(value, datetime):  # times are compared at the precision of a second
        return COMPARE[sign](value.replace(microsecond=0), moment(text).replace(microsecond=0))
    if isinstance(value, bool):
        return bool(value) is (text.lower() == "true")
    if isinstance(value, int | Decimal):
        return _compares(value, sign, text.rpartition("/")[2] if text.startswith(PREFIX) else text)
    held, wanted = str(value).lower(), text.lower()
    return held.startswith(wanted[:-1]) if wanted.endswith("*") else COMPARE[sign](held, wanted)


def _compares(value: Any, sign: str, text: str) -> bool:
    try:
        return COMPARE[sign](Decimal(value), Decimal(text))
    except InvalidOperation:
        return False
