"""Who is asking: key and secret over https, one-legged OAuth 1.0a over plain http."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from werkzeug.wrappers import Request

from plugins.sandbox.woocommerce.answers import WooError, cannot_view, wrong_key

OAUTH_WINDOW_SECONDS = 15 * 60
DIGESTS = {"HMAC-SHA256": hashlib.sha256}


def scheme(request: Request) -> str:
    """Return the scheme the shop believes it was called with."""
    return request.headers.get("X-Forwarded-Proto", request.scheme)


def shop_url(request: Request) -> str:
    """Return the shop's own address as it prints it in links."""
    return f"{scheme(request)}://{request.host}{request.root_path.rstrip('/')}"


def refusal(request: Request, key: str, secret: str, at: datetime) -> WooError | None:
    """Return why the caller may not go on; None when it is who it says it is."""
    if scheme(request) != "https":
        return _oauth(request, key, secret, at)
    given_key, given_secret = _basic(request)
    if given_key != key:
        return cannot_view()
    if not hmac.compare_digest(given_secret.encode(), secret.encode()):
        return wrong_key("Consumer secret is invalid.")
    return None


def _basic(request: Request) -> tuple[str, str]:
    if "consumer_key" in request.args:
        return request.args["consumer_key"], request.args.get("consumer_secret", "")
    basic = request.authorization
    if basic is None or basic.type != "basic":
        return "", ""
    return basic.username or "", basic.password or ""


def _oauth(request: Request, key: str, secret: str, at: datetime) -> WooError | None:
    params = request.args.to_dict()
    if params.get("oauth_consumer_key") != key:
        return cannot_view()
    given = params.pop("oauth_signature", "").replace(" ", "+")
    if not hmac.compare_digest(given.encode(), _signature(request, params, secret).encode()):
        return wrong_key("Invalid signature - provided signature does not match.")
    stamp = params.get("oauth_timestamp", "")
    if not stamp.isdigit() or abs(int(stamp) - at.timestamp()) > OAUTH_WINDOW_SECONDS:
        return wrong_key("Invalid timestamp.")
    return None


def _signature(request: Request, params: Mapping[str, str], secret: str) -> str:
    digest = DIGESTS.get(params.get("oauth_signature_method", ""))
    if digest is None:
        return "\0"  # no signature is right under a method the shop does not speak
    query = "&".join(f"{_escape(name)}={_escape(value)}" for name, value in sorted(params.items()))
    url = f"{shop_url(request)}{request.path}"
    text = "&".join(map(_escape, (request.method, url, query)))
    return base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), digest).digest()).decode()


def _escape(text: str) -> str:
    return quote(text, safe="~")
