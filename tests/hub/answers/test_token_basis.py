"""Under which law a token lets somebody ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from contracts.load import load_contracts
from hub.answers.ministry.codes import MINISTRY
from hub.answers.token_basis import legal_basis_of
from hub.core.database import connect
from hub.core.errors import NotFound
from tests.databases import Databases

ROOT = Path(__file__).resolve().parents[3]
QUAN_1 = "000.00.16.H29"


Basis = Callable[..., str]


@pytest.fixture(scope="module")
def basis(databases: Databases) -> Iterator[Basis]:
    """`legal_basis_of` by the shipped grants, which are in force in a database."""
    with databases.fresh() as url:
        engine = connect(url)
        hub = SimpleNamespace(
            deployment=SimpleNamespace(
                name="hcmc", folder=ROOT / "deployments" / "hcmc", as_of=datetime(2022, 6, 2, tzinfo=UTC)
            ),
            contracts=load_contracts(),
            engine=engine,
            scenario=SimpleNamespace(now=lambda: datetime(2022, 6, 2, 3, tzinfo=UTC)),
        )

        def of(wanted: str = "", agency: str = QUAN_1, purpose: str = "civil-status") -> str:
            return legal_basis_of(hub, agency, purpose, wanted)

        yield of
        engine.dispose()


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("", "once-held"),
        ("once-held", "once-held"),
        ("once-held@2020-05-25", "once-held@2020-05-25"),
        ("extract-anywhere", "extract-anywhere"),
    ],
)
def test_the_law_that_is_wanted_or_the_purpose_s(basis: Basis, wanted: str, expected: str) -> None:
    assert basis(wanted) == expected


@pytest.mark.parametrize("wanted", ["marital-status", "once-held@2026-07-01", "x"])
def test_a_law_on_which_no_grant_stands_is_named_with_those_that_do(basis: Basis, wanted: str) -> None:
    with pytest.raises(NotFound, match=f"stands on {wanted} today") as refused:
        basis(wanted)
    assert "extract-anywhere, once-held" in refused.value.hint


def test_an_agency_whose_grants_stand_on_another_law_than_the_purpose(basis: Basis) -> None:
    """District 8 holds the grant for copies alone."""
    assert basis(agency="000.00.31.H29") == "extract-anywhere"


def test_the_ministry_s_system_asks_under_the_grants_of_every_office(basis: Basis) -> None:
    """It holds none itself, and stands in no list of the city."""
    assert basis(agency=MINISTRY) == "extract-anywhere"
    assert basis("once-held", MINISTRY) == "once-held"
    with pytest.raises(NotFound, match=r"No grant of 000.00.00.G15 for school-enrolment holds today"):
        basis(agency=MINISTRY, purpose="school-enrolment")
