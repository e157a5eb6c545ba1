"""Many visitors at once, over HTTP, on SQLite and on PostgreSQL: ``python -m bench.booking``.

Starts the real web process on a database of its own, and for PostgreSQL a throw-away cluster, and
counts: 200 clients for 10 seats, one request sent many times, a storm of reschedulings, and
bookings while the web process is killed again and again. Writes ``bench/BOOKING.md``; ``--quick``
tries it in small sizes and prints only. Fails if a count is not what it must be.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from bench import cluster
from bench.site import Site, at_once, send, wish
from desk.settings import ROOT

REPORT = ROOT / "bench" / "BOOKING.md"


@dataclass(frozen=True)
class Sizes:
    clients: int
    seats: int
    repeats: int
    moves: int
    kills: int


FULL = Sizes(clients=200, seats=10, repeats=50, moves=800, kills=12)
QUICK = Sizes(clients=40, seats=5, repeats=10, moves=80, kills=3)


def rush(site: Site, sizes: Sizes) -> dict[str, Any]:
    """All clients for the seats of one opening."""
    opening = site.openings()[0]["id"]

    def client(n: int) -> tuple[str, float]:
        started = time.perf_counter()
        answer = send("POST", f"{site.base}/appointments", n, json=wish(opening, n))
        took = time.perf_counter() - started
        body = answer.json()
        if answer.status_code == 201:
            return "booked", took
        polite = body.get("code") == "opening_full" and body.get("alternatives")
        return "refused with alternatives" if polite else f"error {answer.status_code}", took

    results = at_once(sizes.clients, client)
    counts = Counter(result for result, _ in results)
    seats = sorted(a.seat or 0 for a in site.booked() if a.opening_id == opening)
    expect(counts["booked"], sizes.seats)
    expect(counts["refused with alternatives"], sizes.clients - sizes.seats)
    expect(seats, list(range(1, sizes.seats + 1)))
    times = sorted(took for _, took in results)
    return {
        "clients": sizes.clients,
        "seats": sizes.seats,
        **counts,
        "errors": sizes.clients - counts["booked"] - counts["refused with alternatives"],
        "median, s": round(statistics.median(times), 2),
        "slowest, s": round(times[-1], 2),
    }


def repeats(site: Site, sizes: Sizes) -> dict[str, Any]:
    """One request, sent many times at once."""
    opening, key = site.openings()[1]["id"], {"Idempotency-Key": uuid.uuid4().hex}

    def client(n: int) -> str:
        body = wish(opening, 10_000)
        answer = send("POST", f"{site.base}/appointments", n, json=body, headers=dict(key))
        return str(answer.json()["appointment"]["code"])

    codes = set(at_once(sizes.repeats, client))
    stored = [a.code for a in site.booked() if a.opening_id == opening]
    expect(stored, list(codes))
    return {"sent": sizes.repeats, "codes": len(codes), "seats taken": len(stored)}


def storm(site: Site, sizes: Sizes) -> dict[str, Any]:
    """Appointments moved to and fro between few openings, by everybody at once."""
    openings = [o["id"] for o in site.openings()[2:7]]
    mine: list[tuple[str, str]] = []
    for n in range(sizes.seats * 4):
        body = wish(openings[n % 5], 20_000 + n)
        answer = send("POST", f"{site.base}/appointments", n, json=body)
        mine.append((answer.json()["appointment"]["code"], body["phone"][-4:]))

    def client(n: int) -> Counter[str]:
        choice, seen = random.Random(n), Counter[str]()
        for turn in range(sizes.moves // 32):
            code, tail = choice.choice(mine)
            body = {"phone_tail": tail, "opening": choice.choice(openings)}
            address = 1000 + (n * 997 + turn) % 60_000
            answer = send("PATCH", f"{site.base}/appointments/{code}", address, json=body)
            seen["moved" if answer.ok else answer.json()["code"]] += 1
        return seen

    counts: Counter[str] = sum(at_once(32, client), Counter())
    after = [a for a in site.booked() if a.opening_id in openings]
    expect(sorted(a.code for a in after), sorted(code for code, _ in mine))
    places = Counter((a.opening_id, a.seat) for a in after)
    expect(max(places.values()), 1)
    expect(set(counts) <= {"moved", "opening_full"}, True)
    lost = len(mine) - len(after)
    return {"appointments": len(mine), **counts, "lost": lost, "seats given twice": 0}


def killed(site: Site, sizes: Sizes) -> dict[str, Any]:
    """Bookings while the web process is killed and started again; whoever got no answer sends the
    same request again, as the widget does."""
    openings = [o["id"] for o in site.openings()[8:]]
    before = {a.code for a in site.booked()}
    over, count = threading.Event(), sizes.seats * len(openings) // 2
    cut_off: list[int] = []

    def client(n: int) -> str:
        body, key = (
            wish(openings[n % len(openings)], 30_000 + n),
            {"Idempotency-Key": f"kill-{n:06}"},
        )
        time.sleep(random.Random(n).uniform(0, sizes.kills))
        while True:
            try:
                answer = send("POST", f"{site.base}/appointments", n, json=body, headers=dict(key))
                return str(answer.json()["appointment"]["code"])
            except (requests.RequestException, ValueError) as error:
                # Refused while nobody listens; anything else was cut off in the middle.
                if "refused" not in str(error):
                    cut_off.append(n)
                time.sleep(0.2)

    def executioner() -> None:
        for _ in range(sizes.kills):
            time.sleep(random.uniform(0.1, 1.0))
            site.kill()
            site.start()
        over.set()

    hand = threading.Thread(target=executioner)
    hand.start()
    with ThreadPoolExecutor(32) as pool:
        codes = list(pool.map(client, range(count)))
    hand.join()
    stored = [a for a in site.booked() if a.code not in before]
    expect(sorted(a.code for a in stored), sorted(codes))
    expect(len(set(codes)), count)
    places = Counter((a.opening_id, a.seat) for a in stored)
    expect(max(places.values()), 1)
    return {
        "kills": sizes.kills,
        "bookings": count,
        "requests cut off in the middle": len(cut_off),
        "lost bookings": count - len(stored),
        "ghost seats": len(stored) - len(set(codes)),
    }


def expect(found: Any, wanted: Any) -> None:
    """A count that is not what it must be is a failure, not a figure."""
    if found != wanted:
        raise SystemExit(f"found {found!r}, wanted {wanted!r}")


@contextmanager
def site_on(name: str, sizes: Sizes) -> Iterator[Site]:
    with tempfile.TemporaryDirectory() as folder, _database(name, Path(folder)) as url:
        site = Site(Path(folder), url, sizes.seats)
        try:
            site.start()
            yield site
        finally:
            site.kill()
            site.database.engine.dispose()


@contextmanager
def _database(name: str, folder: Path) -> Iterator[str]:
    if name == "SQLite":
        yield f"sqlite:///{folder / 'desk.db'}"
    else:
        with cluster.postgresql(safe=True) as url:
            yield url


CASES = {
    "all for the same seats": rush,
    "the same request again and again": repeats,
    "a storm of reschedulings": storm,
    "killed in the middle": killed,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, nothing written")
    quick = parser.parse_args().quick
    sizes, names = (QUICK if quick else FULL), ["SQLite"]
    if cluster.present():
        names.append("PostgreSQL")
    else:
        print("no PostgreSQL here: install Debian's package postgresql", file=sys.stderr)
    found: dict[str, dict[str, dict[str, Any]]] = {case: {} for case in CASES}
    for name in names:
        with site_on(name, sizes) as site:
            for case, measure in CASES.items():
                found[case][name] = measure(site, sizes)
                print(name, case, found[case][name], flush=True)
    if not quick:
        REPORT.write_text(report(found), encoding="utf-8")


def report(found: dict[str, dict[str, dict[str, Any]]]) -> str:
    lines = [
        "# Reception days under contention, `make bench`",
        "",
        f"date: {time.strftime('%Y-%m-%d')}; cores: {os.cpu_count()}. Over HTTP, one web process, "
        "clients on the same machine; every commit is flushed to disk. Counts that are not as they "
        "must be stop the run, so this file exists only if they are.",
    ]
    for case, by_database in found.items():
        names = list(by_database)
        keys = list(dict.fromkeys(key for values in by_database.values() for key in values))
        lines += ["", f"## {case[0].upper()}{case[1:]}", "", f"| | {' | '.join(names)} |"]
        lines.append("|---|" + "---|" * len(names))
        for key in keys:
            lines.append(
                f"| {key} | {' | '.join(str(by_database[n].get(key, 0)) for n in names)} |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
