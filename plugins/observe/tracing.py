"""Traces by OpenTelemetry: off, and nothing of it loaded, unless OTEL_EXPORTER_OTLP_ENDPOINT says where they go.

One sync is one trace: what it starts as processes of their own find their place in TRACEPARENT.
https://www.w3.org/TR/trace-context/ and https://opentelemetry.io/docs/specs/otel/context/env-carriers/
"""

from __future__ import annotations

import contextvars
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from plugins.observe.redacting import redactor

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

SETTING = "OTEL_EXPORTER_OTLP_ENDPOINT"
PARENT = "TRACEPARENT"
PATIENCE_SECONDS = 3
"""How long the end of a process waits at most for a collector that does not answer."""
WORD = re.compile(r"[a-z][A-Za-z]{0,30}(?:[-_.:][A-Za-z]{1,30}){0,3}|v\d{1,3}(?:\.\d{1,2})?|\d{4}-\d\d")
P = ParamSpec("P")
T = TypeVar("T")


class Noted:
    """What one may note on a span; nothing, where traces are off."""

    def __init__(self, span: Span | None = None) -> None:
        self._span = span

    def note(self, **attributes: Any) -> None:
        """Note what came of it: `rotonde.` is put before each name."""
        if self._span is not None:
            redact = redactor()
            for name, value in attributes.items():
                plain = value if isinstance(value, (bool, int, float)) else redact(str(value))
                self._span.set_attribute(f"rotonde.{name}", plain)

    def fail(self, why: str) -> None:
        """Say that it failed, by the kind of the error: its text may quote anything."""
        if self._span is not None:
            from opentelemetry.trace import Status, StatusCode

            self._span.set_status(Status(StatusCode.ERROR, why))


NOTHING = Noted()


def is_on() -> bool:
    """Tell whether traces go anywhere."""
    return bool(os.environ.get(SETTING))


@contextmanager
def span(name: str, **attributes: Any) -> Iterator[Noted]:
    """Trace the block; costs nothing where traces are off."""
    if not is_on():
        yield NOTHING
        return
    from opentelemetry import trace

    parent = None if trace.get_current_span().get_span_context().is_valid else _from_environment()
    opened = _tracer().start_as_current_span(
        name, context=parent, record_exception=False, set_status_on_exception=False
    )
    with opened as made:
        noted = Noted(made)
        noted.note(**attributes)
        try:
            yield noted
        except BaseException as error:
            if not (isinstance(error, SystemExit) and not error.code):
                noted.fail(type(error).__name__)
            raise


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Give what is called at the beginning of each step of a work; a step ends where the next begins."""
    opened: list[Span] = []

    def end() -> None:
        while opened:
            opened.pop().end()

    def begin(name: str) -> None:
        end()
        if is_on():
            opened.append(_tracer().start_span(name))

    try:
        yield begin
    finally:
        end()


def handed_on() -> dict[str, str]:
    """Return what a process that we start needs to find its place in the trace."""
    if not is_on():
        return {}
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return {PARENT: carrier["traceparent"]} if "traceparent" in carrier else {}


def carried(function: Callable[P, T]) -> Callable[P, T]:
    """Return a function that runs in another thread with what is around us now; for one call."""
    return _within(contextvars.copy_context(), function)


def _within(context: contextvars.Context, function: Callable[P, T]) -> Callable[P, T]:
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return context.run(function, *args, **kwargs)

    return run


def template(path: str) -> str:
    """Return a path in which only words of an API are left: whatever has a digit or a sign in it may be somebody's."""
    parts = path.partition("?")[0].split("/")
    return "/".join(part if not part or WORD.fullmatch(part) else "{}" for part in parts)


def _from_environment() -> Any:
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": os.environ.get(PARENT, "")})


@cache
def _provider() -> TracerProvider:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    seconds = float(os.environ.get("OTEL_EXPORTER_OTLP_TIMEOUT") or PATIENCE_SECONDS)
    name = os.environ.get("OTEL_SERVICE_NAME", "rotonde")
    # no detectors: they would tell the command line, in which `rotonde why` has a person
    provider = TracerProvider(resource=Resource({"service.name": name, "process.pid": os.getpid()}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=seconds)))
    return provider


def _tracer() -> Tracer:
    return _provider().get_tracer("rotonde")


def flush() -> None:
    """Send what is noted, where a process goes on for long; at the end of one it is sent by itself."""
    if is_on():
        _provider().force_flush(PATIENCE_SECONDS * 1000)
