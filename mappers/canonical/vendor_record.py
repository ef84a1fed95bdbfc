"""Reading one field of a vendor's record: exact, or refused with a reason code and never with the value."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

VendorRecord = Mapping[str, Any]

NOTHING = frozenset({"", "NA", "N/A", "null", "None"})
EARLIEST, LATEST = 1900, 2100
LARGEST_WHOLE = 10**18
LARGEST_NUMBER = 10**15
LARGEST_FRACTION = 10**12  # below it, binary numbers tell every two amounts of three decimals apart
TENS = (1, 10, 100, 1000)


class Unreadable(Exception):  # noqa: N818 - a verdict on a record, with its reason code
    """A record that cannot be read goes to quarantine with `reason` and the name of the field."""

    def __init__(self, reason: str, field: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.reason = reason
        self.field = field


def text(record: VendorRecord, field: str) -> str | None:
    """Return a text without outer blanks; None for absent, null and the words vendors write for null."""
    value = record.get(field)
    if value is None:
        return None
    words = value.strip() if isinstance(value, str) else _written(value)
    if words is None or words in NOTHING:
        return None
    if not words.isascii() and any("\ud800" <= letter <= "\udfff" for letter in words):
        raise Unreadable("not_unicode", field)
    return words.replace("\x00", "")


def _written(value: Any) -> str | None:
    if value is None or isinstance(value, (dict, list)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (float, Decimal)) and -LARGEST_WHOLE < value < LARGEST_WHOLE and value == int(value):
        value = int(value)  # ids such as 2131.0
    return str(value)


def required(record: VendorRecord, field: str) -> str:
    """Return a text that must be there."""
    value = text(record, field)
    if value is None:
        raise Unreadable("missing_key", field)
    return value


def part(record: VendorRecord, field: str) -> VendorRecord:
    """Return a nested object, empty where there is none."""
    value = record.get(field)
    return value if isinstance(value, dict) else {}


def parts(record: VendorRecord, field: str) -> list[VendorRecord]:
    """Return a list of nested objects, empty where there is none."""
    value = record.get(field)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise Unreadable("wrong_type", field)
    return value


def number(record: VendorRecord, field: str) -> Decimal | None:
    """Return an exact number, whether the vendor writes 5, 5.0 or "5.00"."""
    value: Any = record.get(field)
    result = Decimal(value) if type(value) in (int, Decimal) else _spelt(record, field)
    if result is None or (result.is_finite() and -LARGEST_NUMBER < result < LARGEST_NUMBER):
        return result
    raise Unreadable("bad_number", field)


def _spelt(record: VendorRecord, field: str) -> Decimal | None:
    value = record.get(field)
    if isinstance(value, (bool, dict, list)):
        raise Unreadable("wrong_type", field)
    if isinstance(value, float) and abs(value) >= LARGEST_FRACTION:
        raise Unreadable("bad_number", field)
    words = text(record, field)
    try:
        return None if words is None else Decimal(words)
    except InvalidOperation:
        raise Unreadable("bad_number", field) from None


def whole(record: VendorRecord, field: str) -> int | None:
    """Return an integer; a fraction is refused, not rounded."""
    return _scaled(record, field, 0)


def minor(record: VendorRecord, field: str, digits: int = 2) -> int | None:
    """Return an amount of money in minor units (cents); more decimals than the currency has are refused."""
    return _scaled(record, field, digits)


def rounded_minor(record: VendorRecord, field: str, digits: int = 2) -> int | None:
    """Return an amount in minor units where the vendor computes with more decimals; half away from zero."""
    return _scaled(record, field, digits, rounds=True)


def thousandths(record: VendorRecord, field: str) -> int | None:
    """Return a quantity in thousandths (0.350 kg is 350)."""
    return _scaled(record, field, 3)


def _scaled(record: VendorRecord, field: str, digits: int, *, rounds: bool = False) -> int | None:
    value = record.get(field)
    if type(value) is int and -LARGEST_NUMBER < value < LARGEST_NUMBER:
        return value * TENS[digits]
    if type(value) is float and -LARGEST_FRACTION < value < LARGEST_FRACTION:
        whole = round(value * TENS[digits])
        if whole / TENS[digits] == value:  # no other amount of so many decimals reads as this number
            return whole
    exact = number(record, field)
    if exact is None:
        return None
    scaled = exact.scaleb(digits)
    found = int(scaled)
    if found == scaled:
        return found
    if rounds:
        return int(scaled.quantize(Decimal(1), rounding="ROUND_HALF_UP"))
    raise Unreadable("too_precise", field)


def flag(record: VendorRecord, field: str) -> bool | None:
    """Return a yes or no, also from the texts and numbers that vendors write for it."""
    words = (text(record, field) or "").lower()
    if words in {"true", "1", "yes", "y", "ja"}:
        return True
    if words in {"false", "0", "no", "n", "nee"}:
        return False
    if words:
        raise Unreadable("wrong_type", field)
    return None


def instant(record: VendorRecord, field: str, zone: tzinfo = UTC) -> datetime | None:
    """Return a moment with its offset; a time without one is read in `zone` (the earlier of two in autumn)."""
    words = text(record, field)
    if words is None:
        return None
    try:
        moment = datetime.fromisoformat(words.replace(" ", "T", 1))
    except ValueError:
        raise Unreadable("bad_time", field) from None
    if not EARLIEST <= moment.year <= LATEST:
        raise Unreadable("absurd_time", field)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def day(record: VendorRecord, field: str, pattern: str = "%Y-%m-%d") -> date | None:
    """Return a calendar day written as `pattern`; a day that cannot be is refused."""
    words = text(record, field)
    if words is None:
        return None
    try:
        result = datetime.strptime(words, pattern).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise Unreadable("bad_date", field) from None
    if not EARLIEST <= result.year <= LATEST:
        raise Unreadable("absurd_time", field)
    return result


def rest(record: VendorRecord, known: Collection[str]) -> dict[str, Any]:
    """Return what we do not know yet, to be kept in `raw`."""
    kept = record.items()
    return {key: plain(value) for key, value in kept if key not in known and value not in (None, "", [], {})}


def plain(value: Any) -> Any:
    """Return a value as JSON holds it: exact decimals become numbers again."""
    if isinstance(value, (float, Decimal)):
        return int(value) if value == int(value) else float(value)
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return value
