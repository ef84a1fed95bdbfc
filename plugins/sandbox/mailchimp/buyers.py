"""The paths of a store's customers; who is new to the audience becomes a contact of it."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.mailchimp.account import answer, empty, read_body
from plugins.sandbox.mailchimp.enrolment import Enrolment
from plugins.sandbox.mailchimp.problems import FieldError, invalid
from plugins.sandbox.mailchimp.queries import Query
from plugins.sandbox.mailchimp.shapes import CUSTOMER, LONGEST_CUSTOMER_ID, need, read
from plugins.sandbox.mailchimp.store import Store, found, free
from plugins.sandbox.mailchimp.stores import STORES, StorePaths
from plugins.sandbox.stand_in import json_response, route

CUSTOMERS = f"{STORES}/<store_id>/customers"
REQUIRED = ("id", "email_address")


class BuyerPaths(StorePaths):
    """Answers what is asked of the customers of a store."""

    @route(CUSTOMERS)
    def list_customers(self, request: Request, store_id: str) -> Response:
        """List the customers, or those of one address."""
        store, query = self.store(store_id), Query(request)
        email = query.text("email_address").lower()
        rows = [each for each in store.customers.values() if not email or each["email_address"].lower() == email]
        shown = [store.show_customer(each) for each in query.page(rows)]
        return answer(request, {"store_id": store_id, "customers": shown, "total_items": len(rows), "_links": []})

    @route(CUSTOMERS, "POST")
    def add_customer(self, request: Request, store_id: str) -> Response:
        """Make a customer."""
        store, body = self.store(store_id), read(read_body(request), CUSTOMER, REQUIRED)
        free(store.customers, body["id"], "customer")
        return json_response(store.show_customer(self.buyer(store, body)))

    @route(f"{CUSTOMERS}/<customer_id>")
    def get_customer(self, request: Request, store_id: str, customer_id: str) -> Response:
        """Show one customer."""
        store = self.store(store_id)
        return answer(request, store.show_customer(found(store.customers, customer_id)))

    @route(f"{CUSTOMERS}/<customer_id>", "PUT")
    def set_customer(self, request: Request, store_id: str, customer_id: str) -> Response:
        """Add or change a customer."""
        store, body = self.store(store_id), read(read_body(request), CUSTOMER, REQUIRED)
        if body["id"] != customer_id:
            raise invalid(FieldError("id", "This value should be that of the path."))
        need({"opt_in_status": str(body.get("opt_in_status", ""))}, ("opt_in_status",), "customer")
        return json_response(store.show_customer(self.buyer(store, body)))

    @route(f"{CUSTOMERS}/<customer_id>", "PATCH")
    def update_customer(self, request: Request, store_id: str, customer_id: str) -> Response:
        """Change a customer, though not the address."""
        store, body = self.store(store_id), read(read_body(request), CUSTOMER)
        found(store.customers, customer_id)
        body.pop("email_address", None)
        return json_response(store.show_customer(self.buyer(store, {**body, "id": customer_id})))

    @route(f"{CUSTOMERS}/<customer_id>", "DELETE")
    def delete_customer(self, request: Request, store_id: str, customer_id: str) -> Response:
        """Delete a customer; the vendor promises no more than that, so orders and carts stay and name them."""
        customers = self.store(store_id).customers
        found(customers, customer_id)
        del customers[customer_id]
        return empty()

    def buyer(self, store: Store, sent: dict[str, Any], where: str = "customer") -> dict[str, Any]:
        """Add or change a customer; `opt_in_status` counts for an address that is new to the audience."""
        key, now = str(sent.get("id", "")), self.clock()
        if key not in store.customers:
            stated = {**sent, "opt_in_status": str(sent.get("opt_in_status", ""))}
            need(stated, (*REQUIRED, "opt_in_status"), where)
            if len(key) > LONGEST_CUSTOMER_ID:
                raise invalid(FieldError("id", f"This value should have at most {LONGEST_CUSTOMER_ID} characters."))
            self._enter(sent["email_address"], has_opted_in=sent["opt_in_status"])
            store.customers[key] = {"created_at": now}
        elif email := sent.get("email_address"):
            self._enter(email, has_opted_in=bool(sent.get("opt_in_status")))
        store.customers[key].update({**sent, "updated_at": now})
        return store.customers[key]

    def _enter(self, email: str, *, has_opted_in: bool) -> None:
        if self.audience.find(email) is None:
            enrolment = Enrolment(self.audience, self.clock(), self.note, skip_merge_validation=True)
            enrolment.create({"email_address": email}, "subscribed" if has_opted_in else "transactional")
