"""What the form of a value must be, as SQL that is true where it is kept; and what the report says where it is not."""

from __future__ import annotations

from dataclasses import dataclass

from plugins.feeds.channel import AttributeOf, Channel, Form

MACROS = r"""
CREATE OR REPLACE MACRO amount(cents) AS
  CASE WHEN cents < 0 THEN '-' ELSE '' END || (abs(cents) // 100) || '.'
  || lpad(CAST(abs(cents) % 100 AS VARCHAR), 2, '0');
CREATE OR REPLACE MACRO amount_of(text) AS
  CAST(TRY_CAST(nullif(regexp_extract(text, '^\d{1,12}(\.\d{1,3})?'), '') AS DECIMAL(18, 3)) * 1000 AS BIGINT);
CREATE OR REPLACE MACRO digit(n, power) AS n // power % 10;
CREATE OR REPLACE MACRO checks_out(n) AS (10 - (
  3 * (digit(n, 10) + digit(n, 1000) + digit(n, 100000) + digit(n, 10000000) + digit(n, 1000000000)
       + digit(n, 100000000000) + digit(n, 10000000000000))
  + digit(n, 100) + digit(n, 10000) + digit(n, 1000000) + digit(n, 100000000) + digit(n, 10000000000)
  + digit(n, 1000000000000)
  ) % 10) % 10 = n % 10;
CREATE OR REPLACE MACRO is_gtin(text) AS length(text) IN (8, 12, 13, 14) AND regexp_full_match(text, '[0-9]+')
  AND text <> repeat(left(text, 1), length(text)) AND checks_out(TRY_CAST(text AS BIGINT));
CREATE OR REPLACE MACRO is_ours(text) AS
  regexp_matches(lpad(ltrim(text, '0'), 13, '0'), '^(2|02|04|98|99)') AND length(text) > 8;
CREATE OR REPLACE MACRO moment_of(text) AS
  try_strptime(replace(text, 'Z', '+00'), ['%Y-%m-%dT%H:%M%z', '%Y-%m-%dT%H:%M:%S%z']);
CREATE OR REPLACE MACRO is_moment(text) AS
  regexp_full_match(text, '\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:?\d{2})')
  AND moment_of(text) IS NOT NULL;
CREATE OR REPLACE MACRO is_period(text) AS length(text) - length(replace(text, '/', '')) = 1
  AND is_moment(trim(split_part(text, '/', 1))) AND is_moment(trim(split_part(text, '/', 2)))
  AND moment_of(trim(split_part(text, '/', 1))) < moment_of(trim(split_part(text, '/', 2)));
CREATE OR REPLACE MACRO colons(text) AS length(text) - length(replace(replace(text, '\:', ''), ':', ''));
"""

URL = r"https?://[A-Za-z0-9.-]+(:\d+)?([/?#][!#$%&''()*+./:;=?@\[\]_~A-Za-z0-9-]*)?"


@dataclass(frozen=True, slots=True)
class Kept:
    """How a form is checked, and what is said."""

    code: str
    sql: str
    """With `{v}` for one value."""
    what: str
    cure: str


FORMS: dict[Form, Kept] = {
    "moment": Kept("V801", "is_moment({v})", "is no moment", "write 2026-03-01T09:00+0100"),
    "period": Kept("P204", "is_period({v})", "is no period that starts before it ends", "write start/end"),
    "day": Kept("V801", r"regexp_full_match({v}, '\d{{4}}-\d{{2}}-\d{{2}}') AND TRY_CAST({v} AS DATE) IS NOT NULL",
                "is no day", "write 2026-03-01"),
    "gtin": Kept("I301", "is_gtin({v})", "is no GTIN: length or check digit", "correct the barcode in the source"),
    "url": Kept("U501", f"regexp_full_match({{v}}, '{URL.replace('{', '{{').replace('}', '}}')}')",
                "is no address that a channel can fetch", "write http(s)://…, with spaces and accents percent-encoded"),
    "word": Kept("V801", "regexp_full_match({v}, '[A-Za-z0-9_-]+')", "has other signs than letters and digits",
                 "use letters, digits, - and _"),
    "uint32": Kept("V801", "TRY_CAST({v} AS UINTEGER) IS NOT NULL AND regexp_full_match({v}, '[0-9]+')",
                   "is no whole number up to 4294967295", "write digits only"),
    "whole": Kept("V801", "regexp_full_match({v}, '[0-9]{{1,12}}')", "is no whole number", "write digits only"),
    "positive": Kept("V801", "regexp_full_match({v}, '0*[1-9][0-9]{{0,11}}')", "is no whole number above 0",
                     "write digits only"),
    "base_measure": Kept("V801", "regexp_full_match({v}, '(1|10|100|2|4|8|75|750|50|1000) ?[a-z]+')",
                         "is no base measure", "write 100 ml or 1 kg"),
    "three_parts": Kept("V801", "colons({v}) = 2", "does not have three parts", "write a:b:c, \\: inside a part"),
    "four_parts": Kept("S602", "colons({v}) = 3", "does not have four parts",
                       "write country:region:service:price; empty parts keep their colons"),
    "seven_parts": Kept("V801", "colons({v}) = 6", "does not have seven parts", "empty parts keep their colons"),
}  # fmt: skip


def form_of(attribute: AttributeOf, taken: Channel, currency: str) -> Kept | None:
    """Return the form that an attribute's values must have."""
    if attribute.format == "money":
        money = taken.money.replace("{", "{{").replace("}", "}}").replace("'", "''")
        sql = f"regexp_full_match({{v}}, '{money}') AND amount_of({{v}}) > 0 AND ends_with({{v}}, '{currency}')"
        what = f"is no amount above 0 in {currency} as the channel writes it"
        return Kept("P201", sql, what, f"write 49.95 {currency}; correct the price in the source")
    if attribute.format == "measure":
        units = "|".join(attribute.units)
        sql = rf"regexp_full_match({{v}}, '\d{{{{1,9}}}}(\.\d{{{{1,3}}}})? ?({units})')"
        return Kept("V801", sql, "is no number with a unit", f"use one of {', '.join(attribute.units)}")
    return FORMS[attribute.format] if attribute.format else None
