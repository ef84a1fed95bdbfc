"""The Mailchimp Marketing API 3.0 as the sandbox plays it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from typing_extensions import override

from plugins.sandbox.mailchimp.batches import BatchPaths
from plugins.sandbox.mailchimp.bulk import BulkPaths
from plugins.sandbox.mailchimp.happenings import Happenings
from plugins.sandbox.mailchimp.interests import InterestPaths
from plugins.sandbox.mailchimp.lists import ListPaths
from plugins.sandbox.mailchimp.members import MemberPaths
from plugins.sandbox.mailchimp.reports import ReportPaths
from plugins.sandbox.mailchimp.segments import SegmentPaths


@dataclass
class Mailchimp(MemberPaths, BulkPaths, SegmentPaths, ListPaths, InterestPaths, ReportPaths, BatchPaths, Happenings):
    """One account with one audience, filled from the retailer's contacts; strict where the vendor is."""

    @override
    def settings(self, url: str) -> dict[str, str]:
        told = {"API_KEY": self.api_key, "LIST_ID": self.list_id, "API_URL": f"{url}/3.0"}
        return {f"{plugin}_MAILCHIMP_{name}": value for plugin in ("TAP", "TARGET") for name, value in told.items()}

    @override
    def truth(self) -> dict[str, str]:
        """Return the persons of the members, by the hash of their address in lower case."""
        contacts = [each for each in self.retailer.contacts if each.person]
        return {hashlib.md5(each.email.lower().encode()).hexdigest(): each.person for each in contacts}  # noqa: S324

    @override
    def holding(self, key: str) -> dict[str, str] | None:
        member = self.audience.find(key)
        if member is None:
            return None
        tags = ", ".join(sorted(self.audience.segments[each].name for each in member.tags))
        return {"email": member.status, **({"tags": tags} if tags else {})}
