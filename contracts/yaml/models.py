"""Files of a deployment as typed values: one pydantic model a file, and the line of each thing that is wrong.

    load(path, Model)             a whole file
    check(file, steps, Model)     a part of one

pydantic reports the path of a wrong value (`loc`), and `yaml_lines` knows its line; this module makes one error of
both. Models derive from `FileModel`: unknown keys are refused, and no value is converted to another type silently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError

from contracts.errors import ContractInvalid, DeploymentInvalid
from contracts.identifiers import Shape
from contracts.yaml.faults import Wrong, explained, known_keys
from contracts.yaml.lines import Located, Steps, read_located


class FileModel(BaseModel):
    """Base of the models of a file, or of an entry in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Document(Generic[Model]):
    """A file that its model accepts, with the line of each value, for checks against other files."""

    value: Model
    file: Located

    def wrong(self, steps: Steps, what: str, *, hint: str) -> DeploymentInvalid:
        """The error to raise about a value: `folder/file:line: what`."""
        return wrong(self.file, steps, what, hint=hint)


def load(path: Path, model: type[Model]) -> Document[Model]:
    """Read a YAML file as a value of the model.

    Raises:
        DeploymentInvalid: `folder/file:line: what` for each value that the model refuses; or no such file, or no YAML.
    """
    try:
        file = read_located(path)
    except ContractInvalid as error:
        raise DeploymentInvalid(error.message, hint=error.hint) from None
    return Document(check(file, (), model), file)


def check(file: Located, steps: Steps, model: type[Model], data: object = None) -> Model:
    """A part of a file as a value of the model. `data` is the part; without it, the whole file is meant.

    Raises DeploymentInvalid.
    """
    part = file.data if data is None else data
    if not isinstance(part, dict):
        raise wrong(file, steps, "expected key: value lines", hint=f"known keys are {known_keys(model)}")
    try:
        return model.model_validate(part)
    except ValidationError as error:
        raise explained(error, model, lambda loc: f"{place(file)}:{file.line((*steps, *loc))}", file.line) from None


def place(file: Located) -> str:
    """A file's name in an error: its folder and its name."""
    return f"{file.path.parent.name}/{file.path.name}" if file.path.parent.name else file.path.name


def wrong(file: Located, steps: Sequence[str | int], what: str, *, hint: str) -> DeploymentInvalid:
    """The error to raise about a value of a file: `folder/file:line: what`."""
    return DeploymentInvalid(f"{place(file)}:{file.line(steps)}: {what}", hint=hint)


def written(pattern: str, longest: int | None = None, *, several: bool = False) -> Any:
    """How a value that a validator reads is written in the file: its type in the published JSON Schema."""
    one = Annotated[str, Field(pattern=f"^({pattern})$", max_length=longest)]
    return Annotated[tuple[one, ...], Field(min_length=1)] if several else one


def _to_day(value: object) -> object:
    """A date from text: `read_located` does not convert YAML's dates."""
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)  # type: ignore[arg-type]  # anything else raises, and is refused
    except (TypeError, ValueError):
        raise Wrong("{key} {value!r} is no day", hint="write {key}: 2025-06-30") from None


def _to_code(value: object) -> object:
    """A code from a number: YAML reads `unit: 760` as one."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _to_text(value: object) -> object:
    return "" if value is None else value


def _to_list(value: object) -> object:
    return [] if value is None else value


def _to_mapping(value: object) -> object:
    return {} if value is None else value


def named(shape: Shape) -> BeforeValidator:
    """A name that may become part of a path, an id or SQL. The error does not repeat an invalid one."""

    def check_name(value: object) -> object:
        if what := shape.fault(value):
            raise Wrong(what, hint=shape.hint)
        return value

    return BeforeValidator(check_name, json_schema_input_type=written(shape.pattern.pattern, shape.longest))


Day = Annotated[date, BeforeValidator(_to_day)]
Text = StrictStr
Flag = StrictBool
Code = Annotated[str, BeforeValidator(_to_code, json_schema_input_type=str | int)]
"""A code of digits and letters; without quotes, the file may hold it as a number."""
Count = Annotated[StrictInt, Field(ge=1)]
Filled = Annotated[StrictStr, BeforeValidator(_to_text, json_schema_input_type=str | None)]
"""A text whose key may stand alone: `owner:` is the empty text."""
STANDS_ALONE = frozenset({_to_list, _to_mapping})
"""Validators of keys that may stand alone, for the JSON Schemas."""
EmptyList, EmptyMapping = BeforeValidator(_to_list), BeforeValidator(_to_mapping)
"""For the type of a list or mapping whose key may stand alone: it is then empty."""
