"""What agreement is worth: how likely each level of agreement is for one person, one household, and two strangers.

A Fellegi-Sunter model with three classes instead of two: members of a household agree on surname, address, phone and
e-mail at once, which a two-class model takes for one person. The weight of a pair is the base-2 logarithm of the odds
that it is one person, so 0 is even chance. The model is numbers only; it knows no database.

I. Fellegi and A. Sunter, A Theory for Record Linkage, JASA 64 (1969); classes learnt by expectation-maximisation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plugins.rules.identity import LEVELS

SAME, HOUSEHOLD, STRANGER = 0, 1, 2
CLASSES = ("one person", "one household", "two strangers")
BY_FREQUENCY = ("sur", "given")
"""Comparisons whose exact level counts less for a frequent value."""
Patterns = NDArray[np.int64]
"""One row per pattern: the level of each comparison, then the frequency classes of `BY_FREQUENCY`."""


@dataclass(frozen=True, slots=True)
class Model:
    """Probabilities by comparison (level x class), and how many pairs of each class a record takes part in."""

    probability: Mapping[str, NDArray[np.float64]]
    same_per_record: float
    household_per_record: float

    def weights(self, patterns: Patterns, records: int) -> NDArray[np.float64]:
        """Return log2 odds of one person, for a table of about so many named records."""
        chance = self._chance(patterns, records)
        return np.asarray((chance[:, SAME] - np.logaddexp(chance[:, HOUSEHOLD], chance[:, STRANGER])) / np.log(2))

    def waterfall(self, pattern: int, records: int) -> list[dict[str, Any]]:
        """Return what each field of one packed pattern adds, in bits, against the likeliest other explanation.

        The sum is the weight, up to the little that the third explanation takes.
        """
        row = unpacked(np.array([pattern]))
        other = int(np.argmax(self._chance(row, records)[0, HOUSEHOLD:])) + HOUSEHOLD
        prior = (self.same_per_record, self.household_per_record, max(records - 1, 1) / 2)
        steps = [("before anything is known", CLASSES[other], np.log2(prior[SAME] / prior[other]))]
        rarity = self._rarity(row, records)[0] / np.log(2) if other == STRANGER else np.zeros(len(BY_FREQUENCY))
        for place, (name, levels) in enumerate(LEVELS.items()):
            if level := int(row[0, place]):
                chance = self.probability[name][level - 1]
                bits = np.log2(chance[SAME] / chance[other])
                if name in BY_FREQUENCY:
                    bits -= rarity[BY_FREQUENCY.index(name)]
                steps.append((name, levels[level - 1], bits))
        return [{"field": name, "level": level, "bits": round(float(bits), 1)} for name, level, bits in steps]

    def _rarity(self, patterns: Patterns, records: int) -> NDArray[np.float64]:
        """Return how much likelier than on average strangers agree on these very names (natural logarithm)."""
        columns = []
        for place, name in enumerate(BY_FREQUENCY, start=len(LEVELS)):
            seen = patterns[:, place]
            rarity = np.log(2) * (seen + 0.5) - np.log(records) - np.log(self.probability[name][0, STRANGER])
            columns.append(np.where(seen > 0, rarity, 0.0))
        return np.stack(columns, axis=1)

    def _chance(self, patterns: Patterns, records: int) -> NDArray[np.float64]:
        """Return the log likelihood of each pattern in each class, with its prior."""
        prior = np.array([self.same_per_record, self.household_per_record, max(records - 1, 1) / 2])
        chance = np.tile(np.log(prior), (len(patterns), 1))
        for place, name in enumerate(LEVELS):
            chance += np.vstack([np.zeros(3), np.log(self.probability[name])])[patterns[:, place]]
        chance[:, STRANGER] += self._rarity(patterns, records).sum(axis=1)
        return chance


def unpacked(patterns: NDArray[np.int64]) -> Patterns:
    """Return the levels of packed patterns (three bits each), then the frequency classes (five bits each)."""
    levels = [(patterns >> 3 * place) & 7 for place in range(len(LEVELS))]
    classes = [(patterns >> (3 * len(LEVELS) + 5 * place)) & 31 for place in range(len(BY_FREQUENCY))]
    return np.stack([*levels, *classes], axis=1).astype(np.int64)


def learn(model: Model, patterns: Patterns, counts: NDArray[np.float64], records: int, rounds: int = 25) -> Model:
    """Return the model that explains the patterns best, from `model` on; needs no labels.

    `counts` says how often each pattern occurs among candidate pairs. What strangers agree on is kept: it is measured
    on random pairs (see `measured`), not on candidates, which agree on something by choice.
    """
    held = 0.02 * counts.sum()
    first = model
    for _ in range(rounds):
        chance = model._chance(patterns, records)
        share = np.exp(chance - chance.max(axis=1, keepdims=True))
        weighed = share / share.sum(axis=1, keepdims=True) * counts[:, None]
        totals = np.maximum(weighed.sum(axis=0), 1.0) / records
        model = Model(
            {name: _relearnt(first, name, patterns[:, place], weighed, held) for place, name in enumerate(LEVELS)},
            float(totals[SAME]), float(totals[HOUSEHOLD]),
        )  # fmt: skip
    return model


def _relearnt(
    first: Model, name: str, levels: NDArray[np.int64], weighed: NDArray[np.float64], held: float
) -> NDArray[np.float64]:
    seen = np.array([weighed[levels == level].sum(axis=0) for level in range(1, len(LEVELS[name]) + 1)])
    counted = seen + held * first.probability[name] + 1e-9
    learnt = counted / counted.sum(axis=0)
    learnt[:, STRANGER] = first.probability[name][:, STRANGER]
    return np.asarray(learnt)


def measured(model: Model, patterns: Patterns, counts: NDArray[np.float64], floors: Mapping[str, float]) -> Model:
    """Return the model with strangers' agreement as random pairs show it; what is never seen keeps its floor."""
    found = dict(model.probability)
    for place, name in enumerate(LEVELS):
        seen = np.array([counts[patterns[:, place] == level].sum() for level in range(1, len(LEVELS[name]) + 1)])
        if seen.sum() == 0:
            continue
        share = np.maximum(seen / seen.sum(), floors[name])
        found[name] = np.column_stack([found[name][:, :STRANGER], share / share.sum()])
    return Model(found, model.same_per_record, model.household_per_record)


def from_levels(levels: Mapping[str, Mapping[str, Sequence[float]]], same: float, household: float) -> Model:
    """Return a model written as comparison -> level -> probability in each class."""
    table = {name: np.array([levels[name][level] for level in known]) for name, known in LEVELS.items()}
    return Model(table, same, household)


BUILT_IN: Mapping[str, Mapping[str, Sequence[float]]] = {
    "given": {
        "exact": (0.7469, 0.01655, 0.00202),
        "call_name": (0.03121, 0.003519, 0.002649),
        "close": (0.02942, 0.002896, 0.001172),
        "initial": (0.1564, 0.02075, 0.01383),
        "same_initial": (0.02616, 0.05313, 0.04724),
        "different": (0.00991, 0.9032, 0.9330871),
    },
    "sur": {
        "exact": (0.939, 0.8171, 0.0009184),
        "close": (0.04263, 0.03064, 0.0006666),
        "part": (0.008832, 0.05338, 1.00e-04),
        "different": (0.00954, 0.09887, 0.9983149),
    },
    "born": {
        "exact": (0.9271, 0.009869, 1.00e-05),
        "close": (0.04133, 0.02576, 0.005019),
        "different": (0.0316, 0.9644, 0.9949714),
    },
    "email": {
        "exact": (0.8738, 0.2545, 1.00e-07),
        "close": (0.01345, 0.008839, 1.00e-07),
        "different": (0.1128, 0.7367, 0.9999998),
    },
    "phone": {
        "exact": (0.8295, 0.2201, 1.00e-07),
        "close": (0.01845, 0.005849, 1.00e-07),
        "different": (0.1521, 0.774, 0.9999998),
    },
    "home": {
        "exact": (0.891, 0.9481, 2.40e-05),
        "close": (0.007242, 0.0099, 1.20e-05),
        "near": (0.02594, 0.0237, 0.002346),
        "different": (0.07584, 0.01826, 0.9976178),
    },
    "id": {
        "exact": (0.4393, 0.0323, 1.00e-08),
        "different": (0.5487, 0.9639, 1.0),
        "close": (0.01201, 0.003774, 1.00e-08),
    },
    "card": {
        "exact": (0.8475, 0.1604, 1.00e-08),
        "different": (0.1525, 0.8396, 1.0),
    },
}
"""What `learn` found on a million records of the sandbox's population, without their truth."""


def default() -> Model:
    """Return the built-in model."""
    return from_levels(BUILT_IN, same=1.0408, household=0.4456)
