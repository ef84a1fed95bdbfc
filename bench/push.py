"""Pushing an audience: a target against the calls that it makes, made bare.

`python -m bench.push [VENDOR ...] [--members 1000000] [--pairs 3]`. Each target runs as a process of its own, as
Meltano starts it, on a pipe with one row in a hundred that is no row; the stand-in has its documented limits and
answers 50 ms late. Bare is a process that makes the same requests, recorded in the run before, one after the other as
the target does, over one connection. Before a time is told: everybody is in a request once, in as few requests as the
vendor's batches allow, none was throttled, and the bad rows were rejected and nobody else.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import requests
from werkzeug.wrappers import Request, Response

from bench.whole import ROOT, BenchError, Took, environment, kept, same, timed
from plugins.sandbox.__main__ import KINDS
from plugins.sandbox.retailer import EmptyRetailer
from plugins.sandbox.server import Sandbox, serve
from plugins.sandbox.stand_in import now

RESULTS = ROOT / "bench" / "results" / "push.jsonl"
LATENCY_SECONDS = 0.05
BAD_EVERY = 100
SCHEMA = b'{"type":"SCHEMA","stream":"changes","schema":{"properties":{}},"key_properties":["key"]}\n'
ROW = (
    b'{"type":"RECORD","stream":"changes","record":{"key":"%032x","operation":"add","wire_id":"klant%d@example.nl",'
    b'"payload":{"fields":{},"is_known":false,"status":"subscribed","tags_off":[],"tags_on":["gold"]}}}\n'
)
BAD = b'{"type":"RECORD","stream":"changes","record":{"key":"%032x","operation":"add","payload":{}}}\n'
SENT = ("authorization", "content-type")
Body = Mapping[str, Any]


@dataclass(frozen=True)
class Pushed:
    """How a vendor's pushing requests look."""

    path: str
    """What stands in the path of a request that brings people in."""
    people: Callable[[Body], int]
    size: int
    """How many people the vendor takes in one."""
    members: int = 1_000_000


VENDORS = {
    "meta": Pushed(r"/users$", lambda body: len(body["payload"]["data"]), 10_000),
    "google_ads": Pushed(r"audienceMembers:ingest$", lambda body: len(body["audienceMembers"]), 10_000),
    "pinterest": Pushed(r"/customer_lists(/\d+)?$", lambda body: body["records"].count(",") + 1, 10_000),
    "mailchimp": Pushed(r"/lists/\w+$", lambda body: len(body["members"]), 500, 100_000),
}


class Slow(Sandbox):
    """Answers late, and remembers what it was asked."""

    def __init__(self, vendor: str) -> None:
        kind = next(each for each in KINDS if each.name == vendor)
        super().__init__({vendor: kind(retailer=EmptyRetailer(now()), clock=now)})
        self.vendor = vendor
        self.asked: list[dict[str, Any]] = []

    def __call__(self, request: Request) -> Response:
        """Answer like the stand-in; `/_bench` writes down what came before it."""
        if request.path == "/_bench":
            Path(request.args["to"]).write_bytes(msgspec.json.encode(self.asked))
            return Response("")
        body = request.get_data()
        request.environ["wsgi.input"] = io.BytesIO(body)
        time.sleep(LATENCY_SECONDS)
        headers = {name: value for name, value in request.headers.items() if name.lower() in SENT}
        query = f"?{request.query_string.decode()}" if request.query_string else ""
        told = {"method": request.method, "path": f"{request.path}{query}", "headers": headers, "body": body.decode()}
        response = super().__call__(Request(request.environ))
        self.asked.append({**told, "status": response.status_code})
        return response


def serving(vendor: str) -> None:
    """Serve a vendor until killed; prints the settings of its target."""
    slow = Slow(vendor)
    server = serve(slow)
    url = f"http://127.0.0.1:{server.server_port}"
    prefix = f"TARGET_{vendor.upper()}_"
    told = slow.stand_ins[vendor].settings(f"{url}/{vendor}")
    config = {name.removeprefix(prefix).lower(): each for name, each in told.items() if name.startswith(prefix)}
    print(json.dumps({"url": url, "config": config}), flush=True)
    server.serve_forever()


@contextmanager
def served(vendor: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Serve a vendor from a process of its own that knows nobody yet; gives its address and the target's settings."""
    command = [sys.executable, "-m", "bench.push", "--serve", vendor]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            told = json.loads(server.stdout.readline())
            yield told["url"], told["config"]
        finally:
            server.terminate()


def replaying(url: str, asked: Path) -> None:
    """Make recorded requests again, one after the other."""
    session = requests.Session()
    for each in msgspec.json.decode(asked.read_bytes()):
        session.request(each["method"], url + each["path"], data=each["body"].encode(), headers=each["headers"])


def written(members: int, path: Path) -> int:
    """Write what `tap-hub` would; returns how many rows are none."""
    bad = 0
    with path.open("wb") as file:
        file.write(SCHEMA)
        for number in range(members):
            file.write(ROW % (number, number))
            if number % BAD_EVERY == 0:
                file.write(BAD % (members + number))
                bad += 1
    return bad


class Bench:
    """One vendor."""

    def __init__(self, vendor: str, members: int, folder: Path) -> None:
        self.vendor, self.members, self.folder = vendor, members, folder
        self.how = VENDORS[vendor]
        self.rows, self.asked, self.log = folder / "rows.jsonl", folder / "asked.json", folder / "log"
        self.bad = written(members, self.rows)
        self.env = environment(folder, PYTHONPATH=str(ROOT))

    def push(self) -> Took:
        """Run the target against a vendor that knows nobody yet, and check what it did."""
        with served(self.vendor) as (url, config):
            path = self.folder / "config.json"
            path.write_text(json.dumps(typed(self.vendor, config)))
            target = [sys.executable, str(ROOT / "targets" / self.vendor / "target.py"), "--config", str(path)]
            took = timed(["sh", "-c", 'exec "$@" < "$ROWS"', "sh", *target], {**self.env, "ROWS": str(self.rows)},
                         self.folder, self.log)  # fmt: skip
            requests.get(f"{url}/_bench", params={"to": str(self.asked)}, timeout=60)
        self.check()
        return took

    def check(self) -> None:
        """Stop the bench unless everybody went once, in as few requests as there can be."""
        asked = msgspec.json.decode(self.asked.read_bytes())
        mine = [each for each in asked if each["method"] != "GET" and self._brings(each)]
        people = sum(self.how.people(msgspec.json.decode(each["body"])) for each in mine)
        same("people", people, self.members)
        same("requests", len(mine), -(-self.members // self.how.size))
        same("throttled", sum(each["status"] == 429 for each in asked), 0)
        said = self.log.read_text()
        found = re.search(rf"target-{self.vendor}: accepted (\d+), rejected (\d+)", said)
        same("outcomes", found and (int(found[1]), int(found[2])), (self.members, self.bad))

    def _brings(self, request: Body) -> bool:
        is_there = bool(re.search(self.how.path, request["path"].partition("?")[0]))
        return is_there and '"method":"DELETE"' not in request["body"]

    def bare(self) -> Took:
        """Make the same requests and nothing else."""
        with served(self.vendor) as (url, _):
            command = [sys.executable, "-m", "bench.push", "--replay", url, "--asked", str(self.asked)]
            return timed(command, self.env, ROOT, self.log)


def typed(vendor: str, config: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings that the target knows, whole numbers as numbers."""
    about = [sys.executable, str(ROOT / "targets" / vendor / "target.py"), "--about", "--format=json"]
    known = json.loads(subprocess.run(about, check=True, capture_output=True, cwd=ROOT).stdout)["settings"][
        "properties"
    ]
    whole = {name for name, said in known.items() if "integer" in said["type"]}
    return {name: int(each) if name in whole else each for name, each in config.items() if name in known}


def compare(vendor: str, members: int | None, pairs: int) -> None:
    """Run both sides in turn; the first run is not counted."""
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        bench = Bench(vendor, members or VENDORS[vendor].members, Path(name))
        bench.push()
        took: dict[str, list[Took]] = {"push": [], "bare": []}
        for turn in range(pairs):
            for side in ("push", "bare") if turn % 2 == 0 else ("bare", "push"):
                took[side].append(bench.push() if side == "push" else bench.bare())
        asked = len(msgspec.json.decode(bench.asked.read_bytes()))
        cpu = min(each.cpu for each in took["push"]) * 100_000 / bench.members
        found = {"members": bench.members, "bad": bench.bad, "requests": asked, "cpu_per_100k": round(cpu, 2)}
        kept(f"push {vendor}", found, took, [("push", "bare")], RESULTS)


def main() -> None:
    """Measure, print, and keep the lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vendors", nargs="*", default=list(VENDORS), help=", ".join(VENDORS))
    parser.add_argument("--members", type=int)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--replay", help=argparse.SUPPRESS)
    parser.add_argument("--asked", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serving(asked.serve)
    elif asked.replay:
        replaying(asked.replay, asked.asked)
    elif strangers := set(asked.vendors) - set(VENDORS):
        raise BenchError(f"{', '.join(strangers)}: no such vendor; use {', '.join(VENDORS)}")
    else:
        for vendor in asked.vendors:
            compare(vendor, asked.members, asked.pairs)


if __name__ == "__main__":
    main()
