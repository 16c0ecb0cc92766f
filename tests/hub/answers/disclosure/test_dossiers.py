"""Which dossiers an agency may name as the purpose of its questions. All numbers are synthetic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.answers.disclosure.dossiers import is_own, stands
from hub.core.database import connect
from tests.hub.registers import Put

QUAN_1 = "000.00.16.H29"


@pytest.mark.parametrize(
    ("agency", "dossier", "own"),
    [
        (QUAN_1, "000.00.16.H29-220602-0001", True),
        (QUAN_1, "H29.16-220602-0001", True),  # the same code in the order of Decision 20/2020
        (QUAN_1, "H29.16-20220602-0000001", True),  # as another product numbers
        (QUAN_1, "000.07.16.H29-220602-0001", True),  # a ward of the district, which asks under its grants
        (QUAN_1, "H29.16.07-220602-0001", True),
        ("H29.16", "000.00.16.H29-220602-0001", True),
        (QUAN_1, "000.00.28.H29-220602-0001", False),  # another district
        (QUAN_1, "H29.160-220602-0001", False),
        (QUAN_1, "000.00.00.H29-220602-0001", False),  # the city's own
        ("000.05.16.H29", "000.00.16.H29-220602-0001", False),  # the district above
        (QUAN_1, "000.00.16.H29", False),
        (QUAN_1, "000.00.16.H29-1", False),
        (QUAN_1, "x000.00.16.H29-220602-0001", False),
        (QUAN_1, "000.00.16.H29-220602-0001 ", False),
        (QUAN_1, "000.00.16.H29-220602-0001\n", False),
        (QUAN_1, "", False),
        ("", "-220602-0001", False),
        ("760", "760-220602-0001", False),  # no identity code
    ],
)
def test_its_own_by_the_code_at_the_beginning(agency: str, dossier: str, own: bool) -> None:
    assert is_own(agency, dossier) is own


LEVEL = st.integers(0, 99).map("{:02}".format)


@given(st.tuples(LEVEL, LEVEL), st.tuples(LEVEL, LEVEL))
def test_no_agency_owns_what_is_not_below_it(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Two levels below the province, in the older order: the district's code and that of its office."""
    district, office = one
    below = district == other[0] if office == "00" else one == other
    codes = [f"000.{office}.{district}.H29" for district, office in (one, other)]
    assert is_own(codes[0], f"{codes[1]}-220602-0001") is (below or one == ("00", "00"))


def test_known_by_any_of_its_numbers(engine, put: Put) -> None:
    """Whoever took it in: what the warehouse holds was not invented."""
    dossier, other = "000.00.28.H29-220602-0001", "000.00.28.H29-220602-0007"
    put("dossier", dossier, system="one-stop-774", MaHoSo=dossier, MaHoSoKhac="H29.28-220602-000001")
    with engine.connect() as connection:
        assert [stands(connection, QUAN_1, each) for each in (dossier, "H29.28-220602-000001", other)] == [
            True,
            True,
            False,
        ]


def test_before_any_dossier_was_read_only_the_own_code_counts(pg_url: str) -> None:
    engine = connect(pg_url)
    with engine.connect() as connection:
        assert [
            stands(connection, QUAN_1, each) for each in ("000.00.16.H29-220602-0001", "000.00.28.H29-220602-0001")
        ] == [True, False]
    engine.dispose()
