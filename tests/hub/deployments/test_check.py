"""One edit of a deployment each: `hub deployment check` says where it is, what is wrong and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.errors import DeploymentInvalid
from contracts.load import load_contracts
from hub.cli import app
from hub.core.deployment import load_deployment
from hub.core.settings import ROOT
from hub.deployments.check import check_deployment

D, S, R, P = "deployment.yaml", "systems/one-stop-760.yaml", "systems/moj-registry.yaml", "systems/population-db.yaml"
UNITS, AGENCIES, LAWS = "reference/units.csv", "reference/agencies.csv", "reference/legal_bases.csv"
GRANTS, PURPOSES, FEED = "grants.yaml", "purposes.yaml", "feeds/moj-births.yaml"

EDITS = [
    (D, "lists:", "list:", "unknown key list"),
    (D, "reuse:", "reuses:", "unknown key reuses"),
    (D, "deadline_s: 5", "deadline: 5", "unknown key deadline"),
    (D, "deadline_s: 5", "deadline_s: soon", "deadline_s 'soon'"),
    (D, "refreshed_from: moj-registry", "refreshed_from: moj-register", "no system moj-register"),
    (D, "registry: moj-registry", "registry: moj", "no system moj"),
    ("twins.yaml", 'province: "79"', "provinces: 79", "unknown key provinces"),
    (D, "population: population-db", "population: population", "no system population"),
    (D, "population: population-db", "population: one-stop-760", "is read, so it is no system that is asked"),
    (D, "timezone:", "title: again\ntimezone:", "key `title` for the second time"),
    (D, "name: hcmc", "name: ../x", "no name that a deployment may have"),
    (D, "name: hcmc", "name: Ho Chi Minh", "no name that a deployment may have"),
    (D, "Asia/Ho_Chi_Minh", "Asia/Hanoi", "timezone 'Asia/Hanoi' is no time zone"),
    (D, "2022-06-02T08:00:00+07:00", "02/06/2022", "as_of is no moment"),
    (D, "2022-06-02T08:00:00+07:00", "2022-06-02T08:00:00", "as_of has no time zone"),
    (D, "{file: countries.csv,", "{fil: countries.csv,", "unknown key fil"),
    (D, "file: countries.csv", "file: country.csv", "names a file that is not there: reference/country.csv"),
    (D, "file: countries.csv", "file: ../countries.csv", "no name that a file may have"),
    (D, "column: alpha_2", "column: alpha2", "no column alpha2"),
    (D, "  procedures: {file: procedures.csv, column: code}\n", "", "no list procedures, in which rule"),
    (D, "dated: true", "dated: false", "the list units has no days"),
    (D, "reuse:", "routes: {moj-registry: moj-rest}\nreuse:", "no system moj-rest"),
    (S, "dialect: one_stop", "dialect: onestop", "no dialect onestop"),
    (S, "overlap: 15m\n", "overlap: 15m\noptions: {page_siez: 5}\n", "knows no option page_siez"),
    (S, "overlap: 15m\n", "overlap: 15m\noptions: {page_size: many}\n", "page_size"),
    (S, '"*/30 * * * *"', '"every hour"', "schedule 'every hour' is no cron expression"),
    (S, '"*/30 * * * *"', '"* * * * * *"', "is no cron expression"),
    (S, '"*/30 * * * *"', '"99 * * * *"', "is no cron expression"),
    (S, '"*/30 * * * *"', "on demand", "the schedule is on demand"),
    (S, '"*/30 * * * *"', "30", "schedule 30 is no cron expression"),
    (S, 'unit: "760"', 'unit: "999"', "no unit ever had the code 999"),
    (S, 'unit: "760"', 'unit: "26732"', "is no unit on any day of this system"),
    (S, "owner: Văn phòng UBND Quận 1", "owner:", "owner is empty"),
    (S, "owner: Văn phòng UBND Quận 1", 'owner: "  "', "owner is empty"),
    (S, "system: one-stop-760", "system: one stop 760", "no name that a system may have"),
    (S, "system: one-stop-760", "system: one.stop.760", "no name that a system may have"),
    (S, "system: one-stop-760", "system: one-stop-761", "called otherwise"),
    (S, "overlap: 15m", "overlap: 15", "overlap 15 is no time"),
    (S, "watch: 3s", "watch: often", "watch 'often' is no interval"),
    (S, "contracts: [dossier]", "contracts: dossier", "contracts 'dossier' is no list"),
    (S, "contracts: [dossier]", "contracts: [dosier]", "no contract dosier"),
    (S, "2025-06-30", "30/06/2025", "valid_to '30/06/2025' is no day"),
    (S, "listing: {at", "listings: {at", "unknown key listings"),
    (S, "{twins}/one-stop/760", "one-stop.example/760", "address is no address"),
    (R, "wsdl:", "wsdI:", "no option wsdI"),
    (R, "maTinh:", "matinh:", "no option matinh"),
    (P, "madonvi:", "ma_don_vi:", "no option ma_don_vi"),
    (P, "dialect: population", "dialect: one_stop", "is read, not asked"),
    (UNITS, "760,district,Quận 1,79,2021-01-01", "760,district,Quận 1,79,01/01/2021", "valid_from '01/01/2021' is no day"),
    (UNITS, "760,district,Quận 1,79,", "760,district,Quận 1,78,", "parent_code '78' is no unit on these days"),
    (UNITS, "760,district,Quận 1,79,", "760,district,Quận 1,764,", "parent_code '764' is a district"),
    (UNITS, "760,district,Quận 1,79,", "760,district,Quận 1,,", "parent_code '' is empty"),
    (UNITS, "760,district,Quận 1,", "760,quarter,Quận 1,", "level 'quarter' is unknown"),
    (UNITS, "764,district,", "760,district,", "names a second unit on"),
    (UNITS, "760,district,Quận 1,", "76 0,district,Quận 1,", "code '76 0' is not written as it must be"),
    (UNITS, "760,district,Quận 1,", "760,district,Quận 1,,", "cells"),
    (UNITS, "code,level,name", "ma,level,name", "no column code"),
    (AGENCIES, "760,district,2021-01-01", "760,district,1/1/2021", "valid_from '1/1/2021' is no day"),
    (AGENCIES, "Quận 1,760,", "Quận 1,999,", "unit_code '999' is no unit"),
    (AGENCIES, "000.00.16.H29,", "000.00 .16.H29,", "code '000.00 .16.H29' is not written as it must be"),
    (AGENCIES, "000.00.17.H29,", "000.00.16.H29,", "code '000.00.16.H29' stands for the second time"),
    (LAWS, ",in force,", ",valid,", "status 'valid' is unknown"),
    (GRANTS, "000.00.16.H29, 000.00.24", "000.00.99.H29, 000.00.24", "no agency 000.00.99.H29"),
    (GRANTS, "purpose: civil-status", "purpose: civil", "no purpose civil"),
    (GRANTS, "hourly_limit: 5000", "hourly_limits: 5000", "unknown key hourly_limits"),
    (GRANTS, "territory: city\n    valid", "territory: town\n    valid", "no unit town"),
    (GRANTS, "id: civil-status-desks", "id: civil status desks", "no name that a grant may have"),
    (FEED, "contract: birth", "contract: births", "no contract births"),
    (FEED, "nksHoTen, nksGioiTinh", "nksTen, nksGioiTinh", "nksTen"),
    (PURPOSES, "id: school-enrolment", "id: school.enrolment", "no name that a purpose may have"),
    (PURPOSES, "nksHoTen, nksGioiTinh", "nksTen, nksGioiTinh", "birth has no field nksTen"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "says"), EDITS)
def test_an_edit_is_said(folder: Path, file: str, old: str, new: str, says: str) -> None:
    """What is wrong, in which file and on which line, and what to do; no traceback and no silence."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    faults = check_deployment(folder, load_contracts())

    said = next((each for each in faults if says in each.what), None)
    assert said is not None, faults
    assert re.search(rf"{re.escape(Path(file).name)}:[0-9]+$", said.place)
    assert said.hint


def _yml(folder: Path) -> None:
    (folder / S).rename((folder / S).with_suffix(".yml"))


def _misspelt_file(folder: Path) -> None:
    (folder / GRANTS).rename(folder / "grant.yaml")


def _misspelt_folder(folder: Path) -> None:
    (folder / "systems").rename(folder / "system")


def _unread_folder(folder: Path) -> None:
    (folder / "dialects").mkdir()


def _without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _utf_16(folder: Path) -> None:
    path = folder / UNITS
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-16")


def _a_list_of_lists(folder: Path) -> None:
    path = folder / D
    path.write_text(
        re.sub(r"lists:(.|\n)*reuse:", "lists: [units]\nreuse:", path.read_text(encoding="utf-8")), encoding="utf-8"
    )


def _windows_1258(folder: Path) -> None:
    (folder / AGENCIES).write_bytes(b"code,name,unit_code,valid_from,valid_to\n1,Qu\xe2\xf2n 1,760,,\n")


FILES = [
    (_yml, "systems/one-stop-760.yml", "no file of this ending is read"),
    (_misspelt_file, "small/grant.yaml", "nothing reads this file"),
    (_misspelt_folder, "system/", "nothing reads this folder"),
    (_unread_folder, "dialects/", "nothing reads this folder"),
    (_without(D), "deployment.yaml", "cannot be read"),
    (_without(UNITS), "", "reference/units.csv does not exist"),
    (_without(AGENCIES), "", "reference/agencies.csv does not exist"),
    (_without(LAWS), "", "reference/legal_bases.csv does not exist"),
    (_without("reference/unit_conversions.csv"), "", "reference/unit_conversions.csv does not exist"),
    (_a_list_of_lists, "small/deployment.yaml:", "lists (a list) is no mapping"),
    (_utf_16, "reference/units.csv:1", "UTF-16, not UTF-8"),
    (_windows_1258, "reference/agencies.csv:2", "not UTF-8"),
]


@pytest.mark.parametrize(("edit", "place", "says"), FILES)
def test_a_file_is_said(folder: Path, edit: Callable[[Path], None], place: str, says: str) -> None:
    """A file of another ending, name or encoding, or one that is not there."""
    edit(folder)

    faults = check_deployment(folder, load_contracts())

    assert [each for each in faults if says in each.what and place in each.place and each.hint], faults


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    """Not an empty deployment."""
    assert ["is no folder"] == [each.what for each in check_deployment(tmp_path / "nowhere", {})]


def test_no_fault_is_found_where_none_is(folder: Path) -> None:
    """The deployment that the edits above spoil."""
    assert () == check_deployment(folder, load_contracts())


def test_the_mark_of_utf_8_is_no_part_of_a_column(folder: Path) -> None:
    """Excel writes it before the first column; the column `code` was missing then."""
    for name in (UNITS, AGENCIES, LAWS):
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")

    assert () == check_deployment(folder, load_contracts())


def test_each_of_several_faults_is_said(folder: Path) -> None:
    """One look shows the whole work."""
    for file, old, new in (
        (D, "population: population-db", "population: nobody"),
        (S, 'unit: "760"', 'unit: "999"'),
        (AGENCIES, "Quận 1,760,", "Quận 1,998,"),
        (GRANTS, "purpose: civil-status", "purpose: civil"),
    ):
        path = folder / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")

    said = {each.place.split(":")[0] for each in check_deployment(folder, load_contracts())}

    assert {"small/deployment.yaml", "systems/one-stop-760.yaml", "reference/agencies.csv", "small/grants.yaml"} == said


@pytest.mark.parametrize("edit", [("overlap: 15m", "overlap: 15"), ('"*/30 * * * *"', '"every hour"')])
def test_a_start_says_the_same(folder: Path, edit: tuple[str, str]) -> None:
    """Check and loader read the same models."""
    path = folder / S
    path.write_text(path.read_text(encoding="utf-8").replace(*edit), encoding="utf-8")

    with pytest.raises(DeploymentInvalid) as error:
        load_deployment(folder)

    assert error.value.message in {f"{each.place}: {each.what}" for each in check_deployment(folder, load_contracts())}


def test_the_command_ends_with_78_on_a_fault(folder: Path) -> None:
    """So that a script stops; and with 0 where none is found."""
    runner = CliRunner()
    good = runner.invoke(app, ["deployment", "check", str(folder)])
    (folder / LAWS).unlink()
    bad = runner.invoke(app, ["deployment", "check", str(folder)])

    assert (0, "small: no fault found\n") == (good.exit_code, good.stdout)
    assert isinstance(bad.exception, DeploymentInvalid)
    assert "legal_bases.csv" in bad.stdout


@pytest.mark.parametrize(
    "shipped", sorted((ROOT / "deployments").glob("*/deployment.yaml")), ids=lambda p: p.parent.name
)
def test_shipped_deployments_have_no_fault(shipped: Path) -> None:
    """`make lint` says so too."""
    assert () == check_deployment(shipped.parent, load_contracts())
