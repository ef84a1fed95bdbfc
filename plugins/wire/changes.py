"""The part all targets share that take decisions: rows of stream `changes`, signals, and what became of each."""

from __future__ import annotations

import gc
import signal
import sys
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, Protocol, get_args

from singer_sdk import Target
from singer_sdk.helpers.types import Context
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.sinks import BatchSink
from typing_extensions import override

from plugins.observe.logs import guard
from plugins.wire.kinds import GoesAhead
from plugins.wire.lines import Lines
from plugins.wire.outbox import Operation, Outbox, Row, open_outbox
from plugins.wire.retry import HopelessError

OPERATIONS: tuple[Operation, ...] = get_args(Operation)
STOPPED_BY_SIGNAL = 128 + signal.SIGTERM
YOUNG_OBJECTS = (50_000, 20, 100)
"""How many new objects make the collector look for rings: a batch has a million, and none are in a ring."""
OUTBOX_SETTINGS: dict[str, Any] = {
    "outbox": {"type": "string", "description": "module:function that keeps the journal; empty alone on a pipe."},
    "destination": {"type": "string", "description": "Name under which the journal keeps it."},
    "patience_seconds": {
        "type": "number",
        "default": 0,
        "description": "How long to wait for a vendor that refuses every call, asking now and then; 0: not at all.",
    },
}


class Delivery(Protocol):
    """What carries rows to one vendor."""

    outbox: Outbox
    counts: Counter[str]
    reasons: Counter[str]

    @property
    def is_calling(self) -> bool:
        """Tell whether a call is on record whose answer is not."""
        ...

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows in their order of decision."""
        ...


class ChangeSink(BatchSink):
    """Delivers decisions, a batch at a time."""

    target: ChangeTarget

    def __init__(self, target: ChangeTarget, *args: Any, **kwargs: Any) -> None:
        super().__init__(target, *args, **kwargs)
        self.target = target

    @property
    @override
    def max_size(self) -> int:
        return self.target.rows_per_batch

    @override
    def get_validator(self) -> None:
        return None  # the SDK's complaint shows the record

    def take(self, record: dict[str, Any]) -> None:
        """Take one record as it came; one that is no row takes no place in the batch."""
        if self._kept(record, self._get_context(record)):
            self.tally_record_read()

    def _kept(self, record: dict[str, Any], context: Any) -> bool:
        if row := row_of(record):
            context.setdefault("rows", []).append(row)
            return True
        self.target.delivery.counts["rejected"] += 1
        self.target.delivery.reasons["malformed record"] += 1
        return False

    @override
    def process_record(self, record: dict[str, Any], context: Context) -> None:
        self._kept(record, context)

    @override
    def process_batch(self, context: Context) -> None:
        with self.target.delivering() as delivery:
            delivery.deliver(context.get("rows", ()))


class ChangeTarget(Target):
    """Writes one account; a subclass says what carries the rows."""

    default_sink_class = ChangeSink
    message_reader_class = Lines
    rows_per_batch = 500

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        guard()
        self.max_parallelism = 1
        gc.set_threshold(*YOUNG_OBJECTS)
        self._delivery: Delivery | None = None
        self._is_stopped = False
        self._is_closed = False
        self._is_delivering = False
        self._plain: ChangeSink | None = None
        """What takes records that nothing maps: the SDK looks at each for a dozen things that none of them has."""

    @abstractmethod
    def carrier(self, outbox: Outbox, between: Callable[[], None]) -> Delivery:
        """Return what delivers; it calls `between` before each call: the moment to stop in."""

    @property
    def delivery(self) -> Delivery:
        """Return the delivery of this run; the outbox is opened with the first row."""
        if self._delivery is None:
            destination = self.config.get("destination") or self.name.removeprefix("target-")
            self._delivery = self.carrier(open_outbox(self.config.get("outbox"), destination), self._breathe)
        return self._delivery

    @contextmanager
    def delivering(self) -> Iterator[Delivery]:
        """Give the delivery, which may go ahead of its answers; what fails in the block ends the run."""
        delivery = self.delivery
        if isinstance(delivery, GoesAhead):
            delivery.is_ahead = True
        self._is_delivering = True
        try:
            yield delivery
        except BaseException:
            self.close()
            raise
        finally:
            self._is_delivering = False

    @override
    def get_sink_class(self, stream_name: str) -> type[ChangeSink]:
        if stream_name != "changes":
            raise HopelessError(f"{self.name}: stream '{stream_name}' cannot be sent; give it 'changes' of tap-hub")
        return ChangeSink

    @override
    def _process_schema_message(self, message_dict: dict[str, Any]) -> None:
        super()._process_schema_message(message_dict)
        stream = str(message_dict["stream"])
        maps, sink = self.mapper.stream_maps.get(stream, ()), self._sinks_active.get(stream)
        is_plain = all(isinstance(each, SameRecordTransform) for each in maps)
        self._plain = sink if is_plain and isinstance(sink, ChangeSink) else None

    @override
    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        record, sink = message_dict.get("record"), self._plain
        if sink is None or message_dict.get("stream") != sink.stream_name or not isinstance(record, dict):
            super()._process_record_message(message_dict)
            return
        sink.take(record)
        if sink.is_full:
            self.drain_one(sink)

    @override
    def process_endofpipe(self) -> None:
        super().process_endofpipe()
        if self._delivery is not None:
            with self.delivering():
                self._finish()
        try:
            self.settle()
        finally:
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

    def _finish(self) -> None:
        """Record the answer of a call that is under way."""
        if isinstance(self._delivery, GoesAhead):
            self._delivery.finish()

    def settle(self) -> None:
        """Ask what became of what was taken and not yet carried out; for most vendors there is no such thing."""

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
        if not self._is_delivering:  # the call goes on beside the reading of rows
            with self.delivering():
                self._finish()
            self.close()
            sys.exit(STOPPED_BY_SIGNAL)


def row_of(record: dict[str, Any]) -> Row | None:
    """Return a record of stream `changes` as a row, None where it is none."""
    key, wire_id, payload = (record.get(name) for name in ("key", "wire_id", "payload"))
    operation = next((each for each in OPERATIONS if each == record.get("operation")), None)
    if not (isinstance(key, str) and isinstance(wire_id, str) and isinstance(payload, dict)):
        return None
    return Row(key, operation, wire_id, payload) if operation and wire_id else None
