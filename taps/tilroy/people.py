"""What Tilroy tells about one customer at a time, and whose turn it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic

from singer_sdk.helpers.types import Context
from singer_sdk.streams.rest import HTTPRequest, PageContext
from typing_extensions import override

from taps.tilroy.rest import Row, TilroyStream, Token


class OfOnePerson(TilroyStream[int]):
    """Asks for one customer at a time, because Tilroy lists these no other way."""

    is_snapshot = False
    is_empty_when_absent = True
    state_partitioning_keys = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people: Iterable[str] = ()
        self.person = ""
        self.read: set[str] = set()

    @override
    def get_http_request(self, *, page: PageContext[int]) -> HTTPRequest:
        request = super().get_http_request(page=page)
        request.params["customerId"] = self.person
        return request

    @override
    def get_records(self, context: Context | None) -> Iterable[Row]:
        for person in self.people:
            if person in self.read:
                continue
            self.person = person
            for record in self.request_records(None):
                record["customerId"] = person
                yield record
            self.read.add(person)


class NamesPeople(TilroyStream[Token], Generic[Token]):
    """Gathers the customers it meets, and has their loyalty read before its own bookmark moves."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people: dict[str, None] = {}

    def person_of(self, record: Row) -> Any:
        """Return the Tilroy id of the customer a record is news about, or None."""
        raise NotImplementedError

    @property
    def loyalty(self) -> list[OfOnePerson]:
        """Return the selected streams that must be asked for each customer."""
        streams = self._tap.streams.values()
        return [stream for stream in streams if isinstance(stream, OfOnePerson) and stream.selected]

    @override
    def get_records(self, context: Context | None) -> Iterable[Row]:
        loyalty = self.loyalty
        for record in super().get_records(context):
            if loyalty and (person := self.person_of(record)):
                self.people[str(person).removesuffix(".0")] = None
            yield record
        for stream in loyalty if self.people else ():
            stream.people = tuple(self.people)
            stream.sync({"people": "of this run"})
