"""A nursery of loading processes, each of which may be killed at one step: `python -m tests.service.workbench.loading_process SETTINGS`.

Says `ready`, then obeys lines of two words: the number of the step at which the next process dies by SIGKILL (0: at
none), and what it does: `sync`, a full reading and what a schedule does after it, or `replay`. Answers each with `killed`,
`ended`, or the name of an error. A process is a fork that has opened nothing before; a step is a statement or a commit.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import hub.load.exchange
import hub.load.validation  # noqa: F401  before the fork, once for all
from contracts.budget import Budget
from contracts.errors import HubError, Transient
from contracts.model import Effect
from hub.app import Hub, open_hub
from hub.cases import clock
from hub.core import events
from hub.core.settings import read_settings

STREAM = "one-stop-770.dossier"
ANSWER = "answer: "
"""Begins each line that is no line of a log."""
ROOT = Path(__file__).resolve().parents[3]


@contextmanager
def patient_hub(given: Mapping[str, Any]) -> Iterator[Hub]:
    """The hub of these settings; its dossiers may be bad in any number, so that no batch is held."""
    with open_hub(read_settings(**given)) as opened:
        contract = opened.contracts["dossier"]
        datasets = tuple(
            replace(each, budgets=(Budget(f"{each.name}.bad-records", Effect.QUARANTINE, 100, 1_000_000),))
            for each in contract.datasets
        )
        yield replace(opened, contracts={**opened.contracts, "dossier": replace(contract, datasets=datasets)})


class LoadingProcesses:
    """Starts them, one at a time."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        text = json.dumps({name: str(value) if isinstance(value, Path) else value for name, value in given.items()})
        command = [sys.executable, "-m", "tests.service.workbench.loading_process", text]
        environment = {**os.environ, "POLARS_MAX_THREADS": "1"}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
        )
        assert self._process.stdout is not None
        assert "ready\n" == self._process.stdout.readline()

    def begin(self, what: str, deadly: int = 0) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{deadly} {what}\n")
        self._process.stdin.flush()

    def ended(self) -> str:
        """How the one that was begun ended."""
        assert self._process.stdout is not None
        while not (line := self._process.stdout.readline()).startswith(ANSWER):
            assert line, "the nursery is gone"  # else it is a line of a process's log
        return line.removeprefix(ANSWER).strip()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)


class Steps:
    """Counts the steps of a process, and kills it at one of them."""

    def __init__(self, deadly: int) -> None:
        self._deadly, self._count = deadly, 0

    def __call__(self, *_: object) -> None:
        self._count += 1
        if self._count == self._deadly:
            os.kill(os.getpid(), signal.SIGKILL)


def load(given: Mapping[str, Any], what: str, step: Steps) -> None:
    """One process's work."""
    with patient_hub(given) as opened:
        sa.event.listen(opened.engine, "after_cursor_execute", step)
        sa.event.listen(opened.engine, "commit", step)
        exchange = opened.exchange(STREAM, on_event=events.ignore)
        if what == "replay":
            exchange.replay(None, None)
        else:
            exchange.sync(mode="full")
        with opened.engine.begin() as connection:
            clock.tend(connection, opened.scenario.now())


def _child(given: Mapping[str, Any], what: str, deadly: int, said: int) -> None:
    code = 1
    try:
        load(given, what, Steps(deadly))
        code = 0
    except HubError as error:
        os.write(said, f"{type(error).__name__}{' (transient)' * isinstance(error, Transient)}".encode())
        code = 2
    finally:
        os._exit(code)


def main() -> None:
    given = json.loads(sys.argv[1])
    print("ready", flush=True)
    for line in sys.stdin:
        deadly, what = line.split()
        heard, said = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(heard)
            _child(given, what, int(deadly), said)
        os.close(said)
        with os.fdopen(heard, "rb") as file:
            error = file.read().decode()
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            print(f"{ANSWER}killed", flush=True)
        else:
            how = error or ("ended" if os.WEXITSTATUS(status) == 0 else "failed")
            print(f"{ANSWER}{how}", flush=True)


if __name__ == "__main__":
    main()
