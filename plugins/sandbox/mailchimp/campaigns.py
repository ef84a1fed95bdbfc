"""What was sent, to whom, and what became of it: drawn from the retailer's campaigns and activities."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from werkzeug.wrappers import Request, Response

from plugins.sandbox.mailchimp.account import Account, answer
from plugins.sandbox.mailchimp.member import Member
from plugins.sandbox.mailchimp.problems import FieldError, invalid, not_found
from plugins.sandbox.mailchimp.queries import Query, stamp
from plugins.sandbox.retailer import Activity, Campaign
from plugins.sandbox.stand_in import route

FEED = "/3.0/lists/<list_id>/members/<path_key>/activity-feed"
CAMPAIGN_STATUSES = ("save", "paused", "schedule", "sending", "sent")
CAMPAIGN_TYPES = ("regular", "plaintext", "absplit", "rss", "variate")
FEED_TYPES = [
    "open",
    "click",
    "bounce",
    "unsub",
    "sent",
    "conversation",
    "note",
    "marketing_permission",
    "postcard_sent",
    "squatter_signup",
    "website_signup",
    "landing_page_signup",
    "ecommerce_signup",
    "generic_signup",
    "order",
    "event",
    "survey_response",
    "sms_bulk_sent",
    "web_engagement",
]
SORTS: dict[str, Callable[[Campaign], Any]] = {
    "create_time": lambda each: each.sent_at,
    "send_time": lambda each: each.sent_at,
}


class Recipient(NamedTuple):
    """A member a campaign went to, and what it did."""

    member: Member
    activities: tuple[Activity, ...]

    def did(self, action: str) -> list[Activity]:
        """Return what the member did of one kind, oldest first."""
        return sorted((each for each in self.activities if each.action == action), key=lambda each: each.at)


class CampaignPaths(Account):
    """Answers `/campaigns` and the activity feed of a member."""

    def campaign(self, key: str) -> Campaign:
        """Find a campaign or refuse with 404."""
        for each in self.retailer.campaigns:
            if each.id == key:
                return each
        raise not_found()

    def reacted(self, campaign: Campaign) -> list[Recipient]:
        """Return who did something with a campaign."""
        by_email: dict[str, list[Activity]] = {}
        for each in self.activities.get(campaign.id, ()):
            by_email.setdefault(each.email.lower(), []).append(each)
        found = ((self.audience.find(email), done) for email, done in by_email.items())
        return [Recipient(member, tuple(done)) for member, done in found if member]

    def recipients(self, campaign: Campaign) -> list[Recipient]:
        """Return who a campaign went to: who was opted in by then and had not left, and whoever reacted."""
        reacted = {each.member.web_id: each for each in self.reacted(campaign)}
        return [
            reacted.get(member.web_id) or Recipient(member, ())
            for member in self.audience.contacts.values()
            if member.web_id in reacted or _was_sent(member, campaign.sent_at)
        ]

    def emails_sent(self, campaign: Campaign) -> int:
        """Count the recipients of a campaign."""
        reacted = {each.member.web_id for each in self.reacted(campaign)}
        everybody, at = self.audience.contacts.values(), campaign.sent_at
        return sum(_was_sent(each, at) or each.web_id in reacted for each in everybody)

    @route("/3.0/campaigns")
    def list_campaigns(self, request: Request) -> Response:
        """List the campaigns."""
        query = Query(request)
        sent, created = query.within("send_time"), query.within("create_time")
        status, kind = query.choice("status", CAMPAIGN_STATUSES), query.choice("type", CAMPAIGN_TYPES)
        is_ours = status in ("", "sent") and kind in ("", "regular") and query.text("list_id") in ("", self.list_id)
        found = [each for each in self.retailer.campaigns if is_ours and sent(each.sent_at) and created(each.sent_at)]
        shown = [self._show_campaign(each) for each in query.page(query.ordered(found, SORTS))]
        return answer(request, {"campaigns": shown, "total_items": len(found), "_links": []})

    @route("/3.0/campaigns/<campaign_id>")
    def get_campaign(self, request: Request, campaign_id: str) -> Response:
        """Show one campaign."""
        return answer(request, self._show_campaign(self.campaign(campaign_id)))

    def _show_campaign(self, campaign: Campaign) -> dict[str, Any]:
        count = self.emails_sent(campaign)
        recipients = {"list_id": self.list_id, "list_is_active": True, "list_name": self.retailer.name}
        return {
            "id": campaign.id,
            "web_id": int.from_bytes(campaign.id.encode()[-3:]),
            "type": "regular",
            "create_time": stamp(campaign.sent_at),
            "status": "sent",
            "emails_sent": count,
            "send_time": stamp(campaign.sent_at),
            "content_type": "template",
            "recipients": {**recipients, "segment_text": "", "recipient_count": count},
            "settings": {"subject_line": campaign.title, "title": campaign.title, "from_name": self.retailer.name},
            "tracking": {"opens": True, "html_clicks": True},
            "delivery_status": {"enabled": False},
            "_links": [],
        }

    @route(FEED)
    def activity_feed(self, request: Request, list_id: str, path_key: str) -> Response:
        """Show what one member did and got, newest first."""
        query, member = Query(request), self.audience_of(list_id).get(path_key)
        wanted = {path[0] for path in query.paths("activity_filters")}
        if unknown := wanted - set(FEED_TYPES):
            raise invalid(FieldError("activity_filters", f"Unknown activity: {', '.join(sorted(unknown))}."))
        rows = [row for row in self._feed(member) if not wanted or row["activity_type"] in wanted]
        rows.sort(key=lambda row: str(row["created_at_timestamp"]), reverse=True)
        page = list(query.page(rows))
        return answer(request, {"activity": page, "email_id": member.id, "list_id": list_id, "_links": []})

    def _feed(self, member: Member) -> Iterable[dict[str, Any]]:
        if member.opted_in_at:
            signup = {"activity_type": "generic_signup", "created_at_timestamp": stamp(member.opted_in_at)}
            yield {**signup, "signup_category": member.source}
        for event in member.events:
            told = {
                "activity_type": "event",
                "created_at_timestamp": stamp(event.occurred_at),
                "event_name": event.name,
            }
            yield {**told, "event_properties": [dict([pair]) for pair in event.properties.items()]}
        for campaign in self.retailer.campaigns:
            known = {"campaign_id": campaign.id, "campaign_title": campaign.title}
            own = [each for each in self.activities.get(campaign.id, ()) if each.email.lower() == member.email.lower()]
            if own or _was_sent(member, campaign.sent_at):
                yield {"activity_type": "sent", "created_at_timestamp": stamp(campaign.sent_at), **known}
            yield from (_feed_row(each, member) | known for each in own)


def _feed_row(activity: Activity, member: Member) -> dict[str, Any]:
    extra: dict[str, dict[str, Any]] = {
        "click": {"link_clicked": activity.url},
        "bounce": {"bounce_type": activity.bounce or "hard", "bounce_has_open_activity": False},
        "unsubscribe": {"is_admin_unsubscribed": False, "unsubscribe_reason": member.unsubscribe_reason},
    }
    kind = "unsub" if activity.action == "unsubscribe" else activity.action
    return {"activity_type": kind, "created_at_timestamp": stamp(activity.at), **extra.get(activity.action, {})}


def _was_sent(member: Member, sent_at: datetime) -> bool:
    if member.opted_in_at is None or member.opted_in_at > sent_at:
        return False
    return member.status in ("subscribed", "pending") or member.changed_at > sent_at
