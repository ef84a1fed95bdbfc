"""What goes over the wire of promotions that anybody may use, what Google keeps, and what becomes of each row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugins.sandbox.google_merchant import GoogleMerchant
from plugins.wire.retry import HopelessError
from targets.google_merchant.promotions import NO_SOURCE
from tests.targets.google_merchant.stage import promoted, promotion
from tests.targets.kept import Kept

Config = dict[str, Any]
KEY = "nl~NL~HERFST"
INSERT = "POST .*promotions:insert"


def kept_as(vendor: GoogleMerchant) -> dict[str, Any]:
    told: dict[str, Any] = vendor.promotions[KEY]["attributes"]
    return told


def state(vendor: GoogleMerchant) -> str:
    status: str = vendor._promotion(KEY)["promotionStatus"]["destinationStatuses"][0]["status"]
    return status


def test_tells_of_a_promotion_on_the_web(vendor: GoogleMerchant, config: Config) -> None:
    assert promoted(config, promotion()).states == {"HERFST": "accepted"}
    assert json.loads(vendor.calls[-1].body) == {
        "promotion": {
            "promotionId": "HERFST", "contentLanguage": "nl", "targetCountry": "NL", "redemptionChannel": ["ONLINE"],
            "attributes": {
                "productApplicability": "ALL_PRODUCTS", "offerType": "NO_CODE", "longTitle": "10% korting",
                "promotionDestinations": ["SHOPPING_ADS", "FREE_LISTINGS"],
                "promotionEffectiveTimePeriod":
                    {"startTime": "2026-11-01T00:00:00Z", "endTime": "2026-11-30T00:00:00Z"},
                "couponValueType": "PERCENT_OFF", "percentOff": "10",
            },
        },
        "dataSource": "accounts/123456/dataSources/777",
    }  # fmt: skip
    assert state(vendor) == "LIVE"


def test_tells_of_a_promotion_in_shops_with_its_page(vendor: GoogleMerchant, config: Config) -> None:
    page = "https://shop.example/herfst"
    kept = promoted(config, promotion(places=["shop"], page=page, percent=None, minor=500, from_minor=10000))
    assert kept.states == {"HERFST": "accepted"}
    told = kept_as(vendor)
    assert (told["storeApplicability"], told["promotionUrl"]) == ("ALL_STORES", page)
    assert (told["couponValueType"], told["moneyOffAmount"]["amountMicros"]) == ("MONEY_OFF", "5000000")
    assert told["minimumPurchaseAmount"] == {"amountMicros": "100000000", "currencyCode": "EUR"}
    assert told["promotionDestinations"] == ["LOCAL_INVENTORY_ADS", "FREE_LOCAL_LISTINGS"]


def test_a_code_is_one_that_all_may_use(vendor: GoogleMerchant, config: Config) -> None:
    promoted(config, promotion(code="HERFST10", products="named"))
    told = kept_as(vendor)
    assert (told["offerType"], told["genericRedemptionCode"]) == ("GENERIC_CODE", "HERFST10")
    assert told["productApplicability"] == "SPECIFIC_PRODUCTS"


def test_a_promotion_is_changed_by_its_id_and_ends_by_its_end(vendor: GoogleMerchant, config: Config) -> None:
    over = "2026-11-20T11:59:00Z"
    promoted(config, promotion(), promotion("change", "2", title="20% korting", percent=20))
    assert kept_as(vendor)["percentOff"] == "20"
    assert promoted(config, promotion("remove", ends_at=over)).states == {"HERFST": "accepted"}
    assert (len(vendor.promotions), state(vendor)) == (1, "EXPIRED")


@pytest.mark.parametrize(
    "fields",
    [
        {"percent": None}, {"minor": 500}, {"title": "x" * 61}, {"id": "HERFST 26"}, {"id": "x" * 51},
        {"code": "x" * 21}, {"places": []}, {"places": ["street"]}, {"starts_at": "2026-11-01"},
        {"ends_at": "2026-10-01T00:00:00Z"}, {"percent": "10"}, {"tier": "gold"}, {"country": "nl"},
    ],
    ids=str,
)  # fmt: skip
def test_a_row_that_is_none_is_rejected_without_a_call_and_holds_up_nobody(
    vendor: GoogleMerchant, config: Config, fields: dict[str, Any]
) -> None:
    kept = promoted(config, promotion(key="bad", **fields), promotion())
    assert kept.states == {"bad": "rejected", "HERFST": "accepted"}
    assert kept.reasons["bad"] == "malformed payload"
    assert len([call for call in vendor.calls if "promotions" in call.path]) == 1


def test_a_country_that_the_data_source_is_not_for_is_rejected(vendor: GoogleMerchant, config: Config) -> None:
    assert promoted(config, promotion(country="DE")).reasons == {
        "HERFST": "HTTP 400 DATA_SOURCE_MISMATCH targetCountry"
    }


def test_promotions_wait_while_no_data_source_is_set(vendor: GoogleMerchant, config: Config) -> None:
    kept = promoted({**config, "promotion_data_source": ""}, promotion())
    assert (kept.states, kept.reasons) == ({"HERFST": "dropped"}, {"HERFST": NO_SOURCE})


def test_stops_when_the_data_source_takes_no_promotions(vendor: GoogleMerchant, config: Config) -> None:
    with pytest.raises(HopelessError, match="DATA_SOURCE_TYPE_NOT_SUPPORTED dataSource"):
        promoted({**config, "promotion_data_source": "555"}, promotion(), outbox=Kept())


def test_a_lost_answer_is_unknown_and_may_go_again(vendor: GoogleMerchant, config: Config) -> None:
    vendor.faults.add(match=INSERT, reset="after")
    assert promoted(config, promotion()).states == {"HERFST": "unknown"}
    assert promoted(config, promotion("change")).states == {"HERFST": "accepted"}
