"""What a vendor's deliveries look like and what they are about, as `webhook.yml` beside its tap says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from plugins.wire.retry import HopelessError

FILE = "webhook.yml"
KEY = "{key}"
OTHERWISE = "see docs/webhooks.md"


def _as_list(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


def _known(stream: str, context: ValidationInfo) -> str:
    streams = context.context or {}
    if stream not in streams:
        raise ValueError(f"the tap has no such stream; use one of {', '.join(sorted(streams))}")
    return stream


Header = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$", max_length=100)]
Place = Annotated[str, Field(pattern=r"^[^\s.]+(\.[^\s.]+)*$", max_length=200)]
"""Names with dots between them: `data.email` is `email` in `data`."""
Places = Annotated[list[Place], BeforeValidator(_as_list), Field(min_length=1)]
Stream = Annotated[str, AfterValidator(_known)]
Days = Annotated[int, Field(ge=1)]


class Strict(BaseModel):
    """Unknown keys are refused, and nothing is guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Proof(Strict):
    """How a delivery proves whom it is from: an HMAC-SHA-256 in a header, or a secret in the path."""

    scheme: Literal["base64", "hex", "timed", "path"]
    header: Header | None = None
    prefix: str = Field("", description="what stands before the signature")
    optional: bool = Field(False, description="asked for only where its secret is known")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.scheme == "path") == bool(self.header):
            raise ValueError("a signature needs a header and a path has none; add or remove it")
        if self.prefix and self.scheme not in ("base64", "hex"):
            raise ValueError("a prefix is for base64 and hex; remove it")
        return self


class Told(Strict):
    """Where something stands: in one header, or in the body."""

    header: Header | None = None
    body: Places | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.header is None) == (self.body is None):
            raise ValueError("it is in a header or in the body; name one of them")
        return self


class Challenge(Strict):
    """The vendor asks with GET for a word to be said back, and shows a token that we gave it."""

    kind: Literal["challenge"]
    echo: str
    token: str
    given: dict[str, str] = Field(description="parameters that stand in the query with it")


class Visit(Strict):
    """The vendor looks with GET whether the address, with its secret, is there."""

    kind: Literal["visit"]


class Ping(Strict):
    """The vendor posts a number in one form field, unsigned, before the first delivery."""

    kind: Literal["ping"]
    field: str


class Stored(Strict):
    """How a record of a stream is found."""

    by: str = Field("id", description="field of the stream")
    form: Annotated[str, Field(pattern=r"\{key\}", description="what that field holds; {key} is what is told")] = KEY


class Hook(Strict):
    """Deliveries of one vendor."""

    proofs: Annotated[list[Proof], Field(min_length=1)]
    greeting: Annotated[Challenge | Visit | Ping, Field(discriminator="kind")] | None = None
    body: Literal["json", "form"] = "json"
    changes: list[Place] = Field(default_factory=list, description="lists in each other, of what one delivery tells of")
    delivery: Told | None = Field(
        None, description="what a delivery, or each of its changes, is known by; otherwise all that was signed"
    )
    topic: Told | None = None
    streams: dict[Stream, Stored] = Field(default_factory=dict)
    topics: dict[str, dict[Stream, Places]] = Field(
        default_factory=dict, description="by topic, of which streams what is to be read back, and where its key stands"
    )
    duties: dict[str, Days] = Field(
        default_factory=dict, description="topics on which a person must act, within so many days"
    )

    def stored(self, stream: str) -> Stored:
        """Return how a record of a stream is found."""
        return self.streams.get(stream) or Stored()


def read_hook(path: Path) -> Hook:
    """Return what a tap's `webhook.yml` says; raises HopelessError with a line for each mistake in it."""
    where = "/".join(path.parts[-3:])
    streams = _fields(path.parent / "schemas")
    try:
        hook = Hook.model_validate(_loaded(path, where), context=streams)
    except ValidationError as mistakes:
        lines = [_line(where, each) for each in mistakes.errors(include_url=False)]
        raise HopelessError("\n".join(dict.fromkeys(lines))) from None
    if wrong := [f"{where}: {each}" for each in _amiss(hook, streams)]:
        raise HopelessError("\n".join(wrong))
    return hook


def _loaded(path: Path, where: str) -> Any:
    try:
        return YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    except MarkedYAMLError as mistake:
        line = mistake.problem_mark.line + 1 if mistake.problem_mark else 1
        told = " ".join(str(mistake.problem or mistake.context).split())
        raise HopelessError(
            f"{where}:{line}: this is not YAML ({told}); check quotes, colons and indentation"
        ) from None
    except (YAMLError, OSError, UnicodeDecodeError) as mistake:
        raise HopelessError(f"{where}: cannot be read ({type(mistake).__name__}); write it anew") from None


def _fields(schemas: Path) -> dict[str, Set[str]]:
    """Return the fields of each stream."""
    found = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(schemas.glob("*.json"))}
    return {name: schema["properties"].keys() for name, schema in found.items()}


def _amiss(hook: Hook, streams: Mapping[str, Set[str]]) -> list[str]:
    """Return what does not fit together, where each part by itself is right."""
    named = dict.fromkeys([*hook.streams, *(stream for each in hook.topics.values() for stream in each)])
    wrong = [
        f"streams.{name}.by: the stream has no field '{hook.stored(name).by}'; name one of its schema"
        for name in named
        if hook.stored(name).by not in streams[name]
    ]
    if all(each.optional for each in hook.proofs):
        wrong.append("proofs: none is always asked for; make one of them not optional")
    if isinstance(hook.greeting, Visit) and all(each.scheme != "path" for each in hook.proofs):
        wrong.append("greeting: a visit shows a secret path and there is none; add a proof of scheme path")
    if hook.topics and hook.topic is None:
        wrong.append("topic: missing; say where it stands")
    return wrong


def _line(where: str, mistake: ErrorDetails) -> str:
    at = ".".join(str(each) for each in mistake["loc"] if each != "[key]") or "the file"
    kind = mistake["type"]
    if kind == "extra_forbidden":
        return f"{where}: {at}: unknown key; correct it or leave it out"
    if kind == "missing":
        return f"{where}: {at}: missing; add it"
    if kind in ("literal_error", "union_tag_invalid"):
        told = mistake["ctx"]
        return f"{where}: {at}: not known; use one of {told.get('expected') or told.get('expected_tags')}"
    if kind == "value_error":
        return f"{where}: {at}: {mistake['ctx']['error']}"
    return f"{where}: {at}: {' '.join(mistake['msg'].split())}; {OTHERWISE}"
