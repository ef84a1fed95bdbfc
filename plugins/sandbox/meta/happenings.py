"""What happens at Meta without the API: tokens end, limits are reached, uploads are blocked."""

from __future__ import annotations

from datetime import timedelta

from plugins.sandbox.meta.audience import FLAGGED, NORMAL, Audience
from plugins.sandbox.meta.conversions import ConversionPaths
from plugins.sandbox.meta.engagement import Engagement
from plugins.sandbox.meta.feeds import FeedPaths
from plugins.sandbox.meta.insights import InsightPaths
from plugins.sandbox.meta.quotas import WINDOWS
from plugins.sandbox.meta.replacing import ReplacePaths
from plugins.sandbox.stand_in import act

EXPIRED = "463"
TOKENS = ("system", "page")
RIGHTS = {"ads_management": {"ads_management", "custom_audience"}, "catalog_management": {"catalog_management"}}
"""The use cases that need a right."""


class Happenings(ReplacePaths, InsightPaths, FeedPaths, ConversionPaths, Engagement):
    """The acts of the sandbox."""

    @act
    def expire_token(self, token: str, subcode: str = EXPIRED) -> None:
        """A token (`system` or `page`) is not taken any more: expired (463), or another subcode of error 190."""
        if token not in TOKENS:
            raise LookupError(f"meta: no token '{token}'; try {' or '.join(TOKENS)}")
        self.unusable[token] = int(subcode)

    @act
    def renew_token(self, token: str) -> None:
        """A token (`system` or `page`) is taken again."""
        self.unusable.pop(token, None)

    @act
    def withdraw_right(self, right: str) -> None:
        """The system user loses a right: `ads_management` or `catalog_management`."""
        self.withdrawn |= _uses_of(right)

    @act
    def grant_right(self, right: str) -> None:
        """The system user has a right again: `ads_management` or `catalog_management`."""
        self.withdrawn -= _uses_of(right)

    @act
    def throttle(self, use: str, minutes: str = "5") -> None:
        """The limit of a use case (`custom_audience`, `pages`, `app`, `user`) is reached for so many minutes."""
        if use not in WINDOWS:
            raise LookupError(f"meta: no use case '{use}'; try {', '.join(WINDOWS)}")
        self.quotas.block(use, self.clock() + timedelta(minutes=int(minutes)))

    @act
    def withdraw_terms(self) -> None:
        """Nobody has accepted the terms of custom audiences for the ad account."""
        self.account.has_accepted_terms = False

    @act
    def accept_terms(self) -> None:
        """Somebody accepts the terms of custom audiences for the ad account."""
        self.account.has_accepted_terms = True

    @act
    def flag_audience(self, audience_id: str) -> None:
        """Meta's people flag an audience: operation_status 471."""
        self._audience(audience_id).status = FLAGGED

    @act
    def block_uploads(self, audience_id: str) -> None:
        """Meta's people block the uploads to an audience: error 100, subcode 1713230."""
        self._audience(audience_id).is_blocked = True

    @act
    def clear_audience(self, audience_id: str) -> None:
        """Meta's people find nothing wrong with an audience after all."""
        audience = self._audience(audience_id)
        audience.status, audience.is_blocked = NORMAL, False

    def _audience(self, audience_id: str) -> Audience:
        audience = self.nodes.get(audience_id)
        if isinstance(audience, Audience):
            return audience
        raise LookupError("meta: no such audience; make it first")


def _uses_of(right: str) -> set[str]:
    if right not in RIGHTS:
        raise LookupError(f"meta: no right '{right}'; try {' or '.join(RIGHTS)}")
    return RIGHTS[right]
