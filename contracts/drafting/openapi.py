"""Columns of a draft from a schema of an OpenAPI 3 document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contracts.drafting.columns import DraftColumn, named
from contracts.drafting.text import DraftSource
from contracts.errors import ContractInvalid
from contracts.lint import portable
from contracts.yaml.lines import read_located

_KINDS = {"integer": "integer", "number": "number", "string": "string", "boolean": "string"}
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_DEEPEST = 20


def columns_of(path: Path, record: str | None, dataset: str) -> tuple[DraftSource, list[DraftColumn]]:
    """The source in words and the columns of one record: `record` names a schema of `components`.

    Fields of objects inside are columns too, named by their path; lists are left out.

    Raises:
        ContractInvalid: no OpenAPI 3, no such schema, or a reference to another file.
    """
    file = read_located(path)
    document = file.data
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
        raise ContractInvalid(f"{path.name} is no OpenAPI 3 document", hint="It begins with openapi: 3.")
    schemas = document.get("components", {}).get("schemas", {})
    objects = [
        name for name, each in schemas.items() if isinstance(each, dict) and ("properties" in each or "allOf" in each)
    ]
    if record is None and len(objects) == 1:
        record = objects[0]
    if record not in schemas:
        what = f"no schema {record}" if record else f"{len(objects)} schemas of records"
        raise ContractInvalid(f"{path.name} has {what}", hint=f"--record names one of {', '.join(objects) or 'none'}")
    shape = _resolved(document, schemas[record], path, 0)
    leaves = list(_leaves(document, shape, path, (), required=True, depth=0))
    names = named(["_".join(steps) for steps, _, _ in leaves], dataset)
    columns = [_column(name, each, required) for name, (_, each, required) in zip(names, leaves, strict=True)]
    return DraftSource(f"{path.name}, schema {record}", str(shape.get("description", "")).strip()), columns


def _resolved(document: Mapping[str, Any], shape: Any, path: Path, depth: int) -> dict[str, Any]:
    """A schema without references and `allOf`; what each part says is together."""
    if depth > _DEEPEST:
        raise ContractInvalid(
            f"{path.name} has a schema that holds itself", hint="Name a schema below it with --record."
        )
    if not isinstance(shape, dict):
        return {}
    if "$ref" in shape:
        reference = str(shape["$ref"])
        if not reference.startswith("#/"):
            raise ContractInvalid(
                f"{path.name} refers to another file: {reference}", hint="Bundle the document into one file first."
            )
        there: Any = document
        for step in reference[2:].split("/"):
            there = there.get(step.replace("~1", "/").replace("~0", "~"), {}) if isinstance(there, dict) else {}
        return _resolved(document, there, path, depth + 1)
    whole = {key: value for key, value in shape.items() if key != "allOf"}
    for part in shape.get("allOf", []):
        each = _resolved(document, part, path, depth + 1)
        properties = {**each.get("properties", {}), **whole.get("properties", {})}
        required = [*each.get("required", []), *whole.get("required", [])]
        whole = {**each, **whole, "properties": properties, "required": required}
    return whole


def _leaves(
    document: Mapping[str, Any],
    shape: Mapping[str, Any],
    path: Path,
    steps: tuple[str, ...],
    *,
    required: bool,
    depth: int,
) -> Iterator[tuple[tuple[str, ...], dict[str, Any], bool]]:
    needed = set(shape.get("required", []))
    for name, inner in shape.get("properties", {}).items():
        each = _resolved(document, inner, path, depth)
        here, must = (*steps, name), required and name in needed
        if "properties" in each:
            yield from _leaves(document, each, path, here, required=must, depth=depth + 1)
        elif "array" not in _types(each):
            yield here, each, must and "null" not in _types(each) and not each.get("nullable")


def _types(shape: Mapping[str, Any]) -> list[str]:
    said = shape.get("type", "string")
    return [str(each) for each in said] if isinstance(said, list) else [str(said)]


def _column(name: str, shape: Mapping[str, Any], required: bool) -> DraftColumn:
    kind = next((_KINDS[each] for each in _types(shape) if each in _KINDS), "string")
    codes = tuple(str(each) for each in shape.get("enum", []) if each is not None)
    meaning = str(shape.get("description") or shape.get("title") or "").strip()
    unique = required and name.lower() in ("id", "uuid", "code", "ma")
    if shape.get("format") == "date-time":
        return DraftColumn(name, "timestamp", required, meaning=meaning)
    pattern = _DAY if shape.get("format") == "date" else _whole(shape.get("pattern"))
    if kind != "string":
        return DraftColumn(name, kind, required, unique, meaning=meaning)
    if "boolean" in _types(shape):
        codes = ("true", "false")
    longest = shape.get("maxLength")
    return DraftColumn(
        name,
        kind,
        required,
        unique,
        longest if isinstance(longest, int) and not codes else None,
        pattern if not codes else None,
        codes,
        meaning,
    )


def _whole(pattern: Any) -> str | None:
    """A pattern of JSON Schema, which looks for a part, as one of the whole value; None if it is not portable."""
    if not isinstance(pattern, str):
        return None
    found = pattern.replace("\\d", "[0-9]")
    found = found[1:] if found.startswith("^") else f".*{found}"
    found = found[:-1] if found.endswith("$") and not found.endswith("\\$") else f"{found}.*"
    return found if portable(found) else None
