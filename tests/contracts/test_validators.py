"""The fast validator accepts and the slow one explains: about every change of a contract they must agree."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft201909Validator

from contracts import load
from contracts.errors import ContractInvalid
from contracts.yaml.lines import read_located
from tests.contracts.good_file import GOOD


def paths(value: Any, steps: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value of a document."""
    if steps:
        yield steps
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in entries:
        yield from paths(below, (*steps, key))


def changed(document: Any) -> Iterator[tuple[str, Any]]:
    """The document with one change: a value removed, of another type, or with a key that nobody knows."""
    for steps in paths(document):
        for change in ("removed", 7, "a text", None, [], {}, "unknown key"):
            whole = deepcopy(document)
            at = whole
            for step in steps[:-1]:
                at = at[step]
            if change == "removed":
                del at[steps[-1]]
            elif change == "unknown key":
                if not isinstance(at[steps[-1]], dict):
                    continue
                at[steps[-1]]["colour"] = "red"
            else:
                at[steps[-1]] = change
            yield f"{'/'.join(map(str, steps))}: {change}", whole


def test_the_two_validators_agree(tmp_path: Path) -> None:
    """A change that one of them refuses is refused by the other: neither lets a faulty contract in."""
    file = tmp_path / "books.odcs.yaml"
    file.write_text(GOOD, encoding="utf-8")
    slow = Draft201909Validator(load._schema(load.VERSION))
    fast = load._validator(load.VERSION)

    judged = [(name, slow.is_valid(each), fast.is_valid(each)) for name, each in changed(read_located(file).data)]

    assert [] == [name for name, one, other in judged if one != other]
    assert {True, False} == {one for _, one, _ in judged}


def test_a_changed_byte_is_read_again(tmp_path: Path) -> None:
    """A file that was whole a moment ago is refused as soon as it is not."""
    file = tmp_path / "books.odcs.yaml"
    file.write_text(GOOD, encoding="utf-8")
    load.load_contract(file)
    file.write_text(GOOD.replace("status: active", "status: active\ncolour: red"), encoding="utf-8")

    with pytest.raises(ContractInvalid, match="colour"):
        load.load_contract(file)


def test_a_refusal_that_only_the_fast_validator_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stricter of the two is believed: the file is refused with its line, not accepted."""
    file = tmp_path / "books.odcs.yaml"
    file.write_text(GOOD.replace("status: active", "status: active\ncolour: red"), encoding="utf-8")
    monkeypatch.setattr("jsonschema.Draft201909Validator.iter_errors", lambda *_: iter(()))

    with pytest.raises(ContractInvalid, match=r"books.odcs.yaml:[0-9]+: not ODCS: additionalProperties"):
        load.load_contract(file)
