"""A stream compared with its source by a listing of keys: what lacks, what has another change time; no content is read."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.cases.key_listing import NoListing
from hub.reconciliation.reconciler import Reconciler
from tests.hub.cases import listed_source
from tests.hub.cases.conftest import Office, paper
from tests.hub.cases.listed_source import hold
from tests.hub.conftest import NOW

listed = listed_source.listed


@pytest.fixture
def reconciler(engine: sa.Engine, tmp_path: Path) -> Reconciler:
    return Reconciler(engine, tmp_path / "feed-keys", "hcmc", lambda: NOW)


def keys(names: tuple[tuple[str, str, str], ...]) -> list[str]:
    return [key for _, _, key in names]


def test_keys_that_agree(listed: Office, reconciler: Reconciler) -> None:
    """Two pages of keys, as they are here."""
    found = reconciler.keys(listed.exchange)
    assert found.equal
    assert (4, 4) == (found.comparison.rows_here, found.comparison.rows_there)


def test_what_lacks_and_what_is_newer(listed: Office, reconciler: Reconciler) -> None:
    """One left, one is new, one has another change time."""
    hold(listed, paper("A"), paper("B", NgayCapNhat="20220701080000"), paper("D"), paper("N"))
    found = reconciler.keys(listed.exchange).comparison
    assert (["C"], ["N"], ["B"]) == (keys(found.only_here), keys(found.only_there), keys(found.otherwise))


def test_a_source_that_lists_ids_alone(listed: Office, reconciler: Reconciler) -> None:
    """Change times that nobody tells are not compared."""
    listed.source.versions = False  # type: ignore[attr-defined]
    hold(listed, paper("A"), paper("B", NgayCapNhat="20220701080000"), paper("C"), paper("D"))
    assert reconciler.keys(listed.exchange).equal


def test_a_dialect_without_listings(exchange, reconciler: Reconciler) -> None:
    """It says what to do instead."""
    with pytest.raises(NoListing, match="cannot be listed"):
        reconciler.keys(exchange)
