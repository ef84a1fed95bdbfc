"""The replacement of an audience as a whole: one session, in order, within ninety minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from plugins.sandbox.meta.audience import NORMAL, REPLACE_FAILED, REPLACING, Audience, Replacement, Session
from plugins.sandbox.meta.audiences import ALREADY_RUNNING, REPLACE, AudiencePaths, Batch, batch_of
from plugins.sandbox.meta.nodes import edge
from plugins.sandbox.meta.parameters import Parameters
from plugins.sandbox.meta.refusals import Refusal, invalid
from plugins.sandbox.meta.rows import Upload

TIME_TO_REPLACE = timedelta(minutes=90)
LARGEST = 100_000_000
TOO_BIG, NOT_FIRST, NOT_COMPLETE, TIMED_OUT, FINISHED = 1_870_144, 1_870_147, 1_870_148, 1_870_158, 1_870_159
# developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences
REASONS = {
    TOO_BIG: "The audience is too big to be replaced",
    ALREADY_RUNNING: "Another replacement of the audience is under way",
    NOT_FIRST: "The first batch of the session must have batch_seq 1",
    NOT_COMPLETE: "The session is not complete: batches are missing before the last",
    TIMED_OUT: "The session has timed out",
    FINISHED: "The session has been finished before",
}


def refused(subcode: int) -> Refusal:
    """Return what Meta says of a replacement that cannot go on."""
    reason = REASONS[subcode]
    return Refusal(REPLACE, f"(#{REPLACE}) {reason}", subcode, "Failed to update custom audience", reason)


class ReplacePaths(AudiencePaths):
    """Answers `/{audience}/usersreplace`."""

    @edge("CustomAudience", "usersreplace", "POST")
    def replace_users(self, node: Audience, parameters: Parameters) -> dict[str, Any]:
        """Collect one batch; the last one puts all that were collected in the place of who was in."""
        batch = batch_of(parameters)
        if batch is None:
            raise invalid("The parameter session is required")
        self._expire(node)
        self._check(node, batch)
        upload = self.accepted(node, parameters)
        replacement = node.replacement or self._begun(node, batch, upload)
        if upload.schema != replacement.session.schema:
            raise invalid("The schema must be the same in every batch of a session")
        self._collect(node, replacement, batch, upload)
        return {"account_id": node.account_id, **self._counted(replacement.session, upload)}

    def _expire(self, node: Audience) -> None:
        running = node.replacement
        if running and self.clock() - running.session.started_at > TIME_TO_REPLACE:
            node.replacement, node.status = None, REPLACE_FAILED
            running.session.ended_at = running.session.started_at + TIME_TO_REPLACE

    def _check(self, node: Audience, batch: Batch) -> None:
        session, running = self.sessions.get(batch.session_id), node.replacement
        if session and session.audience_id != node.id:
            raise invalid(f"The session {session.id} belongs to another audience")
        if session and session.ended_at:
            raise refused(TIMED_OUT if self._has_timed_out(session) else FINISHED)
        if running and running.session.id != batch.session_id:
            raise refused(ALREADY_RUNNING)
        if running is None and batch.number != 1:
            raise refused(NOT_FIRST)
        if running is None and node.status not in (NORMAL, REPLACE_FAILED):
            raise invalid("The operation_status of the audience is not normal")
        if batch.total >= LARGEST or node.members.size >= LARGEST:
            raise refused(TOO_BIG)
        if running and batch.is_last and running.session.batches | {batch.number} != set(range(1, batch.number + 1)):
            raise refused(NOT_COMPLETE)

    @staticmethod
    def _has_timed_out(session: Session) -> bool:
        return session.ended_at == session.started_at + TIME_TO_REPLACE

    def _begun(self, node: Audience, batch: Batch, upload: Upload) -> Replacement:
        session = self.session_for(node, batch)
        session.schema = upload.schema
        node.replacement, node.status = Replacement(session), REPLACING
        return node.replacement

    def _collect(self, node: Audience, replacement: Replacement, batch: Batch, upload: Upload) -> None:
        replacement.session.batches.add(batch.number)
        replacement.members.add(self.people(upload))
        if batch.is_last:
            replacement.session.ended_at = node.content_updated_at = node.updated_at = self.clock()
            node.members, node.replacement, node.status = replacement.members, None, NORMAL
