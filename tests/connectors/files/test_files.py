"""When a file counts as complete: by looks, by manifest; and which names are safe."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import Incomplete, Malformed, Refused, TooLarge, Unreachable
from connectors.files.folder_state import WantedFiles
from connectors.files.inbox import Inbox, InboxRules
from connectors.files.stores import Folder, entries, plain_name
from connectors.interface import Position, Window

NOON = datetime(2022, 6, 1, 5, tzinfo=UTC)
NOW = NOON + timedelta(hours=20)


def put(folder: Path, name: str, body: bytes, minutes: int = 0) -> Path:
    """A file that was last written some minutes after noon."""
    path = folder / name
    path.write_bytes(body)
    moment = (NOON + timedelta(minutes=minutes)).timestamp()
    os.utime(path, (moment, moment))
    return path


def promise(folder: Path, name: str, minutes: int = 0, **files: bytes) -> None:
    entries = [
        {"name": n.replace("_", "."), "bytes": len(b), "sha256": hashlib.sha256(b).hexdigest()}
        for n, b in files.items()
    ]
    (folder / f"{name}.manifest.json").write_text(
        json.dumps({"time": (NOON + timedelta(minutes=minutes)).isoformat(), "files": entries})
    )


def alone(name: str) -> tuple[str, ...]:
    return (name,) if name.endswith(".csv") else ()


def pair(name: str) -> tuple[str, ...]:
    stem = name.rpartition(".")[0]
    return (f"{stem}.csv", f"{stem}.zip") if name.endswith((".csv", ".zip")) else ()


def watched(
    folder: Path,
    meanwhile: Callable[[], object] = lambda: None,
    wanted: WantedFiles = WantedFiles(alone),
    **rules: object,
) -> Inbox:
    """The folder read by two looks; `meanwhile` is what happens between them."""
    return Inbox(Folder(folder), InboxRules(manifests=False, **rules), wanted, sleep=lambda seconds: meanwhile())


def test_two_looks_alike_take_a_file(tmp_path: Path) -> None:
    """Files at rest come oldest first, whatever their names; each with its own time as the position."""
    put(tmp_path, "b.csv", b"1", 1)
    put(tmp_path, "a.csv", b"2", 2)
    put(tmp_path, "notes.txt", b"3")
    inbox = watched(tmp_path)

    found = inbox.find(Window())
    assert [each.name for each in found.complete] == ["b.csv", "a.csv"]
    assert found.position(found.complete[0], NOW) == Position(NOON + timedelta(minutes=1), "b.csv")
    assert inbox.read(found.complete[1].files[0]) == b"2"


@pytest.mark.parametrize("change", ["longer", "touched", "gone"])
def test_a_file_that_moves_between_the_looks_waits(tmp_path: Path, change: str) -> None:
    """It grows, is written anew at the same size, or goes: it does not come, and what is younger does not move the position past it."""
    put(tmp_path, "a.csv", b"11", 1)
    put(tmp_path, "b.csv", b"2", 2)
    acts = {
        "longer": lambda: put(tmp_path, "a.csv", b"1122", 1),
        "touched": lambda: put(tmp_path, "a.csv", b"33", 3),
        "gone": (tmp_path / "a.csv").unlink,
    }
    found = watched(tmp_path, acts[change]).find(Window())

    assert [each.name for each in found.complete] == ["b.csv"]
    assert found.position(found.complete[0], NOW) is None


def test_a_file_that_changes_while_it_is_read_is_not_taken(tmp_path: Path) -> None:
    """Same size, another time after the reading: the bytes may be half old, half new."""
    put(tmp_path, "a.csv", b"11", 1)
    inbox = watched(tmp_path)
    [delivery] = inbox.find(Window()).complete
    put(tmp_path, "a.csv", b"12", 5)

    with pytest.raises(Incomplete, match="changed while"):
        inbox.read(delivery.files[0])


def test_a_file_that_vanishes_before_it_is_read(tmp_path: Path) -> None:
    """Listed, then gone."""
    put(tmp_path, "a.csv", b"11", 1)
    inbox = watched(tmp_path)
    [delivery] = inbox.find(Window()).complete
    (tmp_path / "a.csv").unlink()

    with pytest.raises(Incomplete, match="vanished"):
        inbox.read(delivery.files[0])


def test_a_file_swapped_for_a_link_after_the_look_is_not_followed(tmp_path: Path) -> None:
    """The race that a look alone cannot win."""
    put(tmp_path, "a.csv", b"11", 1)
    inbox = watched(tmp_path)
    [delivery] = inbox.find(Window()).complete
    (tmp_path / "a.csv").unlink()
    (tmp_path / "a.csv").symlink_to("/etc/hostname")

    with pytest.raises(Refused):
        inbox.read(delivery.files[0])


def test_the_window_is_inclusive_at_both_ends(tmp_path: Path) -> None:
    """As the exchange needs it to read on from a position."""
    for minute in range(4):
        put(tmp_path, f"{minute}.csv", b"x", minute)
    window = Window(Position(NOON + timedelta(minutes=1), "1.csv"), NOON + timedelta(minutes=2))

    assert [each.name for each in watched(tmp_path).find(window).complete] == ["1.csv", "2.csv"]


def test_nothing_new_is_not_waited_for(tmp_path: Path) -> None:
    """Files before the window cost no second look: most readings of a quiet folder."""
    put(tmp_path, "a.csv", b"1")
    slept: list[float] = []
    inbox = Inbox(Folder(tmp_path), InboxRules(manifests=False), WantedFiles(alone), sleep=slept.append)

    assert inbox.find(Window(Position(NOON + timedelta(minutes=1)))).complete == ()
    assert slept == []


def test_a_delivery_of_two_files_waits_for_both(tmp_path: Path) -> None:
    """One of the pair alone is no delivery; its time is that of the later file."""
    put(tmp_path, "a.csv", b"1", 1)
    assert watched(tmp_path, wanted=WantedFiles(pair)).find(Window()).waiting == {"a.csv": NOON + timedelta(minutes=1)}

    put(tmp_path, "a.zip", b"2", 7)
    [delivery] = watched(tmp_path, wanted=WantedFiles(pair)).find(Window()).complete
    assert [file.name for file in delivery.files] == ["a.csv", "a.zip"]
    assert delivery.changed == NOON + timedelta(minutes=7)


def test_what_stays_incomplete_for_too_long_ends_the_reading_with_an_error(tmp_path: Path) -> None:
    """Not at once: a large delivery takes its time. After `patience` somebody must be told."""
    put(tmp_path, "a.csv", b"1", 1)
    inbox = watched(tmp_path, wanted=WantedFiles(pair), patience=timedelta(hours=10))
    found = inbox.find(Window())
    inbox.finish(found, NOON + timedelta(hours=9))

    with pytest.raises(Incomplete, match=r"a\.csv: not complete since 2022-06-01 05:01 UTC \(1 such\)"):
        inbox.finish(found, NOW)


def test_a_manifest_is_believed_in_size_hash_and_time(tmp_path: Path) -> None:
    """The files' own times do not count."""
    put(tmp_path, "a.csv", b"11", 500)
    promise(tmp_path, "a", 3, a_csv=b"11")
    inbox = Inbox(Folder(tmp_path), InboxRules(), WantedFiles(alone))
    [delivery] = inbox.find(Window()).complete

    assert delivery.changed == NOON + timedelta(minutes=3)
    assert inbox.read(delivery.files[0]) == b"11"


def test_files_without_a_manifest_are_not_there_where_manifests_are_the_rule(tmp_path: Path) -> None:
    """The manifest is written last: before it, nothing is said to be whole."""
    put(tmp_path, "a.csv", b"11")

    assert Inbox(Folder(tmp_path), InboxRules(), WantedFiles(alone)).find(Window()).complete == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"time": "2022-06-01T12:00:00", "files": []}',
        '{"time": "noon", "files": []}',
        '{"time": "2022-06-01T12:00:00Z", "files": [], "more": 1}',
        '{"time": "2022-06-01T12:00:00Z", "files": [{"name": "a.csv", "bytes": "1", "sha256": ""}]}',
        '{"time": "2022-06-01T12:00:00Z", "files": [{"name": "a.csv", "bytes": 1, "sha256": ""}, {"name": "a.csv", "bytes": 1, "sha256": ""}]}',
    ],
)
def test_a_manifest_that_is_none(tmp_path: Path, text: str) -> None:
    """Nothing is made of half a promise."""
    (tmp_path / "x.manifest.json").write_text(text)

    inbox = Inbox(Folder(tmp_path), InboxRules(), WantedFiles(alone))
    with pytest.raises(Malformed, match=r"x\.manifest\.json"):
        inbox.finish(inbox.find(Window()), NOW)


def test_a_manifest_must_promise_a_hash(tmp_path: Path) -> None:
    """A promise of size alone would be less than two looks."""
    put(tmp_path, "a.csv", b"11")
    (tmp_path / "x.manifest.json").write_text(
        '{"time": "2022-06-01T12:00:00Z", "files": [{"name": "a.csv", "bytes": 2, "sha256": ""}]}'
    )

    inbox = Inbox(Folder(tmp_path), InboxRules(), WantedFiles(alone))
    with pytest.raises(Malformed, match="SHA-256"):
        inbox.finish(inbox.find(Window()), NOW)


def test_caps_are_reported(tmp_path: Path) -> None:
    """A file, and the number of files, past their caps."""
    put(tmp_path, "a.csv", b"11")
    put(tmp_path, "b.csv", b"1")

    inbox = watched(tmp_path, max_file_bytes=1)
    found = inbox.find(Window())
    assert [each.name for each in found.complete] == ["b.csv"]
    with pytest.raises(TooLarge, match=r"a\.csv"):
        inbox.finish(found, NOW)
    with pytest.raises(TooLarge, match="more than 1 files"):
        watched(tmp_path, max_files=1).find(Window())


def test_a_folder_that_is_gone_may_come_back(tmp_path: Path) -> None:
    """A share that is not mounted."""
    with pytest.raises(Unreachable):
        watched(tmp_path / "none").find(Window())


def test_devices_are_refused_and_folders_left_alone(tmp_path: Path) -> None:
    """A pipe would block a reader for ever."""
    (tmp_path / "inside").mkdir()
    put(tmp_path, ".hidden.csv", b"x")
    assert Folder(tmp_path).look(9).files == ()

    os.mkfifo(tmp_path / "a.csv")
    put(tmp_path, "b.csv", b"x", 1)
    inbox = watched(tmp_path)
    found = inbox.find(Window())
    assert [each.name for each in found.complete] == ["b.csv"]
    with pytest.raises(Refused, match="device"):
        inbox.finish(found, NOW)


@given(st.text(max_size=20))
def test_a_name_that_passes_stays_in_its_folder(name: str) -> None:
    """Whatever a server lists: a name that is let through, put behind a folder, names a file in that very folder."""
    try:
        passed = plain_name(name)
    except Refused:
        return
    assert Path(os.path.normpath(f"/inbox/{passed}")).parent == Path("/inbox")
    assert not {"\0", "\\", "\n"} & set(passed)


@pytest.mark.parametrize(
    "name", ["..", ".", "", "a/b", "../a", "a\\b", "C:a", "a\0b", "a\nb", "a\x7f", 'a"b', "x" * 256]
)
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    """The tricks that are known, one by one; a server's listing is not believed either."""
    with pytest.raises(Refused):
        plain_name(name)
    if not name.startswith("."):
        listing = entries([(name, 0o100644, 1, 0.0)], 9)
        assert listing.files == ()
        assert [type(each.error) for each in listing.unusable] == [Refused]
