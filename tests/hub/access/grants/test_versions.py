"""Versions of the grants: written whole or not at all, the same document for the same grants, never altered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from hub.access.grants import granted, versions
from hub.access.grants.allowance import QuestionLimits
from hub.access.grants.changes import changes
from hub.access.grants.document import digest_of, from_document, to_document
from hub.access.grants.live import GrantsBroken, LiveGrants
from hub.access.grants.model import Grants
from hub.core.actions import Actor
from hub.core.errors import DatabaseRefused, NotFound
from tests.hub.registers import ROOT

HCMC = ROOT / "deployments" / "hcmc"
PERSON = Actor("Trần Văn Mẫu", "agreement 12")


def without(grants: Grants, dataset: str) -> Grants:
    return replace(grants, all=tuple(g for g in grants.all if g.dataset != dataset))


def test_a_document_holds_all_of_the_grants(shipped) -> None:
    assert from_document(to_document(shipped)) == shipped


def test_the_digest_is_that_of_the_content_not_of_its_order(shipped) -> None:
    """Sets have no order; what is written twice must not look like a change."""
    [first, *others] = shipped.all
    turned = replace(first, fields=frozenset(sorted(first.fields, reverse=True)))
    same = replace(shipped, all=(turned, *others))
    assert digest_of(to_document(shipped)) == digest_of(to_document(same))
    assert digest_of(to_document(shipped)) != digest_of(to_document(without(shipped, "death")))


def test_the_first_start_applies_the_file_and_a_later_one_does_not(engine, shipped, territories) -> None:
    """The version in force stays when the file has changed: a restart applies nothing."""
    for read in (lambda: shipped, lambda: without(shipped, "birth")):
        with engine.begin() as connection:
            versions.start(connection, read, territories)
    with engine.connect() as connection:
        assert versions.in_force(connection) == (1, shipped)
        [only] = versions.history(connection)
        assert granted.stand(connection, shipped, territories)
    assert (only.applied_by, only.source) == ("hub", "grants.yaml")


def test_a_version_brings_its_rows_and_the_same_one_is_no_new_one(engine, shipped, territories) -> None:
    less = without(shipped, "birth")
    with engine.begin() as connection:
        done = [versions.apply(connection, each, territories, PERSON) for each in (shipped, shipped, less, shipped)]
    assert [(each.number, each.new) for each in done] == [(1, True), (1, False), (2, True), (3, True)]
    with engine.connect() as connection:
        assert granted.stand(connection, shipped, territories)
        assert not granted.stand(connection, less, territories)
        assert versions.grants_of(connection, 2) == less
        assert [each.because for each in versions.history(connection)] == ["agreement 12"] * 3
        with pytest.raises(NotFound, match="No version 4"):
            versions.grants_of(connection, 4)


def test_what_is_not_committed_is_not_in_force(engine, shipped, territories) -> None:
    with engine.begin() as connection:
        versions.apply(connection, shipped, territories, PERSON)
    with engine.connect() as connection:
        versions.apply(connection, without(shipped, "birth"), territories, PERSON)
        connection.rollback()
    with engine.begin() as connection:
        assert LiveGrants().read(connection).grants == shipped
        assert granted.stand(connection, shipped, territories)


@pytest.mark.parametrize("act", ["update hub.grants_version set digest = digest", "delete from hub.grants_version"])
def test_versions_stay_as_they_were_written(engine, shipped, territories, act: str) -> None:
    with engine.begin() as connection:
        versions.apply(connection, shipped, territories, PERSON)
    with pytest.raises(DatabaseRefused, match="only ever appended"), engine.begin() as connection:
        connection.execute(sa.text(act))


def test_a_document_that_was_changed_is_not_gone_by(engine, shipped, territories) -> None:
    """Somebody with the owner's rights widened a grant past the trigger: no answer goes by it."""
    with engine.begin() as connection:
        versions.apply(connection, shipped, territories, PERSON)
        connection.execute(sa.text("alter table hub.grants_version disable trigger user"))
        connection.execute(
            sa.text("update hub.grants_version set document = jsonb_set(document, '{without_grant}', '100000')")
        )
    with pytest.raises(GrantsBroken, match="Version 1"), engine.begin() as connection:
        LiveGrants().read(connection)


def test_differences_are_said_by_name(shipped) -> None:
    [first, *others] = shipped.all
    changed = replace(first, fields=first.fields - {"so"}, hourly_limit=7, valid_to=date(2030, 1, 1))
    after = replace(shipped, all=(changed, *others[:-1]), agency_limits={"000.00.16.H29": QuestionLimits(1, 2, 3)})
    gone = others[-1]
    found = {(each.what, each.name): each.change for each in changes(shipped, after)}
    assert found == {
        ("grant", f"{first.id} {first.dataset}"): (
            f"fields: -so; valid_to: 2025-06-30 -> 2030-01-01; hourly_limit: {first.hourly_limit} -> 7"
        ),
        ("grant", f"{gone.id} {gone.dataset}"): "removed",
        ("limit", "000.00.16.H29"): "added",
    }
    assert list(changes(shipped, shipped)) == []
