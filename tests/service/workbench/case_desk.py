"""A district with its dossiers, people signed in over a real socket, and a loading process that dies: for lives of cases."""

from __future__ import annotations

import json
import re
import shutil
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import sqlalchemy as sa

from hub.app import Hub
from hub.cases import agreement
from hub.core import events
from hub.demonstration import showcase_people
from hub.operations import doctor
from service.workbench.app import create_workbench
from tests.databases import Databases
from tests.service.workbench.loading_process import STREAM, LoadingProcesses, patient_hub
from tests.small_city import HCMC, small_city
from tests.sockets import listening

SYSTEM = STREAM.split(".", maxsplit=1)[0]
GOOD, BAD = "079190000001", "79190000001"
"""A citizen's number, and one that lost its first digit."""
RULE = "DinhDanhCHS_CCCD.pattern"
TRIES = 200
"""Most times that a browser sends a form again while the stream is busy."""
AGAIN = 8
"""Most times that a reading is begun again after an error that time heals, as a schedule does."""
BECOMES = {"released": "released", "closed": "closed", "expired": "open", "reopened": "open"}
"""Act -> what a case is after it."""


FAILURES: list[BaseException] = []
"""The first failure of a run: hypothesis lives a failing life again, which kills meet otherwise, and would report that."""


def failure_kept(step: Callable[..., None]) -> Callable[..., None]:
    """A step whose failure is kept as it was."""

    @wraps(step)
    def kept(self: Any, **given: Any) -> None:
        try:
            step(self, **given)
        except Exception as error:
            FAILURES.append(error)
            raise

    return kept


class Browser:
    """One person's session."""

    def __init__(self, address: str, login: str, password: str) -> None:
        self._client = httpx.Client(base_url=address, timeout=600, headers={"origin": address})
        sent = self._client.post("/signin", data={"login": login, "password": password, "next": "/"})
        assert 303 == sent.status_code
        found = re.search(r'name="csrf" value="([^"]+)"', self._client.get("/cases").text)
        assert found is not None
        self._csrf = found[1]

    def post(self, path: str, numbers: Sequence[int], **fields: str) -> int:
        """Send a form until the stream is free; the answer's status."""
        data: dict[str, Any] = {"csrf": self._csrf, "because": "Đối chiếu sổ giấy", "chosen": [*map(str, numbers)]}
        for _ in range(TRIES):
            status = self._client.post(path, data={**data, **fields}).status_code
            if status != 503:
                return status
        raise AssertionError(f"{path} is refused as busy for ever")

    def close(self) -> None:
        self._client.close()


@dataclass
class Desk:
    """Everything that a life of cases needs."""

    hub: Hub
    loading: LoadingProcesses
    people: dict[str, Browser]
    taken: int = 0
    """Dossiers that earlier lives have used."""
    filed: dict[str, int] = field(default_factory=dict)
    """Dossier -> versions of it that were filed, the first one included."""
    killed: int = 0

    # -- the district -------------------------------------------------------------------------

    def dossiers(self, many: int) -> list[str]:
        """So many good dossiers that no life has used."""
        query = f"select _key from warehouse.dossier where _system = '{SYSTEM}' order by _key offset {self.taken} limit {many}"
        keys = [str(key) for (key,) in self.rows(query)]
        assert many == len(keys)
        self.taken += many
        self.filed |= dict.fromkeys(keys, 1)
        return keys

    def file(self, keys: Sequence[str], citizen: str) -> None:
        """The district gives dossiers another number of their citizen."""
        _post(self.hub, "clock", {"advance_s": 60})
        for key in keys:
            papers = [{"LoaiDinhDanh": "1", "SoDinhDanh": citizen}]
            _post(self.hub, "file", {"system": SYSTEM, "dossier": {"MaHoSo": key, "DinhDanhCHS": papers}})
            self.filed[key] += 1

    # -- the loading process ------------------------------------------------------------------

    def load(self, what: str = "sync", deadly: int = 0) -> None:
        """Load; after a process that died another one goes on to the end."""
        if deadly:
            self.loading.begin(what, deadly)
            how = self.loading.ended()
            assert how in ("killed", "ended") or how.endswith("(transient)"), how
            self.killed += how == "killed"
            assert [] == self.faults()
        for _ in range(AGAIN):
            self.loading.begin(what)
            how = self.loading.ended()
            if not how.endswith("(transient)"):
                break
        assert "ended" == how, how

    # -- people -------------------------------------------------------------------------------

    def together(
        self, who: Sequence[str], forms: Sequence[tuple[str, dict[str, str]]], numbers: Sequence[int], deadly: int
    ) -> list[int]:
        """What each browser is answered, all at the same moment; meanwhile a loading process works, and may die."""
        ready = Barrier(len(who))

        def one(name: str, form: tuple[str, dict[str, str]]) -> int:
            ready.wait(timeout=60)
            return self.people[name].post(form[0], numbers, **form[1])

        if deadly:
            self.loading.begin("sync", deadly)
        with ThreadPoolExecutor(len(who)) as pool:
            answers = list(pool.map(one, who, forms))
        if deadly:
            how = self.loading.ended()
            assert how in ("killed", "ended", "Fenced") or how.endswith("(transient)"), how
            self.killed += how == "killed"
        return answers

    # -- what stands in the database ----------------------------------------------------------

    def rows(self, query: str, **values: object) -> list[tuple[Any, ...]]:
        with self.hub.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query), values)]

    def faults(self) -> list[str]:
        """What is wrong at any instant: the equation of each batch, cases against ledger and signatures, versions twice."""
        with self.hub.engine.connect() as connection:
            found = [
                f"{what}: {names[:3]}" for what, names in agreement.broken(connection, self.hub.scenario.now()).items()
            ]
        found += [
            f"batch {batch[:12]}: the equation does not hold"
            for (batch,) in self.rows(
                "select batch from hub.ledger where state = 'applied'"
                " and received <> accepted + unchanged + duplicate + outdated + quarantined"
            )
        ]
        found += [
            f"{key} stands {times} times in one version"
            for key, times in self.rows(f"""
                select _key, count(*) from (
                    select _key, _version from warehouse.dossier where _system = '{SYSTEM}'
                    union all select _key, _version from history.dossier where _system = '{SYSTEM}') v
                group by _key, _version having count(*) > 1""")
        ]
        return found

    def histories(self, numbers: Sequence[int]) -> list[str]:
        """Acts that cannot have happened in that order, and cases that are not what their last act says."""
        states = dict(self.rows('select id, state from hub."case" where id = any (:n)', n=list(numbers)))
        now, asked, signed = dict.fromkeys(numbers, "open"), set[int](), dict[int, set[str]]()
        found = []
        query = 'select "case", what, who from hub.act where "case" = any (:n) order by id'
        for case, what, who in self.rows(query, n=list(numbers)):
            before, after = now[case], BECOMES.get(what, now[case])
            if what == "signed" and who in signed.setdefault(case, set()):
                found.append(f"case {case}: {who} signed twice")
            if what == "signed":
                signed[case].add(who)
            if what == "released" and (before, len(signed.get(case, ()))) != ("open", 2):
                found.append(f"case {case}: released when {before}, with {len(signed.get(case, ()))} signatures")
            if what in ("closed", "reopened") and after == before:
                found.append(f"case {case}: {what} when {before}")
            if what == "refused" and (before, len(signed.get(case, ()))) != ("open", 1):
                found.append(f"case {case}: a waiver was refused that nobody, or two people, had signed")
            if what == "requested" and case in asked:
                found.append(f"case {case}: asked twice")
            if what == "requested":
                asked.add(case)
            if what in ("refused", "closed", "reopened", "expired"):
                signed[case] = set()
            now[case] = after
        return found + [f"case {n}: {states[n]}, its history says {now[n]}" for n in numbers if states[n] != now[n]]

    def lost(self) -> list[str]:
        """Versions that were filed, and are neither current, nor history, nor a case; or the other way round."""
        counted = dict(
            self.rows(
                f"""
                select _key, count(distinct _version) from (
                    select _key, _version from warehouse.dossier where _system = '{SYSTEM}'
                    union all select _key, _version from history.dossier where _system = '{SYSTEM}'
                    union all select record_key, version from hub."case" where stream = :stream and dataset = 'dossier') v
                where _key = any (:keys) group by 1""",
                stream=STREAM,
                keys=list(self.filed),
            )
        )
        return [
            f"{key}: {counted.get(key)} of {due} versions" for key, due in self.filed.items() if counted.get(key) != due
        ]

    def doctor(self) -> list[str]:
        """What `hub doctor` finds: every term of every batch counted again from the landed bytes, too."""
        return [f"{each.check}: {each.detail}" for each in doctor.examine(self.hub) if not each.ok]


@contextmanager
def desk(databases: Databases, folder: Path, dossiers: int) -> Iterator[Desk]:
    """A desk over a district of so many dossiers, read once."""
    secrets = folder / "secrets.json"
    deployment = shutil.copytree(HCMC, folder / "hcmc")
    with small_city(secrets, dossiers=dossiers) as twins, databases.fresh() as url:
        given = {
            "home": folder / "home",
            "deployment": deployment,
            "database_url": url,
            "twins_url": twins,
            "secrets_file": secrets,
            "store_url": "postgresql://nobody:nothing@127.0.0.1:1/never-asked",
            "batch_records": max(40, dossiers // 5),
        }
        with patient_hub(given) as hub:
            hub.exchange(STREAM, on_event=events.ignore).sync(mode="full")
            showcase_people.signed_in_as(hub)
            password = (hub.scenario.folder / showcase_people.FILE).read_text()
            with listening(create_workbench(hub, secure=False)) as address:
                people = {login: Browser(address, login, password) for login in ("kiemtra", "lanhdao", "quan3", "kysu")}
                loading = LoadingProcesses(given)
                try:
                    yield Desk(hub, loading, people)
                finally:
                    loading.close()
                    for each in people.values():
                        each.close()


def _post(hub: Hub, path: str, asked: dict[str, object]) -> None:
    url = f"{hub.settings.twins_url}/control/{path}"
    urllib.request.urlopen(url, json.dumps(asked).encode(), timeout=600).close()
