"""Erasing a contact for good; its address cannot be imported again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from plugins.wire.outbox import Call, Row
from targets.mailchimp.api import FORGET
from targets.mailchimp.calls import DONE, Step, address


def forget(list_id: str) -> Step:
    """Erase one contact; it is known by the MD5 of its address, and nothing else is sent."""

    def build(rows: Sequence[Row]) -> Call:
        member = hashlib.md5(address(rows[0]).encode(), usedforsecurity=False).hexdigest()
        return Call("POST", f"/lists/{list_id}/members/{member}{FORGET}", b"")

    return Step("forget", build, lambda _said, _row: DONE)
