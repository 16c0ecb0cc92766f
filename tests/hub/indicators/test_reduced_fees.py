"""Fees that the city's resolution reduces online, and who charges them in full all the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from hub.indicators.figures import Figure, figures
from hub.indicators.formulas import FEES
from hub.indicators.keeping import keep
from hub.indicators.selection import FigureSelection
from tests.hub.registers import NOW, Put

from .conftest import BASIS, CITY
from .sixty import P, at

SINCE = "2022-05-01T00:00:00+07:00"
AGENCY = "000.00.16.H29"


@pytest.fixture
def offered(systems: sa.Engine, put: Put) -> Callable[..., None]:
    """What a unit charges for a procedure, at the desk and online."""

    def offer(whole: int, reduced: int, since: str = SINCE) -> None:
        put(
            "offered_procedure", f"{AGENCY}-{P}", system="city-portal", MaDichVuCong=f"{AGENCY}-{P}", MaDonVi=AGENCY,
            MaTTHC=P, TrucTuyen="2", LePhi=whole, LePhiTrucTuyen=reduced, NgayGiamLePhi=since, NgayCapNhat=since,
        )  # fmt: skip

    return offer


@pytest.fixture
def dossier(systems: sa.Engine, put: Put) -> Callable[..., None]:
    """A dossier of District 1 with fees."""

    def file(key: str, *fees: int, channel: str = "2", received: str = at(10)) -> None:
        put(
            "dossier", key, system="one-stop-760", MaHoSo=key, MaTTHC=P, TrangThaiHoSo="4", KenhThucHien=channel,
            NgayTiepNhan=received,
        )  # fmt: skip
        for n, fee in enumerate(fees):
            put("dossier", f"{key}/{n}", "dossier_fee", system="one-stop-760", _parent=key, MaHoSo=key, Gia=fee)

    return file


def ask(engine: sa.Engine) -> Figure:
    with engine.begin() as connection:
        keep(connection, replace(BASIS, agencies={AGENCY: "760"}), NOW)
        [found] = figures(connection, ["fees-in-full"], FigureSelection(), replace(CITY, agencies={AGENCY: "760"}), NOW)
    return found


def test_who_charges_in_full(systems: sa.Engine, offered: Callable[..., None], dossier: Callable[..., None]) -> None:
    """Of five that are due: in full, and in full beside a copy. Not: reduced, reduced beside a larger fee, another fee."""
    offered(8000, 4000)
    dossier("A-1", 8000)
    dossier("A-2", 2000, 8000)
    dossier("A-3", 4000)
    dossier("A-4", 4000, 10000)
    dossier("A-5", 2000)
    dossier("B-1", 8000, channel="1")
    dossier("B-2", 0)
    dossier("B-3", 8000, received="2022-04-30T09:00:00+07:00")

    found = ask(systems)

    assert (found.numerator, found.denominator, found.value) == (2, 5, 40.0)


def test_without_a_reduced_fee_nothing_is_judged(
    systems: sa.Engine, offered: Callable[..., None], dossier: Callable[..., None]
) -> None:
    """A fee that is the same online: N/A, with the input."""
    offered(8000, 8000)
    dossier("A-1", 8000)

    found = ask(systems)

    assert (found.value, found.missing) == (None, FEES)


def test_a_fee_that_is_reduced_later_counts_anew(
    systems: sa.Engine, offered: Callable[..., None], dossier: Callable[..., None]
) -> None:
    """The portal tells the reduced fee after the dossiers were counted: the next count knows it."""
    dossier("A-1", 8000)
    assert ask(systems).denominator == 0
    offered(8000, 4000)

    assert (ask(systems).numerator, ask(systems).denominator) == (1, 1)
