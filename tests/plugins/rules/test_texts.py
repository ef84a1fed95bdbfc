"""Whole messages: service sells nothing, marketing says who sends it and lets people leave, and names stay names."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugins.rules.load import load_rules
from plugins.rules.template import UnwrittenError
from plugins.rules.texts import run_text_examples
from tests.plugins.rules.files import complaints, written
from tests.plugins.rules.test_load import FILES

ROOT = Path(__file__).parents[3]
LETTER = """\
description: A letter.
class: marketing
sender: Shop, Street 1, Gent
unsubscribe: https://shop.example/leave
offer: books
subject: 'For {{ first_name }}'
body: |
  <p>{{ first_name }}: {{ code }}</p>
  {% if city %}<p>{{ city }}</p>{% endif %}
  <p>{{ sender }} <a href="{{ unsubscribe }}">leave</a></p>
examples:
- {title: somebody, given: {first_name: Ann, code: ABCD}, expect: ['For Ann', 'Ann: ABCD', 'Street 1']}
"""
STATEMENT = """\
description: A statement.
class: service
subject: 'Points: {{ points_available }}'
body: '<p>{{ first_name|default("you") }} has {{ points_available }}</p>'
examples:
- {title: somebody, given: {points_available: 5}, expect: ['Points: 5']}
- {title: nobody knows, given: {}, expect: unwritten}
"""


def folder(root: Path, text: str) -> Path:
    return written(root, {**FILES, "texts/letter.yml": text})


def test_reads_both_classes_and_runs_their_examples(tmp_path: Path) -> None:
    rules = load_rules(written(tmp_path, {**FILES, "texts/letter.yml": LETTER, "texts/statement.yml": STATEMENT}))
    assert set(rules.texts) == {"letter", "statement"}
    assert run_text_examples(rules.texts.values(), rules.catalogue, rules.offers) == []


def test_an_example_that_does_not_hold_is_told(tmp_path: Path) -> None:
    rules = load_rules(folder(tmp_path, LETTER.replace("Ann: ABCD", "Ann has ABCD")))
    (said,) = run_text_examples(rules.texts.values(), rules.catalogue, rules.offers)
    assert str(said).startswith("sync_rules/texts/letter.yml:12:67: somebody: does not say 'Ann has ABCD'")


@pytest.mark.parametrize(
    ("stands", "instead", "complaint"),
    [
        ("class: service", "class: service\noffer: books", "2:8: a message of service sells nothing, and here st"),
        ("</p>'", " {{ code }}</p>'", "4:73: code: unknown name"),
        ("</p>'", " {{ also_bought|first(2)|join(\", \") }}</p>'", "4:73: also_bought: unknown name"),
    ],
)  # fmt: skip
def test_c15_a_message_of_service_has_no_marketing_in_it(
    tmp_path: Path, stands: str, instead: str, complaint: str
) -> None:  # fmt: skip
    """C15: a service message has no marketing block."""
    said = complaints(folder(tmp_path, STATEMENT.replace(stands, instead, 1)))
    assert any(each.startswith(f"sync_rules/texts/letter.yml:{complaint}") for each in said), said


def test_c15_what_others_also_bought_sells_too(tmp_path: Path) -> None:
    """C15, where the trait is declared."""
    also = (ROOT / "sync_rules" / "traits" / "also_bought.yml").read_text("utf-8")
    text = STATEMENT.replace("</p>'", ' {{ also_bought|join(", ") }}</p>\'', 1)
    (said,) = complaints(written(tmp_path, {**FILES, "traits/also_bought.yml": also, "texts/letter.yml": text}))
    assert said.startswith(
        "sync_rules/texts/letter.yml:2:8: a message of service sells nothing, and here stands also_b"
    )


@pytest.mark.parametrize(
    ("stands", "instead", "complaint"),
    [
        ("sender: Shop, Street 1, Gent\n", "", "1:1: sender: missing; say who sends it"),
        ("unsubscribe: https://shop.example/leave\n", "", "1:1: unsubscribe: missing; say where one leaves"),
        ("{{ sender }} <a", "<a", "7:1: the body does not always say who sends it; write {{ sender }} outside"),
        ('href="{{ unsubscribe }}"', 'href="#"', "7:1: the body does not always say where one leaves"),
        ('<a href="{{ unsubscribe }}">leave</a>', '{% if city %}{{ unsubscribe }}{% endif %}',
         "7:1: the body does not always say where one leaves"),
    ],
)  # fmt: skip
def test_c15_marketing_says_who_sends_it_and_where_one_leaves(
    tmp_path: Path, stands: str, instead: str, complaint: str
) -> None:  # fmt: skip
    """C15: a marketing mail has an unsubscribe link and a sender, whatever the values are."""
    assert stands in LETTER
    said = complaints(folder(tmp_path, LETTER.replace(stands, instead, 1)))
    assert any(each.startswith(f"sync_rules/texts/letter.yml:{complaint}") for each in said), said


def test_a_value_is_written_as_text(tmp_path: Path) -> None:
    read = load_rules(folder(tmp_path, LETTER)).texts["letter"]
    subject, body = read.write({"first_name": "<script>", "code": '"x"', "city": None})
    assert subject == "For <script>"
    assert body.startswith("<p>&lt;script&gt;: &#34;x&#34;</p>")


def test_what_is_not_known_is_not_written(tmp_path: Path) -> None:
    read = load_rules(folder(tmp_path, LETTER)).texts["letter"]
    with pytest.raises(UnwrittenError, match="not known: "):
        read.write({"first_name": "Ann"})


@pytest.mark.parametrize(
    ("stands", "instead", "complaint"),
    [
        ("class: marketing", "class: both", "2:8: class: 'both' is not known; use one of marketing, service"),
        ("offer: books", "offer: book", "5:8: book: no such offer; did you mean 'books'?"),
        ("{{ first_name }}:", "{{ frist_name }}:", "8:9: frist_name: unknown name; did you mean 'first_name'?"),
        ("'Street 1']", "'Street 1', 5]", "12:67: expect: is neither unwritten nor passages"),
        ("subject: 'For {{ first_name }}'\n", "", "1:1: subject: missing; add it"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, stands: str, instead: str, complaint: str) -> None:
    assert stands in LETTER
    said = complaints(folder(tmp_path, LETTER.replace(stands, instead, 1)))
    assert any(each.startswith(f"sync_rules/texts/letter.yml:{complaint}") for each in said), said
