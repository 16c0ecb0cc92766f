"""The suite that every dialect keeps is met at the twins too."""

from __future__ import annotations

import pytest

from connectors.testing.conformance import DIALECT_FAULTS, PLAIN, RECOVERIES, Target, checks_for
from tests.connectors import small_city
from tests.connectors.small_city import Twins

twins = small_city.twins
nothing_scripted = small_city.nothing_scripted

CASES = [
    (d, n) for d in (*DIALECT_FAULTS, "city_portal") for n in [*(c.name for c in PLAIN), *(c.name for c in RECOVERIES)]
]


@pytest.mark.parametrize(("dialect", "name"), [pytest.param(*case, id=": ".join(case)) for case in CASES])
def test_conformance(twins: Twins, dialect: str, name: str) -> None:
    """The suite that every dialect keeps is met at the twins too."""
    if dialect == "one_stop":
        system = twins.system("one-stop-765", page_size=25, attempts=3)
        target = Target(system, twins.contracts["dossier"], lambda r: "DongBoHoSoMC" in r.path, DIALECT_FAULTS[dialect])
    elif dialect.startswith("moj_registry_rest"):
        system = twins.system(
            "moj-registry-json" if "JSON" in dialect else "moj-registry-rest", page_size=25, attempts=3
        )
        target = Target(
            system, twins.contracts["marriage"], lambda r: r.path.endswith("traDanhSachHoSo"), DIALECT_FAULTS[dialect]
        )
    elif dialect == "city_portal":  # the same dialect: a token, other times, other codes
        system = twins.system("city-portal", page_size=40, attempts=3)
        target = Target(
            system, twins.contracts["dossier"], lambda r: b"TraCuuHoSo" in r.body, DIALECT_FAULTS["national_portal"]
        )
    elif dialect == "national_portal":
        system = twins.system("national-portal", page_size=25, attempts=3)
        target = Target(system, twins.contracts["dossier"], lambda r: b"TraCuuHoSo" in r.body, DIALECT_FAULTS[dialect])
    elif dialect == "e_identification":
        system = twins.system("e-identification-760", page_size=5, attempts=3)
        target = Target(
            system,
            twins.contracts["identification_event"],
            lambda r: "suKienDinhDanh" in r.path,
            DIALECT_FAULTS[dialect],
        )
    else:
        system = twins.system("moj-registry", page_size=25, attempts=3)
        target = Target(
            system, twins.contracts["marriage"], lambda r: b"traDanhSachHoSo" in r.body, DIALECT_FAULTS[dialect]
        )

    next(each for each in checks_for(target) if each.name == name).run(target)
