"""What Splink compares, blocks and learns from, for each kind of data."""

from __future__ import annotations

from dataclasses import dataclass

import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import block_on
from splink.internals.blocking_rule_creator import BlockingRuleCreator
from splink.internals.comparison_creator import ComparisonCreator
from splink.internals.comparison_level_creator import ComparisonLevelCreator


@dataclass(frozen=True)
class Model:
    """A comparison for each trait, the rules that propose pairs, and those that each learn what the others compare."""

    comparisons: list[ComparisonCreator]
    blocking: list[BlockingRuleCreator]
    training: list[BlockingRuleCreator]
    certain: list[BlockingRuleCreator]
    recall: float  # of the certain rules, guessed


def compared(name: str, *levels: ComparisonLevelCreator, otherwise: float | None = None) -> ComparisonCreator:
    """Return a comparison of which the last level is all the rest, as common in matches as said or learnt."""
    rest = cll.ElseLevel() if otherwise is None else matching(cll.ElseLevel(), otherwise)
    return cl.CustomComparison(output_column_name=name, comparison_levels=[*levels, rest])


def matching(level: ComparisonLevelCreator, m: float) -> ComparisonLevelCreator:
    """Return the level with its share of the matches set by hand."""
    return level.configure(m_probability=m, fix_m_probability=True)


def exact(column: str, rare: bool = True) -> ComparisonLevelCreator:
    """Return a level of equal values; a rare value weighs more."""
    level = cll.ExactMatchLevel(column)
    return level.configure(tf_adjustment_column=column) if rare else level


def when(condition: str, label: str) -> ComparisonLevelCreator:
    """Return a level of our own SQL."""
    return cll.CustomLevel(condition, label_for_charts=label)


def nothing(condition: str) -> ComparisonLevelCreator:
    """Return the level at which nothing can be said."""
    return when(condition, "missing").configure(is_null_level=True)


def febrl() -> Model:
    """Typing errors in every field, swapped names, and a number that hardly ever changes."""
    return Model(
        comparisons=[
            compared(
                "name",
                nothing("given_l IS NULL AND surname_l IS NULL OR given_r IS NULL AND surname_r IS NULL"),
                exact("name"),
                when("given_l = surname_r AND surname_l = given_r", "swapped"),
                when(
                    "jaro_winkler_similarity(given_l, given_r) > 0.88"
                    " AND jaro_winkler_similarity(surname_l, surname_r) > 0.88",
                    "both alike",
                ),
                exact("surname"),
                exact("given"),
            ),
            cl.DamerauLevenshteinAtThresholds("birth", [1, 2]),
            cl.DamerauLevenshteinAtThresholds("social", [1, 2]),
            cl.JaroWinklerAtThresholds("street", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("number"),
            cl.JaroWinklerAtThresholds("city", [0.9]).configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
        ],
        blocking=[
            block_on("social"),
            block_on("birth"),
            block_on("given", "surname"),
            block_on("surname", "postcode"),
            block_on("given", "postcode"),
            block_on("street", "number"),
            block_on("street", "postcode"),
            block_on("given", "city"),
            block_on("surname", "city"),
            block_on("substr(social, 1, 5)", "postcode"),
            block_on("substr(social, 3)", "number"),
        ],
        training=[block_on("birth"), block_on("given", "surname"), block_on("postcode", "street")],
        certain=[block_on("social", "birth"), block_on("given", "surname", "birth"), block_on("social", "surname")],
        recall=0.95,
    )


LIKE_SURNAME = "jaro_winkler_similarity(surname_l, surname_r) > 0.88"
NEAR = "jaro_winkler_similarity(street_l, street_r) > 0.88 AND damerau_levenshtein(number_l, number_r) < 2"


def census() -> Model:
    """Two lists without a common number, birth date or postcode: names, a middle initial and an address."""
    return Model(
        comparisons=[
            compared(
                "given",
                cll.NullLevel("given"),
                exact("given"),
                cll.JaroWinklerLevel("given", 0.9),
                when("starts_with(given_l, given_r) OR starts_with(given_r, given_l)", "shortened"),
                cll.JaroWinklerLevel("given", 0.8),
                when("given_l[1] = given_r[1]", "initial"),
            ),
            compared("middle", cll.NullLevel("middle"), exact("middle")),
            compared(  # in one, because the people of a household have both: apart they would count twice
                "family",
                nothing("surname_l IS NULL AND street_l IS NULL OR surname_r IS NULL AND street_r IS NULL"),
                when("surname_l = surname_r AND address_l = address_r", "both"),
                when(f"surname_l = surname_r AND {NEAR}", "surname, and an address alike"),
                when(f"{LIKE_SURNAME} AND address_l = address_r", "address, and a surname alike"),
                when(f"{LIKE_SURNAME} AND {NEAR}", "both alike"),
                exact("surname"),
                exact("address"),  # of an institution, hundreds have the same
                when(NEAR, "an address alike"),
                when(LIKE_SURNAME, "a surname alike"),
            ),
        ],
        blocking=[
            block_on("given", "surname"),
            block_on("street", "number"),
            block_on("surname", "number"),
            block_on("given", "number"),
            block_on("surname", "street"),
            block_on("given", "street"),
            block_on("surname", "middle", "substr(given, 1, 2)"),
            block_on("given", "middle", "substr(surname, 1, 3)"),
        ],
        training=[block_on("middle"), block_on("given")],
        certain=[block_on("given", "surname", "street"), block_on("given", "surname", "middle", "number")],
        recall=0.85,
    )
