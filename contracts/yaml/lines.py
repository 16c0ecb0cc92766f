"""Reads YAML and keeps the line of every value, so that an error can name it.

This module reads every YAML file of a contract or deployment, within limits. A file of a few lines can unfold to
billions of values (aliases of aliases), or nest so deeply that libyaml ends the process.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from contracts.errors import ContractInvalid

# libyaml if PyYAML was built with it (ten times faster), else PyYAML's loader in Python.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MOST_BYTES = 4 * 1024 * 1024
"""Largest size of a file."""
MOST_VALUES = 200_000
"""Most values of a file with its aliases written out; a contract of 64 fields has 3,000."""
_DEEPEST = 40
_BEGINS, _ENDS = (yaml.SequenceStartEvent, yaml.MappingStartEvent), (yaml.SequenceEndEvent, yaml.MappingEndEvent)

Steps = tuple[str | int, ...]
"""The path from the root of a document to a value: keys and indices."""


@dataclass(frozen=True)
class Located:
    """A document and the line of each of its values."""

    path: Path
    data: Any
    lines: dict[Steps, int]
    """Line of each key or list entry, from 1."""

    def line(self, steps: Sequence[str | int] = ()) -> int:
        """The line of a value; if the file does not have it, the line of its nearest ancestor."""
        known = tuple(steps)
        while known and known not in self.lines:
            known = known[:-1]
        return self.lines.get(known, 1)

    def invalid(self, steps: Sequence[str | int], what: str, *, hint: str) -> ContractInvalid:
        """The error to raise about a value: `file:line: what`."""
        return ContractInvalid(f"{self.path}:{self.line(steps)}: {what}", hint=hint)


def read_located(path: Path) -> Located:
    """Read a YAML file of plain values (text, number, boolean, null, list, mapping).

    Dates stay text: YAML would turn `2022-06-01` into a date without a zone.

    Raises:
        ContractInvalid: no such file, not UTF-8, not YAML, a repeated key, a key that is no text, a value that no
            column can hold, or a file past a limit of size, depth or number of values.
    """
    lines: dict[Steps, int] = {}
    try:
        if (size := path.stat().st_size) > MOST_BYTES:
            raise ContractInvalid(
                f"{path}:1: {size} bytes are too many for a YAML file", hint=f"At most {MOST_BYTES} bytes; split it."
            )
        text = path.read_text(encoding="utf-8")
        _require_shallow(text, path)
        loader = _SafeLoader(text)
        try:
            node = loader.get_single_node()
            data = None if node is None else _build(loader, node, (), lines, path)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContractInvalid(
            f"{path}:{line}: not YAML: {error.problem}", hint="Check indentation, colons and quotes on that line."
        ) from error
    except yaml.YAMLError as error:
        raise ContractInvalid(
            f"{path}:1: not YAML: a character that YAML does not allow", hint="Remove control characters."
        ) from error
    except UnicodeDecodeError as error:
        raise ContractInvalid(f"{path}:1: not UTF-8 at byte {error.start}", hint="Save the file as UTF-8.") from error
    except OSError as error:
        raise ContractInvalid(
            f"{path}:1: cannot be read: {error.strerror}", hint="Check the path and its permissions."
        ) from error
    return Located(path, data, lines)


def _require_shallow(text: str, path: Path) -> None:
    """Refuse a file that nests too deeply. The check reads events, before nodes are built: libyaml builds them by
    recursion, and a deep file would end the process.
    """
    depth = 0
    for event in yaml.parse(text, _SafeLoader):
        depth += isinstance(event, _BEGINS) - isinstance(event, _ENDS)
        if depth > _DEEPEST:
            raise _too_deep(path, event.start_mark.line + 1 if event.start_mark else 1)


def _too_deep(path: Path, line: int) -> ContractInvalid:
    return ContractInvalid(
        f"{path}:{line}: nested deeper than {_DEEPEST} levels", hint="An alias (*) inside its own anchor (&)?"
    )


def _build(loader: Any, node: yaml.Node, steps: Steps, lines: dict[Steps, int], path: Path) -> Any:
    if len(steps) > _DEEPEST:
        raise _too_deep(path, node.start_mark.line + 1)
    if len(lines) > MOST_VALUES:
        raise ContractInvalid(
            f"{path}:{node.start_mark.line + 1}: more than {MOST_VALUES} values",
            hint="Aliases (*) of aliases? Write them out, or split.",
        )
    lines.setdefault(steps, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_build(loader, child, (*steps, index), lines, path) for index, child in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, line = key_node.value, key_node.start_mark.line + 1
            if not isinstance(key, str) or not key_node.tag.endswith(":str"):
                raise ContractInvalid(f"{path}:{line}: a key that is not plain text", hint="Put the key in quotes.")
            if key in mapping:
                first = lines[(*steps, key)]
                raise ContractInvalid(
                    f"{path}:{line}: key `{key}` for the second time (first on line {first})",
                    hint="Keep one of them; YAML would silently use the last.",
                )
            lines[(*steps, key)] = line
            mapping[key] = _build(loader, value_node, (*steps, key), lines, path)
        return mapping
    return _value(loader, node, path)


def _value(loader: Any, node: yaml.Node, path: Path) -> Any:
    """A text, number, boolean or null. A value that no column can hold is refused."""
    if node.tag.endswith(":timestamp"):
        return node.value
    try:
        value = loader.construct_object(node)
    except (ValueError, OverflowError):  # `!!int x`, or digits without end
        value = math.nan
    if (isinstance(value, str) and "\0" in value) or (isinstance(value, float) and not math.isfinite(value)):
        what = "a text with a NUL character, or no finite number"
        raise ContractInvalid(f"{path}:{node.start_mark.line + 1}: {what}", hint="Correct it, or put it in quotes.")
    return value
