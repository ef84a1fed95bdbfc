"""What happens at Google's side, or in somebody's browser, without a call of ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from plugins.sandbox.google_analytics.account import Account
from plugins.sandbox.retailer import BrowsedItem, BrowseEvent
from plugins.sandbox.stand_in import act

SHOP = "https://www.wandelwind.example"


@dataclass
class Happenings(Account):
    """The acts."""

    @act
    def revoke_key(self) -> None:
        """Somebody deletes the service account's key: no new token is given."""
        self.tokens.is_revoked = True
        self.tokens.given.clear()

    @act
    def restore_key(self) -> None:
        """The key is taken again."""
        self.tokens.is_revoked = False

    @act
    def forget_tokens(self) -> None:
        """Tokens end before their time; a new one is given for the asking."""
        self.tokens.given.clear()

    @act
    def withdraw_access(self) -> None:
        """Somebody takes the service account off the property."""
        self.has_access = False

    @act
    def grant_access(self) -> None:
        """The service account is a viewer of the property again."""
        self.has_access = True

    @act
    def disable_api(self) -> None:
        """The Data API is switched off in the cloud project."""
        self.is_enabled = False

    @act
    def enable_api(self) -> None:
        """The Data API is switched on in the cloud project."""
        self.is_enabled = True

    @act
    def use_up_quota(self) -> None:
        """Others use up what the property may be asked in this hour."""
        self.quotas.use_up(self.clock())

    @act
    def browse(
        self, event: str, browser: str, account: str = "", sku: str = "", order: str = "", hours_ago: str = "0",
        consent: str = "yes",
    ) -> None:  # fmt: skip
        """A browser tells of a page view, a basket or an order; `hours_ago` makes it late."""
        now = self.clock()
        at = now - timedelta(hours=float(hours_ago))
        allows = consent == "yes"
        session = int(at.replace(minute=0, second=0, microsecond=0).timestamp())
        self.tell(
            BrowseEvent(
                at, event, browser if allows else "", session, 1, f"{SHOP}/product/{sku.lower()}" if sku else SHOP,
                "(direct)", "(none)", "mobile", at, account=account, items=self._items(sku), order=order,
                value_cents=sum(each.cents for each in self._items(sku)), may_measure=allows,
            ),
            now,
        )  # fmt: skip

    def _items(self, sku: str) -> tuple[BrowsedItem, ...]:
        for each in self.retailer.articles:
            if sku and each.sku == sku:
                variant = f"{each.colour} {each.size}".strip()
                return (BrowsedItem(sku, each.name, each.brand, each.category, variant, each.price_cents),)
        if sku:
            raise LookupError("google_analytics: no such article; use a sku of the retailer")
        return ()
