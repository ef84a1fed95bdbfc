"""The paths of the account and of its audience: ping, root, lists, merge fields and the member search."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.mailchimp.account import Account, answer, empty, read_body
from plugins.sandbox.mailchimp.audience import Audience
from plugins.sandbox.mailchimp.member import digest
from plugins.sandbox.mailchimp.merge_fields import KINDS, MergeField, amend_field, read_field
from plugins.sandbox.mailchimp.problems import not_found
from plugins.sandbox.mailchimp.queries import Query, stamp
from plugins.sandbox.stand_in import json_response, route

LIST = "/3.0/lists/<list_id>"
CONTACT_PARTS = ["company", "address1", "address2", "city", "state", "zip", "country", "phone"]
LIST_CREATED = "date_created"


class ListPaths(Account):
    """Answers what is asked of the account and of the audience as a whole."""

    @route("/3.0/ping")
    def ping(self, request: Request) -> Response:
        """Say that all is well."""
        return json_response({"health_status": "Everything's Chimpy!"})

    @route("/3.0/")
    def root(self, request: Request) -> Response:
        """Show the account."""
        body = {
            "account_id": digest(f"account {self.list_id}", 25),
            "account_name": self.retailer.name,
            "role": "owner",
            "pricing_plan_type": "monthly",
            "account_timezone": "Europe/Brussels",
            "pro_enabled": False,
            "total_subscribers": self.audience.census()["subscribed"],
            "_links": [],
        }
        return answer(request, body)

    @route("/3.0/lists")
    def list_lists(self, request: Request) -> Response:
        """List the audiences: there is one."""
        query = Query(request)
        created, email = query.within(LIST_CREATED), query.text("email")
        found = [self.audience] if created(self.audience.created_at) else []
        if email and self.audience.find(email) is None:
            found = []
        shown = [self._show_list(each) for each in query.page(found)]
        limits = {"may_create": False, "max_instances": 1, "current_total_instances": 1}
        return answer(request, {"lists": shown, "total_items": len(found), "constraints": limits, "_links": []})

    @route(LIST)
    def get_list(self, request: Request, list_id: str) -> Response:
        """Show the audience."""
        return answer(request, self._show_list(self.audience_of(list_id)))

    def _show_list(self, audience: Audience) -> dict[str, Any]:
        campaigns = [each.sent_at for each in self.retailer.campaigns]
        counts = audience.census()
        stats = {
            "member_count": counts["subscribed"],
            "total_contacts": sum(counts.values()) - counts["archived"],
            "unsubscribe_count": counts["unsubscribed"],
            "cleaned_count": counts["cleaned"],
            "campaign_count": len(campaigns),
            "campaign_last_sent": stamp(max(campaigns, default=None)),
            "merge_field_count": len(audience.merge_fields),
        }
        settings = {
            "list_rating": 3,
            "email_type_option": False,
            "visibility": "prv",
            "double_optin": False,
            "has_welcome": False,
            "marketing_permissions": bool(audience.permissions),
            "permission_reminder": "",
            "contact": dict.fromkeys(CONTACT_PARTS, ""),
            "campaign_defaults": {"from_name": self.retailer.name, "from_email": "", "subject": "", "language": "nl"},
        }
        names = {"id": audience.id, "web_id": int(audience.id[:6], 16), "name": self.retailer.name}
        return {**names, LIST_CREATED: stamp(audience.created_at), **settings, "stats": stats, "_links": []}

    @route(f"{LIST}/merge-fields")
    def list_merge_fields(self, request: Request, list_id: str) -> Response:
        """List the merge fields; the address itself is not one."""
        query = Query(request)
        kind, only_required = query.choice("type", KINDS), query.flag("required")
        fields = self.audience_of(list_id).merge_fields.values()
        found = [each for each in fields if kind in ("", each.kind) and (each.required or not only_required)]
        shown = [each.shown(list_id) for each in query.page(found)]
        return answer(request, {"merge_fields": shown, "list_id": list_id, "total_items": len(found), "_links": []})

    @route(f"{LIST}/merge-fields", "POST")
    def add_merge_field(self, request: Request, list_id: str) -> Response:
        """Make a merge field."""
        body, audience = read_body(request), self.audience_of(list_id)
        made = read_field(body, audience.made_fields + 1, audience.merge_fields)
        audience.made_fields += 1
        audience.merge_fields[made.tag] = made
        for member in audience.members.values():
            member.merge_fields[made.tag] = made.default_value
        return json_response(made.shown(list_id))

    @route(f"{LIST}/merge-fields/<merge_id>")
    def get_merge_field(self, request: Request, list_id: str, merge_id: str) -> Response:
        """Show one merge field."""
        return answer(request, self._field(list_id, merge_id).shown(list_id))

    @route(f"{LIST}/merge-fields/<merge_id>", "PATCH")
    def update_merge_field(self, request: Request, list_id: str, merge_id: str) -> Response:
        """Change a merge field, though not its type."""
        each = self._field(list_id, merge_id)
        amend_field(each, read_body(request))
        return json_response(each.shown(list_id))

    @route(f"{LIST}/merge-fields/<merge_id>", "DELETE")
    def delete_merge_field(self, request: Request, list_id: str, merge_id: str) -> Response:
        """Remove a merge field and what members hold in it."""
        tag = self._field(list_id, merge_id).tag
        del self.audience.merge_fields[tag]
        for member in self.audience.members.values():
            member.merge_fields.pop(tag, None)
        return empty()

    def _field(self, list_id: str, merge_id: str) -> MergeField:
        for each in self.audience_of(list_id).merge_fields.values():
            if str(each.merge_id) == merge_id:
                return each
        raise not_found()

    @route("/3.0/search-members")
    def search_members(self, request: Request) -> Response:
        """Find members by address or name."""
        query = Query(request)
        wanted, list_id = query.text("query").lower(), query.text("list_id") or self.list_id
        members = list(self.audience_of(list_id).present()) if wanted else []
        exact = [each for each in members if each.email.lower() == wanted]
        loose = [each for each in members if wanted in f"{each.email} {each.full_name}".lower()]
        found = {
            name: {"members": [self.audience.show(each) for each in rows[:30]], "total_items": len(rows)}
            for name, rows in (("exact_matches", exact), ("full_search", loose))
        }
        return answer(request, {**found, "_links": []})
