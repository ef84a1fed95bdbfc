"""Erasing a contact for good; its address cannot be imported again."""

from __future__ import annotations

from collections.abc import Sequence

from plugins.wire.outbox import Call, Row
from plugins.wire.recording import Step
from targets.mailchimp.api import FORGET
from targets.mailchimp.calls import DONE, address, hash_of


def forget(list_id: str) -> Step:
    """Erase one contact; it is known by the MD5 of its address, and nothing else is sent."""

    def build(rows: Sequence[Row]) -> Call:
        return Call("POST", f"/lists/{list_id}/members/{hash_of(address(rows[0]))}{FORGET}", b"")

    return Step(build, lambda _said, _row: DONE)
