"""The paths of customer lists: made with the first people, and changed by adding and removing."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.pinterest.customer_list import CustomerList
from plugins.sandbox.pinterest.oauth import OAuthPaths
from plugins.sandbox.pinterest.operations import ACCOUNT, operation
from plugins.sandbox.pinterest.reading import object_of, optional, ordered, page, required
from plugins.sandbox.pinterest.refusals import invalid, missing
from plugins.sandbox.stand_in import json_response

LISTS = f"{ACCOUNT}/customer_lists"
LIST_TYPES = ("EMAIL", "IDFA", "MAID", "LR_ID", "DLX_ID", "HASHED_PINNER_ID")
FIRST_ID = 643


def records_of(body: dict[str, Any]) -> list[str]:
    """Return the records of one text; a comma at the end is no record, and no record is nobody's list."""
    records = [each for each in required(body, "records", str).split(",") if each]
    if not records:
        raise invalid("Invalid request: 'records' is empty")
    return records


class CustomerListPaths(OAuthPaths):
    """Answers `/ad_accounts/{id}/customer_lists`."""

    def seed(self) -> None:
        """Start with no lists."""
        super().seed()
        self.customer_lists: dict[str, CustomerList] = {}

    @operation(LISTS, category="ads_read", scopes="ads:read")
    def list_customer_lists(self, request: Request, ad_account_id: str) -> Response:
        """List the lists by id."""
        rows = ordered(request, [*self.customer_lists.values()])
        return json_response(page(request, rows, lambda each: each.view(self.clock())))

    @operation(LISTS, "POST", category="ads_write", scopes="ads:write")
    def create_customer_list(self, request: Request, ad_account_id: str) -> Response:
        """Make a list with its first people; a name may come twice."""
        body, at = object_of(request), self.clock()
        name, kind = required(body, "name", str), optional(body, "list_type", str, "EMAIL", LIST_TYPES)
        records = records_of(body)
        if not name.strip():
            raise invalid("Invalid request: 'name' is empty")
        key = str(FIRST_ID + len(self.customer_lists))
        made = self.customer_lists[key] = CustomerList(key, ad_account_id, name, kind, at, at)
        made.add(records, at)
        return json_response(made.view(at))

    @operation(f"{LISTS}/<customer_list_id>", category="ads_read", scopes="ads:read")
    def get_customer_list(self, request: Request, ad_account_id: str, customer_list_id: str) -> Response:
        """Show one list."""
        return json_response(self.customer_list(customer_list_id).view(self.clock()))

    @operation(f"{LISTS}/<customer_list_id>", "PATCH", category="ads_write", scopes="ads:write")
    def update_customer_list(self, request: Request, ad_account_id: str, customer_list_id: str) -> Response:
        """Put people in or take them out; no row is answered."""
        found, body = self.customer_list(customer_list_id), object_of(request)
        change = required(body, "operation_type", str, ("ADD", "REMOVE"))
        (found.add if change == "ADD" else found.remove)(records_of(body), self.clock())
        return json_response(found.view(self.clock()))

    def customer_list(self, key: str) -> CustomerList:
        """Return a list, or refuse."""
        if key not in self.customer_lists:
            raise missing("Customer list")
        return self.customer_lists[key]
