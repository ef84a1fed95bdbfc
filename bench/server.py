"""A loopback Tilroy that only knows `/sales` by `lastId`; every page is made before the first is asked for."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from bench.sales import pages


class Sales(BaseHTTPRequestHandler):
    """Answers with the page after `lastId`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    by_start: dict[int, bytes]

    def do_GET(self) -> None:
        """Send one page, or an empty one after the last."""
        query = parse_qs(urlsplit(self.path).query)
        body = self.by_start.get(int(query["lastId"][0]), b"[]")
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the bench reads standard output."""


def main(good_sales: int, *, only_good: bool) -> None:
    """Make the pages, print the address, and serve until killed."""
    Sales.by_start = dict(pages(good_sales, only_good=only_good))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sales)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), only_good="only-good" in sys.argv)
