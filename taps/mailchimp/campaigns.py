"""Campaigns, and what their reports say people did with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import requests
from singer_sdk.helpers.types import Context, Record
from typing_extensions import override

from taps.mailchimp.paging import Position, moment, rows
from taps.mailchimp.rest import MailchimpStream

OVERLAP = timedelta(hours=1)
"""Activity is asked for again so far back: it may be counted later than it happened."""
NOT_SENT = {"save", "paused", "schedule"}


class Campaigns(MailchimpStream):
    """Campaigns of the audience, oldest first."""

    name = "campaigns"
    path = "/campaigns"
    array = "campaigns"
    primary_keys = ("id",)

    @override
    def filters(self, position: Position) -> dict[str, Any]:
        return {"list_id": self.config["list_id"], "sort_field": "create_time", "sort_dir": "ASC"}

    @override
    def generate_child_contexts(self, record: Record, context: Context | None) -> Iterable[Context | None]:
        if record["status"] not in NOT_SENT:
            yield {"campaign_id": record["id"], "send_time": record["send_time"]}


class CampaignReport(MailchimpStream):
    """What a report says about one campaign, asked for until the campaign is old."""

    parent_stream_type = Campaigns
    replication_key = "timestamp"
    state_partitioning_keys = ()
    _since: datetime | None = None

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        bookmark = self.get_starting_timestamp(context)
        self._since = bookmark and bookmark - OVERLAP
        if context and self._is_due(context):
            yield from super().get_records(context)

    def _is_due(self, context: Context) -> bool:
        sent = moment(context["send_time"])
        days = timedelta(days=int(self.config.get("campaign_days", 90)))
        return sent is None or self._since is None or sent >= self._since - days

    @override
    def may_be_gone(self, response: requests.Response) -> bool:
        return True


class EmailActivity(CampaignReport):
    """Opens, clicks and bounces; they have no id and do not move a member's `last_changed`."""

    name = "email_activity"
    path = "/reports/{campaign_id}/email-activity"
    array = "emails"
    primary_keys = ("campaign_id", "email_id", "action", "timestamp", "url")
    who = ("campaign_id", "list_id", "email_id", "email_address")
    what = ("action", "timestamp", "url", "type")

    @property
    @override
    def fields(self) -> Iterable[str]:
        return (*self.who, *(f"activity.{name}" for name in self.what))

    @override
    def filters(self, position: Position) -> dict[str, Any]:
        return {"since": self._since and self._since.isoformat()}

    @override
    def parse_response(self, response: requests.Response) -> Iterator[Record]:
        for email in rows(response, self.array):
            who = {key: email.get(key) for key in self.who}
            once = {
                tuple(act.get(key) or "" for key in ("action", "timestamp", "url")): act
                for act in email.get("activity") or []
            }
            for (action, at, url), act in once.items():
                yield {**who, "action": action, "timestamp": at, "url": url, "type": act.get("type")}

    @override
    def post_process(self, row: Record, context: Context | None = None) -> Record | None:
        at = moment(row.get("timestamp"))
        is_old = at is not None and self._since is not None and at < self._since
        return None if is_old else super().post_process(row, context)


class Unsubscribes(CampaignReport):
    """Who unsubscribed from a campaign, when and why: all of them each time, for the vendor filters none by time."""

    name = "unsubscribes"
    path = "/reports/{campaign_id}/unsubscribed"
    array = "unsubscribes"
    primary_keys = ("campaign_id", "email_id")
