#!/usr/bin/env python3
"""The Singer target for a Mailchimp audience: takes the decisions of stream `changes`."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Any

from singer_sdk import Target
from singer_sdk.helpers.types import Context
from singer_sdk.sinks import BatchSink
from typing_extensions import override

from plugins.wire.outbox import Outbox, Row, open_outbox
from plugins.wire.retry import HopelessError
from plugins.wire.stream import RETRY_SETTINGS
from targets.mailchimp.api import Api
from targets.mailchimp.delivery import Delivery

MEMBERS_PER_CALL = 500
OPERATIONS = ("add", "change", "remove")
STOPPED_BY_SIGNAL = 128 + signal.SIGTERM
SETTINGS: dict[str, Any] = {
    "api_key": {
        "type": "string",
        "secret": True,
        "writeOnly": True,
        "description": "Marketing API key; what follows its last hyphen is the data centre.",
    },
    "list_id": {"type": "string", "minLength": 1, "description": "Id of the audience (Mailchimp calls it list)."},
    "api_url": {"type": "string", "description": "Base URL of the API; by default that of the key's data centre."},
    "outbox": {"type": "string", "description": "module:function that keeps the journal; empty alone on a pipe."},
    "destination": {"type": "string", "default": "mailchimp", "description": "Name under which the journal keeps it."},
}


class ChangeSink(BatchSink):
    """Delivers decisions about members, at most as many in one call as Mailchimp takes."""

    max_size = MEMBERS_PER_CALL
    target: TargetMailchimp

    def __init__(self, target: TargetMailchimp, *args: Any, **kwargs: Any) -> None:
        super().__init__(target, *args, **kwargs)
        self.target = target

    @override
    def get_validator(self) -> None:
        return None  # the SDK's complaint shows the record

    @override
    def process_batch(self, context: Context) -> None:
        rows = [_row(record) for record in context.get("records", ())]
        try:
            self.target.delivery.deliver([row for row in rows if row])
        except BaseException:
            self.target.close()
            raise
        if broken := rows.count(None):
            self.target.delivery.set_aside("malformed record", broken)


class TargetMailchimp(Target):
    """Writes one audience."""

    name = "target-mailchimp"
    config_jsonschema = {  # noqa: RUF012 - the SDK's own form
        "type": "object",
        "required": ["api_key", "list_id"],
        "properties": {**SETTINGS, **RETRY_SETTINGS},
    }
    default_sink_class = ChangeSink

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_parallelism = 1
        self._delivery: Delivery | None = None
        self._is_stopped = False
        self._is_closed = False

    @property
    def delivery(self) -> Delivery:
        """Return the delivery of this run; the outbox is opened with the first row."""
        if self._delivery is None:
            outbox: Outbox = open_outbox(self.config.get("outbox"), self.config.get("destination") or "mailchimp")
            self._delivery = Delivery(Api(self.config), outbox, self.config["list_id"], self._breathe)
        return self._delivery

    @override
    def get_sink_class(self, stream_name: str) -> type[ChangeSink]:
        if stream_name != "changes":
            raise HopelessError(f"{self.name}: stream '{stream_name}' cannot be sent; give it 'changes' of tap-hub")
        return ChangeSink

    @override
    def process_endofpipe(self) -> None:
        super().process_endofpipe()
        self.close()
        if self._delivery and self._delivery.counts["unknown"]:
            sys.exit(1)

    def close(self) -> None:
        """Give the outbox back and say what became of the rows, once."""
        if self._delivery is None or self._is_closed:
            return
        self._is_closed = True
        self._delivery.outbox.close()
        print(self._summary(self._delivery), file=sys.stderr)  # noqa: T201 - the run's own report

    def _summary(self, delivery: Delivery) -> str:
        counts = ", ".join(f"{state} {count}" for state, count in sorted(delivery.counts.items())) or "nothing to do"
        why = "".join(f"; {reason}: {count}" for reason, count in sorted(delivery.reasons.items()))
        return f"{self.name}: {counts}{why}"

    def _breathe(self) -> None:
        if self._is_stopped:
            sys.exit(STOPPED_BY_SIGNAL)

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """Finish and record the call that is under way; nothing new is begun."""
        self._is_stopped = True
        if self._delivery is None or not self._delivery.is_calling:
            self.close()
            sys.exit(STOPPED_BY_SIGNAL)


def _row(record: dict[str, Any]) -> Row | None:
    key, operation, wire_id, payload = (record.get(name) for name in ("key", "operation", "wire_id", "payload"))
    if not (isinstance(key, str) and isinstance(wire_id, str) and isinstance(payload, dict)):
        return None
    return Row(key, operation, wire_id, payload) if operation in OPERATIONS and wire_id else None


if __name__ == "__main__":
    TargetMailchimp.cli()
