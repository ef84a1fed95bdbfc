"""Doors with their secrets, and what honest senders would bring to them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from hypothesis import strategies as st

from plugins.wire.proofs import Incoming, Secrets, UnverifiedError
from plugins.wire.webhook_file import Hook
from plugins.wire.webhooks import Deliveries, NotedInMemory, Receiver

NOW = 1_800_000_000
SECRET, NEXT_SECRET, OTHER_SECRET = "sixteen signs, or more", "what takes its place", "what nobody gave us"
HEADER = "X-Signature"
SCHEMES = ("base64", "hex", "timed", "path")
SIGNED = tuple(each for each in SCHEMES if each != "path")
ANY_TEXT = st.text(st.characters(), max_size=120)  # of any sign there is, also those that no server lets through


def hook(scheme: str, **more: Any) -> Hook:
    proof = {"scheme": scheme} if scheme == "path" else {"scheme": scheme, "header": HEADER}
    if scheme == "hex":
        proof["prefix"] = "sha256="
    return Hook.model_validate({"proofs": [proof], **more})


def receiver(
    scheme: str, *secrets: str, deliveries: Deliveries | None = None, now: float = NOW, **more: Any
) -> Receiver:
    known = Secrets(path=secrets or (SECRET,)) if scheme == "path" else Secrets(signature=secrets or (SECRET,))
    return Receiver("shop", hook(scheme, **more), known, deliveries or NotedInMemory(), lambda: now)


def proof_of(scheme: str, body: bytes, secret: str = SECRET, at: int = NOW) -> str:
    """Return what an honest sender would show, made here once more and not by what is tested."""
    if scheme == "path":
        return secret
    signs = f"{at}.".encode() + body if scheme == "timed" else body
    mac = hmac.new(secret.encode(), signs, hashlib.sha256)
    told = {"base64": base64.b64encode(mac.digest()).decode(), "hex": f"sha256={mac.hexdigest()}"}
    return told.get(scheme) or f"t={at},v1={mac.hexdigest()}"


def posted(scheme: str, body: bytes, proof: str, *headers: tuple[str, str]) -> Incoming:
    if scheme == "path":
        return Incoming("POST", headers, body, secret=proof)
    return Incoming("POST", [(HEADER, proof), *headers], body)


def sent(scheme: str, body: bytes, *headers: tuple[str, str], **by: Any) -> Incoming:
    return posted(scheme, body, proof_of(scheme, body, **by), *headers)


def is_taken(door: Receiver, incoming: Incoming) -> bool:
    try:
        return bool(door.receive(incoming).ids)
    except UnverifiedError as error:
        assert (str(error), error.__cause__, error.__context__) == (str(UnverifiedError()), None, None)
        return False


BY_HEADER: dict[str, Any] = {
    "delivery": {"header": "X-Delivery"},
    "topic": {"header": "X-Topic"},
    "topics": {"customer.updated": {"customers": "id"}},
}


def told(number: int, topic: str = "customer.updated", key: Any = 7, scheme: str = "base64") -> Incoming:
    headers = (("X-Delivery", f"d-{number}"), ("X-Topic", topic))
    return sent(scheme, json.dumps({"id": key}).encode(), *headers)


def declared(scheme: str, **more: Any) -> Hook:
    streams: dict[str, set[str]] = {each: set() for each in ("customers", "comments", "posts")}
    said = hook(scheme).model_dump(exclude_unset=True)
    return Hook.model_validate({**said, **more}, context=streams)


def door(scheme: str = "base64", deliveries: Deliveries | None = None, name: str = "shop", **more: Any) -> Receiver:
    known = Secrets(signature=(SECRET,), path=(SECRET,), token=(SECRET,))
    return Receiver(name, declared(scheme, **more), known, deliveries or NotedInMemory(), lambda: NOW)


CHALLENGE = {
    "kind": "challenge",
    "echo": "hub.challenge",
    "token": "hub.verify_token",
    "given": {"hub.mode": "subscribe"},
}
