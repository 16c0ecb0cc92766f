"""The options of a system, each read as a typed value; an error names the option, its line, and what it may be.

pydantic says what is wrong (`contracts/yaml/faults.py`). Each dialect has its own options, so they are checked when a
source is opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

from pydantic import Field, StrictInt, StrictStr, TypeAdapter, ValidationError

from contracts.errors import DeploymentInvalid
from contracts.yaml.faults import explained
from contracts.yaml.lines import Steps
from contracts.yaml.models import Day, place

from .http.body import CallLimits
from .interface import System

COMMON = frozenset({"ca_file", "page_size"} | {each.name for each in fields(CallLimits)})
"""Options that every dialect over HTTP takes."""
Name = Annotated[StrictStr, Field(min_length=1)]
_Count = Annotated[StrictInt, Field(gt=0)]
_Quantity = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
Limits = TypeVar("Limits")
REQUIRED: Any = object()


def wrong(system: System, name: str, what: str, *, hint: str = "", within: Steps = ()) -> DeploymentInvalid:
    """The error to raise about an option: where it stands, the system, what is wrong. `within`: keys inside of it."""
    return DeploymentInvalid(f"{_where(system, (name, *within))}: {what}", hint=hint)


def value(system: System, name: str, kind: Any, *, default: Any = REQUIRED, hint: str = "") -> Any:
    """An option as a value of `kind`: a type, an annotated one, or a model.

    Raises:
        DeploymentInvalid: it must be given and is not, or is no such value.
    """
    if name not in system.options:
        if default is REQUIRED:
            raise wrong(system, name, f"the option {name} must be given", hint=hint)
        return default
    try:
        return TypeAdapter(kind).validate_python(system.options[name])
    except ValidationError as error:
        where = lambda steps: f"{_where(system, (name, *steps))}: the option {name}"  # noqa: E731 - one use
        raise explained(error, kind, where, above=(name,), hint=hint) from None


def check_names(system: System, own: Collection[str] = ()) -> None:
    """Refuse an option that no code reads: most likely it is misspelt.

    Raises:
        DeploymentInvalid: names it and lists the known ones.
    """
    known = COMMON | set(own)
    if unknown := sorted(set(system.options) - known):
        what = f"the dialect {system.dialect} knows no option {', '.join(unknown)}"
        raise wrong(system, unknown[0], what, hint=f"known: {', '.join(sorted(known))}")


def number(system: System, name: str, *, default: int, most: int) -> int:
    """A whole number from 1 to `most`."""
    hint = f"a whole number from 1 to {most}"
    return int(value(system, name, Annotated[StrictInt, Field(ge=1, le=most)], default=default, hint=hint))


def limits(system: System, kind: type[Limits]) -> Limits:
    """Limits as the options of a system set them, and their defaults for the rest; `kind` is a dataclass of numbers.

    Raises:
        DeploymentInvalid: a limit is no number above zero, or has a fraction where whole things are counted.
    """
    given: dict[str, Any] = {}
    for name, type_ in get_type_hints(kind).items():
        if name in system.options:
            number_of, hint = (
                (_Count, "a whole number above zero") if type_ is int else (_Quantity, "a number above zero")
            )
            given[name] = value(system, name, number_of, hint=hint)
    return kind(**given)


def text(system: System, name: str, default: str | None = None) -> str:
    """A text option."""
    return str(value(system, name, Name, default=REQUIRED if default is None else default))


def one_of(system: System, name: str, choices: Collection[str], default: str) -> str:
    """One of a few words."""
    found = system.options.get(name, default)
    if found not in choices:
        raise wrong(system, name, f"the option {name} must be one of {', '.join(choices)}")
    return str(found)


def day(system: System, name: str) -> date | None:
    """A day; None when it is not given."""
    found: date | None = value(system, name, Day | None, default=None)
    return found


def names(system: System, name: str) -> dict[str, str]:
    """A mapping of names to names."""
    return dict(
        value(system, name, Annotated[Mapping[Name, Name], Field(min_length=1)], hint=f"{name}: {{name: name}}")
    )


def texts(system: System, name: str) -> tuple[str, ...]:
    """A list of texts; empty when it is not given."""
    found: tuple[str, ...] = value(system, name, tuple[Name, ...], default=())
    return found


def path(system: System, name: str, within: str = "") -> Path:
    """A file that exists, by its path from the folder of the deployment; `within` is its path in the folder that the
    option names, if the option names a folder.
    """
    found = system.folder / text(system, name) / within
    if not found.is_file():
        raise wrong(system, name, f"the option {name} names a file that is not there: {found}")
    return found


def pinned(system: System, name: str) -> tuple[Path, bytes]:
    """A vendored file and its content, which has the SHA-256 of the option `<name>_sha256`.

    Raises:
        DeploymentInvalid: it has changed. Somebody must read the change, and pin the file again.
    """
    file = path(system, name)
    content = file.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != text(system, f"{name}_sha256"):
        what = f"{file} is not the file that {name}_sha256 pins (it has {found})"
        raise wrong(system, f"{name}_sha256", what, hint="read what changed in it, then pin it anew")
    return file, content


def ca_file(system: System) -> str | None:
    """The certificate authority to trust instead of the machine's, for systems with one of their own."""
    return str(path(system, "ca_file")) if "ca_file" in system.options else None


def _where(system: System, steps: Steps) -> str:
    """File and line of an option where the file is known, and the system."""
    return (
        system.id
        if system.file is None
        else f"{place(system.file)}:{system.file.line(('options', *steps))}: {system.id}"
    )
