"""How often somebody may be spoken to: how many audiences of a list a person may come into within a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated

from pydantic import Field

from plugins.rules.complaint import Complaint, did_you_mean
from plugins.rules.loyalty import Span
from plugins.rules.strict import Name, Strict
from plugins.rules.yaml_file import Places


class Cap(Strict):
    """Of these audiences a person comes into so many at most within this time, in all channels together."""

    most: Annotated[int, Field(ge=1, le=100)] = Field(description="so many; who is in one stays")
    within: Span
    audiences: list[Name] = Field(min_length=1, description="the most important first: it has what room there is")


class Caps(Strict):
    """Every cap holds by itself."""

    caps: list[Cap] = Field(default_factory=list)


def uncapped(caps: Caps, audiences: Collection[str], places: Places) -> Iterator[Complaint]:
    """Find audiences that nobody made, or that stand twice in a list."""
    for number, cap in enumerate(caps.caps):
        for place, name in enumerate(cap.audiences):
            at = places.value(("caps", number, "audiences", place))
            if name not in audiences:
                yield places.complaint(at, f"{name}: no such audience", did_you_mean(name, audiences))
            elif name in cap.audiences[:place]:
                yield places.complaint(at, f"{name}: stands twice in the list", "remove one of them")
