"""The landing: content-addressed, encrypted, immutable; damage is told, never served."""

import errno
import os
from pathlib import Path

import pytest

from hub.core.crypto import Keys
from hub.core.errors import LandingDamaged, LandingFull
from hub.core.state_files import new_part
from hub.load.landing import PARTS, Landing


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path, Keys(b"k" * 32))


def test_bytes_come_back_as_received(landing: Landing) -> None:
    """Any bytes, also none."""
    for body in (b"", b"\x00\xff", "Nguyễn".encode()):
        assert landing.read(landing.keep(body)) == body


def test_same_bytes_are_kept_once(landing: Landing, tmp_path: Path) -> None:
    """Content-addressed: re-reading a page costs no disk."""
    landing.keep(b"page")
    landing.keep(b"page")

    assert len(list(tmp_path.rglob("*.page"))) == 1
    assert not list(tmp_path.rglob("*.part"))


def test_altered_file_is_refused(landing: Landing, tmp_path: Path) -> None:
    """One flipped bit."""
    digest = landing.keep(b"page")
    [path] = tmp_path.rglob("*.page")
    sealed = bytearray(path.read_bytes())
    sealed[-1] ^= 1
    path.write_bytes(sealed)

    with pytest.raises(LandingDamaged, match="altered"):
        landing.read(digest)


def test_swapped_files_are_refused(landing: Landing, tmp_path: Path) -> None:
    """A file under another's name does not open: the name is sealed in."""
    first, second = landing.keep(b"one"), landing.keep(b"two")
    file = {path.stem: path for path in tmp_path.rglob("*.page")}
    file[first].write_bytes(file[second].read_bytes())

    with pytest.raises(LandingDamaged):
        landing.read(first)


def test_missing_file_is_reported(landing: Landing) -> None:
    """With the next step."""
    with pytest.raises(LandingDamaged, match="restore"):
        landing.read("0" * 64)


def test_full_disk_is_reported_and_leaves_nothing_half_written(
    landing: Landing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ENOSPC at the sync: the page is not landed, and the error says what to do."""

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(LandingFull, match="make room"):
        landing.keep(b"page")
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_a_folder_that_cannot_be_made_is_a_full_disk(
    landing: Landing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ENOSPC where the folder of a page was made was a traceback, not a landing that is full."""

    def full(path: object, *_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "mkdir", full)

    with pytest.raises(LandingFull, match="make room"):
        landing.keep(b"page")


def test_the_next_run_sweeps_what_a_kill_left(landing: Landing, tmp_path: Path) -> None:
    """Part files stayed for ever: nine after some hundred kills."""
    landing.keep(b"page")
    (tmp_path / PARTS / ".left.part").write_bytes(b"half a page")
    descriptor, living = new_part(tmp_path / PARTS)

    assert landing.sweep() == 1
    assert living.exists()
    os.close(descriptor)
    assert landing.read(landing.keep(b"page")) == b"page"
