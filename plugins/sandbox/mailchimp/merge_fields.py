"""Merge fields: what an audience keeps of a contact, and which values it accepts."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from plugins.sandbox.mailchimp.problems import FieldError, invalid

KINDS = ("text", "number", "address", "phone", "date", "url", "imageurl", "radio", "dropdown", "birthday", "zip")
TAG_CHARACTERS = 10
TEXT_BYTES = 255
FIELDS_PER_AUDIENCE = 80
BIRTHDAY = re.compile(r"(0[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
URL = re.compile(r"https?://[^\s/]+\S*", re.I)
TAG = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass
class MergeField:
    """One merge field; its kind never changes."""

    merge_id: int
    tag: str
    name: str
    kind: str
    required: bool = False
    default_value: str = ""
    public: bool = False
    display_order: int = 0
    help_text: str = ""
    options: dict[str, Any] = field(default_factory=dict)

    def shown(self, list_id: str) -> dict[str, Any]:
        """Return the field as the API shows it."""
        body = {**vars(self), "type": self.kind, "list_id": list_id, "_links": []}
        return {key: value for key, value in body.items() if key != "kind"}

    def complaint(self, value: Any) -> str:
        """Return what is wrong with a value, an empty text when nothing is."""
        if value == "":
            return ""
        if self.kind == "number":
            return "" if _is_number(value) else "Please enter a number"
        if self.kind == "address":
            return "" if _is_address(value) else "Please enter a complete address"
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return "This value should be a text."
        return self._text_complaint(str(value))

    def _text_complaint(self, text: str) -> str:
        if self.kind == "birthday":
            return "" if BIRTHDAY.fullmatch(text) else "Please enter a month (01-12) and a day (01-31)"
        if self.kind == "date":
            return "" if _is_date(text) else "Please enter the date"
        if self.kind in ("url", "imageurl"):
            return "" if URL.fullmatch(text) else "Please enter a valid URL"
        if self.kind in ("radio", "dropdown") and text not in self.options.get("choices", ()):
            return "Please select one of the choices"
        return "" if len(text.encode()) <= TEXT_BYTES else f"Please enter at most {TEXT_BYTES} bytes"

    def stored(self, value: Any) -> Any:
        """Return the value as it is kept and shown."""
        if self.kind == "number":
            return _number(value) if value != "" else ""
        return value if self.kind == "address" else str(value)


def _is_number(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and math.isfinite(_number(value))
    except (TypeError, ValueError, OverflowError):
        return False


def _number(value: Any) -> int | float:
    number = float(value)
    return int(number) if number.is_integer() else number


def _is_address(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(part, str) for part in value.values()) and bool(value)


def _is_date(text: str) -> bool:
    try:
        return bool(DATE.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def guessed_kind(values: list[Any]) -> str:
    """Return the kind that fits every value a seeded audience holds."""
    filled = [value for value in values if value != ""]
    for kind in ("number", "address", "birthday", "date"):
        if filled and all(not MergeField(0, "", "", kind).complaint(value) for value in filled):
            return "text" if kind == "number" and any(isinstance(value, str) for value in filled) else kind
    return "text"


def value_errors(
    fields: Mapping[str, MergeField], sent: Mapping[str, Any], held: Mapping[str, Any], *, required: bool
) -> list[FieldError]:
    """Return what is wrong with the merge fields of a body; unknown tags are passed over in silence."""
    errors = []
    for tag, each in fields.items():
        value = sent.get(tag, held.get(tag, ""))
        if required and each.required and value in ("", None):
            errors.append(FieldError(tag, "This field should not be blank."))
        elif tag in sent and value is not None and (complaint := each.complaint(value)):
            errors.append(FieldError(tag, complaint))
    return errors


def read_field(body: Mapping[str, Any], merge_id: int, taken: Mapping[str, MergeField]) -> MergeField:
    """Return the field that a body asks for, or refuse it."""
    kind, name = body.get("type"), body.get("name")
    tag = str(body.get("tag") or f"MMERGE{merge_id}").upper()
    errors = [] if isinstance(name, str) and name else [FieldError("name", "This value should not be blank.")]
    if kind not in KINDS:
        errors.append(FieldError("type", f"This value should be one of: {', '.join(KINDS)}."))
    if len(tag) > TAG_CHARACTERS or not TAG.fullmatch(tag):
        errors.append(FieldError("tag", f"Merge tags are at most {TAG_CHARACTERS} letters, digits and underscores."))
    if errors:
        raise invalid(*errors)
    if tag in taken:
        raise invalid(detail=f'A Merge Field with the tag "{tag}" already exists for this list.')
    if len(taken) >= FIELDS_PER_AUDIENCE:
        raise invalid(detail="This audience has the maximum number of merge fields.")
    made = MergeField(merge_id, tag, str(name), str(kind), display_order=merge_id)
    amend_field(made, {**body, "type": None, "tag": None})
    return made


def amend_field(each: MergeField, body: Mapping[str, Any]) -> None:
    """Change what may be changed of a field."""
    if body.get("type") not in (None, each.kind):
        raise invalid(FieldError("type", "The type of a merge field cannot be changed."))
    kinds = {"name": str, "required": bool, "default_value": str, "public": bool, "display_order": int}
    for key, kind in {**kinds, "help_text": str, "options": dict}.items():
        if key in body and not isinstance(body[key], kind):
            raise invalid(FieldError(key, f"This value should be of type {kind.__name__}."))
        if key in body:
            setattr(each, key, body[key])
