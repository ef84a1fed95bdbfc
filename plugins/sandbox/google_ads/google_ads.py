"""Google's Data Manager API as the sandbox plays it."""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import override

from plugins.sandbox.google_ads.account import TOKEN_PATH
from plugins.sandbox.google_ads.events import Event
from plugins.sandbox.google_ads.happenings import Happenings

MERCHANT_ID = "123456"
"""The Merchant Center account of the same retailer."""


@dataclass
class GoogleAds(Happenings):
    """One Google Ads account: its user lists and conversion actions."""

    @override
    def settings(self, url: str) -> dict[str, str]:
        told = {
            "API_URL": url,
            "LOGIN_URL": f"{url}{TOKEN_PATH}",
            "CLIENT_ID": self.client_id,
            "CLIENT_SECRET": self.client_secret,
            "REFRESH_TOKEN": self.refresh_token,
            "CUSTOMER_ID": self.customer_id,
            "LOGIN_CUSTOMER_ID": self.login_customer_id,
            "CONVERSION_ACTION_ID": self._action_of("STORE_SALES"),
            "WEB_CONVERSION_ACTION_ID": self._action_of("WEBPAGE"),
            "MERCHANT_ID": MERCHANT_ID,
            "MERCHANT_FEED_LABEL": "NL",
            "MERCHANT_LANGUAGE": "nl",
        }
        return {f"TARGET_GOOGLE_ADS_{name}": value for name, value in told.items()}

    def _action_of(self, kind: str) -> str:
        return next(number for number, each in self.conversion_actions.items() if each == kind)

    @override
    def holding(self, key: str) -> dict[str, str] | None:
        now = self.clock()
        lists = sorted(each.name for each in self.lists.values() if each.holds(key, now))
        purchases = sum(key in _found_by(event) for event in self.transactions.values())
        told = {"lists": ", ".join(lists), "purchases": str(purchases or "")}
        return {name: words for name, words in told.items() if words} or None


def _found_by(event: Event) -> set[str]:
    """Return the hashes by which the buyer of a purchase is found."""
    marks = (event.get("userData") or {}).get("userIdentifiers") or ()
    return {mark for each in marks for mark in each.values() if isinstance(mark, str)}
