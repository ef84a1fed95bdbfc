"""Values of apps on records: read with the record, set by the twenty-five, all or none."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from graphql import GraphQLError

from plugins.sandbox.shopify.account import Account
from plugins.sandbox.shopify.connections import Connection, connect
from plugins.sandbox.shopify.names import decimal, gid, moment, parted
from plugins.sandbox.shopify.refusals import Refused, UserError, access_denied
from plugins.sandbox.shopify.scopes import kept_with

APP_NAMESPACE = "app--1001"
MOST_AT_ONCE = 25
CHECKS: dict[str, Any] = {
    "single_line_text_field": lambda text: "\n" not in text,
    "multi_line_text_field": lambda _text: True,
    "number_integer": lambda text: re.fullmatch(r"-?\d{1,16}", text),
    "number_decimal": decimal,
    "boolean": lambda text: text in ("true", "false"),
    "date": lambda text: re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) and moment(text),
    "date_time": moment,
    "json": json.loads,
    "url": lambda text: re.match(r"https?://", text),
    "list.single_line_text_field": lambda text: isinstance(json.loads(text), list),
}


@dataclass
class Metafield:
    """One value under its namespace and key."""

    typename: ClassVar[str] = "Metafield"
    serial: int
    namespace: str
    key: str
    type: str
    value: str
    created_at: datetime
    updated_at: datetime

    @property
    def id(self) -> str:
        """The global id."""
        return gid(self.typename, self.serial)

    @property
    def legacy_resource_id(self) -> int:
        """The number of old."""
        return self.serial

    @property
    def compare_digest(self) -> str:
        """What a writer sends back to prove that nothing changed meanwhile."""
        return hashlib.sha256(f"{self.type}\n{self.value}".encode()).hexdigest()


@dataclass(eq=False)
class Record:
    """What every record with metafields has."""

    typename: ClassVar[str] = ""
    serial: int
    created_at: datetime
    updated_at: datetime
    kept: dict[tuple[str, str], Metafield] = field(default_factory=dict, kw_only=True)

    @property
    def id(self) -> str:
        """The global id."""
        return gid(self.typename, self.serial)

    @property
    def legacy_resource_id(self) -> int:
        """The number of old."""
        return self.serial

    def metafield(self, key: str, namespace: str | None = None) -> Metafield | None:
        """Return one metafield."""
        return self.kept.get((namespace or APP_NAMESPACE, key))

    def metafields(self, namespace: str | None = None, keys: list[str] | None = None, **page: Any) -> Connection:
        """Return the metafields of a namespace, or those under full keys."""
        rows = [each for each in self.kept.values() if namespace in (None, each.namespace)]
        return connect([each for each in rows if keys is None or f"{each.namespace}.{each.key}" in keys], **page)


class MetafieldMutations(Account):
    """Sets and deletes metafields."""

    def mutate_metafields_set(self, metafields: list[dict[str, Any]]) -> dict[str, Any]:
        """Set up to twenty-five; one that is wrong keeps all of them out."""
        if len(metafields) > MOST_AT_ONCE:
            message = f"Exceeded the maximum metafields input limit of {MOST_AT_ONCE}."
            raise Refused([UserError(["metafields"], message, "LESS_THAN_OR_EQUAL_TO")])
        errors = [error for at, each in enumerate(metafields) for error in self._wrong_metafield(at, each)]
        if errors:
            raise Refused(errors)
        return {"metafields": [self._set_metafield(each) for each in metafields]}

    def mutate_metafields_delete(self, metafields: list[dict[str, Any]]) -> dict[str, Any]:
        """Take metafields away; those that are not there come back as null."""
        deleted = []
        for each in metafields:
            owner = self._owner(each["ownerId"])
            gone = owner.kept.pop((each["namespace"], each["key"]), None) if isinstance(owner, Record) else None
            deleted.append(each if gone else None)
        return {"deletedMetafields": deleted}

    def _owner(self, key: str) -> Any:
        """Return the record of an id; a discount stands behind its node."""
        found = self.query_node(key)
        return getattr(found, "discount_of", found)

    def _wrong_metafield(self, at: int, given: dict[str, Any]) -> list[UserError]:
        path, owner = ["metafields", str(at)], self._owner(given["ownerId"])
        if not isinstance(owner, Record):
            return [UserError([*path, "ownerId"], "Owner does not exist.", "INVALID", at)]
        if (scope := kept_with(parted(given["ownerId"])[0])) not in self.scopes and not self.replaying:
            raise access_denied("metafieldsSet", scope)
        if len(namespace := given.get("namespace") or APP_NAMESPACE) < 3:
            return [
                UserError([*path, "namespace"], "Namespace is too short (minimum is 3 characters)", "TOO_SHORT", at)
            ]
        held = owner.metafield(given["key"], namespace)
        kind = given.get("type") or (held.type if held else "")
        if not given["value"]:
            return [UserError([*path, "value"], "Value can't be blank.", "BLANK", at)]
        if not kind:
            return [UserError([*path, "type"], "Type can't be blank.", "BLANK", at)]
        if kind not in CHECKS or (held and held.type != kind):
            return [UserError([*path, "type"], f"Type '{kind}' is not the type of this metafield.", "INVALID_TYPE", at)]
        if not _fits(kind, given["value"]):
            return [UserError([*path, "value"], f"Value is invalid for type '{kind}'.", "INVALID_VALUE", at)]
        if "compareDigest" in given and given["compareDigest"] != (held.compare_digest if held else None):
            message = "The resource has been updated since it was loaded. Try again with an updated `compareDigest`."
            return [UserError(path, message, "STALE_OBJECT", at)]
        return []

    def _set_metafield(self, given: dict[str, Any]) -> Metafield:
        owner, now = self._owner(given["ownerId"]), self.clock()
        place = (given.get("namespace") or APP_NAMESPACE, given["key"])
        held = owner.kept.get(place)
        if held is None:
            number = self.new_number("Metafield")
            held = owner.kept[place] = self.keep(Metafield(number, *place, given["type"], given["value"], now, now))
        elif held.value != given["value"]:
            held.value, held.updated_at = given["value"], now
        owner.updated_at = now
        return held  # type: ignore[no-any-return]


def _fits(kind: str, text: str) -> bool:
    try:
        return CHECKS[kind](text) not in (False, None)
    except (ValueError, GraphQLError):
        return False
