"""A watcher against twins on sockets and a real database: each test has a district of its own."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from contracts.deployment.maintenance import Maintenance
from hub.app import Hub, open_hub
from hub.core import tables
from hub.core.settings import ROOT, Settings
from hub.demonstration.twin_process import Twins
from hub.load import stream_state
from hub.operations import watch_state, watched, watching
from hub.operations.watching import Desk, Watcher
from tests.conftest import free_port
from tests.databases import Databases

SOON = timedelta(0)
"""An interval that has always passed."""


@pytest.fixture(scope="module")
def city(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hub, Twins]]:
    """A hub that has read nothing yet, beside the twins of a small city."""
    with databases.fresh() as url, ExitStack() as stack:
        home = tmp_path_factory.mktemp("watched")
        deployment = shutil.copytree(ROOT / "deployments" / "hcmc", home / "hcmc")
        given: dict[str, Any] = {
            "home": home,
            "deployment": deployment,
            "database_url": url,
            "records": 1000,
            "dossiers": 10,
        }
        settings = Settings(**given, port_base=free_port() - 2)
        hub = stack.enter_context(open_hub(settings))
        twins = Twins(settings, hub.scenario, hub.deployment)
        stack.callback(twins.stop)
        twins.start()
        twins.wait()
        yield hub, twins


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every round asks, and sees the streams as they are now."""
    monkeypatch.setattr(watching, "FRESH_S", -1.0)
    monkeypatch.setattr(watching, "SHARE", float("inf"))


def watcher_of(hub: Hub, system: str) -> Watcher:
    return Watcher(system, Desk(lambda stack: hub), jitter=random.random)


def sync(hub: Hub, system: str) -> None:
    hub.exchange(f"{system}.dossier").sync()


def file_at(twins: Twins, system: str) -> None:
    """A dossier of nobody, filed at a district."""
    dossier = {"MaTTHC": "1.003583", "ChuHoSo": "Nguyễn Thị Thử", "TrangThaiHoSo": "2", "TaiLieuNop": []}
    twins.control("POST", "file", {"system": system, "dossier": dossier})


def set_paused(hub: Hub, stream: str, paused: bool) -> None:
    with hub.engine.begin() as connection:
        connection.execute(sa.update(tables.stream).where(tables.stream.c.id == stream).values(paused=paused))


def row_of(hub: Hub, stream: str) -> Any:
    with hub.engine.connect() as connection:
        return connection.execute(sa.select(watch_state.watch).where(watch_state.watch.c.stream == stream)).one()


@pytest.mark.timeout(240)
def test_news_is_announced_once(city: tuple[Hub, Twins]) -> None:
    """What it finds at first is news to it; then only a changed answer is; the run that reads it makes no news."""
    (hub, twins), system = city, "one-stop-760"
    watcher, stream = watcher_of(hub, system), f"{system}.dossier"

    assert () == watcher.round(SOON).news  # never read: the first reading is not the watcher's
    sync(hub, system)
    assert [(stream,), ()] == [watcher.round(SOON).news for _ in range(2)]
    sync(hub, system)
    file_at(twins, system)
    assert [(stream,), ()] == [watcher.round(SOON).news for _ in range(2)]
    sync(hub, system)
    assert () == watcher.round(SOON).news


@pytest.mark.timeout(240)
def test_a_restarted_watcher_repeats_nothing_and_loses_nothing(
    city: tuple[Hub, Twins], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows what was announced; an announcement that no run followed, because the process died, is made again."""
    (hub, _), system = city, "one-stop-761"
    stream = f"{system}.dossier"
    sync(hub, system)
    assert (stream,) == watcher_of(hub, system).round(SOON).news
    assert () == watcher_of(hub, system).round(SOON).news

    monkeypatch.setattr(watching, "RESTARTED", timedelta(0))
    again = watcher_of(hub, system)
    assert [(stream,), ()] == [again.round(SOON).news for _ in range(2)]
    monkeypatch.setattr(watching, "AGAIN", timedelta(0))
    again._again.clear()
    assert (stream,) == again.round(SOON).news
    sync(hub, system)
    assert () == again.round(SOON).news
    assert () == watcher_of(hub, system).round(SOON).news


@pytest.mark.timeout(240)
def test_a_stream_that_is_paused_running_or_held_gets_no_event(city: tuple[Hub, Twins]) -> None:
    """Its news waits until the stream is free."""
    (hub, twins), system = city, "one-stop-764"
    watcher, stream = watcher_of(hub, system), f"{system}.dossier"
    sync(hub, system)
    watcher.round(SOON)
    sync(hub, system)
    file_at(twins, system)

    set_paused(hub, stream, True)
    assert () == watcher.round(SOON).news
    set_paused(hub, stream, False)
    with stream_state.exclusive(hub.engine, stream):
        assert () == watcher.round(SOON).news
    with hub.engine.begin() as connection:
        copied = "id, run, stream, epoch, number, state, contract_version, landed_at"
        connection.execute(
            sa.text(f"""insert into hub.batch ({copied}) select 'held', run, stream, epoch, number + 1, 'held',
                contract_version, landed_at from hub.batch where id = (select last_batch from hub.stream where id = :s)"""),
            {"s": stream},
        )
    assert () == watcher.round(SOON).news
    with hub.engine.begin() as connection:
        connection.execute(sa.text("update hub.batch set state = 'discarded' where id = 'held'"))
    assert (stream,) == watcher.round(SOON).news


@pytest.mark.timeout(240)
def test_news_that_a_run_gave_back_is_announced_again(city: tuple[Hub, Twins]) -> None:
    """A run that finds the stream taken reads nothing: its news must not be forgotten with it."""
    (hub, _), system = city, "one-stop-765"
    watcher, stream = watcher_of(hub, system), f"{system}.dossier"
    sync(hub, system)
    watcher.round(SOON)
    with hub.engine.begin() as connection:
        watch_state.give_back(connection, stream)

    assert [(stream,), ()] == [watcher.round(SOON).news for _ in range(2)]


@pytest.mark.timeout(240)
def test_a_failing_system_is_asked_more_rarely_and_shown(city: tuple[Hub, Twins]) -> None:
    """An error is a state with its begin, never an exception; a refusal is not repeated within minutes."""
    (hub, twins), system = city, "one-stop-766"
    watcher, stream = watcher_of(hub, system), f"{system}.dossier"
    sync(hub, system)
    watcher.round(SOON)
    twins.control("POST", "faults", [{"kind": "reset", "match": {"system": system}, "times": 1}])

    broken = watcher.round(SOON)
    assert () == broken.news
    assert "Unreachable" == row_of(hub, stream).failure
    assert row_of(hub, stream).failing_since is not None
    watcher.round(SOON)
    assert (None, None) == (row_of(hub, stream).failure, row_of(hub, stream).failing_since)

    twins.control("POST", "faults", [{"kind": "refused", "match": {"system": system}, "times": 1}])
    assert 60 == watcher.round(SOON).pause_s
    assert "Refused" == row_of(hub, stream).failure


@pytest.mark.timeout(240)
def test_no_question_falls_into_a_maintenance_window(city: tuple[Hub, Twins]) -> None:
    """The system's owner works on it: nothing is asked, and a sign of life is left all the same."""
    (hub, _), system = city, "one-stop-767"
    sync(hub, system)
    window = Maintenance(time(0, 0), time(23, 59, 59))
    entry = hub.deployment.systems[system].model_copy(update={"maintenance": (window,)})
    quiet = replace(hub, deployment=hub.deployment.only({**hub.deployment.systems, system: entry}))

    assert () == watcher_of(quiet, system).round(SOON).news
    row = row_of(hub, f"{system}.dossier")
    assert (None, None) == (row.asked_at, row.failure)
    assert row.seen_at is not None


@pytest.mark.timeout(240)
def test_only_registers_with_news_are_named(city: tuple[Hub, Twins]) -> None:
    """A system of several streams is asked for each, by the list of ids that its own wire has."""
    (hub, _), stream = city, "moj-registry.death"
    hub.exchange(stream).sync()
    watcher = watcher_of(hub, "moj-registry")

    assert [(stream,), ()] == [watcher.round(SOON).news for _ in range(2)]


def test_nothing_is_watched_without_a_database() -> None:
    """Even a hub that cannot be opened is a pause and no exception: Airflow would never start the trigger again."""

    def refuse(stack: ExitStack) -> Hub:
        raise OSError("no database")

    found = Watcher("one-stop-760", Desk(refuse)).round(SOON)

    assert (60, ()) == (found.pause_s, found.news)


@pytest.mark.timeout(240)
def test_systems_say_how_they_are_watched(city: tuple[Hub, Twins]) -> None:
    """The person on duty sees the last question and news; a system that was never watched has empty columns."""
    (hub, _), system = city, "one-stop-768"
    sync(hub, system)
    watcher_of(hub, system).round(SOON)

    shown = watched.by_system(hub)
    assert "3 s" == shown[system]["watched every"]
    assert shown[system]["asked"] is not None
    assert shown[system]["news"] is not None
    assert (None, None) == (shown[system]["failing since"], shown[system]["unwatched since"])
    assert "cron" == shown["book-files"]["watched every"]
    assert shown["book-files"]["asked"] is None


@pytest.mark.timeout(240)
def test_a_changed_system_is_watched_as_its_file_now_says(
    city: tuple[Hub, Twins], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A triggerer runs for months: what is agreed anew with an owner, a new system or password, needs no restart."""
    (hub, twins), system = city, "one-stop-769"
    monkeypatch.setattr(watching, "FILES_S", -1.0)
    sync(hub, system)
    watcher = watcher_of(hub, system)
    file = hub.deployment.folder / "systems" / f"{system}.yaml"

    assert [(f"{system}.dossier",), ()] == [watcher.round(SOON).news for _ in range(2)]
    unlisted = re.sub("listing: .*\n", "", file.read_text(encoding="utf-8"))  # its keys are not listed in such a window
    file.write_text(unlisted + 'maintenance: ["00:00-23:59"]\n', encoding="utf-8")
    file_at(twins, system)
    assert () == watcher.round(SOON).news
    file.write_text(file.read_text(encoding="utf-8").replace("00:00-23:59", "00:00-00:01"), encoding="utf-8")
    assert (f"{system}.dossier",) == watcher.round(SOON).news
