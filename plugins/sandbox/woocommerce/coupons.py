"""Coupons: codes in lower case, each once, with limits that orders are held to."""

from __future__ import annotations

from datetime import UTC, datetime

from werkzeug.wrappers import Request, Response

from plugins.sandbox.stand_in import route
from plugins.sandbox.woocommerce.answers import WooError, trash_not_supported
from plugins.sandbox.woocommerce.auth import shop_url
from plugins.sandbox.woocommerce.listing import DATED, ORDERBY, by_date, order_key, ordering, page, select
from plugins.sandbox.woocommerce.money import cents, text
from plugins.sandbox.woocommerce.params import Param, Row, check_body, gmt, read_body, read_query
from plugins.sandbox.woocommerce.shop import EDITING, V3, links
from plugins.sandbox.woocommerce.webhooks import Webhooks

QUERY = {**DATED, **ordering("desc", "date", *ORDERBY), "code": Param()}
KINDS = ("percent", "fixed_cart", "fixed_product")
LISTS = ("product_ids", "excluded_product_ids", "product_categories", "excluded_product_categories")
LIMITS = ("usage_limit", "usage_limit_per_user", "limit_usage_to_x_items")
AMOUNTS = ("amount", "minimum_amount", "maximum_amount")
BODY = {
    **{name: Param() for name in ("code", "status", "description")},
    **{name: Param("amount") for name in AMOUNTS},
    "discount_type": Param(enum=KINDS),
    **{name: Param("date or null") for name in ("date_expires", "date_expires_gmt")},
    **{name: Param("boolean") for name in ("individual_use", "free_shipping", "exclude_sale_items")},
    **{name: Param("integers") for name in LISTS},
    **{name: Param("integer") for name in LIMITS},
    "email_restrictions": Param("array"),
    "meta_data": Param("array"),
}


class Coupons(Webhooks):
    """`/coupons`."""

    @route(f"{V3}/coupons")
    def list_coupons(self, request: Request) -> Response:
        query = read_query(request, QUERY)
        ordered = self.coupons.sorted(query["orderby"], query["order"], order_key(query["orderby"]))
        rows = by_date([row for row in select(ordered, query) if row["status"] != "trash"], query, self.zone)
        if query["code"]:
            rows = [row for row in rows if row["code"] == query["code"].lower()]
        if word := query["search"].lower():
            rows = [row for row in rows if word in f"{row['code']} {row['description']}".lower()]
        return page(request, rows, query, lambda row: coupon_view(row, shop_url(request)))

    @route(f"{V3}/coupons", "POST")
    def create_coupon(self, request: Request) -> Response:
        row = self.add_coupon(read_body(request), ("code",))
        return self.made(request, coupon_view(row, shop_url(request)), "coupons")

    @route(f"{V3}/coupons/<int:number>")
    def show_coupon(self, request: Request, number: int) -> Response:
        return self.shown(request, coupon_view(self.coupon(number), shop_url(request)))

    @route(f"{V3}/coupons/<int:number>", *EDITING)
    def update_coupon(self, request: Request, number: int) -> Response:
        row = self.change_coupon(number, read_body(request))
        return self.shown(request, coupon_view(row, shop_url(request)))

    @route(f"{V3}/coupons/<int:number>", "DELETE")
    def delete_coupon(self, request: Request, number: int) -> Response:
        self.coupon(number)
        if not check_body(read_body(request), {"force": Param("boolean")}).get("force"):
            raise trash_not_supported("Coupons")
        return self.shown(request, coupon_view(self._drop_coupon(number), shop_url(request)))

    @route(f"{V3}/coupons/batch", *EDITING)
    def batch_coupons(self, request: Request) -> Response:
        base = shop_url(request)
        return self.batch(
            request,
            lambda body: coupon_view(self.add_coupon(body, ("code",)), base),
            lambda number, body: coupon_view(self.change_coupon(number, body), base),
            lambda number: coupon_view(self._drop_coupon(number), base),
        )

    def coupon(self, number: int, status: int = 404) -> Row:
        """Return the coupon of that number, or refuse."""
        if number not in self.coupons.rows:
            raise WooError("woocommerce_rest_shop_coupon_invalid_id", "Invalid ID.", status)
        return self.coupons.rows[number]

    def add_coupon(self, body: Row, required: tuple[str, ...] = ()) -> Row:
        """Make a coupon; its code is free in any case of letters."""
        sent = check_body(body, BODY, required)
        code = self._free_code(sent["code"])
        row = blank_coupon(self.new_id("posts"), code)
        self.stamp(row, "date_created", self.clock())
        self._fill_coupon(row, sent)
        self.happened("coupon.created", lambda base: coupon_view(row, base))
        return row

    def change_coupon(self, number: int, body: Row) -> Row:
        """Change the fields that were sent and leave the others."""
        row, sent = self.coupon(number, 400), check_body(body, BODY)
        if "code" in sent and sent["code"].lower() != row["code"]:
            self._free_code(sent["code"])
        self._fill_coupon(row, sent)
        self.happened("coupon.updated", lambda base: coupon_view(row, base))
        return row

    def _drop_coupon(self, number: int) -> Row:
        row = self.coupons.drop(self.coupon(number)["id"])
        self.happened("coupon.deleted", lambda _: {"id": number})
        return row

    def _free_code(self, code: str) -> str:
        if any(row["code"] == code.lower() for row in self.coupons.rows.values()):
            raise WooError("woocommerce_rest_coupon_code_already_exists", "The coupon code already exists")
        return code.lower()

    def _fill_coupon(self, row: Row, sent: Row) -> None:
        special = {"code", "meta_data", "date_expires", "date_expires_gmt", *AMOUNTS}
        row.update({name: value for name, value in sent.items() if name not in special})
        row.update({name: text(cents(sent[name])) for name in AMOUNTS if name in sent})
        row["code"] = str(sent.get("code", row["code"])).lower()
        for name, zone in (("date_expires", self.zone), ("date_expires_gmt", UTC)):
            if name in sent:
                ends = sent[name] and datetime.fromisoformat(f"{gmt(sent[name], zone)}Z")
                self.stamp(row, "date_expires", ends)
        self.merge_meta(row, sent.get("meta_data", []))
        self.touch(row)
        self.coupons.put(row)

    def applicable(self, code: str, emails: set[str]) -> Row:
        """Return the coupon if someone with one of these addresses may use it now, or refuse."""
        now = f"{self.clock().astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
        coupon = next((row for row in self.coupons.rows.values() if row["code"] == code.lower()), None)
        quoted = f"&quot;{code.lower()}&quot;"
        if coupon is None:
            raise self._refused(f"Coupon {quoted} cannot be applied because it does not exist.")
        if coupon["date_expires_gmt"] and coupon["date_expires_gmt"] <= now:
            raise self._refused(f"Coupon {quoted} has expired.")
        if coupon["usage_limit"] and coupon["usage_count"] >= coupon["usage_limit"]:
            raise self._refused(f"Usage limit for coupon {quoted} has been reached.")
        if coupon["email_restrictions"] and emails.isdisjoint(map(str.lower, coupon["email_restrictions"])):
            raise self._refused(f"Please enter a valid email at checkout to use coupon code {quoted}.")
        return coupon

    def fitting(self, coupon: Row, lines: list[Row]) -> None:
        """Refuse a coupon that nothing in the basket is meant by, or for which it is too small."""
        quoted = f"&quot;{coupon['code']}&quot;"
        if not any(is_meant(coupon, line) for line in lines):
            raise self._refused(f"Sorry, coupon {quoted} is not applicable to selected products.")
        if sum(cents(line["total"]) + cents(line["total_tax"]) for line in lines) < cents(coupon["minimum_amount"]):
            raise self._refused(f"The minimum spend for coupon {quoted} is {coupon['minimum_amount']}.")

    @staticmethod
    def _refused(message: str) -> WooError:
        return WooError("woocommerce_rest_invalid_coupon", message)


def is_meant(coupon: Row, line: Row) -> bool:
    """Tell whether a coupon is for the product or the size of a line."""
    return not coupon["product_ids"] or bool({line["product_id"], line["variation_id"]} & {*coupon["product_ids"]})


def blank_coupon(number: int, code: str) -> Row:
    """Return a coupon with every field and nothing in it."""
    return {
        "id": number,
        "code": code,
        "amount": "0.00",
        "status": "publish",
        "date_created": None,
        "date_created_gmt": None,
        "date_modified": None,
        "date_modified_gmt": None,
        "discount_type": "fixed_cart",
        "description": "",
        "date_expires": None,
        "date_expires_gmt": None,
        "usage_count": 0,
        "individual_use": False,
        **{name: [] for name in LISTS[:2]},
        **dict.fromkeys(LIMITS),
        "free_shipping": False,
        **{name: [] for name in LISTS[2:]},
        "exclude_sale_items": False,
        "minimum_amount": "0.00",
        "maximum_amount": "0.00",
        "email_restrictions": [],
        "used_by": [],
        "meta_data": [],
    }


def coupon_view(row: Row, base: str) -> Row:
    """Return a coupon as the API shows it."""
    return {**row, "_links": links(base, "coupons", row["id"])}
