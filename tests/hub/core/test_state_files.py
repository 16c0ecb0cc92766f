"""Files of state: whole or not there, whatever was killed in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hub.core.crypto import Keys
from hub.core.state_files import StateBroken, new_part, read_json, shared, sweep, write_once, write_whole


def test_a_file_is_replaced_as_a_whole_and_private(tmp_path: Path) -> None:
    """Readers see the old or the new text; nobody else sees any."""
    path = tmp_path / "state.json"
    write_whole(path, "{}")
    write_whole(path, '{"a": 1}')

    assert json.loads(path.read_text()) == {"a": 1}
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["state.json"]


def test_the_first_of_two_writers_stays(tmp_path: Path) -> None:
    """Two processes that start at once must not work with two master keys."""
    path = tmp_path / "keys.json"
    write_once(path, "first")
    write_once(path, "second")

    assert path.read_text() == "first"
    assert os.listdir(tmp_path) == ["keys.json"]


def test_a_killed_writer_leaves_no_part_of_a_file(tmp_path: Path) -> None:
    """A kill in the first start left an empty JSON file, and no later start recovered: JSONDecodeError, for ever."""
    code = (
        "import os, signal, sys; from pathlib import Path; from hub.core import state_files as s\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "s.write_whole(Path(sys.argv[1]), '{}')\n"
    )
    path = tmp_path / "clock.json"

    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)

    assert done.returncode == -signal.SIGKILL
    assert not path.exists()
    assert sweep(tmp_path) == 1
    assert os.listdir(tmp_path) == []


def test_the_part_of_a_living_writer_stays(tmp_path: Path) -> None:
    """Another stream's process may be writing into the same folder now."""
    descriptor, part = new_part(tmp_path)

    assert sweep(tmp_path) == 0
    assert part.exists()
    os.close(descriptor)
    assert sweep(tmp_path) == 1


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"a": '])
def test_a_broken_file_is_named_with_the_next_step(tmp_path: Path, content: bytes) -> None:
    """Empty, cut, of another kind or not even text."""
    path = tmp_path / "clock.json"
    path.write_bytes(content)

    with pytest.raises(StateBroken, match=r"clock.json[\s\S]*put it back"):
        read_json(path, hint="put it back")


def test_an_empty_key_file_is_made_anew_only_while_nothing_was_sealed(tmp_path: Path) -> None:
    """A new key would make everything sealed unreadable, so only a first start may make it."""
    path = tmp_path / "keys.json"
    path.touch()

    with pytest.raises(StateBroken, match="copy"):
        Keys.from_file(path)
    Keys.from_file(path, unused=True)
    assert len(json.loads(path.read_text())["master"]) == 64


def test_the_last_holder_of_a_shared_lock_knows_it(tmp_path: Path) -> None:
    """Whoever is last puts away what all have used; a holder that was killed counts no more."""
    lock = tmp_path / "users.lock"
    code = (
        "import sys, time; from pathlib import Path; from hub.core.state_files import shared\n"
        "with shared(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)\n"
    )
    other = subprocess.Popen([sys.executable, "-c", code, str(lock)], stdout=subprocess.PIPE)
    assert other.stdout is not None
    other.stdout.readline()
    with shared(lock) as nobody_else:
        assert not nobody_else()
    other.kill()
    other.communicate()

    with shared(lock) as nobody_else:
        assert nobody_else()
