"""`python -m plugins.console.previewing PROPOSAL`: work out what a proposal of rules would change, on a copy.

A process of its own: it takes as long as `rotonde plan --against`. It reads what is shown of the last resolve, so that
no run waits for it.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from plugins.console import proposals
from plugins.console.trying import changed
from plugins.hub.aside import begin
from plugins.hub.blast import Blast, blast
from plugins.hub.lease import LeaseTaken, beating, release, take
from plugins.hub.meaning import read_meaning
from plugins.hub.plans import Hub, open_hub, rules_folder
from plugins.rules.complaint import RulesError
from plugins.store.engine import StoreError

LEASE = "rule preview"
"""One at a time: each takes the memory of a plan."""
POLITE = 10


def main() -> int:
    """Work out one proposal."""
    begin()
    os.nice(POLITE)
    return preview(open_hub(), sys.argv[1])


def preview(hub: Hub, number: str) -> int:
    """Put down what a proposal would change, or why that cannot be said."""
    with hub.store.reading() as connection:
        row = proposals.one(connection, number)
    if row is None:
        return 1
    try:
        mine = take(hub.store, LEASE, number)
    except LeaseTaken:
        return _ended(hub, number, {"error": "another preview is under way; begin again when it has ended"})
    try:
        with beating(hub.store, mine), changed(rules_folder(), row["file"], row["text"]) as folder:
            found = blast(hub, read_meaning(folder, hub.channels), shown=True)
        return _ended(hub, number, counted(found))
    except (StoreError, RulesError) as error:
        return _ended(hub, number, {"error": str(error)})
    finally:
        release(hub.store, mine)


def _ended(hub: Hub, number: str, found: dict[str, Any]) -> int:
    with hub.store.writing() as connection:
        proposals.previewed(connection, number, "failed" if "error" in found else "done", found)
    return 1 if "error" in found else 0


def counted(found: Blast) -> dict[str, Any]:
    """Return a preview as numbers: nobody is named in it."""
    return {
        "persons_before": found.persons_before, "persons_after": found.persons_after, "joins": len(found.joins),
        "splits": len(found.splits), "narrowed": found.narrowed, "widened": len(found.consent) - found.narrowed,
        "points_moved": found.points_moved, "accounts_moved": found.accounts_moved, "guard": found.guard,
        "audiences": [each for each in found.audiences if each["in"] or each["out"]],
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
