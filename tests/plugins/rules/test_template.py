"""A text with blanks: what may stand in it, what is written, and that nothing in it runs away."""

from __future__ import annotations

import contextlib
import resource
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from plugins.rules.catalogue import CATALOGUE
from plugins.rules.offers import OFFER_WORDS
from plugins.rules.template import FILTERS, Text, UnwrittenError, Value, read_text

ROOT = Path(__file__).parents[3]
CASES: list[dict[str, Any]] = YAML(typ="safe").load((ROOT / "tests/bad_inputs/templates.yaml").read_text("utf-8"))
WORDS = {**CATALOGUE, **OFFER_WORDS}


def checked(source: str) -> Text:
    """Return a text that nothing is wrong with."""
    said: list[Any] = []
    text = read_text(source, WORDS, lambda *each: said.append(each))
    assert text is not None, said
    return text


def complaint(source: str) -> str | None:
    """Return the first thing that is wrong with a text, with its place."""
    said: list[tuple[int, str, str]] = []
    read_text(source, WORDS, lambda *each: said.append(each))
    if not said:
        return None
    offset, what, cure = said[0]
    before = source[:offset]
    return f"{before.count(chr(10)) + 1}:{offset - before.rfind(chr(10))}: {what}; {cure}"


def values_of(given: dict[str, Any]) -> dict[str, Value]:
    fill = given.get("fill", 1)
    return {name: [each * fill for each in value] * fill if isinstance(value, list) else value * fill
            for name, value in given.items() if name != "fill"}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_bad_text_has_its_stated_outcome(case: dict[str, Any]) -> None:
    told, expected = case["input"], case["expected"]
    source = told["text"]
    if "long" in told:
        source = source.replace("{}", told["long"]["text"] * told["long"]["times"])
    if expected[0].isdigit():
        assert (complaint(source) or "").startswith(expected)
        return
    text = checked(source)
    values = values_of(told.get("values", {}))
    if expected.startswith("="):
        assert text.write(values).startswith(expected[1:])
        return
    with pytest.raises(UnwrittenError) as refused:
        text.write(values)
    assert f"unwritten {refused.value}".startswith(expected)


def test_there_are_enough_bad_texts() -> None:
    assert len(CASES) >= 60
    assert len({case["id"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize(
    ("source", "values", "written"),
    [
        ("Dag {{ first_name|default('klant') }}", {}, "Dag klant"),
        ("{{ amount|money }}", {"amount": 123456}, "1234,56"),
        ("{{ amount|money }}", {"amount": -5}, "-0,05"),
        ("tot {{ ends_on|date }}", {"ends_on": date(2026, 3, 1)}, "tot 1 maart 2026"),
        ("{{ last_order_at|date }}", {"last_order_at": datetime(2026, 3, 1, 23, 30, tzinfo=UTC)}, "2 maart 2026"),
        ("{{ products|first(2)|join(' en ') }}", {"products": ["a", "b", "c"]}, "a en b"),
        ("{% for each in products %}- {{ each }}\n{% endfor %}", {"products": ["a", "b"]}, "- a\n- b\n"),
        ("{% for each in products %}{{ each }}{% else %}niets{% endfor %}", {"products": []}, "niets"),
        ("{{ code|shorten(4) }}", {"code": "abcdef"}, "abc…"),
        ("{{ city|upper }}{{ city|lower }}{{ city|capitalize }}", {"city": "gEnt"}, "GENTgentGEnt"),
        ("{% if order_count >= 3 and city %}a{% else %}b{% endif %}", {"order_count": 3, "city": "Gent"}, "a"),
        ("{{ 'a' if is_web_customer else 'b' }}", {"is_web_customer": False}, "b"),
        ("{{ first_name ~ ' ' ~ last_name }}", {"first_name": "An", "last_name": "Bos"}, "An Bos"),
        ("{# a note #}{% raw %}{{ }}{% endraw %}", {}, "{{ }}"),
    ],
)  # fmt: skip
def test_writes(source: str, values: dict[str, Value], written: str) -> None:
    assert checked(source).write(values) == written


@given(st.text(max_size=60), st.text(max_size=30))
@settings(max_examples=300)
def test_no_text_and_no_value_breaks_it(source: str, value: str) -> None:
    text = read_text(f"{source}{{{{ code }}}}", WORDS, lambda *_: None)
    if text is not None:
        with contextlib.suppress(UnwrittenError):
            assert "None" not in text.write({"code": value}) or "None" in source + value


FREE = """
import re, sys, time
from plugins.rules.catalogue import CATALOGUE
from plugins.rules.offers import OFFER_WORDS
from plugins.rules.template import UnwrittenError, read_text
began = time.process_time()
written = 0
text = read_text(sys.stdin.read(), {**CATALOGUE, **OFFER_WORDS}, lambda *_: None)
if text is not None:
    try:
        written = len(text.write({"code": "x" * 10**6, "products": ["x" * 10**6] * 1000, "first_name": "y"}).encode())
    except UnwrittenError:
        pass
seconds = time.process_time() - began
peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())  # of this program, and not of who started it
print(seconds, int(peak[1]) // 1024, written)
"""
HEAVY = {
    "a text times a billion": "{{ 'a' * 1000000000 }}",
    "a format of a gigabyte": "{{ '%1000000000s' % code }}",
    "a tower of powers": "{{ 9 ** 9 ** 9 }}",
    "loops within loops": "{% for a in products %}" * 6 + "{{ a }}" + "{% endfor %}" * 6,
    "letters joined again and again": "{{ code" + "|join('aaaaaaaaaaaaaaaaaaaa')" * 40 + " }}",
    "a list in a loop": "{% for a in products %}" + "{{ a }}{{ code }}" * 1000 + "{% endfor %}",
    "values put together": "{% for a in products %}{{ a" + " ~ a ~ code" * 1500 + " }}{% endfor %}",
    "conditions in a loop": "{% for a in products %}" + "{% if a == code %}x{% endif %}" * 600 + "{% endfor %}",
    "brackets": "{{ " + "(" * 9000 + "code" + ")" * 9000 + " }}",
    "filters": "{{ code" + "|upper" * 3000 + " }}",
    "comparisons": "{{ code" + " == code" * 2000 + " }}",
    "open braces": "{{" * 9000,
    "open tags": "{% if code %}" * 1500,
    "quotes": "{{ " + "'" * 19000,
    "a comment": "{#" * 9000,
    "raw": "{% raw %}" * 2000,
}


@pytest.mark.parametrize("name", HEAVY)
def test_s17_the_work_of_a_text_is_bounded(name: str) -> None:
    """S17: two seconds, 256 MB, one megabyte, whatever somebody writes; in a process that may have four times that."""

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (15, 15))
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))

    done = subprocess.run(
        [sys.executable, "-c", FREE], input=HEAVY[name], capture_output=True, text=True, cwd=ROOT, preexec_fn=bound,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-300:]
    seconds, megabytes, written = done.stdout.split()
    assert float(seconds) < 2
    assert int(megabytes) < 256
    assert int(written) <= 1_000_000


def test_every_filter_is_told_of() -> None:
    told = (ROOT / "docs" / "offers.md").read_text("utf-8")
    assert [name for name in FILTERS if f"`{name}" not in told] == []
