"""A province of other people's making: nothing of the first city is needed, and nothing of it shows."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from contracts.local_time import LOCAL
from twins.city.places import districts_on
from twins.population import AS_OF, City, build_city

UNITS = """code,level,name,parent_code,valid_from,valid_to,territory
97,province,Tỉnh Bình Giang,,2021-01-01,,97@2021-01-01
970,district,Thành phố Bình Giang,97,2021-01-01,,970@2021-01-01
971,district,Huyện Sông Mây,97,2021-01-01,,971@2021-01-01
97001,commune,Phường Một,970,2021-01-01,,97001@2021-01-01
97004,commune,Phường Hai,970,2021-01-01,,97004@2021-01-01
97101,commune,Xã Mây,971,2021-01-01,,97101@2021-01-01
"""
AGENCIES = """code,name,unit_code,valid_from,valid_to
000.00.01.H99,Ủy ban nhân dân thành phố Bình Giang,970,,
000.00.02.H99,Ủy ban nhân dân huyện Sông Mây,971,,
"""
PROCEDURES = """code,name,field,level,online,result_codes,synthetic,reason,source
1.001193,Thủ tục đăng ký khai sinh,Hộ tịch,commune,true,KQ.G15.000031,false,,x
2.000635,Cấp bản sao trích lục hộ tịch,Hộ tịch,district,true,KQ.G15.000040,false,,x
"""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    """Two districts, three communes and two procedures of one group; no `twins.yaml`."""
    folder = tmp_path_factory.mktemp("binh-giang") / "reference"
    folder.mkdir()
    for name, text in {"units": UNITS, "agencies": AGENCIES, "procedures": PROCEDURES}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "unit_conversions.csv").write_text(
        "old_code,old_level,old_valid_to,new_code,new_valid_from,kind,is_default\n", encoding="utf-8"
    )
    return build_city(1_500, 40, 3, AS_OF, reference=folder)


def test_dossiers_are_its_agencies(city: City) -> None:
    """One system a district, numbered by the codes of the list; the province's suffix is its own."""
    systems = city.filed.dossier.select("_system", "MaHoSo").rows()

    assert {"one-stop-970", "one-stop-971"} == {system for system, _ in systems}
    assert {"000.00.01.H99", "000.00.02.H99"} == {number.split("-")[0] for _, number in systems}
    assert 80 <= len(systems)


def test_books_are_its_communes(city: City) -> None:
    """Every office is one of its own or a planted defect; people are born in the province by its name."""
    births = city.registers["birth"]
    offices = set(births["noiDangKy"].drop_nulls()) - set(city.truth["record_id"])

    assert {"97001", "97004", "97101"} <= offices
    assert not births.filter(births["nksNoiSinh"].str.contains("Hồ Chí Minh")).height
    assert births["nksNoiSinh"].str.ends_with("Tỉnh Bình Giang").sum() > 0


def test_a_person_of_the_example_is_found(city: City) -> None:
    """In whichever district has one."""
    assert city.example().system in ("one-stop-970", "one-stop-971")


def test_its_districts_have_systems_until_the_reform(city: City) -> None:
    """As everywhere; they answer for a week longer."""
    before, after = (datetime(2025, month, day, tzinfo=LOCAL) for month, day in ((6, 30), (7, 8)))

    assert (("970", "971"), ()) == (districts_on(before, city.places), districts_on(after, city.places))


def test_a_district_without_an_agency_is_said(tmp_path: Path) -> None:
    """By its code and the list that lacks it."""
    folder = tmp_path / "reference"
    folder.mkdir()
    (folder / "units.csv").write_text(UNITS, encoding="utf-8")
    (folder / "agencies.csv").write_text(AGENCIES.replace(",971,", ",,"), encoding="utf-8")

    with pytest.raises(ValueError, match=r"agencies\.csv: no agency of districts \['971'\]"):
        build_city(500, 10, 3, AS_OF, reference=folder)
