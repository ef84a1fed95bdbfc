"""The paths of segments; a tag is a static segment."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.mailchimp.account import Account, answer, empty, read_body
from plugins.sandbox.mailchimp.audience import HIDDEN_IN_SEGMENTS, Audience, Segment
from plugins.sandbox.mailchimp.member import BULK_FIELDS, SEGMENT_FIELDS, Member
from plugins.sandbox.mailchimp.problems import FieldError, invalid, not_found
from plugins.sandbox.mailchimp.queries import Query
from plugins.sandbox.stand_in import json_response, route

SEGMENTS = "/3.0/lists/<list_id>/segments"
SEGMENT = f"{SEGMENTS}/<segment_id>"
MEMBERS_PER_CALL = 500
UNKNOWN = "Email addresses do not exist in the account"


class SegmentPaths(Account):
    """Answers `/lists/{id}/segments`, everything below, and the search for tags."""

    @route(SEGMENTS)
    def list_segments(self, request: Request, list_id: str) -> Response:
        """List tags and segments."""
        audience, query = self.audience_of(list_id), Query(request)
        kind, hidden = query.choice("type", ("saved", "static", "fuzzy")), _hidden(query)
        made, moved = query.within("created_at"), query.within("updated_at")
        found = [
            each
            for each in audience.segments.values()
            if kind in ("", each.kind) and made(each.created_at) and moved(each.updated_at)
        ]
        shown = [audience.show_segment(each, hidden) for each in query.page(found)]
        body = {"segments": shown, "list_id": list_id, "total_items": len(found), "_links": []}
        return answer(request, body)

    @route(SEGMENTS, "POST")
    def add_segment(self, request: Request, list_id: str) -> Response:
        """Make a segment: static from addresses, or saved from conditions, which the sandbox keeps unevaluated."""
        body, audience = read_body(request), self.audience_of(list_id)
        _check(body)
        if audience.named(body["name"]):
            raise invalid(detail="Sorry, that tag already exists.")
        segment = audience.make_segment(body["name"], self.clock(), body.get("options"))
        self._fill(audience, segment, body.get("static_segment", []))
        return json_response(audience.show_segment(segment))

    @route(SEGMENT)
    def get_segment(self, request: Request, list_id: str, segment_id: str) -> Response:
        """Show one segment."""
        audience = self.audience_of(list_id)
        return answer(request, audience.show_segment(audience.segment(segment_id), _hidden(Query(request))))

    @route(SEGMENT, "PATCH")
    def update_segment(self, request: Request, list_id: str, segment_id: str) -> Response:
        """Rename a segment; `static_segment` replaces everybody in it."""
        body, audience = read_body(request), self.audience_of(list_id)
        segment = audience.segment(segment_id)
        _check(body)
        if audience.named(body["name"]) not in (None, segment):
            raise invalid(detail="Sorry, that tag already exists.")
        if segment.kind != ("saved" if "options" in body else "static") and body.keys() & {"options", "static_segment"}:
            raise invalid(detail="The type of a segment cannot be changed.")
        segment.name, segment.updated_at = body["name"], self.clock()
        segment.options = body.get("options", segment.options)
        if "static_segment" in body:
            self._empty(audience, segment, keep=body["static_segment"])
            self._fill(audience, segment, body["static_segment"])
        return json_response(audience.show_segment(segment))

    @route(SEGMENT, "DELETE")
    def delete_segment(self, request: Request, list_id: str, segment_id: str) -> Response:
        """Remove a segment, not its members."""
        audience = self.audience_of(list_id)
        audience.drop_segment(audience.segment(segment_id))
        return empty()

    @route(SEGMENT, "POST")
    def batch_segment_members(self, request: Request, list_id: str, segment_id: str) -> Response:
        """Add and remove many addresses; those outside the audience are listed in the errors."""
        body, audience = read_body(request), self.audience_of(list_id)
        segment = _static(audience, segment_id)
        if errors := _batch_errors(body):
            raise invalid(*errors)
        to_add, to_remove = body.get("members_to_add", []), body.get("members_to_remove", [])
        added = self._fill(audience, segment, to_add)
        removed, absent = self._take_out(audience, segment, to_remove)
        unknown = [email for email in to_add if _listed(audience, email) is None]
        failed: list[dict[str, Any]] = [
            {"email_addresses": each, "error": text} for each, text in ((unknown, UNKNOWN), absent) if each
        ]
        answered = {
            "members_added": [audience.brief(each, BULK_FIELDS) for each in added],
            "members_removed": [audience.brief(each, BULK_FIELDS) for each in removed],
            "errors": failed,
            "total_added": len(added),
            "total_removed": len(removed),
            "error_count": sum(len(each["email_addresses"]) for each in failed),
            "_links": [],
        }
        return json_response(answered)

    @route(f"{SEGMENT}/members")
    def list_segment_members(self, request: Request, list_id: str, segment_id: str) -> Response:
        """List who is in a segment; who may not be mailed only when asked for."""
        audience, query = self.audience_of(list_id), Query(request)
        found = audience.in_segment(audience.segment(segment_id), _hidden(query))
        shown = [audience.brief(each, SEGMENT_FIELDS) for each in query.page(found)]
        return answer(request, {"members": shown, "total_items": len(found), "_links": []})

    @route(f"{SEGMENT}/members", "POST")
    def add_segment_member(self, request: Request, list_id: str, segment_id: str) -> Response:
        """Add one member of the audience."""
        body, audience = read_body(request), self.audience_of(list_id)
        segment, email = _static(audience, segment_id), body.get("email_address")
        if not isinstance(email, str) or not email:
            raise invalid(FieldError("email_address", "This value should not be blank."))
        if (member := _listed(audience, email)) is None:
            raise invalid(detail=UNKNOWN)
        self._fill(audience, segment, [email])
        return json_response(audience.brief(member, SEGMENT_FIELDS))

    @route(f"{SEGMENT}/members/<path_key>", "DELETE")
    def remove_segment_member(self, request: Request, list_id: str, segment_id: str, path_key: str) -> Response:
        """Take one member out."""
        audience = self.audience_of(list_id)
        segment, member = _static(audience, segment_id), audience.get_by_hash(path_key)
        if not audience.untag(member, segment, self.clock()):
            raise not_found()
        self.note("untagged", member.email, segment.name)
        return empty()

    @route("/3.0/lists/<list_id>/tag-search")
    def search_tags(self, request: Request, list_id: str) -> Response:
        """Find tags whose name starts with the given one."""
        wanted = Query(request).text("name").lower()
        tags = [each for each in self.audience_of(list_id).segments.values() if each.kind == "static"]
        found = [{"id": each.id, "name": each.name} for each in tags if each.name.lower().startswith(wanted)]
        return json_response({"tags": found, "total_items": len(found)})

    def _fill(self, audience: Audience, segment: Segment, emails: list[str]) -> list[Member]:
        added = {}
        for email in emails:
            if (member := _listed(audience, email)) and member.web_id not in added:
                audience.tag(member, segment, self.clock())
                self.note("tagged", member.email, segment.name)
                added[member.web_id] = member
        return list(added.values())

    def _take_out(
        self, audience: Audience, segment: Segment, emails: list[str]
    ) -> tuple[list[Member], tuple[list[str], str]]:
        removed, absent = [], []
        for email in emails:
            member = _listed(audience, email)
            if member and audience.untag(member, segment, self.clock()):
                self.note("untagged", member.email, segment.name)
                removed.append(member)
            else:
                absent.append(email)
        return removed, (absent, "Email addresses do not exist in the segment")

    def _empty(self, audience: Audience, segment: Segment, keep: list[str]) -> None:
        kept = {member.web_id for email in keep if (member := _listed(audience, email))}
        for member in list(segment.members.values()):
            if member.web_id not in kept:
                audience.untag(member, segment, self.clock())
                self.note("untagged", member.email, segment.name)


def _listed(audience: Audience, email: str) -> Member | None:
    member = audience.find(email.strip()) if "@" in email else None
    return member if member and member.status != "archived" else None


def _static(audience: Audience, segment_id: str) -> Segment:
    segment = audience.segment(segment_id)
    if segment.kind != "static":
        raise invalid(detail="Only static segments take members.")
    return segment


def _hidden(query: Query) -> tuple[str, ...]:
    return tuple(status for status in HIDDEN_IN_SEGMENTS if not query.flag(f"include_{status}"))


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _check(body: dict[str, Any]) -> None:
    errors = []
    if not isinstance(body.get("name"), str) or not body["name"].strip():
        errors.append(FieldError("name", "This value should not be blank."))
    if not _are_texts(body.get("static_segment", [])):
        errors.append(FieldError("static_segment", "Schema describes array of strings"))
    if not isinstance(body.get("options", {}), dict):
        errors.append(FieldError("options", "Schema describes object"))
    if "static_segment" in body and "options" in body:
        errors.append(FieldError("static_segment", "This field cannot be provided with the options field."))
    if errors:
        raise invalid(*errors)


def _batch_errors(body: dict[str, Any]) -> list[FieldError]:
    names = [name for name in ("members_to_add", "members_to_remove") if name in body]
    errors = [FieldError(name, "Schema describes array of strings") for name in names if not _are_texts(body[name])]
    if not names:
        errors.append(FieldError("members_to_add", "Either members_to_add or members_to_remove is needed."))
    too_many = [name for name in names if not errors and len(body[name]) > MEMBERS_PER_CALL]
    return [*errors, *(FieldError(name, "A maximum of 500 members can be sent.") for name in too_many)]
