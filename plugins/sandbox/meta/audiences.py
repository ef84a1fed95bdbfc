"""The uploads: people go into an audience and out of it, in sessions of batches or without."""

from __future__ import annotations

from typing import Any, NamedTuple

from plugins.sandbox.meta.ad_account import AdAccount, AdAccountPaths
from plugins.sandbox.meta.audience import Audience, Membership, Session
from plugins.sandbox.meta.nodes import Connection, edge
from plugins.sandbox.meta.parameters import Parameters
from plugins.sandbox.meta.refusals import Refusal, invalid
from plugins.sandbox.meta.rows import VALUE, Marks, Upload, uploaded

UPLOAD_BLOCKED = 1_713_230
REPLACE, ALREADY_RUNNING = 2650, 1_870_145
LARGEST_SESSION_ID = 2**63 - 1


class Batch(NamedTuple):
    """Which part of which session a request is."""

    session_id: str
    number: int
    is_last: bool
    total: int


def batch_of(parameters: Parameters) -> Batch | None:
    """Return what a request says of its session, or None when it says nothing."""
    told = parameters.structure("session", dict)
    if not told:
        return None
    session_id, number = _whole(told, "session_id"), _whole(told, "batch_seq")
    if not 0 < session_id <= LARGEST_SESSION_ID or number < 1:
        raise invalid("session_id must be a positive 64-bit integer and batch_seq start with 1")
    is_last = str(told.get("last_batch_flag", "false")).lower() in ("true", "1")
    return Batch(str(session_id), number, is_last, _whole(told, "estimated_num_total", 0))


def _whole(told: dict[str, Any], name: str, default: int = -1) -> int:
    try:
        return int(told.get(name, default))
    except (TypeError, ValueError):
        raise invalid(f"{name} must be an integer") from None


class AudiencePaths(AdAccountPaths):
    """Answers `/{audience}/users`, `/{audience}/sessions` and `/act_{id}/usersofanyaudience`."""

    def seed(self) -> None:
        """Start with no uploads."""
        super().seed()
        self.known: dict[str, Marks] = {}
        """Who is known in the ad account by an id of the retailer's own."""
        self.sessions: dict[str, Session] = {}
        self.made_sessions = 0

    @edge("CustomAudience", "users", "POST")
    def add_users(self, node: Audience, parameters: Parameters) -> dict[str, Any]:
        """Put people in; bad rows are left out and counted."""
        upload = self.accepted(node, parameters)
        session = self._session(node, parameters)
        node.members.add(self.people(upload))
        return self._taken(node, session, upload)

    @edge("CustomAudience", "users", "DELETE")
    def remove_users(self, node: Audience, parameters: Parameters) -> dict[str, Any]:
        """Take people out; who is not in is no error."""
        upload = self.accepted(node, parameters)
        session = self._session(node, parameters)
        node.members.remove(upload.marks)
        return self._taken(node, session, upload)

    @edge("AdAccount", "usersofanyaudience", "DELETE")
    def remove_everywhere(self, node: AdAccount, parameters: Parameters) -> dict[str, Any]:
        """Take people out of every audience of the account."""
        upload = uploaded(parameters)
        for audience in self.every(Audience):
            audience.members.remove(upload.marks)
        scratch = Session(self._new_session_id(), "", self.clock())
        return {"account_id": node.id.removeprefix("act_"), **self._counted(scratch, upload)}

    @edge("CustomAudience", "sessions")
    def list_sessions(self, node: Audience, parameters: Parameters) -> Connection:
        """List how far the uploads are."""
        wanted = parameters.text("session_id")
        return Connection([each.view() for each in node.sessions.values() if wanted in ("", each.id)])

    def accepted(self, node: Audience, parameters: Parameters) -> Upload:
        """Return an upload that this audience takes now."""
        self.check_terms()
        if node.is_blocked:
            title = "Custom Audience Update Blocked"
            raise Refusal(100, "(#100) The upload to this audience is blocked", UPLOAD_BLOCKED, title, title)
        if node.replacement and "usersreplace" not in parameters.link:
            raise Refusal(REPLACE, "(#2650) The audience is being replaced", ALREADY_RUNNING)
        upload = uploaded(parameters)
        if VALUE in upload.schema and not node.is_value_based:
            raise invalid(f"{VALUE} is for value-based audiences only")
        return upload

    def people(self, upload: Upload) -> list[Marks]:
        """Return whom an upload names; who comes with an own id only must be known by it already."""
        if not upload.own:
            return upload.marks
        if min(map(len, upload.marks)) > 1 and all(upload.own):
            self.known.update(zip(upload.own, upload.marks, strict=True))
            return upload.marks
        rows = [(marks == (own,), own, marks) for own, marks in zip(upload.own, upload.marks, strict=True)]
        self.known.update({own: marks for is_alone, own, marks in rows if own and not is_alone})
        known = [row for row in rows if not row[0] or row[1] in self.known]
        return [self.known[own] if is_alone else marks for is_alone, own, marks in known]

    def _session(self, node: Audience, parameters: Parameters) -> Session:
        batch = batch_of(parameters)
        if batch is None:
            return Session(self._new_session_id(), node.id, self.clock())
        session = self.session_for(node, batch)
        if session.ended_at:
            raise invalid(f"The session {session.id} has ended")
        session.batches.add(batch.number)
        if batch.is_last:
            session.ended_at = self.clock()
        return session

    def session_for(self, node: Audience, batch: Batch) -> Session:
        """Return the session of a batch; its id belongs to one audience of the account only."""
        session = self.sessions.get(batch.session_id)
        if session is None:
            session = Session(batch.session_id, node.id, self.clock())
            self.sessions[session.id] = node.sessions[session.id] = session
        if session.audience_id != node.id:
            raise invalid(f"The session {session.id} belongs to another audience")
        return session

    def _new_session_id(self) -> str:
        self.made_sessions += 1
        return str(7_000_000_000_000_000_000 + self.made_sessions)

    def _taken(self, node: Audience, session: Session, upload: Upload) -> dict[str, Any]:
        node.content_updated_at = node.updated_at = self.clock()
        return {"audience_id": node.id, **self._counted(session, upload)}

    def _counted(self, session: Session, upload: Upload) -> dict[str, Any]:
        session.received += upload.received
        session.wrong += len(upload.wrong)
        return {
            "session_id": session.id,
            "num_received": session.received,
            "num_invalid_entries": len(upload.wrong),
            "invalid_entry_samples": upload.samples,
        }

    def members_of(self, audience_id: str) -> Membership:
        """Return who is in an audience: for tests, no API tells this."""
        return self.find(Audience, audience_id).members
