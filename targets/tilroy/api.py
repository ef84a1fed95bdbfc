"""How one speaks to Tilroy: three keys, and what its answers and refusals say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import requests
from typing_extensions import override

from plugins.wire.outbox import Call
from plugins.wire.retry import RefusedError, TransientError
from plugins.wire.sending import LostError, Sender

WHERE = "target-tilroy"
PRODUCTION = "https://api.tilroy.com"
PERSONAL = "/customerapi/production/customers/"
"""Paths under it need the bearer; no other call shows it."""
POINTS = "/voucherapi/production/loyalty/points"
REDEEM = "/voucherapi/production/loyalty/redeem"
ORDERS = "/orderapi/production/orders"
ONCE = (POINTS, REDEEM, ORDERS)
"""Sent twice they have two effects."""
CODE = re.compile(r"[A-Za-z]{1,40}|\d{3}")


class Api(Sender):
    """Speaks to one tenant."""

    where = WHERE

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(str(config.get("api_url") or PRODUCTION), config)
        self.keys = {"Tilroy-Api-Key": str(config["tenant_key"]), "x-api-key": str(config["gateway_key"])}
        self.bearer = {"Authorization": f"Bearer {config['bearer_token']}"}
        self.session.auth = self._sign

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self.keys | (self.bearer if PERSONAL in request.path_url else {}))
        return request

    @override
    def read(self, call: Call, response: requests.Response) -> Any:
        code = error_code(response)
        if response.status_code == 404 and code:  # without Tilroy's own words it is a wrong address
            raise RefusedError(self.complaint(response), 404)
        if response.ok and code:
            raise LostError(f"HTTP {response.status_code} with an error in it")
        if response.ok and call.method != "GET" and call.path not in ONCE:
            if "html" in response.headers.get("Content-Type", ""):
                raise LostError(f"HTTP {response.status_code} with a page instead of an answer")
            return None  # what is set is set; some services say so in a word, others in silence
        try:
            return super().read(call, response)
        except TransientError:
            if call.path in ONCE and response.status_code != 429:  # Tilroy may have acted before it failed
                raise LostError(f"HTTP {response.status_code}") from None
            raise

    @override
    def complaint(self, response: requests.Response) -> str:
        """Return status and code; Tilroy's message may name a person and is dropped."""
        return f"HTTP {response.status_code} {error_code(response)}".rstrip()


def error_code(response: requests.Response) -> str:
    """Return the code of a service's own error, `{code, message}`; empty for every other answer."""
    try:
        body = response.json()
    except ValueError:
        return ""
    if not isinstance(body, dict) or not {"code", "message"} <= body.keys():
        return ""
    return str(body["code"]) if CODE.fullmatch(str(body["code"])) else "refused"
