"""Which feeds and grants a changed contract touches, and by what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contracts.changes.change import ClauseChange
from contracts.changes.history import number_of
from contracts.changes.readers import broken_fields, lives_for
from contracts.model import Contract
from hub.access.grants.model import Grant, Grants
from hub.feeds.declared import Feed
from hub.operations.rehearsal.landed import Rehearsal


@dataclass(frozen=True)
class TouchedUse:
    """A feed or a grant, and what a changed contract does to it."""

    kind: str
    """feed or grant."""
    id: str
    agency: str
    dataset: str
    why: str


def touched(
    contract: Contract,
    changes: list[ClauseChange],
    rehearsal: Rehearsal,
    feeds: Mapping[str, Feed],
    grants: Grants,
) -> list[TouchedUse]:
    """Feeds first, then grants, each with all its reasons; a use that nothing happens to is left out."""
    fields = broken_fields(changes)
    lost = {
        name: sum(each.newly_rejected for each in rehearsal.datasets if each.dataset == name)
        for name in {each.dataset for each in rehearsal.datasets}
    }
    found = []
    for feed in feeds.values():
        if feed.contract.name == contract.name:
            reasons = [*_version(feed, contract), *_reasons(feed.file.columns, fields, lost, feed.dataset.name)]
            if reasons:
                why = "; ".join(reasons)
                found.append(TouchedUse("feed", feed.id, feed.file.receiver, feed.dataset.name, why))
    names = {each.name for each in contract.datasets} | set(fields)
    for grant in _all(grants):
        if grant.dataset in names and (reasons := list(_reasons(sorted(grant.fields), fields, lost, grant.dataset))):
            found.append(TouchedUse("grant", grant.id, grant.agency, grant.dataset, "; ".join(reasons)))
    return found


def _all(grants: Grants) -> list[Grant]:
    return [*grants.all, *grants.bulk]


def _reasons(
    columns: tuple[str, ...] | list[str], fields: Mapping[str, Mapping[str, str]], lost: Mapping[str, int], dataset: str
) -> Iterator[str]:
    there = fields.get(dataset, {})
    if "" in there:
        yield f"{dataset}: {there['']}"
    for column in columns:
        if column in there:
            yield f"{column}: {there[column]}"
    if lost.get(dataset):
        yield f"{lost[dataset]} records would stay out"


def _version(feed: Feed, contract: Contract) -> Iterator[str]:
    promised, new = number_of(feed.file.version), number_of(contract.version)
    if promised[0] != new[0]:
        lives, _ = lives_for(contract, feed.file.version, feed.dataset.name, feed.file.columns)
        stays = ", and both are kept" if lives else ""
        yield f"its receiver was promised version {feed.file.version}, the contract is {contract.version}{stays}"
