"""One sync is one trace, over every process it starts; and no trace says of whom."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugins.observe.tracing import is_on, template
from plugins.sandbox.fiction import Fiction
from tests.plugins.hub.commands import town
from tests.plugins.observe.collector import Collector, collecting, noted
from tests.road.stage import Stage
from tests.road.world import LONGEST_SECONDS, own_project, project_environment, vendors

ROOT = Path(__file__).parents[3]
PERSON = (b"ann@example.nl", b"example.nl", b"2055000000978", b"31687654012")


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as made:
        yield made


def rotonde(*command: str, environment: dict[str, str], where: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "plugins.hub", *command], cwd=where, env=environment, capture_output=True, text=True,
        timeout=LONGEST_SECONDS,
    )  # fmt: skip


def test_a_sync_is_one_trace_over_the_processes_of_meltano(
    fiction: Fiction, collector: Collector, tmp_path: Path
) -> None:
    project = own_project(tmp_path / "project")
    with vendors(fiction) as opened:
        environment = {**project_environment(project, opened), "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        done = rotonde("sync", "--only", "ingest-mailchimp", environment=environment, where=project)
    assert done.returncode == 0, done.stderr[-800:]
    assert len({each.trace_id for each in collector.spans}) == 1
    read = next(each for each in collector.spans if each.name == "read members")
    assert collector.path_of(read) == ["sync", "job ingest-mailchimp", "read members"]
    assert collector.path_of(collector.named("identity")) == ["sync", "resolve", "identity"]
    job = noted(collector.named("job ingest-mailchimp"))
    assert job["rotonde.job"] == "ingest-mailchimp"
    assert job["rotonde.exit_code"] == "0"
    assert not [body for body in collector.bodies if b"@example" in body or opened.mailchimp.api_key.encode() in body]


def test_s5_no_trace_says_of_whom(stage: Stage, collector: Collector) -> None:
    town(stage.hub.store)
    environment = {**stage.environment(), "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    for command in (["resolve"], ["plan"], ["why", "ann@example.nl"]):
        rotonde(*command, environment=environment)
    calls = "\n".join((
        "from plugins.wire.sending import Sender", "from plugins.wire.outbox import Call",
        "from plugins.wire.retry import WireError",
        "hashed = '/lists/3/members/e4d7f1b4ed2e42d15898f4b27b019da4?email=ann@example.nl'",
        "for path in (hashed, '/people/ann@example.nl'):",
        "    try: Sender('http://127.0.0.1:9', {'max_tries': 1}).send(Call('PUT', path, b'ann@example.nl'))",
        "    except Exception as error: print(type(error).__name__)",
    ))  # fmt: skip
    done = subprocess.run([sys.executable, "-c", calls], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.split() == ["LostError", "LostError"], done.stderr
    names = {each.name for each in collector.spans}
    assert {"resolve", "plan", "PUT /lists/{}/members/{}", "PUT /people/{}"} <= names
    assert "1" in {noted(each)["rotonde.add"] for each in collector.spans if each.name == "plan"}
    sent = b"\n".join(collector.bodies)
    assert [each for each in PERSON if each in sent] == []


def test_a_failed_call_is_told_by_the_kind_of_its_error(stage: Stage, collector: Collector) -> None:
    script = (
        "from plugins.observe.tracing import span\n"
        "try:\n    with span('trial'): raise ValueError('ann@example.nl')\nexcept ValueError: pass"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, check=True)
    assert collector.named("trial").status.message == "ValueError"


def test_a_collector_that_is_not_there_keeps_nobody_waiting_and_fails_nothing(stage: Stage) -> None:
    done = rotonde("test", environment={**stage.environment(), "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"})
    assert done.returncode == 0


def test_nothing_of_it_is_loaded_while_it_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    script = "import sys, plugins.hub.cli; print([name for name in sys.modules if name.startswith('opentelemetry')])"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env={**environment, "PYTHONPATH": str(ROOT)},
                          capture_output=True, text=True)  # fmt: skip
    assert done.stdout.strip() == "[]", done.stderr
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    assert not is_on()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/3.0/lists/abc123/members/e4d7f1b4ed2e42d15898f4b27b019da4", "/{}/lists/{}/members/{}"),
        ("/v5/ad_accounts/549755885175/customer_lists", "/v5/ad_accounts/{}/customer_lists"),
        ("/wp-json/wc/v3/customers/17?email=a@b.nl", "/wp-json/wc/v3/customers/{}"),
        ("/v1/customers/12:uploadConversions", "/v1/customers/{}"),
        ("/coupons/WELKOM", "/coupons/{}"),
        ("/admin/api/2026-01/graphql.json", "/admin/api/2026-01/graphql.json"),
        ("/people/els%40example.nl", "/people/{}"),
    ],
)
def test_a_path_is_told_without_what_stands_in_it_for_somebody(path: str, told: str) -> None:
    assert template(path) == told
