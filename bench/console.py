"""The console and the API over many persons, with fifty people signed in: every page, its clock, its CPU, the memory.

`python -m bench.console [--persons 100000] [--users 50] [--looks 20]`. Console and API are processes of their own, over
the store of `bench/crowd.py`. First each page is asked for by itself, one after the other: then the CPU of the process
is that page's. Then everybody looks at once, each pausing as people do. The pages are the console's own routes: one
that needs no more than a person comes in by itself. Beside them, in the same run, the bare engine finds who has a card.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

from bench.crowd import CARD, made, url_of
from bench.whole import ROOT, BenchError
from plugins.console import accounts
from plugins.console.pages import ROUTES
from plugins.console.roles import Role, may
from plugins.console.route import Seen
from plugins.store.engine import open_store

RESULTS = ROOT / "bench" / "results" / "console.jsonl"
PASSWORD, KEY = "correct horse battery", "a key of the bench"
PORTS = {"console": 8973, "api": 8974}
PAUSE_SECONDS = 4.0
"""Between two looks of one person, on average."""
PERSONAL = ("/person/{id}", "/person/{id}/why", "/shop/{id}", "/requests/of/{id}")
NAMED = {
    "/audiences/{name}": "/audiences/gone_quiet", "/audiences/{name}/people": "/audiences/gone_quiet/people",
    "/rules/file/{path:path}": "/rules/file/audiences/gone_quiet.yml",
    "/rules/propose": "/rules/propose?file=audiences/gone_quiet.yml",
}  # fmt: skip
"""Pages that are about something of the shipped rules."""
LEFT_OUT = {"home", "static", "sign_in"}
SETTLE_SECONDS = 90.0


@dataclass
class Served:
    """A process that answers."""

    name: str
    process: subprocess.Popen[bytes]

    @property
    def cpu_ms(self) -> float:
        """Return what all its threads have used so far."""
        told = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(each.read_text().split()[0]) for each in told) / 1e6

    @property
    def megabytes(self) -> dict[str, int]:
        """Return its peak of resident memory, and what it has now: resident, and its own share of that."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        rolled = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        sizes = {"peak": ("VmHWM", status), "rss": ("Rss", rolled), "pss": ("Pss", rolled)}
        return {name: int(text.partition(f"{word}:")[2].split()[0]) >> 10 for name, (word, text) in sizes.items()}


@contextmanager
def serving(name: str, persons: int, *words: str) -> Iterator[Served]:
    """Serve the store while the block runs."""
    env = {**os.environ, "ROTONDE_DATABASE_URL": url_of(persons), "PYTHONPATH": str(ROOT),
           "ROTONDE_API_KEYS": f"till:person+offers+preferences={KEY}", "ROTONDE_API_PER_SECOND": "100000"}  # fmt: skip
    command = [sys.executable, "-m", f"plugins.{name}", *words, "--port", str(PORTS[name])]
    with subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            if process.stdout is None or not process.stdout.readline():
                raise BenchError(f"{name} did not start; no time is told")
            _wait_for(PORTS[name])
            yield Served(name, process)
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)


@dataclass
class Visitor:
    """Somebody with an account, or a till with a key: one connection, and what each answer took."""

    port: int
    people: Sequence[str]
    dice: Random
    role: str = ""
    cookie: str = ""
    form_token: str = ""
    took_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def signs_in(self, name: str) -> None:
        """Sign in to the console."""
        self._remember(self.asked("GET", "/sign-in")[1])
        fields = {"name": name, "password": PASSWORD, "form_token": self.form_token}
        status, _ = self.asked("POST", "/sign-in", fields)
        if status != 303:
            raise BenchError(f"sign-in: {status}; no time is told")
        self._remember(self.asked("GET", "/oneself")[1])

    def _remember(self, text: str) -> None:
        found = re.search(r'name="form_token" value="(\w+)"', text)
        self.form_token = found[1] if found else self.form_token

    def asked(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        """Ask for a page; returns its status and text."""
        headers = {"Cookie": self.cookie, "Authorization": f"Bearer {KEY}"}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        response = self._answered(method, path, urlencode(fields) if fields is not None else None, headers)
        text = response.read().decode()
        for each in response.headers.get_all("set-cookie") or ():
            held = {name: morsel.value for name, morsel in SimpleCookie(each).items()}
            kept = dict(one.split("=", 1) for one in self.cookie.split("; ") if one)
            self.cookie = "; ".join(f"{name}={value}" for name, value in {**kept, **held}.items())
        return response.status, text

    def _answered(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> http.client.HTTPResponse:  # fmt: skip
        try:
            self.connection.request(method, path, body, headers)
            return self.connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError):  # it was idle too long
            self.connection.close()
            self.connection.request(method, path, body, headers)
            return self.connection.getresponse()

    def looks(self, look: Look) -> None:
        """Do one look, and note what it took."""
        started = time.perf_counter()
        look.does(self)
        self.took_ms[look.name].append((time.perf_counter() - started) * 1000)

    def shows(self, path: str, fields: dict[str, str] | None = None, due: int = 200) -> None:
        """Ask for a page that must be there."""
        status, _ = self.asked("GET" if fields is None else "POST", path, fields)
        if status != due:
            raise BenchError(f"{path.split('?', maxsplit=1)[0]}: {status} instead of {due}; no time is told")

    @property
    def somebody(self) -> str:
        """Return the id of one of all."""
        return self.dice.choice(self.people)

    @property
    def card(self) -> str:
        """Return one of the cards that the till knows: of every second person."""
        return str(CARD + self.dice.randrange(len(self.people)) // 2 * 2)


@dataclass(frozen=True)
class Look:
    """One thing that somebody does."""

    name: str
    does: Callable[[Visitor], None]
    right: Any = None


def pages() -> list[Look]:
    """Return what can be looked at: every page that needs no more than a person, and the searches."""
    found = [Look(f"GET {each.path}", _page(each), each.right) for each in ROUTES if _is_looked_at(each)]
    rights = {(each.method, each.path): each.right for each in ROUTES}
    for page in ("/person", "/shop"):
        found.append(Look(f"card {page}", _search(page, lambda who: who.card, 303), rights["POST", page]))
    by_email = _search("/person", lambda who: f"klant{who.dice.randrange(len(who.people))}@example.nl", 303)
    return [*found, Look("e-mail /person", by_email, rights["POST", "/person"])]


def _is_looked_at(each: Seen) -> bool:
    is_known = "{" not in each.path or each.path in PERSONAL or each.path in NAMED
    return each.method == "GET" and is_known and each.name not in LEFT_OUT


def _page(each: Seen) -> Callable[[Visitor], None]:
    path = NAMED.get(each.path, each.path)
    return lambda who: who.shows(path.replace("{id}", who.somebody))


def _search(page: str, typed: Callable[[Visitor], str], due: int) -> Callable[[Visitor], None]:
    return lambda who: who.shows(page, {"who": typed(who), "form_token": who.form_token}, due)


CALLS = (
    Look("person by card", lambda who: who.shows(f"/persons?card={who.card}")),
    Look("person by receipt", lambda who: who.shows(f"/persons?receipt=Rt{2 * (int(who.card) - CARD)}")),
)  # fmt: skip


def alone(served: Served, visitors: Sequence[Visitor], looks: Sequence[Look], number: int) -> dict[str, Any]:
    """Do each look so often, one after the other; returns milliseconds of both clocks."""
    told = {}
    for look in looks:
        who = next(each for each in visitors if look.right is None or may(each.role, look.right))
        who.looks(look)
        walls, cpus = [], []
        for _ in range(number):
            before, started = served.cpu_ms, time.perf_counter()
            look.does(who)
            walls.append((time.perf_counter() - started) * 1000)
            cpus.append(served.cpu_ms - before)
        told[look.name] = {**_parts(walls, ""), **_parts(cpus, "cpu_")}
    return told


def together(visitors: Sequence[Visitor], looks: Sequence[Look], number: int) -> dict[str, Any]:
    """Let everybody look at once, so often each, with pauses; returns milliseconds by look."""
    for each in visitors:
        each.took_ms.clear()
    threads = [threading.Thread(target=_visits, args=[each, looks, number]) for each in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every: dict[str, list[float]] = defaultdict(list)
    for visitor in visitors:
        for name, took in visitor.took_ms.items():
            every[name] += took
    if sum(map(len, every.values())) != number * len(visitors):
        raise BenchError("somebody did not see what they asked for; no time is told")
    return {name: {"looks": len(took), **_parts(took, "")} for name, took in every.items()}


def _visits(who: Visitor, looks: Sequence[Look], number: int) -> None:
    mine = [each for each in looks if each.right is None or may(who.role, each.right)]
    for _ in range(number):
        time.sleep(who.dice.uniform(0, 2 * PAUSE_SECONDS))
        who.looks(who.dice.choice(mine))


def _parts(took: Sequence[float], before: str) -> dict[str, float]:
    parts = statistics.quantiles(took, n=100, method="inclusive") if len(took) > 1 else [took[0]] * 99
    return {f"{before}p50_ms": round(parts[49], 1), f"{before}p95_ms": round(parts[94], 1)}


BY_CARD = "SELECT profile_id FROM customer JOIN membership USING (source, source_id) WHERE card = ?"


def bare(persons: int, number: int) -> dict[str, float]:
    """Find a person by card with SQLite alone, and read what the store says of them; CPU and wall milliseconds."""
    dice, walls, cpus = Random(1), [], []
    with closing(sqlite3.connect(url_of(persons).removeprefix("sqlite:///"))) as store:
        for _ in range(number + 1):
            started, before = time.perf_counter(), time.thread_time()
            ((profile_id,),) = store.execute(BY_CARD, [str(CARD + dice.randrange(persons) // 2 * 2)]).fetchall()
            store.execute("SELECT * FROM membership WHERE profile_id = ?", [profile_id]).fetchall()
            walls.append((time.perf_counter() - started) * 1000)
            cpus.append((time.thread_time() - before) * 1000)
    return {name: round(value, 3) for name, value in
            {"p50_ms": statistics.median(walls[1:]), "cpu_p50_ms": statistics.median(cpus[1:])}.items()}  # fmt: skip


def enrol(persons: int, users: int) -> list[tuple[str, str]]:
    """Let there be so many accounts, of every role in turn; returns name and role of each."""
    store, roles = open_store(url_of(persons)), list(Role)
    known = {each["name"] for each in accounts.listed(store)}
    wanted = [(f"{roles[place % len(roles)]}-{place}", roles[place % len(roles)]) for place in range(users)]
    for name, role in wanted:
        if name not in known:
            accounts.add(store, name, role, PASSWORD, datetime.now(UTC))
    store.close()
    return [(name, role.value) for name, role in wanted]


def measured(persons: int, users: int, looks: int, times: int) -> dict[str, Any]:
    """Measure console and API, one after the other."""
    found: dict[str, Any] = {"made": made(persons), "bare": bare(persons, times)}
    with closing(sqlite3.connect(url_of(persons).removeprefix("sqlite:///"))) as store:
        people = [each for (each,) in store.execute("SELECT id FROM profile ORDER BY id")]
    named = enrol(persons, users)
    kinds: dict[str, tuple[list[str], Sequence[Look]]] = {"console": (["serve"], pages()), "api": ([], CALLS)}
    for name, (words, chosen) in kinds.items():
        with ExitStack() as open_now:
            served = open_now.enter_context(serving(name, persons, *words))
            started = served.megabytes
            visitors = [Visitor(PORTS[name], people, Random(place), role) for place, (_, role) in enumerate(named)]
            for each in visitors:
                open_now.enter_context(closing(each.connection))
            if name == "console":
                for each, (who, _) in zip(visitors, named, strict=True):
                    each.signs_in(who)
            visitors[0].asked("GET", "/health")
            _settle(served)
            signed_in, load = served.megabytes, os.getloadavg()[0]
            one = alone(served, visitors, chosen, times)
            each_alone = served.megabytes
            all_of_them = together(visitors, chosen, looks)
            ratios = {each: round(took["cpu_p50_ms"] / found["bare"]["cpu_p50_ms"], 1) for each, took in one.items()}
            found[name] = {
                "alone": one, "together": all_of_them, "cpu_to_bare": ratios,
                "megabytes": {"started": started, "signed_in": signed_in, "alone": each_alone,
                              "together": served.megabytes},
                "load": [round(load, 1), round(os.getloadavg()[0], 1)],
            }  # fmt: skip
    return found


def _settle(served: Served) -> None:
    """Wait until the process does nothing by itself any more."""
    until = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < until:
        before = served.cpu_ms
        time.sleep(1)
        if served.cpu_ms - before < 50:
            return


def main() -> None:
    """Measure, print, and keep what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--looks", type=int, default=20, help="of each user")
    parser.add_argument("--times", type=int, default=60, help="each page by itself")
    parser.add_argument("--quiet", action="store_true", help="keep no result")
    options = parser.parse_args()
    entry = {
        "what": "console", "at": datetime.now(UTC).isoformat(timespec="seconds"), "persons": options.persons,
        "users": options.users, **measured(options.persons, options.users, options.looks, options.times),
    }  # fmt: skip
    print(json.dumps(entry, indent=1))
    if not options.quiet:
        with RESULTS.open("a") as file:
            file.write(json.dumps(entry) + "\n")


if __name__ == "__main__":
    main()
