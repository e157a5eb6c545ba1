"""The ranking component on a Rasa as it comes: the same model, without the accelerations."""

from __future__ import annotations

from typing import Any
from unittest import mock

from rasa.core.actions.action import RemoteAction
from rasa.engine.recipes.default_recipe import DefaultV1Recipe

from bot.components import acceleration
from bot.components.ranker import TopicRanker


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class PlainRanker(TopicRanker):
    """``TopicRanker`` that leaves Rasa alone; named by the bench's own configuration only."""

    @classmethod
    def load(cls, *args: Any, **kwargs: Any) -> TopicRanker:
        """The trained component. Fails if Rasa was sped up all the same."""
        with mock.patch.object(acceleration, "install"):
            component = super().load(*args, **kwargs)
        if getattr(RemoteAction, "_desk_accelerated", False):
            raise RuntimeError("the stock variant runs with accelerations; mend bench/plain.py")
        return component
