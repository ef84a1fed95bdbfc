"""The paths of campaign reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.mailchimp.account import answer
from plugins.sandbox.mailchimp.campaigns import CampaignPaths, Recipient
from plugins.sandbox.mailchimp.member import digest
from plugins.sandbox.mailchimp.problems import not_found
from plugins.sandbox.mailchimp.queries import Query, stamp
from plugins.sandbox.retailer import Activity, Campaign
from plugins.sandbox.stand_in import route

REPORT = "/3.0/reports/<campaign_id>"
KEPT_PER_MEMBER = 1000
LINK_SORTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "total_clicks": itemgetter("total_clicks"),
    "unique_clicks": itemgetter("unique_clicks"),
}
SHOWN_ACTIONS = ("open", "click", "bounce")


class ReportPaths(CampaignPaths):
    """Answers `/reports` and everything below one campaign."""

    @route("/3.0/reports")
    def list_reports(self, request: Request) -> Response:
        """List the reports of campaigns that were sent."""
        query = Query(request)
        sent, kind = query.within("send_time"), query.text("type")
        found = [each for each in self.retailer.campaigns if kind in ("", "regular") and sent(each.sent_at)]
        shown = [self._report(each) for each in query.page(found)]
        return answer(request, {"reports": shown, "total_items": len(found), "_links": []})

    @route(REPORT)
    def get_report(self, request: Request, campaign_id: str) -> Response:
        """Show one report."""
        return answer(request, self._report(self.campaign(campaign_id)))

    def _report(self, campaign: Campaign) -> dict[str, Any]:
        sent, active = self.emails_sent(campaign), self.reacted(campaign)
        bounces = [each.bounce or "hard" for who in active for each in who.did("bounce")]
        return {
            "id": campaign.id,
            "campaign_title": campaign.title,
            "type": "regular",
            "list_id": self.list_id,
            "list_is_active": True,
            "list_name": self.retailer.name,
            "subject_line": campaign.title,
            "preview_text": "",
            "emails_sent": sent,
            "abuse_reports": sum(len(who.did("complain")) for who in active),
            "unsubscribed": sum(bool(who.did("unsubscribe")) for who in active),
            "send_time": stamp(campaign.sent_at),
            "bounces": {
                "hard_bounces": bounces.count("hard"),
                "soft_bounces": bounces.count("soft"),
                "syntax_errors": 0,
            },
            "opens": _totals(active, sent, "open"),
            "clicks": _totals(active, sent, "click"),
            "_links": [],
        }

    @route(f"{REPORT}/email-activity")
    def email_activity(self, request: Request, campaign_id: str) -> Response:
        """List what every recipient did; who did nothing comes with an empty list."""
        query, campaign = Query(request), self.campaign(campaign_id)
        since, everyone = query.time("since"), self.recipients(campaign)
        rows = [
            self._address(each, campaign) | {"activity": [_action(one) for one in _kept(each, since)], "_links": []}
            for each in query.page(everyone)
        ]
        return answer(request, {"emails": rows, **_counted(campaign, everyone)})

    @route(f"{REPORT}/open-details")
    def open_details(self, request: Request, campaign_id: str) -> Response:
        """List who opened, and when."""
        query, campaign = Query(request), self.campaign(campaign_id)
        since = query.time("since")
        opened = [(who, _after(who.did("open"), since)) for who in self.reacted(campaign)]
        found = query.ordered([pair for pair in opened if pair[1]], {"opens_count": lambda pair: len(pair[1])})
        rows = [
            self._contact(who, campaign)
            | {"opens_count": len(opens), "opens": [{"timestamp": stamp(each.at)} for each in opens], "_links": []}
            for who, opens in query.page(found)
        ]
        total = sum(len(opens) for _, opens in found)
        return answer(request, {"members": rows, "total_opens": total, **_counted(campaign, found)})

    @route(f"{REPORT}/click-details")
    def click_details(self, request: Request, campaign_id: str) -> Response:
        """List the links of a campaign that were clicked."""
        query, campaign = Query(request), self.campaign(campaign_id)
        links = self._links(campaign)
        rows = list(query.page(query.ordered(links, LINK_SORTS)))
        return answer(request, {"urls_clicked": rows, **_counted(campaign, links)})

    def _links(self, campaign: Campaign) -> list[dict[str, Any]]:
        clicks = [each for who in self.reacted(campaign) for each in who.did("click")]
        return [_clicked_link(campaign, url, clicks) for url in sorted({each.url for each in clicks})]

    def _clicked(self, campaign: Campaign, link_id: str) -> dict[str, Any]:
        for link in self._links(campaign):
            if link["id"] == link_id:
                return link
        raise not_found()

    @route(f"{REPORT}/click-details/<link_id>")
    def get_click_details(self, request: Request, campaign_id: str, link_id: str) -> Response:
        """Show one link."""
        campaign = self.campaign(campaign_id)
        return answer(request, self._clicked(campaign, link_id))

    @route(f"{REPORT}/click-details/<link_id>/members")
    def click_members(self, request: Request, campaign_id: str, link_id: str) -> Response:
        """List who clicked one link."""
        campaign = self.campaign(campaign_id)
        url = self._clicked(campaign, link_id)["url"]
        clicks = [(who, [each for each in who.did("click") if each.url == url]) for who in self.reacted(campaign)]
        found = [pair for pair in clicks if pair[1]]
        rows = [
            self._contact(who, campaign) | {"clicks": len(own), "url_id": link_id, "_links": []}
            for who, own in Query(request).page(found)
        ]
        return answer(request, {"members": rows, **_counted(campaign, found)})

    @route(f"{REPORT}/unsubscribed")
    def unsubscribed(self, request: Request, campaign_id: str) -> Response:
        """List who left through a campaign."""
        campaign = self.campaign(campaign_id)
        found = [who for who in self.reacted(campaign) if who.did("unsubscribe")]
        rows = [
            self._profile(who, campaign)
            | {"timestamp": stamp(who.did("unsubscribe")[-1].at), "reason": who.member.unsubscribe_reason, "_links": []}
            for who in Query(request).page(found)
        ]
        return answer(request, {"unsubscribes": rows, **_counted(campaign, found)})

    @route(f"{REPORT}/sent-to")
    def sent_to(self, request: Request, campaign_id: str) -> Response:
        """List who a campaign went to."""
        campaign = self.campaign(campaign_id)
        found = self.recipients(campaign)
        rows = [self._profile(who, campaign) | _delivery(who) for who in Query(request).page(found)]
        return answer(request, {"sent_to": rows, **_counted(campaign, found)})

    def _address(self, who: Recipient, campaign: Campaign) -> dict[str, Any]:
        member = who.member
        row: dict[str, Any] = {"email_id": member.id, "email_address": member.email, "campaign_id": campaign.id}
        row |= {"list_id": self.list_id, "list_is_active": True}
        return row

    def _profile(self, who: Recipient, campaign: Campaign) -> dict[str, Any]:
        merge_fields = dict(who.member.merge_fields)
        return self._address(who, campaign) | {"merge_fields": merge_fields, "vip": who.member.vip}

    def _contact(self, who: Recipient, campaign: Campaign) -> dict[str, Any]:
        return self._profile(who, campaign) | {"contact_status": who.member.status}


def _counted(campaign: Campaign, found: Sequence[Any]) -> dict[str, Any]:
    return {"campaign_id": campaign.id, "total_items": len(found), "_links": []}


def _after(activities: Iterable[Activity], since: datetime | None) -> list[Activity]:
    return [each for each in activities if since is None or each.at > since]


def _kept(who: Recipient, since: datetime | None) -> list[Activity]:
    rows = _after((each for action in SHOWN_ACTIONS for each in who.did(action)), since)
    return sorted(rows, key=lambda each: each.at)[:KEPT_PER_MEMBER]


def _action(activity: Activity) -> dict[str, str]:
    row = {"action": activity.action, "timestamp": stamp(activity.at)}
    if activity.action == "bounce":
        return {**row, "type": activity.bounce or "hard"}
    return {**row, "ip": "", **({"url": activity.url} if activity.action == "click" else {})}


def _delivery(who: Recipient) -> dict[str, Any]:
    bounces, opens = who.did("bounce"), who.did("open")
    return {
        "status": (bounces[-1].bounce or "hard") if bounces else "sent",
        "open_count": len(opens),
        "last_open": stamp(opens[-1].at if opens else None),
        "gmt_offset": 0,
        "_links": [],
    }


def _clicked_link(campaign: Campaign, url: str, clicks: list[Activity]) -> dict[str, Any]:
    own = [each for each in clicks if each.url == url]
    unique, clickers = (len({each.email.lower() for each in some}) for some in (own, clicks))
    return {
        "id": _link_id(campaign, url),
        "url": url,
        "total_clicks": len(own),
        "click_percentage": len(own) / len(clicks),
        "unique_clicks": unique,
        "unique_click_percentage": unique / clickers,
        "last_click": stamp(max(each.at for each in own)),
        "campaign_id": campaign.id,
        "_links": [],
    }


def _link_id(campaign: Campaign, url: str) -> str:
    return digest(f"link {campaign.id} {url}", 10)


def _totals(active: list[Recipient], sent: int, action: str) -> dict[str, Any]:
    done = [each for who in active for each in who.did(action)]
    people = len({each.email.lower() for each in done})
    last = stamp(max((each.at for each in done), default=None))
    rate = people / sent if sent else 0
    counts: dict[str, Any] = {f"{action}s_total": len(done), f"unique_{action}s": people}
    if action == "click":
        counts["unique_subscriber_clicks"] = people
    return {**counts, f"{action}_rate": rate, f"last_{action}": last}
