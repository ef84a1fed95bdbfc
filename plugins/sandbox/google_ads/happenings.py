"""What happens at Google without the API: tokens end, quotas are used up, requests fail after they were taken."""

from __future__ import annotations

from plugins.sandbox.google_ads.events import EventPaths
from plugins.sandbox.google_ads.quotas import PERIODS, USES
from plugins.sandbox.google_ads.taken import INTERNAL
from plugins.sandbox.stand_in import act


class Happenings(EventPaths):
    """The acts of the sandbox."""

    @act
    def expire_tokens(self) -> None:
        """Every access token that was given ends now; the refresh token gives new ones."""
        self.tokens.clear()

    @act
    def revoke_grant(self) -> None:
        """The owner takes the right back: neither token is taken any more."""
        self.tokens.clear()
        self.is_grant_revoked = True

    @act
    def grant_again(self) -> None:
        """The owner gives the right again."""
        self.is_grant_revoked = False

    @act
    def use_up(self, quota: str, period: str = "minute") -> None:
        """Nothing is left of a quota (`IngestionWrite`, `ManagementRead`, …) until its `minute` or `day` is over."""
        if quota not in USES or period not in PERIODS:
            raise LookupError(f"google_ads: no such quota; try {', '.join(USES)}, and minute or day")
        self.quotas.use_up(quota, period, self.clock())

    @act
    def slow_down(self, polls: str) -> None:
        """Requests that come from now on are PROCESSING for so many polls."""
        self.polls = int(polls)

    @act
    def fail_next(self, reason: str = INTERNAL) -> None:
        """The next request is taken, and is FAILED in the end."""
        self.next_fails = reason

    @act
    def drop_next(self, count: str, reason: str = INTERNAL) -> None:
        """The next request is taken, and so many of its records are dropped in the end."""
        self.next_drops = (int(count), reason)

    @act
    def carry_out_request(self, request_id: str) -> None:
        """Google carries out a request, and before it what was asked earlier; it does so by itself after some polls."""
        if request_id not in self.taken:
            raise LookupError("google_ads: no such request; see the answers of :ingest and :remove")
        self.taken[request_id].polls_left = 0
        self.carry_out(request_id)

    @act
    def forget_requests(self) -> None:
        """Google carries out what waits, and tells nothing of it any more."""
        for each in self.taken.values():
            each.carry_out()
        self.taken.clear()

    @act
    def withdraw_terms(self) -> None:
        """Nobody has accepted the terms of Customer Match for the account."""
        self.has_accepted_terms = False

    @act
    def accept_terms(self) -> None:
        """Somebody accepts the terms of Customer Match for the account."""
        self.has_accepted_terms = True

    @act
    def end_store_sales(self) -> None:
        """The account may not upload what was sold in stores."""
        self.is_eligible_for_store_sales = False
