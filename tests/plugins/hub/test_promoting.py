"""What a channel may tell everybody of promotions: only those that are named, and only what is known of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plugins.hub.destinations import channels, record_channels
from plugins.hub.meaning import read_meaning
from plugins.hub.plans import Hub, planned
from plugins.rules.complaint import RulesError
from plugins.store.engine import Store
from tests.making import at, clock_at, hub_on, keep, record
from tests.plugins.hub.test_bringing import DAY, entered, rows, told

GOOGLE = "google_merchant"
RULES = """\
promotions:
  HERFST:
    source: till
    promotion: '7'
    title: 10% korting
    benefit: {percent: 10%}
    places: [shop, web]
    products: all
    country: NL
    page: https://shop.example/herfst
    to: [google_merchant]
"""


@pytest.fixture
def hub(store: Store, rules: Path) -> Iterator[Hub]:
    """A till with one promotion that runs."""
    (rules / "promotions.yml").write_text(RULES)
    keep(store, promotion("7"))
    yield replace(hub_on(store, rules), records=record_channels(), clock=clock_at(DAY))


def promotion(key: str, name: str = "Herfst", ends: float = 5 * DAY, **fields: Any) -> dict[str, Any]:
    told = {"name": name, "starts_at": at(0), "ends_at": at(ends), **fields}
    return record("promotion", "till", key, **told)


def left_out(hub: Hub) -> list[tuple[str, str]]:
    with planned(hub, GOOGLE) as (_, made, _):
        return [(each["what"], each["why"]) for each in made.left_out]


def ruled(hub: Hub, rules: Path, text: str) -> Hub:
    (rules / "promotions.yml").write_text(text)
    return replace(hub, meaning=read_meaning(rules))


def test_a_promotion_that_is_named_is_told_once_with_the_days_of_the_till(hub: Hub) -> None:
    (row,) = rows(hub, GOOGLE)
    assert (row["operation"], row["wire_id"], row["profile_id"]) == ("add", "promotion:HERFST", "")
    assert {name: value for name, value in row["payload"].items() if value is not None} == {
        "kind": "promotion", "id": "HERFST", "source": "till", "promotion": "7", "title": "10% korting",
        "percent": 10, "currency": "EUR", "places": ["shop", "web"], "products": "all", "country": "NL",
        "page": "https://shop.example/herfst", "starts_at": "2026-03-02T09:00:00Z", "ends_at": "2026-03-07T09:00:00Z",
    }  # fmt: skip
    entered(hub, GOOGLE)
    assert told(hub, GOOGLE) == []


def test_another_end_is_told_and_one_that_is_over_needs_no_word(hub: Hub) -> None:
    entered(hub, GOOGLE)
    keep(hub.store, promotion("7", ends=6 * DAY, changed_at=at(1)))
    assert told(hub, GOOGLE) == [("change", "promotion:HERFST")]
    entered(hub, GOOGLE)
    assert told(replace(hub, clock=clock_at(7 * DAY)), GOOGLE) == []


def test_one_that_is_not_told_any_more_ends_now_and_only_once(hub: Hub, rules: Path) -> None:
    entered(hub, GOOGLE)
    now = ruled(hub, rules, "promotions: {}\n")
    (gone,) = rows(now, GOOGLE, lane="removals")
    assert (gone["operation"], gone["payload"]["ends_at"]) == ("remove", "2026-03-03T09:00:00Z")
    entered(now, GOOGLE, state="unknown")
    assert told(now, GOOGLE) == [("remove", "promotion:HERFST")]
    entered(now, GOOGLE)
    assert told(replace(now, clock=clock_at(DAY + 1)), GOOGLE) == []
    assert told(replace(hub, clock=clock_at(DAY + 1)), GOOGLE) == [("change", "promotion:HERFST")]


def test_one_that_has_not_begun_ends_before_it_does(hub: Hub, rules: Path) -> None:
    keep(hub.store, promotion("7", starts_at=at(2 * DAY), changed_at=at(1)))
    entered(hub, GOOGLE)
    (gone,) = rows(ruled(hub, rules, "promotions: {}\n"), GOOGLE)
    assert (gone["payload"]["starts_at"], gone["payload"]["ends_at"]) == (
        "2026-03-03T08:59:00Z", "2026-03-03T09:00:00Z",
    )  # fmt: skip


def test_what_cannot_be_told_truly_is_left_out_and_the_plan_says_why(hub: Hub, rules: Path) -> None:
    keep(hub.store, promotion("8", "Ledenactie"), promotion("9", "Oud", ends=0.5), promotion("7", ends_at=None))
    assert told(hub, GOOGLE) == []
    assert left_out(hub) == [
        ("HERFST", "till does not tell from when until when"),
        ("till 8 Ledenactie", "promotions.yml does not say what it is worth, and that anybody may use it"),
    ]
    other = ruled(hub, rules, RULES.replace("'7'", "'70'"))
    assert ("HERFST", "till reports no promotion 70") in left_out(other)


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("title: 10% korting", "title: " + "x" * 61, "5:12: title: "),
        ("  HERFST:", "  HERFST 26:", "2:3: HERFST 26: "),
        ("country: NL", "country: BE", "9:14: country: 'BE' is not known"),
        ("benefit: {percent: 10%}", "benefit: {}", "6:14: benefit: is neither a percentage nor an amount"),
        ("places: [shop, web]", "places: [street]", "7:14: places: "),
        ("    title: 10% korting\n", "", "3:5: title: missing"),
        ("    page: https://shop.example/herfst\n", "", "7:13: HERFST: a promotion in shops needs a page"),
        ("[google_merchant]", "[meta]", "11:10: meta tells nobody of promotions"),
        ("products: all", "products: some", "8:15: products: "),
        ("products: all", "tier: gold", "8:5: tier: unknown key"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_place(rules: Path, good: str, bad: str, said: str) -> None:
    assert good in RULES
    (rules / "promotions.yml").write_text(RULES.replace(good, bad))
    with pytest.raises(RulesError) as wrong:
        read_meaning(rules, channels())
    lines = [str(each).partition("promotions.yml:")[2] for each in wrong.value.complaints]
    assert any(each.startswith(said) for each in lines), lines
