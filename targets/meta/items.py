"""Items of one catalogue: brought there in batches that Meta looks at, takes, and works off later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from plugins.wire.outbox import Call, Outcome, Row, Staged
from plugins.wire.payload import MALFORMED
from plugins.wire.recording import Recorded, Step
from plugins.wire.retry import RefusedError
from plugins.wire.sending import LostError
from plugins.wire.waves import waves
from targets.meta.api import Api
from targets.meta.catalogue import HEAD, TAIL, Verdict, batch_of, handle_of, outcomes_of, written
from targets.meta.payloads import Item, meant

RECEIPTS = "items:"
"""What the receipts of batches begin with."""
FIELDS = "status,errors,errors_total_count,ids_of_invalid_requests"
NO_CATALOGUE = "no catalogue is set: catalog_id"
FORGOTTEN = Outcome("unknown", "Meta does not know the batch any more")


@dataclass
class Items(Recorded[Api]):
    """Brings items into one catalogue, and takes them out."""

    catalog_id: str = ""
    size: int = 3000
    """How many items go into one call; more is allowed, and slower."""
    most_bytes: int = 28_000_000

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows in their order of decision; what leaves goes first."""
        if not self.catalog_id:
            self.drop(rows, NO_CATALOGUE)
            return
        for wave in waves(rows, lambda row: row.wire_id):
            self._bring(wave)
        self.between()

    def _bring(self, rows: Sequence[Row]) -> None:
        requests = {row.key: request for row in rows if (request := _request(row))}
        self.refuse({row.key: MALFORMED for row in rows if row.key not in requests})
        going = sorted((row for row in rows if row.key in requests), key=lambda row: row.operation != "remove")
        for some in self._batches(going, requests):
            self.carry(lambda _: self._step(requests), some)

    def became(self, staged: Staged) -> Mapping[str, Outcome] | None:
        """Return what became of the rows of a batch that was taken, None while nobody knows."""
        if not (self.catalog_id and staged.receipt.startswith(RECEIPTS)):
            return None
        handle = staged.receipt.removeprefix(RECEIPTS)
        query = {"handle": handle, "load_ids_of_invalid_requests": "true", "fields": FIELDS}
        asked = Call("GET", f"/{self.catalog_id}/check_batch_request_status?{urlencode(query)}", b"")
        try:
            return outcomes_of(self.api.send(asked), staged.rows)
        except LostError:
            return None
        except RefusedError:
            return dict.fromkeys(staged.rows, FORGOTTEN)

    def _batches(self, rows: Sequence[Row], requests: Mapping[str, bytes]) -> Iterator[list[Row]]:
        """Give the rows in batches, each as large as a call may be, in number and in bytes."""
        some: list[Row] = []
        length = empty = len(HEAD) + len(TAIL)
        for row in rows:
            more = len(requests[row.key]) + 1
            if some and (len(some) == self.size or length + more > self.most_bytes):
                yield some
                some, length = [], empty
            some.append(row)
            length += more
        if some:
            yield some

    def _step(self, requests: Mapping[str, bytes]) -> Step:
        def build(rows: Sequence[Row]) -> Call:
            return Call("POST", f"/{self.catalog_id}/items_batch", batch_of(requests[row.key] for row in rows))

        return Step(build, Verdict(), receipt=lambda answer: (key := handle_of(answer)) and f"{RECEIPTS}{key}")


def _request(row: Row) -> bytes | None:
    """Return the request of a row, None where nothing can be made of it."""
    item = meant(row, Item, ("add", "change", "remove"))
    leaves = row.operation == "remove"
    return written(item, leaves=leaves) if item and (item.fields or leaves) else None
