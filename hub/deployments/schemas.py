"""JSON Schemas of a deployment's files, made from the models by which the hub reads them.

    hub deployment schema grants          one, for a program
    deployments/schemas/*.json            all, as shipped; the first line of each file names its own
    hub deployment schema --into FOLDER   all, into the `schemas/` of a deployment that lies elsewhere

An editor marks an unknown key, a missing one and a value of the wrong form while somebody types. Whether a name exists
elsewhere, and everything that hangs on a day or on another file, only the reader knows: `hub deployment check`.
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import textwrap
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from contracts.deployment.feed import FeedFile
from contracts.deployment.files import DeploymentFile, SystemFile
from contracts.deployment.twins import TwinsFile
from contracts.yaml.models import STANDS_ALONE
from hub.access.grants.load import GrantsFile
from hub.access.grants.purposes import PurposesFile
from hub.access.grants.signers import SignersFile
from hub.core.book_keepers import KeepersFile
from hub.requirements.lexicon import WordsFile
from hub.requirements.rules import RulesFile

SCHEMAS: Mapping[str, tuple[type[BaseModel], tuple[str, ...]]] = {
    "deployment": (DeploymentFile, ("deployment.yaml",)),
    "system": (SystemFile, ("systems/*.yaml", "data/*.yaml")),
    "grants": (GrantsFile, ("grants.yaml",)),
    "grant_signers": (SignersFile, ("grant_signers.yaml",)),
    "purposes": (PurposesFile, ("purposes.yaml",)),
    "feed": (FeedFile, ("feeds/*.yaml",)),
    "book_keepers": (KeepersFile, ("book_keepers.yaml",)),
    "requirement_rules": (RulesFile, ("requirement_rules.yaml",)),
    "requirement_words": (WordsFile, ("requirement_words.yaml",)),
    "twins": (TwinsFile, ("twins.yaml",)),
}
"""Kind of file -> its model, and where such files stand in a deployment."""
FOLDER = "schemas"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(kind: str) -> dict[str, Any]:
    """The JSON Schema of one kind of file."""
    model, places = SCHEMAS[kind]
    made = model.model_json_schema(schema_generator=_Schema)
    return {"$schema": _DIALECT, **made, "title": ", ".join(places)}


def text_of(kind: str) -> str:
    """The schema as it is published."""
    return json.dumps(schema_of(kind), ensure_ascii=False, indent=1) + "\n"


def write_schemas(folder: Path) -> tuple[Path, ...]:
    """Write all schemas into a folder; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {kind: folder / f"{kind}.json" for kind in SCHEMAS}
    for kind, path in paths.items():
        path.write_text(text_of(kind), encoding="utf-8")
    return tuple(paths.values())


def schemas_beside(folder: Path) -> Path | None:
    """The folder with the schemas for a deployment: its own, or the one beside it; None: there is none."""
    return next((each for each in (folder / FOLDER, folder.parent / FOLDER) if each.is_dir()), None)


def first_line(path: Path, kind: str, schemas: Path | None) -> str:
    """The line by which an editor finds the schema of a file; nothing without a folder of schemas."""
    if schemas is None:
        return ""
    return f"# yaml-language-server: $schema={os.path.relpath(schemas / f'{kind}.json', path.parent)}\n"


def files_of(folder: Path) -> Iterator[tuple[Path, str]]:
    """The files of a deployment that have a schema, each with its kind."""
    for kind, (_, places) in SCHEMAS.items():
        for place in places:
            yield from ((path, kind) for path in sorted(folder.glob(place)))


class _Schema(GenerateJsonSchema):
    """With the sentences of the models, and without defaults that a file writes in another form."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        default = schema.get("default")
        if default and isinstance(default, str | int):
            return super().default_schema(schema)
        return self.generate_inner(schema["schema"])

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        made = super().function_before_schema(schema)
        alone = schema["function"]["function"] in STANDS_ALONE
        return {"anyOf": [made, {"type": "null"}]} if alone else made

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made, model = super().model_schema(schema), schema["cls"]
        sentences = _sentences(model)
        made["description"] = (model.__doc__ or "").strip()
        for name, field in model.model_fields.items():
            value = made["properties"][field.alias or name]
            shown = f"Write: {field.examples[0]}" if field.examples else ""
            if words := " ".join(filter(None, (sentences.get(name, ""), shown))):
                value["description"] = words
            for key in ("title", "examples"):
                value.pop(key, None)
        return made


def _sentences(model: type[BaseModel]) -> Mapping[str, str]:
    """Field -> the text below it in the source."""
    (found,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    body = found.body if isinstance(found, ast.ClassDef) else []
    pairs = pairwise(body)
    return {
        field.target.id: " ".join(below.value.value.split())
        for field, below in pairs
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }
