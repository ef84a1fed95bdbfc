"""The files: each format parses, holds what was meant, and refuses what no file may hold."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.feeds.channel import channel_of
from plugins.feeds.writing import FORMATS, UNWRITABLE, UnwritableError, layout_of, safe, write
from plugins.rules.feeds import Feed, Format

NAMES = ("id", "title", "additional_image_link")
Rows = list[tuple[str | None, ...]]


def feed(format_: Format) -> Feed:
    return Feed.model_construct(format=format_, description="All & more", shop_url="https://a.example")


def written(format_: Format, rows: Rows, at_once: int = 2) -> str:
    sink = io.BytesIO()
    layout = layout_of(feed(format_), channel_of(format_), NAMES)
    assert write(layout, rows, sink, at_once) == len(rows)
    return sink.getvalue().decode()


def read(format_: Format, text: str) -> list[dict[str, Any]]:
    """Return the items of a file, what is empty left out."""
    if format_ == "json":
        return list(json.loads(text))
    if format_.endswith("xml"):
        root = ElementTree.fromstring(text.encode())  # noqa: S314 - our own file
        found = list(root.iter("item" if format_ == "google_xml" else "product"))
        return [{child.tag.rpartition("}")[2]: child.text for child in each if child.text} for each in found]
    if format_ == "google_tsv":
        lines = [line.split("\t") for line in text.split("\n")[:-1]]
    else:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter="," if format_.endswith("csv") else "\t"))
    return [{name: cell for name, cell in zip(lines[0], line, strict=True) if cell} for line in lines[1:]]


letters = st.characters(min_codepoint=0x20, blacklist_categories=("Cs",), blacklist_characters="\ufffe\uffff\x7f,")
texts = st.text(letters, min_size=1, max_size=20).map(str.strip).filter(bool)


@pytest.mark.parametrize("format_", FORMATS)
@given(rows=st.lists(st.tuples(texts, texts | st.none(), st.none()), max_size=7))
def test_what_goes_in_is_read_back(format_: Format, rows: Rows) -> None:
    told = [{name: value for name, value in zip(NAMES, row, strict=True) if value} for row in rows]
    assert read(format_, written(format_, rows)) == told


@pytest.mark.parametrize("format_", FORMATS)
def test_a_feed_without_items_parses_too(format_: Format) -> None:
    assert read(format_, written(format_, [])) == []


@pytest.mark.parametrize("format_", ["google_tsv", "meta_csv", "pinterest_tsv", "csv"])
def test_a_cell_has_no_tabs_and_no_lines(format_: Format) -> None:
    (item,) = read(format_, written(format_, [("1", "one\ttwo\r\nthree", None)]))
    assert item["title"] == "one two three"


@pytest.mark.parametrize("format_", ["meta_csv", "pinterest_tsv", "csv"])
def test_quotes_are_doubled(format_: Format) -> None:
    text = written(format_, [("1", 'a 5" pipe', None)])
    assert '"a 5"" pipe"' in text


def test_several_pictures_are_several_elements_for_google_and_one_text_for_channable() -> None:
    rows: Rows = [("1", "a, b", "https://a.example/1, https://a.example/2")]
    assert written("google_xml", rows).count("<g:additional_image_link>") == 2
    assert "<g:title>a, b</g:title>" in written("google_xml", rows)
    assert written("channable_xml", rows).count("<additional_image_link>") == 1


@pytest.mark.parametrize("letter", ["\x00", "\x07", "\x1b", "\ud800", "\udfff", "\ufffe", "\uffff"])
@pytest.mark.parametrize("format_", FORMATS)
def test_what_no_file_may_hold_stops_it(format_: Format, letter: str) -> None:
    if format_ == "json" and letter < " ":
        return  # escaped, and so harmless
    with pytest.raises(UnwritableError, match=f"U\\+{ord(letter):04X}"):
        written(format_, [("1", f"a{letter}b", None)])


@given(st.text())
def test_a_safe_text_is_one_that_xml_reads(text: str) -> None:
    if UNWRITABLE.search(text):
        with pytest.raises(UnwritableError):
            safe(text)
    else:
        assert safe(text) == text
