"""Proposals of rules: kept with author, patch and what checking said; the console itself writes no rule file."""

from __future__ import annotations

import difflib
import hashlib
import json
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from plugins.console.rule_files import RuleFiles
from plugins.console.trying import Checked
from plugins.store.console_tables import rule_proposal
from plugins.store.times import utc_text

MOST = 100
Row = dict[str, Any]


def patch_of(prefix: str, file: str, before: str | None, after: str) -> str:
    """Return the change of one file as `git apply` takes it; nothing where there is none."""
    path = f"{prefix}{file}"
    old, new = ("/dev/null" if before is None else f"a/{path}"), f"b/{path}"
    lines = list(difflib.unified_diff(_lines(before or ""), _lines(after), old, new))
    if not lines:
        return ""
    head = [f"diff --git a/{path} b/{path}\n", *(["new file mode 100644\n"] if before is None else [])]
    return "".join([*head, *map(_ended, lines)])


def _lines(text: str) -> list[str]:
    """Return lines as git counts them: only a line feed ends one."""
    return [f"{each}\n" for each in text.split("\n")[:-1]] + ([last] if (last := text.split("\n")[-1]) else [])


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def digest(text: str) -> str:
    """Return what a text is known by."""
    return hashlib.sha256(text.encode()).hexdigest()


def keep(
    connection: Connection, files: RuleFiles, file: str, text: str, checked: Checked, who: str, why: str, now: datetime
) -> str:
    """Keep a proposal, and return its number."""
    before, number = files.text(file), uuid.uuid4().hex[:12]
    row = {
        "id": number, "file": file, "author": who, "at": utc_text(now), "why": why, "text": text, "state": "open",
        "before": None if before is None else digest(before), "patch": patch_of(files.prefix(), file, before, text),
        "checked": json.dumps(checked.as_json(), sort_keys=True),
    }  # fmt: skip
    connection.execute(insert(rule_proposal).values(row))
    return number


def one(connection: Connection, number: str) -> Row | None:
    """Return a proposal."""
    found = connection.execute(select(rule_proposal).where(rule_proposal.c.id == number)).mappings().one_or_none()
    return None if found is None else _read(dict(found))


def listed(connection: Connection) -> list[Row]:
    """Return the newest proposals, those that are open first."""
    names = ("id", "file", "author", "at", "why", "before", "text", "checked", "state", "preview_state", "preview")
    order = (rule_proposal.c.state, rule_proposal.c.at.desc())
    query = select(*(rule_proposal.c[name] for name in names)).order_by(order[0].desc(), order[1]).limit(MOST)
    found = [_read(dict(each)) for each in connection.execute(query).mappings()]
    return sorted(found, key=lambda each: each["state"] != "open")


def _read(row: Row) -> Row:
    return {**row, "checked": json.loads(row["checked"]), "preview": json.loads(row["preview"] or "null")}


def become(files: RuleFiles, row: Row) -> str:
    """Return what has become of a proposal: open, withdrawn, taken over, or old where the file has changed since."""
    if row["state"] != "open":
        return str(row["state"])
    now = files.text(row["file"])
    if now == row["text"]:
        return "taken"
    return "open" if (None if now is None else digest(now)) == row["before"] else "old"


def withdraw(connection: Connection, number: str) -> bool:
    """Withdraw a proposal; tells whether it was open."""
    mine = (rule_proposal.c.id == number) & (rule_proposal.c.state == "open")
    return bool(connection.execute(update(rule_proposal).where(mine).values(state="withdrawn")).rowcount)


def previewed(connection: Connection, number: str, state: str, counts: Row | None = None) -> None:
    """Put down how far the preview of a proposal is, and what it came to."""
    values = {"preview_state": state, "preview": None if counts is None else json.dumps(counts, sort_keys=True)}
    connection.execute(update(rule_proposal).where(rule_proposal.c.id == number).values(values))


def coloured_patch(patch: str) -> Iterable[tuple[str, str]]:
    """Give the lines of a patch, each with what it is."""
    kinds = {"+": "added", "-": "taken", "@": "place"}
    for line in patch.splitlines():
        is_head = line.startswith(("+++", "---", "diff ", "new file"))
        yield ("head" if is_head else kinds.get(line[:1], "")), line
