"""Open dossiers submitted to the Ministry's registry, with lost replies, refusals and kills: what it holds is what was submitted.

    python -m proofs.transfer [--calls 100000] [--lost 0.05] [--refused 0.01] [--kills 3] [--seed 1]

The dossiers stand in a real database; the registry is the twin on a real socket. The sender is a process of its own,
killed by SIGKILL after about a fourth, a half and three fourths of the dossiers, and begun again. Then the registry's
officer decides, and the sender asks about each. Proved: the numbers that the registry holds are the city's without the
refused ones; no number was submitted while it was held; each refusal is an open case. Writes proofs/transfer.json.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from starlette.applications import Starlette

from bench.loaders import free_port
from connectors import System, open_record_sink
from hub.app import Hub, open_hub
from hub.core.actions import Actor
from hub.core.settings import read_settings
from hub.feeds import approvals
from hub.feeds.declared import Feed
from hub.load import outbox
from hub.terminal import show_one
from proofs.departures import Differs
from tests.sockets import listening
from twins.clock import Clock
from twins.faults import Faults, KnowsTransport
from twins.registry.intake import RegistryReceipts
from twins.registry.rest import MojRest
from twins.services.lgsp import Gateway

RESULTS = Path(__file__).parent / "transfer.json"
FEED, NAME = "moj-open-dossiers", "moj-registry-rest"
LOGIN = {"client_id": "hub", "client_secret": "x1", "access_key": "ak", "secret_key": "sk", "app_name": "motlan", "partner_code": "H29"}  # fmt: skip
PERSON = Actor("Trần Thị Bình", "the proof of the transfer")


def main() -> None:
    """Fill, submit, kill, decide, compare, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m proofs.transfer", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--lost", type=float, default=0.05)
    parser.add_argument("--refused", type=float, default=0.01)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sender", metavar="ADDRESS", help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.sender:
        _send(asked.home, asked.port, asked.sender)
        return
    with tempfile.TemporaryDirectory() as name:
        home, port = Path(name) / "home", free_port()
        with open_hub(read_settings(home=home, port_base=port)) as hub:
            found = _proved(hub, home, port, asked)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    show_one(found, as_json=False)


def _proved(hub: Hub, home: Path, port: int, asked: argparse.Namespace) -> dict[str, Any]:
    _fill(hub, asked.calls)
    feed = feed_of(hub)
    with hub.engine.begin() as connection:
        outbox.register_one(connection, FEED, "dossier")
        terms = feed.terms(hub.deployment.local_day(hub.scenario.now())).digest
        approvals.approve(connection, FEED, terms, PERSON, hub.scenario.now())
    intake = RegistryReceipts(seed=asked.seed, lost=asked.lost, refused=asked.refused)
    killed, began = 0, time.monotonic()
    with _registry(intake, hub) as address:
        while _open(hub) or not intake.dossiers:
            sender = subprocess.Popen(
                [sys.executable, "-m", "proofs.transfer", "--sender", address, "--home", home, "--port", str(port)]
            )
            due = asked.calls * (killed + 1) // (asked.kills + 1)
            while sender.poll() is None:
                if killed < asked.kills and len(intake.dossiers) >= due:
                    sender.send_signal(signal.SIGKILL)
                    sender.wait()
                    killed += 1
                    break
                time.sleep(0.02)
        submitted_s = time.monotonic() - began
        intake.decide()
        while _count(hub, "taken"):
            _submit(hub, address)
    return _compared(hub, intake, asked, killed, submitted_s)


def _compared(
    hub: Hub, intake: RegistryReceipts, asked: argparse.Namespace, killed: int, submitted_s: float
) -> dict[str, Any]:
    with hub.engine.connect() as connection:
        submitted = sa.text(
            "select state, array_agg(number order by number) from hub.submitted_record where feed = :feed group by 1"
        )
        by_state = {state: set(numbers) for state, numbers in connection.execute(submitted, {"feed": FEED})}
        city = set(connection.scalars(sa.text("select ma_ho_so from warehouse.dossier")))
        cases = connection.scalar(
            sa.text("""select count(*) from hub."case" where state = 'open' and feed = :f"""), {"f": FEED}
        )
    refused = by_state.get("refused", set())
    if set(by_state) - {"acknowledged", "refused"}:
        raise Differs(f"not settled: { {state: len(numbers) for state, numbers in by_state.items()} }")
    if set(intake.dossiers) != city - refused or by_state["acknowledged"] != city - refused:
        raise Differs("the registry holds another set than the city's without the refused ones")
    if intake.calls["doubled"]:
        raise Differs(f"{intake.calls['doubled']} numbers were submitted while they were held")
    if cases != len(refused):
        raise Differs(f"{len(refused)} were refused, and {cases} cases are open")
    return {
        "dossiers": len(city),
        "held by the registry": len(intake.dossiers),
        "refused, each an open case": len(refused),
        "submitted twice": intake.calls["doubled"],
        "calls": dict(intake.calls) | {"dangKyHoTich a second": round(intake.calls["dangKyHoTich"] / submitted_s, 1)},
        "share of replies lost": asked.lost,
        "kills": killed,
        "seconds until all were submitted": round(submitted_s, 1),
    }


def feed_of(hub: Hub) -> Feed:
    """The shipped feed, switched on as an agreement would."""
    from dataclasses import replace

    feed = hub.feed(FEED)
    return replace(feed, file=feed.file.model_copy(update={"active": True}))


def _send(home: Path, port: int, address: str) -> None:
    with open_hub(read_settings(home=home, port_base=port)) as hub:
        _submit(hub, address)


def _submit(hub: Hub, address: str) -> None:
    system = System(NAME, "Hộ tịch", "moj_registry_rest", address, LOGIN, options={"attempts": 1}, now=hub.scenario.now)
    hub.submitter().submit(feed_of(hub), open_record_sink(system, "dangKyHoTich"))


def _open(hub: Hub) -> int:
    return _count(hub, "waiting") + _count(hub, "unknown")


def _count(hub: Hub, state: str) -> int:
    query = sa.text("select count(*) from hub.submitted_record where feed = :feed and state = :state")
    with hub.engine.connect() as connection:
        return int(connection.scalar(query, {"feed": FEED, "state": state}) or 0)


@contextmanager
def _registry(intake: RegistryReceipts, hub: Hub) -> Iterator[str]:
    """The registry on a free port of loopback; its address."""
    credentials, clock = {NAME: LOGIN}, Clock(hub.scenario.now())
    places: Any = SimpleNamespace(province=SimpleNamespace(code="79"))
    rest = MojRest(
        registers={}, lists={}, places=places, gateway=Gateway(credentials, clock), clock=clock, faults=Faults(), intake=intake
    )  # fmt: skip
    with listening(KnowsTransport(Starlette(routes=rest.routes()))) as address:
        yield f"{address}/moj/rest/xml"


def _fill(hub: Hub, number: int) -> None:
    """Open dossiers of birth registration, as a merge would leave them; nobody in them is real."""
    now = hub.scenario.now()
    given = {"now": now, "number": number}
    hub.publish_owners()
    with hub.engine.begin() as connection:
        for statement in (
            "insert into hub.stream (id, system, contract) values ('one-stop-760.dossier', 'one-stop-760', 'dossier') on conflict do nothing",
            "insert into hub.run (id, stream, epoch, mode, started_at, ended_at) values ('proof', 'one-stop-760.dossier', 1, 'full', :now, :now)",
            """insert into hub.landing (stream, sha256, media_type, bytes, records, request, fetched_at)
               values ('one-stop-760.dossier', 'proof', 'application/json', 1, 1, 'proof', :now)""",
            """insert into hub.batch (id, run, stream, epoch, number, state, contract_version, landed_at, settled_at)
               values ('proof', 'proof', 'one-stop-760.dossier', 1, 1, 'applied', '1.0.0', :now, :now)""",
            """insert into warehouse.dossier (_system, _key, _version, _hash, _known_from, _batch, _landing, _row, ma_ho_so, ma_tthc,
                   chu_ho_so, dinh_danh_chs_cccd, trang_thai_ho_so, ngay_tiep_nhan, ngay_cap_nhat)
               select 'one-stop-760', n, cast(:now as timestamptz), decode(md5(n), 'hex'), :now, (select serial from hub.batch where id = 'proof'),
                   (select max(id) from hub.landing), 1, n, '1.001193', 'Nguyễn Thị Mẫu', '079190000001', '4', :now, :now
               from (select format('000.00.16.H29-220602-%s', lpad(i::text, 7, '0')) n from generate_series(1, :number) i) g""",
        ):
            connection.execute(sa.text(statement.replace("::text", r"\:\:text")), given)


if __name__ == "__main__":
    main()
