"""The Meltano project around us: its jobs, and how to run one as a process of its own."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from sqlalchemy import insert, update

from plugins.hub.lease import LeaseTaken, beating, release, take
from plugins.observe.logs import about
from plugins.observe.tracing import carried, handed_on, span
from plugins.store.engine import Store
from plugins.store.mirror import home
from plugins.store.tables import run
from plugins.store.times import now, utc_text

log = logging.getLogger(__name__)
AT_ONCE = 2
OUR_ROOMS = frozenset({"plugins", "taps", "targets", "mappers"})
STEPS = ("ingest", "withdraw", "activate")
"""Jobs are found by what their name begins with; removals leave everywhere before anything is added anywhere."""


@dataclass(frozen=True, slots=True)
class JobResult:
    """How one job went."""

    job: str
    run_id: str
    exit_code: int
    seconds: float
    log: Path


def jobs(root: Path = Path()) -> dict[str, list[str]]:
    """Return the jobs of the project by step, found through the `include_paths` of meltano.yml."""
    names = [job["name"] for each in declared(root) for job in each.get("jobs", ())]
    return {step: sorted(name for name in names if name.startswith(f"{step}-")) for step in STEPS}


def not_set_up(root: Path = Path()) -> dict[str, list[str]]:
    """Return the jobs of connectors of which no secret is set: name -> the settings one of which would be needed."""
    found = {}
    for each in declared(root):
        plugins = [plugin for kind in ("extractors", "loaders") for plugin in (each.get("plugins") or {}).get(kind, ())]
        secrets = [
            (plugin["namespace"], setting["name"])
            for plugin in plugins
            for setting in plugin.get("settings", ())
            if setting.get("sensitive") and setting["name"] not in plugin.get("config", {})
        ]
        needed = [f"{namespace}_{name}".upper() for namespace, name in secrets]
        if needed and not any(os.environ.get(name) for name in needed):
            found.update({job["name"]: needed for job in each.get("jobs", ())})
    return found


def mappings(root: Path = Path()) -> dict[str, dict[str, Any]]:
    """Return the settings of each mapping by the connection it is for; none where there is no project."""
    told_of = declared(root) if (root / "meltano.yml").exists() else ()
    mappers = [each for told in told_of for each in told.get("plugins", {}).get("mappers", ())]
    configs = [mapping["config"] for each in mappers for mapping in each.get("mappings", ())]
    return {str(config.get("source") or config.get("system")): config for config in configs}


def declared(root: Path) -> Iterator[dict[str, Any]]:
    """Give what meltano.yml and the files it includes declare."""
    yaml = YAML(typ="safe")
    said = yaml.load(root / "meltano.yml")
    yield said
    for pattern in said.get("include_paths", ()):
        yield from (yaml.load(file) or {} for file in sorted(root.glob(pattern)))


def sweep(root: Path = Path()) -> None:
    """Remove what a killed run left in `.meltano/run`: settings in clear text."""
    folder = root / ".meltano" / "run"
    if not folder.exists():
        return
    folder.chmod(0o700)
    for left in folder.glob("*/*.config.json"):
        left.unlink(missing_ok=True)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a Meltano process: our programs first, and nothing written outside the project."""
    programs = str(Path(sys.executable).parent)
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **inherited,  # without byte code every process would compile every module anew
        "PATH": os.pathsep.join((programs, os.environ.get("PATH", ""))),
        "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
        "XDG_STATE_HOME": str(Path(".meltano").absolute() / "state"),
        "NO_COLOR": "1",
        **handed_on(),
        **(extra or {}),
    }


def run_job(store: Store, job: str) -> JobResult:
    """Run one job by `meltano run`, once at a time; its log is a private file."""
    run_id = str(uuid.uuid4())
    with about(job=job, run_id=run_id), span(f"job {job}", job=job, run_id=run_id) as noted:
        log.info("job begins")
        result = _run_as(store, job, run_id)
        noted.note(exit_code=result.exit_code)
        if result.exit_code:
            noted.fail("the job failed")
        told = {"exit_code": result.exit_code, "seconds": round(result.seconds, 1)}
        log.log(logging.WARNING if result.exit_code else logging.INFO, "job ended", extra=told)
    return result


def _run_as(store: Store, job: str, run_id: str) -> JobResult:
    started = time.monotonic()
    log = home(store) / "logs" / f"{job}.log"
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with store.writing() as connection:
        connection.execute(insert(run).values(id=run_id, job=job, started_at=utc_text(now())))
    try:
        mine = take(store, f"job {job}", run_id)
        with beating(store, mine):
            code = _run(job, run_id, log)
        release(store, mine)
    except LeaseTaken as error:
        log.write_text(json.dumps({"level": "error", "event": str(error)}) + "\n", encoding="utf-8")
        code = 1
    outcome = {0: "ok", 143: "stopped"}.get(code, "failed")
    reason, fault = why_it_failed(log) if outcome == "failed" else (None, None)
    ended = {"ended_at": utc_text(now()), "outcome": outcome, "reason": reason, "fault": fault}
    with store.writing() as connection:
        connection.execute(update(run).where(run.c.id == run_id).values(**ended))
    return JobResult(job, run_id, code, time.monotonic() - started, log)


def _run(job: str, run_id: str, log: Path) -> int:
    command = [meltano(), "run", "--run-id", run_id, "--force", job]  # our lease guards it, also after a kill
    with log.open("wb") as file:
        log.chmod(0o600)
        child = subprocess.run(  # noqa: S603 - our own program, our own job names
            command, stdout=file, stderr=subprocess.STDOUT, check=False, umask=0o077,
            env=environment({"MELTANO_RUN_ID": run_id}),
        )  # fmt: skip
    return child.returncode


def meltano() -> str:
    """Return the program of Meltano beside ours."""
    beside = Path(sys.executable).parent / "meltano"
    return str(beside) if beside.exists() else shutil.which("meltano") or "meltano"


def warm_up(store: Store) -> None:
    """Let Meltano make its own database once, before two of it would try at the same time."""
    where = os.environ.get("MELTANO_DATABASE_URI", "")
    mark = home(store) / f"meltano-{hashlib.sha256(where.encode()).hexdigest()[:12]}.ready"
    if mark.exists():
        return
    subprocess.run(  # noqa: S603 - our own program
        [meltano(), "state", "list"], capture_output=True, check=False, umask=0o077, env=environment()
    )
    mark.touch(mode=0o600)


def run_jobs(store: Store, names: Sequence[str], done: Callable[[JobResult], None]) -> list[JobResult]:
    """Run jobs, at most two at once; a failing one stops only itself."""
    if names:
        warm_up(store)

    def one(job: str) -> JobResult:
        result = run_job(store, job)
        done(result)
        return result

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [each.result() for each in [pool.submit(carried(one), name) for name in names]]


def reason_of(result: JobResult) -> str:
    """Return why a job failed: what one of our own programs said of it, else Meltano's last error."""
    errors = [str(entry.get("event")) for entry in _entries(result.log) if entry.get("level") == "error"]
    return (why_it_failed(result.log)[0] or (errors or ["it said nothing"])[-1])[:300]


def why_it_failed(log: Path) -> tuple[str | None, str | None]:
    """Return the last error of one of our own programs in a job's log, else its last words, and the error's kind."""
    ours = [(words, entry) for entry in _entries(log) if (words := _our_words(entry))]
    if not ours:
        return None, None
    words, entry = ([each for each in ours if each[1].get("plugin_exception")] or ours)[-1]
    kind = (entry.get("plugin_exception") or {}).get("type")
    return words[:300], str(kind) if kind else None


def _entries(log: Path) -> list[dict[str, Any]]:
    return [entry for line in log.read_text("utf-8", "replace").splitlines() if (entry := _entry(line))]


def _entry(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _our_words(entry: dict[str, Any]) -> str | None:
    """Return a line of the form `where: what; what to do`; other programs' errors may show a person's data."""
    raised = entry.get("plugin_exception") or {}
    if str(raised.get("module", "")).partition(".")[0] in OUR_ROOMS:
        return str(raised.get("message"))
    event = str(entry.get("event", ""))
    return event if entry.get("string_id") and re.match(r"[\w./:-]+: .+; .+", event) else None
