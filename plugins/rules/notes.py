"""What may stand in the file of a note: what a clerk reads of a customer, kept as the rule says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from plugins.rules.catalogue import Catalogue
from plugins.rules.compiled import Condition
from plugins.rules.complaint import Complaint
from plugins.rules.examples import NOW, holds
from plugins.rules.given import check_values, value_of
from plugins.rules.strict import Name, Strict, Word
from plugins.rules.template import Text, UnwrittenError, Value, read_text
from plugins.rules.texts import UNWRITTEN, expected
from plugins.rules.yaml_file import Places

LONGEST = 500
"""Letters of a note: who is served does not wait for more to be read."""
Body = Annotated[str, Field(min_length=1, max_length=5_000)]


class Kept(Strict):
    """How a destination keeps the note; there is nothing to choose."""


class NoteExample(Strict):
    """One person, as traits say, and passages that stand in the note."""

    title: Word
    given: dict[Word, Any]
    expect: Annotated[Any, BeforeValidator(expected)]


class Note(Strict):
    """What is kept where a clerk sees it, of whoever agreed to a treatment of their own."""

    description: Word
    where: Annotated[str, Field(min_length=1)] | None = Field(
        None, description="a condition over traits; everybody a clerk may serve by default"
    )
    text: Body = Field(description="plain text with blanks; who has nothing in them has no note")
    to: dict[Name, Kept] = Field(min_length=1, description="destination: where a clerk sees it")
    examples: list[NoteExample] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class ReadNote:
    """One note, ready to be written."""

    name: str
    note: Note
    places: Places
    condition: Condition | None
    text: Text

    def write(self, values: Mapping[str, Value]) -> str:
        """Return the note in one line, empty where there is nothing to say; raises `UnwrittenError`."""
        said = " ".join(self.text.write(values).split())
        return said if len(said) <= LONGEST else f"{said[: LONGEST - 1].rstrip()}…"


def read_note(
    name: str, note: Note, places: Places, catalogue: Catalogue, compiled: Callable[[str, Places], Condition | None]
) -> tuple[ReadNote | None, list[Complaint]]:
    """Return a note, or what is wrong with it; `compiled` tells by itself what is wrong with a condition."""
    complaints: list[Complaint] = []

    def complain(offset: int, what: str, cure: str) -> None:
        complaints.append(places.complaint(places.inside(("text",), note.text, offset), what, cure))

    text = read_text(note.text, catalogue, complain)
    for place, example in enumerate(note.examples):
        complaints += check_values(example.given, catalogue, places, ("examples", place, "given"), "trait")
    condition = compiled(note.where, places) if note.where else None
    is_whole = text is not None and (condition is not None) == bool(note.where) and not complaints
    return (ReadNote(name, note, places, condition, text) if is_whole and text else None), complaints


def noted_twice(notes: Mapping[str, ReadNote]) -> Iterator[Complaint]:
    """Find destinations that two files would keep a note in: there is one of each customer."""
    first: dict[str, str] = {}
    for name, read in notes.items():
        for destination in read.note.to:
            if (earlier := first.setdefault(destination, name)) != name:
                what = f"{destination}: {earlier}.yml keeps a note there too"
                yield read.places.complaint(read.places.key(("to", destination)), what, "leave it in one of them")


def run_note_examples(notes: Iterable[ReadNote], catalogue: Catalogue, now: datetime = NOW) -> list[Complaint]:
    """Return the examples that do not come out as they say, with their place."""
    return [complaint for read in notes for complaint in _failures(read, catalogue, now)]


def _failures(read: ReadNote, catalogue: Catalogue, now: datetime) -> Iterator[Complaint]:
    for place, example in enumerate(read.note.examples):
        found = _written(read, example, catalogue, now)
        wanted = example.expect if isinstance(example.expect, list) else []
        lacking = [each for each in wanted if each not in found]
        if lacking or (found and example.expect == UNWRITTEN):
            what = f"does not say '{lacking[0]}'" if lacking else "is written"
            at = read.places.value(("examples", place, "expect"))
            yield read.places.complaint(at, f"{example.title}: {what}", "correct the note or the example")


def _written(read: ReadNote, example: NoteExample, catalogue: Catalogue, now: datetime) -> str:
    if read.condition and not holds(read.condition, example.given, catalogue, now):
        return ""
    try:
        return read.write({name: value_of(catalogue[name], value, now) for name, value in example.given.items()})
    except UnwrittenError:
        return ""
