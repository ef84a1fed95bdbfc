"""Where vendors knock: each delivery is verified, kept once with what it is about, and only then answered."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError
from werkzeug.wrappers import Request, Response

from plugins.store.engine import Store, StoreError
from plugins.store.knock_tables import duty, knock, taken
from plugins.store.times import Clock, now, utc_text
from plugins.store.together import Together
from plugins.wire.proofs import LARGEST_BYTES, Incoming, Secrets, UnverifiedError, proven
from plugins.wire.retry import HopelessError
from plugins.wire.webhook_file import FILE, read_hook
from plugins.wire.webhooks import Delivery, NotedInMemory, Receiver

TAPS = Path(__file__).parents[2].joinpath("taps")
PATH = "/webhooks/"
PREFIX = "ROTONDE_WEBHOOK"
KINDS = {"SECRET": "signature", "PATH": "path", "TOKEN": "token"}
"""What the name of a setting ends in, and which secret it holds."""
log = logging.getLogger(__name__)


def receivers(environment: Mapping[str, str] = os.environ, folder: Path = TAPS) -> dict[str, Receiver]:
    """Return who takes the deliveries of each connection of which a secret is set; raises StoreError for a bad one."""
    found = {}
    for path in sorted(folder.glob(f"*/{FILE}")):
        name = path.parent.name
        given = {
            kind: tuple(filter(None, (each.strip() for each in said.split(","))))
            for setting, kind in KINDS.items()
            if (said := environment.get(f"{PREFIX}_{name.upper()}_{setting}"))
        }
        if given:
            try:
                found[name] = Receiver(name, read_hook(path), Secrets(**given), NotedInMemory())
            except HopelessError as error:
                raise StoreError(f"{PREFIX}_{name.upper()}_…: {error}") from None
    return found


@dataclass(frozen=True, slots=True)
class Noted:
    """What was taken before, as the store knows it, in the transaction that keeps what follows from it."""

    connection: Connection
    at: str

    def seen(self, delivery: str) -> bool:
        """Note a delivery, and tell whether it was noted before."""
        made = upsert(taken).values(delivery=delivery, at=self.at).on_conflict_do_nothing().returning(taken.c.delivery)
        return self.connection.execute(made).scalar() is None


class Intake:
    """The WSGI application below `/webhooks/`: `/webhooks/<connection>`, or with a secret after it."""

    def __init__(self, store: Store, of: Mapping[str, Receiver], clock: Clock = now) -> None:
        self.together, self.of, self.clock = Together(store), of, clock

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        response = self.answer(Request(environ))
        response.headers["Cache-Control"] = "no-store"
        return response(environ, start_response)

    def answer(self, request: Request) -> Response:
        """Return what a sender is told; whatever is wrong with a delivery, it is told the same."""
        name, _, secret = request.path.removeprefix(PATH).partition("/")
        receiver = self.of.get(name)
        if receiver is None or (request.content_length or 0) > LARGEST_BYTES:
            return Response(status=404 if receiver is None else 413)
        try:
            incoming = _incoming(request, secret)
            if greeting := receiver.greet(incoming):
                return Response(greeting.text, greeting.status, mimetype="text/plain")
            if incoming.method == "POST":  # who is not let in occupies no writer
                proven(receiver.hook.proofs, incoming, receiver.secrets, self.clock().timestamp())
            self.together.run(partial(self._keep, receiver, incoming))
        except UnverifiedError:
            return Response(status=401)
        except (DBAPIError, StoreError):
            return Response(status=503, headers={"Retry-After": "5"})
        except Exception as error:  # noqa: BLE001 - its text may name a person: only its kind is told, to the log
            number = uuid.uuid4().hex
            log.error("webhook %s: request %s failed: %s", name, number, type(error).__name__)
            return Response(number, 500, mimetype="text/plain")
        return Response(status=200)

    def _keep(self, receiver: Receiver, incoming: Incoming, connection: Connection) -> Delivery:
        moment = self.clock()
        at = utc_text(moment)
        timed = replace(receiver, deliveries=Noted(connection, at), clock=moment.timestamp)
        delivery = timed.receive(incoming)
        if delivery.concerns:
            connection.execute(insert(knock), list(_knocks(receiver.name, delivery, at)))
        if delivery.duties:
            connection.execute(insert(duty), list(_duties(receiver.name, delivery, moment)))
        return delivery


def _knocks(name: str, delivery: Delivery, at: str) -> Iterator[dict[str, Any]]:
    shared = {"connection": name, "taken_at": at, "next_at": at, "tries": 0}
    for each in delivery.concerns:
        yield {**shared, "stream": each.stream, "found_by": each.by, "key": each.key}


def _duties(name: str, delivery: Delivery, moment: datetime) -> Iterator[dict[str, Any]]:
    for each in delivery.duties:
        until = (moment + timedelta(days=each.within_days)).date().isoformat()
        yield {"connection": name, "topic": each.topic, "at": utc_text(moment), "until": until}


def _incoming(request: Request, secret: str) -> Incoming:
    return Incoming(
        request.method, list(request.headers.items()), request.get_data(cache=False),
        list(request.args.items(multi=True)), secret,
    )  # fmt: skip


def beside(intake: Intake, other: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Return one application of both: what vendors tell, and what clients ask."""

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        chosen = intake if str(environ.get("PATH_INFO", "")).startswith(PATH) else other
        return chosen(environ, start_response)

    return app
