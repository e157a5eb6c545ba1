"""What the client does not see: tracker stores, process trees, disks and the machine.

Memory and disk are bytes.
"""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from bench.measure import TURNS_OF_A_VISIT, NotAnswered


def lengthen(database: Path, sender: str, turns: int) -> None:
    """Repeat the events of a conversation's latest ten turns, as if they had been had again.

    Five hundred real turns take stock Rasa minutes; what it reads and sends afterwards is the same.
    """
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        rows = connection.execute(
            "SELECT type_name, timestamp, intent_name, action_name, data FROM events"
            " WHERE sender_id = ? ORDER BY id",
            (sender,),
        ).fetchall()
        begins = [i for i, row in enumerate(rows) if row[0] == "user"][-TURNS_OF_A_VISIT:]
        if len(begins) < TURNS_OF_A_VISIT:
            raise NotAnswered(f"fewer than {TURNS_OF_A_VISIT} turns to repeat")
        blocks = [rows[a:b] for a, b in zip(begins, [*begins[1:], len(rows)], strict=True)]
        at = rows[-1][1]
        for turn in range(turns):
            for type_name, _, intent, action, data in blocks[turn % TURNS_OF_A_VISIT]:
                at += 1e-6
                event = json.dumps(json.loads(data) | {"timestamp": at})
                connection.execute(
                    "INSERT INTO events"
                    " (sender_id, type_name, timestamp, intent_name, action_name, data)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (sender, type_name, at, intent, action, event),
                )


def action_calls(database: Path) -> tuple[int, dict[str, int]]:
    """Turns in a tracker store, and how often each custom action was called in them."""
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        said = connection.execute("SELECT data FROM events WHERE type_name = 'user'").fetchall()
        found = connection.execute(
            "SELECT action_name, count(*) FROM events WHERE type_name = 'action'"
            " AND action_name NOT IN ('action_listen', 'action_session_start') GROUP BY 1"
        ).fetchall()
    # A session that our tracker store begins has an empty message at its head.
    return sum(bool(json.loads(data).get("text")) for (data,) in said), dict(found)


def family(pid: int) -> list[int]:
    """A process and everything below it."""
    found = [pid]
    for task in _listed(Path(f"/proc/{pid}/task")):
        children = _read(Path(f"/proc/{pid}/task/{task}/children"))
        for child in children.split():
            found += family(int(child))
    return found


def memory(pid: int) -> tuple[int, int | None]:
    """Resident memory of a process tree: the sum of RSS, and of PSS where it may be read."""
    tree = family(pid)
    rss = sum(_kilobytes(_read(Path(f"/proc/{one}/status")), "VmRSS:") for one in tree)
    shares = [_kilobytes(_read(Path(f"/proc/{one}/smaps_rollup")), "Pss:") for one in tree]
    return rss * 1024, (sum(shares) * 1024 if all(shares) else None)


def _kilobytes(text: str, name: str) -> int:
    return next((int(x.split()[1]) for x in text.splitlines() if x.startswith(name)), 0)


def _listed(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except OSError:
        return []


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


def disk(folder: Path) -> int:
    """What a folder takes, each file once; files that are shared with a cache count in full."""
    found = {}
    for here, _, names in os.walk(folder):
        for name in names:
            status = Path(here, name).lstat()
            found[status.st_ino] = status.st_blocks * 512
    return sum(found.values())


def machine() -> dict[str, str]:
    """The facts that figures depend on."""
    cores = len(os.sched_getaffinity(0))
    models = [x for x in _read(Path("/proc/cpuinfo")).splitlines() if x.startswith("model name")]
    total = _kilobytes(_read(Path("/proc/meminfo")), "MemTotal:")
    return {
        "cores": f"{cores} × {models[0].partition(':')[2].strip()}" if models else str(cores),
        "memory": f"{total / 1024**2:.0f} GB",
        "system": f"Linux {os.uname().release}, {os.uname().machine}",
    }
