"""What is left out of Rasa's installation, and how that shows."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import rasa.shared.exceptions

from bot.absent import ABSENT, COMPONENTS

ROOT = Path(__file__).resolve().parent.parent.parent


def dropped() -> set[str]:
    lines = (ROOT / "bot" / "overrides.txt").read_text().splitlines()
    return {line.split(";")[0].strip() for line in lines if line and not line.startswith("#")}


def test_tensorflow_is_not_installed_and_yet_rasa_imports() -> None:
    import rasa.engine.recipes.default_components  # noqa: F401
    import tensorflow

    assert type(tensorflow).__module__ == "bot.absent"
    assert importlib.util.find_spec("tensorflow").origin is None


def test_every_stand_in_belongs_to_a_dropped_requirement() -> None:
    assert set(ABSENT.values()) <= dropped()
    assert set(COMPONENTS.values()) <= dropped()


def test_no_dropped_requirement_came_back_into_the_lock_file() -> None:
    lock = (ROOT / "bot" / "requirements.lock").read_text()
    assert not {name for name in dropped() if re.search(rf"^{name}==", lock, re.MULTILINE)}


def test_using_a_placeholder_says_what_is_missing() -> None:
    import tensorflow as tf

    for use in (lambda: tf.constant(1), lambda: tf.keras.layers.Dense(4), lambda: tf.Module()):
        try:
            use()
        except rasa.shared.exceptions.RasaException as error:
            assert "tensorflow" in str(error) and "bot/overrides.txt" in str(error)
        else:
            raise AssertionError("a placeholder was used in silence")


def test_absent_errors_can_be_caught() -> None:
    from botocore.exceptions import BotoCoreError
    from pymongo.errors import PyMongoError

    try:
        raise BotoCoreError("x")
    except (PyMongoError, BotoCoreError):
        pass


def test_a_real_package_wins_over_its_stand_in() -> None:
    import numpy

    assert numpy.__file__
    names = [getattr(f, "__name__", type(f).__module__) for f in sys.meta_path]
    assert names.index("bot.absent") > names.index("PathFinder")


def test_a_pipeline_with_diet_fails_with_a_sentence(folder: Path) -> None:
    config = folder / "config.yml"
    config.write_text(
        "recipe: default.v1\nassistant_id: x\nlanguage: en\n"
        "pipeline:\n- name: WhitespaceTokenizer\n- name: RegexFeaturizer\n- name: DIETClassifier\n"
    )
    nlu = folder / "nlu.yml"
    nlu.write_text(
        'version: "3.1"\nnlu:\n- intent: a\n  examples: |\n    - x\n    - y\n'
        "- intent: b\n  examples: |\n    - z\n    - w\n- regex: r\n  examples: |\n    - x\n"
    )
    rasa_command = Path(sys.executable).with_name("rasa")
    files = ("--config", str(config), "--nlu", str(nlu), "--out", str(folder))
    done = subprocess.run(
        [str(rasa_command), "train", "nlu", *files],
        capture_output=True,
        text=True,
        cwd=folder,
    )
    assert not list(folder.glob("*.tar.gz")), done.stdout
    assert "is not available: tensorflow is left out" in done.stdout + done.stderr


def test_rasa_test_works_without_scikit_learn(folder: Path) -> None:
    model = max((ROOT / "models").glob("desk-*.tar.gz"), key=lambda file: file.stat().st_mtime)
    rasa_command = str(Path(sys.executable).with_name("rasa"))
    stories = folder / "test_stories.yml"
    stories.write_text(
        'version: "3.1"\nstories:\n- story: a question\n  steps:\n  - user: |\n      hi~\n'
        "    intent: ask\n  - action: action_answer\n"
    )
    for what, *options in (
        ("nlu", "--nlu", str(ROOT / "data" / "nlu" / "dialogue.yml"), "--no-plot"),
        ("core", "--stories", str(stories), "--no-plot"),
    ):
        done = subprocess.run(
            [rasa_command, "test", what, *options, "--model", str(model), "--out", str(folder)],
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        assert "is not available" not in done.stdout + done.stderr


def test_our_metrics_are_those_of_the_textbook() -> None:
    from sklearn import metrics
    from sklearn.utils.multiclass import unique_labels

    targets, predictions = ["a", "a", "b", "c"], ["a", "b", "b", "b"]
    assert list(unique_labels(targets, predictions)) == ["a", "b", "c"]
    assert metrics.confusion_matrix(targets, predictions).tolist() == [
        [1, 1, 0],
        [0, 1, 0],
        [0, 1, 0],
    ]
    assert metrics.accuracy_score(targets, predictions) == 0.5
    report = metrics.classification_report(
        targets, predictions, labels=["a", "b", "c"], output_dict=True
    )
    assert (report["a"]["precision"], report["a"]["recall"]) == (1.0, 0.5)
    assert (report["b"]["precision"], report["b"]["recall"]) == (1 / 3, 1.0)
    assert report["c"] == {"precision": 0.0, "recall": 0.0, "f1-score": 0.0, "support": 1}
    weighted = metrics.precision_score(
        targets, predictions, labels=["a", "b", "c"], average="weighted"
    )
    assert abs(weighted - (2 * 1.0 + 1 * 1 / 3) / 4) < 1e-12
