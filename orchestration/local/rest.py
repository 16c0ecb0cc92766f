"""A client of Airflow's REST API for a scenario: log in, unpause, trigger, watch."""

from __future__ import annotations

import contextlib
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import time as time_of_day
from typing import Any
from zoneinfo import ZoneInfo

from contracts.errors import Permanent, Transient

FINISHED = frozenset({"success", "failed"})
"""States of a run that has ended."""


class AirflowRefused(Permanent):
    """Airflow refused a request (4xx)."""


class AirflowAway(Transient):
    """Airflow is not reachable, or answered 5xx."""


@dataclass(frozen=True)
class Progress:
    """Progress of the runs with one id, over all DAGs."""

    runs: Mapping[str, str]
    """DAG -> state: queued, running, success, failed."""
    tasks: Mapping[str, int]
    """State -> number of task instances, over all DAGs. A mapped task counts once Airflow has expanded it."""

    @property
    def done(self) -> bool:
        """Whether every run has ended."""
        return bool(self.runs) and all(state in FINISHED for state in self.runs.values())

    @property
    def failed(self) -> list[str]:
        """DAGs whose run failed."""
        return sorted(dag for dag, state in self.runs.items() if state == "failed")


@dataclass
class AirflowApi:
    """One user's session with one Airflow."""

    address: str
    user: str
    password: str = field(repr=False)
    timeout_s: float = 60.0
    _token: str = field(default="", repr=False)

    def healthy(self, *parts: str) -> bool:
        """Whether the named parts (metadatabase, scheduler, dag_processor) are healthy; False without an answer."""
        try:
            health = self._send("GET", "/api/v2/monitor/health", login=False)
        except AirflowAway:
            return False
        return all((health.get(part) or {}).get("status") == "healthy" for part in parts)

    def dags(self) -> list[str]:
        """Ids of the DAGs that Airflow knows."""
        return sorted(dag["dag_id"] for dag in self._all("/api/v2/dags", "dags"))

    def import_errors(self) -> list[str]:
        """Why DAG files could not be read: file and last line."""
        errors = self._all("/api/v2/importErrors", "import_errors")
        return [f"{e['filename']}: {e['stack_trace'].strip().splitlines()[-1]}" for e in errors]

    def ensure_pool(self, name: str, slots: int, description: str) -> None:
        """Create a pool unless it exists: the number of slots that an operator has set stays."""
        try:
            self._send("GET", f"/api/v2/pools/{urllib.parse.quote(name)}")
        except AirflowRefused:
            self._send("POST", "/api/v2/pools", {"name": name, "slots": slots, "description": description})

    def pause(self, dag: str, paused: bool) -> None:
        """Pause or unpause one DAG."""
        self._send("PATCH", f"/api/v2/dags/{dag}", {"is_paused": paused})

    def trigger(self, dag: str, *, run_id: str, partition_key: str, conf: Mapping[str, Any] | None = None) -> None:
        """Start a run now. A run id that exists is refused."""
        body = {"dag_run_id": run_id, "partition_key": partition_key, "logical_date": None, "conf": dict(conf or {})}
        self._send("POST", f"/api/v2/dags/{dag}/dagRuns", body)

    def backfill(self, dag: str, first: date, last: date, timezone: ZoneInfo) -> None:
        """Read whole days again, one run a day, oldest first, even if they were read before."""
        ends = {
            name: datetime.combine(day, time_of_day(), timezone).isoformat()
            for name, day in (("from_date", first), ("to_date", last))
        }
        self._send(
            "POST",
            "/api/v2/backfills",
            {"dag_id": dag, **ends, "max_active_runs": 1, "reprocess_behavior": "completed"},
        )

    def progress(self, run_id: str) -> Progress:
        """The states of the runs with that id, in all DAGs, and of their tasks."""
        runs = {
            r["dag_id"]: r["state"]
            for r in self._all("/api/v2/dags/~/dagRuns", "dag_runs", run_id_prefix_pattern=run_id)
            if r["dag_run_id"] == run_id
        }
        tasks: dict[str, int] = {}
        for instance in self.tasks(run_id):
            state = instance["state"] or "waiting"
            tasks[state] = tasks.get(state, 0) + 1
        return Progress(runs, tasks)

    def tasks(self, run_id: str) -> list[Mapping[str, Any]]:
        """The task instances of the runs with that id: dag_id, task_id, map_index, state, try_number, hostname (of the
        last try) ...
        """
        return self._all("/api/v2/dags/~/dagRuns/~/taskInstances", "task_instances", run_id_prefix_pattern=run_id)

    def runs(self, dag: str) -> list[Mapping[str, Any]]:
        """All runs of a DAG: dag_run_id, run_type, state, partition_key ..."""
        return self._all(f"/api/v2/dags/{dag}/dagRuns", "dag_runs")

    def _all(self, path: str, key: str, **query: str) -> list[Mapping[str, Any]]:
        """A list, from all its pages."""
        found: list[Mapping[str, Any]] = []
        while True:
            page = self._send("GET", f"{path}?{urllib.parse.urlencode({**query, 'limit': 100, 'offset': len(found)})}")
            found += page[key]
            if not page[key] or len(found) >= page["total_entries"]:
                return found

    def _send(self, method: str, path: str, body: Any = None, *, login: bool = True) -> Any:
        headers = {"Content-Type": "application/json"}
        if login:
            headers["Authorization"] = f"Bearer {self._token or self._login()}"
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.address + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout_s) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            if error.code == 401 and login and self._token:
                self._token = ""  # a token lives for a day; a scenario may live longer
                return self._send(method, path, body)
            kind = AirflowAway if error.code >= 500 else AirflowRefused
            error.close()  # its body is not passed on: it may repeat what was sent
            raise kind(f"Airflow answered {error.code} to {method} {path}", hint="Airflow's own log says why") from None
        except (OSError, json.JSONDecodeError) as error:
            raise AirflowAway(f"Airflow at {self.address} does not answer: {type(error).__name__}") from None

    def _login(self) -> str:
        reply = self._send("POST", "/auth/token", {"username": self.user, "password": self.password}, login=False)
        self._token = str(reply["access_token"])
        return self._token


def wait(condition: Any, timeout_s: float, every_s: float = 0.2) -> bool:
    """Repeat a condition until it holds; False if it does not within `timeout_s`.

    An Airflow that does not answer is asked again: on a busy machine it is silent now and then.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        with contextlib.suppress(AirflowAway):
            if condition():
                return True
        if time.monotonic() > deadline:
            return False
        time.sleep(every_s)
