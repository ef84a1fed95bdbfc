"""Delivering promotions: one a call, put in or changed by its id; it ends by its end, for nothing is deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.recording import Recorded, Step
from targets.google_merchant.api import Api
from targets.google_merchant.delivery import MALFORMED, NOT_NAMED, TAKEN
from targets.google_merchant.forms import moment
from targets.google_merchant.payloads import Promotion, meant

NO_SOURCE = "promotion_data_source is not set"
MICROS_OF_A_CENT = 10_000
# support.google.com/merchants/answer/13837465
SHOWN = {"web": ("SHOPPING_ADS", "FREE_LISTINGS"), "shop": ("LOCAL_INVENTORY_ADS", "FREE_LOCAL_LISTINGS")}
CHANNELS = {"web": "ONLINE", "shop": "IN_STORE"}


@dataclass
class Promotions(Recorded[Api]):
    """Carries promotions into one data source, which has one language and one country."""

    source: str = field(kw_only=True)
    language: str = field(kw_only=True)

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows in their order of decision."""
        self.api.learn_pace()
        for row in rows:
            promotion = meant(row, Promotion)
            if promotion is None or not _is_whole(promotion):
                self.refuse({row.key: MALFORMED})
            elif not self.source:
                self.drop([row], NO_SOURCE)
            else:
                self.call(self._step(promotion), [row])
        self.between()

    def _step(self, promotion: Promotion) -> Step:
        into = f"{self.api.account}/dataSources/{self.source}"
        told = {
            "promotionId": promotion.id, "contentLanguage": self.language, "targetCountry": promotion.country,
            "redemptionChannel": [CHANNELS[each] for each in promotion.places],
            "attributes": dict(_attributes(promotion)),
        }  # fmt: skip
        body = json.dumps({"promotion": told, "dataSource": into}, ensure_ascii=False, separators=(",", ":")).encode()
        call = Call("POST", f"/promotions/v1/{self.api.account}/promotions:insert", body)
        return Step(lambda _: call, _judged)


def _attributes(promotion: Promotion) -> Iterator[tuple[str, Any]]:
    """Give what is said of a promotion, by Google's names."""
    yield "productApplicability", "ALL_PRODUCTS" if promotion.products == "all" else "SPECIFIC_PRODUCTS"
    yield "offerType", "GENERIC_CODE" if promotion.code else "NO_CODE"
    yield "longTitle", promotion.title
    yield "promotionDestinations", [each for place in promotion.places for each in SHOWN[place]]
    yield "promotionEffectiveTimePeriod", {"startTime": promotion.starts_at, "endTime": promotion.ends_at}
    if promotion.percent:
        yield from (("couponValueType", "PERCENT_OFF"), ("percentOff", str(promotion.percent)))
    elif promotion.minor:
        yield from (("couponValueType", "MONEY_OFF"), ("moneyOffAmount", _money(promotion.minor, promotion.currency)))
    if promotion.from_minor:
        yield "minimumPurchaseAmount", _money(promotion.from_minor, promotion.currency)
    if promotion.code:
        yield "genericRedemptionCode", promotion.code
    if "shop" in promotion.places:
        yield "storeApplicability", "ALL_STORES"
    if promotion.page:
        yield "promotionUrl", promotion.page


def _is_whole(promotion: Promotion) -> bool:
    """Tell whether it says what it is worth, one way, and from when until when."""
    starts, ends = moment(promotion.starts_at), moment(promotion.ends_at)
    return (promotion.percent is None) != (promotion.minor is None) and bool(starts and ends and starts < ends)


def _money(minor: int, currency: str) -> dict[str, str]:
    return {"amountMicros": str(minor * MICROS_OF_A_CENT), "currencyCode": currency}


def _judged(answer: Any, _row: Row) -> Outcome:
    return TAKEN if answer.get("promotionId") else NOT_NAMED
