"""What channels are told of what somebody bought, or left in a basket; only of whom they may be told it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from plugins.rules.complaint import Complaint
from plugins.rules.strict import Name, Strict, Word
from plugins.rules.yaml_file import Places

Place = Literal["shop", "web"]
Kind = Literal["purchase", "basket", "order", "delivery"]
KINDS: Mapping[str, Kind] = {
    "purchases": "purchase", "baskets": "basket", "orders": "order", "deliveries": "delivery",
}  # fmt: skip


class Told(Strict):
    """How one channel is told."""

    fields: list[Name] = Field(default_factory=list, description="beside the address: by what the person is found")


class Sales(Strict):
    """What is told to whom; who did not agree to that channel is never in it."""

    description: Word
    of: Literal["purchases", "baskets", "orders", "deliveries"]
    places: list[Place] = Field(["shop", "web"], description="of purchases: made where")
    days: Annotated[int, Field(ge=1, le=60)] = Field(7, description="nothing that is older is told")
    to: dict[Name, Told] = Field(min_length=1, description="destination: how it is told")

    @property
    def kind(self) -> Kind:
        """Return what a row is about."""
        return KINDS[self.of]


def told_twice(sales: Mapping[str, tuple[Sales, Places]]) -> Iterator[Complaint]:
    """Find channels that two files tell the same thing."""
    first: dict[tuple[str, str], str] = {}
    for name, (rule, places) in sales.items():
        for destination in rule.to:
            if (earlier := first.setdefault((rule.of, destination), name)) != name:
                what = f"{destination}: {earlier}.yml tells it of {rule.of} too"
                yield places.complaint(places.key(("to", destination)), what, "leave it in one of them")
