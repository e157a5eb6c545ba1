"""Trains a model unless one fits: its name is the fingerprint of everything that shapes it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.absent import COMPONENTS  # noqa: E402
from desk.settings import read_settings  # noqa: E402

SHAPES_THE_MODEL = (
    "config.yml",
    "bot/requirements.lock",
    "bot/domain/*.yml",
    "bot/importer.py",
    "bot/components/*.py",
    "data/**/*.yml",
    "desk/text.py",
    "desk/decision.py",
)
KEPT = 3
RASA_ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONWARNINGS": "ignore",
    "PYTHONPATH": str(ROOT),
    # Threads of the linear algebra would only wait for each other on matrices this small.
    "OPENBLAS_NUM_THREADS": "1",
    # Both are noise in a log file.
    "TQDM_DISABLE": "1",
    "NO_COLOR": "1",
}


def fingerprint() -> str:
    """Twelve hex digits that change with any file that shapes the model."""
    digest = hashlib.sha256()
    for pattern in SHAPES_THE_MODEL:
        for file in sorted(ROOT.glob(pattern)):
            digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def fitting_model() -> Path:
    """The archive of the model that fits the data; trained now if it is not there."""
    settings = read_settings()
    model = settings.models_dir / f"desk-{fingerprint()}.tar.gz"
    if model.is_file():
        model.touch()  # the newest archive is the one that fits: `make eval` and old ones' removal
        return model
    need_present_components()
    log = settings.var_dir / "log" / "train.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    print(f"Training a model (about a minute; details in {log}) …", flush=True)
    started = time.monotonic()
    name = f"part-{model.name.removesuffix('.tar.gz')}"
    command = [
        str(ROOT / ".venv-rasa" / "bin" / "rasa"),
        *("train", "--config", "config.yml", "--domain", "bot/domain", "--data", "data"),
        # `make check` validates; a training need not do it again.
        "--skip-validation",
        *("--out", str(settings.models_dir), "--fixed-model-name", name),
    ]
    with log.open("wb") as stream:
        status = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **RASA_ENVIRONMENT, "LOG_LEVEL": settings.log_level},
            stdout=stream,
            stderr=subprocess.STDOUT,
        ).returncode
    part = settings.models_dir / f"{name}.tar.gz"
    if status or not part.is_file():
        tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
        raise SystemExit("\n".join([*tail, f"make: training failed; the whole log is in {log}"]))
    part.rename(model)  # so that a killed training never leaves half a model under a good name
    _forget_old(settings.models_dir)
    print(f"… trained in {time.monotonic() - started:.0f} s: {model.name}", flush=True)
    return model


def need_present_components() -> None:
    """Refuse a pipeline that names a component whose package is left out of the installation."""
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    for item in [*(config.get("pipeline") or ()), *(config.get("policies") or ())]:
        name = str(item["name"]).rsplit(".", 1)[-1]
        if name in COMPONENTS:
            raise SystemExit(
                f"make: config.yml names {name}, which needs {COMPONENTS[name]}; that is left out"
                " of this installation (bot/overrides.txt). Remove one of the two."
            )


def _forget_old(directory: Path) -> None:
    models = sorted(directory.glob("desk-*.tar.gz"), key=lambda file: file.stat().st_mtime)
    for file in models[:-KEPT]:
        file.unlink()


if __name__ == "__main__":
    fitting_model()
