"""Records as Tilroy tells them, and what is read of them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from mappers.canonical.reading import Reading
from mappers.canonical.tilroy import STREAMS
from plugins.store.entities import Record
from tests.making import checked

SEEN = datetime(2026, 3, 3, 4, 0, tzinfo=UTC)
ELS: dict[str, Any] = {
    "tilroyId": 880123,
    "customerCode": "C10023",
    "firstName": "Els",
    "middleName": "van",
    "surName": "Peeters",
    "email": "Els.Peeters@example.be",
    "mobileNumber": "0470112233",
    "cardNumber": "2055500001",
    "dateOfBirth": "14/02/1985",
    "language": "NL",
    "country": "BE",
    "postalCode": "2000",
    "active": True,
    "mergedId": None,
    "doNotEmail": False,
    "doNotCall": True,
    "bu": [{"id": 2820, "doMail": False, "doEmail": True, "doSms": False, "doReview": True}],
    "customerGroup": {"code": "VIP"},
    "extraCustomerGroups": [{"code": "STAFF"}, {"code": "VIP"}],
    "shopCreated": {"tilroyId": 87},
    "dateCreated": "2024-09-18T22:23:01.720Z",
    "dateUpdated": "",
    "dateDeleted": "",
    "dateExported": "2026-03-02T10:12:00.000Z",
    "customField1": "blue",
}
LINE: dict[str, Any] = {
    "idTilroySaleLine": "71",
    "lineNumber": 1,
    "sku": {"idTilroy": "1858943", "idSource": "SHOE-77 BLU 42"},
    "quantity": 2,
    "sellPrice": 79.95,
    "standardPrice": 89.95,
    "discountType": 3,
    "lineTotalSell": Decimal("159.90"),
    "lineTotalDiscount": 20.0,
    "vatPercentage": 21,
    "idSaleLineReturned": "",
}
SALE: dict[str, Any] = {
    "idTilroySale": "7",
    "saleDate": "2026-03-02T10:11:12.000",
    "timestamp": "2026-03-02T09:11:12.000Z",
    "shop": {"idTilroy": "87", "number": 101},
    "customer": {"idTilroy": "880123"},
    "customerEmail": "els.peeters@example.be",
    "customerCard": "NA",
    "customerFirstName": "Els",
    "channel": {"code": "TILL"},
    "currency": 1,
    "lines": [LINE],
}


def read(stream: str, record: dict[str, Any]) -> list[Record]:
    return checked(STREAMS[stream].read(record, Reading("tilroy", stream, SEEN)))


def one(stream: str, record: dict[str, Any]) -> Any:
    (made,) = read(stream, record)
    return made
