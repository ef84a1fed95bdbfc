"""Our part of a customer's comments: between marks, so that what clerks write around it stays as they wrote it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from plugins.wire.outbox import Call, Outcome
from plugins.wire.retry import RefusedError
from plugins.wire.sending import LostError
from targets.tilroy.api import PERSONAL
from targets.tilroy.decisions import Note
from targets.tilroy.step import DONE, NEXT, Step, rejected

BEGIN, END = "[Rotonde]", "[/Rotonde]"
OURS = re.compile(rf"\s*{re.escape(BEGIN)}(?:(?!{re.escape(BEGIN)}).)*?{re.escape(END)}", re.DOTALL)
"""From the last opening mark before a closing one: a mark that a clerk broke takes nothing of theirs along."""
HIDDEN = Outcome("rejected", "the till does not show what stands in the comments")
GONE = Outcome("accepted", "not a customer any more")


def note_steps(decision: Note) -> Iterator[Step]:
    """Read the comments, and write them with our part replaced; where it is as it should be nothing is written."""
    path = f"{PERSONAL}{decision.customer}"
    held: list[str] = []

    def read(answer: Any) -> Outcome:
        if not isinstance(answer, dict):
            raise LostError("an answer of another shape")
        found = answer.get("comments", HIDDEN)
        if found is HIDDEN or not isinstance(found, str | None):
            return HIDDEN
        held.append(found or "")
        return DONE if noted(held[0], decision.text) == held[0] else NEXT

    def refused(refusal: RefusedError) -> Outcome:
        return GONE if refusal.status == 404 and not decision.text else rejected(refusal)

    yield Step(Call("GET", path, b""), read, refused)
    body = json.dumps({"comments": noted(held[0], decision.text)}, ensure_ascii=False, separators=(",", ":"))
    yield Step(Call("PUT", path, body.encode()), lambda _: DONE, refused)


def noted(held: str, text: str) -> str:
    """Return the comments with our part as it should be, at their end; without a text there is none."""
    ours = text.replace(BEGIN, "").replace(END, "").strip()
    if ours and held.count(BEGIN) == 1 and f"{BEGIN} {ours} {END}" in held:
        return held
    theirs = OURS.sub("", held)
    return "\n".join(filter(None, [theirs, f"{BEGIN} {ours} {END}" if ours else ""]))
