"""Where one person begins: the weights from which a pair is accepted, held for review, or a contradiction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mappers.identity.model import Patterns
from plugins.rules.identity import LEVELS

ANCHORS = {
    "born": ("exact", "close"),
    "email": ("exact", "close"),
    "phone": ("exact", "close"),
    "home": ("exact", "close"),
    "id": ("exact", "close"),
    "card": ("exact",),
}
"""Agreement without one of these is agreement in name only."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Weights are base-2 logarithms of the odds that two records are one person: 2 is four to one, 6 is 64 to one."""

    accept: float = 2.0
    review: float = 0.0
    """Between this and `accept` a pair is kept and shown, not joined."""
    name_only: float = 99.0
    """What a pair needs that agrees in nothing but its name: by default no name is rare enough; it is held."""
    veto: float = -12.0
    """A pair that weighs less keeps two groups apart, whatever else holds them together."""
    largest: int = 200
    """A group of more nodes is not believed: its nodes stay apart."""

    @property
    def kept(self) -> dict[str, float]:
        """The bounds of what is kept of all compared pairs."""
        return {"review": self.review, "veto": self.veto}

    def capped(self, patterns: Patterns, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the weights, those of agreement in name only held below `accept` unless they reach `name_only`."""
        anchored = np.zeros(len(weights), dtype=bool)
        for name, levels in ANCHORS.items():
            numbers = [LEVELS[name].index(level) + 1 for level in levels]
            anchored |= np.isin(patterns[:, list(LEVELS).index(name)], numbers)
        doubtful = ~anchored & (weights < self.name_only)
        return np.where(doubtful, np.minimum(weights, self.accept - 1), weights)
