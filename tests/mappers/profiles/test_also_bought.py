"""What others also bought, over records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.making import record
from tests.mappers.profiles.test_declared import told
from tests.mappers.profiles.test_traits import line, order

ALSO = "also_bought: {common_buyers: 2}\nwhere: total_minor > 0\nwithin: 1 year"
PEOPLE = {f"till:{number}": f"p{number}" for number in range(5)}
GOODS = [record("product", "till", key, name=name) for key, name in (("t", "Tent"), ("l", "Lantern"))]


def receipt(number: int, goods: str, days: float = 9, paid: int = 5) -> list[Any]:
    """Return somebody's receipt with these products, by their letters."""
    key = f"{number}:{days}"
    lines = [line(f"{key}{each}", key, paid, product_id=each) for each in goods]
    return [order(key, 5, days, customer=str(number)), *lines]


def lists(tmp_path: Path, *receipts: list[Any], text: str = ALSO) -> dict[str, Any]:
    found = told(tmp_path, GOODS, receipts, people=PEOPLE, also=text)
    return {name: each["also"] for name, each in found.items()}


def test_people_are_told_what_others_bought_with_the_same(tmp_path: Path) -> None:
    found = lists(tmp_path, receipt(0, "t"), receipt(1, "tl"), receipt(2, "t"), receipt(2, "l", days=30))
    assert found == {"p0": ["Lantern"], "p1": [], "p2": [], "p3": [], "p4": []}


def test_what_nobody_reports_leaves_every_list_unknown(tmp_path: Path) -> None:
    assert set(lists(tmp_path).values()) == {None}


def test_what_was_brought_back_is_not_told(tmp_path: Path) -> None:
    back = receipt(0, "l", days=2, paid=-5)
    assert lists(tmp_path, receipt(0, "t"), back, receipt(1, "tl"), receipt(2, "tl"))["p0"] == []


def test_the_product_may_be_told_by_its_id(tmp_path: Path) -> None:
    by_id = ALSO.replace("{", "{tell: product, ")
    found = lists(tmp_path, receipt(0, "t"), receipt(1, "tl"), receipt(2, "tl"), text=by_id)
    assert found["p0"] == ["l"]


def test_a_condition_may_ask_for_what_is_told(tmp_path: Path) -> None:
    receipts = [receipt(0, "t"), receipt(1, "tl"), receipt(2, "tl")]
    cases = "cases:\n- {where: \"'Lantern' in also\", is: true}"
    found = told(tmp_path, GOODS, receipts, people=PEOPLE, also=ALSO, lit=cases)
    assert [found[f"p{number}"]["lit"] for number in range(3)] == [True, None, None]


def test_nothing_is_worked_out_where_it_is_not_declared(tmp_path: Path) -> None:
    found = told(tmp_path, GOODS, receipt(0, "t"), people=PEOPLE, count="of: item\ntake: count")
    assert "also" not in found["p0"]


def test_a_size_is_told_by_the_name_of_what_it_is_a_size_of(tmp_path: Path) -> None:
    sizes = [record("product", "till", key, name=key.upper(), parent_id="l") for key in "sm"]
    receipts = [receipt(0, "t"), receipt(1, "ts"), receipt(2, "tm")]
    found = told(tmp_path, GOODS, sizes, receipts, people=PEOPLE, also=ALSO)
    assert found["p0"]["also"] == ["Lantern"]
