"""Lead forms, and what people filled in; boxes for consent are told apart from the answers."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from typing_extensions import override

from plugins.sandbox.meta.instagram import InstagramPaths
from plugins.sandbox.meta.nodes import Connection, Node, edge, names, seconds, stamp
from plugins.sandbox.meta.page import newest
from plugins.sandbox.meta.parameters import Parameters
from plugins.sandbox.meta.posts import Page
from plugins.sandbox.meta.refusals import invalid

KEPT = timedelta(days=90)
PLATFORMS = {"facebook": "fb", "instagram": "ig"}
OPERATORS: dict[str, Callable[[int, int], bool]] = {
    "GREATER_THAN": operator.gt,
    "GREATER_THAN_OR_EQUAL": operator.ge,
    "LESS_THAN": operator.lt,
}


@dataclass
class Form(Node):
    """A form in adverts of the Page."""

    kind: ClassVar[str] = "LeadgenForm"
    use: ClassVar[str] = "leadgen"
    default: ClassVar[tuple[str, ...]] = ("name", "status", "locale")
    known: ClassVar[frozenset[str]] = names(
        "id name status locale created_time page_id leads_count organic_leads_count expired_leads_count legal_content"
    )
    page_id: str
    name: str
    at: datetime
    boxes: tuple[tuple[str, str], ...]
    locale: str
    leads: list[FilledIn] = field(default_factory=list)

    def view(self, *, is_page: bool) -> dict[str, Any]:
        """Return the form and how many filled it in."""
        boxes = [{"id": key, "key": key, "is_required": False, "text": text} for key, text in self.boxes]
        return {
            "name": self.name,
            "status": "ACTIVE",
            "locale": self.locale,
            "created_time": stamp(self.at),
            "page_id": self.page_id,
            "leads_count": len(self.leads),
            "organic_leads_count": sum(not each.ad_id for each in self.leads),
            "expired_leads_count": 0,
            "legal_content": {"custom_disclaimer": {"checkboxes": boxes}},
        }


@dataclass
class FilledIn(Node):
    """A form that somebody filled in."""

    kind: ClassVar[str] = "Lead"
    use: ClassVar[str] = "leadgen"
    default: ClassVar[tuple[str, ...]] = ("created_time", "field_data")
    known: ClassVar[frozenset[str]] = names(
        "id created_time ad_id ad_name adset_id adset_name campaign_id campaign_name form_id field_data "
        "custom_disclaimer_responses is_organic platform"
    )
    form: Form
    at: datetime
    answers: tuple[tuple[str, str], ...]
    boxes: tuple[tuple[str, bool], ...]
    platform: str
    ad_id: str = ""

    def view(self, *, is_page: bool) -> dict[str, Any]:
        """Return the answers; a box that was not ticked is there too, as an empty text."""
        ad = {"ad_id": self.ad_id, "ad_name": "Herfst", "adset_id": "602", "campaign_id": "603"} if self.ad_id else {}
        told: dict[str, Any] = {
            "created_time": stamp(self.at),
            "form_id": self.form.id,
            "field_data": [{"name": name, "values": [value]} for name, value in self.answers],
            "is_organic": not self.ad_id,
            "platform": self.platform,
        }
        boxes = [{"checkbox_key": key, "is_checked": "1" if ticked else ""} for key, ticked in self.boxes]
        return told | ad | ({"custom_disclaimer_responses": boxes} if boxes else {})


@dataclass
class Ad(Node):
    """An advert that carries forms."""

    kind: ClassVar[str] = "Ad"
    use: ClassVar[str] = "leadgen"
    known: ClassVar[frozenset[str]] = names("id name")

    def view(self, *, is_page: bool) -> dict[str, Any]:
        """Return its name."""
        return {"name": "Herfst"}


class LeadPaths(InstagramPaths):
    """Answers `/{page}/leadgen_forms`, `/{form}/leads`, `/{ad}/leads` and `/{lead}`."""

    def seed(self) -> None:
        """Fill the forms from what the retailer's people filled in."""
        super().seed()
        for form in self.retailer.lead_forms:
            self.add(Form(form.id, self.page_id, form.name, form.created_at, form.boxes, form.locale))
        for lead in self.retailer.leads:
            form_of = self.find(Form, lead.form_id)
            platform = PLATFORMS[lead.network]
            self.fill(FilledIn(lead.id, form_of, lead.at, lead.answers, lead.boxes, platform, lead.ad_id))

    @override
    def engaged(self, use: str) -> int:
        return len(self.of_kind[FilledIn]) if use == "leadgen" else super().engaged(use)

    def fill(self, lead: FilledIn) -> FilledIn:
        """Put a filled-in form where it belongs."""
        lead.form.leads.append(lead)
        if lead.ad_id and lead.ad_id not in self.nodes:
            self.add(Ad(lead.ad_id))
        return self.add(lead)

    @edge("Page", "leadgen_forms")
    def list_forms(self, node: Page, parameters: Parameters) -> Connection:
        """List the forms."""
        return Connection(self.every(Form))

    @edge("LeadgenForm", "leads")
    def list_leads(self, node: Form, parameters: Parameters) -> Connection:
        """List what people filled in, newest first, as far back as it is kept."""
        return self._filtered(node.leads, parameters)

    @edge("Ad", "leads")
    def list_leads_of_ad(self, node: Ad, parameters: Parameters) -> Connection:
        """List what people filled in below one advert."""
        return self._filtered([each for each in self.every(FilledIn) if each.ad_id == node.id], parameters)

    def _filtered(self, leads: list[FilledIn], parameters: Parameters) -> Connection:
        rows = newest([each for each in leads if each.at > self.clock() - KEPT], parameters)
        for rule in parameters.structure("filtering", list, []):
            rows = [each for each in rows if _fits(rule, seconds(each.at))]
        return Connection(rows)

    @edge("Lead", "", "DELETE")
    def delete_lead(self, node: FilledIn, parameters: Parameters) -> dict[str, bool]:
        """Forget what somebody filled in."""
        node.form.leads.remove(node)
        self.remove(node)
        return {"success": True}


def _fits(rule: Any, at: int) -> bool:
    told = rule if isinstance(rule, dict) else {}
    compare, value = OPERATORS.get(str(told.get("operator"))), str(told.get("value", ""))
    if told.get("field") != "time_created" or compare is None or not value.isdigit():
        raise invalid("Filtering field, operator or value is invalid")
    return compare(at, int(value))
