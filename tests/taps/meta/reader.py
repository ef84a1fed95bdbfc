"""Runs the tap in this process, and looks at what it says and what it asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest

from plugins.sandbox.meta import Meta
from taps.meta.edges import MetaEdge
from taps.meta.tap import TapMeta
from tests.plugins.sandbox.meta.stage import Clock

Message = dict[str, Any]


def tap_of(config: Mapping[str, Any], *streams: str, state: Message | None = None) -> TapMeta:
    """Return a tap that reads only these streams, or all."""
    tap = TapMeta(config=dict(config), state=state, parse_env_config=False)
    for name, stream in tap.streams.items():
        stream.selected = not streams or name in streams
    return tap


@dataclass
class Reader:
    """A stand-in, its clock, and the tap before it."""

    vendor: Meta
    clock: Clock
    url: str
    capsys: pytest.CaptureFixture[str]
    waited: list[float] = field(default_factory=list)
    while_waiting: Callable[[], None] = lambda: None

    @property
    def config(self) -> dict[str, Any]:
        return {"access_token": self.vendor.access_token, "page_id": self.vendor.page_id, "api_url": self.url,
                "backoff_seconds": 0.0, "max_tries": 3}  # fmt: skip

    def tap(self, *streams: str, state: Message | None = None, **config: Any) -> TapMeta:
        """Return a tap whose waiting is noted and not done."""
        tap = tap_of({**self.config, **config}, *streams, state=state)
        tap.account.sleep = self._wait
        for stream in tap.streams.values():
            assert isinstance(stream, MetaEdge)
            stream.sleep = self._wait
        return tap

    def _wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.while_waiting()

    def read(self, *streams: str, state: Message | None = None, **config: Any) -> list[Message]:
        """Read, and return the messages."""
        self.capsys.readouterr()
        self.tap(*streams, state=state, **config).sync_all()
        return [json.loads(line) for line in self.capsys.readouterr().out.splitlines()]

    def queries(self, edge: str) -> list[dict[str, str]]:
        """Return what was asked of an edge, oldest first."""
        calls = [call for call in self.vendor.calls if call.path.endswith(f"/{edge}")]
        return [{name: said for name, (said,) in parse_qs(call.query).items()} for call in calls]


def records(messages: list[Message], stream: str) -> list[Message]:
    return [each["record"] for each in messages if each["type"] == "RECORD" and each["stream"] == stream]


def ids(messages: list[Message], stream: str) -> list[str]:
    return [each["id"] for each in records(messages, stream)]


def state_of(messages: list[Message]) -> Message:
    state: Message = [each["value"] for each in messages if each["type"] == "STATE"][-1]
    return state
