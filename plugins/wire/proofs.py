"""Whether a request comes from whom it should: a signature over its bytes, or a secret in its address.

What was sent is compared as it stands, in constant time, with what it should be; nothing in it is mended first.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from plugins.wire.retry import HopelessError, WireError
from plugins.wire.webhook_file import Proof

LARGEST_BYTES = 4 << 20
"""A larger body is refused before it is looked at."""
TOLERANCE_SECONDS = 300
"""How far the moment that a sender signed may lie from ours, either way."""
SHORTEST_SECRET = 16
STAMP = re.compile(r"t=([1-9][0-9]{0,11}),")
Pairs = Sequence[tuple[str, str]]


class UnverifiedError(WireError):
    """A request that is not taken. It says the same whatever was wrong, and nothing of what was sent."""

    def __init__(self) -> None:
        super().__init__("webhook: not accepted; see that the sender has the right secret, address, clock and size")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as it came: the raw bytes, and each header and parameter as often as it stood there."""

    method: str
    headers: Pairs = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    query: Pairs = field(default=(), repr=False)
    secret: str = field(default="", repr=False)
    """The part of the path that is secret."""

    def header(self, name: str) -> str:
        """Return a header that stands there once; of one that is missing or doubled, nothing."""
        return _only(value for each, value in self.headers if each.lower() == name.lower())

    def parameter(self, name: str) -> str:
        """Return a parameter of the query that stands there once, or nothing."""
        return _only(value for each, value in self.query if each == name)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a sender and we know; of each kind several may hold at once, while one takes the place of another."""

    signature: Sequence[str] = field(default=(), repr=False)
    path: Sequence[str] = field(default=(), repr=False)
    token: Sequence[str] = field(default=(), repr=False)
    """What a vendor repeats when it tries the address."""

    def __post_init__(self) -> None:
        if any(len(each) < SHORTEST_SECRET for each in (*self.signature, *self.path, *self.token)):
            raise HopelessError(f"webhook: a secret is too short; make it of {SHORTEST_SECRET} signs or more")

    def of(self, proof: Proof) -> Sequence[str]:
        """Return the secrets that a proof can be made with."""
        return self.path if proof.scheme == "path" else self.signature


def signed(secret: str, body: bytes, at: int) -> str:
    """Return what a sender that signs the moment puts into its header; `at` is in Unix seconds."""
    return f"t={at},v1={_mac(secret, f'{at}.'.encode(), body).hex()}"


def proven(proofs: Iterable[Proof], incoming: Incoming, secrets: Secrets, now: float) -> str:
    """Return the moment that was signed with the body, as it was written, or nothing where none is.

    Raises UnverifiedError where the body is too large or one proof does not hold.
    """
    if len(incoming.body) > LARGEST_BYTES:
        raise UnverifiedError
    stamps = [_proven(proof, incoming, secrets.of(proof), now) for proof in proofs if _is_due(proof, secrets)]
    return "".join(stamps)


def _is_due(proof: Proof, secrets: Secrets) -> bool:
    return bool(secrets.of(proof)) or not proof.optional


def _proven(proof: Proof, incoming: Incoming, known: Sequence[str], now: float) -> str:
    given = incoming.secret if proof.scheme == "path" else incoming.header(proof.header or "")
    stamp = STAMP.match(given) if proof.scheme == "timed" else None
    at = stamp[1] if stamp else ""
    if not is_one_of(given, [_expected(proof, each, incoming.body, at) for each in known]):
        raise UnverifiedError
    if proof.scheme == "timed" and not abs(now - int(at or 0)) <= TOLERANCE_SECONDS:
        raise UnverifiedError
    return at


def is_one_of(given: str, known: Iterable[str]) -> bool:
    """Compare with every secret there is, in constant time, whichever fits."""
    return True in [hmac.compare_digest(_octets(given), _octets(each)) for each in known]


def _expected(proof: Proof, secret: str, body: bytes, at: str) -> str:
    if proof.scheme == "path":
        return secret
    if proof.scheme == "timed":
        return signed(secret, body, int(at or 0))
    mac = _mac(secret, body)
    return proof.prefix + (mac.hex() if proof.scheme == "hex" else base64.b64encode(mac).decode())


def _mac(secret: str, *parts: bytes) -> bytes:
    made = hmac.new(_octets(secret), digestmod=hashlib.sha256)
    for each in parts:
        made.update(each)
    return made.digest()


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # a header may hold anything


def _only(values: Iterable[str]) -> str:
    found = list(values)
    return found[0] if len(found) == 1 else ""
