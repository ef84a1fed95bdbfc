"""A store with a few people in it, the Mailchimp stand-in, and the hub between them, all in this process."""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import select
from werkzeug.wrappers import Request, Response

from mappers.canonical.mapper import Mapper
from plugins.hub.destinations import channels
from plugins.hub.journal import JournalOutbox
from plugins.hub.lease import take
from plugins.hub.meaning import read_meaning
from plugins.hub.planning import DestinationPlan
from plugins.hub.plans import Hub, planned
from plugins.sandbox.mailchimp import Mailchimp
from plugins.sandbox.retailer import Contact, EmptyRetailer
from plugins.sandbox.server import Sandbox, running
from plugins.store.engine import Store
from plugins.store.keeper import Keeper
from plugins.store.tables import ENTITY_TABLES, call, call_row, push
from plugins.store.times import Clock, now
from plugins.wire.outbox import Build, Fixed, Outcome, Row
from plugins.wire.retry import HopelessError
from taps.hub.tap import emit
from targets.hub.target import Door
from targets.mailchimp.api import Api
from targets.mailchimp.delivery import Delivery

ROOT = Path(__file__).parents[2]
LIST = "57afe96172"
MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
LETTER = """\
description: Everybody who bought.
objective: A letter to whoever may have one.
where: order_count >= 1
to:
  mailchimp: {as: tag, fields: {FNAME: first_name}}
guard: {shrink: 30%, grow: 300%}
examples:
- {title: bought thrice, given: {order_count: 3}, expect: in}
- {title: never bought, given: {order_count: 0}, expect: out}
"""
FANS = LETTER.replace("who bought", "who bought twice").replace(">= 1", ">= 2")
PROOF = {"newsletter_optin_text": "webshop-2025-09", "newsletter_optin_form": "checkout"}


def at(hours: float) -> str:
    """Return a moment so many hours after the morning everything begins."""
    return (MORNING + timedelta(hours=hours)).isoformat()


def customer(name: str, source: str = "woocommerce", **fields: Any) -> dict[str, Any]:
    """Return the customer record of somebody with an address of their own."""
    email = f"{name}@example.nl"
    known = {"email": email, "email_quality": "ok", "first_name": name.title(), "initial": name[0].upper()}
    return record("customer", source, name, **{**known, **fields})


def record(entity: str, source: str, key: str, **fields: Any) -> dict[str, Any]:
    """Return one canonical record and its entity."""
    shared = {"source": source, "source_id": key, "stream": f"{entity}s", "seen_at": at(0), "changed_at": at(0)}
    return {"entity": entity, **shared, **fields}


def act(
    name: str, value: str | None = "yes", hours: float = 1, source: str = "woocommerce",
    field: str = "meta_data.newsletter_optin", facts: Mapping[str, str] | None = None, **fields: Any,
) -> dict[str, Any]:  # fmt: skip
    """Return a consent act with its whole proof, unless other facts are given."""
    said = {**PROOF, "newsletter_optin_at": at(hours)} if facts is None else dict(facts)
    who = {"customer_id": name, "email": f"{name}@example.nl"}
    return record("consent", source, f"{name}:{field}:{value}:{hours}", **{
        **who, "field": field, "value": value, "facts": said, "changed_at": at(hours), **fields
    })  # fmt: skip


def withdrawal(name: str, hours: float = 2) -> dict[str, Any]:
    """Return the act of somebody who wants no more."""
    return act(name, "no", hours)


def orders(name: str, count: int = 1) -> list[dict[str, Any]]:
    """Return so many paid orders."""
    paid = {"customer_id": name, "channel": "web", "ordered_at": at(0), "is_paid": True, "currency": "EUR",
            "total_minor": 2500}  # fmt: skip
    return [record("order", "woocommerce", f"{name}-{number}", **paid) for number in range(count)]


def reader(name: str, count: int = 1, **fields: Any) -> list[dict[str, Any]]:
    """Return somebody who bought and may be written to."""
    return [customer(name, **fields), act(name), *orders(name, count)]


def rules_in(folder: Path) -> Path:
    """Make a rules folder: the retailer's own, two plain audiences, no feeds, offers or loyalty programme."""
    shutil.copytree(ROOT / "sync_rules", folder)
    (folder / "loyalty.yml").unlink()
    (folder / "priority.yml").unlink()
    (folder / "owners.yml").unlink()
    (folder / "caps.yml").unlink()
    for kind in ("audiences", "feeds", "offers", "experiments", "texts", "sales", "notes"):
        shutil.rmtree(folder / kind)
    (folder / "audiences").mkdir()
    (folder / "audiences" / "letter.yml").write_text(LETTER)
    (folder / "audiences" / "fans.yml").write_text(FANS)
    return folder


@dataclass
class Watched:
    """The journal's outbox, and what a test wants to do between its steps."""

    inner: JournalOutbox
    stage: Stage
    before_fix: Any = None
    after_fix: Any = None

    def fix(self, rows: Sequence[Row], build: Build) -> Fixed:
        if self.before_fix:
            self.before_fix()
        fixed = self.inner.fix(rows, build)
        if self.after_fix:
            self.after_fix(fixed)
        return fixed

    def answered(self, key: str, outcomes: Mapping[str, Outcome], receipt: str = "") -> None:
        self.inner.answered(key, outcomes, receipt)

    def close(self) -> None:
        self.inner.close()


@dataclass
class Stage:
    """One hub and one destination."""

    hub: Hub
    mailchimp: Mailchimp
    config: dict[str, Any]
    rules: Path
    hopeless: list[str] = field(default_factory=list)
    at_the_door: list[Callable[[Request], None]] = field(default_factory=list)
    """What looks at every request before the vendor does."""

    @property
    def store(self) -> Store:
        return self.hub.store

    def keep(self, *records: dict[str, Any] | list[dict[str, Any]]) -> None:
        """Put canonical records into the store through its own door."""
        keeper = Keeper(self.store, "run")
        for each in records:
            for one in each if isinstance(each, list) else [each]:
                body = {name: value for name, value in one.items() if name != "entity"}
                keeper.record(one["entity"], json.dumps(body).encode())
        assert not keeper.bad, keeper.bad
        keeper.commit()

    def read(self) -> None:
        """Read the whole audience back: vendor, mapping, door; sealed."""
        url = f"{self.config['api_url']}/lists/{LIST}/members?count=1000"
        answer = requests.get(url, auth=("x", self.config["api_key"]), timeout=20)
        answer.raise_for_status()
        version = int(self.hub.clock().timestamp() * 1000)
        lines = [{"type": "RECORD", "stream": "members", "record": each, "version": version}
                 for each in answer.json()["members"]]  # fmt: skip
        lines.append({"type": "ACTIVATE_VERSION", "stream": "members", "version": version})
        mapper, door = Mapper({"system": "mailchimp", "source": "mailchimp"}), Door(Keeper(self.store, "read"))
        for line in lines:
            for made in mapper.line(json.dumps(line).encode()):
                door.line(made)
        door.rest(is_end=True)

    def environment(self, crash: str = "", run: str = "") -> dict[str, str]:
        """Return the environment of a process that works on this store."""
        return {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "ROTONDE_DATABASE_URL": self.store.engine.url.render_as_string(hide_password=False),
            "ROTONDE_RULES": str(self.rules),
            "MELTANO_RUN_ID": run or uuid.uuid4().hex,
            **({"ROTONDE_CRASH": crash} if crash else {}),
        }

    def plan(self, *, accept: bool = False) -> DestinationPlan:
        """Return the plan in numbers."""
        with planned(self.hub, "mailchimp", accept=accept) as (_, result, _resolved):
            return result

    def emit(self, lane: Any = "all", *, accept: bool = True, run: str = "") -> list[Row]:
        """Plan and enter into the journal; gives what the tap writes."""
        os.environ["MELTANO_RUN_ID"] = run or uuid.uuid4().hex
        with tempfile.TemporaryFile() as out:
            emit(self.hub, "mailchimp", lane, accept=accept, out=out.fileno())
            out.seek(0)
            lines = [json.loads(line) for line in out.read().splitlines()]
        return [Row(**line["record"]) for line in lines if line["type"] == "RECORD"]

    def due(self, lane: Any = "all") -> list[Row]:
        """Return what a run would send, and let it end there."""
        rows = self.emit(lane)
        self.outbox().close()
        return rows

    def outbox(self) -> Watched:
        """Open the journal for the run that planned last."""
        lease = take(self.store, "mailchimp", os.environ["MELTANO_RUN_ID"], self.hub.clock)
        channel = self.hub.channel("mailchimp")
        return Watched(JournalOutbox(self.store, channel, self.hub.meaning, lease, self.hub.clock), self)

    def send(self, rows: Sequence[Row], outbox: Watched | None = None, **config: Any) -> Delivery:
        """Deliver rows; what is hopeless is remembered and ends the delivery as it ends the target."""
        outbox = outbox or self.outbox()
        delivery = Delivery(Api({**self.config, **config}), outbox, list_id=LIST)
        try:
            delivery.deliver(rows)
        except HopelessError as error:
            self.hopeless.append(str(error))
        finally:
            outbox.close()
        return delivery

    def push(self, lane: Any = "all", **config: Any) -> Delivery:
        """Plan and deliver, as one run of `tap-hub target-mailchimp`."""
        return self.send(self.emit(lane), **config)

    def journal(self) -> list[dict[str, Any]]:
        """Return the push journal, oldest decision first."""
        return self._rows(select(push).order_by(push.c.seq))

    def states(self) -> dict[str, str]:
        """Return the state of the newest decision about each address that was not dropped."""
        return {each["wire_id"].partition("@")[0]: each["state"] for each in self.journal()
                if each["state"] != "dropped"}  # fmt: skip

    def calls(self) -> list[dict[str, Any]]:
        return self._rows(select(call).order_by(call.c.prepared_at))

    def carried(self) -> list[dict[str, Any]]:
        """Return which decision went with which call."""
        return self._rows(select(call_row))

    def acts(self) -> list[dict[str, Any]]:
        return self._rows(select(ENTITY_TABLES["consent"]))

    def _rows(self, statement: Any) -> list[dict[str, Any]]:
        with self.store.reading() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def wire(self) -> list[dict[str, Any]]:
        """Return the bodies of all calls that wrote about members, as the vendor got them."""
        return [json.loads(each.body) for each in self.mailchimp.calls if each.method == "POST" and b"@" in each.body]

    def sent(self) -> set[str]:
        """Return every address that went over the wire in a call that brings in, changes or tags."""
        joining = [one["email_address"] for body in self.wire() for one in body.get("members", ())
                   if one.get("status") != "unsubscribed"]  # fmt: skip
        tagged = [email for body in self.wire() for email in body.get("members_to_add", ())]
        return {email.partition("@")[0] for email in [*joining, *tagged]}

    def held(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Return status and tags of every member at the vendor."""
        audience = self.mailchimp.audience
        return {
            each.email.partition("@")[0]: (each.status, tuple(sorted(audience.segments[key].name for key in each.tags)))
            for each in audience.members.values()
        }


@contextmanager
def stage_on(store: Store, rules: Path, contacts: Sequence[Contact] = (), clock: Clock = now) -> Iterator[Stage]:
    """Open a stage over an empty store."""
    mailchimp = Mailchimp(retailer=EmptyRetailer(MORNING, contacts=list(contacts)))
    hub = Hub(store, read_meaning(rules), channels(), clock)
    sandbox = Sandbox({"mailchimp": mailchimp})
    watchers: list[Callable[[Request], None]] = []

    def answer(request: Request) -> Response:
        body = request.get_data()
        for look in watchers:
            look(request)
        request.environ["wsgi.input"] = io.BytesIO(body)
        return sandbox(Request(request.environ))

    with running(answer) as url:
        config = {
            "api_key": mailchimp.api_key, "list_id": LIST, "api_url": f"{url}/mailchimp/3.0", "max_tries": 3,
            "backoff_seconds": 0.0, "timeout_seconds": 5,
        }  # fmt: skip
        yield Stage(hub, mailchimp, config, rules, at_the_door=watchers)
