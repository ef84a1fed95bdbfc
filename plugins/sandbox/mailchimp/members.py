"""The paths of single members: listing, upsert, archive, erasure, tags, events and their activity feed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.mailchimp.account import Account, answer, empty, read_body
from plugins.sandbox.mailchimp.audience import Audience
from plugins.sandbox.mailchimp.enrolment import shape_errors, tag_errors
from plugins.sandbox.mailchimp.member import PATCHABLE, SETTABLE, STATUSES, Event, Member
from plugins.sandbox.mailchimp.problems import FieldError, invalid, member_exists
from plugins.sandbox.mailchimp.queries import Query, moment, stamp
from plugins.sandbox.stand_in import json_response, route

MEMBERS = "/3.0/lists/<list_id>/members"
MEMBER = f"{MEMBERS}/<path_key>"
SORTS: dict[str, Callable[[Member], Any]] = {
    "timestamp_opt": lambda each: stamp(each.opted_in_at),
    "timestamp_signup": lambda each: stamp(each.signed_up_at),
    "last_changed": lambda each: each.changed_at,
}
INTEREST_MATCHES: dict[str, Callable[[Iterable[bool]], bool]] = {
    "any": any,
    "all": all,
    "none": lambda held: not any(held),
}


class MemberPaths(Account):
    """Answers `/lists/{id}/members` and everything below one member."""

    @route(MEMBERS)
    def list_members(self, request: Request, list_id: str) -> Response:
        """List the audience; archived contacts only when asked for."""
        audience, query = self.audience_of(list_id), Query(request)
        found = query.ordered(self._filtered(audience, query), SORTS)
        shown = [audience.show(each) for each in query.page(found)]
        body = {"members": shown, "list_id": list_id, "total_items": len(found), "_links": []}
        return answer(request, body)

    def _filtered(self, audience: Audience, query: Query) -> Iterable[Member]:
        status = query.choice("status", STATUSES)
        changed, opted = query.within("last_changed"), query.within("timestamp_opt")
        tests = [*_plain_tests(query, status), *self._campaign_tests(query, status)]
        for member in audience.members.values():
            if status != member.status and (status or member.status == "archived"):
                continue
            if changed(member.changed_at) and opted(member.opted_in_at) and all(test(member) for test in tests):
                yield member

    def _campaign_tests(self, query: Query, status: str) -> list[Callable[[Member], bool]]:
        if not query.flag("since_last_campaign"):
            return []
        if not status:
            raise invalid(FieldError("since_last_campaign", "Member status is required to use this filter."))
        sent = max((each.sent_at for each in self.retailer.campaigns), default=None)
        return [lambda each: sent is None or each.changed_at > sent]

    @route(MEMBERS, "POST")
    def add_member(self, request: Request, list_id: str) -> Response:
        """Create one member; a known address is refused."""
        body, enrolment = read_body(request), self.enrolment(list_id, request)
        errors = shape_errors(body, ("email_address", "status"), SETTABLE)
        if errors := errors or tag_errors(body.get("tags", [])):
            raise invalid(*errors)
        if enrolment.audience.find(enrolment.accept(body["email_address"])):
            raise member_exists(body["email_address"])
        member = enrolment.create(body, body["status"])
        enrolment.add_tags(member, body.get("tags", []))
        return json_response(enrolment.audience.show(member))

    @route(MEMBER)
    def get_member(self, request: Request, list_id: str, path_key: str) -> Response:
        """Show one member."""
        audience = self.audience_of(list_id)
        return answer(request, audience.show(audience.get(path_key)))

    @route(MEMBER, "PUT")
    def set_member(self, request: Request, list_id: str, path_key: str) -> Response:
        """Create or update one member; `status_if_new` counts for a new address only."""
        body, enrolment = read_body(request), self.enrolment(list_id, request)
        if errors := shape_errors(body, ("email_address", "status_if_new"), SETTABLE):
            raise invalid(*errors)
        audience = enrolment.audience
        if member := audience.find(path_key) or audience.find(body["email_address"].strip()):
            enrolment.change(member, body)
        else:
            member = enrolment.create(body, body["status_if_new"])
        return json_response(audience.show(member))

    @route(MEMBER, "PATCH")
    def update_member(self, request: Request, list_id: str, path_key: str) -> Response:
        """Update one known member."""
        body, enrolment = read_body(request), self.enrolment(list_id, request)
        member = enrolment.audience.get(path_key)
        if errors := shape_errors(body, (), PATCHABLE):
            raise invalid(*errors)
        return json_response(enrolment.audience.show(enrolment.change(member, body)))

    @route(MEMBER, "DELETE")
    def archive_member(self, request: Request, list_id: str, path_key: str) -> Response:
        """Archive one member; PUT with a status brings it back."""
        audience = self.audience_of(list_id)
        member = audience.get(path_key)
        if member.status != "archived":
            member.status = "archived"
            audience.touch(member, self.clock())
        self.note("archived", member.email)
        return empty()

    @route(f"{MEMBER}/actions/delete-permanent", "POST")
    def delete_member(self, request: Request, list_id: str, path_key: str) -> Response:
        """Erase one member; its address cannot be imported again."""
        audience = self.audience_of(list_id)
        member = audience.get_by_hash(path_key)
        audience.remove(member)
        self.note("deleted", member.email)
        return empty()

    @route(f"{MEMBER}/tags")
    def list_tags(self, request: Request, list_id: str, path_key: str) -> Response:
        """List the tags of one member, all of them."""
        audience, query = self.audience_of(list_id), Query(request)
        rows = [
            {"id": key, "name": audience.segments[key].name, "date_added": stamp(at)}
            for key, at in audience.get_by_hash(path_key).tags.items()
        ]
        return answer(request, {"tags": list(query.page(rows)), "total_items": len(rows), "_links": []})

    @route(f"{MEMBER}/tags", "POST")
    def update_tags(self, request: Request, list_id: str, path_key: str) -> Response:
        """Add and remove tags by name; a tag that is missing is made."""
        body, enrolment = read_body(request), self.enrolment(list_id, request)
        member = enrolment.audience.get_by_hash(path_key)
        if errors := _tag_change_errors(body.get("tags")):
            raise invalid(*errors)
        for each in body["tags"]:
            if each["status"] == "active":
                enrolment.add_tags(member, [each["name"]])
            else:
                enrolment.untag(member, each["name"])
        return empty()

    @route(f"{MEMBER}/events")
    def list_events(self, request: Request, list_id: str, path_key: str) -> Response:
        """List what callers told about one member, newest first."""
        rows = [
            {"occurred_at": stamp(each.occurred_at), "name": each.name, "properties": each.properties}
            for each in reversed(self.audience_of(list_id).get(path_key).events)
        ]
        page = list(Query(request).page(rows))
        return answer(request, {"events": page, "total_items": len(rows), "_links": []})

    @route(f"{MEMBER}/events", "POST")
    def add_event(self, request: Request, list_id: str, path_key: str) -> Response:
        """Keep an event; the same event twice is two events, and each starts the journeys that wait for it."""
        body, member = read_body(request), self.audience_of(list_id).get(path_key)
        if errors := _event_errors(body):
            raise invalid(*errors)
        at = moment(body["occurred_at"], "occurred_at") if body.get("occurred_at") else self.clock()
        member.events.append(Event(body["name"], body.get("properties", {}), at))
        self.note("event", member.email, body["name"])
        if member.status == "subscribed" and not body.get("is_syncing", False):
            self.note("journey", member.email, body["name"])
        return empty()


def _plain_tests(query: Query, status: str) -> Iterable[Callable[[Member], bool]]:
    if kind := query.text("email_type"):
        yield lambda each: each.email_type == kind
    if key := query.text("unique_email_id"):
        yield lambda each: each.unique_email_id == key
    if query.flag("vip_only"):
        yield lambda each: each.vip
    if since := query.time("unsubscribed_since"):
        if status not in ("", "unsubscribed"):
            raise invalid(FieldError("unsubscribed_since", "This filter needs the status 'unsubscribed'."))
        yield lambda each: each.status == "unsubscribed" and (each.left_at or each.changed_at) > since
    yield from _interest_tests(query)


def _interest_tests(query: Query) -> Iterable[Callable[[Member], bool]]:
    names = ("interest_category_id", "interest_ids", "interest_match")
    given = [name for name in names if query.text(name)]
    if given and len(given) < len(names):
        raise invalid(FieldError(given[0], f"Must be accompanied by {' and '.join(set(names) - set(given))}."))
    if given:
        match = INTEREST_MATCHES[query.choice("interest_match", INTEREST_MATCHES)]
        keys = query.text("interest_ids").split(",")
        yield lambda each: match(each.interests.get(key, False) for key in keys)


def _tag_change_errors(tags: Any) -> list[FieldError]:
    if not isinstance(tags, list):
        return [FieldError("tags", "Schema describes array")]
    errors = []
    for place, each in enumerate(tags):
        fields = each if isinstance(each, dict) else {}
        if not isinstance(fields.get("name"), str) or not fields["name"].strip():
            errors.append(FieldError(f"tags.item:{place}.name", "This value should not be blank."))
        if fields.get("status") not in ("active", "inactive"):
            errors.append(FieldError(f"tags.item:{place}.status", "This value should be one of: active, inactive."))
    return errors


def _event_errors(body: dict[str, Any]) -> list[FieldError]:
    name, properties = body.get("name"), body.get("properties", {})
    errors = []
    if not isinstance(name, str) or not 2 <= len(name) <= 30:
        errors.append(FieldError("name", "Must be 2-30 characters in length."))
    if not isinstance(properties, dict) or not all(isinstance(value, str) for value in properties.values()):
        errors.append(FieldError("properties", "Schema describes object of strings"))
    if not isinstance(body.get("is_syncing", False), bool):
        errors.append(FieldError("is_syncing", "Schema describes boolean"))
    if not isinstance(body.get("occurred_at", ""), str):
        errors.append(FieldError("occurred_at", "Schema describes string"))
    return errors
