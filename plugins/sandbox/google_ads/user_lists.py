"""The user lists of the account: made, listed, changed and deleted."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from typing_extensions import override
from werkzeug.wrappers import Request, Response

from plugins.sandbox.google_ads.account import Account, body_of
from plugins.sandbox.google_ads.filters import matcher
from plugins.sandbox.google_ads.refusals import Refusal, missing, wrong
from plugins.sandbox.google_ads.shapes import checked, within
from plugins.sandbox.google_ads.user_list import DAYS_MOST, DEFAULT_DURATION, UserList
from plugins.sandbox.stand_in import json_response, route

PARENT = "/v1/accountTypes/<account_type>/accounts/<account_id>"
LISTS, ONE = f"{PARENT}/userLists", f"{PARENT}/userLists/<list_id>"
PAGE, LARGEST_PAGE = 50, 1000
WRITABLE = ("displayName", "description", "membershipStatus", "integrationCode", "membershipDuration")
FOR_PARTNERS = {"PAIR_ID", "PSEUDONYMOUS_ID"}
DAY_SECONDS = 86_400
SETTABLE = {name: name for name in WRITABLE} | {within("", name): name for name in WRITABLE}


class UserListPaths(Account):
    """Answers `/v1/accountTypes/GOOGLE_ADS/accounts/{id}/userLists`."""

    @override
    def seed(self) -> None:
        super().seed()
        self.lists: dict[str, UserList] = {}
        self.made_lists = 0

    @route(LISTS)
    def list_user_lists(self, request: Request, account_type: str, account_id: str) -> Response:
        """List them, as many as fit on a page."""
        self.check_parent(request, account_type, account_id)
        text = request.args.get("filter", "")
        matches = matcher(text)
        views = [each.view() for each in self.lists.values()]
        views = [each for each in views if matches(each)]
        first, size = _offset(request.args.get("pageToken", ""), text), _page_size(request.args.get("pageSize", ""))
        page: dict[str, Any] = {"userLists": views[first : first + size]} if views else {}
        if first + size < len(views):
            page["nextPageToken"] = _token(first + size, text)
        return json_response(page)

    @route(LISTS, "POST")
    def create_user_list(self, request: Request, account_type: str, account_id: str) -> Response:
        """Make an empty list."""
        self.check_parent(request, account_type, account_id)
        told = checked(body_of(request), "UserList")
        kept = {name: told[name] for name in WRITABLE if told.get(name)}
        kept = {"membershipStatus": "OPEN", "membershipDuration": DEFAULT_DURATION, **kept}
        self._check(kept)
        made = UserList("", f"accountTypes/{account_type}/accounts/{account_id}", kept)
        made.told["ingestedUserListInfo"] = _upload_info(told)
        if _only_validates(request):
            return json_response({})
        self.made_lists += 1
        made.id = str(9_000_000_000 + self.made_lists)
        self.lists[made.id] = made
        return json_response(made.view())

    @route(ONE)
    def get_user_list(self, request: Request, account_type: str, account_id: str, list_id: str) -> Response:
        """Return one."""
        self.check_parent(request, account_type, account_id)
        return json_response(self._found(list_id).view())

    @route(ONE, "PATCH")
    def update_user_list(self, request: Request, account_type: str, account_id: str, list_id: str) -> Response:
        """Change what the mask names; without one, all that was sent."""
        self.check_parent(request, account_type, account_id)
        found, told = self._found(list_id), checked(body_of(request), "UserList")
        sent = (within("", name) for name in told if name not in ("name", "id"))
        fields = [_settable(each) for each in (request.args.get("updateMask") or ",".join(sent)).split(",") if each]
        kept = {**found.told, **{name: told.get(name, "") for name in fields}}
        self._check(kept, found)
        if not _only_validates(request):
            found.told = kept
        return json_response({} if _only_validates(request) else found.view())

    @route(ONE, "DELETE")
    def delete_user_list(self, request: Request, account_type: str, account_id: str, list_id: str) -> Response:
        """Remove a list with everybody in it."""
        self.check_parent(request, account_type, account_id)
        self._found(list_id)
        if not _only_validates(request):
            del self.lists[list_id]
        return json_response({})

    def _found(self, list_id: str) -> UserList:
        if list_id not in self.lists:
            raise Refusal("NOT_FOUND", "Requested entity was not found.")
        return self.lists[list_id]

    def _check(self, kept: dict[str, Any], own: UserList | None = None) -> None:
        name, duration = kept.get("displayName"), str(kept["membershipDuration"])
        if not name:
            raise missing("user_list.display_name")
        if any(each.name == name for each in self.lists.values() if each is not own):
            raise wrong("user_list.display_name", "DISPLAY_NAME_ALREADY_USED")
        seconds = int(duration[:-1]) if re.fullmatch(r"\d+s", duration) else -1
        if seconds < 0 or seconds % DAY_SECONDS:
            raise wrong("user_list.membership_duration", "INVALID_ARGUMENT", "Whole days, in seconds.")
        if seconds > DAYS_MOST * DAY_SECONDS:
            raise wrong("user_list.membership_duration", "MEMBERSHIP_DURATION_TOO_LONG")


def _upload_info(told: dict[str, Any]) -> dict[str, Any]:
    info = told.get("ingestedUserListInfo") or {}
    path, kinds = "user_list.ingested_user_list_info", info.get("uploadKeyTypes") or []
    if not kinds or "UPLOAD_KEY_TYPE_UNSPECIFIED" in kinds:
        raise missing(f"{path}.upload_key_types")
    if FOR_PARTNERS & set(kinds):
        raise wrong(f"{path}.upload_key_types", "UNSUPPORTED_USER_LIST_UPLOAD_KEY_TYPES")
    mobile = info.get("mobileIdInfo") or {}
    if "MOBILE_ID" in kinds and not (mobile.get("keySpace") and mobile.get("appId")):
        raise missing(f"{path}.mobile_id_info")
    return dict(info)


def _settable(path: str) -> str:
    path = path.strip()
    if path in SETTABLE:
        return SETTABLE[path]
    is_fixed = path.startswith(("ingested_user_list_info", "ingestedUserListInfo", "id", "name"))
    raise wrong("update_mask", "IMMUTABLE_FIELD_FOR_UPDATE" if is_fixed else "INVALID_UPDATE_MASK")


def _only_validates(request: Request) -> bool:
    return request.args.get("validateOnly") == "true"


def _page_size(text: str) -> int:
    if not re.fullmatch(r"\d*", text):
        raise wrong("page_size", "INVALID_NUMBER_FORMAT")
    return min(int(text or 0) or PAGE, LARGEST_PAGE)


def _token(first: int, text: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([first, text]).encode()).decode()


def _offset(token: str, text: str) -> int:
    """Return where the page begins; a token goes with the filter it was given for."""
    if not token:
        return 0
    try:
        first, given = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        raise wrong("page_token", "INVALID_PAGE_TOKEN") from None
    if given != text:
        raise wrong("page_token", "INVALID_PAGE_TOKEN")
    return int(first)
