"""Promotions: put in, changed, and ended by their end; none is ever deleted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from typing_extensions import override
from werkzeug.wrappers import Request, Response

from plugins.sandbox.google_merchant.account import body_of, paged
from plugins.sandbox.google_merchant.refusals import Refusal, invalid, missing
from plugins.sandbox.google_merchant.stock import StockPaths
from plugins.sandbox.stand_in import json_response, route

PATH = "/promotions/v1/accounts/<account>/promotions"
COUNTRIES = {"AU", "BR", "CA", "DE", "ES", "FR", "GB", "IN", "IT", "JP", "KR", "NL", "US"}
NEEDED = ("promotionId", "contentLanguage", "targetCountry", "redemptionChannel")
NEEDED_ATTRIBUTES = (
    "productApplicability", "offerType", "longTitle", "couponValueType", "promotionDestinations",
    "promotionEffectiveTimePeriod",
)  # fmt: skip
BUY = "minimumPurchaseQuantity", "getThisQuantityDiscounted"
GOES_WITH: Mapping[str, tuple[str, ...]] = {
    "MONEY_OFF": ("moneyOffAmount",), "PERCENT_OFF": ("percentOff",),
    "BUY_M_GET_N_MONEY_OFF": (*BUY, "moneyOffAmount"), "BUY_M_GET_N_PERCENT_OFF": (*BUY, "percentOff"),
    "BUY_M_GET_MONEY_OFF": (*BUY[:1], "moneyOffAmount"), "BUY_M_GET_PERCENT_OFF": (*BUY[:1], "percentOff"),
    "FREE_GIFT": (), "FREE_GIFT_WITH_VALUE": ("freeGiftValue",), "FREE_GIFT_WITH_ITEM_ID": ("freeGiftItemId",),
    "FREE_SHIPPING_STANDARD": (), "FREE_SHIPPING_OVERNIGHT": (), "FREE_SHIPPING_TWO_DAY": (),
}  # fmt: skip
OF_SOURCE = ("targetCountry", "contentLanguage")
"""What a data source fixes for all that is in it."""
NAME = re.compile("[A-Za-z0-9_-]{1,50}")
LONGEST_TITLE, LONGEST_PROMOTION_CODE = 60, 20
LOCAL = {"LOCAL_INVENTORY_ADS", "FREE_LOCAL_LISTINGS"}
CODES = ("storeCodesInclusion", "storeCodesExclusion")


class PromotionPaths(StockPaths):
    """Answers `promotions`."""

    @override
    def seed(self) -> None:
        super().seed()
        self.promotions: dict[str, dict[str, Any]] = {}
        self.rejected: set[str] = set()

    @route(f"{PATH}:insert", "POST")
    def insert_promotion(self, request: Request, account: str) -> Response:
        """Put a promotion in, or change it."""
        self.check_account(account)
        body = body_of(request)
        source = self.source_of(str(body.get("dataSource") or ""), "promotionDataSource")
        told = body.get("promotion") or {}
        self._check(told)
        if any(told[name] != self.sources[source]["promotionDataSource"][name] for name in OF_SOURCE):
            raise invalid("promotion.targetCountry", "DATA_SOURCE_MISMATCH")
        key = f"{told['contentLanguage']}~{told['targetCountry']}~{told['promotionId']}"
        kept = self.promotions.get(key, {})
        if int(told.get("versionNumber") or 0) < int(kept.get("versionNumber") or 0):
            raise Refusal("ABORTED", "The version number is older than the one on record.", "VERSION_TOO_OLD")
        made = {"creationDate": kept.get("creationDate") or self._now(), "lastUpdateDate": self._now()}
        parent = f"accounts/{self.account_id}"
        names = {"name": f"{parent}/promotions/{key}", "dataSource": f"{parent}/dataSources/{source}"}
        self.promotions[key] = {**told, **names, **made}
        return json_response(self._promotion(key))

    @route(PATH)
    def list_promotions(self, request: Request, account: str) -> Response:
        """List the promotions."""
        self.check_account(account)
        return json_response(paged(request, [self._promotion(key) for key in self.promotions], "promotions", 250, 250))

    @route(f"{PATH}/<key>")
    def get_promotion(self, request: Request, account: str, key: str) -> Response:
        """Return one promotion."""
        self.check_account(account)
        if key not in self.promotions:
            raise missing("Promotion")
        return json_response(self._promotion(key))

    def _check(self, told: dict[str, Any]) -> None:
        for name in NEEDED:
            if not told.get(name):
                raise invalid(f"promotion.{name}", "REQUIRED_FIELD_MISSING")
        if told["targetCountry"] not in COUNTRIES:
            raise invalid("promotion.targetCountry", "UNSUPPORTED_COUNTRY")
        said = told.get("attributes") or {}
        kind = said.get("couponValueType", "")
        code = ("genericRedemptionCode",) if said.get("offerType") == "GENERIC_CODE" else ()
        for name in (*NEEDED_ATTRIBUTES, *GOES_WITH.get(kind, ()), *code):
            if not said.get(name):
                raise invalid(f"promotion.attributes.{name}", "REQUIRED_FIELD_MISSING")
        if kind not in GOES_WITH:
            raise invalid("promotion.attributes.couponValueType", "INVALID_ENUM_VALUE")
        self._limits(told, said)
        has_codes = any(said.get(name) for name in CODES)
        if has_codes != (said.get("storeApplicability") == "SPECIFIC_STORES"):
            raise invalid("promotion.attributes.storeApplicability", "STORE_CODES_MISMATCH")
        self._period(said)

    def _limits(self, told: Mapping[str, Any], said: Mapping[str, Any]) -> None:
        if not NAME.fullmatch(str(told["promotionId"])):
            raise invalid("promotion.promotionId", "INVALID_PROMOTION_ID")
        if len(said["longTitle"]) > LONGEST_TITLE:
            raise invalid("promotion.attributes.longTitle", "VALUE_TOO_LONG")
        if len(said.get("genericRedemptionCode", "")) > LONGEST_PROMOTION_CODE:
            raise invalid("promotion.attributes.genericRedemptionCode", "VALUE_TOO_LONG")
        if not set(told["redemptionChannel"]) <= {"ONLINE", "IN_STORE"}:
            raise invalid("promotion.redemptionChannel", "INVALID_ENUM_VALUE")
        if LOCAL & set(said["promotionDestinations"]):
            for name in ("storeApplicability", "promotionUrl"):
                if not said.get(name):
                    raise invalid(f"promotion.attributes.{name}", "REQUIRED_FIELD_MISSING")

    def _period(self, said: Mapping[str, Any]) -> tuple[datetime, datetime]:
        try:
            told = said["promotionEffectiveTimePeriod"]
            start, end = (datetime.fromisoformat(told[name]) for name in ("startTime", "endTime"))
        except (KeyError, TypeError, ValueError):
            start = end = datetime.min.replace(tzinfo=UTC)
        if start.tzinfo is None or end.tzinfo is None or end <= start:
            raise invalid("promotion.attributes.promotionEffectiveTimePeriod", "INVALID_TIME_PERIOD")
        return start, end

    def _promotion(self, key: str) -> dict[str, Any]:
        kept = dict(self.promotions[key])
        dates = {name: kept.pop(name) for name in ("creationDate", "lastUpdateDate")}
        start, end = self._period(kept["attributes"])
        state = "EXPIRED" if self.clock() >= end else "PENDING" if self.clock() < start else "LIVE"
        state = "REJECTED" if key in self.rejected else state
        statuses = [{"reportingContext": each, "status": state} for each in kept["attributes"]["promotionDestinations"]]
        return {**kept, "promotionStatus": {"destinationStatuses": statuses, "itemLevelIssues": [], **dates}}

    def _now(self) -> str:
        return self.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
