"""The declared suite in a process of its own: Great Expectations takes 150 MB and two seconds of CPU to import.

The process that loads a register keeps its memory, and prepares the next batches meanwhile. The other process stays for
the next opinion and ends with the one that started it: its input ends then, however that happened.

    python -m quality.gate_process     reads questions from its input and writes an answer to each, pickled
"""

from __future__ import annotations

import atexit
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from contracts.errors import HubError
from contracts.lazy_modules import is_loaded
from quality.errors import GateFailed
from quality.gate import Staged, run_gate
from quality.interface import Gate

_ENDED = "the process that computes the declared suite ended before it answered"


class GateProcess:
    """Answers one question at a time; started by the first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def ask(self, url: str, staged: Sequence[Staged], docs: Path | None = None) -> Gate:
        """As `run_gate`, whose errors it raises.

        A process that has imported Great Expectations, such as a task of Airflow's whose parent did, answers itself.

        Raises:
            GateFailed: the other process ended.
        """
        with self._lock:
            if is_loaded("great_expectations"):
                return run_gate(url, staged, docs=docs)
            answer = self._asked((url, list(staged), docs))
        if isinstance(answer, HubError):
            raise answer
        assert isinstance(answer, Gate)
        return answer

    def close(self) -> None:
        """End the process, if this one started it."""
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):
                    pipe.close()  # type: ignore[union-attr]  # both are pipes
            process.kill()
            process.wait()

    def _asked(self, question: object) -> object:
        asks, answers = self._pipes()
        try:
            pickle.dump(question, asks)
            asks.flush()
            return pickle.load(answers)  # noqa: S301 - of a process that this one started
        except (OSError, EOFError, pickle.UnpicklingError):
            self.close()
            raise GateFailed(_ENDED, hint="was it killed, or is there too little memory (300 MB)? run again") from None

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            self.close()
            # Nothing that a library prints may leave it: warnings and tracebacks quote values.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "quality.gate_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            self._owner = os.getpid()
            atexit.register(self.close)
        assert self._process.stdin
        assert self._process.stdout
        return self._process.stdin, self._process.stdout


def main() -> None:
    """Answer questions until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints must not get between two answers
    while True:
        try:
            url, staged, docs = pickle.load(sys.stdin.buffer)  # noqa: S301 - of the process that started this one
        except EOFError:
            return
        pickle.dump(_answer(url, staged, docs), answers)
        answers.flush()


def _answer(url: str, staged: Sequence[Staged], docs: Path | None) -> Gate | HubError:
    try:
        return run_gate(url, staged, docs=docs)
    except HubError as error:
        return error
    except Exception as error:  # a defect; its text may quote values
        return GateFailed(f"the declared suite could not be computed ({type(error).__name__})")


GATE = GateProcess()
"""The one of this process."""

if __name__ == "__main__":
    main()
