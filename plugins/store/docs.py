"""The page about the store, written from its models: `python -m plugins.store.docs` renews docs/entities.md."""

from __future__ import annotations

import sys
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from sqlalchemy import Table

from plugins.store import (  # noqa: F401 - tables that belong to the store
    alarm_tables,
    console_tables,
    decided_tables,
    errand_tables,
    event_tables,
    knock_tables,
    loyalty_tables,
    rights_tables,
    size_tables,
)
from plugins.store.entities import ENTITIES, Record
from plugins.store.kinds import has_offset, is_optional, plain_type
from plugins.store.tables import ENTITY_TABLES, metadata

PAGE = Path(__file__).parents[2] / "docs" / "entities.md"
WORDS = {"str": "text", "int": "whole number", "bool": "yes or no", "datetime": "moment", "date": "day",
         "list": "list", "dict": "object"}  # fmt: skip
UNITS = {
    "_minor": "cents of `currency`",
    "_thousandths": "thousandths: 1500 is one and a half",
    "_basis_points": "hundredths of a percent",
}
INTRODUCTION = """\
# What the store holds

Written by `python -m plugins.store.docs` from `plugins/store/entities.py`; do not edit it by hand.

One canonical record is one statement of one source about one thing. The same definition gives the schema of the
Singer stream, the table (of the same name) and this page. A record is known by `source` and `source_id`; of several
statements about it the newest wins: by `changed_at`, then by the start of the snapshot it was stated in, then by the
hash of its content. So order and repetition of arrival change nothing.

Money is a whole number of cents of `currency`, VAT included unless the name says otherwise. Quantities are
thousandths, points whole numbers. References such as `customer_id` are a `source_id` of the same source. Moments are
kept in UTC, as text; *offset* means that `<name>_offset` stands beside it: the minutes from UTC that the source stated.
"""
KEPT = """\
The table adds `content_hash`, `stated_at` (start of the snapshot the winning statement came in), `is_absent` (a
complete reading of the stream, begun later, lacks it) and `row_seq` (a number that rises with every change).
"""


def page() -> str:
    """Return the whole page."""
    parts = [INTRODUCTION, "## Every record\n", _table(Record.model_fields), KEPT, *map(_entity, ENTITIES.values())]
    return "\n".join([*parts, *_own()])


def _entity(model: type[Record]) -> str:
    own = {name: field for name, field in model.model_fields.items() if name not in Record.model_fields}
    log = " What happened stays: such a record is never absent.\n" if model.is_log else "\n"
    return f"## {model.entity}\n\n{model.__doc__}{log}\n{_table(own)}"


def _table(fields: Mapping[str, FieldInfo]) -> str:
    rows = [f"| `{name}` | {_kind(name, field)} | {_meaning(name, field)} |" for name, field in fields.items()]
    return "\n".join(["| Field | Kind | Meaning |", "| --- | --- | --- |", *rows, ""])


def _kind(name: str, field: FieldInfo) -> str:
    python = plain_type(field.annotation)
    kind = WORDS[python.__name__]
    if choices := _choices(field.annotation):
        kind = ", ".join(f"`{each}`" for each in choices)
    if has_offset(name, python):
        kind += ", offset"
    return f"{kind}, required" if field.is_required() and not is_optional(field.annotation) else kind


def _choices(annotation: Any) -> tuple[Any, ...]:
    """Return the words a field may hold, where they are counted out."""
    if typing.get_origin(annotation) is typing.Literal:
        return typing.get_args(annotation)
    return next((found for each in typing.get_args(annotation) if (found := _choices(each))), ())


def _meaning(name: str, field: FieldInfo) -> str:
    unit = next((unit for end, unit in UNITS.items() if name.endswith(end)), "")
    return "; ".join(part for part in (field.description or "", unit) if part)


def _own() -> Iterator[str]:
    """Give the hub's own tables: what was decided, sent and answered."""
    yield "## The hub's own tables\n"
    yield "| Table | What it holds | Columns |\n| --- | --- | --- |"
    tables = (table for table in metadata.sorted_tables if table.name not in ENTITY_TABLES)
    for table in sorted(tables, key=lambda each: each.name):
        yield _own_row(table)
    yield ""


def _own_row(table: Table) -> str:
    columns = ", ".join(f"`{column.name}`" for column in table.columns)
    return f"| `{table.name}` | {table.comment or ''} | {columns} |"


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
