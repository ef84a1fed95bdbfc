"""The picture of a result: both halves with their intervals, and the difference against nothing, as one SVG."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from plugins.experiments.measuring import Outcome, Result
from plugins.experiments.statistics import Half, Lift

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT = 190, 680
INK, FAINT, TREATED, CONTROL = "#1b1f24", "#8a9199", "#0b6e4f", "#7a8793"
HEAD = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
    'role="img" font-family="Helvetica, Arial, sans-serif">'
)


def draw(result: Result) -> str:
    """Return the picture; every number in it stands beside it in words too."""
    halves = [("gets it", result.treated, TREATED), ("gets nothing", result.control, CONTROL)]
    most = max([_share(result, each) for _, each, _ in halves] + [1e-9]) * 1.25
    parts = [
        HEAD, f"<title>{escape(result.statement)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(24, 34, result.experiment, 20, INK, weight="bold"), _text(24, 58, _shortened(result.statement), 13, INK),
        *(_bar(92 + 46 * row, label, _share(result, each), most, _words(result, each), colour)
          for row, (label, each, colour) in enumerate(halves)),
        *_difference(result), _text(24, HEIGHT - 18, _foot(result), 12, FAINT), "</svg>",
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


def _share(result: Result, each: Outcome) -> float:
    half: Half = each.half
    return half.share(result.metric) if half.persons else 0.0


def _bar(y: int, label: str, value: float, most: float, words: str, colour: str) -> str:
    width = max(1.0, (RIGHT - LEFT) * max(0.0, value) / most)
    return (
        f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="26" rx="3" fill="{colour}"/>'
        + _text(24, y + 18, label, 14, INK)
        + _text(LEFT + 8, y + 18, words, 13, "#ffffff" if width > 260 else INK, dx=0 if width > 260 else width)
    )


def _difference(result: Result) -> Sequence[str]:
    """Return the axis of the difference with its interval; the line at nothing is what it is held against."""
    if result.lift is None:
        return [_text(24, 220, "Too few persons to say anything yet.", 13, FAINT)]
    shown: Lift = result.lift
    reach = max(abs(shown.low), abs(shown.high), 1e-9) * 1.2
    low, middle, high = (_place(each, reach) for each in (shown.low, shown.difference, shown.high))
    nothing = _place(0, reach)
    return [
        f'<line x1="{LEFT}" y1="226" x2="{RIGHT}" y2="226" stroke="#d7dce1"/>',
        f'<line x1="{nothing:.1f}" y1="204" x2="{nothing:.1f}" y2="248" stroke="{FAINT}" stroke-dasharray="3 3"/>',
        f'<line x1="{low:.1f}" y1="226" x2="{high:.1f}" y2="226" stroke="{TREATED}" stroke-width="5"/>',
        f'<circle cx="{middle:.1f}" cy="226" r="7" fill="{TREATED}"/>',
        _text(24, 231, "difference", 14, INK), _text(nothing - 22, 264, "nothing", 12, FAINT),
        _text(24, 200, told(result), 14, INK, weight="bold"),
    ]  # fmt: skip


def _place(value: float, reach: float) -> float:
    return LEFT + (RIGHT - LEFT) * (value + reach) / (2 * reach)


def told(result: Result) -> str:
    """Return the difference in words."""
    if result.lift is None:
        return result.verdict
    numbers = [_number(result.metric, each) for each in (result.lift.difference, result.lift.low, result.lift.high)]
    unit = "percentage points" if result.metric == "bought" else "euro a person"
    return f"{numbers[0]} {unit} ({numbers[1]} to {numbers[2]}): {result.verdict}"


def _number(metric: str, value: float) -> str:
    return f"{value * 100:+.1f}" if metric == "bought" else f"{value / 100:+.2f}"


def _words(result: Result, each: Outcome) -> str:
    if not each.persons:
        return "nobody yet"
    if result.metric == "bought":
        return f"{each.buyers} of {each.persons} bought, {_share(result, each) * 100:.1f} %"
    return f"{each.persons} persons, {_share(result, each) / 100:.2f} euro each"


def _foot(result: Result) -> str:
    began = f"began {result.started_on}, ends {result.ends_on}" if result.started_on else "has not begun"
    return f"{began}; shop and web, counted as drawn; intervals of 95 %"


def _shortened(text: str) -> str:
    return text if len(text) <= 100 else text[:99].rstrip() + "…"


def _text(x: float, y: float, words: str, size: int, colour: str, *, weight: str = "normal", dx: float = 0) -> str:
    return (
        f'<text x="{x + dx:.1f}" y="{y}" font-size="{size}" font-weight="{weight}" fill="{colour}">'
        f"{escape(words)}</text>"
    )
