#!/usr/bin/env python3
"""The Singer target for user lists and conversions of a Google Ads account: takes the decisions of stream `changes`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from typing_extensions import override

from plugins.wire.audiences import AudienceDelivery
from plugins.wire.changes import OUTBOX_SETTINGS, ChangeTarget
from plugins.wire.kinds import AUDIENCE, ByKind
from plugins.wire.outbox import Outbox, Outcome, Staged
from plugins.wire.staging import settle
from plugins.wire.stream import RETRY_SETTINGS
from targets.google_ads.api import Api
from targets.google_ads.purchases import Conversions, Purchases
from targets.google_ads.request_status import became
from targets.google_ads.user_lists import UserLists

SECRET = {"type": "string", "secret": True, "writeOnly": True}
NUMBER = {"type": "string", "pattern": "^[0-9-]*$"}
SETTINGS: dict[str, Any] = {
    "client_id": {"type": "string", "description": "Client of the Google Cloud project."},
    "client_secret": {**SECRET, "description": "Secret of that client."},
    "refresh_token": {**SECRET, "description": "Refresh token with scope datamanager, of a user of the account."},
    "customer_id": {**NUMBER, "description": "Number of the Google Ads account, with or without dashes."},
    "login_customer_id": {**NUMBER, "description": "Number of the manager account, where the user belongs to that."},
    "membership_days": {
        "type": "integer",
        "default": 540,
        "minimum": 1,
        "maximum": 540,
        "description": "How long somebody stays in a list that is made here without being sent again.",
    },
    "conversion_action_id": {
        "type": "string",
        "pattern": "^[0-9]*$",
        "description": "Conversion action of type STORE_SALES in which purchases in shops are counted.",
    },
    "web_conversion_action_id": {
        "type": "string",
        "pattern": "^[0-9]*$",
        "description": "Conversion action of type WEBPAGE in which purchases on the web are counted.",
    },
    "merchant_id": {
        "type": "string",
        "pattern": "^[0-9]*$",
        "description": "Merchant Center account whose items were bought; empty: purchases go without their items.",
    },
    "merchant_feed_label": {"type": "string", "description": "Label of the feed that the items are of."},
    "merchant_language": {"type": "string", "description": "Language of that feed, two letters."},
    "api_url": {"type": "string", "default": "https://datamanager.googleapis.com", "description": "Where the API is."},
    "login_url": {"type": "string", "default": "https://oauth2.googleapis.com/token", "description": "Gives tokens."},
}


class TargetGoogleAds(ChangeTarget):
    """Writes one account, at most as many people or purchases in one call as Google takes."""

    name = "target-google_ads"
    sleep: Callable[[float], None] = staticmethod(time.sleep)
    """Waits between two looks at what is carried out later."""
    rows_per_batch = 10_000
    config_jsonschema = {  # noqa: RUF012 - the SDK's own form
        "type": "object",
        "required": ["client_id", "client_secret", "refresh_token", "customer_id"],
        "properties": {**SETTINGS, **OUTBOX_SETTINGS, **RETRY_SETTINGS},
    }

    @cached_property
    def api(self) -> Api:
        """Return the one connection of user lists and conversions."""
        return Api(self.config)

    @override
    def carrier(self, outbox: Outbox, between: Callable[[], None]) -> ByKind:
        lists = UserLists(self.api, days=int(self.config.get("membership_days") or 540))
        people = AudienceDelivery(lists, outbox, between)
        purchases = Purchases(self.api, outbox, between, into=Conversions.of(self.config))
        return ByKind(outbox, {AUDIENCE: people, "purchase": purchases})

    @override
    def settle(self) -> None:
        try:  # also without a row: an earlier run may have left calls that wait
            settle(self.delivery.outbox, self._became, self._count, self._breathe, self.sleep)
        except BaseException:
            self.close()
            raise

    def _became(self, staged: Staged) -> Mapping[str, Outcome] | None:
        """Return what became of the rows of a call: what is said of it is said of all of them."""
        outcome = became(self.api, staged.receipt)
        return None if outcome is None else dict.fromkeys(staged.rows, outcome)

    def _count(self, outcome: Outcome) -> None:
        self.delivery.counts[outcome.state] += 1
        if outcome.reason:
            self.delivery.reasons[outcome.reason] += 1


if __name__ == "__main__":
    TargetGoogleAds.cli()
