"""What a delivery is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Operation = Literal["put", "delete"]


@dataclass(frozen=True)
class Item:
    """One record of a delivery, as its receiver is to hold it from now on."""

    operation: Operation
    """`put`: the record is now this. `delete`: it is gone, or may not be held any more."""
    system: str
    key: str
    """The source's own record id."""
    version: str
    """The source's change time, ISO 8601 in UTC."""
    values: Mapping[str, str | int | None] = field(default_factory=dict, repr=False)
    """Wire name -> value; empty for `delete`."""
