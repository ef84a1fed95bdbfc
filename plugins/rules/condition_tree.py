"""The text of a condition as sqlglot's tree; no word that the language does not have reaches the parser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from plugins.rules.catalogue import Catalogue

LONGEST = 4_000
DEEPEST = 20
MOST_NOTS = 2

FUNCTIONS = ("ago", "today", "bought", "viewed", "in_audience")
WORDS = {
    TokenType.VAR, TokenType.STRING, TokenType.NUMBER, TokenType.AND, TokenType.OR, TokenType.NOT, TokenType.IN,
    TokenType.BETWEEN, TokenType.IS, TokenType.NULL, TokenType.TRUE, TokenType.FALSE, TokenType.LIKE, TokenType.EQ,
    TokenType.NEQ, TokenType.LT, TokenType.LTE, TokenType.GT, TokenType.GTE, TokenType.L_PAREN, TokenType.R_PAREN,
    TokenType.COMMA, TokenType.DASH, TokenType.FARROW,
}  # fmt: skip
GRAMMAR = "use and, or, not, =, <>, <, <=, >, >=, in, between, like, is null, ago('90 days') and today()"
BINARY = {"this", "expression"}
PARTS: dict[type[exp.Expr], set[str]] = {
    exp.And: BINARY, exp.Or: BINARY, exp.EQ: BINARY, exp.NEQ: BINARY, exp.LT: BINARY, exp.LTE: BINARY, exp.GT: BINARY,
    exp.GTE: BINARY, exp.Is: BINARY, exp.Like: {*BINARY, "negate"}, exp.In: {"this", "expressions", "field"},
    exp.Between: {"this", "low", "high"}, exp.Not: {"this"}, exp.Paren: {"this"}, exp.Neg: {"this"},
    exp.Column: {"this"}, exp.Identifier: {"this"}, exp.Literal: {"this", "is_string"}, exp.Boolean: {"this"},
    exp.Null: set(), exp.Anonymous: {"this", "expressions"}, exp.CurrentDate: set(),
    exp.Kwarg: BINARY, exp.Var: {"this"},
}  # fmt: skip

Complain = Callable[[int, str, str], Any]
"""Takes the offset in the text, what is wrong, and the cure."""


def read(text: str, catalogue: Catalogue, complain: Complain) -> exp.Expr | None:
    """Return the tree of a condition, made of `PARTS` only, or None after complaints."""
    tokens = _tokens(text, complain)
    if tokens is None or not _is_language(tokens, catalogue, complain):
        return None
    tree = _parsed(tokens, text, complain)
    strange = [each for each in tree.walk() if not _is_known(each)] if tree else []
    for each in strange:
        complain(start_of(each), "this is not part of the language", GRAMMAR)
    return None if strange else tree


def start_of(node: exp.Expr) -> int:
    """Return where in the text the first word of an expression stands."""
    return min((each.meta["start"] for each in node.walk() if "start" in each.meta), default=0)


def _tokens(text: str, complain: Complain) -> list[Token] | None:
    if len(text) > LONGEST:
        complain(0, f"the condition is longer than {LONGEST} letters", "split the rule")
        return None
    if not all(letter.isprintable() or letter.isspace() for letter in text):
        complain(0, "the condition has a letter that cannot be read", "remove control characters")
        return None
    try:
        tokens = Dialect.get_or_raise("duckdb").tokenize(text)
    except TokenError:
        complain(0, "the condition has a quote that is not closed", "close it with '")
        return None
    if not tokens:
        complain(0, "the condition is empty", "say who is meant")
    return tokens or None


def _is_language(tokens: list[Token], catalogue: Catalogue, complain: Complain) -> bool:
    depth = nots = mistakes = 0
    for token in tokens:
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        nots = nots + 1 if token.token_type in (TokenType.NOT, TokenType.DASH) else 0
        if depth > DEEPEST or nots > MOST_NOTS:
            complain(token.start, "the condition is nested too deep", "flatten it")
            return False
        if token.text.lower() in catalogue and token.token_type not in (TokenType.STRING, TokenType.IDENTIFIER):
            token.token_type = TokenType.VAR  # a trait may be called like a word of SQL
        if token.token_type not in WORDS:
            mistakes += 1
            is_quoted = token.token_type == TokenType.IDENTIFIER
            what = "stands in double quotes" if is_quoted else "is not part of the language"
            complain(
                token.start, f"'{token.text[:40]}' {what}", "texts stand in single quotes" if is_quoted else GRAMMAR
            )
    return not mistakes


def _parsed(tokens: list[Token], text: str, complain: Complain) -> exp.Expr | None:
    try:
        trees = Dialect.get_or_raise("duckdb").parser().parse(tokens, text)
    except ParseError as mistake:
        complain(_offset(mistake, text), "the condition cannot be read here", GRAMMAR)
        return None
    return trees[0]


def _is_known(node: Any) -> bool:
    return type(node) in PARTS and {name for name, part in node.args.items() if part} <= PARTS[type(node)]


def _offset(mistake: ParseError, text: str) -> int:
    """Return where the parser stopped."""
    first = mistake.errors[0] if mistake.errors else {}
    lines = text.split("\n")
    line = int(first.get("line") or 1) - 1
    end = sum(len(each) + 1 for each in lines[:line]) + int(first.get("col") or 1) - 1
    return max(0, min(end - max(len(first.get("highlight") or "") - 1, 0), len(text) - 1))
