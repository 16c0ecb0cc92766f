"""Deployment files: what is wrong, in which file, on which line, and what to do."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from contracts.errors import DeploymentInvalid
from contracts.load import load_contracts
from hub.core.deployment import load_deployment
from hub.core.errors import NotFound
from hub.core.settings import ROOT, read_settings
from hub.demonstration.twin_process import twin_command
from hub.local.scenario import Scenario
from quality.rows import judge

HCMC = ROOT / "deployments" / "hcmc"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A deployment of one system, to be spoilt."""
    (tmp_path / "systems").mkdir()
    shutil.copy(HCMC / "deployment.yaml", tmp_path)
    shutil.copy(HCMC / "systems" / "one-stop-760.yaml", tmp_path / "systems")
    return tmp_path


def spoil(folder: Path, old: str, new: str) -> None:
    path = folder / "systems" / "one-stop-760.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_shipped_deployment_has_the_systems_of_2022() -> None:
    """22 one-stop systems of one stream each, the registry, digitised books as files and as a store, e-identification, two portals, the population database that is only asked."""
    deployment = load_deployment(HCMC, frozenset(load_contracts()))

    assert len(deployment.systems) == 29
    assert len(deployment.streams) == 39
    assert sorted(s.id for s in deployment.streams.values() if s.system.id == "moj-registry") == [
        "moj-registry.birth",
        "moj-registry.death",
        "moj-registry.marriage",
        "moj-registry.recognition",
    ]


def test_another_way_to_a_system_is_not_read() -> None:
    """The same registration told by two systems would stand in the warehouse twice: other ways are checked and compared only."""
    deployment = load_deployment(HCMC, frozenset(load_contracts()))

    assert {"moj-registry"} == {way.instead_of for way in deployment.other_ways.values()}
    assert not deployment.other_ways.keys() & deployment.systems.keys()
    with pytest.raises(NotFound, match="another way to moj-registry"):
        deployment.stream("moj-registry-rest.birth")


@pytest.mark.parametrize(
    ("routes", "says"),
    [
        ("{moj-registry: one-stop-760}", "one-stop-760 is no other way to moj-registry"),
        ("{one-stop-760: moj-registry-rest}", "moj-registry-rest is no other way to one-stop-760"),
        ("{moj-registry: moj-registry-xml}", "no system moj-registry-xml"),
        ("{moj-regstry: moj-registry-rest}", "no system moj-regstry"),
        ("moj-registry-rest", "routes 'moj-registry-rest' is no mapping"),
    ],
)
def test_a_route_that_leads_nowhere_is_reported(tmp_path: Path, routes: str, says: str) -> None:
    """A misspelt route would leave the system on its own wire in silence."""
    shutil.copytree(HCMC, tmp_path / "hcmc")
    with (tmp_path / "hcmc" / "deployment.yaml").open("a", encoding="utf-8") as file:
        file.write(f"routes: {routes}\n")

    with pytest.raises(DeploymentInvalid, match=rf"hcmc/deployment\.yaml:\d+: {says}"):
        load_deployment(tmp_path / "hcmc")


def test_a_chosen_route_keeps_the_systems_streams_and_owner(tmp_path: Path) -> None:
    """Airflow runs the same DAG; wire, options and credentials are the other way's, which is none any more."""
    shutil.copytree(HCMC, tmp_path / "hcmc")
    with (tmp_path / "hcmc" / "deployment.yaml").open("a", encoding="utf-8") as file:
        file.write("routes: {moj-registry: moj-registry-rest}\n")

    before, after = load_deployment(HCMC), load_deployment(tmp_path / "hcmc")
    read = after.systems["moj-registry"]

    assert list(before.streams) == list(after.streams)
    assert ("moj_registry_rest", "moj-registry-rest", before.systems["moj-registry"].owner) == (
        read.dialect,
        read.credentials_of,
        read.owner,
    )
    assert "moj-registry-rest" not in after.other_ways


def test_twins_start_for_a_chosen_route(tmp_path: Path) -> None:
    """The registry's twin serves all its wires, so it wants the WSDL and the login of the one that is not read."""
    shutil.copytree(HCMC, tmp_path / "hcmc")
    with (tmp_path / "hcmc" / "deployment.yaml").open("a", encoding="utf-8") as file:
        file.write("routes: {moj-registry: moj-registry-rest}\n")
    deployment = load_deployment(tmp_path / "hcmc")
    settings = read_settings(home=tmp_path, database_url="postgresql://u:p@127.0.0.1:9/nowhere")

    command = twin_command(settings, Scenario(tmp_path, deployment.as_of, deployment.as_of), deployment)

    assert str(tmp_path / "hcmc" / "systems" / "moj-registry" / "registry.wsdl") in command
    assert {"moj-registry", "moj-registry-rest", "moj-registry-signed"} <= set(
        json.loads((tmp_path / "secrets.json").read_text())
    )


def test_another_way_to_nothing_is_reported(folder: Path) -> None:
    """A misspelt `instead_of` would leave the system out in silence."""
    spoil(folder, "overlap: 15m\n", "overlap: 15m\ninstead_of: moj-regstry\n")

    with pytest.raises(DeploymentInvalid, match=r"one-stop-760\.yaml:1: instead_of moj-regstry"):
        load_deployment(folder)


def test_every_code_list_of_a_contract_is_in_the_deployment() -> None:
    """A rule that looks up a list finds it."""
    lists = load_deployment(HCMC).code_lists()
    wanted = {
        r.arguments["list"]
        for c in load_contracts().values()
        for d in c.datasets
        for r in d.rules
        if r.kind == "code_list"
    }

    assert wanted <= set(lists)
    assert all(lists[name] for name in wanted)


def test_missing_contract_is_reported_with_file_and_line(folder: Path) -> None:
    """A deployment file naming a missing contract."""
    spoil(folder, "contracts: [dossier]", "contracts:\n  - dosier")

    with pytest.raises(DeploymentInvalid, match=r"systems/one-stop-760\.yaml:11: no contract dosier"):
        load_deployment(folder, frozenset({"dossier"}))


def test_unknown_key_is_reported_with_file_and_line(folder: Path) -> None:
    """A typing error in a key never goes unseen."""
    spoil(folder, "overlap: 15m", "overlapp: 15m")

    with pytest.raises(DeploymentInvalid, match=r"systems/one-stop-760\.yaml:9: unknown key overlapp"):
        load_deployment(folder)


def test_broken_yaml_is_reported_with_file_and_line(folder: Path) -> None:
    """Not YAML at all."""
    spoil(folder, "contracts: [dossier]", "contracts: [dossier")

    with pytest.raises(DeploymentInvalid, match=r"systems/one-stop-760\.yaml:1\d: not YAML"):
        load_deployment(folder)


def test_bad_overlap_says_what_to_write(folder: Path) -> None:
    """15 minutes, not 15 somethings."""
    spoil(folder, "overlap: 15m", "overlap: 15 minutes")

    with pytest.raises(DeploymentInvalid, match="write 15m, 2h or 1d"):
        load_deployment(folder)


def test_same_system_twice_is_refused(folder: Path) -> None:
    """Two files that describe one system would silently hide each other."""
    shutil.copy(folder / "systems" / "one-stop-760.yaml", folder / "systems" / "other.yaml")

    with pytest.raises(DeploymentInvalid, match=r"already described by one-stop-760\.yaml"):
        load_deployment(folder)


def test_unknown_stream_names_its_neighbours() -> None:
    """A wrong name on the command line is answered with the right ones."""
    with pytest.raises(NotFound, match=r"one-stop-760\.dossier"):
        load_deployment(HCMC).stream("one-stop-76")


def test_stream_by_its_system_alone() -> None:
    """A system with one stream needs no dot."""
    assert load_deployment(HCMC).stream("one-stop-760").id == "one-stop-760.dossier"


REFORMED = datetime.fromisoformat("2026-01-01T08:00:00+07:00")


def test_the_city_of_2022_knows_its_codes_and_no_later_ones() -> None:
    """22 districts, 312 communes, the city, and the two codes that ended with 2020: a book may still name them."""
    units = load_deployment(HCMC).code_lists()["units"]

    assert 22 + 312 + 1 + 2 == len(units)
    assert {"760", "26734", "762", "763"} <= units
    assert not {"26732", "718", "74"} & units


def test_the_city_of_2026_has_no_districts_to_read() -> None:
    """The registry and its books are left; no system of the 168 communes is invented; codes of before stay known."""
    deployment = load_deployment(HCMC, frozenset(load_contracts()), REFORMED)

    assert ["book-files", "digitised-store", "moj-registry"] == list(deployment.read)
    assert date(2026, 1, 1) == deployment.today
    units = deployment.code_lists()["units"]
    assert {"760", "762", "26734", "26732", "26898"} <= units
    assert load_deployment(HCMC).code_lists()["units"] < units


def test_the_last_day_of_the_districts_is_a_local_day() -> None:
    """2025-06-30 ends in the city seven hours before it ends in UTC."""
    count = [
        sum(s.startswith("one-stop-") for s in load_deployment(HCMC, as_of=datetime.fromisoformat(moment)).systems)
        for moment in ("2025-06-30T23:59:00+07:00", "2025-06-30T16:59:00+00:00", "2025-06-30T17:00:00+00:00")
    ]
    assert [22, 22, 0] == count


def test_a_day_that_is_none_is_reported_with_its_line(folder: Path) -> None:
    """A system's last day is a day."""
    spoil(folder, "valid_to: 2025-06-30", "valid_to: soon")

    with pytest.raises(DeploymentInvalid, match=r"systems/one-stop-760\.yaml:11: valid_to 'soon' is no day"):
        load_deployment(folder)


def test_an_as_of_without_a_zone_is_refused() -> None:
    """A naive moment would mean another day on another machine."""
    with pytest.raises(DeploymentInvalid, match="no time zone"):
        load_deployment(HCMC, as_of=datetime(2026, 1, 1, 8))


def test_a_dated_list_needs_its_days(folder: Path) -> None:
    """`dated: true` over a file without valid_from would let every row pass."""
    (folder / "reference").mkdir()
    (folder / "reference" / "units.csv").write_text("code\n760\n", encoding="utf-8")

    with pytest.raises(DeploymentInvalid, match=r"units\.csv:1: no column valid_from"):
        load_deployment(folder).code_lists()


def test_a_registration_after_its_office_ended_is_a_finding() -> None:
    """District 1 registered until 2025-06-30. A book of 1990 is older than the list: unknown, and no finding."""
    birth = load_contracts()["birth"].datasets[0]
    lists = load_deployment(HCMC, as_of=REFORMED).code_lists()
    rule = next(r for r in birth.rules if r.id == "birth.office-of-its-day")
    only = replace(birth, rules=(rule,))
    registered = [
        ("760", "30.06.2025"),
        ("760", "01.07.2025"),
        ("760", "1990"),
        ("762", "05.05.2021"),
        ("26737", "01.07.2025"),
        ("27136", "02.01.2025"),
    ]
    frame = pl.DataFrame(
        {f.name: [None] * len(registered) for f in birth.fields},
        schema=dict.fromkeys((f.name for f in birth.fields), pl.String),
    )
    frame = frame.with_columns(
        noiDangKy=pl.Series([code for code, _ in registered]), ngayDangKy=pl.Series([day for _, day in registered])
    )

    judged = judge(only, frame, lists).frame

    assert [None, rule.id, None, rule.id, None, rule.id] == judged["_findings"].to_list()
    assert judged["_broken"].is_null().all()


NAMES = ("../x", "..", "/x", "One-Stop-760", "a\\0b", "a b", "x')) or true --", "one_stop", "7", "")


@pytest.mark.parametrize("name", NAMES)
def test_an_id_that_is_none_is_reported_with_its_line(folder: Path, name: str) -> None:
    """The id of a system is part of file names (keys, certificates, maps), of stream ids and of statements."""
    spoil(folder, "system: one-stop-760", f'system: "{name}"')

    with pytest.raises(DeploymentInvalid, match=r"systems/one-stop-760\.yaml:\d+: (no name|a value)"):
        load_deployment(folder)


def test_a_file_called_otherwise_than_its_system_is_reported(folder: Path) -> None:
    """`hub systems new` looks for a file of the id: it would describe the system again, in a second file."""
    (folder / "systems" / "one-stop-760.yaml").rename(folder / "systems" / "one-stop-761.yaml")

    with pytest.raises(
        DeploymentInvalid, match=r"one-stop-761\.yaml:1: the file of system one-stop-760 is called otherwise"
    ):
        load_deployment(folder)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("name: hcmc", "name: ../hcmc", "no name that a deployment"),
        ("file: units.csv", "file: ../../units.csv", "no name that a file"),
        ("file: units.csv", "file: /etc/passwd", "no name that a file"),
        ("as_of: ", "as_of: soon # ", "as_of is no moment"),
    ],
)
def test_names_in_the_deployments_own_file(folder: Path, old: str, new: str, says: str) -> None:
    """Its name is the state folder's, and its lists are files of `reference/`."""
    path = folder / "deployment.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(DeploymentInvalid, match=rf"deployment\.yaml:\d+: {says}"):
        load_deployment(folder)


@pytest.mark.parametrize("contracts", ['["../dossier"]', '["x; drop"]', "dossier", "[[dossier]]"])
def test_contracts_of_a_system_are_names(folder: Path, contracts: str) -> None:
    """Also where nobody says which contracts are known: stream ids and maps are called after them."""
    spoil(folder, "contracts: [dossier]", f"contracts: {contracts}")

    with pytest.raises(DeploymentInvalid, match=r"one-stop-760\.yaml:10: (no name|contracts 'dossier' is no list)"):
        load_deployment(folder)


def test_an_alias_bomb_in_a_system_is_refused(folder: Path) -> None:
    """Five hundred bytes under `options` filled the memory of every process that read the deployment, Airflow's among them."""
    bomb = "".join(f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else 'x'] * 10)}]\n" for n in range(12))
    spoil(folder, "overlap: 15m\n", f"overlap: 15m\noptions:\n{bomb}")

    with pytest.raises(DeploymentInvalid, match=r"one-stop-760\.yaml:\d+: more than \d+ values"):
        load_deployment(folder)


def test_a_key_for_the_second_time_is_reported(folder: Path) -> None:
    """YAML would silently take the last."""
    spoil(folder, "overlap: 15m\n", "overlap: 15m\noverlap: 2h\n")

    with pytest.raises(DeploymentInvalid, match=r"one-stop-760\.yaml:10: key `overlap` for the second time"):
        load_deployment(folder)
