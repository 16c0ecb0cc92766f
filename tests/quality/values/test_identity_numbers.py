"""What twelve digits say, against a reference written apart."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.values import identity_numbers as ids

NUMBERS = st.one_of(st.from_regex("[0-9]{12}", fullmatch=True), st.text("0123456789 .٣a", max_size=14))


@settings(deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=50))
def test_frames_and_single_values_read_alike(numbers):
    """Expressions and plain functions agree on the year of birth and on the sex."""
    read = pl.DataFrame({"n": numbers}).select(year=ids.birth_year(pl.col("n")), sex=ids.sex(pl.col("n")))

    assert [(ids.plain_birth_year(n), ids.plain_sex(n)) for n in numbers] == read.rows()


@pytest.mark.parametrize(
    ("number", "year", "sex"),
    [
        ("079090123456", 1990, ids.MALE),
        ("079190123456", 1990, ids.FEMALE),
        ("079203123456", 2003, ids.MALE),
        ("074303123456", 2003, ids.FEMALE),
        ("001999123456", 2399, ids.FEMALE),
        ("012345678", None, None),
        ("79203123456", None, None),
    ],
)
def test_digits(number, year, sex):
    """The fourth digit is century and sex, the next two the year (Decree 137/2015 Art. 13)."""
    assert (year, sex) == (ids.plain_birth_year(number), ids.plain_sex(number))
