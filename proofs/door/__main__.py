"""Walks the door and kills its processes; prints and writes what was seen."""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import rich
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec

import proofs.door
from hub.access.clients import door, enrolment
from hub.access.clients.authority import CLIENT_LIVES, Authority, made_for, pem
from hub.access.tokens import Claims, Tokens, machine_now, tokens_of
from hub.app import Hub
from hub.core import events
from hub.core.actions import Actor
from hub.core.settings import ROOT, Settings
from proofs.door.network import Machines, two_machines
from proofs.watched_city import city, until
from service.serving import answers

RESULTS = Path(__file__).parent.parent / "door.json"
DISTRICTS = ("000.00.16.H29", "000.00.24.H29", "000.00.28.H29")
"""Agencies that hold the grant for a civil-status desk (deployments/hcmc/grants.yaml)."""
ADOPTION = "2.001263"
PERSON = Actor("proofs.door", "proof")
RETRYABLE = ("200", "429", "503")
READY_S = 60.0


def main() -> None:
    """Prove, write, print; exit 1 if something does not hold."""
    parser = argparse.ArgumentParser(
        prog="python -m proofs.door", description=proofs.door.__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with ExitStack() as stack:
        machines = stack.enter_context(two_machines())
        rich.print(f"client and door: {machines.kind}")
        settings, hub, _ = stack.enter_context(city("door", 8960))
        hub.exchange("moj-registry.marriage", on_event=events.ignore).sync()
        server = stack.enter_context(_served(settings, machines))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        walked = _walked(hub, settings, machines, folder)
        result = {"machines": machines.kind, "walk": walked} | _killed(hub, settings, machines, folder, server, options)
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    rich.print(result)
    if not result["holds"] or not all(each["holds"] for each in walked):
        raise SystemExit("the door does not hold")


class _served:
    """`hub serve` as a process, on the door's side."""

    def __init__(self, settings: Settings, machines: Machines) -> None:
        self._address = machines.address
        self._log = (settings.home / settings.scenario / "serve.log").open("wb")

    def __enter__(self) -> psutil.Process:
        command = [sys.executable, "-c", "from hub.cli import main; main()", "serve", "--host", self._address]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=self._log, stderr=self._log)
        process = psutil.Process(self._process.pid)
        until(lambda: _proxy(process) is not None or self._process.poll() is not None, "the door", READY_S)
        if self._process.poll() is not None:
            raise SystemExit(f"hub serve ended: {self._log.name}")
        return process

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)
        self._log.close()


def _proxy(process: psutil.Process) -> psutil.Process | None:
    return next((each for each in process.children() if each.name() == "haproxy"), None)


def _replicas(process: psutil.Process) -> list[psutil.Process]:
    return [each for each in process.children() if "--replica" in " ".join(each.cmdline())]


def _client(
    hub: Hub, folder: Path, agency: str, *, lives: timedelta = CLIENT_LIVES, ago: timedelta = timedelta()
) -> Any:
    """A certificate that is enrolled for an agency: its file and its fingerprint."""
    now = machine_now() - ago
    key = ec.generate_private_key(ec.SECP256R1())
    authority = Authority.of(hub.scenario.folder, machine_now())
    made = authority.issue(made_for(key, "desk"), agency, "desk", now, lives)
    path = folder / f"{made.serial_number:x}.pem"
    path.write_text(pem(key, made))
    with hub.engine.begin() as connection:
        return str(path), enrolment.enrol(connection, made, agency, "desk", enrolment.OURS, PERSON, now)


def _question(hub: Hub, agency: str, certificate: str, token: str) -> dict[str, Any]:
    """A decision about the wife of some entry: she is held, so that the question is answered."""
    with hub.engine.connect() as connection:
        number = connection.scalar(
            sa.text(
                "select vo_so_giay_to_tuy_than from warehouse.marriage"
                " where vo_so_giay_to_tuy_than ~ '^[0-9]{12}$' order by 1 limit 1"
            )
        )
    people = {"applicant": {"personal_id": number}}
    body = {"dossier": f"{agency}-220602-0001", "procedure": ADOPTION, "people": people}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return {
        "method": "POST",
        "path": "/v1/decisions",
        "certificate": certificate,
        "headers": headers if token else {"Content-Type": "application/json"},
        "body": json.dumps(body),
    }


def _token(tokens: Tokens, agency: str, fingerprint: str) -> str:
    bound = enrolment.thumbprint(fingerprint) if fingerprint else ""
    return tokens.sign(Claims(agency, "proofs.door", "civil-status", "once-held", "", bound), machine_now())


def _run(settings: Settings, hub: Hub, machines: Machines, what: str) -> subprocess.Popen[str]:
    command = [*machines.prefix, sys.executable, "-m", "proofs.door.client", what]
    where = [machines.address, str(settings.service_port), str(door.authority_file(hub.scenario.folder))]
    return subprocess.Popen([*command, *where], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _walked(hub: Hub, settings: Settings, machines: Machines, folder: Path) -> list[dict[str, Any]]:
    """Each key to the door, and what it opens."""
    tokens = tokens_of(hub.scenario.folder, hub.deployment.name)
    one, three = DISTRICTS[0], DISTRICTS[1]
    mine, my_print = _client(hub, folder, one)
    other, other_print = _client(hub, folder, three)
    ended, ended_print = _client(hub, folder, one, lives=timedelta(hours=1), ago=timedelta(hours=2))
    revoked, revoked_print = _client(hub, folder, one)
    with hub.engine.begin() as connection:
        enrolment.revoke(connection, [revoked_print], PERSON, machine_now() - timedelta(seconds=61))
    good = _token(tokens, one, my_print)
    tries = [
        ("certificate and bound token", mine, good, 200),
        ("no certificate", "", good, 401),
        ("no token", mine, "", 401),
        ("another agency's certificate", other, good, 401),
        ("a token of another certificate", mine, _token(tokens, one, other_print), 401),
        ("a token bound to none", mine, _token(tokens, one, ""), 401),
        ("a certificate that ended", ended, _token(tokens, one, ended_print), 401),
        ("a certificate revoked 61 s ago", revoked, _token(tokens, one, revoked_print), 401),
    ]
    process = _run(settings, hub, machines, "ask")
    assert process.stdin is not None
    assert process.stdout is not None
    found = []
    for what, certificate, token, wanted in tries:
        process.stdin.write(json.dumps(_question(hub, one, certificate, token)) + "\n")
        process.stdin.flush()
        status = json.loads(process.stdout.readline())["status"]
        found.append({"key": what, "status": status, "holds": status == wanted})
    process.stdin.close()
    process.wait(30)
    return found


def _killed(
    hub: Hub, settings: Settings, machines: Machines, folder: Path, server: psutil.Process, options: argparse.Namespace
) -> dict[str, Any]:
    """Kill replicas at random while questions come; compare answers with audit rows."""
    draw = random.Random(options.seed)
    tokens = tokens_of(hub.scenario.folder, hub.deployment.name)
    clients = {agency: _client(hub, folder, agency) for agency in DISTRICTS}
    sockets = sorted(door.folder_of(hub.scenario.folder).glob("replica-*.sock"))
    before, totals, worst, deaths = _rows(hub), {}, 0.0, 0
    while deaths < options.kills:  # a token lives five minutes, so the load begins anew with others
        load = _run(settings, hub, machines, "load")
        assert load.stdin is not None
        assert load.stdout is not None
        asked = [_question(hub, a, path, _token(tokens, a, mark)) for a, (path, mark) in clients.items()]
        load.stdin.write(json.dumps(asked) + "\n")
        load.stdin.flush()
        ends = time.monotonic() + 200
        while deaths < options.kills and time.monotonic() < ends:
            time.sleep(draw.uniform(0.2, 1.5))
            alive = _replicas(server)
            if len(alive) < 2 or not all(answers(path) for path in sockets):
                continue  # the other one must come back first: both gone is another promise
            os.kill(draw.choice(alive).pid, signal.SIGKILL)
            deaths += 1
            if deaths % 10 == 0:
                rich.print(f"{deaths} kills")
        load.stdin.close()
        seen = json.loads(load.stdout.readline())
        load.wait(60)
        worst = max(worst, seen["seconds_at_worst"])
        for name, count in seen["seen"].items():
            totals[name] = totals.get(name, 0) + count
    rows, given = _rows(hub) - before, totals.get("200", 0)
    return {
        "kills": deaths,
        "answers": given,
        "audit_rows": rows,
        "statuses": totals,
        "seconds_at_worst": worst,
        "holds": given <= rows and not set(totals) - set(RETRYABLE) and given > 0,
    }


def _rows(hub: Hub) -> int:
    with hub.engine.connect() as connection:
        return int(connection.scalar(sa.text("select count(*) from hub.audit where outcome <> 'limit'")) or 0)


if __name__ == "__main__":
    main()
