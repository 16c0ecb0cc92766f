"""Pages of indicators and trends: their numbers are those of the commands, a clerk sees the own unit, files are safe."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import pytest
from openpyxl import load_workbook

from hub.app import Hub
from hub.indicators.export import LEFT_OUT
from hub.indicators.figures import figures, ranked
from hub.indicators.selection import FigureSelection
from hub.operations import daily
from hub.trends import reading

from .conftest import Enter

pytestmark = pytest.mark.timeout(600)  # the city is read once, by whichever test is first

MAY = date(2022, 5, 1)


@pytest.fixture(scope="module")
def counted(city: Hub) -> Hub:
    """The city as the night leaves it."""
    daily.trends(city)
    daily.indicators(city)
    return city


def ask(city: Hub, *ids: str, **asked: object) -> list[object]:
    lists = daily.indicators(city).city
    with city.engine.connect() as connection:
        return list(figures(connection, ids, FigureSelection(first=MAY, last=MAY, **asked), lists, city.scenario.now()))  # type: ignore[arg-type]


def test_the_numbers_are_those_of_the_command(counted: Hub, enter: Enter) -> None:
    """Numerator, denominator and what is missing, of every indicator of a month."""
    page = enter("kiemtra").get("/indicators?month=2022-05").text
    for figure in ask(counted, "2.1", "4.2", "3.3"):
        shown = f"{figure.numerator:,} / {figure.denominator:,}".replace(",", ".")  # type: ignore[attr-defined]
        assert shown in page
    assert "phản ánh, đánh giá không hài lòng" in page
    assert "224-on-time" not in page, "the decree of 2026 does not speak of 2022"


def test_an_indicator_ranks_units(counted: Hub, enter: Enter) -> None:
    """By rank, with their names of that month; and where to go from a month to a file."""
    page = enter("lanhdao").get("/indicators/2.1?month=2022-05").text
    found = ranked(ask(counted, "2.1", by=("unit",)))  # type: ignore[arg-type]
    names = {"760": "Quận 1", "764": "Quận Gò Vấp", "770": "Quận 3"}
    places = [page.index(f"<td>{names[each.unit]}</td>") for each in found]
    assert len(places) == 3
    assert places == sorted(places)
    assert "/indicators/2.1/figures.xlsx?month=2022-05&amp;by=unit" in page


def test_a_clerk_sees_the_own_unit_only(counted: Hub, enter: Enter) -> None:
    """Whatever the address asks for, page and file are of District 3."""
    clerk, whole = enter("quan3"), enter("kiemtra")
    own = whole.get("/indicators/2.1?month=2022-05&unit=770").text
    [lead] = re.findall(r'class="lead">(.+?)</p>', own)
    assert lead in clerk.get("/indicators/2.1?month=2022-05&unit=760").text
    assert "Quận Gò Vấp" not in clerk.get("/indicators/2.1?month=2022-05").text
    rows = list(
        csv.DictReader(io.StringIO(clerk.get("/indicators/2.1/figures.csv?by=unit").content.decode("utf-8-sig")))
    )
    assert {row["unit"] for row in rows} == {"770"}
    assert "one-stop-764" not in clerk.get("/trends").text


def test_files_leave_small_counts_out(counted: Hub, enter: Enter) -> None:
    """A spreadsheet has no formula and no count from 1 to 4, and is named as one."""
    client = enter("lanhdao")
    answer = client.get("/indicators/4.3/figures.xlsx?by=unit,procedure&month=2022-05")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert LEFT_OUT in {cell.value for cell in cells}
    counts = [sheet.cell(row, column).value for row in range(2, sheet.max_row + 1) for column in (7, 8)]
    assert not {1, 2, 3, 4} & set(counts)
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/indicators/9.9",
        "/indicators/2.1/figures.exe",
        "/indicators/2.1/figures.csv?by=name",
        "/indicators?month=may",
        "/trends?month=may",
    ],
)
def test_what_does_not_exist_is_said(counted: Hub, enter: Enter, path: str) -> None:
    """A page with the next step, no fault."""
    assert 404 == enter("kiemtra").get(path).status_code


def test_the_dashboard_compares_with_the_month_before(counted: Hub, enter: Enter) -> None:
    """In June it speaks of May, beside April; and of who handles on time."""
    page = enter("lanhdao").get("/dashboard").text
    [on_time] = ask(counted, "2.1")
    assert "tháng 05/2022" in page
    assert f"{on_time.numerator:,} / {on_time.denominator:,}".replace(",", ".") in page  # type: ignore[attr-defined]
    assert "805 / 1766" in page
    assert page.count("tháng trước") >= 5


def test_trends_are_those_of_the_command(counted: Hub, enter: Enter) -> None:
    """The league of a month and the reasons, by rule."""
    page = enter("kiemtra").get("/trends").text
    with counted.engine.connect() as connection:
        months = reading.unit_months(connection, since="2022-06", until="2022-06")
        found = reading.league(months)
        reasons = reading.reasons(connection, month="2022-06")
    assert found
    assert all(f"<td>{each.month.stream}</td><td>{each.month.dataset}</td>" in page for each in found[:60])
    assert reasons
    assert all(f'<td class="key">{each.rule}</td>' in page for each in reasons[:60])
