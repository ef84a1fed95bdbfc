"""Notes of customers where a clerk sees them: what they should say, against what was written there last.

A note treats somebody by what is known of them, which is profiling: only who agreed to that has one. Leaves table
`note_text` (profile_id, permit, text): what is to be said of whom.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

import duckdb

from plugins.hub.choosing import quoted
from plugins.hub.gate import PERSONALISED
from plugins.hub.meaning import Meaning
from plugins.rules.notes import ReadNote
from plugins.rules.template import UnwrittenError

AT_ONCE = 5000
EMPTY = "CREATE OR REPLACE TEMP TABLE note_text (profile_id TEXT, permit TEXT, text TEXT)"
ABOUT = f"SELECT profile_id, permit{{traits}} FROM trait JOIN ({PERSONALISED}) USING (profile_id) WHERE {{condition}}"
KEEP = """
INSERT INTO note_text
SELECT unnest(from_json(?::JSON, '[{"profile_id": "VARCHAR", "permit": "VARCHAR", "text": "VARCHAR"}]'),
              recursive := true)
"""
# A note whose answer was lost is written again: that changes nothing where it is there.
NOTES = """
INSERT INTO planned ({columns})
WITH wanted AS (
  SELECT source_id, kept_record.profile_id, permit,
         json_object('kind', 'note', 'customer', source_id, 'text', text) AS payload
  FROM kept_record JOIN note_text USING (profile_id)
), newest AS (
  SELECT substr(wire_id, 6) AS source_id, profile_id, operation, state = 'accepted' AS is_sure, payload_hash
  FROM brought WHERE starts_with(wire_id, 'note:') AND state IN ('accepted', 'unknown', 'prepared')
  QUALIFY row_number() OVER (PARTITION BY wire_id ORDER BY seq DESC) = 1
)
SELECT CASE WHEN coalesce(newest.operation, 'remove') = 'remove' THEN 'add' ELSE 'change' END, 'note',
       wanted.profile_id, 'note:' || source_id, permit, payload, md5(payload), 'a note for clerks', NULL
FROM wanted LEFT JOIN newest USING (source_id) WHERE NOT coalesce(is_sure AND payload_hash = md5(payload), false)
UNION ALL
SELECT 'remove', 'note', profile_id, 'note:' || source_id, NULL,
       json_object('kind', 'note', 'customer', source_id, 'text', ''), md5(source_id), 'no note any more', NULL
FROM newest ANTI JOIN wanted USING (source_id) WHERE NOT (operation = 'remove' AND is_sure)
"""


def write_notes(connection: duckdb.DuckDBPyConnection, meaning: Meaning, destination: str, now: datetime) -> None:
    """Fill `note_text` for one destination; the mirror is resolved."""
    connection.execute(EMPTY)
    read = next((each for each in meaning.notes if destination in each.note.to), None)
    told = list(_written(connection, read, now)) if read else []
    for start in range(0, len(told), AT_ONCE):
        connection.execute(KEEP, [json.dumps(told[start : start + AT_ONCE])])


def _written(connection: duckdb.DuckDBPyConnection, read: ReadNote, now: datetime) -> Iterator[dict[str, str]]:
    """Give what is to be said of whom; where a trait is not known that is to be said, nothing is."""
    traits: Sequence[str] = sorted(read.text.names)
    columns = "".join(f", trait.{quoted(name)}" for name in traits)
    sql = ABOUT.format(traits=columns, condition=read.condition.sql if read.condition else "true")
    cursor = connection.execute(sql, read.condition.bind(now) if read.condition else [])
    while found := cursor.fetchmany(AT_ONCE):
        for profile, permit, *values in found:
            try:
                text = read.write(dict(zip(traits, values, strict=True)))
            except UnwrittenError:
                continue
            if text:
                yield {"profile_id": profile, "permit": permit, "text": text}
