"""The declared suite in a process of its own: the same answers and errors, and an end when its asker ends."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from quality import Staged, judge
from quality.errors import GateFailed, GateUnreachable
from quality.gate_process import GateProcess


@pytest.fixture
def gate(monkeypatch) -> Iterator[GateProcess]:
    """One that asks its process, also if this one has imported Great Expectations for another test."""
    monkeypatch.setattr("quality.gate_process.is_loaded", lambda name: False)
    process = GateProcess()
    yield process
    process.close()


@pytest.fixture
def staged(pg_url, stage, dataset, field, rule) -> Staged:
    sample = dataset([field("name")], [rule("max_length", "name", length=3)])
    frame = pl.DataFrame({"name": ["abc", "abcd", None]}, schema={"name": pl.String})
    return stage(pg_url, sample, judge(sample, frame, {}))


def test_its_answer_is_the_one_of_the_gate(gate, pg_url, staged) -> None:
    """Counts come back whole, twice from one process."""
    first, second = (gate.ask(pg_url, [staged]) for _ in range(2))

    assert list(first.counts.values()) == [1]
    assert second.counts == first.counts
    assert first.disagreements == ()


def test_its_errors_are_those_of_the_gate(gate, pg_url, staged) -> None:
    """Class, message and hint cross the border of the process."""
    with pytest.raises(GateUnreachable, match="could not reach the stage") as raised:
        gate.ask("postgresql+psycopg://nobody@127.0.0.1:1/nowhere", [staged])

    assert raised.value.hint
    assert gate.ask(pg_url, [staged]).counts


def test_a_killed_process_is_a_named_error_and_is_started_again(gate, pg_url, staged) -> None:
    """The kernel may take it when memory runs out: the batch is not judged, and the next question is answered."""
    gate.ask(pg_url, [staged])
    gate._process.send_signal(signal.SIGSTOP)  # so that it cannot answer before it is killed
    gate._process.kill()

    with pytest.raises(GateFailed, match="ended before it answered"):
        gate.ask(pg_url, [staged])
    assert gate.ask(pg_url, [staged]).counts


def test_the_asking_process_imports_no_great_expectations_and_leaves_none_behind(pg_url, staged, tmp_path: Path):
    """Its memory stays free of it; a killed asker takes the other process with it."""
    question = tmp_path / "question"
    question.write_bytes(pickle.dumps((pg_url, [staged])))
    script = (
        "import os, pickle, signal, sys\n"
        "from quality.gate_process import GATE\n"
        f"url, staged = pickle.load(open({str(question)!r}, 'rb'))\n"
        "GATE.ask(url, staged)\n"
        "print(GATE._process.pid, 'great_expectations' in sys.modules, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )

    said = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=False).stdout.split()

    pid, imported = int(said[0]), said[1]
    assert imported == b"False"
    deadline = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists() and not _is_zombie(pid):
        assert time.monotonic() < deadline, "the process stayed after its asker was killed"
        time.sleep(0.05)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True
