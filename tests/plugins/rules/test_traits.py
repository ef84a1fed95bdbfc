"""Declared traits as files: read whole, put in order, or refused with everything that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugins.rules import load_rules, run_examples
from tests.plugins.rules.files import complaints, written

SHOES = """\
description: Shoes bought.
of: item
where: category = 'Shoes' and total_minor > 0
within: 6 months
take: sum pieces
examples:
- {title: one pair, given: [{category: Shoes, pieces: 2, total_minor: 9, ordered_at: 2 days ago}], expect: 2}
- {title: never bought, given: [], expect: 0}
"""
LOVER = """\
description: How fond of shoes.
cases:
- {where: shoes >= 5, is: very}
- {where: shoes >= 1 or bought(category => 'Laces'), is: somewhat}
examples:
- {title: five pairs, given: {shoes: 5}, expect: very}
- {title: nobody knows, given: {}, expect: null}
"""
READERS = """\
description: Who reads.
where: bought(category => 'Thriller', within => '30 days') >= 2 and not in_audience('away')
to: {mailchimp: {as: tag, fields: {LOVER: lover}}}
examples:
- title: two thrillers
  given:
    order_count: 2
    bought:
    - {category: Thriller, ordered_at: 3 days ago, total_minor: 1}
    - {category: Thriller, ordered_at: 29 days ago, total_minor: 1}
  expect: in
- title: one of them too long ago, one brought back
  given:
    order_count: 2
    bought:
    - {category: Thriller, ordered_at: 31 days ago, total_minor: 1}
    - {category: Thriller, ordered_at: 3 days ago, total_minor: 1}
    - {category: Thriller, ordered_at: 2 days ago, total_minor: -1}
  expect: out
- {title: nobody knows what they bought, given: {order_count: 2}, expect: out}
- {title: away, given: {order_count: 0, bought: [{category: Thriller, total_minor: 1}]}, expect: out}
"""
AWAY = """\
description: Who never came.
where: order_count = 0
to: {mailchimp: {as: tag}}
examples:
- {title: never, given: {order_count: 0}, expect: in}
"""
FILES = {
    "traits/shoes.yml": SHOES, "traits/lover.yml": LOVER, "audiences/readers.yml": READERS, "audiences/away.yml": AWAY,
}  # fmt: skip
BAD = [
    tuple(part.replace("\\n", "\n") for part in line.split(" | "))
    for line in (Path(__file__).parent / "bad_traits.txt").read_text("utf-8").splitlines()[1:]
]


def folder(root: Path, **changed: str) -> Path:
    return written(root, {**FILES, **changed})


def test_traits_stand_in_the_order_in_which_they_can_be_worked_out(tmp_path: Path) -> None:
    rules = load_rules(folder(tmp_path))
    names = [each.trait.name for each in rules.declared]
    assert [name for name in names if "_" not in name] == ["shoes", "lover"]
    assert sum(name.startswith("bought_") for name in names) == 2
    assert names.index("lover") > max(names.index(name) for name in names if name.startswith("bought_"))
    assert (rules.catalogue["lover"].type, rules.catalogue["shoes"].type) == ("text", "integer")
    assert run_examples(rules) == []


def test_an_example_that_does_not_hold_is_told_with_its_place(tmp_path: Path) -> None:
    rules = load_rules(folder(tmp_path, **{"traits/shoes.yml": SHOES.replace("expect: 2", "expect: 3")}))
    (told,) = run_examples(rules)
    assert str(told) == (
        "sync_rules/traits/shoes.yml:7:108: one pair: expected 3, is 2; correct the trait or the example"
    )


@pytest.mark.parametrize(("good", "bad", "complaint"), BAD)
def test_says_where_a_trait_is_wrong_and_what_to_do(tmp_path: Path, good: str, bad: str, complaint: str) -> None:
    assert good in SHOES
    said = complaints(folder(tmp_path, **{"traits/shoes.yml": SHOES.replace(good, bad, 1)}))
    assert any(line.startswith(f"sync_rules/traits/shoes.yml:{complaint}") for line in said), said


def test_traits_that_need_each_other_are_refused(tmp_path: Path) -> None:
    circle = (
        "description: x\ncases:\n- {where: lover = 'very', is: 1}\nexamples:\n- {title: a, given: {}, expect: null}\n"
    )
    said = complaints(folder(tmp_path, **{"traits/round.yml": circle, "traits/lover.yml": LOVER.replace(
        "shoes >= 5", "round = 'some'")}))  # fmt: skip
    assert any("needs lover, which needs round; remove the circle" in line or
               "needs round, which needs lover; remove the circle" in line for line in said), said  # fmt: skip


def test_audiences_that_ask_for_each_other_are_refused(tmp_path: Path) -> None:
    said = complaints(folder(tmp_path, **{"audiences/away.yml": AWAY.replace(
        "order_count = 0\n", "not in_audience('readers')\n", 1)}))  # fmt: skip
    assert any("remove the circle" in line for line in said)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("bought(categry => 'a')", "bought takes texts by name"),
        ("bought('Thriller')", "bought takes texts by name"),
        ("bought(within => 'long') > 1", "within: 'long' is no span of time"),
        ("bought(category => tier) > 1", "bought takes texts by name"),
        ("bought() = 'x'", "bought() is a whole number and is compared with the text 'x'"),
        ("sold() > 1", "this compares no trait"),
        ("in_audience(tier)", "in_audience takes one name"),
        ("in_audience('awy')", "awy: no such audience; did you mean 'away'?"),
        ("in_audience('readers')", "readers: cannot be asked for here"),
    ],
)
def test_a_helper_that_is_called_wrong_is_told(tmp_path: Path, text: str, complaint: str) -> None:
    where = READERS.split("\n")[1]
    said = complaints(folder(tmp_path, **{"audiences/readers.yml": READERS.replace(where, f"where: {text}")}))
    assert any(complaint in line and ":2:" in line for line in said), said


def test_s7_a_value_in_a_helper_never_reaches_the_sql(tmp_path: Path) -> None:
    plain = load_rules(folder(tmp_path / "a")).conditions["readers"]
    evil = load_rules(
        folder(
            tmp_path / "b", **{"audiences/readers.yml": READERS.replace("'Thriller'", "'''); drop table trait; --'")}
        )
    ).conditions["readers"]
    (one,), (other,) = plain.asked.values(), evil.asked.values()
    assert one.condition is not None
    assert other.condition is not None
    assert one.condition.sql == other.condition.sql
    assert other.condition.parameters == ["'); drop table trait; --"]
