"""Who may do what: one table of rights by role."""

from __future__ import annotations

from enum import StrEnum


class Right(StrEnum):
    """What a route asks for. `anybody` is for who is not signed in, `oneself` for whoever is."""

    ANYBODY = "anybody"
    ONESELF = "oneself"
    TODAY = "today"
    PERSON = "person"
    REVEAL = "reveal"
    SHOP = "shop"
    PLAN = "plan"
    SEAL = "seal"
    APPROVE = "approve"
    QUARANTINE = "quarantine"
    MEND = "mend"
    CONSENT = "consent"
    REQUEST = "request"
    """To take on what a person asks for by their rights."""
    FULFIL = "fulfil"
    """To erase somebody, and to be handed the file of what is held on them."""
    RULES = "rules"
    PROPOSE = "propose"
    AUDIENCES = "audiences"
    EXPERIMENTS = "experiments"
    FEEDS = "feeds"


class Role(StrEnum):
    """What an account is for."""

    VIEWER = "viewer"
    SHOP = "shop"
    MARKETING = "marketing"
    OPS = "ops"
    DPO = "dpo"


LOOKS = frozenset({
    Right.ONESELF, Right.TODAY, Right.PERSON, Right.AUDIENCES, Right.PLAN, Right.EXPERIMENTS, Right.CONSENT,
    Right.RULES,
})  # fmt: skip
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.VIEWER: LOOKS | {Right.FEEDS},
    Role.SHOP: frozenset({Right.ONESELF, Right.SHOP}),
    Role.MARKETING: LOOKS | {Right.FEEDS, Right.SEAL, Right.PROPOSE},
    Role.OPS: LOOKS | {
        Right.FEEDS, Right.REVEAL, Right.SHOP, Right.SEAL, Right.APPROVE, Right.QUARANTINE, Right.MEND, Right.REQUEST,
        Right.PROPOSE,
    },
    Role.DPO: LOOKS | {Right.SHOP, Right.QUARANTINE, Right.REQUEST, Right.FULFIL, Right.PROPOSE},
}  # fmt: skip


def may(role: str, right: Right) -> bool:
    """Tell whether a role has a right; one that we do not know has none."""
    return right is Right.ANYBODY or (role in set(Role) and right in RIGHTS[Role(role)])
