"""Points are whole numbers of one unit: no float comes near the ledger, and no unit into an account of another."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from mappers.loyalty.holders import settle
from mappers.loyalty.posting import NotPostable, Posting, post
from plugins.store.engine import Store
from plugins.store.loyalty_tables import APPEND_ONLY, ledger_entry, loyalty_account, loyalty_event
from tests.making import stored
from tests.mappers.loyalty.test_posting import LATER, happen, sound, standing
from tests.mappers.loyalty.world import burn, earn

ROOT = Path(__file__).parents[3]
LEDGER = (
    *sorted((ROOT / "mappers/loyalty").glob("*.py")),
    *sorted((ROOT / "plugins/api").glob("*.py")),
    *(ROOT / name for name in ("plugins/store/loyalty_tables.py", "plugins/rules/loyalty.py")),
)
CODE = [path for room in ("plugins", "taps", "targets", "mappers") for path in sorted((ROOT / room).rglob("*.py"))]
FLOATING = re.compile(r"[^/'\"<:]/[^/'\"]|\b(double|float|real|decimal|numeric|avg)\b", re.IGNORECASE)
STATEMENT = re.compile(r"^\s*(SELECT|INSERT|WITH|CREATE|UPDATE|DELETE)\b", re.MULTILINE)


def floats(tree: ast.AST) -> Iterator[int]:
    """Give the lines on which a number may become a float."""
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=float() | complex()):
                yield node.lineno
            case ast.Constant(value=str(said)) if STATEMENT.search(said) and FLOATING.search(said):
                yield node.lineno
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                yield node.lineno
            case ast.Call(func=ast.Name(id="float" | "Decimal" | "round")):
                yield node.lineno


@pytest.mark.parametrize("path", LEDGER, ids=lambda path: str(path.relative_to(ROOT)))
def test_l14_no_float_is_written_in_the_code_of_the_ledger(path: Path) -> None:
    assert list(floats(ast.parse(path.read_text("utf-8")))) == []


FLOATS = ("x = 0.5", "x = y / 2", "x /= 2", "float(x)", "round(x)", "S = 'SELECT a / 2 FROM t'", "S = 'SELECT avg(x)'")


@pytest.mark.parametrize("code", FLOATS)
def test_what_may_become_a_float_is_seen(code: str) -> None:
    assert list(floats(ast.parse(code))) == [1]


@pytest.mark.parametrize("amount", [1.0, 0.5, float("nan"), Decimal(5), "5", True, None, -1, 2**63, 10**30], ids=repr)
def test_l14_an_amount_that_is_no_size_is_refused_before_anything_is_written(store: Store, amount: Any) -> None:
    with pytest.raises(NotPostable, match=r"^event e: its amount is not a whole number from 0 to \d+; give points"):
        happen(store, "ann", [earn("fine", 5), earn("e", amount)])
    assert stored(store, loyalty_event) == stored(store, ledger_entry) == []


def test_every_amount_that_is_no_size_is_named_at_once(store: Store) -> None:
    with pytest.raises(NotPostable) as refused:
        happen(store, "ann", [earn("e", -1), earn("f", 2**63)])
    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == ["event e", "event f"]


def test_the_largest_amount_there_is_can_be_booked_and_spent(store: Store) -> None:
    account = happen(store, "ann", [earn("e", 2**63 - 1), burn("b", 2**63 - 2)])
    assert standing(store, account) == {"available": 1}
    sound(store)


def test_l2_points_never_touch_an_account_of_a_currency(store: Store) -> None:
    gift = ("voucher", "GIFT1")
    with store.writing() as connection:
        voucher = settle(connection, {gift: "voucher:GIFT1"}, "EUR")[gift]
        post(connection, {voucher.account: [Posting(earn("v", 2500), voucher.subject, "till", "EUR")]}, LATER)
    with pytest.raises(NotPostable, match="points into an account of EUR"), store.writing() as connection:
        post(connection, {voucher.account: [Posting(burn("b", 1), voucher.subject, "till")]}, LATER)
    assert standing(store, voucher.account) == {"available": 2500}
    assert {each["unit"] for each in stored(store, loyalty_event)} == {"EUR"}


def test_l2_every_entry_is_of_the_unit_of_its_account_and_its_event(store: Store) -> None:
    happen(store, "ann", [earn("e", 100), burn("b", 30)])
    with store.writing() as connection:
        gift = settle(connection, {("voucher", "G"): "voucher:G"}, "EUR")["voucher", "G"]
        post(connection, {gift.account: [Posting(earn("v", 500), gift.subject, "till", "EUR")]}, LATER)
        mixed = (
            select(func.count()).select_from(ledger_entry)
            .join(loyalty_account, loyalty_account.c.id == ledger_entry.c.account)
            .join(loyalty_event, loyalty_event.c.key == ledger_entry.c.event)
            .where((ledger_entry.c.unit != loyalty_account.c.unit) | (ledger_entry.c.unit != loyalty_event.c.unit))
        )  # fmt: skip
        assert connection.execute(mixed).scalar() == 0
    sound(store)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_l3_no_statement_of_ours_changes_or_deletes_what_is_appended(table: str) -> None:
    said = re.compile(rf"(update|delete)\(\s*{table}\b|{table}\.(update|delete)\(|"
                      rf"(?i:(update|delete\s+from|truncate(\s+table)?)\s+(origin\.)?\"?{table}\b)")  # fmt: skip
    guilty = [path for path in CODE if "migrations" not in path.parts and said.search(path.read_text("utf-8"))]
    assert guilty == []
