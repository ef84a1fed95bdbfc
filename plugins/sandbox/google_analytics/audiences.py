"""Who is in an audience: a snapshot that takes its time, is read in pages, and does not last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from typing_extensions import override
from werkzeug.wrappers import Request, Response

from plugins.sandbox.google_analytics.account import Account
from plugins.sandbox.google_analytics.asked import DEFAULT_LIMIT, LARGEST_LIMIT, whole
from plugins.sandbox.google_analytics.refusals import Refusal, invalid, unknown_field
from plugins.sandbox.google_analytics.report_paths import read_body
from plugins.sandbox.google_analytics.told import Told
from plugins.sandbox.stand_in import json_response, route

AUDIENCES = {"1": ("All Users", ""), "2": ("Purchasers", "purchase"), "3": ("Basket", "add_to_cart")}
"""By number: what an audience is called, and what its members did."""
DIMENSIONS = ("deviceId", "userId", "isAdsPersonalizationAllowed")
TAKES, LASTS, LOOKS_BACK = timedelta(seconds=30), timedelta(hours=72), timedelta(days=30)
TOKENS, LARGEST_PAGE = 10, 1000
METADATA = "type.googleapis.com/google.analytics.data.v1beta.AudienceExportMetadata"
PATH = "/v1beta/properties/<property_id>/audienceExports"


@dataclass(frozen=True, slots=True)
class Export:
    """One snapshot."""

    name: str
    audience: str
    dimensions: tuple[str, ...]
    begun_at: datetime
    rows: tuple[tuple[str, ...], ...]

    def view(self, now: datetime) -> dict[str, Any]:
        """Return what is told of it."""
        is_ready = now >= self.begun_at + TAKES
        told = {
            "name": self.name,
            "audience": self.audience,
            "audienceDisplayName": AUDIENCES[self.audience.rpartition("/")[2]][0],
            "dimensions": [{"dimensionName": each} for each in self.dimensions],
            "state": "ACTIVE" if is_ready else "CREATING",
            "beginCreatingTime": self.begun_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "creationQuotaTokensCharged": TOKENS,
            "percentageCompleted": 100.0 if is_ready else 30.0,
        }
        return told | ({"rowCount": len(self.rows)} if is_ready and self.rows else {})


@dataclass
class AudiencePaths(Account):
    """Makes, lists and reads snapshots of audiences: the one way by which user ids are told."""

    @override
    def seed(self) -> None:
        super().seed()
        self.exports: dict[str, Export] = {}

    @route(PATH, "POST")
    def create_export(self, request: Request, property_id: str) -> Response:
        """Begin a snapshot."""
        body, name = read_body(request), f"properties/{property_id}/audienceExports"
        if not self.replaying:
            self.check_property(property_id)
            self.quotas.check(self.clock())
        audience, dimensions = _wanted(body, property_id)
        made = Export(
            f"{name}/{1000 + len(self.exports)}", audience, dimensions, self.clock(), self._rows(audience, dimensions)
        )
        self.exports[made.name] = made
        self.quotas.spend(TOKENS, self.clock())
        return json_response({"name": made.name, "metadata": {"@type": METADATA}, "done": False})

    @route(PATH)
    def list_exports(self, request: Request, property_id: str) -> Response:
        """List the snapshots, newest first."""
        self.check_property(property_id)
        size, start = request.args.get("pageSize", "200"), request.args.get("pageToken", "0")
        if not (size.isdigit() and start.isdigit()):
            raise invalid("Invalid page size or token.")
        listed = [each for each in reversed(self.exports.values()) if self._lasts(each)]
        first, last = int(start), int(start) + min(int(size) or 200, LARGEST_PAGE)
        told = {"audienceExports": [each.view(self.clock()) for each in listed[first:last]]}
        return json_response({**told, **({"nextPageToken": str(last)} if listed[last:] else {})})

    @route(f"{PATH}/<export_id>")
    def get_export(self, _request: Request, property_id: str, export_id: str) -> Response:
        """Tell how far a snapshot is."""
        return json_response(self._export(property_id, export_id).view(self.clock()))

    @route(f"{PATH}/<export_id>:query", "POST")
    def query_export(self, request: Request, property_id: str, export_id: str) -> Response:
        """Give a page of who is in it."""
        body, export = read_body(request), self._export(property_id, export_id)
        for name in body:
            if name not in ("name", "limit", "offset"):
                raise unknown_field(name)
        told = export.view(self.clock())
        if told["state"] != "ACTIVE":
            raise invalid("The audience export is still being created. Try again when its state is ACTIVE.")
        first, limit = whole(body, "offset", 0), min(whole(body, "limit", DEFAULT_LIMIT), LARGEST_LIMIT)
        rows = [{"dimensionValues": [{"value": each} for each in row]} for row in export.rows[first : first + limit]]
        answer: dict[str, Any] = {"audienceExport": told}
        answer |= {"audienceRows": rows} if rows else {}
        return json_response(answer | ({"rowCount": len(export.rows)} if export.rows else {}))

    def _lasts(self, export: Export) -> bool:
        return self.clock() < export.begun_at + LASTS

    def _export(self, property_id: str, export_id: str) -> Export:
        self.check_property(property_id)
        found = self.exports.get(f"properties/{property_id}/audienceExports/{export_id}")
        if found is None or not self._lasts(found):
            raise Refusal(404, "Requested entity was not found.")
        return found

    def _rows(self, audience: str, dimensions: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
        _, did = AUDIENCES[audience.rpartition("/")[2]]
        since = self.clock() - LOOKS_BACK
        lately = [each for each in self.known() if each.event.may_measure and each.event.at >= since]
        members = {each.event.browser for each in lately if did in ("", each.event.name)}
        rows = {_row(each, dimensions) for each in lately if each.event.browser in members}
        return tuple(sorted(rows))


def _wanted(body: Mapping[str, Any], property_id: str) -> tuple[str, tuple[str, ...]]:
    for name in body:
        if name not in ("audience", "dimensions"):
            raise unknown_field(name)
    audience, listed = str(body.get("audience", "")), body.get("dimensions", [])
    if audience not in {f"properties/{property_id}/audiences/{each}" for each in AUDIENCES}:
        raise Refusal(404, f"Audience {audience} was not found.")
    if not isinstance(listed, list) or not listed or not all(isinstance(each, dict) for each in listed):
        raise invalid("The dimensions field is required.")
    names = tuple(str(each.get("dimensionName", "")) for each in listed)
    for name in names:
        if name not in DIMENSIONS:
            raise invalid(f"Dimension {name} is not allowed in audience exports.")
    return audience, names


def _row(told: Told, dimensions: tuple[str, ...]) -> tuple[str, ...]:
    event = told.event
    values = {
        "deviceId": event.browser,
        "userId": event.account or "(not set)",
        "isAdsPersonalizationAllowed": str(event.may_advertise).lower(),
    }
    return tuple(values[each] for each in dimensions)
