"""Activating an audience as the product does it: plan, journal and target, from a store with everybody in it.

`python -m bench.activation [--members 200000] [--pairs 3]`. The store holds so many persons who may be looked for at
Meta, and one more for each hundred, whose address cannot be hashed; who is who is known before the clock starts. Timed
are the two processes of the job `activate-meta` on one pipe, as `meltano run` joins them, against a stand-in that
answers 50 ms late, and in turn the target alone on as many rows, which is `bench.push`. Before a time is told the
journal says of everybody what became of them, and everybody in the calls on record reached the stand-in once.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import requests
from ruamel.yaml import YAML
from sqlalchemy import func, select

from bench.push import BAD_EVERY, VENDORS, Bench, served, typed
from bench.whole import ROOT, BenchError, Peak, Took, environment, kept, same, timed
from plugins.store.engine import open_store
from plugins.store.keeper import Keeper
from plugins.store.migrate import migrate
from plugins.store.tables import call, push

RESULTS = ROOT / "bench" / "results" / "activation.jsonl"
VENDOR, JOB = "meta", "activate-meta"
AUDIENCE = """\
description: Everybody with an account of the webshop.
objective: To be found again.
where: first_name like 'Naam%'
to:
  meta: {as: custom_audience}
examples:
- {title: has a name, given: {first_name: Naam1}, expect: in}
"""
SAID_AT = "2026-03-02T09:00:00Z"
PROOF = {"ads_meta_optin_at": SAID_AT, "ads_meta_optin_text": "webshop-2025-09", "ads_meta_optin_form": "checkout"}
ROWS_AT_ONCE = 5000


@dataclass(frozen=True)
class Activated:
    """What one run took; megabytes of each process, and how many rows are in the journal."""

    took: Took
    megabytes: Mapping[str, float]
    rows: int


def rules_in(folder: Path) -> Path:
    """Make the rules: those of the retailer about who is who and about consent, and one audience."""
    folder.mkdir()
    for name in ("identity.yml", "consent.yml", "survivorship.yml"):
        shutil.copy(ROOT / "sync_rules" / name, folder)
    (folder / "audiences").mkdir()
    (folder / "audiences" / "everybody.yml").write_text(AUDIENCE)
    return folder


def accounts(members: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give an account of the webshop and its consent for each member, and some that cannot be hashed."""
    for number in range(members):
        yield from _account(str(number), f"klant{number}@example.nl")
        if number % BAD_EVERY == 0:
            yield from _account(f"bad{number}", f"klant{number}.example.nl")


def _account(key: str, email: str) -> Iterator[tuple[str, dict[str, Any]]]:
    shared = {"source": "woocommerce", "seen_at": SAID_AT, "changed_at": SAID_AT}
    known = {"source_id": key, "stream": "customers", "email": email, "email_quality": "ok"}
    yield "customer", {**shared, **known, "first_name": f"Naam{key}", "last_name": f"Achternaam{key}"}
    said = {"source_id": f"{key}:ads", "stream": "consents", "customer_id": key, "email": email, "facts": PROOF}
    yield "consent", {**shared, **said, "field": "meta_data.ads_meta_optin", "value": "yes"}


def stocked(address: str, members: int) -> None:
    """Fill a store through its own door."""
    store = open_store(address)
    migrate(store)
    keeper = Keeper(store, "bench")
    for count, (entity, record) in enumerate(accounts(members), start=1):
        keeper.record(entity, msgspec.json.encode(record))
        if count % ROWS_AT_ONCE == 0:
            keeper.commit()
    keeper.commit()
    store.close()


def programs() -> Sequence[Path]:
    """Return the executables of the product's job, in the order of its pipe."""
    told = YAML(typ="safe").load(ROOT / "targets" / VENDOR / "meltano.yml")
    (task,) = next(each for each in told["jobs"] if each["name"] == JOB)["tasks"]
    rooms = {"tap": ROOT / "taps" / "hub" / "tap.py", "target": ROOT / "targets" / VENDOR / "target.py"}
    return [rooms[name.partition("-")[0]] for name in task.split()]


class Activation:
    """One store, and as many turns as are asked for: each begins with a copy that knows of no push."""

    def __init__(self, members: int, folder: Path) -> None:
        self.members, self.folder, self.bad = members, folder, -(-members // BAD_EVERY)
        self.home, self.asked = folder / "home", folder / "asked.json"
        rules = rules_in(folder / "rules")
        self.env = environment(
            folder, PYTHONPATH=str(ROOT), ROTONDE_RULES=str(rules), ROTONDE_HOME=str(self.home),
            ROTONDE_DATABASE_URL=f"sqlite:///{self.home}/store.db", MELTANO_RUN_ID="bench",
        )  # fmt: skip
        self.home.mkdir()
        stocked(self.env["ROTONDE_DATABASE_URL"], members)
        timed([sys.executable, "-m", "plugins.hub.cli", "resolve"], self.env, ROOT, folder / "resolve.log")
        shutil.copytree(self.home, folder / "fresh")

    def run(self) -> Activated:
        """Run the job against a vendor that knows nobody yet, and check what it did."""
        shutil.rmtree(self.home)
        shutil.copytree(self.folder / "fresh", self.home)
        with served(VENDOR) as (url, config):
            asked = {**typed(VENDOR, config), "outbox": "plugins.hub.journal:open_outbox"}
            files = [self._written("tap", {"destination": VENDOR}), self._written("target", asked)]
            found = self._piped(files)
            requests.get(f"{url}/_bench", params={"to": str(self.asked)}, timeout=60)
        return Activated(*found, self.check())

    def _written(self, name: str, config: Mapping[str, Any]) -> Path:
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(config))
        return path

    def _piped(self, files: Sequence[Path]) -> tuple[Took, dict[str, float]]:
        """Run the programs on one pipe; BenchError when one fails."""
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        running: list[tuple[str, subprocess.Popen[bytes], Peak]] = []
        with (self.folder / "log").open("wb") as log:
            for program, file in zip(programs(), files, strict=True):
                feed = running[-1][1].stdout if running else subprocess.DEVNULL
                command = [sys.executable, str(program), "--config", str(file)]
                child = subprocess.Popen(
                    command, env=self.env, cwd=ROOT, stdin=feed, stdout=subprocess.PIPE, stderr=log
                )
                running.append((program.parent.name, child, Peak(child.pid)))
            running[0][1].stdout.close()  # type: ignore[union-attr]
            running[-1][1].communicate()
            codes = [child.wait() for _, child, _ in running]
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        if any(codes):
            raise BenchError(f"{JOB}: exit {codes}; see {self.folder / 'log'}")
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        peaks = {name: round(peak.kilobytes / 1024, 1) for name, _, peak in running}
        return Took(round(wall, 3), round(cpu, 3), peaks["hub"], max(peaks.values())), peaks

    def check(self) -> int:
        """Stop the bench unless the journal and the vendor say the same; returns the rows in the journal."""
        store = open_store(self.env["ROTONDE_DATABASE_URL"])
        with store.reading() as connection:
            states = dict(connection.execute(select(push.c.state, func.count()).group_by(push.c.state)).tuples().all())
            addresses = connection.execute(select(func.count(push.c.wire_id.distinct()))).scalar_one()
            carried = connection.execute(select(func.count(), func.sum(call.c.rows))).one()
        store.close()
        same("journal", states, {"accepted": self.members, "rejected": self.bad})
        same("addresses", addresses, self.members + self.bad)
        how = VENDORS[VENDOR]
        asked = msgspec.json.decode(self.asked.read_bytes())
        mine = [each for each in asked if each["method"] == "POST" and re.search(how.path, each["path"].split("?")[0])]
        same("people", sum(how.people(msgspec.json.decode(each["body"])) for each in mine), self.members)
        same("requests", len(mine), -(-self.members // how.size))
        same("calls on record", tuple(carried), (len(mine), self.members))
        same("throttled", sum(each["status"] == 429 for each in asked), 0)
        return self.members + self.bad


def compare(members: int, pairs: int) -> None:
    """Run both sides in turn; the first run is not counted."""
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        for each in ("product", "alone"):
            (Path(name) / each).mkdir()
        product, alone = Activation(members, Path(name) / "product"), Bench(VENDOR, members, Path(name) / "alone")
        made = [product.run()]
        took: dict[str, list[Took]] = {"product": [], "alone": []}
        for turn in range(pairs):
            for side in ("product", "alone") if turn % 2 == 0 else ("alone", "product"):
                if side == "product":
                    made.append(product.run())
                took[side].append(made[-1].took if side == "product" else alone.push())
        peaks = {each: max(one.megabytes[each] for one in made) for each in made[0].megabytes}
        found = {"members": members, "bad": product.bad, "rows": made[-1].rows, "megabytes": peaks}
        kept(f"activation {VENDOR}", found, took, [("product", "alone")], RESULTS)


def main() -> None:
    """Measure, print, and keep the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=200_000)
    parser.add_argument("--pairs", type=int, default=3)
    asked = parser.parse_args()
    os.umask(0o077)
    compare(asked.members, asked.pairs)


if __name__ == "__main__":
    main()
