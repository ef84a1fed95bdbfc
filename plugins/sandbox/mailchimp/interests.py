"""The paths of interests: groups, and what is in them."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.mailchimp.account import Account, answer, empty, read_body
from plugins.sandbox.mailchimp.member import digest
from plugins.sandbox.mailchimp.problems import FieldError, invalid, not_found
from plugins.sandbox.mailchimp.queries import Query
from plugins.sandbox.stand_in import json_response, route

CATEGORIES = "/3.0/lists/<list_id>/interest-categories"
CATEGORY = f"{CATEGORIES}/<category_id>"
INTEREST = f"{CATEGORY}/interests/<interest_id>"
CATEGORY_TYPES = ("checkboxes", "dropdown", "radio", "hidden")


class InterestPaths(Account):
    """Answers `/lists/{id}/interest-categories` and everything below."""

    @route(CATEGORIES)
    def list_categories(self, request: Request, list_id: str) -> Response:
        """List the groups."""
        query = Query(request)
        kind = query.choice("type", CATEGORY_TYPES)
        rows = [each for each in self.audience_of(list_id).categories.values() if kind in ("", each["type"])]
        page = list(query.page(rows))
        return answer(request, {"list_id": list_id, "categories": page, "total_items": len(rows), "_links": []})

    @route(CATEGORIES, "POST")
    def add_category(self, request: Request, list_id: str) -> Response:
        """Make a group."""
        body, audience = read_body(request), self.audience_of(list_id)
        title = _filled(body, "title")
        if body.get("type") not in CATEGORY_TYPES:
            raise invalid(FieldError("type", f"This value should be one of: {', '.join(CATEGORY_TYPES)}."))
        place = len(audience.categories)
        made = {"list_id": list_id, "id": digest(f"category {title}", 10), "title": title}
        audience.categories[made["id"]] = made | {"display_order": place, "type": body["type"], "_links": []}
        return json_response(audience.categories[made["id"]])

    @route(CATEGORY)
    def get_category(self, request: Request, list_id: str, category_id: str) -> Response:
        """Show one group."""
        return answer(request, self._category(list_id, category_id))

    @route(f"{CATEGORY}/interests")
    def list_interests(self, request: Request, list_id: str, category_id: str) -> Response:
        """List the interests of one group."""
        self._category(list_id, category_id)
        rows = [self._counted(each) for each in self.audience.interests.values() if each["category_id"] == category_id]
        page = list(Query(request).page(rows))
        place = {"list_id": list_id, "category_id": category_id}
        return answer(request, {"interests": page, **place, "total_items": len(rows), "_links": []})

    @route(f"{CATEGORY}/interests", "POST")
    def add_interest(self, request: Request, list_id: str, category_id: str) -> Response:
        """Make an interest that nobody has yet."""
        self._category(list_id, category_id)
        name = _filled(read_body(request), "name")
        key = digest(f"interest {category_id} {name}", 10)
        made = {"category_id": category_id, "list_id": list_id, "id": key, "name": name}
        self.audience.interests[key] = made | {"display_order": len(self.audience.interests), "_links": []}
        for member in self.audience.members.values():
            member.interests.setdefault(key, False)
        return json_response(self._counted(self.audience.interests[key]))

    @route(INTEREST, "DELETE")
    def delete_interest(self, request: Request, list_id: str, category_id: str, interest_id: str) -> Response:
        """Remove an interest from everybody."""
        self._category(list_id, category_id)
        if self.audience.interests.pop(interest_id, None) is None:
            raise not_found()
        for member in self.audience.members.values():
            member.interests.pop(interest_id, None)
        return empty()

    def _category(self, list_id: str, category_id: str) -> dict[str, Any]:
        category: dict[str, Any] | None = self.audience_of(list_id).categories.get(category_id)
        if category is None:
            raise not_found()
        return category

    def _counted(self, interest: dict[str, Any]) -> dict[str, Any]:
        count = sum(each.interests.get(interest["id"], False) for each in self.audience.present())
        return {**interest, "subscriber_count": str(count)}


def _filled(body: dict[str, Any], name: str) -> str:
    text = body.get(name)
    if not isinstance(text, str) or not text.strip():
        raise invalid(FieldError(name, "This value should not be blank."))
    return text
