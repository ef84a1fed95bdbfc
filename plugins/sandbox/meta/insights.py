"""Figures of the Page, its posts, the Instagram account and its media; one wrong metric fails the whole call."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple

from plugins.sandbox.meta.leads import LeadPaths
from plugins.sandbox.meta.media import InstagramUser, Media
from plugins.sandbox.meta.nodes import Connection, digits, edge, stamp
from plugins.sandbox.meta.parameters import Parameters
from plugins.sandbox.meta.posts import Page, Post
from plugins.sandbox.meta.refusals import invalid, required

REACTIONS = ("like", "love", "wow", "haha", "sorry", "anger")
# developers.facebook.com/docs/graph-api/reference/insights: what is left after 15 June 2026
PAGE_METRICS = {f"page_actions_post_reactions_{kind}_total" for kind in REACTIONS} | {
    "page_media_view", "page_total_media_view_unique", "page_post_engagements", "page_follows", "page_views_total",
    "page_video_views",
}  # fmt: skip
POST_METRICS = {"post_media_view", "post_total_media_view_unique"}
MEDIA_METRICS = {"reach", "likes", "comments", "saved", "shares", "views", "total_interactions"}
USER_METRICS = {"reach", "views", "likes", "comments", "saves", "shares", "total_interactions", "accounts_engaged"}
USER_METRICS |= {"profile_views", "follower_count"}
PERIODS = ("day", "week", "days_28", "month", "lifetime", "total_over_range")
LONGEST = timedelta(days=90)
HISTORY = timedelta(days=730)
FEWEST_LIKES = 100


class Window(NamedTuple):
    """The days that are asked for."""

    since: datetime
    until: datetime

    def days(self) -> list[datetime]:
        """Return the end of each day."""
        count = (self.until.date() - self.since.date()).days
        first = datetime.combine(self.since.date(), time(8), UTC)
        return [first + timedelta(days=number + 1) for number in range(count)]


class InsightPaths(LeadPaths):
    """Answers `insights` wherever it is an edge."""

    @edge("Page", "insights")
    def page_insights(self, node: Page, parameters: Parameters) -> Connection:
        """Return the figures of each day; a Page with few likes has none."""
        self.needs_page_token(parameters)
        metrics, window = _metrics(parameters, PAGE_METRICS), self._window(parameters)
        period = parameters.choice("period", PERIODS, "day")
        rows = [_series(node.id, each, period, window) for each in metrics]
        return Connection(rows if node.likes >= FEWEST_LIKES else [], is_paged=False)

    @edge("PagePost", "insights")
    def post_insights(self, node: Post, parameters: Parameters) -> Connection:
        """Return the figures since the post was made."""
        self.needs_page_token(parameters)
        period = parameters.choice("period", PERIODS, "lifetime")
        return _lifetime(node.id, _metrics(parameters, POST_METRICS), {}, period)

    @edge("IGMedia", "insights")
    def media_insights(self, node: Media, parameters: Parameters) -> Connection:
        """Return the figures since the media was made."""
        known = {"likes": node.likes, "comments": len(node.comments)}
        return _lifetime(node.id, _metrics(parameters, MEDIA_METRICS), known, "lifetime")

    @edge("IGUser", "insights")
    def user_insights(self, node: InstagramUser, parameters: Parameters) -> Connection:
        """Return the figures of the account, as one number or for each day."""
        metrics, window = _metrics(parameters, USER_METRICS), self._window(parameters)
        period = parameters.choice("period", PERIODS)
        if not period:
            raise required("period")
        kind = parameters.choice("metric_type", ("default", "time_series", "total_value"), "time_series")
        rows = [_series(node.id, each, period, window) for each in metrics]
        if kind == "total_value":
            for row in rows:
                row["total_value"] = {"value": sum(each["value"] for each in row.pop("values"))}
        return Connection(rows, is_paged=False)

    def _window(self, parameters: Parameters) -> Window:
        until = parameters.moment("until") or self.clock()
        since = parameters.moment("since") or until - timedelta(days=2)
        if until - since > LONGEST:
            raise invalid("There cannot be more than 90 days (7776000 s) between since and until")
        if since > until:
            raise invalid("since must be before until")
        return Window(max(since, self.clock() - HISTORY), until)


def _metrics(parameters: Parameters, known: set[str]) -> list[str]:
    wanted = parameters.names("metric")
    if not wanted:
        raise required("metric")
    if set(wanted) - known:
        raise invalid("The value must be a valid insights metric")
    return wanted


def _row(owner: str, metric: str, period: str, values: list[dict[str, Any]]) -> dict[str, Any]:
    title = metric.replace("_", " ").capitalize()
    told = {"name": metric, "period": period, "values": values, "title": title, "description": title}
    return {**told, "id": f"{owner}/insights/{metric}/{period}"}


def _series(owner: str, metric: str, period: str, window: Window) -> dict[str, Any]:
    values = [{"value": _figure(owner, metric, end), "end_time": stamp(end)} for end in window.days()]
    return _row(owner, metric, period, values)


def _lifetime(owner: str, metrics: Iterable[str], known: dict[str, int], period: str) -> Connection:
    values = {each: known.get(each, _figure(owner, each, None)) for each in metrics}
    return Connection([_row(owner, each, period, [{"value": value}]) for each, value in values.items()], is_paged=False)


def _figure(owner: str, metric: str, end: datetime | None) -> int:
    return int(digits(f"{owner} {metric} {end}", 3))
