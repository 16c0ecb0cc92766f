"""The connectors read the twins, which were written apart from them: each record that is held, over every way."""

from __future__ import annotations

import json
import urllib.request
from datetime import timedelta

import polars as pl
import pytest

from connectors import Enquiry, Window, open_registry
from connectors.errors import Malformed
from tests.connectors import small_city
from tests.connectors.small_city import FACADES, SYSTEMS, Twins

twins = small_city.twins
nothing_scripted = small_city.nothing_scripted


def test_every_dossier_of_every_district(twins: Twins) -> None:
    """What the systems hold is what is read: each dossier once, with all its children."""
    held = twins.state()["records"]

    for path in sorted(SYSTEMS.glob("one-stop-*.yaml"))[:4]:
        source = twins.open(path.stem, "dossier", page_size=15)
        numbers = [
            n
            for page in source.pages(Window())
            for n in source.records(page.body, page.media_type)["dossier"]["MaHoSo"].to_list()
        ]
        expected = held[path.stem]
        assert len(numbers) == (expected if isinstance(expected, int) else expected["dossier"])
        assert len(set(numbers)) == len(numbers)
        source.close()


@pytest.mark.parametrize("register", ["birth", "death", "marriage", "recognition"])
def test_every_registration(twins: Twins, register: str) -> None:
    """Day by day, every record of a register comes once."""
    source = twins.open("moj-registry", register)
    ids = [
        i
        for page in source.pages(Window())
        for i in source.records(page.body, page.media_type)[register]["id"].to_list()
    ]

    assert twins.state()["records"]["moj-registry"][register] == len(set(ids))
    source.close()


def test_only_what_changed_is_read_again(twins: Twins) -> None:
    """Reading on from a position, less the overlap, brings what changed since and little else."""
    source = twins.open("one-stop-761", "dossier")
    end = max(page.end for page in source.pages(Window()) if page.end)
    twins.clock.advance(3600)
    body = json.dumps({"system": "one-stop-761", "count": 3, "seed": 5}).encode()
    urllib.request.urlopen(
        urllib.request.Request(f"{twins.address}/control/change", body, method="POST"), timeout=5
    ).close()

    pages = list(source.pages(Window(since=type(end)(end.changed_at + timedelta(seconds=1)))))

    assert 3 <= sum(page.count for page in pages) <= 6
    assert all(page.end is not None and page.end > end for page in pages)


def test_two_portals_write_the_same_in_two_ways(twins: Twins) -> None:
    """Times with blanks and kinds of owners by another list come out in the contract's terms; a code of no list is marked."""
    frames = [
        twins.open("city-portal", "dossier").records(p.body, p.media_type)["dossier"]
        for p in twins.open("city-portal", "dossier").pages(Window())
    ]
    rows = [row for frame in frames for row in frame.to_dicts()]

    assert {"1", "2", "?9"} == {row["LoaiDoiTuong"] for row in rows}
    assert all(row["NgayNopHoSo"].isdigit() and len(row["NgayNopHoSo"]) == 14 for row in rows)


@pytest.mark.parametrize("register", ["birth", "death", "marriage", "recognition"])
def test_every_way_to_the_registry_says_the_same(twins: Twins, register: str) -> None:
    """SOAP, XML in JSON, and both JSON dialects: four readings, the very same frames, dirt and all."""
    frames = {}
    for system in ("moj-registry", *FACADES):
        source = twins.open(system, register)
        frames[system] = pl.concat(
            [source.records(page.body, page.media_type)[register] for page in source.pages(Window())]
        )
        source.close()

    assert frames["moj-registry"].height
    assert [] == [system for system, frame in frames.items() if not frame.equals(frames["moj-registry"])]


def test_the_newer_form_does_say_in_parts(twins: Twins) -> None:
    """Were the twin to send plain texts, the comparison above would prove little."""
    pages = twins.open("moj-registry-json", "birth").pages(Window())
    held = [each for page in pages for each in json.loads(json.loads(page.body)["data"])["hoso"]]

    assert all(
        isinstance(each["nksHoTen"], dict) for each in held if "nksHoTen" in each and "  " not in str(each["nksHoTen"])
    )
    assert any("soDangKy" in each for each in held)
    assert not any("so" in each for each in held)
    assert any("maXa" in each.get("meNoiCuTru", {}) for each in held)
    assert any("ngaySinh" in each.get("nksNgaySinh", {}) for each in held)
    assert any("SoDDCN" in name for each in held for name in each if not name.startswith("nks"))


@pytest.mark.parametrize("system", ["moj-registry", *FACADES])
def test_records_that_the_twin_refuses(twins: Twins, system: str) -> None:
    """Refused records are told with their codes, and the page is whole without them."""
    twins.play(
        {"kind": "refuse-record", "match": {"op": "traDanhSachHoSo"}, "times": 1, "args": {"count": 2, "code": "200"}}
    )

    first, *_ = twins.open(system, "birth").pages(Window())

    assert ["200"] * len(first.refused) == list(first.refused.values())
    assert first.refused


def test_every_step_of_the_check(twins: Twins) -> None:
    """`hub systems check` has no cross at a healthy twin."""
    portals = (("national-portal", "dossier"), ("national-portal", "national_procedures"), ("city-portal", "dossier"))
    plain = (
        *portals,
        ("one-stop-760", "dossier"),
        ("moj-registry", "birth"),
        ("e-identification-760", "identification_event"),
    )
    for name, contract in (*plain, *((way, "birth") for way in FACADES)):
        found = list(twins.open(name, contract).check())
        assert all(line.ok is not False for line in found), found


def test_the_population_database_is_asked(twins: Twins) -> None:
    """Its check has no cross, and a reply with more than was asked is refused."""
    found = list(open_registry(twins.system("population-db")).check())
    assert all(line.ok is not False for line in found), found

    twins.play({"kind": "wrong-facts", "match": {"system": "population-db"}, "times": 1})
    with pytest.raises(Malformed):
        open_registry(twins.system("population-db")).ask(
            Enquiry("079190000001", "Lan", None, "H29", "civil-status", "H1"), deadline_s=5
        )
