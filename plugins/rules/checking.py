"""A rule file's value as its model, or everything that is wrong with it in words."""

from __future__ import annotations

import re
from types import UnionType
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from plugins.rules.complaint import Complaint, did_you_mean
from plugins.rules.strict import FORMS
from plugins.rules.yaml_file import Path, Places

Model = TypeVar("Model", bound=BaseModel)

TYPES = {
    "string_type": ("should be a text", "put it in quotes"),
    "int_type": ("should be a whole number", "write a number without quotes"),
    "dict_type": ("should be a mapping", "write 'key: value' lines below it"),
    "model_type": ("should be a mapping", "write 'key: value' lines below it"),
    "model_attributes_type": ("should be a mapping", "write 'key: value' lines below it"),
    "list_type": ("should be a list", "write '- ' before each item"),
    "string_too_short": ("is empty", "write something"),
    "string_too_long": ("is too long", "write at most {max_length} letters"),
    "too_short": ("is empty", "write at least one"),
    "float_type": ("should be a number", "write a number without quotes"),
    "greater_than": ("is too small", "write more than {gt}"),
    "less_than": ("is too large", "write less than {lt}"),
    "greater_than_equal": ("is too small", "write at least {ge}"),
    "less_than_equal": ("is too large", "write at most {le}"),
    "string_pattern_mismatch": ("should be a name", "use small letters, digits and _"),
}


def checked(model: type[Model], value: Any, places: Places) -> tuple[Model | None, list[Complaint]]:
    """Return the model, or None and what is wrong."""
    try:
        return model.model_validate(value), []
    except ValidationError as mistakes:
        found = [_complaint(model, mistake, places) for mistake in mistakes.errors(include_url=False)]
        return None, list(dict.fromkeys(found))


def _complaint(model: type[BaseModel], mistake: ErrorDetails, places: Places) -> Complaint:
    is_key = mistake["loc"][-1:] == ("[key]",)
    told: Path = mistake["loc"][:-1] if is_key else mistake["loc"]
    path = tuple(part for part in told if part not in FORMS)
    last = str(next((part for part in reversed(path) if isinstance(part, str) and part != "any"), "the file"))
    kind, context = mistake["type"], mistake.get("ctx", {})
    if kind == "extra_forbidden":
        return places.complaint(places.key(path), f"{last}: unknown key", did_you_mean(last, _keys(model, path[:-1])))
    if kind == "missing":
        return places.complaint(places.value(path[:-1]), f"{last}: missing", "add it")
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", str(context["expected"]))
        what = f"{last}: unknown key" if is_key else f"{last}: '{mistake['input']}' is not known"
        return places.complaint(
            (places.key if is_key else places.value)(path), what, did_you_mean(str(mistake["input"]), known)
        )
    if kind == "value_error":
        what, _, cure = str(context["error"]).partition("; ")
    else:
        what, cure = TYPES.get(kind, ("cannot be read", "look at the examples"))
        cure = cure.format(**context)
    at = places.key(path) if is_key else places.value(path)
    return places.complaint(at, f"{last}: {what}", cure)


def _keys(model: Any, path: Path) -> list[str]:
    """Return the keys that a mapping at this path may have."""
    for step in path:
        fields = _fields(model)
        if fields:
            model = next((info.annotation for name, info in fields.items() if (info.alias or name) == step), None)
        else:
            model = next(reversed(get_args(model)), None)  # what a list or mapping holds
        if isinstance(model, UnionType):
            model = get_args(model)[0]
    return [info.alias or name for name, info in _fields(model).items()]


def _fields(model: Any) -> dict[str, Any]:
    if get_origin(model) is Annotated:  # of several forms the one that is a mapping
        inner = get_args(model)[0]
        return _fields(inner) or next(filter(None, map(_fields, get_args(inner))), {})
    return model.model_fields if isinstance(model, type) and issubclass(model, BaseModel) else {}
