"""The paths of stores: made, changed, and deleted with all that is in them."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.mailchimp.account import Account, answer, empty, read_body
from plugins.sandbox.mailchimp.problems import FieldError, invalid, not_found
from plugins.sandbox.mailchimp.queries import Query
from plugins.sandbox.mailchimp.shapes import STORE, blank, read
from plugins.sandbox.mailchimp.store import Store, dated, refuse
from plugins.sandbox.stand_in import json_response, route

STORES = "/3.0/ecommerce/stores"
FIXED = ("id", "list_id")


class StorePaths(Account):
    """Answers `/ecommerce/stores`; the account starts without one."""

    def seed(self) -> None:
        """Start without stores."""
        super().seed()
        self.stores: dict[str, Store] = {}

    @route(STORES)
    def list_stores(self, request: Request) -> Response:
        """List the stores."""
        rows = list(self.stores.values())
        shown = [_shown(each) for each in Query(request).page(rows)]
        return answer(request, {"stores": shown, "total_items": len(rows), "_links": []})

    @route(STORES, "POST")
    def add_store(self, request: Request) -> Response:
        """Make a store, for good of one audience."""
        body = read(read_body(request), STORE, ("id", "list_id", "name", "currency_code"))
        if body["list_id"] != self.list_id:
            raise invalid(FieldError("list_id", "This list does not exist."))
        if body["id"] in self.stores:
            refuse("A store with the provided ID already exists in the account.")
        self._check_domain(body, "")
        made = self.stores[body["id"]] = Store(body, self.clock(), self.clock())
        return json_response(_shown(made))

    @route(f"{STORES}/<store_id>")
    def get_store(self, request: Request, store_id: str) -> Response:
        """Show one store."""
        return answer(request, _shown(self.store(store_id)))

    @route(f"{STORES}/<store_id>", "PATCH")
    def update_store(self, request: Request, store_id: str) -> Response:
        """Change a store; its id and its audience stay."""
        store, body = self.store(store_id), read(read_body(request), STORE)
        self._check_domain(body, store_id)
        store.fields |= {name: value for name, value in body.items() if name not in FIXED}
        store.updated_at = self.clock()
        return json_response(_shown(store))

    @route(f"{STORES}/<store_id>", "DELETE")
    def delete_store(self, request: Request, store_id: str) -> Response:
        """Delete a store with its customers, orders, products and carts."""
        self.store(store_id)
        del self.stores[store_id]
        return empty()

    def store(self, store_id: str) -> Store:
        """Return the store a path names, or refuse with 404."""
        if store_id not in self.stores:
            raise not_found()
        return self.stores[store_id]

    def _check_domain(self, body: dict[str, Any], store_id: str) -> None:
        taken = {each.fields.get("domain") for key, each in self.stores.items() if key != store_id}
        if body.get("domain") and body["domain"] in taken:
            refuse("A store with the provided domain already exists in the account.")


def _shown(store: Store) -> dict[str, Any]:
    times = dated({"created_at": store.created_at, "updated_at": store.updated_at})
    return {**blank(STORE), **store.fields, **times, "list_is_active": True, "_links": []}
