"""YAML without its traps."""

import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plugins.rules.complaint import RulesError
from plugins.rules.yaml_file import LARGEST_BYTES, load_yaml


def read(text: str) -> Any:
    return load_yaml(text.encode(), "x.yml")[0]


def complaints(text: str | bytes) -> list[str]:
    with pytest.raises(RulesError) as wrong:
        load_yaml(text if isinstance(text, bytes) else text.encode(), "x.yml")
    return [str(each) for each in wrong.value.complaints]


AS_WRITTEN = [
    "NO",
    "yes",
    "0123",
    "12:30:45",
    "+31612345678",
    "2026-02-30",
    "0x1F",
    "1_000",
    "1e3",
    "2.5",
    "True",
    "10%",
]
AS_MEANT = {
    "true": True,
    "false": False,
    "null": None,
    "~": None,
    "": None,
    "5": 5,
    "-5": -5,
    "'5'": "5",
    '"true"': "true",
}


@pytest.mark.parametrize(("written", "meant"), [*zip(AS_WRITTEN, AS_WRITTEN, strict=True), *AS_MEANT.items()])
def test_reads_words_as_they_are_written(written: str, meant: object) -> None:
    assert read(f"a: {written}") == {"a": meant}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "x.yml:1:1: the file is empty; describe the rule, or remove the file"),
        ("a: 1\na: 2", "x.yml:2:1: a: the key stands here twice; remove one of them"),
        ("a: &b 1", "x.yml:1:4: anchors are not allowed; remove '&b'"),
        ("a: *b", "x.yml:1:4: aliases are not allowed; write it out"),
        ("<<: {a: 1}", "x.yml:1:1: merge keys are not allowed; write it out"),
        ("a: !!str 1", "x.yml:1:4: tags are not allowed; remove the word with '!'"),
        ("a: !!python/object/apply:os.system [ls]", "x.yml:1:4: tags are not allowed; remove the word with '!'"),
        ("[a]: 1", "x.yml:1:1: a key should be a word; write a word before the colon"),
        ("a: 1\n---\nb: 2", "x.yml:2:1: a second document; put it in a file of its own"),
        ("%YAML 1.1\n---\na: NO", "x.yml:2:1: directives are not allowed; remove the line that starts with %"),
        ("a: [1", "x.yml:1:6: this is not YAML"),
        ("a: 'b", "x.yml:1:6: this is not YAML"),
        ("a: b: c", "x.yml:1:5: this is not YAML"),
        ("\ta: 1", "x.yml:1:1: this is not YAML"),
        ("a: \x01", "x.yml:1:1: there is a letter that YAML does not allow; remove control characters"),
        (b"a: 1\nb: \xff", "x.yml:2:1: this is not UTF-8; save the file as UTF-8"),
        ("- " * 30 + "a", "x.yml:1:43: nested deeper than 20; flatten it"),
    ],
)
def test_refuses_and_says_where(text: str | bytes, complaint: str) -> None:
    assert complaints(text)[0].startswith(complaint)


def test_says_all_at_once() -> None:
    assert len(complaints("a: &x 1\nb: *x\nb: !!int 2\n")) == 4


@pytest.mark.parametrize(
    "bomb",
    [
        "a: &a [x,x]\n" + "".join(f"{b}: &{b} [*{a},*{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
        "{" * 2000,
        "[" * 100_000,
        "[a, " * 2000,
        "{a: " * 2000,
        "? " * 2000,
        "- " * 20_000,
        "a: 1\n" * (LARGEST_BYTES // 4),
    ],
)
def test_a_bomb_is_refused_at_once(bomb: str) -> None:
    start = time.process_time()
    assert complaints(bomb)
    assert time.process_time() - start < 3


@settings(deadline=None)
@given(st.one_of(st.text(max_size=80), st.text(st.sampled_from("ab:-?[]{},&*!|>'\"%@`# \n\t<~.1\\xU"), max_size=40)))
@example('"\\xZZ"')
@example('"\\U99999999"')
@example("%YAML x\n---\n")
@example("%TAG ! !\n---\na")
@example('a: "\\uD800"')
def test_no_text_does_more_than_draw_a_complaint(text: str) -> None:
    try:
        content = text.encode()
    except UnicodeEncodeError:
        return
    try:
        load_yaml(content, "x.yml")
    except RulesError as wrong:
        assert wrong.complaints


@pytest.mark.parametrize(
    "layout",
    [
        "where: tier = 'gold' and teir = 'x'",
        "where: \"tier = 'gold' and teir = 'x'\"",
        "where: 'tier = ''gold'' and teir = ''x'''",
        "where: >-\n  tier = 'gold'\n  and teir = 'x'",
        "where: |\n  tier = 'gold'\n  and teir = 'x'",
        "where: tier = 'gold'\n  and teir = 'x'",
    ],
)
def test_finds_a_word_inside_a_text_however_it_is_laid_out(layout: str) -> None:
    value, places = load_yaml(layout.encode(), "x.yml")
    words = value["where"]
    line, col = places.inside(("where",), words, words.index("teir"))
    assert layout.split("\n")[line - 1][col - 1 :].startswith("teir")
