"""Puts what was measured into a table, each figure with its ratio to ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

MEGA, GIGA = 10**6, 10**9


@dataclass
class Result:
    """The figures of one column; seconds and bytes; None is not measured. ``remarks`` go
    with a figure, by its name."""

    title: str
    cold: float | None = None
    warm: float | None = None
    disk: float | None = None
    training: float | None = None
    start: float | None = None
    rss: float | None = None
    pss: float | None = None
    p50: float | None = None
    p95: float | None = None
    rate: float | None = None
    growth: dict[int, float] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)


def seconds(value: float) -> str:
    return f"{value:.0f} s" if value >= 20 else f"{value:.1f} s"


def milliseconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value >= 0.02 else f"{value * 1000:.1f} ms"


def size(value: float) -> str:
    return f"{value / GIGA:.1f} GB" if value >= GIGA else f"{value / MEGA:.0f} MB"


ROWS: list[tuple[str, str, Callable[[float], str]]] = [
    ("set-up, nothing cached", "cold", seconds),
    ("set-up, packages cached", "warm", seconds),
    ("environment on disk", "disk", size),
    ("training", "training", seconds),
    ("start to first answer", "start", seconds),
    ("memory after load, RSS", "rss", size),
    ("memory after load, PSS", "pss", size),
    ("a turn, one client, p50", "p50", milliseconds),
    ("a turn, one client, p95", "p95", milliseconds),
    ("turns a second, 8 senders", "rate", lambda value: f"{value:.0f}"),
]


def table(results: list[Result], base: Result) -> str:
    """Rows of figures, columns of variants, as Markdown. A ratio says how many times what ``base``
    needs; for turns a second, how many times fewer."""
    lines = [
        "| | " + " | ".join(result.title for result in results) + " |",
        "|---" * (len(results) + 1) + "|",
    ]
    for label, name, shown in ROWS:
        power = -1 if name == "rate" else 1
        own = getattr(base, name)
        cells = [_cell(getattr(r, name), own, shown, power, r.remarks.get(name)) for r in results]
        lines.append(_row(label, cells))
    for point, own in base.growth.items():
        cells = [_cell(result.growth.get(point), own, milliseconds) for result in results]
        lines.append(_row(f"turn {point} of a conversation", cells))
    return "\n".join(lines)


def _cell(
    value: float | None,
    base: float | None,
    shown: Callable[[float], str],
    power: int = 1,
    remark: str | None = None,
) -> str:
    """A figure and its ratio to the base's; with ``power`` -1 the other way round."""
    if value is None:
        return "–"
    words = [shown(value), *([remark] if remark else [])]
    if base and value != base:
        words.append(f"(×{(value / base) ** power:.1f})")
    return " ".join(words)


def _row(label: str, cells: list[str]) -> str:
    return f"| {label} | " + " | ".join(cells) + " |"


def processes(parts: dict[str, tuple[int, int | None]]) -> str:
    """Memory of each process of the product, as Markdown."""
    lines = ["| process | RSS | PSS |", "|---|---|---|"]
    for name, (rss, pss) in parts.items():
        lines.append(f"| {name} | {size(rss)} | {size(pss) if pss else '–'} |")
    return "\n".join(lines)
