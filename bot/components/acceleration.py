"""Two slow spots of Rasa 3.6.21, sped up in place; both were measured, see docs/decisions.

Written for Rasa 3.6.21 exactly: on another version, or when the patched code has changed,
``install`` does nothing and says so, and ``tests/test_acceleration.py`` fails.

- ``RemoteAction._validate_action_result`` re-checks its JSON schema on every action call; the
  validator is compiled once.
- ``Event.resolve_by_type`` walks all event classes for every event it loads; a dictionary does not.
"""

from __future__ import annotations

import hashlib
import inspect
import logging
from typing import Any

import jsonschema
import rasa
import rasa.shared.utils.common
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.events import Event

log = logging.getLogger(__name__)

RASA_VERSION = "3.6.21"
# First 16 hex digits of the SHA-256 of each replaced function's source.
SOURCES = {
    "_validate_action_result": "f8cdb4be68123961",
    "resolve_by_type": "b5cf570fa7f286c7",
}


def source_digest(function: Any) -> str:
    """What ``SOURCES`` holds for a function."""
    return hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:16]


def matches() -> bool:
    """Whether the installed Rasa is the one these accelerations were written for."""
    if getattr(RemoteAction, "_desk_accelerated", False):
        return True
    return (
        rasa.__version__ == RASA_VERSION
        and {
            "_validate_action_result": source_digest(RemoteAction._validate_action_result),
            "resolve_by_type": source_digest(Event.resolve_by_type),
        }
        == SOURCES
    )


def install() -> bool:
    """Put both accelerations in place, once; False if this Rasa is another one."""
    if not matches():
        log.warning("accelerations are for Rasa %s and were not installed", RASA_VERSION)
        return False
    if not getattr(RemoteAction, "_desk_accelerated", False):
        RemoteAction._validate_action_result = _compiled_validation()
        Event.resolve_by_type = staticmethod(_resolve_by_type)
        RemoteAction._desk_accelerated = True
    return True


def _compiled_validation() -> Any:
    schema = RemoteAction.action_response_format_spec()
    validator = jsonschema.validators.validator_for(schema)(schema)

    def _validate_action_result(self: RemoteAction, result: dict[str, Any]) -> bool:
        """Check an action server's answer against its schema; raises ``ValidationError``."""
        error = jsonschema.exceptions.best_match(validator.iter_errors(result))
        if error is not None:
            raise error
        return True

    return _validate_action_result


_classes: dict[str, type[Event]] = {}


def _resolve_by_type(type_name: str, default: type[Event] | None = None) -> type[Event] | None:
    """The event class of a type name; ``default`` or ``ValueError`` for an unknown one."""
    if type_name not in _classes:
        for cls in rasa.shared.utils.common.all_subclasses(Event):
            _classes.setdefault(cls.type_name, cls)
    if type_name in _classes:
        return _classes[type_name]
    if type_name == "topic":  # as Rasa does, for trackers of before its time
        return None
    if default is not None:
        return default
    raise ValueError(f"Unknown event name '{type_name}'.")
