"""The people of an upload: rows of hashed values, checked column by column because there are many."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from plugins.sandbox.meta.parameters import Parameters
from plugins.sandbox.meta.refusals import invalid

MOST_ROWS = 10_000
MOST_SAMPLES = 100
HEX = b"0123456789abcdef"
NUMBER = re.compile(r"\d+(\.\d+)?")
STRONG = ("EMAIL", "PHONE", "MADID", "EXTERN_ID", "PAGEUID", "EMAIL_SHA256", "PHONE_SHA256", "UID", "APPUID")
"""What finds a person alone; the others only together."""
HASHED = {"EMAIL", "PHONE", "GEN", "DOBY", "DOBM", "DOBD", "LN", "FN", "FI", "CT", "ST", "ZIP", "COUNTRY"}
HASHED |= {"EMAIL_SHA256", "PHONE_SHA256"}
VALUE = "LOOKALIKE_VALUE"
OPTIONS = {f"DATA_PROCESSING_OPTIONS{more}" for more in ("", "_COUNTRY", "_STATE")}
KEYS = HASHED | set(STRONG) | OPTIONS | {VALUE}
MISMATCH = "Data is missing or does not match schema"
Marks = tuple[str, ...]
"""The values by which one person is found."""


class Upload(NamedTuple):
    """What came in one request: the persons that can be read, and what could not."""

    schema: tuple[str, ...]
    received: int
    marks: list[Marks]
    own: Sequence[str]
    """The id that the retailer gives each of them, where it was sent."""
    wrong: list[tuple[str, Sequence[Any]]]
    """The cell that is wrong, and its row."""

    @property
    def samples(self) -> dict[str, str] | list[str]:
        """Return some of what is wrong; PHP writes an empty map as a list."""
        some = self.wrong[:MOST_SAMPLES]
        return {cell: json.dumps(row, ensure_ascii=False) for cell, row in some} or []


def uploaded(parameters: Parameters) -> Upload:
    """Read the payload of a request, or refuse it as a whole."""
    payload = parameters.structure("payload", dict)
    if payload is None:
        raise invalid(MISMATCH)
    schema, rows = _schema(payload), _rows(payload)
    if not rows or set(map(len, rows)) != {len(schema)}:
        raise invalid(MISMATCH)
    columns = list(zip(*rows, strict=True))
    wrong = _wrong(schema, columns)
    good = [row for at, row in enumerate(rows) if at not in wrong] if wrong else rows
    if wrong:
        columns = list(zip(*good, strict=True))
    own = columns[schema.index("EXTERN_ID")] if good and "EXTERN_ID" in schema else ()
    return Upload(schema, len(rows), _marks(schema, columns, good), own, [(wrong[at], rows[at]) for at in wrong])


def _schema(payload: dict[str, Any]) -> tuple[str, ...]:
    schema = payload.get("schema")
    schema = [schema] if isinstance(schema, str) else schema
    if not isinstance(schema, list) or not schema or len(set(map(str, schema))) < len(schema):
        raise invalid(MISMATCH)
    unknown = [str(key) for key in schema if str(key) not in KEYS]
    if unknown:
        raise invalid(f"Invalid schema: {', '.join(unknown)}")
    return tuple(schema)


def _rows(payload: dict[str, Any]) -> list[list[Any]]:
    rows = payload.get("data")
    if not isinstance(rows, list):
        raise invalid(MISMATCH)
    if len(rows) > MOST_ROWS:
        raise invalid(f"The number of entries ({len(rows)}) exceeds the limit of {MOST_ROWS}")
    if set(map(type, rows)) == {str}:
        return [[cell] for cell in rows]
    if set(map(type, rows)) - {list}:
        raise invalid(MISMATCH)
    return rows


def _wrong(schema: tuple[str, ...], columns: list[tuple[Any, ...]]) -> dict[int, str]:
    """Return the rows that cannot be used, each with the cell that says so."""
    wrong: dict[int, str] = {}
    for key, column in zip(schema, columns, strict=True):
        for place in _wrong_places(key, column):
            wrong.setdefault(place, str(column[place]))
    searched = [column for key, column in zip(schema, columns, strict=True) if key not in (VALUE, *OPTIONS)]
    if not any(map(all, searched)):
        for place, cells in enumerate(zip(*searched, strict=True)):
            if not any(cells):
                wrong.setdefault(place, "")
    return dict(sorted(wrong.items()))


def _wrong_places(key: str, column: Sequence[Any]) -> Iterator[int]:
    if key == VALUE:
        return (at for at, cell in enumerate(column) if not NUMBER.fullmatch(str(cell)))
    if key in OPTIONS:
        return iter(())
    if key in HASHED:
        return iter(()) if _is_hashed(column) else (at for at, cell in enumerate(column) if not _is_hashed([cell]))
    return (at for at, cell in enumerate(column) if not isinstance(cell, str))


def _is_hashed(column: Sequence[Any]) -> bool:
    """Tell whether all cells are 64 digits of lower-case hex, or empty, without looking at each."""
    try:
        joined = "".join(column)
    except TypeError:
        return False
    is_hex = joined.isascii() and not joined.encode().translate(None, HEX)
    return is_hex and set(map(len, column)) <= {0, 64}


def _marks(schema: tuple[str, ...], columns: list[tuple[str, ...]], rows: list[list[str]]) -> list[Marks]:
    if not rows:
        return []
    strong = [column for key, column in zip(schema, columns, strict=True) if key in STRONG]
    if not strong:
        return [("\n".join(map(str, row)),) for row in rows]
    marks: list[Marks] = list(zip(*strong, strict=True))
    if all(map(all, strong)):
        return marks
    return [tuple(filter(None, each)) or ("\n".join(map(str, row)),) for each, row in zip(marks, rows, strict=True)]
