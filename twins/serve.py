"""All twins on one port, in the foreground; on loopback by default.

    python -m twins --port 8700 --credentials secrets.json --reference DIR --wsdl FILE

A twin and a real system differ only by an address: nothing of the hub knows this module.
"""

from __future__ import annotations

import contextlib
import csv
import json
import socket
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from contracts.local_time import LOCAL
from twins import progress
from twins.city.places import districts_on, number_of
from twins.clock import Clock
from twins.control import Control, Counted
from twins.digitised.book_files import deliver
from twins.digitised.store import SYSTEM as STORE
from twins.digitised.store import fill
from twins.expected import expected
from twins.faults import Faults, KnowsTransport
from twins.journal import Built, Journal
from twins.on_disk import CityTables, ColumnsOnDisk
from twins.people.table import ETHNIC
from twins.population import City, Example, build_city
from twins.registry.asks import MojAsks
from twins.registry.books import registers
from twins.registry.rest import MojRest
from twins.registry.security import SecurityCheck
from twins.registry.signatures import Door, SignedDoor, TokenDoor
from twins.registry.soap import SYSTEM as REGISTRY
from twins.registry.soap import MojRegistry
from twins.services import e_identification, population_register, portal_dossiers
from twins.services.dossier_store import DossierStore
from twins.services.e_identification import EIdentification
from twins.services.lgsp import Gateway
from twins.services.national_portal import Portals, portals_of
from twins.services.one_stop import OneStop
from twins.services.paged_store import PagedStore

ON_DISK_FROM = 500_000
"""Records of a city from which on its registers are built on the disk."""
BOOK_FILES = "book-files"
SIGNED = "moj-registry-signed"
IDENTITY_PAPERS = (
    ("1", "CMND"),
    ("2", "Hộ chiếu"),
    ("3", "Thẻ thường trú"),
    ("4", "CCCD"),
    ("5", "CM quân đội"),
    ("6", "CM sĩ quan"),
    ("7", "CM công an"),
    ("8", "Giấy tờ khác"),
)


def twin_app(
    city: City,
    *,
    credentials: Mapping[str, Mapping[str, str]],
    reference: Path,
    wsdl: Path | None,
    clock: Clock,
    journal: Journal | None = None,
) -> KnowsTransport:
    """The ASGI application of the twins over one city, moved on to where its journal ends.

    The credentials say which twins: a system that they do not name is not played. The registry needs its WSDL too.
    """
    faults = Faults()
    one_stops = {
        system: DossierStore(system, city.filed)
        for system in (f"one-stop-{d}" for d in districts_on(city.as_of.astimezone(LOCAL), city.places))
        if system in credentials
    }
    books = registers(city)
    gateway = Gateway(credentials, clock)
    routes = OneStop(one_stops, gateway, clock, faults).routes()
    stores: dict[str, Counted] = {}
    if population_register.SYSTEM in credentials:
        population = population_register.Population(
            population_register.Residents.of(city.people), gateway, clock, faults
        )
        routes += population.routes()
        stores[population_register.SYSTEM] = population
    if one_stops and {portal_dossiers.NATIONAL, portal_dossiers.CITY} <= set(credentials):
        # The portals' dossiers are those of districts; both ended with them.
        portals = portals_of(city, reference)
        stores |= {portal.system: portal.stores["TraCuuHoSo"][0] for portal in portals.values()}
        routes += Portals(portals, credentials, gateway, clock, faults).routes()
    identified = e_identification.system_of(city)
    if one_stops and identified in credentials:
        uses = PagedStore(e_identification.uses(city), "ngayCapNhat", "maSuKien")
        stores[identified] = uses
        routes += EIdentification(identified, uses, gateway, clock, faults).routes()
    lists = _code_lists(city, reference)
    control = Control(
        one_stops=one_stops,
        stores=stores,
        registers=books,
        registry=REGISTRY,
        clock=clock,
        faults=faults,
        example=_example(city),
        journal=journal,
    )
    routes += control.routes()
    if REGISTRY in credentials and wsdl is not None:
        facade = MojRest(registers=books, lists=lists, places=city.places, gateway=gateway, clock=clock, faults=faults)
        routes += facade.routes() + MojAsks(books, credentials[REGISTRY]).routes()
        doors: list[tuple[str, str, Door]] = [(REGISTRY, "/moj/registry", _token_door(credentials[REGISTRY], clock))]
        if "server_key_file" in credentials.get(SIGNED, {}):
            doors.append((SIGNED, "/moj/signed", SignedDoor(credentials[SIGNED], clock)))
        for system, path, door in doors:
            routes += MojRegistry(
                registers=books,
                lists=lists,
                door=door,
                province=city.places.province.code,
                wsdl=wsdl,
                clock=clock,
                faults=faults,
                system=system,
                path=path,
            ).routes()
    return KnowsTransport(Starlette(routes=routes))


def serve(
    *,
    port: int,
    records: int,
    dossiers: int,
    seed: int,
    as_of: datetime,
    credentials: Mapping[str, Mapping[str, str]],
    reference: Path,
    wsdl: Path | None,
    ready_file: Path | None = None,
    clock: datetime | None = None,
    truth: Path | None = None,
    host: str = "127.0.0.1",
    journal: Path | None = None,
    files: Path | None = None,
    expect: Path | None = None,
    names: Path | None = None,
    store: str | None = None,
) -> None:
    """Serve until stopped.

    `as_of` is the time of the city; `clock` is the twins' present time (default: `as_of`). `journal` keeps the changes
    made by the control API, and is replayed at the start. `files` is the folder for delivered files, with one folder for
    each system. `store` is the owner's URL of the digitised store's database. `truth` is a file for the table of planted
    defects (Parquet), `expect` one for the expected verdicts of every stream. `names` is a folder of name lists to mix
    in. Each step of the building is a line of output; once calls are answered, it prints one more and writes the port to
    `ready_file`.

    Raises:
        OSError: the port is busy.
        ValueError: the journal is of another city.
    """
    start = time.perf_counter()
    listener = socket.create_server((host, port))  # before the city is built: a busy port fails at once
    ticking = Clock(clock or as_of)  # while a large city is built, a scenario's clock goes on
    kept = Journal(journal, Built(records, dossiers, seed, as_of)) if journal else None
    books = CityTables(ColumnsOnDisk) if records >= ON_DISK_FROM else None
    city = build_city(
        records, dossiers, seed, as_of, reference=reference, names=names, registers=books, on_step=progress.say
    )
    if expect is not None:
        expected(city).write_parquet(expect)
    if truth is not None:
        city.write_truth(truth)
    if files is not None and BOOK_FILES in credentials:
        progress.say("files")
        deliver(city, files / BOOK_FILES)
    if store is not None and STORE in credentials:
        progress.say("store")
        fill(city, store, credentials[STORE]["username"])
    progress.say("twins")
    app = twin_app(city, credentials=credentials, reference=reference, wsdl=wsdl, clock=ticking, journal=kept)
    places = city.places
    del city, books  # the people are half of the memory, and only their records are served
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        date_header=False,
        server_header=False,
        lifespan="off",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    bound = listener.getsockname()[1]
    seconds = time.perf_counter() - start
    districts = sum(f"one-stop-{d}" in credentials for d in districts_on(as_of.astimezone(LOCAL), places))
    print(
        f"twins ready on http://{host}:{bound}  {records:,} registrations, {districts} x {dossiers:,} dossiers, {seconds:.1f} s",
        flush=True,
    )
    if ready_file is not None:
        partial = ready_file.with_suffix(".part")
        partial.write_text(str(bound), encoding="utf-8")
        partial.rename(ready_file)
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again after a clean stop
        server.run(sockets=[listener])  # connections made since the bind are waiting in its backlog


def read_credentials(path: Path) -> dict[str, dict[str, str]]:
    """System id -> {client_id, client_secret, access_key, secret_key, app_name, partner_code, username, password}, as each needs."""
    data: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return data


def _token_door(known: Mapping[str, str], clock: Clock) -> TokenDoor:
    return TokenDoor(SecurityCheck(known["username"], known["password"], clock))


def _example(city: City) -> Example | None:
    try:
        return city.example()
    except LookupError:  # a village too small for the article's example
        return None


def _code_lists(city: City, reference: Path) -> dict[str, list[tuple[str, str]]]:
    """loaiDanhMuc -> (ma, ten)."""
    units = list(city.places.units_on(number_of(city.as_of.astimezone(LOCAL).date())).items())
    countries = _pairs(reference / "countries.csv", "alpha_2", "name_vi")
    ethnic = _pairs(reference / "ethnic_groups.csv", "code", "name") or [
        (f"{n:02d}", name) for n, name in enumerate(ETHNIC, 1)
    ]
    return {"1": countries, "2": countries, "3": ethnic, "4": units, "5": list(IDENTITY_PAPERS)}


def _pairs(path: Path, code: str, name: str) -> list[tuple[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [(row[code], row[name]) for row in csv.DictReader(file)]
