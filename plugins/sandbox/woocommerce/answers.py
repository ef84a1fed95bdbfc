"""How WordPress says no: one exception, and the refusals that more than one resource gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class WooError(Exception):
    """A refusal in the words of the shop; `data` is an object with the status unless the shop says otherwise."""

    def __init__(self, code: str, message: str, status: int = 400, data: Any = None, **more: Any) -> None:
        super().__init__(f"{status} {code}")
        self.code, self.message, self.status = code, message, status
        self.data = {"status": status, **more} if data is None else data

    @property
    def body(self) -> dict[str, Any]:
        """The error as the shop writes it."""
        return {"code": self.code, "message": self.message, "data": self.data}


def invalid_params(wrong: Mapping[str, tuple[str, str]]) -> WooError:
    """Refuse parameters; `wrong` gives the code and the message for each."""
    details = {name: {"code": code, "message": text, "data": None} for name, (code, text) in wrong.items()}
    params = {name: text for name, (_, text) in wrong.items()}
    names = ", ".join(wrong)
    return WooError("rest_invalid_param", f"Invalid parameter(s): {names}", params=params, details=details)


def missing_params(names: Iterable[str]) -> WooError:
    """Refuse a body without its required fields."""
    missing = list(names)
    message = f"Missing parameter(s): {', '.join(missing)}"
    return WooError("rest_missing_callback_param", message, params=missing)


def invalid_json() -> WooError:
    """Refuse a body that is not JSON."""
    data = {"status": 400, "json_error_code": 4, "json_error_message": "Syntax error"}
    return WooError("rest_invalid_json", "Invalid JSON body passed.", data=data)


def no_route() -> WooError:
    """Refuse a path or a method the shop does not have."""
    return WooError("rest_no_route", "No route was found matching the URL and request method.", 404)


def cannot_view() -> WooError:
    """Refuse a caller whom the shop does not know."""
    return WooError("woocommerce_rest_cannot_view", "Sorry, you cannot list resources.", 401)


def wrong_key(message: str) -> WooError:
    """Refuse a caller whose key is right and whose proof is not."""
    return WooError("woocommerce_rest_authentication_error", message, 401)


def too_many(most: int) -> WooError:
    """Refuse a batch that is too long."""
    message = f"Unable to accept more than {most} items for this request."
    return WooError("woocommerce_rest_request_entity_too_large", message, 413)


def trash_not_supported(plural: str) -> WooError:
    """Refuse a deletion without `force` where there is no trash."""
    return WooError("woocommerce_rest_trash_not_supported", f"{plural} do not support trashing.", 501)
