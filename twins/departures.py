"""What happens to records of a source without a word on the wire: they are deleted, restored, or called otherwise.

    deleted    the source has the record no longer, and says so nowhere
    restored   a deleted record is there again
    rekeyed    the record has another key: the old one is gone, and the new one has the same content

`silent`: the change time stays what it was, so that no reading of changes sees what was restored or rekeyed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

DEPARTURES = ("deleted", "restored", "rekeyed")
Departed: TypeAlias = list[tuple[str | None, str | None]]
"""The key of each record before and after; None: it is not there."""


def chosen(keys: Sequence[str], count: int, rng: np.random.Generator) -> list[str]:
    """Some of the keys, by chance.

    Raises:
        ValueError: there are fewer.
    """
    if count > len(keys):
        raise ValueError(f"{count} records were asked for, and there are {len(keys)}")
    return [keys[at] for at in rng.permutation(len(keys))[:count].tolist()]
