"""What follows at once from what was kept: for those persons alone, by the gate, journal and targets of a round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mappers.consent.fold import fold
from plugins.hub.destinations import Channel, RecordChannel
from plugins.hub.lease import LeaseTaken
from plugins.hub.plans import Hub
from plugins.lane.alone import alone
from plugins.lane.buying import buyers, leaves
from plugins.lane.carrying import carry
from plugins.lane.connectors import Connectors
from plugins.lane.copying import copies, speakers
from plugins.lane.keeping import About
from plugins.lane.leaving import refusals
from plugins.store.engine import StoreError
from plugins.store.shown import is_shown
from plugins.wire.retry import WireError

Due = Iterable[tuple[Channel | RecordChannel, Sequence[Mapping[str, Any]]]]


class Acting:
    """Carries what is due to one destination after the other; one that fails keeps nobody from the others."""

    def __init__(self, hub: Hub, connectors: Connectors) -> None:
        self.hub, self.connectors = hub, connectors
        self.gone = Counter[str]()
        self.failed: list[BaseException] = []

    def act(self, about: About) -> None:
        """Let whoever said no or bought leave, and copy what was said.

        Raises what a destination failed with, when all was tried; LeaseTaken where another run was at one.
        """
        self._carry(refusals(self.hub, about.customers) if about.customers else ())
        with self.hub.store.reading() as connection:
            said, bought = speakers(connection, about.speakers), buyers(connection, about.orders)
        if (said or bought) and is_shown(self.hub.store):  # where nothing was resolved yet, nobody is anywhere
            with alone(self.hub, {*said, *bought}) as engine:
                fold(engine, self.hub.meaning.declarations, self.hub.clock(), self.hub.meaning.policy)
                self._carry(copies(self.hub, engine, said) if said else ())
                self._carry(leaves(self.hub, engine, bought) if bought else ())
        for error in sorted(self.failed, key=lambda each: isinstance(each, LeaseTaken)):
            raise error

    def _carry(self, due: Due) -> None:
        for channel, rows in due:
            try:
                self.gone[channel.destination] += carry(self.hub, self.connectors, channel, rows)
            except (LeaseTaken, WireError, StoreError, SystemExit) as error:  # a target ends so at an unknown answer
                self.failed.append(error)
