"""The Mailchimp Marketing API 3.0 as the sandbox plays it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from typing_extensions import override

from plugins.sandbox.mailchimp.batches import BatchPaths
from plugins.sandbox.mailchimp.bulk import BulkPaths
from plugins.sandbox.mailchimp.happenings import Happenings
from plugins.sandbox.mailchimp.interests import InterestPaths
from plugins.sandbox.mailchimp.lists import ListPaths
from plugins.sandbox.mailchimp.members import MemberPaths
from plugins.sandbox.mailchimp.products import ProductPaths
from plugins.sandbox.mailchimp.reports import ReportPaths
from plugins.sandbox.mailchimp.segments import SegmentPaths
from plugins.sandbox.mailchimp.trades import TradePaths


@dataclass
class Mailchimp(
    MemberPaths,
    BulkPaths,
    SegmentPaths,
    ListPaths,
    InterestPaths,
    ReportPaths,
    BatchPaths,
    ProductPaths,
    TradePaths,
    Happenings,
):
    """One account with one audience, filled from the retailer's contacts; strict where the vendor is."""

    store_id: str = field(default="rotonde", kw_only=True)
    """The store that the target is told to write; it makes it, as the account starts without one."""

    @override
    def settings(self, url: str) -> dict[str, str]:
        told = {"API_KEY": self.api_key, "LIST_ID": self.list_id, "API_URL": f"{url}/3.0"}
        each = {f"{plugin}_MAILCHIMP_{name}": value for plugin in ("TAP", "TARGET") for name, value in told.items()}
        return {**each, "TARGET_MAILCHIMP_STORE_ID": self.store_id}

    @override
    def truth(self) -> dict[str, str]:
        """Return the persons of the members, by the hash of their address in lower case."""
        contacts = [each for each in self.retailer.contacts if each.person]
        return {hashlib.md5(each.email.lower().encode()).hexdigest(): each.person for each in contacts}  # noqa: S324

    @override
    def holding(self, key: str) -> dict[str, str] | None:
        member, bought = self.audience.find(key), self._bought(key)
        if member is None:
            return bought or None
        tags = ", ".join(sorted(self.audience.segments[each].name for each in member.tags))
        events = ", ".join(sorted({each.name for each in member.events}))
        told = {"tags": tags, "events": events}
        return {"email": member.status, **{name: each for name, each in told.items() if each}, **bought}

    def _bought(self, email: str) -> dict[str, str]:
        """Return how many orders and carts of an address the stores hold."""
        trades = [(kind, each) for store in self.stores.values() for kind in ("orders", "carts")
                  for each in store.trades(kind).values()]  # fmt: skip
        theirs = [kind for kind, each in trades if each["customer"]["email_address"].lower() == email.lower()]
        return {kind: str(theirs.count(kind)) for kind in ("orders", "carts") if kind in theirs}
