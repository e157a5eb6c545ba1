"""Environments of the compared set-ups, made in a throw-away folder and timed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.observe import disk

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "deploy"))

import setup  # noqa: E402

# jieba, because WhitespaceTokenizer refuses Chinese; setuptools, because 3.6.21 needs pkg_resources.
STOCK = ("rasa[jieba]==3.6.21", "setuptools==70.3.0")
PYTHONS = {folder: choice for folder, _, *choice in setup.ENVIRONMENTS}
# Both of Rasa's environments with their caches.
FREE_BYTES = 6 * 10**9


@dataclass(frozen=True)
class Environment:
    """An installed environment: seconds of set-up from an empty cache (None: not measured) and
    from a full one, and bytes on disk."""

    folder: Path
    cold: float | None
    warm: float
    disk: int


def make(folder: Path, kind: str, *, cold: bool) -> Environment:
    """Install an environment of a ``kind``: ``stock``, or a folder of ``deploy/setup.py``.

    From an empty cache of its own and then again from that cache; not ``cold``: once, from the
    user's cache.
    """
    cache = folder.with_name(folder.name + "-cache") if cold else None
    first = _install(folder, kind, cache) if cold else None
    again = _install(folder, kind, cache)
    if cache:
        shutil.rmtree(cache)
    return Environment(folder, first, again, disk(folder))


def _install(folder: Path, kind: str, cache: Path | None) -> float:
    shutil.rmtree(folder, ignore_errors=True)
    python = setup.interpreter(*PYTHONS[".venv-rasa" if kind == "stock" else kind])
    environment = {**os.environ, **({"UV_CACHE_DIR": str(cache)} if cache else {})}
    lock_files = {name: lock_file for name, lock_file, *_ in setup.ENVIRONMENTS}
    if kind == "stock":
        wanted = ("install", *STOCK)
    else:
        wanted = ("sync", "--require-hashes", str(ROOT / lock_files[kind]))
    options = ("--quiet", "--compile-bytecode", "--python", str(folder / "bin" / "python"))
    begun = time.monotonic()
    for arguments in (("venv", "--quiet", "--python", python, str(folder)), ("pip", *wanted, *options)):
        subprocess.run([setup.UV, *arguments], check=True, env=environment, cwd=folder.parent)
    took = time.monotonic() - begun
    if kind == ".venv-rasa":
        setup.stand_in(str(folder))
    return took
