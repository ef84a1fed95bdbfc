"""Google Merchant Center's streams in canonical records: what Google says is wrong with an item of ours.

Where a product is shown is about Google's own copy of it, and becomes nothing: what the product is, costs and has in
stock is said by the shop and the till.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from mappers.canonical.reading import Maps, Reading
from mappers.canonical.vendor_record import Unreadable, VendorRecord, required, rest, text
from plugins.store.codec import unchecked
from plugins.store.entities import ItemIssue, Record

KNOWS = (
    "product", "offerId", "code", "attribute", "reportingContext", "severity", "description", "applicableCountries",
)  # fmt: skip
# googleapis/googleapis:google/shopping/merchant/products/v1/products_common.proto
SEVERITIES = {"DISAPPROVED": "refused", "DEMOTED": "demoted", "NOT_IMPACTED": "noted"}


def read_nothing(_record: VendorRecord, _reading: Reading) -> Iterator[Record]:
    """Filter it out: a statement of Google about its own copy."""
    return iter(())


def issues(record: VendorRecord, reading: Reading) -> Iterator[Record]:
    """Give what is wrong with an item, in each place of Google's of its own."""
    severity = SEVERITIES.get(text(record, "severity") or "")
    if severity is None:
        raise Unreadable("unknown_value", "severity")
    code, attribute, place = required(record, "code"), text(record, "attribute"), text(record, "reportingContext")
    yield unchecked(ItemIssue)(
        source=reading.source,
        source_id=json.dumps([required(record, "product"), code, attribute, place], separators=(",", ":")),
        stream=reading.stream,
        seen_at=reading.seen_at,
        raw=rest(record, KNOWS),
        item_id=required(record, "offerId"),
        code=code,
        attribute=attribute,
        severity=severity,
        place=place,
        countries=record.get("applicableCountries") or [],
        description=text(record, "description"),
    )


STREAMS: dict[str, Maps] = {
    "product_statuses": Maps(read_nothing, ()),
    "product_issues": Maps(issues, (ItemIssue,)),
}
