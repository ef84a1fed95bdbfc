"""The ad account: its terms, and the audiences it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from typing_extensions import override

from plugins.sandbox.meta.audience import Audience
from plugins.sandbox.meta.business import Business
from plugins.sandbox.meta.nodes import Connection, Node, digits, edge, names
from plugins.sandbox.meta.parameters import Parameters
from plugins.sandbox.meta.refusals import invalid, no_permission
from plugins.sandbox.retailer import CURRENCY

MOST_AUDIENCES = 500
MOST_CALLS = 700_000
TERMS_NOT_ACCEPTED, CANNOT_BE_MADE = 1_870_090, 1_713_098
SOURCES = ("USER_PROVIDED_ONLY", "PARTNER_PROVIDED_ONLY", "BOTH_USER_AND_PARTNER_PROVIDED")


@dataclass
class AdAccount(Node):
    """The ad account, whose id begins with `act_`."""

    kind: ClassVar[str] = "AdAccount"
    callers: ClassVar[tuple[str, ...]] = ("system",)
    use: ClassVar[str] = "ads_management"
    known: ClassVar[frozenset[str]] = names("id account_id name currency account_status timezone_name tos_accepted")
    default: ClassVar[tuple[str, ...]] = ("account_id",)
    has_accepted_terms: bool = True

    def view(self, *, is_page: bool) -> dict[str, Any]:
        """Return what it is; the terms are there only once they were accepted."""
        return {
            "account_id": self.id.removeprefix("act_"),
            "name": "Rotonde",
            "currency": CURRENCY,
            "account_status": 1,
            "timezone_name": "Europe/Amsterdam",
            "tos_accepted": {"custom_audience_tos": 1} if self.has_accepted_terms else {},
        }


@dataclass
class AdAccountPaths(Business):
    """Answers the ad account, and makes, lists, changes and deletes audiences."""

    ad_account_id: str = field(default="act_1020304050", kw_only=True)

    def seed(self) -> None:
        """Start with an account that accepted the terms and holds no audience."""
        super().seed()
        self.account = self.add(AdAccount(self.ad_account_id))
        self.made_audiences = 0

    @override
    def calls_allowed(self, use: str) -> int:
        if use != "custom_audience":
            return super().calls_allowed(use)
        return min(super().calls_allowed(use) + 40 * len(self.of_kind[Audience]), MOST_CALLS)

    @override
    def use_of(self, node: Node | None, name: str, method: str) -> str:
        is_about_people = name in ("customaudiences", "usersofanyaudience")
        return "custom_audience" if is_about_people else super().use_of(node, name, method)

    @edge("AdAccount", "customaudiences")
    def list_audiences(self, node: AdAccount, parameters: Parameters) -> Connection:
        """List the audiences, newest first."""
        return Connection(self.every(Audience)[::-1])

    @edge("AdAccount", "customaudiences", "POST")
    def create_audience(self, node: AdAccount, parameters: Parameters) -> dict[str, str]:
        """Make an empty audience for uploads."""
        self.check_terms()
        name, source = parameters.text("name"), parameters.text("customer_file_source")
        if not name:
            raise invalid("The name of the audience is missing", CANNOT_BE_MADE)
        if parameters.text("subtype", "CUSTOM") != "CUSTOM" or not parameters.has("subtype"):
            raise invalid("Param subtype must be CUSTOM", CANNOT_BE_MADE)
        if source not in SOURCES:
            raise invalid(f"Param customer_file_source must be one of {{{', '.join(SOURCES)}}}", CANNOT_BE_MADE)
        if len(self.of_kind[Audience]) >= MOST_AUDIENCES:
            raise invalid("The ad account holds as many custom audiences as it may", CANNOT_BE_MADE)
        self.made_audiences += 1
        key = digits(f"audience {self.made_audiences}", 17)
        audience = self.add(Audience(key, self._number, name, self.clock(), customer_file_source=source))
        audience.description = parameters.text("description")
        audience.is_value_based = parameters.flag("is_value_based")
        return {"id": audience.id}

    @property
    def _number(self) -> str:
        return self.account.id.removeprefix("act_")

    @edge("CustomAudience", "", "POST")
    def update_audience(self, node: Audience, parameters: Parameters) -> dict[str, bool]:
        """Rename or describe an audience."""
        node.name = parameters.text("name", node.name)
        node.description = parameters.text("description", node.description)
        node.updated_at = self.clock()
        return {"success": True}

    @edge("CustomAudience", "", "DELETE")
    def delete_audience(self, node: Audience, parameters: Parameters) -> dict[str, bool]:
        """Remove an audience with everybody in it."""
        self.remove(node)
        return {"success": True}

    def check_terms(self) -> None:
        """Refuse as long as nobody accepted the terms of custom audiences for the account."""
        if not self.account.has_accepted_terms:
            text = "The terms of custom audiences were not accepted: https://business.facebook.com/ads/manage/customaudiences/tos"
            raise no_permission(text, subcode=TERMS_NOT_ACCEPTED)
