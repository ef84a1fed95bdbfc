"""A small retailer, its vendors on loopback, a store, and the programs of the road as plain processes on pipes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from sqlalchemy import select

from plugins.sandbox.__main__ import KINDS
from plugins.sandbox.mailchimp import Mailchimp
from plugins.sandbox.meta import Meta
from plugins.sandbox.retailer import Retailer
from plugins.sandbox.server import Sandbox, running
from plugins.sandbox.stand_in import StandIn
from plugins.sandbox.tilroy import Tilroy
from plugins.sandbox.woocommerce import WooCommerce
from plugins.store.engine import Store, open_store
from plugins.store.tables import push

ROOT = Path(__file__).parents[2]
VENDORS = ("tilroy", "woocommerce", "mailchimp")
LIST_ID = "57afe96172"
POLITE = {"max_tries": 3, "backoff_seconds": 0, "timeout_seconds": 20}
LONGEST_SECONDS = 120


@dataclass
class Vendors:
    """Every stand-in over one retailer, and where they answer."""

    url: str
    tilroy: Tilroy
    woocommerce: WooCommerce
    mailchimp: Mailchimp
    meta: Meta
    every: Mapping[str, StandIn]

    def settings(self, program: str) -> dict[str, Any]:
        """Return the settings of a tap or target that lead here."""
        system = program.rpartition("-")[2]
        url = f"{self.url}/{system}"
        return {
            "tilroy": {
                "api_url": url,
                "tenant_key": "sandbox-tenant-key",
                "gateway_key": "sandbox-gateway-key",
                "bearer_token": "sandbox-service-bearer",
                **POLITE,
            },
            "woocommerce": {
                "api_url": url,
                "consumer_key": "ck_" + "a1" * 20,
                "consumer_secret": "cs_" + "b2" * 20,
                **POLITE,
            },
            "mailchimp": {
                "api_url": f"{url}/3.0",
                "api_key": self.mailchimp.api_key,
                "list_id": LIST_ID,
                **POLITE,
            },
            "meta": {
                "api_url": url,
                "access_token": self.meta.access_token,
                "page_id": self.meta.page_id,
                "ad_account_id": self.meta.ad_account_id,
                **POLITE,
            },
        }[system]


@contextmanager
def vendors(retailer: Retailer) -> Iterator[Vendors]:
    """Open every vendor over one retailer while the block runs."""
    opened = {kind.name: kind(retailer=retailer) for kind in KINDS}
    with running(Sandbox(opened)) as url:
        yield Vendors(url, opened["tilroy"], opened["woocommerce"], opened["mailchimp"], opened["meta"], opened)


@dataclass(frozen=True)
class Run:
    """How a chain of processes ended."""

    codes: tuple[int, ...]
    out: bytes
    errors: str

    @property
    def is_well(self) -> bool:
        return not any(self.codes)


@dataclass
class World:
    """One store, the vendors, and the programs between them."""

    folder: Path
    store_url: str
    vendors: Vendors
    rules: Path = ROOT / "sync_rules"
    said: list[str] = field(default_factory=list)
    """Everything any program wrote to stderr, and every STATE."""

    @property
    def mailchimp(self) -> Mailchimp:
        return self.vendors.mailchimp

    def environment(self, run_id: str = "", crash: str = "") -> dict[str, str]:
        """Return the environment of a process of the road."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ROTONDE_", "MELTANO_"))}
        return {
            **kept,
            "PYTHONPATH": str(ROOT),
            "ROTONDE_DATABASE_URL": self.store_url,
            "ROTONDE_HOME": str(self.folder),
            "ROTONDE_RULES": str(self.rules),
            "MELTANO_RUN_ID": run_id or str(uuid.uuid4()),
            **({"ROTONDE_CRASH": crash} if crash else {}),
        }

    def ingest(self, *systems: str, crash: str = "", config: Mapping[str, Any] | None = None) -> list[Run]:
        """Read vendors into the store: tap, mapper, target-hub; states are kept as Meltano keeps them."""
        return [self._ingest(system, crash, config or {}) for system in systems or VENDORS]

    def _ingest(self, system: str, crash: str, config: Mapping[str, Any]) -> Run:
        state = self.folder / f"state-{system}.json"
        tap = [f"taps/{system}/tap.py", "--config", self._file(f"tap-{system}", config)]
        if state.exists():
            tap += ["--state", str(state)]
        mapper = ["mappers/canonical/mapper.py", "--config", str(self._mapper(system))]
        run = self.pipe([tap, mapper, ["targets/hub/target.py"]], crash=crash)
        if run.out.strip():
            state.write_bytes(run.out.splitlines()[-1])
        return run

    def _mapper(self, system: str) -> Path:
        path = self.folder / f"mapper-{system}.json"
        path.write_text(json.dumps({"system": system, "source": system}))
        return path

    def _file(self, program: str, config: Mapping[str, Any] | None = None) -> str:
        path = self.folder / f"{program}.json"
        path.write_text(json.dumps({**self.vendors.settings(program), **(config or {})}))
        return str(path)

    def push(self, lane: str = "all", *, crash: str = "", run_id: str = "", **config: Any) -> Run:
        """Send what the plan says: tap-hub, target-mailchimp."""
        return self.pipe([self.tap_hub(lane), self.target(**config)], crash=crash, run_id=run_id)

    def tap_hub(self, lane: str = "all", accept: str = "true") -> list[str]:
        """Return the command of the plan's tap."""
        path = self.folder / f"tap-hub-{lane}.json"
        path.write_text(json.dumps({"destination": "mailchimp", "lane": lane, "accept": accept}))
        return ["taps/hub/tap.py", "--config", str(path)]

    def target(self, **config: Any) -> list[str]:
        """Return the command of the target inside the hub."""
        config = {"outbox": "plugins.hub.journal:open_outbox", **config}
        return ["targets/mailchimp/target.py", "--config", self._file("target-mailchimp", config)]

    def sync(self, *systems: str) -> list[Run]:
        """Do what `rotonde sync` does: read, resolve, take out, bring in."""
        return [*self.ingest(*systems), self.resolve(), self.push("removals"), self.push()]

    def resolve(self, *, crash: str = "") -> Run:
        """Work out who is who in a process of its own."""
        return self.pipe([["-m", "plugins.hub.cli", "resolve"]], crash=crash)

    def pipe(self, commands: Sequence[Sequence[str]], *, crash: str = "", run_id: str = "") -> Run:
        """Run programs as one pipe; wait for all of them."""
        environment = self.environment(run_id, crash)
        with tempfile.TemporaryFile() as errors:
            children = start(commands, environment, errors)
            out, _ = children[-1].communicate(timeout=LONGEST_SECONDS)
            codes = tuple(child.wait(timeout=LONGEST_SECONDS) for child in children)
            errors.seek(0)
            text = errors.read().decode("utf-8", "replace")
        self.said += [text, out.decode("utf-8", "replace")]
        return Run(codes, out, text)

    def store(self) -> Store:
        return open_store(self.store_url)

    def journal(self, *states: str) -> list[dict[str, Any]]:
        """Return the rows of the push journal in these states (all by default), oldest first."""
        store = self.store()
        statement = select(push).order_by(push.c.seq)
        with store.reading() as connection:
            rows = [dict(row) for row in connection.execute(statement).mappings()]
        store.close()
        return [row for row in rows if not states or row["state"] in states]


def start(
    commands: Sequence[Sequence[str]], environment: Mapping[str, str], errors: IO[bytes]
) -> list[subprocess.Popen[bytes]]:
    """Start programs whose pipes are joined; what they complain of goes to one file."""
    children: list[subprocess.Popen[bytes]] = []
    feed: Any = subprocess.DEVNULL
    for command in commands:
        child = subprocess.Popen(
            [sys.executable, *command],
            stdin=feed,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=ROOT,
            env=dict(environment),
            start_new_session=True,
        )
        if feed is not subprocess.DEVNULL:
            feed.close()
        feed = child.stdout
        children.append(child)
    return children


def copy_folder(template: Path, folder: Path) -> None:
    """Copy what a loaded world left on disk."""
    shutil.copytree(template, folder, dirs_exist_ok=True)


def own_project(folder: Path) -> Path:
    """Copy the Meltano project: its connectors, its code and its rules."""
    folder.mkdir()
    for name in ("taps", "targets", "mappers", "plugins", "sync_rules"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "meltano.yml", folder)
    return folder


def project_environment(project: Path, opened: Vendors) -> dict[str, str]:
    """Return the environment of a person at the prompt of a project."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ROTONDE_", "MELTANO_"))}
    programs = [f"{kind}-{system}" for kind in ("tap", "target") for system in (*VENDORS, "meta")]
    told = {
        key: said for name, each in opened.every.items() for key, said in each.settings(f"{opened.url}/{name}").items()
    }
    names = told | {
        f"{program}_{name}".replace("-", "_").upper(): str(value)
        for program in programs
        for name, value in opened.settings(program).items()
    }
    return {
        **kept,
        **names,
        "TARGET_TILROY_SHOP_NUMBER": str(max(each.number for each in opened.tilroy.retailer.shops)),
        "TARGET_TILROY_CENTS_PER_100_POINTS": "100",
        "PYTHONPATH": str(ROOT),
        "XDG_STATE_HOME": str(project / ".meltano"),
        "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
        "ROTONDE_DATABASE_URL": f"sqlite:///{project}/home/store.db",
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
    }
