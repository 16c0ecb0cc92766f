"""The master key is changed while the hub loads and answers: nothing is lost, and then the old key opens nothing."""

from __future__ import annotations

import json
import re
import threading
import time
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.app import Hub, open_hub
from hub.core import events
from hub.core.actions import Actor
from hub.core.crypto import Keys, SealBroken
from hub.core.key_ring import KeyRing
from hub.core.settings import ROOT, read_settings
from hub.operations.digest import digests
from hub.operations.doctor import examine
from hub.operations.master_key import resealing
from hub.operations.master_key.resealing import places, reseal
from hub.operations.master_key.rotation import KeyStillNeeded, retire, rotate, status
from tests.small_city import small_city

pytestmark = pytest.mark.timeout(600)
HCMC = ROOT / "deployments" / "hcmc"
STREAM, OTHER = "one-stop-761.dossier", "one-stop-760.dossier"
LAN = Actor("Lan", "Đổi khóa theo kế hoạch.")
AT_ONCE = timedelta(0)


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address of a small city's twins, and the file of its secrets."""
    secrets = tmp_path_factory.mktemp("secrets") / "secrets.json"
    with small_city(secrets, dossiers=60) as address:
        yield address, secrets


@pytest.fixture
def hub(twins: tuple[str, Path], pg_url: str, tmp_path: Path) -> Iterator[Hub]:
    with open_hub(settings_of(twins, pg_url, tmp_path)) as hub:
        yield hub


def settings_of(twins: tuple[str, Path], url: str, home: Path) -> Any:
    address, secrets = twins
    return read_settings(home=home, database_url=url, twins_url=address, secrets_file=secrets)


def load(hub: Hub, stream: str, mode: Any = "full") -> None:
    hub.exchange(stream, on_event=events.ignore).sync(mode=mode)


def digest(hub: Hub) -> dict[str, tuple[int, str]]:
    return {each.table: (each.rows, each.digest) for each in digests(hub.engine, iter(hub.contracts.values()))}


def sealed_values(hub: Hub) -> Iterator[tuple[bytes, bytes]]:
    """Every sealed value of the database, and every landed page, with its context."""
    with hub.engine.connect() as connection:
        for place in places(connection, iter(hub.contracts.values())):
            wanted = ", ".join([*(f't."{c}"' for c in place.columns), *place.needs])
            for row in connection.execute(sa.text(f"select {wanted} from {place.table} t")):
                for column, value in zip(place.columns, row, strict=False):
                    if value is not None:
                        yield bytes(value), place.seal_of(column, row[len(place.columns) :])
    for page in hub.landing.folder.glob("??/*.page"):
        yield page.read_bytes(), page.stem.encode()


def test_everything_opens_without_the_old_key_and_nothing_else_changed(hub: Hub) -> None:
    """Loaded, rotated, sealed again, retired: values and pages open with the new key alone, and with the old one none."""
    load(hub, STREAM)
    before, old = digest(hub), KeyRing.read(hub.key_file)
    name = rotate(hub, LAN)
    assert {by for value, at in sealed_values(hub) for _, by in [hub.keys.opened(value, at)]} == {old.current}
    with pytest.raises(KeyStillNeeded, match="less than"):
        retire(hub)

    assert reseal(hub) > 100
    gone = retire(hub, grace=AT_ONCE)

    alone = KeyRing.read(hub.key_file)
    assert (name,) == tuple(alone.sealing)
    assert (old.current,) == gone.names
    assert "master" not in hub.key_file.read_text()
    fresh, former = Keys(alone), Keys(old)
    values = list(sealed_values(hub))
    assert len(values) > 100
    assert {name} == {fresh.opened(value, at)[1] for value, at in values}
    for value, at in values:
        with pytest.raises(SealBroken):
            former.open(value, at)
    assert before == digest(hub)
    assert former.lookup("001098000001") == fresh.lookup("001098000001")
    assert [] == [each.check for each in examine(hub) if not each.ok]
    assert KeyRing.read(gone.kept_in).sealing == old.sealing
    assert 0o600 == gone.kept_in.stat().st_mode & 0o777
    assert 0 == reseal(hub)


def test_a_load_runs_on_while_the_key_is_changed(
    hub: Hub, twins: tuple[str, Path], pg_url: str, tmp_path: Path
) -> None:
    """Another hub process, which read the old key file at its start, loads all the while; then all of it is there."""
    load(hub, STREAM)
    ended, wrong = threading.Event(), list[BaseException]()

    def loads() -> None:
        try:
            with open_hub(settings_of(twins, pg_url, tmp_path)) as other:
                for seed in range(3):
                    load(other, OTHER, "full" if seed == 0 else "live")
                    change(twins[0], OTHER, seed)
        except BaseException as error:
            wrong.append(error)
        finally:
            ended.set()

    loader = threading.Thread(target=loads)
    loader.start()
    rotate(hub, LAN)
    while not ended.is_set():
        reseal(hub)
    loader.join()
    assert [] == wrong
    retire(hub, grace=AT_ONCE)

    alone = Keys(KeyRing.read(hub.key_file))
    assert {alone.name} == {alone.opened(value, at)[1] for value, at in sealed_values(hub)}
    load(hub, OTHER, "live")
    assert [] == [each.check for each in examine(hub) if not each.ok]


def change(address: str, stream: str, seed: int) -> None:
    for path, asked in (
        ("clock", {"advance_s": 60}),
        ("change", {"system": stream.split(".", maxsplit=1)[0], "count": 20, "seed": seed}),
    ):
        urllib.request.urlopen(f"{address}/control/{path}", json.dumps(asked).encode(), timeout=30).close()


def test_a_walk_that_was_killed_goes_on_where_it_was(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches that were committed are not looked at again; what the killed one had begun is done anew."""
    load(hub, STREAM)
    monkeypatch.setattr(resealing, "BATCH", 10)
    rotate(hub, LAN)
    done = list[tuple[str, int]]()

    def killed(place: str, number: int) -> None:
        done.append((place, number))
        if len([n for p, n in done if p == place and n]) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reseal(hub, killed)
    stood = next(row for row in status(hub) if row["use"] == "seals and opens")
    assert stood["sealed_again"] == sum(n for p, n in dict(done).items())
    assert stood["walk_stands_in"] == done[-1][0]
    rest = reseal(hub)
    now = next(row for row in status(hub) if row["use"] == "seals and opens")
    assert now["sealed_again"] == stood["sealed_again"] + rest
    assert now["walk_stands_in"] is None
    assert 0 == len([1 for value, at in sealed_values(hub) if hub.keys.opened(value, at)[1] != hub.keys.name])


def test_an_older_key_stays_while_a_transaction_from_before_runs(hub: Hub) -> None:
    """What it holds may be sealed with the old key, and comes when nobody looks any more. Nor is rotated twice."""
    with hub.engine.connect() as early:
        early.execute(sa.text("select 1"))
        rotate(hub, LAN)
        with pytest.raises(KeyStillNeeded, match="in use beside"):
            rotate(hub, LAN)
        with pytest.raises(KeyStillNeeded, match="1 transactions"):
            retire(hub, grace=AT_ONCE)
    with pytest.raises(KeyStillNeeded, match="less than"):
        retire(hub, grace=timedelta(hours=1))
    assert ("Lan", LAN.why) == tuple((row := status(hub)[-1])[name] for name in ("made_by", "because")), row
    retire(hub, grace=AT_ONCE)


def test_a_process_sees_within_moments_that_another_key_seals(tmp_path: Path) -> None:
    """It opens what the new key has sealed at once, and seals with it a moment later, without a restart."""
    file = tmp_path / "keys.json"
    long_running = Keys.from_file(file)
    long_running.seal(b"x", b"p")
    KeyRing.read(file).rotated().write(file)
    new = Keys.from_file(file)

    assert b"x" == long_running.open(new.seal(b"x", b"p"), b"p")
    deadline = time.monotonic() + 60
    while long_running.opened(long_running.seal(b"x", b"p"), b"p")[1] != new.name:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_rows_that_are_only_ever_appended_to_can_be_sealed_again_and_not_changed(hub: Hub) -> None:
    """The trigger lets the sealed column pass, while sealing again; any other column, or without it, is refused."""
    insert = """insert into hub.ministry_question (unit, reference, agency, who, content, content_lookup, received_at)
                values ('u', 'r', 'a', 'w', :content, '\\x00', now())"""
    with hub.engine.begin() as connection:
        names = [c["name"] for c in sa.inspect(connection).get_columns("ministry_question", schema="hub")]
        assert {"unit", "reference", "agency", "who", "content", "content_lookup", "received_at"} <= set(names)
        content = hub.keys.seal(b"q", b"hub.ministry_question/u/r")
        connection.execute(sa.text(insert), {"content": content})
    for statement in (
        "update hub.ministry_question set content = '\\x01'",
        "set local hub.resealing = 'on'; update hub.ministry_question set who = 'x'",
    ):
        with pytest.raises(Exception, match="only ever appended to"), hub.engine.begin() as connection:
            connection.execute(sa.text(statement))
    rotate(hub, LAN)
    assert 1 == reseal(hub)
    assert {hub.keys.name} == {hub.keys.opened(value, at)[1] for value, at in sealed_values(hub)}


def test_every_place_that_seals_is_walked() -> None:
    """Code that seals values somewhere new must tell `places` of it, or the old key could never go."""
    known = {
        "hub/answers/ministry/questions.py",
        "hub/answers/error_reports.py",
        "hub/answers/decisions/rejudge.py",
        "hub/feeds/building.py",
        "hub/load/stage.py",
        "hub/load/landing.py",
        "hub/operations/master_key/resealing.py",
        "hub/core/crypto.py",
    }
    floors = ("hub", "service", "orchestration", "connectors", "quality", "dags")
    files = (file for floor in floors for file in (ROOT / floor).rglob("*.py"))
    seals = {str(f.relative_to(ROOT)) for f in files if re.search(r"keys\.seal(ed)?\(", f.read_text(encoding="utf-8"))}
    assert seals <= known


def test_a_key_file_of_the_first_kind_is_read_as_ever(tmp_path: Path) -> None:
    """What was sealed before rotations existed opens, and the name of its key is the same in every process."""
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"master": "11" * 32}))
    sealed = Keys(b"\x11" * 32).seal(b"x", b"p")

    assert b"x" == Keys.from_file(file).open(sealed, b"p")
    assert Keys.from_file(file).name == Keys(b"\x11" * 32).name
