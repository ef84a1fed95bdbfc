"""Google's Data Manager API as the sandbox plays it."""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import override

from plugins.sandbox.google_ads.account import TOKEN_PATH
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
            "CONVERSION_ACTION_ID": self.conversion_actions[0],
            "WEB_CONVERSION_ACTION_ID": self.conversion_actions[-1],
            "MERCHANT_ID": MERCHANT_ID,
            "MERCHANT_FEED_LABEL": "NL",
            "MERCHANT_LANGUAGE": "nl",
        }
        return {f"TARGET_GOOGLE_ADS_{name}": value for name, value in told.items()}

    @override
    def holding(self, key: str) -> dict[str, str] | None:
        now = self.clock()
        found = sorted(each.name for each in self.lists.values() if each.holds(key, now))
        return {"lists": ", ".join(found)} if found else None
