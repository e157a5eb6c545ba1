"""How many verdicts a second the self-checks' engine gives: ``python -m bench.checks``.

Every path of a check is walked in turn, from the first question to the verdict. The promise is a
thousand a second; the ratio says how many times that is kept.
"""

from __future__ import annotations

import statistics
import time

from desk.checks.load import Rules, load_checks
from desk.checks.paths import explore
from desk.clock import local, utc_now
from desk.documents import load_register
from desk.settings import ROOT

PROMISED = 1000
WALKS = 5000
REPEATS = 5


def verdicts_a_second(rules: Rules) -> tuple[int, float]:
    """The number of paths, and the median of some runs over all of them in turn."""
    today = local(utc_now()).date()
    ends = [facts for facts, _ in explore(rules.check, today).ends]
    rates = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        for number in range(WALKS):
            if rules.walk(ends[number % len(ends)], today).verdict is None:
                raise AssertionError("a path without a verdict")
        rates.append(WALKS / (time.perf_counter() - begun))
    return len(ends), statistics.median(rates)


def main() -> None:
    """Print a table."""
    register = load_register(ROOT / "knowledge")[0]
    print("| self-check | paths | verdicts/s | × promised |\n|---|---|---|---|")
    for name, rules in load_checks(ROOT / "knowledge", register, local(utc_now()).date()).items():
        paths, rate = verdicts_a_second(rules)
        print(f"| {name} | {paths} | {rate:,.0f} | {rate / PROMISED:.1f} |")


if __name__ == "__main__":
    main()
