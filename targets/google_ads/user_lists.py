"""User lists: how people are written for Google, which requests bring them in and out, and what became of those."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from typing_extensions import override

from plugins.identifiers.wire_form import FORMS
from plugins.wire.audiences import Entry, Known, Platform, Said, Step
from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.retry import HopelessError, RefusedError
from plugins.wire.sending import LostError
from targets.google_ads.api import WHERE, Api

FORM = FORMS["google"]
ALONE = {"email": "emailAddress", "phone": "phoneNumber"}
ADDRESS = {"first_name": "givenName", "last_name": "familyName", "country": "regionCode", "postcode": "postalCode"}
"""An address finds nobody, and spoils its whole request, unless all four parts are there."""
COUNTRY = re.compile("[A-Z]{2}")
CONTACTS = "CONTACT_ID"
# Who is sent has a permit for this purpose, and it covers both: nobody goes out with one of them.
GRANTED = {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}
TERMS = {"customerMatchTermsOfServiceStatus": "ACCEPTED"}
DESCRIPTION = "Kept by Rotonde: what is changed by hand comes back."
PAGE = 1000
DAY_SECONDS = 86_400
INTERNAL = "INTERNAL_ERROR"
"""A failure of Google's own, which may pass."""


@dataclass
class UserLists(Platform):
    """The user lists for contact data of one Google Ads account."""

    api: Api
    size: int = 10_000
    together: int = 10
    days: int = 540
    """How long somebody stays in a list that is made here without being sent again."""
    _ids: dict[str, str] | None = None
    _shut: dict[str, str] = field(default_factory=dict)

    @override
    def known(self, row: Row) -> Known | None:
        fields = {"email": row.wire_id, **(row.payload.get("fields") or {})}
        written = {name: _hashed(name, fields.get(name)) for name in (*ALONE, *ADDRESS)}
        found: dict[str, Any] = {ALONE[name]: written[name] for name in ALONE if written[name]}
        if all(written[name] for name in ADDRESS) and COUNTRY.fullmatch(written["country"] or ""):
            found["address"] = {part: written[name] for name, part in ADDRESS.items()}
        return json.dumps({"v": FORM.version, **found}, separators=(",", ":")) if found else None

    @override
    def everywhere(self) -> Sequence[str]:
        return tuple(self._known_ids())

    @override
    def ready(self, audiences: Sequence[str]) -> Mapping[str, str]:
        known = self._known_ids()
        for name in audiences:
            if name not in known and name not in self._shut:
                known[name] = self._make(name)
        return {name: self._shut[name] for name in audiences if name in self._shut}

    @override
    def call(self, step: Step, entries: Sequence[Entry]) -> Call:
        known = self._known_ids()
        meant = {name for _, names in entries for name in names}
        body: dict[str, Any] = {
            "destinations": [self._destination(known[name]) for name in step.audiences if name in meant],
            "audienceMembers": [_member(person, [known[name] for name in names]) for person, names in entries],
            "encoding": "HEX",
        }
        if step.joins:
            body |= {"consent": GRANTED, "termsOfService": TERMS}
        verb = "ingest" if step.joins else "remove"
        return Call("POST", f"/v1/audienceMembers:{verb}", json.dumps(body, separators=(",", ":")).encode())

    @override
    def send(self, call: Call) -> Any:
        return self.api.send(call)

    @override
    def said(self, answer: Any, entries: Sequence[Entry]) -> Said:
        receipt = answer.get("requestId")
        if not receipt:
            raise LostError("an answer without the id of the request")
        return Said(receipt=str(receipt))

    @override
    def became(self, receipt: str) -> Outcome | None:
        query = urlencode({"requestId": receipt})
        try:
            told = self.api.send(Call("GET", f"/v1/requestStatus:retrieve?{query}", b""))
        except LostError:
            return None
        except RefusedError:
            return Outcome("unknown", "Google does not know the request any more")
        return outcome(told.get("requestStatusPerDestination") or ())

    def _destination(self, list_id: str) -> dict[str, Any]:
        login = {"loginAccount": _account(self.api.login)} if self.api.login else {}
        own = {"operatingAccount": _account(self.api.customer), **login}
        return {"reference": list_id, **own, "productDestinationId": list_id}

    @property
    def _path(self) -> str:
        return f"/v1/accountTypes/GOOGLE_ADS/accounts/{self.api.customer}/userLists"

    def _known_ids(self) -> dict[str, str]:
        """Return the id of each list by its name; looked up once in a run."""
        if self._ids is None:
            ids: dict[str, str] = {}
            for each in self._listed():
                name = str(each.get("displayName"))
                if why := _unfit(each):
                    self._shut[name] = why
                else:
                    ids[name] = str(each["id"])
            self._ids = ids
        return self._ids

    def _listed(self) -> Iterator[dict[str, Any]]:
        query: dict[str, Any] = {"pageSize": PAGE}
        while True:
            page = self._ask(Call("GET", f"{self._path}?{urlencode(query)}", b""))
            yield from page.get("userLists") or ()
            if not page.get("nextPageToken"):
                return
            query["pageToken"] = page["nextPageToken"]

    def _make(self, name: str) -> str:
        info = {"uploadKeyTypes": [CONTACTS], "contactIdInfo": {"dataSourceType": "DATA_SOURCE_TYPE_FIRST_PARTY"}}
        body = {
            "displayName": name, "description": DESCRIPTION, "membershipDuration": f"{self.days * DAY_SECONDS}s",
            "ingestedUserListInfo": info,
        }  # fmt: skip
        return str(self._ask(Call("POST", self._path, json.dumps(body).encode()))["id"])

    def _ask(self, call: Call) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = self.api.send(call)
        except (LostError, RefusedError) as error:
            raise HopelessError(f"{WHERE}: the user lists of the account: {error}; run again") from None
        return answer


def outcome(parts: Sequence[Mapping[str, Any]]) -> Outcome | None:
    """Return what became of everybody in a request: Google tells how many it did not take, and never whom."""
    states = {str(each.get("requestStatus")) for each in parts}
    if not states or not states <= {"SUCCESS", "PARTIAL_SUCCESS", "FAILED"}:
        return None
    if states == {"SUCCESS"}:
        return Outcome("accepted")
    lost = _lost(parts)
    told = ", ".join(f"{count} {reason}" for reason, count in sorted(lost.items())) or "no reason told"
    if states == {"FAILED"} and set(lost) != {INTERNAL}:
        return Outcome("rejected", f"Google took nobody: {told}")
    is_leaving = any("audienceMembersRemovalStatus" in each for each in parts)
    if "FAILED" in states or is_leaving:  # who is left behind must go again
        return Outcome("unknown", f"Google did not do all of it: {told}")
    return Outcome("accepted", f"Google did not take all: {told}")


def _lost(parts: Sequence[Mapping[str, Any]]) -> Counter[str]:
    lost: Counter[str] = Counter()
    for part in parts:
        for each in (part.get("errorInfo") or {}).get("errorCounts") or ():
            lost[str(each.get("reason")).removeprefix("PROCESSING_ERROR_REASON_")] += int(each.get("recordCount") or 0)
    return lost


def _member(known: Known, lists: Sequence[str]) -> dict[str, Any]:
    found = json.loads(known)
    identifiers = [{name: found[name]} for name in (*ALONE.values(), "address") if name in found]
    return {"destinationReferences": lists, "userData": {"userIdentifiers": identifiers}}


def _hashed(name: str, value: object) -> str | None:
    return FORM.wire(name, str(value)) if value else None


def _account(number: str) -> dict[str, str]:
    return {"accountType": "GOOGLE_ADS", "accountId": number}


def _unfit(told: Mapping[str, Any]) -> str:
    """Return why a list of that name cannot be used, empty where it can."""
    kinds = (told.get("ingestedUserListInfo") or {}).get("uploadKeyTypes") or ()
    if CONTACTS not in kinds:
        return "a user list of that name takes another kind of identifier"
    return "" if told.get("accessReason") in (None, "OWNED") else "a user list of that name belongs to another account"
