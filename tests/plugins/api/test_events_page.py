"""The page for who connects a till or an app is true: its example is taken, and every field is in it."""

from __future__ import annotations

import json
import re
import shlex
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import requests
from werkzeug.wrappers import Response

from plugins.api.sent import KINDS, Act, Line
from plugins.rules.consent import Channel, Purpose
from plugins.sandbox.server import running
from tests.plugins.api.sending import (
    ACCOUNTS,
    CONSENT,
    KEY,
    App,
)

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "events.md").read_text("utf-8")


def test_the_example_in_the_page_is_taken_as_the_page_says(app: App) -> None:
    (command,) = re.findall(r"^ *```sh\n(.*?)^ *```", PAGE, re.MULTILINE | re.DOTALL)
    (told,) = re.findall(r"^ *```json\n(.*?)^ *```", PAGE, re.MULTILINE | re.DOTALL)

    def answer(request: Any) -> Response:
        return app.api.answer(request).response()

    with running(answer) as url:
        program, *words = shlex.split(command.replace("\\\n", " "))
        said = [word.replace("$ROTONDE", url).replace("$KEY", KEY) for word in words]
        given = [(name, value) for name, value in pairwise(said) if name in ("--header", "--data")]
        headers = dict(value.split(": ", 1) for name, value in given if name == "--header")
        (body,) = (value for name, value in given if name == "--data")
        (address,) = (word for word in said if word.startswith("http"))
        answer = requests.post(address, body, headers=headers, timeout=30)
    assert (program, answer.status_code) == ("curl", 202)
    assert answer.json() == json.loads(told)
    assert app.take_in() == 2


def test_every_field_and_word_of_an_event_is_in_the_page() -> None:
    schema = json.dumps([model.model_json_schema() for model in KINDS.values()])
    fields = {name for model in KINDS.values() for name in model.model_fields}
    fields |= {name for each in (Act, Line) for name in each.model_fields}
    fields |= {word for listed in re.findall(r'"enum": \[([^]]+)\]', schema) for word in re.findall(r'"(\w+)"', listed)}
    told = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", PAGE)))) | {"yes", "no"}
    of_rules = {*get_args(Channel), *get_args(Purpose)}
    assert fields - told - of_rules == set()


def test_what_the_page_declares_is_what_the_tests_declare() -> None:
    assert re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL) == [CONSENT, ACCOUNTS]
