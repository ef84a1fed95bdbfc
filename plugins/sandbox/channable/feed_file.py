"""A product feed as Channable reads it: XML, JSON, CSV or TXT, flat, and packed or not."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
import zlib
from typing import Any
from xml.etree import ElementTree

Item = dict[str, str]
NEEDED = ("id", "title", "description", "link", "image_link", "price", "availability", "brand")
DELIMITERS = (",", ";", "\t", "|")
MOST_ITEMS, LARGEST_FILE = 10_000_000, 10_000_000_000


class Unreadable(Exception):  # noqa: N818 - a verdict on a file
    """A file that is not imported, and why."""


def unpacked(content: bytes) -> str:
    """Return the text of a file; a .gz or .zip holds one."""
    try:
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
        elif content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                (name,) = packed.namelist()
                content = packed.read(name)
        if len(content) > LARGEST_FILE:
            raise Unreadable("the file is larger than 10 GB")
        return content.decode("utf-8-sig")
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error):
        raise Unreadable("the file cannot be unpacked, or is not UTF-8") from None


def items_of(text: str) -> list[Item]:
    """Return the items of a file, whatever its format."""
    start = text.lstrip()[:1]
    found = _of_xml(text) if start == "<" else _of_json(text) if start in ("[", "{") else _of_table(text)
    if len(found) > MOST_ITEMS:
        raise Unreadable("the file has more than 10 million items")
    return found


def judged(items: list[Item]) -> tuple[dict[str, Item], list[tuple[str, str]]]:
    """Return the items that are taken, by id, and the others with a reason."""
    taken: dict[str, Item] = {}
    refused = []
    for item in items:
        key = item.get("id", "").strip()
        lacking = [name for name in NEEDED if not item.get(name, "").strip()]
        if lacking:
            refused.append((key, f"lacks {', '.join(lacking)}"))
        elif key in taken:
            refused.append((key, "id is not unique"))
        else:
            taken[key] = item
    return taken, refused


def _of_xml(text: str) -> list[Item]:
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - the feed that the sandbox was told to fetch
    except ElementTree.ParseError:
        raise Unreadable("the file is not well-formed XML") from None
    if any(len(leaf) for item in root for leaf in item):
        raise Unreadable("the XML is not flat")
    # attributes are not imported
    return [{leaf.tag: leaf.text or "" for leaf in item} for item in root]


def _of_json(text: str) -> list[Item]:
    try:
        found = json.loads(text)
    except ValueError:
        raise Unreadable("the file is not JSON") from None
    rows = found.get("products") if isinstance(found, dict) else found
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unreadable("the JSON is no list of items")
    if any(isinstance(value, dict | list) for row in rows for value in row.values()):
        raise Unreadable("the JSON is not flat")
    return [{name: _said(value) for name, value in row.items()} for row in rows]


def _said(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _of_table(text: str) -> list[Item]:
    head = re.split(r"\r?\n", text.lstrip(), maxsplit=1)[0]
    rows = csv.DictReader(io.StringIO(text.lstrip()), delimiter=max(DELIMITERS, key=head.count))
    names = rows.fieldnames or []
    if len(names) < 2 or len(set(names)) < len(names):
        raise Unreadable("the file has no row of different column names")
    found = list(rows)
    if any(None in row for row in found):
        raise Unreadable("a row has more cells than there are columns")
    return [{name: value or "" for name, value in row.items()} for row in found]
