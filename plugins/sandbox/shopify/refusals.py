"""How Shopify says no: errors above the data, and errors of one mutation beside its result."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from graphql import GraphQLError

WRONG_TOKEN = "[API] Invalid API key or access token (unrecognized login or wrong password)"  # noqa: S105 - a refusal
LIMITS = "https://shopify.dev/api/usage/rate-limits"
SCOPES = "https://shopify.dev/api/usage/access-scopes"


class UserError(NamedTuple):
    """What is wrong with one field of a mutation."""

    field: list[str] | None
    message: str
    code: str | None = None
    element_index: int | None = None
    extra_info: str | None = None


class Refused(Exception):  # noqa: N818 - the answer of a mutation, not a failure of ours
    """Ends a mutation that did nothing; the reasons stand in its `userErrors`."""

    def __init__(self, errors: Iterable[UserError]) -> None:
        super().__init__("refused")
        self.errors = list(errors)


def refused(path: str, message: str, code: str | None = None) -> Refused:
    """Refuse for one field; `path` is dotted, empty where no field is at fault."""
    return Refused([UserError(path.split(".") if path else None, message, code)])


def access_denied(field: str, scope: str) -> GraphQLError:
    """Refuse a field the token has no scope for."""
    message = f"Access denied for {field} field. Required access: `{scope}` access scope."
    more = {"code": "ACCESS_DENIED", "documentation": SCOPES, "requiredAccess": f"`{scope}` access scope."}
    return GraphQLError(message, extensions=more)


def throttled() -> dict[str, Any]:
    """Return the error of a caller whose bucket is empty."""
    return {"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": LIMITS}}


def too_costly(cost: int, most: int) -> dict[str, Any]:
    """Return the error of a document that no bucket would hold."""
    message = f"Query cost is {cost}, which exceeds the single query max cost limit ({most})."
    more = {"code": "MAX_COST_EXCEEDED", "cost": cost, "maxCost": most, "documentation": LIMITS}
    return {"message": message, "extensions": more}
