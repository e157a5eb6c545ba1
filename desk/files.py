"""Loading YAML files against a schema, with errors an editor can act on."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from desk.errors import KnowledgeInvalid

T = TypeVar("T")
# libyaml's parser where it was built in: ten times faster over some sixty files.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Strict(BaseModel):
    """A schema that rejects unknown keys: a misspelt key must not be dropped in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_yaml(file: Path) -> Any:
    """The contents of a YAML file; raises ``KnowledgeInvalid`` with file and line."""
    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)
    except OSError as error:
        raise KnowledgeInvalid(file=str(file), problem=error.strerror or str(error)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise KnowledgeInvalid(file=str(file), problem=" ".join(str(error).split())) from error


def load(file: Path, schema: type[T]) -> T:
    """Read a YAML file as ``schema``; raises ``KnowledgeInvalid`` naming each wrong key."""
    return parse(read_yaml(file), schema, file)


def parse(data: Any, schema: type[T], file: Path) -> T:
    """Validate ``data`` (read from ``file``) as ``schema``."""
    try:
        return TypeAdapter(schema).validate_python(data)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in item['loc']) or 'file'}: {item['msg']}"
            for item in error.errors()
        )
        raise KnowledgeInvalid(file=str(file), problem=problems) from error
