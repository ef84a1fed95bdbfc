"""The paths of feeds and of what processing them came to."""

from __future__ import annotations

import re
from typing import Any

from typing_extensions import override
from werkzeug.wrappers import Request, Response

from plugins.sandbox.pinterest.feed import Feed, File, Run
from plugins.sandbox.pinterest.items import CATALOG_ID, ItemPaths, check_type
from plugins.sandbox.pinterest.languages import LOCALES
from plugins.sandbox.pinterest.operations import operation
from plugins.sandbox.pinterest.reading import names, object_of, only, optional, page, required
from plugins.sandbox.pinterest.refusals import Refusal, invalid, not_permitted
from plugins.sandbox.stand_in import json_response

FEEDS, FEED = "/catalogs/feeds", "/catalogs/feeds/<feed_id>"
READS, WRITES = "catalogs:read", "catalogs:read catalogs:write"
CHANGEABLE = (
    "credentials", "default_availability", "default_currency", "format", "location", "name",
    "preferred_processing_schedule", "status",
)  # fmt: skip
FIXED = ("catalog_id", "catalog_type", "default_country", "default_locale")
LOCATION = re.compile(r"(http|https|ftp|sftp)://.+")
TIME = re.compile(r"(0\d|1\d|2[0-3]):[0-5]\d")
CHOICES = {
    "format": ("TSV", "CSV", "XML"),
    "default_availability": ("IN_STOCK", "OUT_OF_STOCK", "PREORDER"),
    "status": ("ACTIVE", "INACTIVE"),
}
FIRST_FEED_ID, FIRST_RUN_ID = 1_511_851_494_501, 5_224_831_246_441


class FeedPaths(ItemPaths):
    """Answers `/catalogs/feeds` and `/catalogs/processing_results`."""

    def seed(self) -> None:
        """Start with a verified website and no feeds."""
        super().seed()
        self.feeds: dict[str, Feed] = {}
        self.made_feeds = 0
        self.runs: dict[str, Run] = {}
        self.has_website = self.has_verified_website = True

    @property
    @override
    def has_feed(self) -> bool:
        return bool(self.feeds)

    @operation(FEEDS, category="catalogs_read", scopes=READS)
    def list_feeds(self, request: Request) -> Response:
        """List the feeds."""
        return json_response(page(request, [*self.feeds.values()], Feed.view))

    @operation(FEEDS, "POST", category="catalogs_write", scopes=WRITES)
    def create_feed(self, request: Request) -> Response:
        """Make a feed of a file at the merchant's own, verified website."""
        body, at = object_of(request), self.clock()
        only(body, (*CHANGEABLE, *FIXED))
        self._check_website()
        for name in ("name", "format", "location"):
            required(body, name, str)
        if not body.get("default_country") or not body.get("default_locale"):
            raise Refusal(501, 4181, "Not implemented at the moment. Please, see documentation")
        check_type(optional(body, "catalog_type", str, "RETAIL"))
        self._check(body)
        self._check_name(body["name"])
        self.made_feeds += 1
        key = str(FIRST_FEED_ID + self.made_feeds)
        self.feeds[key] = Feed(key, at, at, body)
        return json_response(self.feeds[key].view(), 201)

    @operation(FEED, category="catalogs_read", scopes=READS)
    def get_feed(self, request: Request, feed_id: str) -> Response:
        """Show one feed."""
        return json_response(self.feed(feed_id).view())

    @operation(FEED, "PATCH", category="catalogs_write", scopes=WRITES)
    def update_feed(self, request: Request, feed_id: str) -> Response:
        """Change what may be changed; country, locale and catalogue stay."""
        found, body = self.feed(feed_id), object_of(request)
        only(body, (*CHANGEABLE, "catalog_type"))
        self._check(body)
        if body.get("name", found.given["name"]) != found.given["name"]:
            self._check_name(body["name"])
        found.given |= body
        found.updated_at = self.clock()
        return json_response(found.view())

    @operation(FEED, "DELETE", category="catalogs_write", scopes=WRITES)
    def delete_feed(self, request: Request, feed_id: str) -> Response:
        """Remove a feed; its results go with it."""
        for run in self.feed(feed_id).runs:
            del self.runs[run.id]
        del self.feeds[feed_id]
        return Response(status=204)

    @operation(f"{FEED}/ingest", "POST", category="catalogs_write", scopes="catalogs:write")
    def ingest_feed(self, request: Request, feed_id: str) -> Response:
        """Start a run over the file as it is now."""
        found, at = self.feed(feed_id), self.clock()
        file = File(found.file.items, dict(found.file.errors))
        run = Run(str(FIRST_RUN_ID + len(self.runs)), feed_id, at, file)
        found.runs.append(run)
        self.runs[run.id] = run
        return json_response(run.started(at))

    @operation(f"{FEED}/processing_results", category="catalogs_read", scopes=READS)
    def list_results(self, request: Request, feed_id: str) -> Response:
        """List the newest results; the bookmark does not work yet, so there is one page."""
        rows = self.feed(feed_id).runs[::-1]
        return json_response(page(request, rows, lambda each: each.view(self.clock())) | {"bookmark": None})

    @operation("/catalogs/processing_results/<result_id>/item_issues", category="catalogs_read", scopes=READS)
    def list_issues(self, request: Request, result_id: str) -> Response:
        """List examples of items that were refused."""
        if result_id not in self.runs:
            raise Refusal(404, 4184, "Sorry! We could not find your processing result.")
        numbers, kinds = names(request, "item_numbers"), names(request, "item_validation_issue")
        if numbers and kinds:
            raise Refusal(501, 4181, "Not implemented at the moment. Please, see documentation.")
        rows = [
            each
            for each in self.runs[result_id].issues(self.clock())
            if (not numbers or str(each["item_number"]) in numbers) and (not kinds or each["errors"].keys() & kinds)
        ]
        return json_response(page(request, rows, lambda each: each))

    def feed(self, key: str) -> Feed:
        """Return a feed, or refuse."""
        if key not in self.feeds:
            raise Refusal(404, 4161, "Sorry! We could not find your catalogs feed.")
        return self.feeds[key]

    def _check_website(self) -> None:
        if not self.has_website:
            raise Refusal(409, 4168, "User does not have a website.")
        if not self.has_verified_website:
            raise Refusal(409, 4169, "User does not have a verified website.")

    def _check_name(self, name: str) -> None:
        if any(each.given["name"] == name for each in self.feeds.values()):
            raise Refusal(422, 4170, "The feed name already exists.")

    @staticmethod
    def _check(body: dict[str, Any]) -> None:
        if body.get("catalog_id", CATALOG_ID) != CATALOG_ID:
            raise not_permitted()
        for name, allowed in CHOICES.items():
            if body.get(name) is not None:
                required(body, name, str, allowed)
        if "location" in body and not LOCATION.fullmatch(required(body, "location", str)):
            raise invalid("Invalid request: 'location' must match the pattern ^(http|https|ftp|sftp)://")
        if "default_locale" in body and body["default_locale"] not in LOCALES:
            raise invalid("Invalid request: 'default_locale' is not one of the catalogs locales")
        schedule = body.get("preferred_processing_schedule")
        if schedule is not None and not (isinstance(schedule, dict) and TIME.fullmatch(str(schedule.get("time")))):
            raise invalid("Invalid request: 'preferred_processing_schedule' must have a time HH:MM")
        credentials = body.get("credentials")
        if credentials is not None and not {"username", "password"} <= set(credentials):
            raise invalid("Invalid request: 'credentials' must have username and password")
