"""The night of 30 June to 1 July 2025 on a virtual clock: 22 districts end, 168 communes begin, one hub runs through it.

    python -m proofs.reform [--records 4000] [--dossiers 40]

Twins, database, loading path and API are the shipped ones; only the clock is moved. What is entered in the last minutes
is read after midnight. Both sides are asked over HTTP on both days, with tokens of a district and of a commune. A
second city is then built after the reform, and its registry is read by a hub that begins there. Writes
proofs/reform.json; exit 1 if anything does not hold.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import rich
import sqlalchemy as sa
import yaml

from hub.access.tokens import Claims, machine_now, tokens_of
from hub.answers.dossier_status import status
from hub.app import Hub
from hub.core import events
from hub.core.settings import ROOT, read_settings
from hub.core.units import read_units
from hub.demonstration.local_stack import standing
from hub.demonstration.twin_process import Twins
from hub.evidence import indexes
from hub.local.scenario import Scenario
from service.serving import serving

HCMC = ROOT / "deployments" / "hcmc"
RESULTS = Path(__file__).parent / "reform.json"
EVE, MIDNIGHT = (datetime.fromisoformat(f"2025-{day}+07:00") for day in ("06-30T22:00:00", "07-01T00:00:00"))
AFTER = datetime.fromisoformat("2025-07-20T08:00:00+07:00")
DISTRICT, COMMUNE_UNIT, PURPOSE, PROCEDURE, CHANGES = "000.00.16.H29", "26740", "civil-status", "2.001263", 6


@dataclass(frozen=True)
class Night(Scenario):
    """A scenario whose clock can be moved forward."""

    ahead: list[timedelta] = field(default_factory=list)

    def now(self) -> datetime:
        return super().now() + sum(self.ahead, timedelta())


@dataclass
class Played:
    """A hub and its twins on one clock."""

    hub: Hub
    twins: Twins
    night: Night

    def reach(self, moment: datetime) -> None:
        """Both clocks jump to a moment."""
        span = moment - self.night.now()
        assert span > timedelta()
        self.night.ahead.append(span)
        twins_now = datetime.fromisoformat(self.twins.control("GET", "state")["now"])
        self.twins.control("POST", "clock", {"advance_s": (moment - twins_now).total_seconds()})

    def read(self, *, full: bool = False) -> dict[str, int]:
        """Read every stream of the day; accepted records by stream."""
        accepted = {}
        for stream in self.hub.deployment.streams:
            if stream.startswith(("one-stop-", "moj-registry.")):
                exchange = self.hub.exchange(stream, on_event=events.ignore)
                _, counts = exchange.sync(mode="full" if full else "live")
                accepted[stream] = sum(each.accepted for each in counts.values())
        return accepted


@contextmanager
def played(
    folder: Path, name: str, as_of: datetime, deployment: Path, ports: int, size: dict[str, int]
) -> Iterator[Played]:
    """Database and twins of a city at a moment, with a hub on a clock that can be moved."""
    settings = read_settings(home=folder, scenario=name, as_of=as_of, deployment=deployment, port_base=ports, **size)
    with standing(settings, anyway=True) as (hub, twins):
        twins.wait()
        night = Night(hub.scenario.folder, hub.scenario.as_of, hub.scenario.started)
        yield Played(replace(hub, scenario=night, deployment=replace(hub.deployment, clock=night.now)), twins, night)


def with_communes(folder: Path) -> Path:
    """The shipped deployment, with the 168 communes as agencies from 1 July on, granted what districts were."""
    made = Path(shutil.copytree(HCMC, folder / "deployment"))
    communes = read_units(made / "reference").on(MIDNIGHT.date(), "commune")
    codes = {unit.code: f"000.{int(unit.code) // 1000:02d}.{unit.code[-3:]}.H29" for unit in communes}
    path = made / "reference" / "agencies.csv"
    with path.open(encoding="utf-8", newline="") as file:
        columns = list(csv.DictReader(file).fieldnames or ())
    with path.open("a", encoding="utf-8", newline="") as file:
        for unit in communes:
            row = {"code": codes[unit.code], "name": f"Ủy ban nhân dân {unit.name}", "unit_code": unit.code}
            row |= {"level": "commune", "valid_from": MIDNIGHT.date().isoformat(), "registers": "true"}
            csv.DictWriter(file, columns, restval="").writerow(row | {"synthetic": "true"})
    grants = yaml.safe_load((made / "grants.yaml").read_text(encoding="utf-8"))
    shipped = next(each for each in grants["grants"] if each["id"] == "civil-status-desks")
    grants["grants"].append(
        shipped | {"id": "commune-desks", "agencies": list(codes.values()), "valid_from": MIDNIGHT.date()}
    )
    (made / "grants.yaml").write_text(yaml.safe_dump(grants, allow_unicode=True), encoding="utf-8")
    keeper = {
        "unit": "760",
        "ended": date(2025, 6, 30),
        "keeper": COMMUNE_UNIT,
        "from": MIDNIGHT.date(),
        "basis": "(mẫu)",
    }
    keepers = yaml.safe_load((made / "book_keepers.yaml").read_text(encoding="utf-8")) | {"keepers": [keeper]}
    (made / "book_keepers.yaml").write_text(yaml.safe_dump(keepers, allow_unicode=True), encoding="utf-8")
    return made


def ask(hub: Hub, address: str, agency: str, number: str, dossier: str) -> str:
    """The answer to an officer's question about a marriage: the outcomes, or the HTTP status of a refusal."""
    token = tokens_of(hub.scenario.folder, hub.deployment.name).sign(
        Claims(agency, "officer-1", PURPOSE, "once-held"), machine_now()
    )
    question = {"dossier": dossier, "procedure": PROCEDURE, "people": {"applicant": {"personal_id": number}}}
    request = urllib.request.Request(
        f"{address}/v1/decisions",
        json.dumps(question).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=120) as reply:
            outcomes = {each["outcome"] for each in json.load(reply)["decisions"]}
            return "reuse" if "reuse" in outcomes else "asked for the paper"
    except urllib.error.HTTPError as error:
        return str(error.code)


def owners(hub: Hub) -> dict[str, int]:
    """Open cases by owner."""
    with hub.engine.connect() as connection:
        rows = connection.execute(
            sa.text("select owner, count(*) from hub.\"case\" where state <> 'closed' group by 1")
        )
        return {str(row[0]): int(row[1]) for row in rows}


def somebody(hub: Hub, address: str, dossier: str) -> str:
    """The number of a woman whose marriage a district may reuse on the eve."""
    query = """select vo_so_giay_to_tuy_than from warehouse.marriage
               where length(vo_so_giay_to_tuy_than) = 12 order by _key desc limit 200"""
    with hub.engine.connect() as connection:
        numbers = [str(number) for number in connection.scalars(sa.text(query))]
    return next(n for n in numbers if ask(hub, address, DISTRICT, n, dossier) == "reuse")


def open_dossier(hub: Hub) -> str:
    """A dossier of District 1 that is being handled."""
    query = """select ma_ho_so from warehouse.dossier
               where _system = 'one-stop-760' and trang_thai_ho_so in ('2', '4') order by _version desc limit 1"""
    with hub.engine.connect() as connection:
        return str(connection.scalar(sa.text(query)))


def state_of(hub: Hub, dossier: str) -> str:
    with hub.engine.connect() as connection:
        found = status(connection, dossier, known_at=hub.scenario.now())
    return f"{found.records[0].system} state {found.state}"


def the_night(folder: Path, deployment: Path, size: dict[str, int]) -> dict[str, Any]:
    """The old world through midnight, by one hub that is not restarted."""
    found: dict[str, Any] = {}
    with played(folder, "eve", EVE, deployment, 9300, size) as city:
        hub, twins = city.hub, city.twins
        agencies = {row["unit_code"]: row for row in _agencies(deployment)}
        commune = agencies[COMMUNE_UNIT]["code"]
        districts = [system.owner for system in hub.deployment.systems.values() if system.unit and system.valid_to]
        found["read on the eve"] = sum(city.read().values())
        indexes.build(hub.engine, hub.contracts)
        found["open cases of districts on the eve"] = sum(owners(hub).get(name, 0) for name in districts)
        with serving(hub) as address:
            of = {DISTRICT: f"{DISTRICT}-250630-0001", commune: f"{commune}-250701-0001"}
            number, open_ = somebody(hub, address, of[DISTRICT]), open_dossier(hub)
            found["open dossier on the eve"] = state_of(hub, open_)
            found["eve: district, commune"] = [ask(hub, address, a, number, of[a]) for a in (DISTRICT, commune)]
            city.reach(MIDNIGHT - timedelta(minutes=10))
            systems = [s for s in hub.deployment.systems if s.startswith("one-stop-")]
            last = {s: sum(twins.control("POST", "change", {"system": s, "count": CHANGES}).values()) for s in systems}
            found["entered in the last ten minutes"] = sum(last.values())
            city.reach(MIDNIGHT + timedelta(minutes=10))
            born = twins.control("POST", "change", {"system": "moj-registry", "count": 40})
            accepted = city.read()
            found["changed after midnight in the registry"] = born
            found["read after midnight"] = sum(accepted.values())
            again = city.read(full=True)
            found["brought by a full reading of everything"] = sum(again.values())
            found["after: district, commune"] = [ask(hub, address, a, number, of[a]) for a in (DISTRICT, commune)]
            found["open dossier after"] = state_of(hub, open_)
            found["open cases of districts after"] = sum(owners(hub).get(name, 0) for name in districts)
            found["open cases of keepers after"] = {
                name: n
                for name, n in owners(hub).items()
                if name.startswith("Sở Tư pháp") or name == agencies[COMMUNE_UNIT]["name"]
            }
            city.reach(MIDNIGHT + timedelta(days=7, minutes=10))
            found["district streams a week later"] = sum(s.startswith("one-stop-") for s in hub.deployment.streams)
            found["open dossier a week later"] = state_of(hub, open_)
        with hub.engine.connect() as connection:
            found["entries of the new offices"] = connection.scalar(
                sa.text(
                    "select count(*) from warehouse.birth where ngay_dang_ky = '2025-07-01' and noi_dang_ky = any(:codes)"
                ),
                {"codes": [u.code for u in read_units(deployment / "reference").on(MIDNIGHT.date(), "commune")]},
            )
            found["ledger rows that do not balance"] = connection.scalar(
                sa.text("""select count(*) from hub.ledger where state = 'applied'
                           and received <> accepted + unchanged + duplicate + outdated + quarantined""")
            )
    return found


def the_new_world(folder: Path, deployment: Path, size: dict[str, int]) -> dict[str, Any]:
    """A city built after the reform, read by a hub that begins there."""
    with played(folder, "after", AFTER, deployment, 9310, size) as city:
        accepted = city.read()
        with city.hub.engine.connect() as connection:
            strange = connection.scalar(
                sa.text("""select count(*) from hub.finding f join warehouse.birth b on b._key = f.record_key
                           where f.rule = 'birth.office-of-its-day' and b.ngay_dang_ky >= '2025-07-01'""")
            )
            since = connection.scalar(
                sa.text("select count(*) from warehouse.birth where ngay_dang_ky >= '2025-07-01'")
            )
        return {
            "streams": sorted(accepted),
            "accepted": sum(accepted.values()),
            "births registered since the reform": since,
            "of them with an office of another day": strange,
        }


def _agencies(deployment: Path) -> list[dict[str, str]]:
    with (deployment / "reference" / "agencies.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def holds(night: dict[str, Any], new: dict[str, Any]) -> dict[str, bool]:
    """What must hold."""
    return {
        "what was entered in the last minutes is read after midnight": night["read after midnight"] > 0,
        "nothing is lost: a full reading brings nothing": night["brought by a full reading of everything"] == 0,
        "on the eve the district is answered, the commune is not": night["eve: district, commune"][0] == "reuse"
        and night["eve: district, commune"][1] != "reuse",
        "after midnight the commune is answered, the district is not": night["after: district, commune"][1] == "reuse"
        and night["after: district, commune"][0] != "reuse",
        "the open dossier is known on both days": night["open dossier on the eve"].startswith("one-stop-760")
        and night["open dossier a week later"] == night["open dossier after"],
        "no open case is a district's any more": night["open cases of districts on the eve"] > 0
        and night["open cases of districts after"] == 0,
        "entries after midnight stand in books of the communes": night["entries of the new offices"] > 0,
        "the districts' streams end after a week": night["district streams a week later"] == 0,
        "the ledger balances": night["ledger rows that do not balance"] == 0,
        "the new world is read, each entry of an office of its day": new["accepted"] > 0
        and new["of them with an office of another day"] == 0,
    }


def main() -> None:
    """Play the night, begin in the new world, write, print."""
    parser = argparse.ArgumentParser(description="The night of the reform on a virtual clock.")
    parser.add_argument("--records", type=int, default=4_000)
    parser.add_argument("--dossiers", type=int, default=40)
    size = vars(parser.parse_args())
    with tempfile.TemporaryDirectory(prefix="motlan-reform-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        deployment = with_communes(folder)
        night = the_night(folder, deployment, size)
        new = the_new_world(folder, deployment, size)
    verdict = holds(night, new)
    facts = {**size, "night": night, "new world": new, "holds": verdict}
    RESULTS.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    rich.print(facts)
    sys.exit(0 if all(verdict.values()) else 1)


if __name__ == "__main__":
    main()
