"""A request that was taken: carried out later, and what came of it at each of its destinations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Did = Literal["ingest", "remove", "removeAll", "events"]
CarryOut = Callable[[datetime], bool]
"""What is done with records; tells whether their destination was still there."""
INTERNAL = "PROCESSING_ERROR_REASON_INTERNAL_ERROR"
MATCHED = "MATCH_RATE_RANGE_61_TO_70"
COUNTED = {"userData": "userIdentifierCount", "mobileData": "mobileIdCount", "userIdData": "userIdCount"}


@dataclass
class Part:
    """What a request holds for one destination."""

    destination: dict[str, Any]
    carry_out: CarryOut = lambda _at: True
    taken: int = 0
    """How many records it is about."""
    identifiers: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    """How many records are left out, by reason."""

    def fail(self, reason: str) -> None:
        """Take nothing at all."""
        self.dropped[reason] += self.taken
        self.taken = self.identifiers = 0

    @property
    def state(self) -> str:
        """Return how it ended."""
        if not self.dropped:
            return "SUCCESS"
        return "PARTIAL_SUCCESS" if self.taken else "FAILED"

    def counts(self, did: Did, kind: str) -> dict[str, Any]:
        """Return the block of the status that counts what was taken."""
        if did == "removeAll":
            return {"removeAllAudienceMembersStatus": {}}
        told: dict[str, Any] = {"recordCount": str(self.taken)}
        if did == "events":
            return {"eventsIngestionStatus": told}
        if kind in COUNTED:
            told[COUNTED[kind]] = str(self.identifiers)
        if did == "remove":
            return {"audienceMembersRemovalStatus": {f"{kind}RemovalStatus": told}}
        if kind in ("userData", "compositeData"):
            told["uploadMatchRateRange"] = MATCHED
        return {"audienceMembersIngestionStatus": {f"{kind}IngestionStatus": told}}


@dataclass
class Taken:
    """One request, by the id that was answered."""

    id: str
    did: Did
    kind: str
    at: datetime
    parts: Sequence[Part]
    polls_left: int
    fails: str = ""
    """Why nothing of it will be taken, if so."""
    is_done: bool = False

    def carry_out(self) -> None:
        """Do it, once; the people in it are not kept."""
        if self.is_done:
            return
        self.is_done = True
        for part in self.parts:
            if self.fails:
                part.fail(self.fails)
            elif not part.carry_out(self.at):
                part.fail(INTERNAL)
            part.carry_out = lambda _at: True

    def view(self) -> dict[str, Any]:
        """Return what is told of it: counts for each reason, and never who."""
        return {"requestStatusPerDestination": [self._part(each) for each in self.parts]}

    def _part(self, part: Part) -> dict[str, Any]:
        if not self.is_done:
            return {"destination": part.destination, "requestStatus": "PROCESSING"}
        told = {"destination": part.destination, "requestStatus": part.state, **part.counts(self.did, self.kind)}
        if part.dropped:
            counts = [{"recordCount": str(count), "reason": reason} for reason, count in sorted(part.dropped.items())]
            told["errorInfo"] = {"errorCounts": counts}
        return told
