"""Our importer of files gives Rasa what its own would, and its cheap copies are real copies."""

from __future__ import annotations

import copy
from pathlib import Path

from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.importer import Question, QuestionImporter

ROOT = Path(__file__).resolve().parent.parent.parent
SMALL = """
version: "3.1"
nlu:
- intent: ask
  metadata:
    topic: eia.category
  examples: |
    - 开厂要办环评吗
    - 开厂要办环评吗
    - 环评怎么分类
- intent: deny
  examples: |
    - 不是
    - 不是这个
"""


def importer(cls: type, folder: Path) -> RasaFileImporter:
    folder.joinpath("nlu.yml").write_text(SMALL, encoding="utf-8")
    return cls(None, None, str(folder))


def test_the_configuration_names_it() -> None:
    whole = TrainingDataImporter.load_from_config(str(ROOT / "config.yml"))
    inner = whole.importer._importer._importers
    assert [type(one) for one in inner] == [QuestionImporter]


def test_rasa_gets_the_same_training_data(folder: Path) -> None:
    ours = importer(QuestionImporter, folder).get_nlu_data()
    rasas = importer(RasaFileImporter, folder).get_nlu_data()
    assert len(ours.training_examples) == 4
    assert ours.fingerprint() == rasas.fingerprint()
    assert ours.training_examples == rasas.training_examples


def test_files_are_read_once(folder: Path) -> None:
    one = importer(QuestionImporter, folder)
    assert one.get_nlu_data("zh") is one.get_nlu_data()


def test_a_copy_is_another_example() -> None:
    first = Question.of(Message({TEXT: "环评", INTENT: "ask"}))
    hash(first)
    second = copy.deepcopy(first)
    second.set(INTENT, "deny", add_to_output=True)
    assert first.get(INTENT) == "ask"
    assert INTENT not in first.output_properties
    assert second != first


def test_the_hash_follows_every_change() -> None:
    one = Question.of(Message({TEXT: "环评", INTENT: "ask"}))
    for change in ({INTENT: "deny"}, {INTENT: "deny"}, {"metadata": None}, {TEXT: "验收"}):
        for name, value in change.items():
            one.set(name, value)
        assert one.fingerprint() == Message(one.data).fingerprint()
