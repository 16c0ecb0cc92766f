"""Names that a person types, checked before anything is listed or done: a wrong one must not look like nothing found."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from contracts.cross_rules import sentences
from contracts.model import Contract
from hub.core import tables
from hub.core.deployment import Deployment
from hub.core.errors import NotFound
from hub.evidence.rule_sentences import OWN_SENTENCES


def stream(connection: sa.Connection, deployment: Deployment, name: str | None) -> str | None:
    """The stream of a name, also one whose system is gone: its cases are not. Raises NotFound."""
    if name is None:
        return None
    known: str | None = connection.scalar(sa.select(tables.stream.c.id).where(tables.stream.c.id == name))
    return known or deployment.stream(name).id


def require(
    connection: sa.Connection, contracts: Mapping[str, Contract], *, rule: str | None = None, unit: str | None = None
) -> None:
    """Raises NotFound: no contract, case or finding has such a rule; no list of owners, case or finding such a unit."""
    if rule is not None and not _is_rule(connection, contracts, rule):
        raise NotFound(f"No rule {rule!r}", hint="hub cases list --by-rule and hub findings list --by-rule name them")
    if unit is not None and not connection.scalar(_UNIT, {"unit": unit}):
        raise NotFound(f"No unit {unit!r}", hint="its code, of 2, 3 or 5 digits: hub cases list --by-unit names them")


def _is_rule(connection: sa.Connection, contracts: Mapping[str, Contract], rule: str) -> bool:
    datasets = (dataset for contract in contracts.values() for dataset in contract.datasets)
    if (
        rule in OWN_SENTENCES
        or rule in sentences()
        or any(each.id == rule for dataset in datasets for each in dataset.rules)
    ):
        return True
    return bool(connection.scalar(_RULE, {"rule": rule}))


_RULE = sa.text("""
    select exists (select from hub."case" where :rule = any (rules))
        or exists (select from hub.finding where rule = :rule)""")
_UNIT = sa.text("""
    select exists (select from hub.case_owner where unit = :unit and unit not in ('', '*'))
        or exists (select from hub."case" where unit = :unit) or exists (select from hub.finding where unit = :unit)""")
