"""Points and tier, as metafields of the customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.recording import Recorded, Step
from targets.shopify.answers import DONE, ERRORS, NOT_NAMED, PLAIN_ERRORS, judged
from targets.shopify.api import Api, call
from targets.shopify.consents import CUSTOMERS_PER_CALL
from targets.shopify.customers import customer_id
from targets.shopify.payloads import NAMESPACE, Points

SET = f"set: metafieldsSet(metafields: $set) {{ {ERRORS} }}"
GONE = f"gone: metafieldsDelete(metafields: $gone) {{ {PLAIN_ERRORS} }}"


class Holding(Recorded[Api]):
    """Writes how many points customers have, and which tier."""

    def hold_points(self, rows: Sequence[Row], payloads: Mapping[str, Points]) -> None:
        """Set what there is now."""
        self.carry(lambda some: hold(payloads, is_alone=len(some) == 1), rows, CUSTOMERS_PER_CALL)


def hold(payloads: Mapping[str, Points], is_alone: bool) -> Step:
    """Set and take away metafields; one that is wrong keeps all of them out, so that only one alone is to blame."""

    def build(rows: Sequence[Row]) -> Call:
        held = [
            ({"ownerId": customer_id(payload.customer), "namespace": NAMESPACE, "key": key}, kind, value)
            for payload in (payloads[row.key] for row in rows)
            for key, (kind, value) in payload.fields().items()
        ]
        newest = {(owner["ownerId"], owner["key"]): (owner, kind, value) for owner, kind, value in held}
        wanted = [{**owner, "type": kind, "value": value} for owner, kind, value in newest.values() if value]
        gone = [owner for owner, _, value in newest.values() if not value]
        return _metafields(wanted, gone)

    def judge(answer: Any, _: Row) -> Outcome:
        found = [each for each in (answer.get("set"), answer.get("gone")) if each is not None]
        return next((each for each in map(judged, found) if each.state != "accepted"), DONE if found else NOT_NAMED)

    return Step(build, judge, is_last=lambda outcome: is_alone or outcome.state != "rejected")


def _metafields(wanted: Sequence[Mapping[str, Any]], gone: Sequence[Mapping[str, Any]]) -> Call:
    named = [("$set: [MetafieldsSetInput!]!", SET, wanted), ("$gone: [MetafieldIdentifierInput!]!", GONE, gone)]
    used = [(kind, field, given) for kind, field, given in named if given]
    document = f"mutation({', '.join(kind for kind, _, _ in used)}) {{ {' '.join(field for _, field, _ in used)} }}"
    return call(document, {kind[1:].partition(":")[0]: given for kind, _, given in used})
