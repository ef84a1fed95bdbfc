"""The files that channels read: each format writes a head, items and a tail; text that no file may hold stops it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol
from xml.sax.saxutils import escape

from plugins.feeds.channel import Channel
from plugins.rules.feeds import Feed, Format

UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
GOOGLE = "http://base.google.com/ns/1.0"
Row = Sequence[str | None]


class UnwritableError(Exception):
    """A letter that no XML and no table may hold came as far as the file: a check is missing."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a format is written: what stands before the items, one item, between two, and after them."""

    suffix: str
    head: str
    item: Callable[[Row], str]
    between: str
    tail: str


class Sink(Protocol):
    """Where a file goes."""

    def write(self, content: bytes, /) -> object:
        """Take some of it."""


def safe(text: str) -> str:
    """Return a text that every format may hold, or refuse it."""
    if found := UNWRITABLE.search(text):
        raise UnwritableError(f"feed: U+{ord(found.group()):04X} in an item; report this, with the feed's rules")
    return text


def write(layout: Layout, rows: Iterable[Row], sink: Sink, at_once: int = 500) -> int:
    """Write the file, some items at a time; returns how many items it has."""
    sink.write(layout.head.encode())
    count, waiting = 0, []
    for row in rows:
        waiting.append(layout.item(row))
        count += 1
        if len(waiting) >= at_once:
            sink.write(_joined(layout, waiting, is_first=count == len(waiting)))
            waiting = []
    if waiting:
        sink.write(_joined(layout, waiting, is_first=count == len(waiting)))
    sink.write(layout.tail.encode())
    return count


def _joined(layout: Layout, items: Sequence[str], *, is_first: bool) -> bytes:
    text = layout.between.join(items)
    return safe(text if is_first else layout.between + text).encode()


def layout_of(feed: Feed, taken: Channel, attributes: Sequence[str]) -> Layout:
    """Return how the items of a feed are written."""
    separators = {name: each.separator for name, each in taken.attributes.items() if each.most_values > 1}
    return FORMATS[feed.format](feed, attributes, [separators.get(name) for name in attributes])


Separators = Sequence[str | None]


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"


def _rss(feed: Feed, attributes: Sequence[str], separators: Separators) -> Layout:
    about = _element("title", feed.description) + _element("link", feed.shop_url or "")
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:g="{GOOGLE}"><channel>{about}'
    head += f"{_element('description', feed.description)}\n"
    return Layout("xml", safe(head), _elements("item", "g:", attributes, separators), "", "</channel></rss>\n")


def _flat(_feed: Feed, attributes: Sequence[str], _separators: Separators) -> Layout:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<products>\n'
    return Layout("xml", head, _elements("product", "", attributes, [None] * len(attributes)), "", "</products>\n")


def _elements(outer: str, prefix: str, attributes: Sequence[str], separators: Separators) -> Callable[[Row], str]:
    """Return what writes an item as elements; several values are several elements."""
    tags = [(f"<{prefix}{name}>", f"</{prefix}{name}>") for name in attributes]

    def item(row: Row) -> str:
        parts = [f"<{outer}>"]
        for (start, end), separator, value in zip(tags, separators, row, strict=True):
            if value is None:
                continue
            if separator == "," and "," in value:
                parts += [f"{start}{escape(each.strip())}{end}" for each in value.split(",")]
            else:
                parts.append(f"{start}{escape(value)}{end}")
        return "".join((*parts, f"</{outer}>\n"))

    return item


def _cell(value: str | None) -> str:
    return " ".join(value.split()) if value and ("\t" in value or "\n" in value or "\r" in value) else value or ""


def _bare(_feed: Feed, attributes: Sequence[str], _separators: Separators) -> Layout:
    """Cells with a tab between them and no quotes, as Google reads them."""
    return Layout("txt", "\t".join(attributes) + "\n", lambda row: "\t".join(map(_cell, row)) + "\n", "", "")


def _table(delimiter: str, suffix: str) -> Callable[[Feed, Sequence[str], Separators], Layout]:
    """Cells in double quotes where they need them."""

    def line(row: Row) -> str:
        held = io.StringIO()
        csv.writer(held, delimiter=delimiter, lineterminator="\n").writerow([_cell(value) for value in row])
        return held.getvalue()

    return lambda _feed, attributes, _separators: Layout(suffix, line(attributes), line, "", "")


def _json(_feed: Feed, attributes: Sequence[str], _separators: Separators) -> Layout:
    def item(row: Row) -> str:
        known = {name: value for name, value in zip(attributes, row, strict=True) if value is not None}
        return json.dumps(known, ensure_ascii=False)

    return Layout("json", "[\n", item, ",\n", "\n]\n")


FORMATS: dict[Format, Callable[[Feed, Sequence[str], Separators], Layout]] = {
    "google_xml": _rss,
    "google_tsv": _bare,
    "meta_csv": _table(",", "csv"),
    "pinterest_tsv": _table("\t", "tsv"),
    "channable_xml": _flat,
    "csv": _table(",", "csv"),
    "json": _json,
}
