"""Destinations: what each channel can hold and at what price, as its target's `channel.yml` says."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML

from plugins.wire.outbox import Operation

TARGETS = Path(__file__).parents[2] / "targets"
Kept = Literal["consent", "points", "voucher", "offer", "movement", "note", "erase"]
Kind = Literal["item", "stock", "price", "shelf", "promotion", "purchase", "basket", "event", "order", "delivery"]
Term = Literal["percent", "amount", "from", "products"]
Reach = Literal["email", "sms", "push", "phone", "post"]


class Strict(BaseModel):
    """Refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Identifier(Strict):
    """What the channel knows a person by."""

    kind: Literal["email", "phone", "visitor"] = Field(description="visitor: a browser that they signed in with")
    normalise: str
    version: int = Field(description="of the normalising rule; a new one means remove the old value, add the new")


class Batch(Strict):
    """How much goes into one call, and how many calls a batch of each operation takes."""

    size: int
    calls: dict[Operation, int]
    together: int | None = Field(
        None,
        description="of a channel whose calls are about audiences and not rows: how many audiences one call is about",
    )


class Bring(Strict):
    """What a destination takes beside audiences and records, and how."""

    size: int = Field(description="how many go into one call")
    days: int | None = Field(None, description="of purchases: how old one may be there")
    a_day: int | None = Field(None, description="of items: how often a day the same one may be written")
    renew_days: int | None = Field(None, description="of items: one that nobody wrote for so long is forgotten there")
    rest_minutes: int | None = Field(None, description="of shelves: how long nothing is said of one that was taken out")
    places: list[Literal["shop", "web"]] = Field(["shop", "web"], description="of purchases: made where it takes them")
    matches: list[str] = Field(default_factory=list, description="of purchases: the fields a rule may add")
    once: bool = Field(False, description="the same one twice counts twice: nothing is repeated on a guess")
    letters: tuple[int, int] | None = Field(None, description="of events: how few and how many a name may have")


class LimitsOf(Strict):
    """What the vendor allows."""

    connections: int
    seconds_per_call: float = Field(description="what a full batch takes, for the estimate of a plan")


class Channel(Strict):
    """One destination."""

    destination: str
    source: str = Field(description="the connection under which we read this system")
    channel: str
    purpose: str
    holds: list[Literal["tag", "custom_audience", "user_list", "customer_list", "event"]]
    identifier: Identifier
    matches: list[str] = Field(
        default_factory=list,
        description="of a channel that is given hashes: the fields a rule may add for it to find somebody by",
    )
    is_read_back: bool = Field(False, description="whether its source tells who is in its audiences")
    operations: dict[Operation, Literal["set", "once"]]
    batch: Batch
    brings: dict[Kind, Bring] = Field(default_factory=dict)
    limits: LimitsOf


class RecordBatch(Strict):
    """How much goes into one call, and how many calls each kind of row takes."""

    size: int = 1
    calls: dict[Kept, int] = Field(default_factory=dict)


class RecordChannel(Strict):
    """A destination whose rows name a record: of a customer or a voucher at a till or a webshop, or an item."""

    destination: str
    source: str = Field(description="the connection under which we read this system")
    keyed_by: Literal["record"]
    consent: list[Reach] = Field(default_factory=list, description="whose marketing consent it can hold")
    reads_back: str | None = Field(
        None, description="field, `{channel}` in it, under which what we wrote of a consent is read: yes or no"
    )
    holds: list[Literal["consent", "points", "voucher", "offer", "movement", "note"]] = Field(default_factory=list)
    offers: list[Term] = Field(
        default_factory=list, description="what a code of an offer can hold there: how much off, from what sum, on what"
    )
    voucher_for: Literal["customer", "email"] = Field(
        "customer",
        description="whom a gift voucher there is for: a customer of the till that issued it, or the one address that "
        "may use the copy",
    )
    operations: dict[Kept, Literal["set", "once"]] = Field(default_factory=dict)
    batch: RecordBatch = RecordBatch()
    brings: dict[Kind, Bring] = Field(default_factory=dict)
    limits: LimitsOf


def channels(folder: Path = TARGETS) -> dict[str, Channel]:
    """Return every destination of audiences, found by its `channel.yml`."""
    found = (Channel.model_validate(each) for each in _said(folder) if "keyed_by" not in each)
    return {each.destination: each for each in found}


def record_channels(folder: Path = TARGETS) -> dict[str, RecordChannel]:
    """Return every destination that is kept equal record by record."""
    found = (RecordChannel.model_validate(each) for each in _said(folder) if "keyed_by" in each)
    return {each.destination: each for each in found}


@cache
def _said(folder: Path) -> list[dict[str, Any]]:
    return [YAML(typ="safe").load(path) for path in sorted(folder.glob("*/channel.yml"))]
