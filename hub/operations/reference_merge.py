"""A reference merge in plain Python: counts every term of the ledger again from the landed bytes.

It is slow and simple on purpose. It shares the reader and the row rules with the main path, but nothing of the
merge. Where the two disagree, one of them is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from contracts.model import Contract, Dataset
from hub.load.batches import Batch
from hub.load.counts import Counts
from hub.load.stage import staged_frame
from hub.load.validation import Validator
from quality.rows import judge as judge_rows

Row = tuple[int | None, str | None, str | None, str | None, str, str | None, str | None]
"""_owner, _key, _parent, _version, _hash, _broken, _findings of a staged row."""
COLUMNS = ["_owner", "_key", "_parent", "_version", "_hash", "_broken", "_findings"]


@dataclass
class CurrentRow:
    """The facts of a current record that the merge needs."""

    version: str
    hash: str
    parent: str | None


@dataclass
class ReferenceMerge:
    """The state of one stream, batch after batch in the order in which they were applied."""

    contract: Contract
    current: dict[str, dict[str, CurrentRow]] = field(default_factory=dict)
    found: set[tuple[str, str, str]] = field(default_factory=set)
    """Findings that are already counted: dataset, key, rule."""

    def apply(self, staged: Mapping[str, pl.DataFrame], *, again: bool = False) -> Mapping[str, Counts]:
        """Merge one batch (dataset -> staged frame) and return its counts. `again`: it was asked for by keys."""
        owners: list[str] = []
        newer: dict[str, int] = {}
        counts = {}
        for dataset in self.contract.datasets:
            rows = list(staged[dataset.name].select(COLUMNS).iter_rows())
            fates = list(self._fates(dataset, rows, owners, again=again))
            known = self.current.setdefault(dataset.name, {})
            before = {key: held.version for key, held in known.items()} if not dataset.parent else {}
            findings = self._take(dataset, rows, fates, known)
            removed = self._leave(rows, known, newer) if dataset.parent else 0
            counted = Counter(fates)
            counts[dataset.name] = Counts(
                received=len(rows),
                accepted=counted["new"] + counted["changed"],
                unchanged=counted["unchanged"],
                duplicate=counted["duplicate"],
                outdated=counted["outdated"],
                quarantined=counted["quarantined"],
                removed=removed,
                findings=findings,
            )
            if not dataset.parent:
                owners = fates
                for number, ((_, key, _, version, *_), fate) in enumerate(zip(rows, fates, strict=True), 1):
                    if (
                        fate in ("changed", "unchanged")
                        and key in before
                        and version is not None
                        and (again or version > before[key])
                    ):
                        newer[key] = number
        return counts

    def _fates(self, dataset: Dataset, rows: list[Row], owners: Sequence[str], *, again: bool) -> Iterator[str]:
        known = self.current.setdefault(dataset.name, {})
        first: dict[tuple[str | None, str | None], str] = {}
        newest: dict[str | None, str] = {}
        for _, key, _, version, content, broken, _ in rows:
            if broken is None:
                first.setdefault((key, version), content)
                newest[key] = max(newest.get(key, ""), version or "")
        seen: set[tuple[str | None, str | None, str]] = set()
        for place, key, _, version, content, broken, _ in rows:
            twice = (key, version, content) in seen
            seen.add((key, version, content))
            owner = owners[place - 1] if place is not None else "new"
            if twice:
                yield "duplicate"
            elif broken is not None or owner in ("quarantined", "duplicate"):
                yield "quarantined"
            else:
                assert key is not None and version is not None, "a row without key or version is broken"
                yield _fate(
                    version,
                    content,
                    known.get(key),
                    conflict=first[key, version] != content,
                    older=version < newest[key],
                    owner=owner,
                    again=again,
                )

    def _take(self, dataset: Dataset, rows: list[Row], fates: list[str], known: dict[str, CurrentRow]) -> int:
        findings = 0
        for (_, key, parent, version, content, _, notes), fate in zip(rows, fates, strict=True):
            if key is None or version is None:
                continue
            if fate in ("new", "changed"):
                known[key] = CurrentRow(version, content, parent)
                noted = {(dataset.name, key, rule) for rule in (notes or "").split(",") if rule}
                findings += len(noted - self.found)
                self.found |= noted
            elif fate == "unchanged":
                known[key].version = max(known[key].version, version)
        return findings

    def _leave(self, rows: list[Row], known: dict[str, CurrentRow], newer: Mapping[str, int]) -> int:
        if not newer:
            return 0
        named = {(key, owner) for owner, key, *_ in rows}
        gone = [
            key
            for key, held in known.items()
            if (owner := newer.get(held.parent or "")) is not None and (key, owner) not in named
        ]
        for key in gone:
            del known[key]
        return len(gone)


def staged_again(judge: Validator, batch: Batch) -> Mapping[str, pl.DataFrame]:
    """A batch, read from its landed bytes and validated again: dataset -> staged frame. Nothing is written."""
    frames = judge.read(batch)
    return {
        d.name: staged_frame(d, judge_rows(d, frames[d.name], judge.lists).frame, judge.keys)
        for d in judge.contract.datasets
    }


def _fate(
    version: str, content: str, held: CurrentRow | None, *, conflict: bool, older: bool, owner: str, again: bool
) -> str:
    """The fate of a valid row, in the order of `hub/load/merge.py`'s docstring."""
    if held is not None and held.version == version and held.hash == content:
        return "unchanged"
    if again and held is not None and not conflict and not older:
        return "unchanged" if held.hash == content else "changed"
    if conflict or (held is not None and held.version == version):
        return "quarantined"
    if older or owner == "outdated" or (held is not None and version < held.version):
        return "outdated"
    if held is None:
        return "new"
    return "unchanged" if held.hash == content else "changed"
