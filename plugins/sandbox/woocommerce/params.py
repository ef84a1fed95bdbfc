"""What a request may ask: parameters declared as data, and every mistake in a request named at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Request

from plugins.sandbox.woocommerce.answers import invalid_json, invalid_params, missing_params

Row = dict[str, Any]
DATE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)?")
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of a list, or one field of a body."""

    kind: str = "string"
    enum: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    default: Any = None


class Unfit(Exception):  # noqa: N818 - becomes one line of a `WooError`
    """Why one value is refused: its code and its message."""


def listed(words: Sequence[str]) -> str:
    """Write a list as WordPress does: `a, b, and c`."""
    if len(words) < 3:
        return " and ".join(words)
    return f"{', '.join(words[:-1])}, and {words[-1]}"


def read_query(request: Request, spec: Mapping[str, Param]) -> Row:
    """Return what the query asks for, defaults filled in; what `spec` does not know is ignored, as the shop does."""
    return _checked({name: _given(request.args, name, param) for name, param in spec.items()}, spec)


def check_body(body: Row, spec: Mapping[str, Param], required: Sequence[str] = ()) -> Row:
    """Return the known fields of a body in their types; unknown fields are ignored, as the shop does."""
    if missing := [name for name in required if name not in body]:
        raise missing_params(missing)
    sent = {name: param for name, param in spec.items() if name in body}
    return _checked({name: body[name] for name in sent}, sent, null_is_absent=False)


def read_body(request: Request) -> Row:
    """Return the parameters of a writing request: its query and its JSON or form body."""
    query = request.args.to_dict()
    if not (request.mimetype == "application/json" or request.mimetype.endswith("+json")):
        return query | request.form.to_dict()
    text = request.get_data(cache=True)
    try:
        body = json.loads(text) if text else {}
    except ValueError:
        raise invalid_json() from None
    return query | (body if isinstance(body, dict) else {})


def is_email(text: str) -> bool:
    """Tell whether WordPress would take this for an address."""
    return bool(EMAIL.fullmatch(text))


def gmt(text: str, zone: tzinfo) -> str:
    """Return a moment as the shop stores it; without an offset it is read in `zone`."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _given(args: MultiDict[str, str], name: str, param: Param) -> Any:
    if param.kind in {"array", "integers"} and (many := args.getlist(f"{name}[]")):
        return many
    return args.getlist(name)[-1] if name in args else None


def _checked(given: Mapping[str, Any], spec: Mapping[str, Param], null_is_absent: bool = True) -> Row:
    values: Row = {}
    wrong: dict[str, tuple[str, str]] = {}
    for name, value in given.items():
        if value is None and null_is_absent:
            values[name] = spec[name].default
            continue
        try:
            values[name] = _value(name, value, spec[name])
        except Unfit as reason:
            wrong[name] = reason.args
    if wrong:
        raise invalid_params(wrong)
    return values


def _value(name: str, given: Any, param: Param) -> Any:
    value = CASTS[param.kind](name, given)
    if param.enum and isinstance(value, list):
        for place, each in enumerate(value):
            _among(f"{name}[{place}]", each, param.enum)
    elif param.enum:
        _among(name, value, param.enum)
    if param.kind == "integer":
        _within(name, value, param)
    return value


def _among(name: str, value: str, enum: tuple[str, ...]) -> None:
    if value not in enum:
        raise Unfit("rest_not_in_enum", f"{name} is not one of {listed(enum)}.")


def _within(name: str, value: int, param: Param) -> None:
    least, most = param.least, param.most
    if least is not None and most is not None and not least <= value <= most:
        raise Unfit("rest_out_of_bounds", f"{name} must be between {least} (inclusive) and {most} (inclusive)")
    if least is not None and value < least:
        raise Unfit("rest_out_of_bounds", f"{name} must be greater than or equal to {least}")


def _of_type(name: str, kind: str) -> Unfit:
    return Unfit("rest_invalid_type", f"{name} is not of type {kind}.")


def _string(name: str, given: Any) -> str:
    if not isinstance(given, str):
        raise _of_type(name, "string")
    return given


def _amount(name: str, given: Any) -> str:
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise _of_type(name, "number,string")
    return str(given)


def _integer(name: str, given: Any) -> int:
    if isinstance(given, bool) or not re.fullmatch(r"-?\d+(\.0+)?", str(given)):
        raise _of_type(name, "integer")
    return int(float(given))


def _boolean(name: str, given: Any) -> bool:
    text = str(given).lower()
    if text not in {"true", "false", "1", "0"}:
        raise _of_type(name, "boolean")
    return text in {"true", "1"}


def _array(name: str, given: Any) -> list[Any]:
    if isinstance(given, str):
        return [word.strip() for word in given.split(",") if word.strip()]
    if not isinstance(given, list):
        raise _of_type(name, "array")
    return given


def _integers(name: str, given: Any) -> list[int]:
    return [_integer(f"{name}[{place}]", each) for place, each in enumerate(_array(name, given))]


def _object(name: str, given: Any) -> Row:
    if not isinstance(given, dict):
        raise _of_type(name, "object")
    return given


def _address(name: str, given: Any) -> Row:
    fields = _object(name, given)
    for key, value in fields.items():
        _string(f"{name}[{key}]", value)
    if "email" in fields and not is_email(fields["email"]):
        raise Unfit("rest_invalid_email", "Invalid email address.")
    return fields


def _address_or_nobody(name: str, given: Any) -> Row:
    """Read the address of an order, whose e-mail may be null; an empty text is no e-mail."""
    fields = _object(name, given)
    nobody = {"email": ""} if fields.get("email", "") is None else {}
    return _address(name, {key: value for key, value in fields.items() if key not in nobody}) | nobody


def _date(name: str, given: Any) -> str:
    text = str(given)
    try:
        if DATE.fullmatch(text) and datetime.fromisoformat(text):
            return text
    except ValueError:
        pass
    raise Unfit("rest_invalid_date", "Invalid date.")


def _nullable_date(name: str, given: Any) -> str | None:
    return None if given in (None, "") else _date(name, given)


def _email(name: str, given: Any) -> str:
    if not is_email(text := _string(name, given)):
        raise Unfit("rest_invalid_email", "Invalid email address.")
    return text


CASTS: dict[str, Callable[[str, Any], Any]] = {
    "string": _string,
    "amount": _amount,
    "integer": _integer,
    "boolean": _boolean,
    "array": _array,
    "integers": _integers,
    "object": _object,
    "address": _address,
    "address or nobody": _address_or_nobody,
    "date": _date,
    "date or null": _nullable_date,
    "email": _email,
}
