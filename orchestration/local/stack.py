"""Airflow on one machine, without containers: starts, watches and stops its processes.

    api-server      REST, screens, and the API that tasks report to
    scheduler       starts due runs; its workers run the tasks (orchestration/local/executor.py)
    dag-processor   reads dags/
    triggerer       watches systems (orchestration/watching.py); on demand

`airflow standalone` is not used: it starts 32 workers and a log server that nothing reads. Measured on 2 cores: 8 s
until all DAGs are known, 0.7 GB in all (shared pages counted once).

Airflow gets its settings from the environment only. Secrets are made once and kept in the scenario's folder. This
module does not import Airflow, which takes 2.5 s.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from contracts.errors import Transient
from hub.core.state_files import read_json
from hub.local.private_files import write_private
from orchestration.local import bound_process
from orchestration.local import settings as local_settings
from orchestration.local.processes import AirflowBusy, only_one, signal_group
from orchestration.local.rest import AirflowApi, AirflowAway, Progress, wait
from orchestration.partitions import on_change_id

__all__ = ["AirflowBusy", "AirflowNotUp", "LocalAirflow"]

ROOT = Path(__file__).resolve().parent.parent.parent
USER = "operator"
PARTS = {"api-server": (), "scheduler": ("--skip-serve-logs",), "dag-processor": ()}
"""Process -> its arguments. The API server reads logs from the disk: no log server is needed."""
TRIGGERER = "triggerer"
"""Process that watches systems. Without it the schedules still read everything, so its end ends nothing else."""
SILENCE_S = 180.0
"""How long the API server may be silent while runs are watched: on a busy machine the tasks take the CPU."""


class AirflowNotUp(Transient):
    """A process of Airflow did not start, or ended; the message names the log."""


class LocalAirflow:
    """The Airflow of one scenario. `prepare` once, then `start`, and `stop` in a finally.

    Args:
        folder: home of this Airflow: secrets, logs of its processes and tasks.
        port: loopback port of the API server.
        database_url: a `postgresql://` URL of a database of its own.
        environment: variables for tasks (`HUB_...`), added to this process's environment.
        dags: folder of DAG files.
        parallelism: how many tasks may run at once.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        database_url: str,
        environment: Mapping[str, str] | None = None,
        *,
        dags: Path = ROOT / "dags",
        parallelism: int = 4,
    ) -> None:
        self.folder = folder.resolve()
        self.port = port
        self.database_url = database_url
        self.given = dict(environment or {})
        self.dags = dags
        self.parallelism = parallelism
        self.address = f"http://127.0.0.1:{port}"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._started = contextlib.ExitStack()
        self._pids = self.folder / "pids.json"

    @property
    def password(self) -> str:
        """The operator's password, made on first use."""
        return self._secret("operator")

    @functools.cached_property
    def api(self) -> AirflowApi:
        """A session of the operator."""
        return AirflowApi(self.address, USER, self.password)

    def environment(self) -> dict[str, str]:
        """The whole environment of Airflow's processes."""
        options = {
            **local_settings.options(self.database_url, self.address, self._secret),
            "CORE__DAGS_FOLDER": str(self.dags),
            "CORE__PARALLELISM": str(self.parallelism),
            "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self.folder / "passwords.json"),
            "API__PORT": str(self.port),
            "LOGGING__BASE_LOG_FOLDER": str(self.folder / "logs"),
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
        path = os.pathsep.join(filter(None, [str(ROOT), inherited.get("PYTHONPATH")]))
        return {
            **inherited,
            **{f"AIRFLOW__{name}": value for name, value in options.items()},
            "AIRFLOW_HOME": str(self.folder),
            "PYTHONPATH": path,
            "OPENBLAS_NUM_THREADS": "1",  # the process that forks the tasks must have no other threads
            "GX_ANALYTICS_ENABLED": "false",
            **self.given,
        }

    def prepare(self) -> None:
        """Create or migrate Airflow's own tables (4 s). May be repeated. Raises AirflowNotUp."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_private(self.folder / "passwords.json", json.dumps({USER: self.password}))
        log = self.folder / "migrate.log"
        with log.open("wb") as output:
            done = subprocess.run(
                self._command("db", "migrate"),
                env=self.environment(),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        if done.returncode != 0:
            raise AirflowNotUp(f"Airflow's tables could not be created (exit {done.returncode})", hint=f"read {log}")

    def start(self, timeout_s: float = 120.0) -> None:
        """Start the processes and wait until the API and the scheduler answer.

        Raises:
            AirflowBusy: something listens on the port, or an Airflow of this folder still runs.
            AirflowNotUp: a process ended, or nothing answered in time.
        """
        self._started.enter_context(only_one(self.folder, self.port, self._noted()))
        for name, arguments in PARTS.items():
            self._launch(name, *arguments)
        api = self.api
        if not wait(lambda: self._alive() and api.healthy("metadatabase", "scheduler", "dag_processor"), timeout_s):
            raise AirflowNotUp(
                f"Airflow did not answer on {self.address} within {timeout_s:.0f} s", hint=f"read {self.folder}/*.log"
            )

    def watch(self, systems: Iterable[str], timeout_s: float = 60.0) -> None:
        """Start the triggerer, or another one if it has ended, and unpause the DAGs that run on news of these systems.

        Raises:
            AirflowNotUp: it gave no sign of life in time, or Airflow does not know a DAG.
        """
        dags = {on_change_id(system) for system in systems}
        self.await_dags(dags)
        running = self._processes.get(TRIGGERER)
        if running is None or running.poll() is not None:
            self._launch(TRIGGERER, "--skip-serve-logs")
        for dag in dags:
            self.api.pause(dag, False)
        if not wait(lambda: self._alive() and self.api.healthy(TRIGGERER), timeout_s):
            raise AirflowNotUp(
                f"Airflow's triggerer gave no sign of life within {timeout_s:.0f} s",
                hint=f"read {self.log_of(TRIGGERER)}",
            )

    def process(self, name: str) -> subprocess.Popen[bytes]:
        """One of its processes. Raises KeyError: it was not started."""
        return self._processes[name]

    def stop(self, patience_s: float = 10.0) -> None:
        """End the processes that this object started, and their running tasks: a later run takes the streams over."""
        for process in self._processes.values():
            signal_group(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + patience_s
        for process in self._processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            signal_group(process.pid, signal.SIGKILL)  # and whatever still runs in its group
            process.wait()
        if self._processes:
            self._processes.clear()
            self._pids.unlink(missing_ok=True)
        self._started.close()

    def await_dags(self, expected: set[str], timeout_s: float = 60.0) -> None:
        """Wait until Airflow knows these DAGs.

        Raises:
            AirflowNotUp: with the import errors, if there are any.
        """
        api = self.api
        if not wait(lambda: self._alive() and expected <= set(api.dags()), timeout_s):
            missing = sorted(expected - set(api.dags()))
            reasons = "; ".join(api.import_errors()) or "no import error"
            raise AirflowNotUp(
                f"Airflow does not know {', '.join(missing[:5])}{' …' if len(missing) > 5 else ''} after {timeout_s:.0f} s: {reasons}"
            )

    def run(self, keys: Mapping[str, str], run_id: str, *, every_s: float = 2.0) -> Iterator[Progress]:
        """Unpause and start DAGs (id -> partition key), and yield their progress until all have ended.

        Raises:
            AirflowNotUp: one of the processes ended.
            AirflowAway: the API server was silent for `SILENCE_S`.
            AirflowRefused: an unknown DAG, or a run id that exists.
        """
        api = self.api
        for dag, key in keys.items():
            api.pause(dag, False)
            api.trigger(dag, run_id=run_id, partition_key=key)
        heard = time.monotonic()
        while True:
            self._alive()
            try:
                progress = api.progress(run_id)
            except AirflowAway:
                if time.monotonic() - heard > SILENCE_S:
                    raise
                time.sleep(every_s)
                continue
            heard = time.monotonic()
            yield progress
            if progress.done and set(progress.runs) >= set(keys):
                return
            time.sleep(every_s)

    def log_of(self, name: str) -> Path:
        """The log file of a process."""
        return self.folder / f"{name}.log"

    # -- inside ---------------------------------------------------------------------------------

    def _launch(self, name: str, *arguments: str) -> None:
        with self.log_of(name).open("ab" if name == TRIGGERER else "wb") as output:
            # A session of its own: Ctrl-C reaches this process only, which stops the others in order.
            bound = [sys.executable, "-I", bound_process.__file__, str(os.getpid())]
            self._processes[name] = subprocess.Popen(
                [*bound, *self._command(name, *arguments)],
                env=self.environment(),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        write_private(self._pids, json.dumps([p.pid for p in self._processes.values()]))

    def _alive(self) -> bool:
        for name, process in self._processes.items():
            if name != TRIGGERER and process.poll() is not None:
                raise AirflowNotUp(
                    f"Airflow's {name} ended (exit {process.returncode})", hint=f"read {self.log_of(name)}"
                )
        return True

    def _noted(self) -> list[int]:
        return list(json.loads(self._pids.read_text() or "[]")) if self._pids.exists() else []

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "airflow", *arguments]

    def _secret(self, name: str) -> str:
        path = self.folder / "secrets.json"
        known: dict[str, str] = {}
        if path.exists():
            known = read_json(path, empty={}, hint="remove it: Airflow's secrets of this machine are made anew")
        if name not in known:
            known[name] = secrets.token_hex(12 if name == "operator" else 32)
            self.folder.mkdir(parents=True, exist_ok=True)
            write_private(path, json.dumps(known))
        return known[name]
