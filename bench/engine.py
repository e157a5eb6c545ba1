"""``make bench``: stock Rasa, stock Rasa with our ranking, and ours, in one run on one machine.

Everything is made in a throw-away folder (about 6 GB below TMPDIR) and deleted at the end, also
after Ctrl-C. The result goes to ``bench/RESULTS.md``; ``--quick`` tries everything in small sizes
and writes nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median

from bench import environments, servers, variants
from bench.measure import (
    GatewayTalk,
    NotAnswered,
    RasaTalk,
    Talk,
    first_answer,
    growth,
    latency,
    throughput,
)
from bench.observe import action_calls, lengthen, machine, memory
from bench.report import Result, processes, seconds, table
from bench.variants import Variant
from desk.knowledge import load_shelf
from desk.settings import ROOT

# The first question of each is what the visitors ask: learnt by every variant, and one action call.
TOPICS = (
    *("eia.category", "eia.commitment", "permit.discharge", "enforcement.minor_violation"),
    *("enforcement.discretion", "credit.repair", "trading.emission_rights", "quota.guarantee"),
    *("waste.hazardous", "finance.pledge"),
)
SENDERS = 8


@dataclass(frozen=True)
class Sizes:
    """How much is measured. ``epochs`` of the 100 that `rasa init` sets; ``twice``:
    install again from the filled cache; figures are medians of ``repeats``."""

    twice: bool = True
    epochs: int = 2
    repeats: int = 3
    turns: int = 200
    visits: int = 2
    points: tuple[int, ...] = (10, 100, 500)


QUICK = Sizes(twice=False, epochs=1, repeats=1, turns=20, visits=1, points=(10, 30, 60))


class Bench:
    """One run, below one folder."""

    def __init__(self, sizes: Sizes, folder: Path) -> None:
        self._sizes = sizes
        self._folder = folder
        self._begun = time.monotonic()
        topics = load_shelf(ROOT / "knowledge").topics
        self._texts = [topics[id_].questions[0] for id_ in TOPICS]

    def run(self) -> str:
        """All variants, one after the other; the report as Markdown."""
        load = os.getloadavg()[0]
        stock, rasa, desk = self._environments()
        default = variants.stock_default(self._folder / "a", stock.folder, self._sizes.epochs)
        ranker = variants.stock_ranker(self._folder / "b", stock.folder)
        ours = variants.ours(self._folder / "c", rasa.folder)
        a = self._engine(default, Result("(a) stock, default pipeline", *_cost(stock)))
        b = self._engine(ranker, Result("(b) stock, our ranking", *_cost(stock)))
        c = self._engine(ours, Result("(c) ours", *_cost(rasa)))
        gateway, parts = self._product(ours, Result("(c) with the gateway", *_cost(rasa, desk)))
        facts = {
            "date": date.today().isoformat(),
            **machine(),
            "Python": f"{_version(rasa.folder)} (Rasa), {sys.version.split()[0]} (the rest)",
            "load before": f"{load:.2f}" + (" (busy: the figures are noisy)" if load > 0.7 else ""),
            "duration": f"{(time.monotonic() - self._begun) / 60:.0f} min",
        }
        text = (ROOT / "bench" / "report.md").read_text(encoding="utf-8")
        return text.format(
            facts="; ".join(f"{name}: {value}" for name, value in facts.items()),
            table=table([a, b, c, gateway], c),
            processes=processes(parts),
            epochs=self._sizes.epochs,
            full=self._full,
            repeats=self._sizes.repeats,
            turns=self._sizes.turns,
        )

    def _environments(self) -> tuple[environments.Environment, ...]:
        made = []
        for kind in ("stock", ".venv-rasa", ".venv"):
            self._say(f"installing {kind}")
            folder = self._folder / f"environment-{kind.lstrip('.')}"
            made.append(environments.make(folder, kind, twice=self._sizes.twice))
        return tuple(made)

    def _engine(self, variant: Variant, result: Result) -> Result:
        """Train a variant, start it several times, and talk to it."""
        self._say(f"{result.title}: training")
        trained, diet_round = variants.train(variant)
        again = 0 if diet_round else self._sizes.repeats - 1
        result.training = median([trained, *(variants.train(variant)[0] for _ in range(again))])
        if diet_round:
            result.remarks["training"] = f"for {self._sizes.epochs} of 100 epochs"
            self._full = f"{(trained + (100 - self._sizes.epochs) * diet_round) / 60:.0f} min"
        ports = servers.free_ports()
        begin = partial(RasaTalk, ports["RASA_PORT"])
        with servers.action_server(variant, ports) as actions:
            servers.wait_for_port(actions, ports["ACTIONS_PORT"])
            with ExitStack() as stack:
                make = partial(servers.rasa_server, variant, ports)
                server = self._start(make, begin, result, stack)
                self._talk(begin, result)
                result.rss, result.pss = memory(server.pid)
                self._say(f"{result.title}: a long conversation")
                longer = partial(lengthen, variant.tracker_db)
                stock = variant.tracker_store == "SQL"
                result.growth = growth(
                    ports["RASA_PORT"], self._texts, self._sizes.points, longer if stock else None
                )
        turns, calls = action_calls(variant.tracker_db)
        if calls != {"action_answer": turns}:
            raise NotAnswered(f"{result.title}: {turns} turns called {calls}: not comparable")
        return result

    def _product(
        self, ours: Variant, result: Result
    ) -> tuple[Result, dict[str, tuple[int, int | None]]]:
        """The same through the gateway, everything started as ``make run`` starts it."""
        if variants.fingerprint() not in variants.MODEL:  # it would be trained while it starts
            raise NotAnswered("files that shape the model changed during the run; run it again")
        variant = replace(ours, folder=self._folder / "product")
        variant.folder.mkdir()
        variant.model.parent.symlink_to(ours.model.parent)
        ports = servers.free_ports()
        begin = partial(GatewayTalk, ports["WEB_PORT"])
        with ExitStack() as stack:
            server = self._start(partial(servers.product, variant, ports), begin, result, stack)
            self._talk(begin, result)
            parts = {
                "bot": memory(server.child("rasa run")),
                "actions": memory(server.child("-m actions")),
                "web": memory(server.child("uvicorn")),
            }
            result.rss = sum(rss for rss, _ in parts.values())
            result.pss = sum(pss or 0 for _, pss in parts.values()) or None
            parts["with the process manager"] = memory(server.pid)
        return result, parts

    def _start(
        self,
        make: Callable[[], servers.Server],
        begin: Callable[[], Talk],
        result: Result,
        stack: ExitStack,
    ) -> servers.Server:
        """Start several times and leave the last one running."""
        took = []
        for n in range(self._sizes.repeats):
            self._say(f"{result.title}: start {n + 1}")
            if n:
                stack.pop_all().close()
            begun = time.monotonic()
            server = stack.enter_context(make())
            first_answer(begin, self._texts[0], server.alive)
            took.append(time.monotonic() - begun)
        result.start = median(took)
        return server

    def _talk(self, begin: Callable[[], Talk], result: Result) -> None:
        self._say(f"{result.title}: one client")
        latency(begin, self._texts, 10)  # warm
        result.p50, result.p95 = latency(begin, self._texts, self._sizes.turns)
        self._say(f"{result.title}: {SENDERS} senders")
        rates = [
            throughput(begin, self._texts, SENDERS, self._sizes.visits)
            for _ in range(self._sizes.repeats)
        ]
        result.rate = median(rates)

    def _say(self, what: str) -> None:
        print(f"{seconds(time.monotonic() - self._begun):>7}  {what} …", flush=True)


def _cost(*made: environments.Environment) -> tuple[float, float | None, float]:
    again = sum(one.warm or 0 for one in made) or None
    return sum(one.cold for one in made), again, sum(one.disk for one in made)


def _version(environment: Path) -> str:
    command = [str(environment / "bin" / "python"), "--version"]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return found.removeprefix("Python").strip()


def main() -> int:
    """Run, print, and write the report."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, nothing written")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "RESULTS.md")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
        free = shutil.disk_usage(folder).free
        if free < environments.FREE_BYTES:
            print(f"make bench: 6 GB needed below {folder}, {free / 1e9:.1f} GB free; set TMPDIR.")
            return 1
        try:
            report = Bench(QUICK if options.quick else Sizes(), Path(folder)).run()
        except (NotAnswered, subprocess.CalledProcessError) as error:
            print(f"make bench: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130
    print(report)
    if options.quick:
        print("Quick: tiny sizes, so the figures mean little and were not written.")
    else:
        options.out.write_text(report, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
