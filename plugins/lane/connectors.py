"""Taps and targets, loaded once: their settings as Meltano gives them, their code as it runs alone."""

from __future__ import annotations

import importlib
import json
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

from singer_sdk import Tap
from typing_extensions import override

from plugins.hub.project import environment, meltano
from plugins.store.engine import StoreError
from plugins.wire.changes import ChangeTarget
from plugins.wire.page import Page
from plugins.wire.stream import VendorStream

Plugin = TypeVar("Plugin")


class Kept(Page):
    """Keeps what a tap says instead of writing it."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[bytes] = []

    @override
    def flush(self) -> None:
        self.said += self.lines
        self.lines, self.bytes = [], 0


def settings(plugin: str) -> dict[str, Any]:
    """Return the settings of a plugin as Meltano gives them; raises StoreError where it gives none."""
    asked = [meltano(), "invoke", "--dump=config", plugin]
    told = subprocess.run(asked, capture_output=True, check=False, umask=0o077, env=environment())  # noqa: S603
    try:
        config = json.loads(told.stdout)
    except ValueError:
        raise StoreError(f"{plugin}: Meltano gives no settings; see what 'meltano invoke {plugin}' says") from None
    return {name: value for name, value in config.items() if value is not None}


class Connectors:
    """Taps and targets by name; each is asked for its settings once."""

    def __init__(self, settings_of: Callable[[str], Mapping[str, Any]] = settings) -> None:
        self.settings_of = cache(settings_of)

    def warm(self, plugins: Iterable[str]) -> Iterator[str]:
        """Load what will be needed; gives a line for each that cannot be."""
        for name in plugins:
            try:
                self.settings_of(name)
            except StoreError as error:
                yield str(error)

    def read_one(self, connection: str, stream: str, by: str, key: str) -> list[bytes] | None:
        """Return what the tap of a connection says of one record; None where it cannot ask for one."""
        tap = _made(lambda: _tap(connection)(config=dict(self.settings_of(f"tap-{connection}"))))
        found = tap.streams.get(stream)
        if not isinstance(found, VendorStream) or found.reads_one != by:
            return None
        found.only = key
        found.sync()
        writer = tap.message_writer
        assert isinstance(writer, Kept)
        writer.flush()
        return writer.said

    def target(self, destination: str) -> ChangeTarget:
        """Return the target of a destination, ready to deliver."""
        kind = _kind(f"targets.{destination}.target", ChangeTarget)
        made = _made(lambda: kind(config=dict(self.settings_of(f"target-{destination}"))))
        assert isinstance(made, ChangeTarget)
        return made


def _made(make: Callable[[], Plugin]) -> Plugin:
    """Make a plugin in a thread of its own: in the first, the SDK's take over how the process is told to end."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(make).result()


@cache
def _tap(connection: str) -> type[Tap]:
    kind = _kind(f"taps.{connection}.tap", Tap)
    return type(kind.__name__, (kind,), {"message_writer_class": Kept})


def _kind(module: str, kind: type[Any]) -> type[Any]:
    loaded = importlib.import_module(module)
    return next(
        each for each in vars(loaded).values()
        if isinstance(each, type) and issubclass(each, kind) and each.__module__ == loaded.__name__
    )  # fmt: skip
