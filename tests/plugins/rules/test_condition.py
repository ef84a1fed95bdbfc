"""Conditions: what they mean, what they refuse, and that nothing of them reaches the SQL text."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plugins.rules import CATALOGUE as BUILT_IN
from plugins.rules import DUCKDB_TYPES, RulesError, Trait, compile_condition
from plugins.rules.complaint import Complaint

DECLARED = ("has_open_case", "has_open_basket")
CATALOGUE = {**BUILT_IN, **{name: Trait(name, "boolean", "declared") for name in DECLARED}}

NOW = datetime(2026, 7, 1, 10, tzinfo=UTC)
ANN: dict[str, Any] = {
    "tier": "gold",
    "city": "Antwerpen",
    "order_count": 3,
    "revenue_minor": -500,
    "has_open_basket": True,
    "groups": ["vip", "staff"],
    "birth_date": date(1984, 3, 9),
    "last_order_at": datetime(2026, 6, 1, 12, tzinfo=UTC),
}


def is_in(text: str, person: dict[str, Any] | None = None) -> bool:
    condition = compile_condition(text, CATALOGUE)
    who = ANN if person is None else person
    columns = ", ".join(f'cast(? as {DUCKDB_TYPES[CATALOGUE[name].type]}) as "{name}"' for name in condition.traits)
    values = [who.get(name) for name in condition.traits]
    with duckdb.connect(":memory:") as engine:
        found = engine.execute(f"select {condition.sql} from (select {columns})", [*condition.bind(NOW), *values])
        row = found.fetchone()
    assert row is not None
    assert row[0] in (True, False)
    return bool(row[0])


@pytest.mark.parametrize(
    "text",
    [
        "tier in ('gold', 'silver')",
        "tier not in ('bronze')",
        "TIER = 'gold' AND order_count >= 3",
        "city like 'Ant%' and city not like 'Gent%'",
        "order_count between 2 and 5 and order_count not between 4 and 5",
        "revenue_minor = -500",
        "5 > order_count",
        "has_open_basket and has_open_basket = true and not has_open_basket = false",
        "'vip' in groups and 'b2b' not in groups",
        "language is null and tier is not null",
        "last_order_at < ago('2 weeks') and last_order_at > ago('3 months')",
        "last_order_at between '2026-06-01' and '2026-06-02' and last_order_at < today()",
        "last_order_at >= '2026-06-01T14:00:00+02:00'",
        "birth_date <= ago('18 years') and birth_date = '1984-03-09' and today() > birth_date",
        "tier = 'silver' or (order_count = 3 and not (city = 'Gent'))",
        "language = 'nl' or tier = 'gold'",
    ],
)
def test_takes_in_whom_it_describes(text: str) -> None:
    assert is_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "has_open_case",
        "not has_open_case",
        "not (has_open_case)",
        "not (has_open_case and tier = 'gold')",
        "language = 'nl'",
        "language <> 'nl'",
        "not (language = 'nl')",
        "language not in ('nl', 'fr')",
        "not (language like 'n%')",
        "first_order_at < ago('1 day')",
        "not (first_order_at between '2026-01-01' and today())",
        "tier = 'gold' and not has_open_case",
    ],
)
def test_unknown_is_never_true(text: str) -> None:
    assert not is_in(text)
    assert not is_in(text, {})


def test_counts_from_the_moment_it_is_given() -> None:
    condition = compile_condition(
        "last_order_at < ago('1 month') and birth_date < today() and tier = 'gold'", CATALOGUE
    )
    assert condition.bind(datetime(2026, 3, 31, 23, 30, tzinfo=UTC)) == [
        datetime(2026, 2, 28, 23, 30, tzinfo=UTC),
        date(2026, 4, 1),  # it is past midnight in the shops
        "gold",
    ]
    assert condition.traits == {"last_order_at", "birth_date", "tier"}


TEXTS = st.text(max_size=20)


@settings(deadline=None)
@given(TEXTS, st.integers(-(2**63) + 1, 2**63 - 1))
@example("'; drop table profiles; --", 0)
@example("?", 1)
def test_no_value_changes_the_sql_text(text: str, number: int) -> None:
    quoted = text.replace("'", "''")
    try:
        found = compile_condition(
            f"tier = '{quoted}' and order_count in ({number}, 7) and '{quoted}' in groups", CATALOGUE
        )
    except RulesError as wrong:
        assert [each.what for each in wrong.complaints] == ["the condition has a letter that cannot be read"]
        return
    prepared = compile_condition("tier = 'x' and order_count in (1, 7) and 'x' in groups", CATALOGUE)
    assert found.sql == prepared.sql
    assert found.parameters == [text, number, 7, text]


WORDS = st.sampled_from(
    [
        *(
            "tier",
            "order_count",
            "groups",
            "last_order_at",
            "has_open_case",
            "teir",
            "and",
            "or",
            "not",
            "in",
            "between",
        ),
        *(
            "is",
            "null",
            "like",
            "=",
            "<>",
            "<",
            "(",
            ")",
            ",",
            "-",
            "'gold'",
            "5",
            "2.5",
            "ago(",
            "today()",
            "'90 days'",
        ),
        *(
            "true",
            "select",
            "case",
            "when",
            "exists",
            ";",
            "::",
            "||",
            "*",
            "+",
            '"x"',
            "--",
            "/*",
            "$1",
            "?",
            "@",
            "[",
        ),
        *("]", "{", "}", ".", "cast", "interval", "array", "escape", "symmetric", "collate", "over", "at", "date"),
    ]
)
QUERIES = st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=14).map(" ".join))


@settings(deadline=None)
@given(QUERIES)
@example("not " * 900 + "tier")
@example("(" * 1500)
@example("order_count = " + "-" * 2000 + "1")
@example("tier = 'a' and " * 250 + "tier = 'b'")
@example("tier in (" + "'a'," * 900 + "'b')")
@example("\x00")
def test_no_text_does_more_than_draw_a_complaint(text: str) -> None:
    try:
        found = compile_condition(text, CATALOGUE)
    except RulesError as wrong:
        assert wrong.complaints
        assert all(type(each) is Complaint and each.line > 0 and each.col > 0 for each in wrong.complaints)
    else:
        assert re.fullmatch(r'[a-z0-9_"?(),<>= ]+', found.sql)
        assert found.sql.count("?") == len(found.parameters)


ATOMS = st.sampled_from(
    [
        "tier = 'gold'",
        "tier <> 'gold'",
        "tier not in ('a', 'b')",
        "tier is not null",
        "city like 'Ant%'",
        "city not like 'G%'",
        "order_count < 3",
        "3 >= order_count",
        "order_count between 1 and 3",
        "order_count not between 2 and 3",
        "language is null",
        "language = 'nl'",
        "has_open_case",
        "has_open_basket",
    ]
)
JOINED = st.sampled_from(["and", "or"])
TREES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, JOINED, inner).map(" ".join), inner.map("({})".format), inner.map("not ({})".format)
    ),
    max_leaves=6,
)
ROW = (
    "select 'gold' as tier, 'Antwerpen' as city, cast(null as varchar) as language, 3 as order_count, "
    "cast(null as boolean) as has_open_case, true as has_open_basket"
)


@settings(deadline=None)
@given(TREES)
def test_means_what_the_engine_would_have_read(text: str) -> None:
    with duckdb.connect(":memory:") as engine:
        said = engine.execute(f"select coalesce({text}, false) from ({ROW})").fetchone()
    assert said == (is_in(text),)


BAD = [line.split(" | ") for line in (Path(__file__).parent / "bad_conditions.txt").read_text("utf-8").splitlines()[1:]]


@pytest.mark.parametrize(("text", "complaints"), [(text.replace("\\n", "\n"), said) for text, *said in BAD])
def test_says_what_is_wrong_and_where(text: str, complaints: list[str]) -> None:
    with pytest.raises(RulesError) as wrong:
        compile_condition(text, CATALOGUE)
    said = [str(each).removeprefix("condition:") for each in wrong.value.complaints]
    assert len(said) == len(complaints), said
    for line, start in zip(said, complaints, strict=True):
        assert line.startswith(start), line
