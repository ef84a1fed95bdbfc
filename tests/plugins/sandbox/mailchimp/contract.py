"""The documented behaviour, row by row: what is asked, and what must come back."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.plugins.sandbox.mailchimp.stage import ADA, ELS, JAN, LIST, MIA, TOM, member_path

NEW = "new@example.com"


class Row(NamedTuple):
    """One promise of the vendor's page."""

    promise: str
    method: str
    path: str
    body: Any
    status: int
    says: dict[str, Any] = {}  # noqa: RUF012 - never written to
    """Part of the answer; for a refusal its title."""


def refused(title: str) -> dict[str, Any]:
    """Return the part of a problem document that programs read."""
    return {"title": title}


def new(**fields: Any) -> dict[str, Any]:
    """Return an upsert of a new address."""
    return {"email_address": NEW, "status_if_new": "subscribed", **fields}


def merged(**fields: Any) -> dict[str, Any]:
    """Return an upsert of a new address with merge fields."""
    return new(merge_fields=fields)


def one(**fields: Any) -> dict[str, Any]:
    """Return a bulk call with one new address."""
    return {"members": [{"email_address": NEW, "status": "subscribed", **fields}]}


INVALID = refused("Invalid Resource")
COMPLIANCE = refused("Member In Compliance State")
UNKNOWN = refused("Resource Not Found")
ELS_PUT = {"email_address": ELS, "status_if_new": "pending"}
FIELDS = f"{LIST}/merge-fields"
SEGMENTS = f"{LIST}/segments"
VIP = f"{SEGMENTS}/30402"
HOOKS = f"{LIST}/webhooks"

ROWS = [
    Row("pings", "GET", "/3.0/ping", None, 200, {"health_status": "Everything's Chimpy!"}),
    Row("shows the account", "GET", "/3.0/", None, 200, {"role": "owner"}),
    Row("lists one audience", "GET", "/3.0/lists", None, 200, {"total_items": 1}),
    Row("knows no other audience", "GET", "/3.0/lists/0000000000", None, 404, UNKNOWN),
    Row("knows no other path", "GET", "/3.0/nothing", None, 404, UNKNOWN),
    Row("does not take every method", "PUT", "/3.0/ping", {}, 405, refused("Method Not Allowed")),
    Row("leaves the archived out", "GET", f"{LIST}/members", None, 200, {"total_items": 4}),
    Row("shows the archived when asked", "GET", f"{LIST}/members?status=archived", None, 200, {"total_items": 1}),
    Row("pages at most a thousand", "GET", f"{LIST}/members?count=1000", None, 200, {"total_items": 4}),
    Row("refuses larger pages", "GET", f"{LIST}/members?count=1001", None, 400, INVALID),
    Row("refuses unknown statuses", "GET", f"{LIST}/members?status=gone", None, 400, INVALID),
    Row("refuses an unescaped plus", "GET", f"{LIST}/members?since_last_changed=2026-03-01T00:00:00+00:00", None, 400),
    Row("reads an escaped plus", "GET", f"{LIST}/members?since_last_changed=2026-03-01T00:00:00%2B00:00", None, 200),
    Row("refuses bad sorting", "GET", f"{LIST}/members?sort_field=email_address", None, 400, INVALID),
    Row("finds by hash", "GET", member_path(ELS), None, 200, {"email_address": ELS}),
    Row("finds by address", "GET", f"{LIST}/members/{ELS}", None, 200, {"email_address": ELS}),
    Row("does not find strangers", "GET", member_path(NEW), None, 404, UNKNOWN),
    Row("creates by PUT with 200", "PUT", member_path(NEW), new(), 200, {"status": "subscribed"}),
    Row("creates by POST with 200", "POST", f"{LIST}/members", {"email_address": NEW, "status": "pending"}, 200),
    Row("does not create twice", "POST", f"{LIST}/members", {"email_address": ELS, "status": "pending"}, 400)._replace(
        says=refused("Member Exists")
    ),
    Row("needs status_if_new", "PUT", member_path(NEW), {"email_address": NEW}, 400, INVALID),
    Row("needs an address", "PUT", member_path(NEW), {"status_if_new": "pending"}, 400, INVALID),
    Row("cannot set archived", "PUT", member_path(ELS), {**ELS_PUT, "status": "archived"}, 400, INVALID),
    Row("keeps the status of the known", "PUT", member_path(ELS), ELS_PUT, 200, {"status": "subscribed"}),
    Row("does not patch strangers", "PATCH", member_path(NEW), {"language": "nl"}, 404, UNKNOWN),
    Row("patches", "PATCH", member_path(ELS), {"language": "fr"}, 200, {"language": "fr"}),
    Row("refuses transactional in PATCH", "PATCH", member_path(ELS), {"status": "transactional"}, 400, INVALID),
    Row("does not resubscribe who left", "PATCH", member_path(JAN), {"status": "subscribed"}, 400, COMPLIANCE),
    Row("does not resubscribe who bounced", "PATCH", member_path(MIA), {"status": "subscribed"}, 400, COMPLIANCE),
    Row("asks who left once more", "PATCH", member_path(JAN), {"status": "pending"}, 200, {"status": "pending"}),
    Row("subscribes the transactional", "PATCH", member_path(ADA), {"status": "subscribed"}, 200),
    Row("archives with 204", "DELETE", member_path(ELS), None, 204),
    Row("archives nobody unknown", "DELETE", member_path(NEW), None, 404, UNKNOWN),
    Row("erases with 204", "POST", f"{member_path(ELS)}/actions/delete-permanent", None, 204),
    Row("erases by hash only", "POST", f"{LIST}/members/{ELS}/actions/delete-permanent", None, 404, UNKNOWN),
    Row("brings back the archived", "PUT", member_path(TOM), new(email_address=TOM, status="subscribed"), 200)._replace(
        says={"status": "subscribed"}
    ),
    Row(
        "leaves archived without a status", "PUT", member_path(TOM), new(email_address=TOM), 200, {"status": "archived"}
    ),
    Row("refuses a broken address", "PUT", member_path(NEW), new(email_address="els.example.com"), 400, INVALID),
    Row("refuses a fake address", "PUT", member_path(NEW), new(email_address="a@b.invalid"), 400, INVALID),
    Row("refuses a wrong birthday", "PUT", member_path(NEW), merged(BIRTHDAY="1990-03-14"), 400, INVALID),
    Row("refuses a wrong date", "PUT", member_path(NEW), merged(SINCE="31/01/2025"), 400, INVALID),
    Row("refuses a wrong number", "PUT", member_path(NEW), merged(POINTS="many"), 400, INVALID),
    Row("refuses a long text", "PUT", member_path(NEW), merged(CUSTNR="x" * 256), 400, INVALID),
    Row("ignores unknown merge fields", "PUT", member_path(NEW), merged(NOSUCH="x"), 200),
    Row("reads numbers as text", "PUT", member_path(NEW), merged(POINTS="12"), 200),
    Row("refuses unknown permissions", "PUT", member_path(NEW), new(marketing_permissions=[{"enabled": True}]), 400),
    Row("refuses unknown interests", "PUT", member_path(NEW), new(interests={"abc": True}), 400, INVALID),
    Row("lists the tags of a member", "GET", f"{member_path(ELS)}/tags", None, 200, {"total_items": 1}),
    Row("tags with 204", "POST", f"{member_path(ELS)}/tags", {"tags": [{"name": "a", "status": "active"}]}, 204),
    Row("needs a status per tag", "POST", f"{member_path(ELS)}/tags", {"tags": [{"name": "a"}]}, 400, INVALID),
    Row("keeps events with 204", "POST", f"{member_path(ELS)}/events", {"name": "tier_up"}, 204),
    Row("refuses short event names", "POST", f"{member_path(ELS)}/events", {"name": "x"}, 400, INVALID),
    Row("refuses long event names", "POST", f"{member_path(ELS)}/events", {"name": "x" * 31}, 400, INVALID),
    Row("takes event names up to the brim", "POST", f"{member_path(ELS)}/events", {"name": "x" * 30}, 204),
    Row("wants a name of an event", "POST", f"{member_path(ELS)}/events", {"properties": {}}, 400, INVALID),
    Row("wants a time of an event", "POST", f"{member_path(ELS)}/events", {"name": "ab", "occurred_at": "today"}, 400),
    Row("wants a boolean in events", "POST", f"{member_path(ELS)}/events", {"name": "ab", "is_syncing": "yes"}, 400),
    Row("keeps events of contacts only", "POST", f"{member_path(NEW)}/events", {"name": "ab"}, 404, UNKNOWN),
    Row("lists the events of a member", "GET", f"{member_path(ELS)}/events", None, 200, {"total_items": 0}),
    Row("refuses more events than a page has", "GET", f"{member_path(ELS)}/events?count=1001", None, 400, INVALID),
    Row("lists events of contacts only", "GET", f"{member_path(NEW)}/events", None, 404, UNKNOWN),
    Row("wants texts in events", "POST", f"{member_path(ELS)}/events", {"name": "ab", "properties": {"n": 1}}, 400),
    Row("shows the feed", "GET", f"{member_path(ELS)}/activity-feed?activity_filters=open,click", None, 200),
    Row("refuses unknown filters", "GET", f"{member_path(ELS)}/activity-feed?activity_filters=x", None, 400, INVALID),
    Row("creates in bulk", "POST", LIST, one(), 200, {"total_created": 1, "total_updated": 0, "error_count": 0}),
    Row("refuses nameless bulk members", "POST", LIST, {"members": [{"status": "pending"}]}, 400, INVALID),
    Row("refuses a bulk without members", "POST", LIST, {}, 400, INVALID),
    Row("refuses more than 500", "POST", LIST, {"members": [{"email_address": ELS}] * 501}, 400, INVALID),
    Row("takes 500", "POST", LIST, {"members": [{"email_address": ELS}] * 500}, 200, {"error_count": 500}),
    Row("refuses archived in bulk", "POST", LIST, one(status="archived"), 400, INVALID),
    Row("lists merge fields", "GET", FIELDS, None, 200, {"total_items": 6}),
    Row("makes a merge field", "POST", FIELDS, {"tag": "TIER", "name": "Tier", "type": "text"}, 200, {"merge_id": 7}),
    Row("refuses long tags", "POST", FIELDS, {"tag": "ELEVENCHARS", "name": "x", "type": "text"}, 400, INVALID),
    Row("refuses unknown types", "POST", FIELDS, {"tag": "A", "name": "x", "type": "money"}, 400, INVALID),
    Row("refuses a tag twice", "POST", FIELDS, {"tag": "FNAME", "name": "x", "type": "text"}, 400, INVALID),
    Row("has no interests yet", "GET", f"{LIST}/interest-categories", None, 200, {"total_items": 0}),
    Row("lists tags as segments", "GET", SEGMENTS, None, 200, {"total_items": 1}),
    Row("finds a tag", "GET", f"{LIST}/tag-search?name=VI", None, 200, {"total_items": 1}),
    Row("makes a segment", "POST", SEGMENTS, {"name": "Quiet", "static_segment": [ELS, NEW]}, 200, {"member_count": 1}),
    Row("refuses a name twice", "POST", SEGMENTS, {"name": "vip", "static_segment": []}, 400, INVALID),
    Row("needs a name", "PATCH", VIP, {"static_segment": []}, 400, INVALID),
    Row("empties a segment", "PATCH", VIP, {"name": "vip", "static_segment": []}, 200, {"member_count": 0}),
    Row("excludes options", "POST", SEGMENTS, {"name": "x", "static_segment": [], "options": {}}, 400, INVALID),
    Row("shows who is in", "GET", f"{VIP}/members", None, 200, {"total_items": 1}),
    Row("adds by the 500", "POST", VIP, {"members_to_add": [ADA, NEW]}, 200, {"total_added": 1, "error_count": 1}),
    Row("refuses 501", "POST", VIP, {"members_to_add": [ELS] * 501}, 400, INVALID),
    Row("removes", "POST", VIP, {"members_to_remove": [ELS]}, 200, {"total_removed": 1, "error_count": 0}),
    Row("drops a segment", "DELETE", VIP, None, 204),
    Row("knows no other segment", "GET", f"{SEGMENTS}/1", None, 404, UNKNOWN),
    Row("lists webhooks", "GET", HOOKS, None, 200, {"total_items": 0}),
    Row("wants an address for webhooks", "POST", HOOKS, {"url": "nowhere"}, 400, INVALID),
    Row("lists campaigns", "GET", "/3.0/campaigns?status=sent", None, 200, {"total_items": 1}),
    Row("lists reports", "GET", "/3.0/reports", None, 200, {"total_items": 1}),
    Row("knows no other report", "GET", "/3.0/reports/none", None, 404, UNKNOWN),
    Row("starts a batch", "POST", "/3.0/batches", {"operations": [{"method": "GET", "path": "/ping"}]}, 200)._replace(
        says={"status": "pending", "total_operations": 1, "response_body_url": ""}
    ),
    Row("needs operations", "POST", "/3.0/batches", {"operations": []}, 400, INVALID),
    Row(
        "wants bodies as text",
        "POST",
        "/3.0/batches",
        {"operations": [{"method": "PUT", "path": "/x", "body": {}}]},
        400,
    ),
]
