"""The log of our processes: a line for each event, as JSON or text, with a run, a job and counts; never a person."""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from plugins.observe.redacting import Redactor, redactor

SETTING = "ROTONDE_LOG"
FORMS = ("text", "json")
FIELDS = (
    "run_id", "job", "destination", "source", "stream", "schedule", "due_at", "route", "method", "status", "outcome",
    "exit_code", "seconds", "number", "counts",
)  # fmt: skip
"""All that may be told beside the words; anything else that is given is left out."""
_about: ContextVar[Mapping[str, Any]] = ContextVar("about", default={})  # noqa: B039 - it is never changed in place


class Line(logging.Formatter):
    """Makes one line of a record; of an error only its kind and where it arose, as its text may quote anything."""

    def __init__(self, form: str, redact: Redactor) -> None:
        super().__init__()
        self.is_json, self.redact = form == "json", redact

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = {"at": moment.replace("+00:00", "Z"), "level": record.levelname.lower(), "logger": record.name}
        fields = {name: self._plain(value) for name, value in _fields(record).items()}
        words = self.redact(_words(record))
        if record.exc_info and record.exc_info[0]:
            fields["error"] = _where(record.exc_info)
        if self.is_json:
            return json.dumps({**told, "event": words, **fields}, ensure_ascii=False)
        beside = "".join(f" {name}={value if isinstance(value, str) else json.dumps(value)}"
                         for name, value in fields.items())  # fmt: skip
        return f"{told['at']} {told['level']} {told['logger']}: {words}{beside}".replace("\n", " ")

    def _plain(self, value: Any) -> Any:
        """Return a value with what looks like a person or a key taken out, wherever it stands in it."""
        if isinstance(value, Mapping):
            return {self.redact(str(key)): self._plain(each) for key, each in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self._plain(each) for each in value]
        if value is None or isinstance(value, (bool, float)):
            return value
        said = self.redact(str(value))
        return value if isinstance(value, int) and said == str(value) else said


def _words(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return str(record.msg)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    given = {**_about.get(), **vars(record)}
    return {name: given[name] for name in FIELDS if given.get(name) is not None}


def _where(found: Any) -> str:
    kind, _error, trace = found
    frames = traceback.extract_tb(trace)[-6:]
    at = " < ".join(f"{each.name}:{each.lineno}" for each in reversed(frames))
    return f"{kind.__name__} in {at}" if at else str(kind.__name__)


def form() -> str:
    """Return how lines look: what `ROTONDE_LOG` says, text by default."""
    said = os.environ.get(SETTING, "").strip().lower()
    return said if said in FORMS else "text"


class Said(logging.Handler):
    """Writes to what is standard error at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        print(self.format(record), file=sys.stderr, flush=True)  # noqa: T201 - the log itself


def set_up(level: int | None = None) -> None:
    """Let this process log to standard error: ours from a level on, the lines of libraries from a warning on.

    Without a level a command says what it does where `ROTONDE_LOG` is set, and is quiet else: what it prints tells.
    """
    root = logging.getLogger()
    root.handlers[:] = [each for each in root.handlers if not isinstance(each, Said)]
    handler = Said()
    handler.setFormatter(Line(form(), redactor()))
    root.addHandler(handler)
    usual = logging.INFO if os.environ.get(SETTING) else logging.ERROR
    logging.getLogger("plugins").setLevel(usual if level is None else level)


def set_up_aside() -> None:
    """Do so for a process whose standard error is a file: a fault that ends it is one line, and no traceback."""
    set_up()
    sys.excepthook = _ended


def _ended(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    logging.getLogger("plugins").critical("ended by a fault", exc_info=(kind, error, trace))


@contextmanager
def about(**fields: Any) -> Iterator[None]:
    """Let every line in the block tell these, for example the run and the job."""
    token = _about.set({**_about.get(), **fields})
    try:
        yield
    finally:
        _about.reset(token)


def guard() -> None:
    """Let no record of this process hold what looks like a person or a key, whoever formats it; once is enough."""
    made = logging.getLogRecordFactory()
    if not isinstance(made, Guarded):
        logging.setLogRecordFactory(Guarded(made, redactor()))


class Guarded:
    """Makes records whose words are already redacted."""

    def __init__(self, made: Callable[..., logging.LogRecord], redact: Redactor) -> None:
        self.made, self.redact = made, redact

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        """Return the record."""
        record = self.made(*args, **kwargs)
        record.msg, record.args = self.redact(_words(record)), ()
        return record
