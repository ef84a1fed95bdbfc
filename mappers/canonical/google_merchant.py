"""Google Merchant Center's streams: nothing of them becomes a canonical record.

What Google says of a product is about its own copy: what the product is, costs and has in stock is said by the shop and
the till. A `product` made of it would be one more source that speaks of the catalogue, and no entity holds where an
offer is shown or why not. So both streams are read, counted as filtered, and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from mappers.canonical.reading import Maps, Reading
from mappers.canonical.vendor_record import VendorRecord
from plugins.store.entities import Record


def read_nothing(_record: VendorRecord, _reading: Reading) -> Iterator[Record]:
    """Filter it out: a statement of Google about its own copy."""
    return iter(())


STREAMS: dict[str, Maps] = {
    "product_statuses": Maps(read_nothing, ()),
    "product_issues": Maps(read_nothing, ()),
}
