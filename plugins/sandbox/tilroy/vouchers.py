"""Tilroy's voucher service: found by barcode or customer, created and updated by the same call."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cached_property

from werkzeug.wrappers import Request, Response

from plugins.sandbox.retailer import TillVoucher
from plugins.sandbox.stand_in import route
from plugins.sandbox.tilroy.answers import (
    Json,
    Refusal,
    answer,
    bad_request,
    body_of,
    cents,
    money,
    need,
    not_found,
    page,
    read_moment,
    within,
    words,
)
from plugins.sandbox.tilroy.customer_forms import find_shop
from plugins.sandbox.tilroy.loyalty import POINTS_LAST, ROOT, Extras, Loyalty, text

KINDS = ("advance", "creditvoucher", "giftvoucher", "loyaltyvoucher", "nextsalediscount", "voucher")
STATUSES = ("sold", "new")


class Vouchers(Loyalty):
    """Finds vouchers, upserts them by barcode, and makes one out of points."""

    def seed(self) -> None:
        """Start with the retailer's vouchers."""
        super().seed()
        self.changed_vouchers: dict[int, tuple[TillVoucher, Extras]] = {}

    @cached_property
    def told_vouchers(self) -> dict[int, tuple[TillVoucher, Extras]]:
        """Return the retailer's vouchers by id; a barcode may stand on several."""
        vouchers = sorted(self.retailer.till_vouchers, key=lambda voucher: voucher.id)
        return {voucher.id: (voucher, Extras()) for voucher in vouchers}

    def _vouchers(self) -> list[tuple[TillVoucher, Extras]]:
        return list({**self.told_vouchers, **self.changed_vouchers}.values())

    def _voucher(self, barcode: str) -> tuple[TillVoucher, Extras] | None:
        return next((each for each in self._vouchers() if each[0].barcode == barcode), None)

    def _voucher_form(self, voucher: tuple[TillVoucher, Extras]) -> Json:
        facts, extras = voucher
        shop = self.shops.get(facts.shop_id)
        member = self.customers.get(facts.customer_id) if facts.customer_id else None
        form: Json = {
            "tilroyId": str(facts.id),
            "barcode": facts.barcode,
            "webcode": extras.webcode,
            "amounts": {
                "full": money(facts.full_cents),
                "open": money(facts.open_cents),
                "used": money(facts.full_cents - facts.open_cents),
            },
            "type": facts.kind,
            "startDate": facts.starts_on.isoformat(),
            "endDate": facts.ends_on.isoformat() if facts.ends_on else "",
            "shop": {"tilroyId": str(facts.shop_id), "number": shop.number if shop else 0},
            "sourceId": extras.source_id,
            "description": extras.description,
            "status": facts.status if facts.status in STATUSES else "sold",
        }
        if member:
            form["customer"] = {"tilroyId": str(member.till.id), "sourceId": member.till.source_id}
        return form

    @route(f"{ROOT}/v2/vouchers")
    def answer_vouchers(self, request: Request) -> Response:
        """Find vouchers by barcode, webcode or customer; there is no list of all."""
        args = request.args
        if not any(args.get(name) for name in ("barcode", "webcode", "customerId", "customerSourceId")):
            raise bad_request("barcode, webcode, customerId or customerSourceId is required")
        vouchers = self._vouchers()
        if args.get("barcode"):
            vouchers = [each for each in vouchers if each[0].barcode == args["barcode"]]
        if args.get("webcode"):
            vouchers = [each for each in vouchers if each[1].webcode == args["webcode"]]
        if args.get("customerId") or args.get("customerSourceId"):
            owner = self.by_reference(args.get("customerId"), args.get("customerSourceId")).till.id
            vouchers = [each for each in vouchers if each[0].customer_id == owner]
        if args.get("type"):
            vouchers = [each for each in vouchers if each[0].kind == args["type"]]
        if args.get("hasOpenAmount") in ("true", "false"):
            is_open = args["hasOpenAmount"] == "true"
            vouchers = [each for each in vouchers if (each[0].open_cents > 0) == is_open]
        return page(request, vouchers, self._voucher_form)

    @route(f"{ROOT}/v2/vouchers/<voucher>")
    def answer_voucher(self, request: Request, voucher: str) -> Response:
        """Return one voucher by its tilroyId."""
        for each in self._vouchers():
            if str(each[0].id) == voucher:
                return answer(request, self._voucher_form(each))
        raise not_found("Voucher")

    @route(f"{ROOT}/v2/vouchers", "POST")
    def answer_new_voucher(self, request: Request) -> Response:
        """Create a voucher; a barcode that exists is updated instead."""
        body = body_of(request)
        options = within(body, "options")
        generated = {"barcode": "generateBarcode", "webcode": "generateWebcode"}
        need(body, [name for name, option in generated.items() if not options.get(option)])
        need(body, ["amounts", "type", "startDate", "endDate", "shop"])
        if body["type"] not in KINDS:
            raise bad_request(f"type should be one of {', '.join(KINDS)}")
        made = self._made_voucher(body)
        self.changed_vouchers[made[0].id] = made
        return answer(request, self._voucher_form(made), 201)

    def _made_voucher(self, body: Json) -> tuple[TillVoucher, Extras]:
        amounts, owner = within(body, "amounts"), within(body, "customer")
        full = cents(amounts.get("full", 0), "amounts.full")
        used = cents(amounts.get("used", 0), "amounts.used")
        number = self._next_voucher()
        barcode = words(body.get("barcode") or f"SBX{number:09d}", "barcode")
        known = self._voucher(barcode)
        customer = self.by_reference(text(owner, "tilroyId"), text(owner, "sourceId")).till.id if owner else None
        facts = TillVoucher(
            id=known[0].id if known else number,
            barcode=barcode,
            kind=body["type"],
            full_cents=full,
            open_cents=cents(amounts["open"], "amounts.open") if "open" in amounts else full - used,
            starts_on=_day(body, "startDate"),
            ends_on=_day(body, "endDate"),
            customer_id=customer if customer or not known else known[0].customer_id,
            shop_id=find_shop(within(body, "shop"), self.shops).id,
            status=_status(body),
            changed_at=self.present(),
        )
        webcode = words(body.get("webcode") or str(number % 1000), "webcode")
        return facts, Extras(webcode, text(body, "sourceId"), text(body, "description"))

    def _next_voucher(self) -> int:
        return max((each[0].id for each in self._vouchers()), default=0) + 1

    @route(f"{ROOT}/linkcustomer", "POST")
    def answer_link(self, request: Request) -> Response:
        """Give a voucher its customer; who has one keeps it, unless forced."""
        body = body_of(request)
        need(body, ["customer", "reference"])
        known = self._voucher(words(body["reference"], "reference"))
        if known is None:
            raise not_found("Voucher")
        if known[0].customer_id and request.args.get("force") != "true":
            raise Refusal(409, "Conflict", "voucher already has a linked customer")
        owner = self.member(text(within(body, "customer"), "id")).till.id
        self.changed_vouchers[known[0].id] = replace(known[0], customer_id=owner), known[1]
        return Response(status=200)

    @route(f"{ROOT}/v2/vouchers/createloyalty", "POST")
    def answer_loyalty_voucher(self, request: Request) -> Response:
        """Turn all points of a customer into a voucher."""
        body = body_of(request)
        member, present = self.meant(within(body, "customer")), self.present()
        shop, points, number = find_shop(within(body, "shop"), self.shops), self.balance(member), self._next_voucher()
        if points <= 0:
            raise bad_request("customer has not enough points")
        self.add_points(member, -points, shop.id, present, Extras())
        until, barcode = (present + POINTS_LAST).date(), f"LOY{number:09d}"
        facts = (number, barcode, "loyaltyvoucher", points, points, present.date(), until, member.till.id, shop.id)
        self.changed_vouchers[number] = TillVoucher(*facts, changed_at=present), Extras(str(number % 1000))
        return Response(status=200)


def _day(body: Json, name: str) -> date:
    return read_moment(words(body[name], name), name).date()


def _status(body: Json) -> str:
    status = body.get("status", "sold")
    if status not in STATUSES:
        raise bad_request(f"status should be one of {', '.join(STATUSES)}")
    return str(status)
