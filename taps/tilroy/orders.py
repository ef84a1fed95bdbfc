"""Orders of webshops and of other systems, and what was sent of them."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from singer_sdk import StreamSchema
from singer_sdk.helpers.types import Context
from singer_sdk.pagination import SinglePagePaginator
from singer_sdk.streams.rest import HTTPRequest, PageContext
from typing_extensions import override

from taps.tilroy.rest import SCHEMAS, ChangesSince, Row, TilroyStream, UntilEmpty

DISPATCHED = "D"
"""Status of a line that was sent."""


class Dispatches(TilroyStream[int]):
    """What was sent of one order, with its parcels; Tilroy tells it only of an order that is named."""

    name = "dispatches"
    path = "/orderapi/production/dispatches"
    schema: ClassVar[dict[str, Any]] = {"type": "object", "properties": {}}
    is_empty_when_absent = True

    @override
    def get_new_paginator(self) -> SinglePagePaginator:
        return SinglePagePaginator()

    @override
    def get_http_request(self, *, page: PageContext[int]) -> HTTPRequest:
        request = super().get_http_request(page=page)
        request.params = {"orderNumber": (page.stream_context or {}).get("orderNumber")}
        return request


class Orders(ChangesSince):
    """Orders of webshops and of other systems, anew each time something becomes of one; who ordered stays behind.

    One of another system of which something was sent comes with its parcels.
    """

    name = "orders"
    path = "/orderapi/production/export/orders"
    primary_keys = ("orderNumber",)
    schema = StreamSchema(SCHEMAS)

    @override
    def get_new_paginator(self) -> UntilEmpty:
        return UntilEmpty(1)

    @override
    def post_process(self, row: Row, context: Context | None = None) -> Row:
        known = self.schema["properties"]
        kept = {name: value for name, value in row.items() if name in known}
        return super().post_process(kept | self._sent(kept), context)

    def _sent(self, order: Row) -> Row:
        """Return what was sent of an order that another system placed; who looks at a label is not our business."""
        lines = (each for each in order.get("lines") or () if isinstance(each, dict))
        if not order.get("externalReference") or not any(each.get("status") == DISPATCHED for each in lines):
            return {}
        found = self.dispatches.request_records({"orderNumber": order.get("orderNumber")})
        return {"dispatches": [_dispatch(each) for each in found]}

    @cached_property
    def dispatches(self) -> Dispatches:
        """Return where it is looked up what was sent of single orders."""
        return Dispatches(self._tap)


def _dispatch(sent: Row) -> Row:
    """Return when and how something was sent, and under which numbers; labels name the addressee."""
    parcels = (each for each in sent.get("parcels") or () if isinstance(each, dict))
    codes = [{"tracking": {"code": (each.get("tracking") or {}).get("code")}} for each in parcels]
    return {"date": sent.get("date"), "method": sent.get("method"), "parcels": codes}
