"""Reads the training data for Rasa, once: named in ``config.yml`` under ``importers``.

Rasa 3.6.21 asks its importers for the questions three times, copies them all at each of some thirty
merges and hashes them again after each. With tens of thousands of questions that was two thirds of
a training. Here they are read once, and a question knows its hash and copies cheaply; what Rasa
gets is the same.
"""

from __future__ import annotations

from typing import Any

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data import loading
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData


class Question(Message):
    """A training example whose hash outlives copies and assignments that change nothing.

    Its values are never changed in place, only replaced by ``set``; copies may share them.
    """

    @classmethod
    def of(cls, message: Message) -> Question:
        """The same example; its hash is computed when first asked for."""
        twin = cls(
            message.data, set(message.output_properties), message.time, list(message.features)
        )
        twin._cached_fingerprint = message._cached_fingerprint
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Question:
        return self.of(self)

    def set(self, prop: str, info: Any, add_to_output: bool = False) -> None:
        """As Rasa's, but the hash is forgotten only if the value is another one."""
        same = prop in self.data and self.data[prop] == info
        known = self._cached_fingerprint if same else None
        super().set(prop, info, add_to_output)
        self._cached_fingerprint = known


class QuestionImporter(RasaFileImporter):
    """Rasa's own importer of files, with the questions kept after the first reading."""

    _read: TrainingData | None = None

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """All training examples of the NLU files below the data folders, whatever the language."""
        if self._read is None:
            files = [loading.load_data(name, language) for name in self._nlu_files]
            for data in files:
                data.training_examples = [Question.of(m) for m in data.training_examples]
            self._read = TrainingData().merge(*files)
        return self._read
