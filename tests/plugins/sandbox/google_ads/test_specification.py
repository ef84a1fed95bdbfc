"""Every answer fits the vendor's own specification, where that lies beside the repository."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from plugins.sandbox.google_ads.members import DENIED as DENIED_CONSENT
from plugins.sandbox.google_ads.members import KEY_TYPES
from plugins.sandbox.google_ads.members import NONE as NO_CONSENT
from plugins.sandbox.google_ads.members import UNKNOWN as UNKNOWN_CONSENT
from plugins.sandbox.google_ads.shapes import MESSAGES
from plugins.sandbox.google_ads.taken import INTERNAL, MATCHED
from tests.plugins.sandbox.google_ads.contract import GOLD, IDS, MOBILE, OWN_ID, PHONES, ROWS
from tests.plugins.sandbox.google_ads.stage import (
    ANN,
    BEN,
    DENIED,
    EVENTS,
    GRANTED,
    INGEST,
    REMOVE,
    REMOVE_ALL,
    STATUS,
    Caller,
    event,
    joining,
    leaving,
    member,
    sales,
    to,
)
from tests.plugins.sandbox.google_ads.test_contract import KINDS

FILE = Path(__file__).parents[5] / "shared/specs/google_data_manager/datamanager-v1.json"
PACKAGE = "google.ads.datamanager.v1."
PLAIN = {
    "string": (str,), "bool": (bool,), "double": (float, int), "int32": (int,), "google.protobuf.Timestamp": (str,),
    "google.protobuf.Duration": (str,),
}  # fmt: skip
OURS = {
    "Ingest": "IngestAudienceMembersRequest", "Remove": "RemoveAudienceMembersRequest", "Terms": "TermsOfService",
    "RemoveAll": "RemoveAllAudienceMembersRequest", "IngestEvents": "IngestEventsRequest", "Account": "ProductAccount",
    "Address": "AddressInfo", "Cart": "CartData", "Properties": "UserProperties", "Location": "EventLocation",
    "UploadInfo": "IngestedUserListInfo", "Source": "ContactIdInfo", "MobileSource": "MobileIdInfo",
}  # fmt: skip
"""Messages that are called otherwise here."""


@pytest.fixture(scope="module")
def specification() -> dict[str, Any]:
    if not FILE.exists():
        pytest.skip("shared/specs/google_data_manager is not beside the repository")
    found: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return found


def problems(specification: dict[str, Any], kind: str, value: Any, path: str = "$") -> Iterator[str]:
    """Give where a value leaves the message of that name."""
    if kind in PLAIN:
        if not isinstance(value, PLAIN[kind]):
            yield f"{path}: no {kind}"
    elif kind == "int64":
        if not (isinstance(value, str) and re.fullmatch(r"-?\d+", value)):
            yield f"{path}: int64 travels as text"
    elif kind in specification["enums"]:
        if value not in specification["enums"][kind]:
            yield f"{path}: no word of {kind}"
    else:
        yield from inner(specification, specification["schemas"][kind]["properties"], value, path)


def inner(specification: dict[str, Any], properties: dict[str, Any], value: Any, path: str) -> Iterator[str]:
    for name, each in value.items():
        field = properties.get(name)
        if field is None:
            yield f"{path}.{name}: not documented"
            continue
        for one in each if field.get("repeated") else [each]:
            yield from problems(specification, field["type"], one, f"{path}.{name}")


def method_of(specification: dict[str, Any], method: str, path: str) -> dict[str, Any] | None:
    """Return the documented method that a call is one of."""
    for each in specification["methods"]:
        template = re.sub(r"\{[\w.]+=([^}]+)\}", r"\1", each["path"])
        pattern = re.escape(template).replace(r"\*", "[^/]+")
        if each["httpMethod"] == method and re.fullmatch(pattern, path):
            found: dict[str, Any] = each
            return found
    return None


def answers() -> Iterator[tuple[str, str, Any]]:
    """Give every answer that is no refusal: of the contract, and what becomes of requests of every kind."""
    for row in ROWS:
        if not row.reason:
            caller = ready()
            yield row.method, urlsplit(row.path).path, caller.call(row.method, row.path, row.body).json
    for path, body in (
        (INGEST, joining(GOLD, member(ANN), member(BEN, consent=DENIED))),
        (INGEST, joining(PHONES, MOBILE)),
        (INGEST, joining(IDS, OWN_ID)),
        (INGEST, joining(GOLD, {"compositeData": member(ANN)})),
        (INGEST, joining(GOLD, member(ANN), consent=DENIED)),
        (REMOVE, leaving(GOLD, member(ANN))),
        (REMOVE, leaving(PHONES, MOBILE)),
        (REMOVE, leaving(IDS, OWN_ID)),
        (REMOVE_ALL, {"destinations": [to(GOLD, "all")]}),
        (EVENTS, sales(event(), event(consent=GRANTED))),
    ):
        caller = ready()
        answer = caller.post(path, body)
        yield "GET", STATUS, caller.get(f"{STATUS}?requestId={answer['requestId']}")
        yield "GET", STATUS, {"requestStatusPerDestination": caller.done(answer)}


def ready() -> Caller:
    caller = Caller()
    for name, kind in KINDS.items():
        caller.list(name, kind)
    return caller


def test_every_answer_fits_the_specification(
    specification: dict[str, Any], record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    checked, wrong = set(), []
    for method, path, body in answers():
        operation = method_of(specification, method, path)
        assert operation, f"{method} {path} is not documented"
        checked.add(operation["id"])
        if operation["response"].startswith(PACKAGE):
            wrong += [f"{operation['id']}: {each}" for each in problems(specification, operation["response"], body)]
        else:
            assert body == {}
    assert not wrong, "\n".join(sorted(set(wrong)))
    record_property("operations checked", len(checked))
    with capsys.disabled():
        sys.stdout.write(f"[{len(checked)} operations checked]")
    assert len(checked) == 10


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_takes_exactly_the_fields_of_the_specification(specification: dict[str, Any], name: str) -> None:
    documented = set(specification["schemas"][PACKAGE + OURS.get(name, name)]["properties"])
    assert set(MESSAGES[name]) == documented


def test_knows_every_word_of_the_specification(specification: dict[str, Any]) -> None:
    for name, fields in MESSAGES.items():
        for field, kind in fields.items():
            words = kind[0] if isinstance(kind, list) else kind
            if isinstance(words, set):
                properties = specification["schemas"][PACKAGE + OURS.get(name, name)]["properties"]
                assert words == set(specification["enums"][properties[field]["type"]]), (name, field)


def test_every_reason_of_a_refusal_is_one_of_the_vendors(specification: dict[str, Any]) -> None:
    enums = specification["enums"]
    assert {row.reason for row in ROWS if row.reason} <= set(enums[PACKAGE + "ErrorReason"])
    assert {DENIED_CONSENT, NO_CONSENT, UNKNOWN_CONSENT, INTERNAL} <= set(enums[PACKAGE + "ProcessingErrorReason"])
    assert MATCHED in enums[PACKAGE + "MatchRateRange"]
    assert set(KEY_TYPES.values()) <= set(enums[PACKAGE + "IngestedUserListInfo.UploadKeyType"])
