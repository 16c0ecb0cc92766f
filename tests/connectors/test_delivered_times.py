"""Times in delivered files: in the forms that programs write, or in a form that the sender declares."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import DeploymentInvalid
from tests.connectors.trial_lists import broken, frame_of, listed, put, read


def test_the_times_that_programs_write(tmp_path: Path) -> None:
    """Of seven rows with seven common forms once one passed; and rows of commas were cases of their own."""
    forms = [
        "2022-06-01T08:00:00.1234567+07:00",
        "2022-06-01 08:00:00",
        "2022-06-01 08:00:00.123",
        "2022-06-01T08:00",
        "2022-06-01T08:00:00+0700",
        "2022-06-01T24:00:00",
        "2022-06-01 08:00:00.0000000 +07:00",
    ]
    rows = "".join(f"M{number:02},A,{form}\n" for number, form in enumerate(forms))
    put(tmp_path, "ds1.csv", f"ma,ten,thoiDiem\n{rows},,\n,,\n".encode())
    source = listed(tmp_path, columns={"trial_list": ["ma", "ten", "thoiDiem"]})
    pages, _ = read(source)

    assert broken(frame_of(source, pages)) == [None] * 7
    assert "2 rows without any value left out" in pages[0].request


def test_a_form_of_times_that_a_sender_declares(tmp_path: Path) -> None:
    """What no standard says is read where the deployment says what it is; what does not fit stays for the rule."""
    put(tmp_path, "ds1.csv", b"ma,ten,thoiDiem\nM01,A,01/06/2022 08:30\nM02,B,06/2022\n")
    columns = {"trial_list": ["ma", "ten", "thoiDiem"]}
    source = listed(tmp_path, columns=columns, times={"trial_list": {"thoiDiem": "dd/MM/yyyy HH:mm"}})
    frame = frame_of(source, read(source)[0])

    assert frame["thoiDiem"].to_list() == ["2022-06-01T08:30:00", "06/2022"]
    assert broken(frame) == [None, "thoiDiem.timestamp"]


FORMS = {
    "d/M/yyyy H:mm": ("1/6/2022 8:30", "2022-06-01T08:30:00"),
    "M/d/yyyy h:mm:ss tt": ("6/1/2022 8:30:05 PM", "2022-06-01T20:30:05"),
    "dd/MM/yyyy hh:mm:ss tt": ("01/06/2022 12:00:00 SA", "2022-06-01T00:00:00"),
    "dd/MM/yyyy h:mm tt": ("01/06/2022 1:00 CH", "2022-06-01T13:00:00"),
    "MMM d yyyy h:mmtt": ("Jun  1 2022  8:30AM", "2022-06-01T08:30:00"),
    "dd-MMM-yyyy HH:mm": ("01-JUN-2022 08:30", "2022-06-01T08:30:00"),
    "dd/MM/yyyy HH'h'mm": ("01/06/2022 08h30", "2022-06-01T08:30:00"),
    "yyyy-MM-dd HH:mm:ss 'UTC'": ("2022-06-01 08:30:00 UTC", "2022-06-01T08:30:00+00:00"),
    "dd/MM/yyyy HH:mm:ss.fff": ("01/06/2022 08:30:00.5", "2022-06-01T08:30:00.500000"),
    "yyyyMMddHHmmss": ("20220601083000", "2022-06-01T08:30:00"),
}
"""Form -> a time in it, and what it is."""
NO_TIMES = {
    "dd/MM/yyyy HH:mm": ("1/6/2022 8:30", "31/02/2022 08:30", "01/06/2022 24:30"),
    "d/M/yyyy H:mm": ("001/6/2022 8:30", "0/6/2022 8:30", "1/13/2022 8:30", "1/6/2022 8:30 "),
    "dd/MM/yyyy hh:mm tt": ("01/06/2022 13:00 CH", "01/06/2022 00:30 SA", "01/06/2022 08:30 XX"),
    "dd-MMM-yyyy HH:mm": ("01-Giu-2022 08:30", "31-Jun-2022 08:30"),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_times_as_programs_write_them(tmp_path: Path, form: str) -> None:
    """The forms of Windows, of SQL Server and of Oracle could not be declared, and with SA and CH no row passed."""
    written, meant = FORMS[form]
    put(tmp_path, "ds1.csv", f"ma,ten,thoiDiem\nM01,A,{written}\n".encode())
    columns = {"trial_list": ["ma", "ten", "thoiDiem"]}
    source = listed(tmp_path, columns=columns, times={"trial_list": {"thoiDiem": form}})
    frame = frame_of(source, read(source)[0])

    assert frame["thoiDiem"].to_list() == [meant]
    assert broken(frame) == [None]


@pytest.mark.parametrize("form", NO_TIMES)
def test_what_is_not_of_a_declared_form_stays_for_the_rule(tmp_path: Path, form: str) -> None:
    """No other moment is made of it."""
    given = NO_TIMES[form]
    rows = "".join(f"M{number:02},A,{each}\n" for number, each in enumerate(given))
    put(tmp_path, "ds1.csv", f"ma,ten,thoiDiem\n{rows}".encode())
    columns = {"trial_list": ["ma", "ten", "thoiDiem"]}
    source = listed(tmp_path, columns=columns, times={"trial_list": {"thoiDiem": form}})

    assert frame_of(source, read(source)[0])["thoiDiem"].to_list() == list(given)


@pytest.mark.parametrize(
    "times",
    [
        {"thoiDiem": "dd/MM/yyyy"},
        {"thoiDiem": "dd/MM/yyyy hh:mm"},
        {"thoiDiem": "DD/MM/yyyy HH:mm"},
        {"thoiDiem": "dd/MM/MMM/yyyy HH:mm"},
        {"thoiDiem": "dMyyyy HH:mm"},
        {"thoiDiem": "dd/MM/yyyy HH:mm tt"},
        {"ten": "dd/MM/yyyy"},
        {"nobody": "dd/MM/yyyy HH:mm"},
    ],
)
def test_a_form_of_times_that_says_too_little(tmp_path: Path, times: dict[str, str]) -> None:
    """Refused when the list is opened: half a form would make other moments of all of them."""
    with pytest.raises(DeploymentInvalid, match="times"):
        listed(tmp_path, times={"trial_list": times})
