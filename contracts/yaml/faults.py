"""Turns errors of pydantic into the hub's own: where the fault is, what is wrong, what to write instead.

Validators of models may raise `Wrong`; this module words every other kind of fault. The error shows the first of a
field's `examples` as the next step.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ValidationError

from contracts.errors import DeploymentInvalid
from contracts.yaml.lines import Steps

_LISTED = 5
"""Most errors of a file that are listed; the others are counted."""


class Wrong(ValueError):
    """Raised by a validator: what is wrong, and the next step. Their `{key}` and `{value!r}` are filled in."""

    def __init__(self, what: str, *, hint: str = "") -> None:
        super().__init__(what)
        self.what, self.hint = what, hint


def explained(
    error: ValidationError,
    model: Any,
    where: Callable[[Steps], str],
    line: Callable[[Steps], int] = lambda _: 0,
    *,
    above: Steps = (),
    hint: str = "",
) -> DeploymentInvalid:
    """pydantic's error as ours: one line for each fault, unknown keys first, then in the order of the file.

    `model` is a model, or the type of one value, whose path is `above`. `hint` is the next step for faults that name
    none.

    Missing keys are named beside unknown ones, because an unknown key is most likely a missing one, misspelt.
    """
    found = sorted(
        _faults(error, model, above), key=lambda fault: (not fault[1].startswith("unknown key"), line(fault[0]))
    )
    lines = list(dict.fromkeys(f"{where(steps)}: {what}" for steps, what, _ in found))
    hints = list(dict.fromkeys(next_ or hint for _, _, next_ in found[:_LISTED] if next_ or hint))
    if len(lines) > _LISTED:
        lines = [*lines[:_LISTED], f"and {len(lines) - _LISTED} more"]
    return DeploymentInvalid("\n".join(lines), hint="; ".join(hints))


def _faults(error: ValidationError, model: Any, above: Steps) -> Iterator[tuple[Steps, str, str]]:
    """Path, description and next step of each fault. All keys that an entry lacks are one fault."""
    lacking: dict[Steps, list[str]] = {}
    for each in error.errors(include_url=False, include_input=True):
        steps: Steps = tuple(each["loc"])
        if each["type"] == "missing":
            lacking.setdefault(steps[:-1], []).append(str(steps[-1]))
            continue
        if each["type"] == "extra_forbidden":
            owner = _model_at(model, steps[:-1])
            yield steps, f"unknown key {steps[-1]}", f"known are {known_keys(owner)}" if owner else ""
            continue
        what, hint = _in_words(each, (*above, *steps))
        yield steps, what, hint or _example(model, steps)
    for steps, keys in lacking.items():
        examples = [found for key in keys if (found := _example(model, (*steps, key)))]
        yield steps, f"{', '.join(sorted(keys))} missing", "; ".join(examples)


_NOT_A = {
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "whole number",
    "float_type": "number",
    "dict_type": "mapping",
    "mapping_type": "mapping",
    "model_type": "mapping",
    "model_attributes_type": "mapping",
    "list_type": "list",
    "tuple_type": "list",
    "frozen_set_type": "list",
    "set_type": "list",
}
_NEXT = {"string_type": "put it in quotes", "model_type": "expected key: value lines"}


def _in_words(fault: Mapping[str, Any], steps: Steps) -> tuple[str, str]:
    """What is wrong, and the next step if it follows from the kind of fault."""
    key, value, kind, facts = _key(steps), fault["input"], fault["type"], fault.get("ctx", {})
    if isinstance(cause := facts.get("error"), Wrong):
        return cause.what.replace("{key}", key).replace("{value!r}", _shown(value)), cause.hint.replace("{key}", key)
    if kind in _NOT_A:
        return f"{key} {_shown(value)} is no {_NOT_A[kind]}", _NEXT.get(kind, "")
    if kind in ("literal_error", "enum"):
        return f"{key} {_shown(value)} is unknown", f"known are {str(facts['expected']).replace(chr(39), '')}"
    return f"{key} {_shown(value)}: {fault['msg']}", ""


def _shown(value: object) -> str:
    """A scalar as it is written, or only the kind of a collection."""
    if isinstance(value, dict | list):
        return "(a mapping)" if isinstance(value, dict) else "(a list)"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _key(steps: Steps) -> str:
    """A value's own name: its key, or its key and number in a list."""
    names = [str(each) for each in steps if isinstance(each, str)]
    last = names[-1] if names else "the file"
    return f"{last}, entry {steps[-1] + 1}," if steps and isinstance(steps[-1], int) else last


# -- models: keys and examples ---------------------------------------------------------------------


def known_keys(model: type[BaseModel]) -> str:
    """The keys that a mapping of this model may have, sorted."""
    return ", ".join(sorted(each.alias or name for name, each in model.model_fields.items()))


def _example(model: Any, steps: Steps) -> str:
    """`write key: example`, from the field at `steps` or from its nearest ancestor with an example."""
    for length in range(len(steps), 0, -1):
        name, owner = steps[length - 1], _model_at(model, steps[: length - 1])
        field = next((f for n, f in owner.model_fields.items() if name in (n, f.alias)), None) if owner else None
        if field is not None and field.examples:
            return f"write {name}: {field.examples[0]}"
    return ""


def _model_at(model: Any, steps: Steps) -> type[BaseModel] | None:
    """The model of the mapping at `steps`; None where none is."""
    here: Any = model
    for step in steps:
        inner = _inner(here)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            field = next((f for n, f in inner.model_fields.items() if step in (n, f.alias)), None)
            here = field.annotation if field is not None else None
        else:  # a list's or mapping's values
            arguments = [each for each in typing.get_args(inner) if each is not Ellipsis]
            here = arguments[-1] if arguments else None
    found = _inner(here)
    return found if isinstance(found, type) and issubclass(found, BaseModel) else None


def _inner(annotation: Any) -> Any:
    """An annotation without `Annotated` and `| None`."""
    while True:
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        others = [each for each in arguments if each is not type(None)]
        if origin is Annotated or (type(None) in arguments and len(others) == 1):
            annotation = others[0]
        else:
            return annotation
