"""A loopback Tilroy that only knows `/sales` by `lastId`, and customers by page; all is made before it is asked for."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from bench import customers, sales

SALES = "/saleapi/production/sales"
CUSTOMERS = "/customerapi/production/export/customers"
SHOPS = "/shopapi/production/shops"


class Tilroy(BaseHTTPRequestHandler):
    """Answers with the page that is asked for, which an id or a number names."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    bodies: dict[tuple[str, str], bytes]

    def do_GET(self) -> None:
        """Send one page, or an empty one after the last."""
        asked = urlsplit(self.path)
        query = parse_qs(asked.query)
        place = query.get("lastId", query.get("page", [""]))[0]
        body = self.bodies.get((asked.path, place), b"[]")
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if asked.path == CUSTOMERS:
            self.send_header("X-Paging-PageCount", str(sum(path == CUSTOMERS for path, _ in self.bodies)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the bench reads standard output."""


def main(number: int, *which: str) -> None:
    """Make the pages, print the address, and serve until killed."""
    if "customers" in which:
        Tilroy.bodies = {(CUSTOMERS, str(place)): body for place, body in customers.pages(number)}
        Tilroy.bodies[SHOPS, ""] = customers.shops()
    else:
        listed = sales.pages(number, only_good="only-good" in which)
        Tilroy.bodies = {(SALES, str(follows)): body for follows, body in listed}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Tilroy)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
