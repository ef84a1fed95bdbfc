"""The audit log: who changed which rule, who lifted which guard, and who looked at whom."""

from __future__ import annotations

import getpass
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from plugins.rules.amiss import SCHEMAS
from plugins.rules.owners import Owners
from plugins.store.decided_tables import audit
from plugins.store.engine import Store
from plugins.store.times import utc_text


def note(
    store: Store, kind: str, about: str, detail: Mapping[str, Any], now: datetime, who: str | None = None
) -> None:  # fmt: skip
    """Write one line of the log; where nobody else is named, whoever runs the process is who did it."""
    _write(store, kind, {about: detail}, now, who)


def note_each(
    store: Store, kind: str, about: Iterable[str], detail: Mapping[str, Any], now: datetime, who: str
) -> None:  # fmt: skip
    """Write the same line about each of them, at once; nothing where there is nobody."""
    if lines := dict.fromkeys(about, detail):
        _write(store, kind, lines, now, who)


def _write(
    store: Store, kind: str, lines: Mapping[str, Mapping[str, Any]], now: datetime, who: str | None = None
) -> None:  # fmt: skip
    shared = {"at": utc_text(now), "who": who or getpass.getuser(), "kind": kind}
    rows = [{**shared, "about": about, "detail": json.dumps(detail, sort_keys=True)} for about, detail in lines.items()]
    with store.writing() as writer:
        writer.execute(insert(audit), rows)


def note_rules(store: Store, folder: Path, owners: Owners, now: datetime) -> list[str]:
    """Write down which rule files are new, changed or gone since they were last used; returns their names."""
    before = _known(store)
    found = {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
             for path in sorted(folder.rglob("*.yml")) if path.relative_to(folder).parts[0] != SCHEMAS}  # fmt: skip
    changed = [name for name in sorted({*before, *found}) if before.get(name) != found.get(name)]
    if changed:
        _write(store, "rules", {name: _change(name, before, found, owners) for name in changed}, now)
    return changed


def _change(
    name: str, before: Mapping[str, str | None], found: Mapping[str, str], owners: Owners
) -> dict[str, Any]:  # fmt: skip
    what = "gone" if name not in found else "changed" if before.get(name) else "new"
    return {"what": what, "sha256": found.get(name), "owner": owners.of(name)}


def _known(store: Store) -> dict[str, str | None]:
    """Return the digest of each rule file as it was last written down; None for one that is gone."""
    with store.reading() as connection:
        query = select(audit.c.about, audit.c.detail).where(audit.c.kind == "rules").order_by(audit.c.seq)
        return {about: json.loads(detail)["sha256"] for about, detail in connection.execute(query).all()}


def logged(store: Store, most: int) -> list[dict[str, Any]]:
    """Return the newest lines of the log, newest first."""
    with store.reading() as connection:
        found = connection.execute(select(audit).order_by(audit.c.seq.desc()).limit(most)).mappings().all()
    return [{**row, "detail": json.loads(row["detail"])} for row in found]
