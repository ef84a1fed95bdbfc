"""What a mapping of one vendor stream declares, and what it is told about the message it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mappers.canonical.vendor_record import VendorRecord
from plugins.store.entities import Record

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a vendor record came from; its fields go into every canonical record made of it."""

    source: str
    """The connection, for example `tilroy`."""
    stream: str
    seen_at: datetime
    country: str = "NL"
    """Where a number or postcode without a country is at home."""
    currency: str = "EUR"
    zone: ZoneInfo = AMSTERDAM
    """The zone of times that come without one."""
    accounts: str | None = None
    """The connection whose customers this system names by number; None where it only knows its own."""


Read = Callable[[VendorRecord, Reading], Iterator[Record]]


@dataclass(frozen=True, slots=True)
class Maps:
    """A vendor stream's mapping: the function and the entities it can make.

    Each `mappers/canonical/<system>.py` has `STREAMS: dict[str, Maps]`, by the tap's stream name. The function
    yields canonical records, yields nothing to filter a record out, and raises `Unreadable` to quarantine it.
    """

    read: Read
    makes: tuple[type[Record], ...]
