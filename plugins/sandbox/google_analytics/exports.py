"""The nightly export: one file a day, written anew for three days, and one of the day that is not over yet."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from werkzeug.wrappers import Request, Response

from plugins.sandbox.google_analytics.account import Account
from plugins.sandbox.google_analytics.refusals import Refusal
from plugins.sandbox.google_analytics.told import ZONE, row
from plugins.sandbox.stand_in import json_response, route

WRITTEN_AT = time(4)
"""When the night's files are written, in the property's time zone."""
REWRITTEN_DAYS = 3
NAME = re.compile(r"events_(intraday_)?(\d{8})\.jsonl")


@dataclass
class ExportPaths(Account):
    """Lists and gives the files of the export, as a bucket does."""

    @route("/export")
    def list_files(self, _request: Request) -> Response:
        """List the files there are now."""
        listed = [{"kind": "storage#object", "name": name, "updated": at.isoformat()} for name, at in self._files()]
        return json_response({"kind": "storage#objects", "items": listed})

    @route("/export/<name>")
    def get_file(self, _request: Request, name: str) -> Response:
        """Give one file: a row of JSON on each line, in no order."""
        at = dict(self._files()).get(name)
        if at is None:
            raise Refusal(404, f"No such object: {name}")
        found = NAME.fullmatch(name)
        assert found is not None
        day = datetime.strptime(found[2], "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
        rows = [each for each in self.told if each.day == day and each.received_at <= at]
        rows.sort(key=lambda each: each.number * 7919 % 10_007)
        lines = (json.dumps(row(each, self.stream_id), ensure_ascii=False) for each in rows)
        return Response("".join(f"{line}\n" for line in lines), content_type="application/x-ndjson")

    def _files(self) -> list[tuple[str, datetime]]:
        """Return the name of each file and when it was last written."""
        now, days = self.clock(), {each.day for each in self.known()}
        listed = []
        for day in sorted(days):
            if at := _written(day, now):
                listed.append((f"events_{day:%Y%m%d}.jsonl", at))
            else:
                listed.append((f"events_intraday_{day:%Y%m%d}.jsonl", now))
        return listed


def _written(day: date, now: datetime) -> datetime | None:
    """Return when the file of a day was written for the last time by now, if it ever was."""
    nights = (day + timedelta(days=1 + late) for late in range(REWRITTEN_DAYS + 1))
    moments = [datetime.combine(night, WRITTEN_AT, ZONE).astimezone(UTC) for night in nights]
    return max((each for each in moments if each <= now), default=None)
