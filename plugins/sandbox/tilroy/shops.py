"""Tilroy's shop service: every shop in one answer."""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

from plugins.sandbox.retailer import Shop
from plugins.sandbox.stand_in import route
from plugins.sandbox.tilroy.answers import Json, answer, bad_request, not_found
from plugins.sandbox.tilroy.gateway import Gateway

ROOT = "/shopapi/production"
FIRST_WEBSHOP = 900


class Shops(Gateway):
    """Lists shops without paging; asked for a page it refuses."""

    @route(f"{ROOT}/shops")
    def answer_shops(self, request: Request) -> Response:
        """List the shops; a sourceId outranks every other filter."""
        if "page" in request.args or "count" in request.args:
            raise bad_request("page and count are not allowed")
        source, number = request.args.get("sourceId"), request.args.get("number")
        rows = [_shop(shop) for shop in self.shops.values()]
        if source:
            rows = [row for row in rows if row["sourceId"] == source]
        elif number:
            rows = [row for row in rows if str(row["number"]) == number]
        return answer(request, rows)

    @route(f"{ROOT}/shops/<shop>")
    def answer_shop(self, request: Request, shop: str) -> Response:
        """Return one shop."""
        if not shop.isdecimal() or int(shop) not in self.shops:
            raise not_found("Shop")
        return answer(request, _shop(self.shops[int(shop)]))


def _shop(shop: Shop) -> Json:
    address = shop.address
    return {
        "tilroyId": str(shop.id),
        "sourceId": f"S{shop.number}",
        "number": shop.number,
        "name": shop.name,
        "language": {"tilroyId": "2", "code": "NL"},
        "type": {"tilroyId": "2", "code": "WEBSHOP"}
        if shop.number >= FIRST_WEBSHOP
        else {"tilroyId": "1", "code": "SHOP"},
        "subType": {},
        "latitude": "",
        "longitude": "",
        "postalCode": address.postcode if address else "",
        "street": address.street if address else "",
        "houseNumber": address.house_number if address else "",
        "city": address.city if address else "",
        "country": {"code": address.country} if address else {},
    }
