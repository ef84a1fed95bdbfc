"""Daily figures by the Data API v1beta: rows without persons."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any, ClassVar

import requests
from singer_sdk.helpers.types import Record
from singer_sdk.pagination import OffsetPaginator
from singer_sdk.streams.rest import HTTPRequest, PageContext
from typing_extensions import override

from plugins.wire.retry import HopelessError, TransientError
from taps.google_analytics.google import GoogleStream

SCARCE = 0.2
"""Below this share of its hourly tokens the property is asked no more than it must."""
PER_HOUR = 14_000
AT_ONCE_SECONDS = 5.0
LATEST_FIRST = timedelta(days=3)
FLAGS = {
    "subject_to_thresholding": "subjectToThresholding",
    "data_loss_from_other_row": "dataLossFromOtherRow",
    "is_sampled": "samplingMetadatas",
}


def _is_report(response: requests.Response) -> bool:
    """Tell whether an answer is a report: a web page, or half of one, is not an empty report."""
    try:
        told = response.json()
    except requests.JSONDecodeError:
        return False
    return isinstance(told, dict) and {"dimensionHeaders", "metricHeaders"} <= told.keys()


class Pages(OffsetPaginator):
    """Goes on until as many rows are read as the answer counts over all pages."""

    @override
    def has_more(self, response: requests.Response) -> bool:
        return bool(self.current_value + self._page_size < int(response.json().get("rowCount", 0)))


class Report(GoogleStream[int]):
    """One report by day, up to yesterday; the last days are restated, and so read again."""

    path = ":runReport"
    http_method = "POST"
    replication_key = "date"
    scope = "https://www.googleapis.com/auth/analytics.readonly"
    dimension: ClassVar[str]
    metrics: ClassVar[tuple[str, ...]]

    @property
    @override
    def url_base(self) -> str:
        base = str(self.config.get("api_url") or "https://analyticsdata.googleapis.com").rstrip("/")
        return f"{base}/v1beta/properties/{self.config['property_id']}"

    @override
    def get_new_paginator(self) -> Pages:
        return Pages(0, int(self.config.get("page_size", 100_000)))

    @override
    def get_http_request(self, *, page: PageContext[int]) -> HTTPRequest:
        request = super().get_http_request(page=page)
        names = ("date", self.dimension)
        request.data = {
            "dateRanges": [{"startDate": self._first_day, "endDate": "yesterday"}],
            "dimensions": [{"name": name} for name in names],
            "metrics": [{"name": name} for name in self.metrics],
            "orderBys": [{"dimension": {"dimensionName": name}} for name in names],
            "limit": str(self.config.get("page_size", 100_000)),
            "offset": str(page.next_page_token or 0),
            "returnPropertyQuota": True,
        }
        return request

    @property
    def _first_day(self) -> str:
        """Return the first day, which must not be after yesterday wherever the property is."""
        return min(self.window.first, self.window.last - LATEST_FIRST).isoformat()

    @override
    def validate_response(self, response: requests.Response) -> None:
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            # https://developers.google.com/analytics/devguides/reporting/data/v1/quotas
            if "concurrent" in response.text:
                raise TransientError(f"{self.where}: HTTP 429, too many at once; tried again", AT_ONCE_SECONDS)
            raise HopelessError(f"{self.where}: HTTP 429, the property's quota is used up; the next run goes on")
        super().validate_response(response)
        if not _is_report(response):
            raise TransientError(f"{self.where}: an answer that is no report; tried again later by itself")

    @override
    def parse_response(self, response: requests.Response) -> Iterator[Record]:
        told = response.json()
        self._mind(told.get("propertyQuota", {}))
        names = [each["name"] for each in (*told["dimensionHeaders"], *told["metricHeaders"])]
        about = self._about(told.get("metadata", {}))
        for row in told.get("rows", ()):
            values = [each["value"] for each in (*row["dimensionValues"], *row["metricValues"])]
            yield {**dict(zip(names, map(self._cast, names, values), strict=True)), **about}

    def _cast(self, name: str, value: str) -> str | int:
        """Return a count as a number; every value comes as a text, and money stays one."""
        return int(value) if self.schema["properties"].get(name, {}).get("type") == "integer" else value

    @staticmethod
    def _about(metadata: dict[str, Any]) -> Record:
        flags = {name: bool(metadata.get(said)) for name, said in FLAGS.items()}
        return {"currency_code": metadata.get("currencyCode"), "time_zone": metadata.get("timeZone"), **flags}

    def _mind(self, quota: dict[str, Any]) -> None:
        left = quota.get("tokensPerProjectPerHour", {}).get("remaining", PER_HOUR)
        if left < PER_HOUR * SCARCE:
            self.logger.warning("%s: %d tokens left in this hour; ask less often", self.where, left)


class DailyItems(Report):
    """How often each article was looked at, put into a basket and bought, by day."""

    name = "daily_items"
    primary_keys = ("date", "itemId")
    dimension = "itemId"
    metrics = ("itemsViewed", "itemsAddedToCart", "itemsPurchased", "itemRevenue")


class DailyChannels(Report):
    """Visits and orders by what brought people, by day."""

    name = "daily_channels"
    primary_keys = ("date", "sessionDefaultChannelGroup")
    dimension = "sessionDefaultChannelGroup"
    metrics = ("sessions", "activeUsers", "ecommercePurchases", "purchaseRevenue")
