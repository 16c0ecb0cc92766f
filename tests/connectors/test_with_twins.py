"""The connectors against the twins, which were written apart from them: real sockets, shipped contracts.

More than 300 lines on purpose: each connector is read once against its twin, and the twins start once for all.
"""

from __future__ import annotations

import json
import socket
import threading
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import uvicorn
import yaml

from connectors import Enquiry, Source, System, Window, open_registry, open_source
from connectors.errors import (
    AuthenticationFailed,
    Incomplete,
    Malformed,
    Refused,
    SourceFailed,
    Throttled,
    TimedOut,
    TooLarge,
)
from connectors.testing.conformance import DIALECT_FAULTS, PLAIN, RECOVERIES, Target, checks_for
from contracts.errors import HubError
from contracts.load import load_contracts
from contracts.model import Contract
from twins.clock import Clock
from twins.population import AS_OF, REFERENCE, build_city
from twins.serve import twin_app

SYSTEMS = Path(__file__).parents[2] / "deployments" / "hcmc" / "systems"
FORMS = Path(__file__).parent / "forms"
"""Forms of the registry's REST facade that no deployment reads."""


FACADES = ("moj-registry-rest", "moj-registry-result", "moj-registry-json")


class Twins:
    """All twins over a small city, and the shipped systems pointed at them."""

    def __init__(
        self, address: str, clock: Clock, credentials: dict[str, dict[str, str]], contracts: dict[str, Contract]
    ) -> None:
        self.address, self.clock, self.contracts, self._credentials = address, clock, contracts, credentials

    def system(self, name: str, **options: object) -> System:
        folder = FORMS if (FORMS / f"{name}.yaml").exists() else SYSTEMS
        entry = yaml.safe_load((folder / f"{name}.yaml").read_text())
        address = entry["address"].replace("{twins}", self.address)
        options = {**entry.get("options", {}), "attempts": 1, **options}
        return System(
            name,
            entry["title"],
            entry["dialect"],
            address,
            self._credentials[name],
            options,
            folder,
            now=self.clock.now,
        )

    def open(self, name: str, contract: str, **options: object) -> Source:
        return open_source(self.system(name, **options), self.contracts[contract])

    def play(self, *faults: dict[str, Any]) -> None:
        """Script what goes wrong next."""
        for method, body in (("DELETE", b""), ("POST", json.dumps(faults).encode())):
            urllib.request.urlopen(
                urllib.request.Request(f"{self.address}/control/faults", body, method=method), timeout=5
            ).close()

    def state(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.address}/control/state", timeout=5) as reply:
            found: dict[str, Any] = json.load(reply)
            return found


@pytest.fixture(scope="module")
def twins() -> Iterator[Twins]:
    """A city of 400 registrations and 22 x 40 dossiers."""
    names = (
        "client_id",
        "client_secret",
        "access_key",
        "secret_key",
        "app_name",
        "partner_code",
        "username",
        "password",
    )
    systems = [path.stem for folder in (SYSTEMS, FORMS) for path in folder.glob("*.yaml")]
    credentials = {system: {name: f"{system}-{name}" for name in names} for system in systems}
    clock = Clock(AS_OF)
    city = build_city(400, 40, 7, AS_OF, reference=REFERENCE)
    app = twin_app(
        city, credentials=credentials, reference=REFERENCE, wsdl=SYSTEMS / "moj-registry" / "registry.wsdl", clock=clock
    )
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", access_log=False, date_header=False, server_header=False, lifespan="off")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield Twins(f"http://127.0.0.1:{listener.getsockname()[1]}", clock, credentials, load_contracts())
    server.should_exit = server.force_exit = True  # some tests leave their connection open on purpose
    thread.join(10)


@pytest.fixture(autouse=True)
def nothing_scripted(twins: Twins) -> Iterator[None]:
    yield
    twins.play()


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


WIRE_FAULTS: list[tuple[str, dict[str, Any], type[HubError]]] = [
    ("html", {}, Malformed),
    ("truncate", {}, Incomplete),
    ("truncate-clean", {}, Incomplete),
    ("wrong-digest", {}, Incomplete),
    ("status", {"status": 429, "retry_after": 5}, Throttled),
    ("status", {"status": 503}, Throttled),
    ("status", {"status": 502}, SourceFailed),
    ("drip", {"bytes": 1, "pause": 0.1}, TimedOut),
    ("slow", {"seconds": 3}, TimedOut),
    ("empty", {}, Incomplete),
    ("redirect", {"location": "http://127.0.0.1:9/"}, Refused),
    ("gzip-bomb", {"megabytes": 64}, TooLarge),
]


@pytest.mark.parametrize(
    ("name", "operation", "contract"),
    [("one-stop-764", "DongBoHoSoMC", "dossier"), ("moj-registry", "traDanhSachHoSo", "birth")],
)
@pytest.mark.parametrize(
    ("kind", "arguments", "error"),
    WIRE_FAULTS,
    ids=[f"{kind}{arguments.get('status', '')}" for kind, arguments, _ in WIRE_FAULTS],
)
def test_faults_on_the_way(
    twins: Twins, name: str, operation: str, contract: str, kind: str, arguments: dict[str, Any], error: type[HubError]
) -> None:
    """What the twins can do to bytes becomes the same error as what the suite's proxy does."""
    twins.play({"kind": kind, "match": {"system": name, "op": operation}, "times": 1, "args": arguments})

    with pytest.raises(error):
        list(twins.open(name, contract, deadline_s=1 if error is TimedOut else 30).pages(Window()))


@pytest.mark.parametrize(
    ("kind", "error"), [("wrong-count", Incomplete), ("missing-record", Incomplete), ("refused", Refused)]
)
def test_faults_of_a_one_stop_twin(twins: Twins, kind: str, error: type[HubError]) -> None:
    """The twin's own faults become the errors that the interface documents."""
    twins.play({"kind": kind, "match": {"system": "one-stop-764", "op": "DongBoHoSoMC"}, "times": 1, "args": {}})

    with pytest.raises(error):
        list(twins.open("one-stop-764", "dossier").pages(Window()))


@pytest.mark.parametrize("kind", ["refused", "already-exists", "code-0-beside-a-failure"])
def test_faults_of_a_portal_twin(twins: Twins, kind: str) -> None:
    """Code and message are both judged; what belongs to sending is no answer to a question."""
    twins.play({"kind": kind, "match": {"system": "national-portal", "op": "TraCuuHoSo"}, "times": 1})

    with pytest.raises(Refused):
        list(twins.open("national-portal", "dossier").pages(Window()))


def test_a_session_that_ends_in_the_middle(twins: Twins) -> None:
    """One new login, the same question again, and not a record is missing."""
    source = twins.open("national-portal", "dossier", page_size=40)
    plain = [page.body for page in source.pages(Window())]
    pages = source.pages(Window())
    came = [next(pages).body]
    twins.play({"kind": "session-ended", "match": {"system": "national-portal"}, "times": 1})
    came += [page.body for page in pages]

    assert came == plain
    assert len(plain) >= 2
    assert twins.state()["played"]["session-ended"] == 1


def test_two_portals_write_the_same_in_two_ways(twins: Twins) -> None:
    """Times with blanks and kinds of owners by another list come out in the contract's terms; a code of no list is marked."""
    frames = [
        twins.open("city-portal", "dossier").records(p.body, p.media_type)["dossier"]
        for p in twins.open("city-portal", "dossier").pages(Window())
    ]
    rows = [row for frame in frames for row in frame.to_dicts()]

    assert {"1", "2", "?9"} == {row["LoaiDoiTuong"] for row in rows}
    assert all(row["NgayNopHoSo"].isdigit() and len(row["NgayNopHoSo"]) == 14 for row in rows)


@pytest.mark.parametrize(
    ("kind", "arguments", "error"),
    [
        ("soap-fault", {"code": "101", "where": "Client"}, AuthenticationFailed),
        ("soap-fault", {"code": "500"}, Refused),
        ("invalid-reply", {}, Malformed),
        ("missing-record", {}, Incomplete),
        ("duplicate-record", {}, Incomplete),
    ],
)
def test_faults_of_the_registry_twin(twins: Twins, kind: str, arguments: dict[str, Any], error: type[HubError]) -> None:
    """The twin's own faults become the errors that the interface documents."""
    twins.play({"kind": kind, "match": {"op": "traDanhSachHoSo"}, "times": 1, "args": arguments})

    with pytest.raises(error):
        list(twins.open("moj-registry", "birth").pages(Window()))


@pytest.mark.parametrize("system", FACADES)
@pytest.mark.parametrize(
    ("kind", "arguments", "error"),
    [
        ("refused", {"code": "101"}, AuthenticationFailed),
        ("refused", {"code": "500"}, Refused),
        ("cut-data", {}, Incomplete),
        ("missing-record", {}, Incomplete),
        ("duplicate-record", {}, Incomplete),
    ],
)
def test_faults_of_the_facade_twin(
    twins: Twins, system: str, kind: str, arguments: dict[str, Any], error: type[HubError]
) -> None:
    """The same errors as over SOAP, in every form. An address that is not allowed is asked twice: the token may be the reason."""
    twins.play({"kind": kind, "match": {"system": system, "op": "traDanhSachHoSo"}, "times": 2, "args": arguments})

    with pytest.raises(error):
        list(twins.open(system, "birth").pages(Window()))


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
