"""YAML 1.2 without its traps: no aliases, tags or double keys, bounded, and every value knows its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml import events as ev
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from plugins.rules.complaint import Complaint, RulesError

LARGEST_BYTES = 256 * 1024
DEEPEST = 20
LONGEST_DIGITS = 18
REMEMBERED = 256
"""Files; each is some kilobytes."""

PARSER_STUMBLES = (ValueError, LookupError, TypeError, AttributeError, OverflowError)
"""What the parser raises on escapes and directives that it cannot read."""

Path = tuple[str | int, ...]

WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
WHOLE = re.compile(r"-?(?:0|[1-9][0-9]*)")
BRACKETS = re.compile(rf"(?:[\[{{]\s*){{{DEEPEST + 1}}}")


@dataclass(slots=True)
class Places:
    """Where in the file each value and key stands."""

    file: str
    text: str
    values: dict[Path, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    spans: dict[Path, tuple[int, int, str | None]] = field(default_factory=dict)

    def value(self, path: Path) -> tuple[int, int]:
        """Return line and column of a value, or of the nearest thing around it."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, (1, 1))

    def key(self, path: Path) -> tuple[int, int]:
        """Return line and column of a key."""
        return self.keys.get(path) or self.value(path)

    def inside(self, path: Path, words: str, offset: int) -> tuple[int, int]:
        """Return line and column of a letter of a text: the n-th that is not blank, however the text is laid out."""
        if path not in self.spans:
            return self.value(path)
        start, end, style = self.spans[path]
        source = self.text[start:end].replace("''", " '") if style == "'" else self.text[start:end]
        skipped = source.find("\n") + 1 if style in ("|", ">") else 1 if style else 0
        left = sum(not letter.isspace() for letter in words[:offset])
        at = skipped
        while at < len(source) - 1 and (left or source[at].isspace()):
            left -= not source[at].isspace()
            at += 1
        before = self.text[: start + at]
        return before.count("\n") + 1, start + at - before.rfind("\n")

    def complaint(self, at: tuple[int, int], what: str, cure: str) -> Complaint:
        """Return a complaint about something at this place."""
        return Complaint(self.file, *at, what, cure)


def load_yaml(content: bytes, file: str) -> tuple[Any, Places]:
    """Return the value (dicts, lists, texts, whole numbers, booleans, None) and the places of its parts.

    Raises `RulesError` with every mistake found. A process that reads the same file again has it at once.
    """
    value, places = _loaded(content, file)
    return deepcopy(value), places


@lru_cache(maxsize=REMEMBERED)
def _loaded(content: bytes, file: str) -> tuple[Any, Places]:
    places = Places(file, _text(content, file))
    reader = _Reader(places)
    try:
        value = reader.document(YAML(typ="safe", pure=True).parse(places.text))
    except MarkedYAMLError as mistake:
        mark = mistake.problem_mark or mistake.context_mark
        at = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = " ".join(str(mistake.problem or mistake.context).split())
        reader.complain(at, f"this is not YAML ({problem})", "check quotes, colons and indentation")
    except YAMLError:
        reader.complain((1, 1), "there is a letter that YAML does not allow", "remove control characters")
    except PARSER_STUMBLES:
        reader.complain((1, 1), "this is not YAML", "check quotes, colons and indentation")
    if reader.complaints:
        raise RulesError(reader.complaints)
    return value, places


def _text(content: bytes, file: str) -> str:
    if len(content) > LARGEST_BYTES:
        raise RulesError([Complaint(file, 1, 1, f"more than {LARGEST_BYTES // 1024} KB", "split the file")])
    try:
        text = content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as mistake:
        line = content.count(b"\n", 0, mistake.start) + 1
        raise RulesError([Complaint(file, line, 1, "this is not UTF-8", "save the file as UTF-8")]) from None
    if BRACKETS.search(text):
        raise RulesError([_too_deep(file, 1, 1)])
    return text


def _too_deep(file: str, line: int, col: int) -> Complaint:
    return Complaint(file, line, col, f"nested deeper than {DEEPEST}", "flatten it")


class _Reader:
    """Builds plain values from the parser's events and notes what it refuses."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.complaints: list[Complaint] = []

    def complain(self, at: tuple[int, int], what: str, cure: str) -> None:
        self.complaints.append(self.places.complaint(at, what, cure))

    def document(self, events: Iterator[Any]) -> Any:
        """Return the one document of the stream."""
        next(events)
        start = next(events)
        if not isinstance(start, ev.DocumentStartEvent):
            self.complain((1, 1), "the file is empty", "describe the rule, or remove the file")
            return None
        if start.version or start.tags:
            self.complain(_at(start), "directives are not allowed", "remove the line that starts with %")
        value = self.node(next(events), events, ())
        next(events)
        more = next(events)
        if not isinstance(more, ev.StreamEndEvent):
            self.complain(_at(more), "a second document", "put it in a file of its own")
        return value

    def node(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        """Return the value that starts with this event."""
        self.places.values[path] = _at(event)
        if len(path) > DEEPEST:
            raise RulesError([*self.complaints, _too_deep(self.places.file, *_at(event))])
        if isinstance(event, ev.AliasEvent):
            self.complain(_at(event), "aliases are not allowed", "write it out")
            return None
        if event.anchor:
            self.complain(_at(event), "anchors are not allowed", f"remove '&{event.anchor}'")
        if event.tag:
            self.complain(_at(event), "tags are not allowed", "remove the word with '!'")
        if isinstance(event, ev.MappingStartEvent):
            return self.mapping(events, path)
        if isinstance(event, ev.SequenceStartEvent):
            return self.sequence(events, path)
        self.places.spans[path] = (event.start_mark.index, event.end_mark.index, event.style)
        return self.scalar(event)

    def mapping(self, events: Iterator[Any], path: Path) -> dict[str, Any]:
        """Return a mapping; its keys are texts, each once."""
        found: dict[str, Any] = {}
        while not isinstance(event := next(events), ev.MappingEndEvent):
            key = self.key(event, events, path)
            if key in found:
                self.complain(_at(event), f"{key}: the key stands here twice", "remove one of them")
            self.places.keys[(*path, key)] = _at(event)
            found[key] = self.node(next(events), events, (*path, key))
        return found

    def key(self, event: Any, events: Iterator[Any], path: Path) -> str:
        """Return a key as it is written."""
        self.node(event, events, (*path, "?"))
        if not isinstance(event, ev.ScalarEvent):
            if not isinstance(event, ev.AliasEvent):
                self.complain(_at(event), "a key should be a word", "write a word before the colon")
            return "?"
        if event.value == "<<" and not event.style:
            self.complain(_at(event), "merge keys are not allowed", "write it out")
        return str(event.value)

    def sequence(self, events: Iterator[Any], path: Path) -> list[Any]:
        """Return a list."""
        found: list[Any] = []
        while not isinstance(event := next(events), ev.SequenceEndEvent):
            found.append(self.node(event, events, (*path, len(found))))
        return found

    def scalar(self, event: Any) -> Any:
        """Return a plain word as boolean, null or whole number where it is one, and as text otherwise."""
        text = str(event.value)
        if any(letter == "\x00" or "\ud800" <= letter <= "\udfff" for letter in text):
            self.complain(_at(event), "the text has a letter that cannot be kept", "remove it")
            return ""
        if event.style:
            return text
        if text in WORDS:
            return WORDS[text]
        if WHOLE.fullmatch(text) and len(text) <= LONGEST_DIGITS:
            return int(text)
        return text


def _at(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1
