"""Google's Merchant API as the sandbox plays it."""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import override

from plugins.sandbox.google_merchant.account import TOKEN_PATH
from plugins.sandbox.google_merchant.products import Item
from plugins.sandbox.google_merchant.promotions import PromotionPaths
from plugins.sandbox.stand_in import act


@dataclass
class GoogleMerchant(PromotionPaths):
    """One Merchant Center account, with what the webshop sells."""

    @override
    def settings(self, url: str) -> dict[str, str]:
        told = {
            "API_URL": url,
            "LOGIN_URL": f"{url}{TOKEN_PATH}",
            "CLIENT_ID": self.client_id,
            "CLIENT_SECRET": self.client_secret,
            "REFRESH_TOKEN": self.refresh_token,
            "ACCOUNT_ID": self.account_id,
        }
        (source, taken), *_ = self.sources.items()
        promotions = next(key for key, each in self.sources.items() if "promotionDataSource" in each)
        into = {
            "DATA_SOURCE": source, "PROMOTION_DATA_SOURCE": promotions,
            "FEED_LABEL": taken["primaryProductDataSource"]["feedLabel"],
            "CONTENT_LANGUAGE": taken["primaryProductDataSource"]["contentLanguage"],
        }  # fmt: skip
        return {
            **{f"TAP_GOOGLE_MERCHANT_{name}": value for name, value in told.items()},
            **{f"TARGET_GOOGLE_MERCHANT_{name}": value for name, value in (told | into).items()},
        }

    @act
    def expire_tokens(self) -> None:
        """Every access token that was given ends now; the refresh token gives new ones."""
        self.tokens.clear()

    @act
    def unregister(self) -> None:
        """The Cloud project is not registered with the account any more."""
        self.is_registered = False

    @act
    def register(self) -> None:
        """Somebody registers the Cloud project with the account."""
        self.is_registered = True

    @act
    def find_issue(
        self, offer_id: str, code: str, severity: str = "DISAPPROVED", attribute: str = "image_link"
    ) -> None:
        """Google finds something wrong with a product: `DISAPPROVED`, `DEMOTED` or `NOT_IMPACTED`."""
        item = self._offer(offer_id)
        self.extra_issues.setdefault(item.name, []).append((code, severity, attribute))

    @act
    def solve_issues(self, offer_id: str) -> None:
        """What Google found wrong with a product is right again."""
        self.extra_issues.pop(self._offer(offer_id).name, None)

    @act
    def reject_promotion(self, promotion_id: str) -> None:
        """Google's people reject a promotion."""
        self.rejected |= {key for key in self.promotions if key.rpartition("~")[2] == promotion_id}

    @act
    def use_up(self, group: str) -> None:
        """Nothing is left of a day's quota (`products`, `promotions`, `inventories`, …) until noon, UTC."""
        self.days[group, self.quota_day()] = self.calls_a_day

    def _offer(self, offer_id: str) -> Item:
        for item in self.items.values():
            if item.name.split("~", 2)[2] == offer_id:
                return item
        raise LookupError("google_merchant: no such offer; see /products")
