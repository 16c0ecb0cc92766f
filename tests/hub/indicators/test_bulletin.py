"""The bulletin of a month, as PDF and HTML."""

from __future__ import annotations

from datetime import date

from hub.indicators.bulletin import Bulletin
from hub.indicators.figures import Figure

MAY = date(2022, 5, 1)


def figure(
    id: str, over: int | None, under: int | None, *, unit: str = "", missing: str = "", rank: int | None = None
) -> Figure:
    value = round(100 * over / under, 2) if over is not None and under else None
    return Figure(id, "QĐ 766", unit, "", "", MAY, over, under, value, missing, None, rank)


BULLETIN = Bulletin(
    "Thành phố <Hồ Chí Minh>",
    MAY,
    "02/06/2022 10:00",
    (figure("2.1", 46, 57), figure("4.3", 3, 59), figure("5.4", None, 59, missing="complaints")),
    (figure("2.1", 30, 30, unit="770", rank=1), figure("2.1", 16, 27, unit="760", rank=2)),
)


def test_a_page_says_value_parts_and_what_is_missing() -> None:
    """Three of 59 is left out; 5.4 names its input."""
    html = BULLETIN.html()

    assert "80.7 %" in html
    assert "46 / 57" in html
    assert "3 / 59" not in html
    assert "mức độ hài lòng: complaints" in html


def test_no_text_is_markup() -> None:
    """Titles are text."""
    assert "&lt;Hồ Chí Minh&gt;" in BULLETIN.html()
    assert "<script" not in BULLETIN.html()


def test_the_same_figures_give_the_same_bytes() -> None:
    """A PDF that can be compared."""
    first, second = BULLETIN.pdf(), BULLETIN.pdf()

    assert first.startswith(b"%PDF")
    assert first == second
