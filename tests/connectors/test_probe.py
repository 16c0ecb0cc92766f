"""`hub systems check`: every step a line, whatever is broken."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors import Probe, Source, open_source


def lines(source: Source) -> dict[str, Probe]:
    return {line.step: line for line in source.check()}


def test_a_one_stop_system_that_works(one_stop: Any) -> None:
    """Name, connection, login, sample call and clock are ticked; TLS does not apply on a loopback address."""
    found = lines(one_stop.open())

    assert {
        "name": True,
        "connection": True,
        "TLS": None,
        "certificate": None,
        "login": True,
        "sample call": True,
        "clock": True,
    } == {step: line.ok for step, line in found.items()}


def test_a_registry_that_works(registry: Any) -> None:
    """The WSDL is compared with its pin, and understood."""
    found = lines(registry.open())

    assert ["name", "connection", "TLS", "certificate", "WSDL", "login", "sample call", "clock"] == list(found)
    assert all(line.ok in (True, None) for line in found.values())
    assert "as pinned; dsHoSoDangKy, traDanhSachHoSo, traHoSo, danhMuc" == found["WSDL"].detail


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:9/x", "http://no-such-host.invalid/x", "ftp:/x", "http://[::1/x", "", "https://127.0.0.1:9"],
)
@pytest.mark.parametrize("place", ["one_stop", "registry"])
def test_it_never_raises(request: pytest.FixtureRequest, place: str, address: str) -> None:
    """A check ends with crosses and words, wherever the address leads."""
    there = request.getfixturevalue(place)
    source = open_source(
        replace(there.system(address), options={**there.system(address).options, "attempts": 1}), there.contract
    )

    found = list(source.check())

    assert any(line.ok is False for line in found)
    assert all(line.detail for line in found)


def test_what_waiting_may_heal(one_stop: Any) -> None:
    """A closed port may open again; an address that nobody can read stays so."""
    closed, unreadable = (
        list(open_source(one_stop.system(a), one_stop.contract).check())
        for a in ("http://127.0.0.1:9/x", "http://[::1/x")
    )

    assert next((line.step, line.heals) for line in closed if line.ok is False) == ("connection", True)
    assert next((line.step, line.heals) for line in unreadable if line.ok is False) == ("name", False)


def test_a_wrong_secret(one_stop: Any, credentials: dict[str, str]) -> None:
    """A login that fails is a cross at `login`, without the secret."""
    wrong = replace(one_stop.system(one_stop.address), credentials={**credentials, "client_secret": "not-the-secret"})

    found = lines(open_source(wrong, one_stop.contract))

    assert (True, False, False) == (found["connection"].ok, found["login"].ok, found["sample call"].ok)
    assert not found["login"].heals
    assert not any("not-the-secret" in line.detail for line in found.values())


def test_clocks_that_disagree(one_stop: Any, now: Any) -> None:
    """A source that is ten minutes behind would hide ten minutes of changes behind the position."""
    system = replace(one_stop.system(one_stop.address), now=lambda: now + timedelta(minutes=10))

    clock = lines(open_source(system, one_stop.contract))["clock"]

    assert (False, "the source is 600 s behind") == (clock.ok, clock.detail)


def test_a_wsdl_changed_while_we_run(registry: Any, tmp_path: Path) -> None:
    """The check compares the files as they stand on the disk now."""
    system = registry.system(registry.address)
    shutil.copytree(system.folder / "moj-registry", tmp_path / "moj-registry")
    source = open_source(replace(system, folder=tmp_path), registry.contract)
    with (tmp_path / "moj-registry" / "registry.wsdl").open("a") as file:
        file.write("<!-- edited -->")

    assert lines(source)["WSDL"].ok is False
