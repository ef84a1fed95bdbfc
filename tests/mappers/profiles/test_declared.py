"""Declared traits over records: each against a small example worked out by hand, and against Python."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mappers.profiles.golden import golden
from mappers.profiles.traits import traits
from plugins.rules import CATALOGUE
from plugins.rules.load import load_rules
from tests.making import columnar, person, record, rows
from tests.mappers.profiles.test_traits import NOW, TIERS, ago, line, order

PEOPLE = {"till:1": "ann", "till:2": "bob", "web:1": "ann"}


def watch(engine: Any, *profiles: str) -> None:
    """Let these persons have said that what they look at on the site may be kept with the rest."""
    engine.execute("CREATE TABLE consent_state (profile_id TEXT, channel TEXT, purpose TEXT, state TEXT)")
    for profile in profiles:
        engine.execute("INSERT INTO consent_state VALUES (?, 'site', 'behaviour', 'granted')", [profile])


def told(
    tmp_path: Path, *records: Any, people: dict[str, str] | None = None, watched: str = "ann bob", **declared: str
) -> dict[str, Any]:
    """Return the traits of each profile, with these declared ones (name: text without description and examples)."""
    for name, text in declared.items():
        folder = tmp_path / "rules" / "traits"
        folder.mkdir(parents=True, exist_ok=True)
        example = "" if "quintile" in text else "examples: [{title: x, given: %s, expect: null}]\n"
        example = example % ("{}" if "cases" in text or "also_bought" in text else "[]") if example else ""
        (folder / f"{name}.yml").write_text(f"description: x\n{text}\n{example}", "utf-8")
    held = people or PEOPLE
    known = [person(key.partition(":")[2], key.partition(":")[0]) for key in held]
    with columnar(known, *records, members=held) as engine:
        golden(engine, {})
        watch(engine, *watched.split())
        traits(engine, NOW, TIERS, load_rules(tmp_path / "rules").declared)
        return {each["profile_id"]: each for each in rows(engine, "SELECT * FROM trait")}


def basket(key: str, customer: str | None, days: float, **fields: Any) -> Any:
    return record("basket", "web", key, customer_id=customer, updated_at=ago(days), **{"status": "open", **fields})


SOLD = [
    order("a", 1000, days=3), order("b", 3000, days=10), order("c", 500, days=400),
    order("d", 700, days=1, customer="2"),
    line("a1", "a", 1000, product_id="p1"), line("b1", "b", 1000, product_id="p1"),
    line("b2", "b", 2000, product_id="p2"), line("d1", "d", 700, product_id="p2", quantity_thousandths=3000),
    record("product", "till", "p1", name="Parka", brand="Vela", category="Coats"),
    record("product", "till", "p2", name="Boots", brand="Nordkap", category="Shoes"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "ann", "bob"),
    [
        ("of: order\ntake: count", 3, 1),
        ("of: order\ntake: count\nwithin: 30 days", 2, 1),
        ("of: order\ntake: exists\nwhere: total_minor > 2000", True, False),
        ("of: order\ntake: sum total_minor", 4500, 700),
        ("of: order\ntake: mean total_minor", 1500, 700),
        ("of: order\ntake: least total_minor", 500, 700),
        ("of: order\ntake: first total_minor", 500, 700),
        ("of: order\ntake: last total_minor", 1000, 700),
        ("of: order\ntake: greatest total_minor\nwhere: total_minor > 900", 3000, None),
        ("of: order\ntake: greatest total_minor\nwhere: total_minor > 900\notherwise: 0", 3000, 0),
        ("of: item\ntake: different brand", 2, 1),
        ("of: item\ntake: most brand", "Vela", "Nordkap"),
        ("of: item\ntake: sum pieces", 3, 3),
        ("of: item\ntake: last name\nwithin: 5 days", "Parka", "Boots"),
        ("of: item\ntake: count\nwhere: category = 'Shoes' and ordered_at >= ago('5 days')", 0, 1),
    ],
)
def test_facts_are_taken(tmp_path: Path, text: str, ann: Any, bob: Any) -> None:
    found = told(tmp_path, SOLD, asked=text)
    assert (found["ann"]["asked"], found["bob"]["asked"]) == (ann, bob)


def test_what_nobody_reports_is_unknown_of_everybody(tmp_path: Path) -> None:
    cases = "of: service_case\nwhere: closed_at is null\ntake: exists"
    assert {each["asked"] for each in told(tmp_path, SOLD, asked=cases).values()} == {None}
    case = record("service_case", "web", "c", customer_id="1", opened_at=ago(3), kind="Complaint")
    found = told(tmp_path, SOLD, case, asked=cases)
    assert (found["ann"]["asked"], found["bob"]["asked"]) == (True, False)


def test_a_basket_belongs_to_its_customer_or_to_the_one_who_has_its_address(tmp_path: Path) -> None:
    mine = [basket("b1", "1", 2, total_minor=5000), basket("b2", None, 1, email="bob@example.nl", total_minor=900)]
    shared = basket("b3", None, 1, email="both@example.nl", total_minor=77)
    addresses = [person("2", email="bob@example.nl"), person("1", email="both@example.nl"),
                 person("9", email="both@example.nl")]  # fmt: skip
    people = {**PEOPLE, "till:9": "cas"}
    with_addresses = {key: name for key, name in people.items() if key not in ("till:1", "till:2", "till:9")}
    folder = tmp_path / "rules" / "traits"
    folder.mkdir(parents=True)
    example = "examples: [{title: x, given: [], expect: null}]\n"
    (folder / "left.yml").write_text(f"description: x\nof: basket\ntake: last total_minor\n{example}", "utf-8")
    known = [person(key.partition(":")[2], key.partition(":")[0]) for key in with_addresses]
    with columnar(known, addresses, mine, shared, members=people) as engine:
        golden(engine, {})
        watch(engine)
        traits(engine, NOW, TIERS, load_rules(tmp_path / "rules").declared)
        found = {each["profile_id"]: each["left"] for each in rows(engine, "SELECT * FROM trait")}
    assert found == {"ann": 5000, "bob": 900, "cas": None}


def test_cases_go_in_order_and_build_on_other_traits(tmp_path: Path) -> None:
    found = told(
        tmp_path, SOLD, spent="of: order\ntake: sum total_minor",
        rank="cases:\n- {where: spent >= 4000 and fan, is: gold}\n- {where: spent >= 700, is: silver}",
        fan="cases:\n- {where: bought(brand => 'Vela') >= 2, is: true}",
    )  # fmt: skip
    assert [(found[who]["rank"], found[who]["fan"]) for who in ("ann", "bob")] == [("gold", True), ("silver", None)]


def test_fifths_rank_the_people_who_are_meant_and_equals_alike(tmp_path: Path) -> None:
    people = {f"till:{number}": f"p{number}" for number in range(12)}
    spent = [100, 200, 300, 300, 300, 400, 500, 600, 700, 800]
    orders = [order(f"o{number}", total, customer=str(number)) for number, total in enumerate(spent)]
    found = told(tmp_path, orders, people=people, fifth="quintile: revenue_minor\nwhere: order_count > 0")
    assert [found[f"p{number}"]["fifth"] for number in range(12)] == [1, 1, 2, 2, 2, 3, 4, 4, 5, 5, None, None]


def test_most_frequent_and_last_agree_with_python(tmp_path: Path) -> None:
    dice = random.Random(5)
    bought = [(dice.randrange(2, 500), dice.choice("abc"), dice.choice("12")) for _ in range(120)]
    products = [record("product", "till", key, brand=key.upper()) for key in "abc"]
    sold = [[order(str(n), 1, days=days, customer=who), line(f"l{n}", str(n), 1, product_id=key)]
            for n, (days, key, who) in enumerate(bought)]  # fmt: skip
    found = told(tmp_path, products, sold, top="of: item\ntake: most brand", newest="of: item\ntake: last brand")
    for who, name in (("1", "ann"), ("2", "bob")):
        mine = [(days, key.upper()) for days, key, whose in bought if whose == who]
        counts = Counter(key for _, key in mine)
        latest = {key: min(days for days, other in mine if other == key) for key in counts}
        assert found[name]["top"] == max(counts, key=lambda key: (counts[key], -latest[key], key))
        assert found[name]["newest"] == max((-days, key) for days, key in mine)[1]


def test_every_built_in_trait_is_there_beside_the_declared_ones(tmp_path: Path) -> None:
    found = told(tmp_path, SOLD, asked="of: order\ntake: count")
    assert CATALOGUE.keys() <= found["ann"].keys()


def test_rhythm_is_counted_between_days_with_an_order(tmp_path: Path) -> None:
    found = told(tmp_path, [order("a", 1, days=70), order("b", 1, days=40), order("c", 1, days=10)],
                 [order("d", 1, days=5, customer="2")], asked="of: order\ntake: count")  # fmt: skip
    assert (found["ann"]["purchase_rhythm_days"], found["bob"]["purchase_rhythm_days"]) == (30, None)
    assert found["ann"]["next_order_expected_at"].isoformat() == ago(-20)[:19]
    assert found["bob"]["next_order_expected_at"] is None


def test_who_bought_nothing_of_it_bought_none_where_purchases_are_read_at_all(tmp_path: Path) -> None:
    shoeless = "cases:\n- {where: bought(category => 'Shoes') = 0, is: true}\n- {where: bought() > 0, is: false}"
    found = told(tmp_path, SOLD, people={**PEOPLE, "till:9": "cas"}, shoeless=shoeless)
    assert [found[who]["shoeless"] for who in ("ann", "bob", "cas")] == [False, False, True]
    assert {each["shoeless"] for each in told(tmp_path, shoeless=shoeless).values()} == {None}


def test_what_somebody_looks_at_is_theirs_only_with_their_consent(tmp_path: Path) -> None:
    seen = [record("event", "web", key, customer_id="1", kind=kind, occurred_at=ago(1), product_id="p1")
            for key, kind in (("e1", "page_view"), ("e2", "add_to_cart"), ("e3", "review"))]  # fmt: skip
    counted = "of: event\ntake: count"
    assert told(tmp_path, *seen, acts=counted)["ann"]["acts"] == 3
    assert told(tmp_path, *seen, acts=counted, watched="bob")["ann"]["acts"] == 1  # a review is for all to see
