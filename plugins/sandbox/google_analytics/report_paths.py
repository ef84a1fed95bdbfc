"""The Data API's paths: reports alone and in batches, what there is to ask for, and what fits together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.google_analytics.account import Account
from plugins.sandbox.google_analytics.asked import asked, worded
from plugins.sandbox.google_analytics.names import DIMENSIONS, METRICS, clash, dimension_told, metadata, metric_told
from plugins.sandbox.google_analytics.refusals import invalid, not_a, unknown_field
from plugins.sandbox.google_analytics.reports import report, tokens
from plugins.sandbox.stand_in import json_response, route

COMMON = "0"
"""The property that stands for what all have."""
MOST_REPORTS = 5
CHECKED = {"dimensions", "metrics", "dimensionFilter", "metricFilter", "compatibilityFilter"}
PREFIX = "/v1beta/properties/<property_id>"


@dataclass
class ReportPaths(Account):
    """Answers reports."""

    @route(f"{PREFIX}:runReport", "POST")
    def run_report(self, request: Request, property_id: str) -> Response:
        """Answer one report."""
        self.check_property(property_id)
        self.quotas.check(self.clock())
        return json_response(self._report(read_body(request)))

    @route(f"{PREFIX}:batchRunReports", "POST")
    def batch_run_reports(self, request: Request, property_id: str) -> Response:
        """Answer up to five reports; one that is refused refuses all."""
        self.check_property(property_id)
        self.quotas.check(self.clock())
        body = read_body(request)
        requests = body.get("requests", [])
        for name in body:
            if name != "requests":
                raise unknown_field(name)
        if not isinstance(requests, list) or not all(isinstance(each, dict) for each in requests):
            raise invalid("Invalid value at 'requests'")
        if len(requests) > MOST_REPORTS:
            raise invalid(f"Batch requests are limited to {MOST_REPORTS} requests. This batch has {len(requests)}.")
        reports = [self._report(each) for each in requests]
        return json_response({"reports": reports, "kind": "analyticsData#batchRunReports"})

    def _report(self, body: Mapping[str, Any]) -> dict[str, Any]:
        wanted = asked(body, self.today())
        made = report(wanted, list(self.known()), str(body.get("currencyCode") or "EUR"))
        quota = self.quotas.spend(tokens(wanted, made), self.clock())
        return made | ({"propertyQuota": quota} if wanted.wants_quota else {})

    @route(f"{PREFIX}/metadata")
    def get_metadata(self, _request: Request, property_id: str) -> Response:
        """Tell the dimensions and metrics; property 0 has what is common to all."""
        if property_id != COMMON:
            self.check_property(property_id)
        return json_response(metadata(f"properties/{property_id}/metadata"))

    @route(f"{PREFIX}:checkCompatibility", "POST")
    def check_compatibility(self, request: Request, property_id: str) -> Response:
        """Tell what can still be added to a report."""
        self.check_property(property_id)
        body = read_body(request)
        for name in body:
            if name not in CHECKED:
                raise unknown_field(name)
        dimensions = _known(body, "dimensions", DIMENSIONS)
        metrics = _known(body, "metrics", METRICS)
        words = {True: "INCOMPATIBLE", False: "COMPATIBLE"}
        told_dimensions = [
            {"dimensionMetadata": dimension_told(each), "compatibility": words[_clashes([*dimensions, name], metrics)]}
            for name, each in DIMENSIONS.items()
        ]
        told_metrics = [
            {"metricMetadata": metric_told(each), "compatibility": words[_clashes(dimensions, [*metrics, name])]}
            for name, each in METRICS.items()
        ]
        only = worded(body.get("compatibilityFilter"), ("COMPATIBLE", "INCOMPATIBLE"))
        keep = [told_dimensions, told_metrics]
        if only in words.values():
            keep = [[row for row in each if row["compatibility"] == only] for each in keep]
        return json_response({"dimensionCompatibilities": keep[0], "metricCompatibilities": keep[1]})


def _clashes(dimensions: list[str], metrics: list[str]) -> bool:
    return bool(clash(dimensions, metrics))


def _known(body: Mapping[str, Any], what: str, known: Mapping[str, Any]) -> list[str]:
    names = [str(each.get("name", "")) for each in body.get(what, [])]
    for name in names:
        if name not in known:
            raise not_a(what[:-1], name)
    return names


def read_body(request: Request) -> dict[str, Any]:
    """Return the JSON object that was sent."""
    try:
        body = json.loads(request.get_data(cache=True) or b"{}")
    except ValueError:
        raise invalid("Invalid JSON payload received. Unexpected token.") from None
    if not isinstance(body, dict):
        raise invalid("Invalid JSON payload received. Expected an object.")
    return body
