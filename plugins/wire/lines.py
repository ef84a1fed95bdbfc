"""Reading lines of a pipe fast, and without showing one that cannot be read."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import IO, Any

import msgspec
from singer_sdk.singerlib.encoding.base import GenericSingerReader
from typing_extensions import override

from plugins.wire.retry import HopelessError

UNREADABLE = "a line that is no Singer message; give it what a tap writes"


class Lines(GenericSingerReader[bytes]):
    """Reads messages as bytes; the SDK's own reader puts a line that it cannot read into the log."""

    _decode = msgspec.json.Decoder().decode

    @property
    @override
    def default_input(self) -> IO[bytes]:
        return sys.stdin.buffer

    @override
    def deserialize_json(self, line: bytes) -> dict[str, Any]:
        try:
            message = self._decode(line)
        except msgspec.DecodeError:
            raise HopelessError(UNREADABLE) from None
        if not isinstance(message, dict) or "type" not in message:
            raise HopelessError(UNREADABLE)
        return message

    @override
    def process_lines(
        self, file_input: IO[bytes] | None, callbacks: dict[Any, Callable[[dict[str, Any]], None]]
    ) -> Counter[str]:
        counts: Counter[str] = Counter()
        for line in file_input or self.default_input:
            message = self.deserialize_json(line)
            callback = callbacks.get(message["type"])
            if callback is None:
                raise HopelessError(UNREADABLE)
            counts[message["type"]] += 1
            callback(message)
        return counts
