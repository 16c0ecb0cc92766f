"""Files of a deployment as typed values: one pydantic model a file, and the line of each thing that is wrong.

    load(path, Model)             a whole file
    check(file, steps, Model)     a part of one

pydantic says where a value stands (`loc`), `yaml_lines` on which line; this module joins both to one error of ours.
A model is declared on `FileModel`: unknown keys are refused, and nothing is turned silently into another type.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError

from contracts.errors import ContractInvalid, DeploymentInvalid
from contracts.identifiers import Shape
from contracts.yaml_faults import Wrong, explained, known_keys
from contracts.yaml_lines import Located, Steps, read_located


class FileModel(BaseModel):
    """What one file, or one entry of it, says."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Document(Generic[Model]):
    """A file that its model accepts, with the line of each of its values for checks against other files."""

    value: Model
    file: Located

    def wrong(self, steps: Steps, what: str, *, hint: str) -> DeploymentInvalid:
        """The error to raise about a value: `folder/file:line: what`."""
        return wrong(self.file, steps, what, hint=hint)


def load(path: Path, model: type[Model]) -> Document[Model]:
    """Read a YAML file as a value of the model.

    Raises:
        DeploymentInvalid: `folder/file:line: what` for each thing that the model refuses; or no such file, not YAML.
    """
    try:
        file = read_located(path)
    except ContractInvalid as error:
        raise DeploymentInvalid(error.message, hint=error.hint) from None
    return Document(check(file, (), model), file)


def check(file: Located, steps: Steps, model: type[Model], data: object = None) -> Model:
    """A part of a file as a value of the model; `data` is that part where the whole file is not meant.

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
    """How an error names a file: with the folder it stands in."""
    return f"{file.path.parent.name}/{file.path.name}" if file.path.parent.name else file.path.name


def wrong(file: Located, steps: Sequence[str | int], what: str, *, hint: str) -> DeploymentInvalid:
    """The error to raise about a value of a file: `folder/file:line: what`."""
    return DeploymentInvalid(f"{place(file)}:{file.line(steps)}: {what}", hint=hint)


def _to_day(value: object) -> object:
    """YAML's dates stay text in `read_located`."""
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)  # type: ignore[arg-type]  # anything else raises, and is refused
    except (TypeError, ValueError):
        raise Wrong("{key} {value!r} is no day", hint="write {key}: 2025-06-30") from None


def _to_code(value: object) -> object:
    """`unit: 760` is a number to YAML, and a code to us."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _to_text(value: object) -> object:
    return "" if value is None else value


def _to_list(value: object) -> object:
    return [] if value is None else value


def _to_mapping(value: object) -> object:
    return {} if value is None else value


def named(shape: Shape) -> BeforeValidator:
    """A name that may become part of a path, an id or SQL; the error does not repeat one that may not."""

    def check_name(value: object) -> object:
        if what := shape.fault(value):
            raise Wrong(what, hint=shape.hint)
        return value

    return BeforeValidator(check_name)


Day = Annotated[date, BeforeValidator(_to_day)]
Text = StrictStr
Flag = StrictBool
Code = Annotated[str, BeforeValidator(_to_code)]
"""A code of digits and letters; written without quotes, it is a number in the file."""
Count = Annotated[StrictInt, Field(ge=1)]
Filled = Annotated[StrictStr, BeforeValidator(_to_text)]
"""A text that may be left to be filled in: `owner:` alone is empty."""
EmptyList, EmptyMapping = BeforeValidator(_to_list), BeforeValidator(_to_mapping)
"""Beside a list's or mapping's type: the key alone means an empty one."""
