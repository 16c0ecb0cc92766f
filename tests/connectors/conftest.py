"""Honest little systems on real sockets, written apart from the connectors and from the twins.

They hold a handful of records and keep to their dialect to the letter; everything that goes wrong
in these tests is done to their answers by `connectors.testing.fault_proxy`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

import pytest

from connectors import Source, System, open_source
from connectors.testing.conformance import DIALECT_FAULTS, RECORD_FAULTS, Target
from contracts.load import load_contracts
from contracts.model import Contract
from tests.connectors.double import CREDENTIALS, NOW, served
from tests.connectors.listing_double import PAGING, ListingDouble, business_contract, listing_system
from tests.connectors.notary_double import NotaryDouble, notary_contract, notary_system
from tests.connectors.one_stop_double import (
    EIdentificationDouble,
    OneStopDouble,
    PortalDouble,
    dossier_contract,
    e_identification_system,
    one_stop_system,
    portal_system,
    uses_contract,
)
from tests.connectors.registry_double import (
    FacadeDouble,
    RegistryDouble,
    birth_contract,
    facade_json_system,
    facade_system,
    registry_system,
)

D = TypeVar("D")


@dataclass
class Place(Generic[D]):
    """An honest system that is being served, and how to open it."""

    double: D
    address: str
    system: Callable[..., System]
    contract: Contract

    def open(self, **options: object) -> Source:
        return open_source(self.system(self.address, **options), self.contract)


@pytest.fixture
def one_stop() -> Iterator[Place[OneStopDouble]]:
    """A one-stop system."""
    double = OneStopDouble()
    with served(double, "/one-stop/760") as address:
        yield Place(double, address, one_stop_system, dossier_contract())


@pytest.fixture
def portal() -> Iterator[Place[PortalDouble]]:
    """A portal."""
    double = PortalDouble()
    with served(double, "/portal/national") as address:
        yield Place(double, address, portal_system, dossier_contract())


@pytest.fixture
def e_identification() -> Iterator[Place[EIdentificationDouble]]:
    """An e-identification service."""
    double = EIdentificationDouble()
    with served(double, "/e-identification/760") as address:
        yield Place(double, address, e_identification_system, uses_contract())


@pytest.fixture
def registry() -> Iterator[Place[RegistryDouble]]:
    """A registry, of which births are read."""
    double = RegistryDouble()
    with served(double, "/moj/registry") as address:
        yield Place(double, address, registry_system, birth_contract())


@pytest.fixture(params=["xml", "json"])
def facade(request: pytest.FixtureRequest) -> Iterator[Place[FacadeDouble]]:
    """The registry's REST facade, in both forms, of which births are read under the shipped contract."""
    double = FacadeDouble(request.param)
    with served(double, "/moj/rest") as address:
        yield Place(
            double, address, facade_system if request.param == "xml" else facade_json_system, load_contracts()["birth"]
        )


@pytest.fixture(scope="session")
def dossier_reader() -> Source:
    """The one-stop dialect for reading pages only: nothing listens at its address."""
    return open_source(one_stop_system("http://127.0.0.1:9"), dossier_contract())


@pytest.fixture(scope="session")
def birth_reader() -> Source:
    """The registry's dialect for reading pages only: nothing listens at its address."""
    return open_source(registry_system("http://127.0.0.1:9"), birth_contract())


@pytest.fixture(name="served", scope="session")
def served_fixture() -> object:
    """Serve a double of one's own."""
    return served


@pytest.fixture(scope="session")
def credentials() -> dict[str, str]:
    return CREDENTIALS


@pytest.fixture(scope="session")
def now() -> datetime:
    """What the doubles' clock says."""
    return NOW


@pytest.fixture(scope="module")
def targets() -> Iterator[dict[str, Target]]:
    """Dialect -> what the conformance suite is run against."""
    birth, asked = load_contracts()["birth"], lambda r: r.path.endswith(("traDanhSachHoSo", "traHoSo"))
    with (
        served(OneStopDouble(), "/one-stop/760") as one,
        served(RegistryDouble(), "/moj/registry") as moj,
        served(EIdentificationDouble(), "/e-identification/760") as eid,
        served(NotaryDouble(), "/soap") as notary,
        served(PortalDouble(), "/portal/national") as portal,
        served(FacadeDouble("xml"), "/moj/rest") as xml,
        served(FacadeDouble("json"), "/moj/rest") as parted,
        ExitStack() as doubles,
    ):
        made = {
            "wsdl_operation": Target(
                notary_system(notary),
                notary_contract(),
                lambda r: b"danhSachToChuc" in r.body,
                DIALECT_FAULTS["wsdl_operation"],
            ),
            "national_portal": Target(
                portal_system(portal),
                dossier_contract(),
                lambda r: b"TraCuuHoSo" in r.body,
                DIALECT_FAULTS["national_portal"],
            ),
            "e_identification": Target(
                e_identification_system(eid),
                uses_contract(),
                lambda r: "suKienDinhDanh" in r.path,
                DIALECT_FAULTS["e_identification"],
            ),
            "moj_registry_rest": Target(facade_system(xml), birth, asked, DIALECT_FAULTS["moj_registry_rest"]),
            "moj_registry_rest as JSON": Target(
                facade_json_system(parted), birth, asked, DIALECT_FAULTS["moj_registry_rest as JSON"]
            ),
            "one_stop": Target(
                one_stop_system(one), dossier_contract(), lambda r: "DongBoHoSoMC" in r.path, DIALECT_FAULTS["one_stop"]
            ),
            "moj_registry": Target(
                registry_system(moj),
                birth_contract(),
                lambda r: b"traDanhSachHoSo" in r.body,
                DIALECT_FAULTS["moj_registry"],
            ),
        }
        for by in PAGING:
            address = doubles.enter_context(served(ListingDouble(by), "/api"))
            made[f"json_listing by {by}"] = Target(
                listing_system(address, by),
                business_contract(),
                lambda r: "ho-kinh-doanh" in r.path,
                DIALECT_FAULTS[f"json_listing by {by}"],
            )
        yield {name: replace(target, record_faults=RECORD_FAULTS.get(name, ())) for name, target in made.items()}
