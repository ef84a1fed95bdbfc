"""Tilroy, WooCommerce and Mailchimp over one made-up retailer, strict but for one record in a hundred, which is broken.

`python -m bench.vendors CUSTOMERS DAY` serves until killed. `python -m bench.vendors --read ADDRESS` asks for all pages
that were asked for since the start, reads their JSON and does nothing else.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import requests
from werkzeug.wrappers import Request, Response

from bench.shop import Trade, is_bad
from plugins.sandbox.mailchimp import Mailchimp
from plugins.sandbox.server import Sandbox, serve
from plugins.sandbox.stand_in import json_response
from plugins.sandbox.tilroy import Tilroy
from plugins.sandbox.woocommerce import WooCommerce

BROKEN: dict[str, tuple[str, str, Any]] = {
    "/tilroy/customerapi/production/export/customers": ("tilroyId", "dateCreated", "yesterday"),
    "/tilroy/saleapi/production/sales": ("idTilroySale", "saleDate", "yesterday"),
    "/tilroy/voucherapi/production/v2/loyalty/points": ("tilroyId", "points", "many"),
    "/woocommerce/wp-json/wc/v3/orders": ("id", "total", "much"),
}
"""Of each list, what its records are known by, and what is broken of those that are bad."""
SECRETS = ("Authorization", "Tilroy-Api-Key", "X-Api-Key")


class Vendors:
    """Answers as the stand-ins do, notes what was asked for, and breaks the bad records on their way out."""

    def __init__(self, trade: Trade) -> None:
        kinds = (Tilroy, WooCommerce, Mailchimp)
        self.stand_ins: Any = {kind.name: kind(retailer=trade.retailer) for kind in kinds}
        self.sandbox = Sandbox(self.stand_ins)
        self.asked: list[dict[str, Any]] = []
        self.desk: dict[str, Callable[[], Any]] = {"settings": self._settings, "asked": self._asked, "held": self._held}
        self.url = ""

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        path, query = request.path, request.full_path
        if path.startswith("/_bench/"):
            return json_response(self.desk[path.rpartition("/")[2]]())
        if request.method == "GET":
            headers = {name: request.headers[name] for name in SECRETS if name in request.headers}
            self.asked.append({"url": query, "headers": headers})
        response = self.sandbox(request)
        if path in BROKEN and request.method == "GET" and response.status_code == 200:
            response.set_data(_spoiled(response.get_data(), *BROKEN[path]))
        return response

    def _settings(self) -> dict[str, str]:
        told = (each.settings(f"{self.url}/{name}") for name, each in self.stand_ins.items())
        return {name: value for settings in told for name, value in settings.items()}

    def _asked(self) -> list[dict[str, Any]]:
        return list(self.asked)

    def _held(self) -> dict[str, Any]:
        """Return what deliveries have left at the vendors: points by customer, and who has each tag."""
        audience = self.stand_ins["mailchimp"].audience
        points: dict[str, int] = {}
        for row, _ in self.stand_ins["tilroy"].added_points:
            points[str(row.customer_id)] = points.get(str(row.customer_id), 0) + row.points
        names = {key: each.name for key, each in audience.segments.items()}
        tags = {
            name: [one.email for one in audience.members.values() if key in one.tags] for key, name in names.items()
        }
        return {"points": points, "tags": tags}


def _spoiled(body: bytes, key: str, field: str, value: Any) -> bytes:
    records = json.loads(body)
    for record in records if isinstance(records, list) else records["data"]:
        if is_bad(int(record[key])):
            record[field] = value
    return json.dumps(records, ensure_ascii=False).encode()


def read(address: str) -> None:
    """Read all pages again, and print how many there are."""
    asked = requests.get(f"{address}/_bench/asked", timeout=60).json()
    with requests.Session() as session:
        for each in asked:
            session.get(address + each["url"], headers=each["headers"], timeout=60).json()
    print(len(asked))


def main(customers: int, day: str) -> None:
    """Make the retailer, print the address, and serve until killed."""
    answer = Vendors(Trade(customers, datetime.fromisoformat(day)))
    server = serve(answer)
    answer.url = f"http://127.0.0.1:{server.server_port}"
    print(answer.url, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    read(sys.argv[2]) if sys.argv[1] == "--read" else main(int(sys.argv[1]), sys.argv[2])
