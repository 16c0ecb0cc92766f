"""The grants of a version as one JSON document, and the digest by which two versions are the same.

The document holds what grants follow from: grants with the versions of their laws, purposes, limits. So a version means
the same on every replica and years later, whatever the deployment's files say by then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from hub.access.grants.model import Grants


@cache
def _adapter() -> TypeAdapter[Grants]:
    return TypeAdapter(Grants)


def to_document(grants: Grants) -> dict[str, Any]:
    """The grants as JSON values. Sets are sorted, so equal grants give equal documents."""
    document: dict[str, Any] = _sorted(_adapter().dump_python(grants, mode="json"))
    return document


def from_document(document: Mapping[str, Any]) -> Grants:
    """The grants of a document."""
    return _adapter().validate_python(document)


def digest_of(document: Mapping[str, Any]) -> str:
    """SHA-256 of a document, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def canonical(value: object) -> str:
    """JSON in its one form: keys sorted, no spaces."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _sorted(value: Any) -> Any:
    """The value with every list of texts sorted: those are the sets of the model."""
    if isinstance(value, dict):
        return {key: _sorted(each) for key, each in value.items()}
    if isinstance(value, list):
        return sorted(value) if all(isinstance(each, str) for each in value) else [_sorted(each) for each in value]
    return value
