"""What Splink compares, blocks and learns from in a retailer's records: people of one household share nearly all."""

from __future__ import annotations

import splink.comparison_level_library as cll
from splink import block_on
from splink.blocking_rule_library import CustomRule
from splink.internals.comparison_creator import ComparisonCreator
from splink.internals.comparison_level_creator import ComparisonLevelCreator

from bench.identity.models import Model, compared, exact, nothing, when

RARE = 1e-9  # how often two strangers share what only one person or family has: too seldom for a sample to tell
APART = (
    "initial_l <> '' AND initial_r <> '' AND NOT (contains(initials_l, initial_r) OR contains(initials_r, initial_l))"
)


def given() -> ComparisonCreator:
    """Compare first names: call names, initials, and names that stand in each other's place."""
    return compared(
        "given",
        nothing("initial_l = '' OR initial_r = ''"),
        exact("given"),
        when("list_has_any(families_l, families_r)", "call name"),
        when("given_l = surname_r AND surname_l = given_r", "swapped"),
        when("(given_l IS NULL OR given_r IS NULL) AND NOT " + f"({APART})", "initial only"),
        cll.JaroWinklerLevel("given", 0.88),
        when(f"NOT ({APART})", "the same initial"),
        otherwise=0.01,  # by hand: left to itself, EM learns that the people of a household are one person
    )


def identifier(column: str, *alike: str) -> ComparisonCreator:
    """Compare what one person or family has; it tells less where the first names differ."""
    equal = f"{column}_l = {column}_r"
    return compared(
        column,
        cll.NullLevel(column),
        neutral(f"{equal} AND {APART}", "of a household"),
        when(equal, "equal").configure(u_probability=RARE, fix_u_probability=True, m_probability=0.85),
        *(when(each, "alike") for each in alike),
    )


def set_by_hand(level: ComparisonLevelCreator, m: float, u: float) -> ComparisonLevelCreator:
    """Return the level with a weight of our own, where the fields before it already told the same."""
    return level.configure(m_probability=m, u_probability=u, fix_m_probability=True, fix_u_probability=True)


def neutral(condition: str, label: str) -> ComparisonLevelCreator:
    """Return a level that speaks neither for nor against."""
    return set_by_hand(when(condition, label), 0.01, 0.01)


def retailer() -> Model:
    """Ten kinds of records that share few fields, with identifiers of families, houses and shops among them."""
    own_card = "card_l = card_r OR card_l = prev_card_r OR prev_card_l = card_r"
    return Model(
        comparisons=[
            given(),
            compared(
                "surname",
                cll.NullLevel("surname"),
                exact("surname"),
                cll.JaroWinklerLevel("surname", 0.92),
                when("list_has_any(surname_parts_l, surname_parts_r)", "a part of it"),
                when("given_l = surname_r AND surname_l = given_r", "swapped"),
                cll.JaroWinklerLevel("surname", 0.85),
            ),
            compared(
                "birth",
                cll.NullLevel("birth"),
                exact("birth", rare=False),
                when("damerau_levenshtein(birth_l, birth_r) < 2", "a digit"),
                when("birth_l[1:4] = birth_r[1:4] AND birth_l[5:6] = birth_r[7:8]", "day and month"),
            ),
            identifier(
                "mail",
                "split_part(mail_l, '@', 1) = split_part(mail_r, '@', 1) AND length(mail_l) > 14",
                "damerau_levenshtein(mail_l, mail_r) < 3",
            ),
            identifier("phone", "damerau_levenshtein(phone_l, phone_r) < 2"),
            compared(
                "card",
                nothing("card_l IS NULL OR card_r IS NULL"),
                neutral(f"({own_card}) AND {APART}", "of a household"),
                when(own_card, "equal").configure(u_probability=RARE, fix_u_probability=True, m_probability=0.85),
            ),
            identifier("client"),
            identifier("login"),
            identifier("receipt"),
            identifier("social"),
            identifier("alias"),
            compared(
                "home",
                nothing("home_l IS NULL OR home_r IS NULL"),
                set_by_hand(when("family_l = family_r", "of a household"), 0.8, 0.03),
                exact("home"),
                when("street_l = street_r AND number_l = number_r", "street"),
                when("postcode_l = postcode_r", "postcode"),
                when("city_l = city_r", "city"),
            ),
        ],
        blocking=[
            *map(block_on, ("mail", "phone", "card", "client", "login", "receipt", "social", "alias", "rare_name")),
            CustomRule("l.card = r.prev_card"),
            CustomRule("l.prev_card = r.card"),
            block_on("surname", "birth"),
            block_on("given", "birth"),
            block_on("surname", "home"),
            block_on("given", "home"),
            block_on("surname", "postcode", "initial"),
            block_on("surname", "given", "city"),
            block_on("mailbox", "initial"),
            block_on("street", "number", "initial"),
        ],
        training=[
            block_on("mail"),
            block_on("surname", "birth"),
            block_on("phone"),
            block_on("given", "surname"),
            block_on("card"),
            block_on("client"),
            block_on("receipt"),
        ],
        certain=[block_on("mail", "given"), block_on("card", "given"), block_on("surname", "birth", "initial")],
        recall=0.3,
    )
