"""Loading YAML files against a schema, with errors an editor can act on."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from desk.mistakes import Mistake, invalid, reason_of

T = TypeVar("T")
# libyaml's parser where it was built in: ten times faster over some sixty files.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What pydantic finds wrong, as a code of ``mistakes.yml``.
_CODES = {
    "missing": "missing",
    "extra_forbidden": "unknown_key",
    "literal_error": "one_of",
    "enum": "one_of",
    "string_type": "not_text",
    "list_type": "not_a_list",
    "dict_type": "not_a_map",
    "model_type": "not_a_map",
    "model_attributes_type": "not_a_map",
    "string_pattern_mismatch": "bad_form",
    "string_too_short": "too_short",
    "too_short": "too_short",
    "bool_type": "not_true_or_false",
    "bool_parsing": "not_true_or_false",
    "ends_first": "ends_first",
    "rule_parts": "rule_parts",
    "not_nth": "not_nth",
    "reserved_rule": "reserved_rule",
    "rule_twice": "rule_twice",
}


class _Twice(yaml.MarkedYAMLError):
    """A key stands twice in one mapping; YAML would drop the first without a word."""


class _Loader(_Base):  # type: ignore[misc]
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise _Twice(problem=key.value, problem_mark=key.start_mark)
            seen.add(key.value)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


class Strict(BaseModel):
    """A schema that rejects unknown keys: a misspelt key must not be dropped in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_yaml(file: Path) -> Any:
    """The contents of a YAML file; raises ``KnowledgeInvalid`` with file and line."""
    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)
    except OSError as error:
        reason = error.strerror or str(error)
        raise invalid([Mistake("unreadable", file, facts={"reason": reason})]) from error
    except UnicodeDecodeError as error:
        raise invalid([Mistake("not_utf8", file)]) from error
    except yaml.YAMLError as error:
        raise invalid([_syntax(file, error)]) from error


def load(file: Path, schema: type[T]) -> T:
    """Read a YAML file as ``schema``; raises ``KnowledgeInvalid`` naming each wrong key."""
    return parse(read_yaml(file), schema, file)


def parse(data: Any, schema: type[T], file: Path) -> T:
    """Validate ``data`` (read from ``file``) as ``schema``."""
    try:
        return TypeAdapter(schema).validate_python(data)
    except ValidationError as error:
        found = [_wrong(file, dict(item)) for item in error.errors(include_url=False)]
        raise invalid(found) from error


def _syntax(file: Path, error: yaml.YAMLError) -> Mistake:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    reason = getattr(error, "problem", None) or str(error)
    line = mark.line + 1 if mark else None
    if isinstance(error, _Twice):
        return Mistake("twice", file, line=line, facts={"key": reason})
    return Mistake("syntax", file, line=line, facts={"reason": reason_of(reason)})


def _wrong(file: Path, item: dict[str, Any]) -> Mistake:
    """One finding of pydantic as a mistake."""
    kind, context = str(item["type"]), item.get("ctx") or {}
    place = tuple(part for part in item["loc"] if part != "[key]")
    code = _CODES.get(kind, "wrong")
    if kind.startswith("date_"):
        code = "not_a_day"
    elif kind.startswith("time_"):
        code = "not_a_time"
    elif kind.startswith(("int_", "greater_than", "less_than", "float_")):
        code = "not_a_number"
    facts = {
        "key": ".".join(str(part) for part in place),
        "value": _short(item.get("input")),
        "expected": context.get("expected") or _bounds(context),
        "least": context.get("min_length"),
        "reason": item["msg"],
    }
    return Mistake(code, file, place, facts=facts)


def _bounds(context: dict[str, Any]) -> str:
    """``ge`` and ``le`` of a number as a range."""
    least, most = context.get("ge", context.get("gt")), context.get("le", context.get("lt"))
    return "–".join(str(bound) for bound in (least, most) if bound is not None)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"
