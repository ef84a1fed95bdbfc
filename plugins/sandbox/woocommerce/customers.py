"""Customers of the shop: WordPress users with a billing and a shipping address and plugin fields."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.stand_in import act, json_response, route
from plugins.sandbox.woocommerce.answers import WooError, trash_not_supported
from plugins.sandbox.woocommerce.auth import shop_url
from plugins.sandbox.woocommerce.listing import PAGING, ordering, page, select
from plugins.sandbox.woocommerce.params import Param, Row, check_body, is_email, read_body, read_query
from plugins.sandbox.woocommerce.shop import EDITING, V3, links
from plugins.sandbox.woocommerce.webhooks import Webhooks

ROLES = ("all", "administrator", "editor", "author", "contributor", "subscriber", "customer", "shop_manager")
QUERY = {
    **PAGING,
    **ordering("asc", "name", "id", "include", "name", "registered_date"),
    "email": Param("email"),
    "role": Param(enum=ROLES, default="customer"),
}
BODY = {
    **{name: Param() for name in ("email", "first_name", "last_name", "username", "password")},
    **{name: Param("address") for name in ("billing", "shipping")},
    "meta_data": Param("array"),
}
SHIPPING = ("first_name", "last_name", "company", "address_1", "address_2", "city", "postcode", "country", "state")
BILLING = (*SHIPPING, "email", "phone")
KEYS: dict[str, Callable[[Row], Any]] = {
    "name": lambda row: row["display_name"].lower(),
    "registered_date": lambda row: row["date_created_gmt"],
    "id": lambda row: row["id"],
    "include": lambda row: row["id"],
}


class Customers(Webhooks):
    """`/customers`: no upsert, no trash, and no filter on the time of change."""

    @route(f"{V3}/customers")
    def list_customers(self, request: Request) -> Response:
        query = read_query(request, QUERY)
        rows = select(self.users.sorted(query["orderby"], query["order"], KEYS[query["orderby"]]), query)
        if query["role"] != "all":
            rows = [row for row in rows if row["role"] == query["role"]]
        if query["email"]:
            rows = [row for row in rows if row["email"].lower() == query["email"].lower()]
        if word := query["search"].lower():
            rows = [row for row in rows if word in f"{row['email']} {row['username']} {row['display_name']}".lower()]
        return page(request, rows, query, lambda row: customer_view(row, shop_url(request)))

    @route(f"{V3}/customers", "POST")
    def create_customer(self, request: Request) -> Response:
        row = self.add_customer(read_body(request), ("email",))
        return self.made(request, customer_view(row, shop_url(request)), "customers")

    @route(f"{V3}/customers/<int:number>")
    def show_customer(self, request: Request, number: int) -> Response:
        return self.shown(request, customer_view(self.customer(number), shop_url(request)))

    @route(f"{V3}/customers/<int:number>", *EDITING)
    def update_customer(self, request: Request, number: int) -> Response:
        row = self.change_customer(number, read_body(request))
        return self.shown(request, customer_view(row, shop_url(request)))

    @route(f"{V3}/customers/<int:number>", "DELETE")
    def delete_customer(self, request: Request, number: int) -> Response:
        self.customer(number)
        if not check_body(read_body(request), {"force": Param("boolean")}).get("force"):
            raise trash_not_supported("Customers")
        return self.shown(request, customer_view(self._drop_customer(number), shop_url(request)))

    @route(f"{V3}/customers/batch", *EDITING)
    def batch_customers(self, request: Request) -> Response:
        base = shop_url(request)
        return self.batch(
            request,
            lambda body: customer_view(self.add_customer(body), base),
            lambda number, body: customer_view(self.change_customer(number, body), base),
            lambda number: customer_view(self._drop_customer(number), base),
        )

    @route(f"{V3}/reports/customers/totals")
    def customer_totals(self, request: Request) -> Response:
        paying = [row["is_paying_customer"] for row in self.users.rows.values() if row["role"] == "customer"]
        names = {"paying": "Paying customer", "non_paying": "Non-paying customer"}
        totals = {"paying": sum(paying), "non_paying": len(paying) - sum(paying)}
        return json_response([{"slug": key, "name": name, "total": totals[key]} for key, name in names.items()])

    def customer(self, number: int) -> Row:
        """Return the customer of that number, or refuse."""
        if number not in self.users.rows:
            raise WooError("wc_user_invalid_id", "Invalid user ID.", 404)
        return self.users.rows[number]

    def add_customer(self, body: Row, required: tuple[str, ...] = ()) -> Row:
        """Register a customer; a second account with the same address is refused."""
        sent = check_body(body, BODY, required)
        email = self._free_email(sent.get("email", ""))
        row = blank_customer(self.new_id("users"), email, self._username(sent.get("username", ""), email))
        self.stamp(row, "date_created", self.clock())
        if not sent.get("password"):
            row["meta_data"].append(self.meta("default_password_nag", "1"))
        self._fill_customer(row, sent)
        self.happened("customer.created", lambda base: customer_view(row, base))
        return row

    def change_customer(self, number: int, body: Row) -> Row:
        """Change the fields that were sent and leave the others."""
        row, sent = self.customer(number), check_body(body, BODY)
        if "email" in sent and sent["email"].lower() != row["email"].lower():
            self._free_email(sent["email"])
        self._fill_customer(row, sent)
        self.happened("customer.updated", lambda base: customer_view(row, base))
        return row

    def _drop_customer(self, number: int) -> Row:
        row = self.users.drop(self.customer(number)["id"])
        self.happened("customer.deleted", lambda _: {"id": number})
        return row

    def _fill_customer(self, row: Row, sent: Row) -> None:
        is_new = row["id"] not in self.users.rows
        row.update({name: sent[name] for name in ("email", "first_name", "last_name") if name in sent})
        for kind in ("billing", "shipping"):
            row[kind].update({name: value for name, value in sent.get(kind, {}).items() if name in row[kind]})
        if is_new:
            row["display_name"] = f"{row['first_name']} {row['last_name']}".strip() or row["username"]
        self.merge_meta(row, sent.get("meta_data", []))
        self.touch(row)
        self.users.put(row)

    def _free_email(self, email: str) -> str:
        if not is_email(email):
            raise WooError("customer_invalid_email", "Invalid email address")
        if any(row["email"].lower() == email.lower() for row in self.users.rows.values()):
            message = f"An account is already registered with {email}. Please log in or use a different email address."
            raise WooError("registration-error-email-exists", message)
        return email

    def _username(self, wanted: str, email: str) -> str:
        taken = {row["username"] for row in self.users.rows.values()}
        if wanted in taken:
            message = "An account is already registered with that username. Please choose another."
            raise WooError("registration-error-username-exists", message)
        stem = wanted or email.partition("@")[0].lower()
        names = (stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3)))
        return next(name for name in names if name not in taken)

    @act
    def set_meta(self, customer_id: str, key: str, value: str) -> None:
        """Let a plugin write a field of a customer, an opt-in for example."""
        self.change_customer(int(customer_id), {"meta_data": [{"key": key, "value": value}]})

    @act
    def register(self, email: str, first_name: str = "", last_name: str = "", **meta: str) -> None:
        """Let someone open an account; further words become plugin fields."""
        body = {"email": email, "first_name": first_name, "last_name": last_name, "password": "chosen by the customer"}
        fields = [{"key": key, "value": value} for key, value in meta.items()]
        self.add_customer({**body, "billing": body_address(body), "meta_data": fields})

    @act
    def edit_customer(self, customer_id: str, **fields: str) -> None:
        """Let a customer or a clerk change an account; what is not a name or the address goes to billing."""
        account = {name: value for name, value in fields.items() if name in ("email", "first_name", "last_name")}
        billing = {name: value for name, value in fields.items() if name in BILLING and name != "email"}
        if unknown := fields.keys() - account.keys() - billing.keys():
            raise LookupError(f"edit_customer: unknown field {', '.join(sorted(unknown))}")
        self.change_customer(int(customer_id), {**account, "billing": billing})

    @act
    def delete_account(self, customer_id: str) -> None:
        """Let an account be deleted in the shop; its orders stay."""
        self._drop_customer(int(customer_id))


def body_address(names: Row) -> Row:
    """Return the billing address that an account starts with."""
    return {name: names[name] for name in ("first_name", "last_name", "email")}


def blank_customer(number: int, email: str, username: str, role: str = "customer") -> Row:
    """Return a customer with every field and nothing in it."""
    return {
        "id": number,
        "date_created": None,
        "date_created_gmt": None,
        "date_modified": None,
        "date_modified_gmt": None,
        "email": email,
        "first_name": "",
        "last_name": "",
        "role": role,
        "username": username,
        "billing": dict.fromkeys(BILLING, ""),
        "shipping": dict.fromkeys((*SHIPPING, "phone"), ""),
        "is_paying_customer": False,
        "meta_data": [],
        "display_name": username,
    }


def customer_view(row: Row, base: str) -> Row:
    """Return a customer as the API shows it."""
    shown: Row = {}
    for name, value in row.items():
        if name == "meta_data":
            shown["avatar_url"] = _avatar(row["email"], base)
        if name != "display_name":
            shown[name] = value
    return {**shown, "_links": links(base, "customers", row["id"])}


def _avatar(email: str, base: str) -> str:
    digest = hashlib.md5(email.strip().lower().encode(), usedforsecurity=False).hexdigest()
    server = "https://secure" if base.startswith("https:") else f"http://{int(digest[0], 16) % 3}"
    return f"{server}.gravatar.com/avatar/{digest}?s=96&d=mm&r=g"
