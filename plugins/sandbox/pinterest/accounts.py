"""The paths of the account itself: who it is, who follows it, and its websites."""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

from plugins.sandbox.pinterest.feeds import FeedPaths
from plugins.sandbox.pinterest.items import moment
from plugins.sandbox.pinterest.operations import operation
from plugins.sandbox.pinterest.pins import PinPaths
from plugins.sandbox.pinterest.reading import page
from plugins.sandbox.stand_in import json_response

WEBSITE = "www.example.nl"


class AccountPaths(FeedPaths, PinPaths):
    """Answers `/user_account`."""

    def seed(self) -> None:
        """Start with nobody following."""
        super().seed()
        self.followers: list[str] = []

    @operation("/user_account", category="org_read", scopes="user_accounts:read")
    def get_account(self, request: Request) -> Response:
        """Show the account."""
        return json_response({
            "id": "549755885175",
            "account_type": "BUSINESS",
            "username": self.username,
            "business_name": "Rotonde",
            "about": "",
            "profile_image": f"https://{WEBSITE}/logo.png",
            "website_url": f"https://{WEBSITE}" if self.has_website else "",
            "board_count": 1,
            "pin_count": len(self.pins),
            "follower_count": len(self.followers),
            "following_count": 0,
            "monthly_views": 0,
        })  # fmt: skip

    @operation("/user_account/followers", category="ads_read", scopes="user_accounts:read")
    def list_followers(self, request: Request) -> Response:
        """List who follows, by user name; since when is not told."""
        return json_response(page(request, self.followers, lambda each: {"type": "user", "username": each}))

    @operation("/user_account/websites", category="org_read", scopes="user_accounts:read")
    def list_websites(self, request: Request) -> Response:
        """List the websites, claimed or not."""
        state = {"website": WEBSITE, "status": "verified" if self.has_verified_website else "unverified"}
        since = {"verified_at": moment(self.retailer.anchor)} if self.has_verified_website else {}
        return json_response(page(request, [state | since] if self.has_website else [], lambda each: each))
