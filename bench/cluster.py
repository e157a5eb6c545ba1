"""A throw-away PostgreSQL cluster on a Unix socket, run as an unprivileged user."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# PostgreSQL refuses to run as root; root lends it to this user.
_NOBODY = "nobody"


def tool(name: str) -> str | None:
    """A PostgreSQL program: on the path, or where Debian puts them."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(found[-1]) if found else None)


def present() -> bool:
    """Whether a cluster can be started on this machine."""
    return bool(tool("initdb") and tool("pg_ctl"))


@contextmanager
def postgresql(*, safe: bool = False) -> Iterator[str]:
    """A running cluster; yields its database URL. ``safe`` keeps what a power cut may not lose,
    which costs a disk flush per commit; without it only a killed *client* is survived."""
    root = os.geteuid() == 0
    # A short path: a socket's name has 107 bytes.
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        if root:
            user = pwd.getpwnam(_NOBODY)
            os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = {"user": _NOBODY, "extra_groups": []} if root else {}
        data = str(Path(folder) / "data")

        def run(name: str, *arguments: str) -> None:
            command = [str(tool(name)), "-D", data, *arguments]
            # pg_ctl's server inherits the pipes, so what it says goes to a file.
            with (Path(folder) / "said").open("w+") as said:
                done = subprocess.run(
                    command,
                    cwd=folder,
                    stdout=said,
                    stderr=said,
                    stdin=subprocess.DEVNULL,
                    **as_user,
                )
                said.seek(0)
                assert done.returncode == 0, said.read()

        run("initdb", "-A", "trust", "-U", "desk", "--no-sync", "-E", "UTF8", "--locale=C")
        flush = "" if safe else " -c fsync=off"
        options = f"-k {folder} -c listen_addresses='' -c max_connections=60{flush}"
        run("pg_ctl", "-w", "-l", str(Path(folder) / "log"), "-o", options, "start")
        try:
            yield f"postgresql+psycopg://desk@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
