"""`hub grants`: a file is checked, compared, put in force as a version, or refused whole with its line."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from contracts.errors import DeploymentInvalid
from hub.access.grants.signatures import GrantsForged, GrantsUnsigned, SignerKeyUnfit
from hub.cli import app
from hub.core.errors import NotFound
from tests.hub.registers import ROOT

OWN = ROOT / "deployments" / "hcmc" / "grants.yaml"
WHY = ("--because", "thỏa thuận số 12", "--by", "Nguyễn Văn Quản")


class Desk:
    """The command line over a fresh database, with a copy of the deployment's grants to change."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "grants.yaml"
        self.file.write_text(OWN.read_text(encoding="utf-8"), encoding="utf-8")

    def __call__(self, *words: object) -> Result:
        return CliRunner().invoke(app, ["grants", *map(str, words)])

    def ok(self, *words: object) -> object:
        done = self(*words, "--json")
        assert done.exit_code == 0, done.exception
        return json.loads(done.stdout)

    def change(self, old: str, new: str) -> None:
        text = self.file.read_text(encoding="utf-8")
        assert old in text
        self.file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def desk(pg_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    monkeypatch.setenv("HUB_DATABASE_URL", pg_url)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    return Desk(tmp_path)


def numbers(desk: Desk) -> list[int]:
    return [each["number"] for each in desk.ok("history")]  # type: ignore[attr-defined]


def test_from_the_first_version_to_the_second(desk: Desk) -> None:
    assert numbers(desk) == []
    assert desk.ok("apply", "--deployment", *WHY)["version"] == 1  # type: ignore[index]
    assert desk.ok("diff", desk.file) == []
    desk.change("hourly_limit: 1000", "hourly_limit: 900")
    assert not desk.ok("check", desk.file)["the same"]  # type: ignore[index]
    assert [each["change"] for each in desk.ok("diff", desk.file)] == ["hourly_limit: 1000 -> 900"] * 2  # type: ignore[attr-defined]
    assert desk.ok("apply", desk.file, *WHY)["version"] == 2  # type: ignore[index]
    assert not desk.ok("apply", desk.file, *WHY)["new"]  # type: ignore[index]
    [second, first] = desk.ok("history")  # type: ignore[misc]
    assert (second["applied_by"], second["because"], first["number"]) == ("Nguyễn Văn Quản", "thỏa thuận số 12", 1)
    assert second["login"] == "tester"
    limits = {v: {g["hourly"] for g in desk.ok("show", "--version", v, "--agency", "000.20.13.H29")} for v in (1, 2)}  # type: ignore[attr-defined]
    assert limits == {1: {1000}, 2: {900}}


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ("nksHoTen, nksGioiTinh", "nksHoTenn, nksGioiTinh", "birth:"),
        ("purpose: patient-admission", "purpose: curiosity", "purpose: curiosity"),
    ],
)
def test_a_file_with_a_fault_is_refused_whole(desk: Desk, old: str, new: str, at: str) -> None:
    """File and line; what was in force stays."""
    desk.ok("apply", "--deployment", *WHY)
    desk.change("hourly_limit: 500\n", "hourly_limit: 400\n")
    desk.change(old, new)
    line = next(n for n, text in enumerate(desk.file.read_text(encoding="utf-8").splitlines(), 1) if at in text)
    for command in (("apply", desk.file, *WHY), ("check", desk.file), ("diff", desk.file)):
        done = desk(*command)
        assert isinstance(done.exception, DeploymentInvalid)
        assert f"grants.yaml:{line}" in str(done.exception)
    assert numbers(desk) == [1]


def test_which_grants_must_be_said(desk: Desk) -> None:
    for words in ((), (desk.file, "--deployment")):
        assert isinstance(desk("apply", *words, *WHY).exception, NotFound)
    assert isinstance(desk("show").exception, NotFound)


def own_folder(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment on the real day, so that a signature is demanded: the shipped one, without its scenario."""
    folder = desk.file.parent / "city"
    shutil.copytree(OWN.parent, folder)
    monkeypatch.setenv("HUB_DEPLOYMENT", str(folder))
    monkeypatch.setenv("HUB_AS_OF", "now")
    return folder


def test_on_the_real_day_a_version_is_signed_or_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One makes a key, the deployment pins it, one signs, another one applies; history names both, and checks."""
    folder = own_folder(desk, monkeypatch)
    key = desk.file.parent / "mau.pem"
    assert isinstance(desk("apply", "--deployment", *WHY).exception, GrantsUnsigned)
    made = desk.ok("key", key, "--no-passphrase")
    assert isinstance(desk("apply", "--deployment", "--key", key, *WHY).exception, SignerKeyUnfit)
    (folder / "grant_signers.yaml").write_text(
        f"signers:\n  - {{name: Trần Thị Mẫu, key: {made['key']}, valid_from: 2026-01-01}}\n"  # type: ignore[index]
    )
    out = desk.file.parent / "signature.json"
    signed = desk.ok("sign", "--key", key, "--out", out, "--because", "thỏa thuận số 12")
    assert signed["version"] == 1  # type: ignore[index]
    assert desk.ok("apply", "--deployment", "--signature", out, *WHY)["version"] == 1  # type: ignore[index]
    desk.change("hourly_limit: 1000", "hourly_limit: 900")
    assert isinstance(desk("apply", desk.file, "--signature", out, *WHY).exception, GrantsForged)
    assert desk.ok("apply", desk.file, "--key", key, *WHY)["version"] == 2  # type: ignore[index]
    assert [(each["signed_by"], each["signature"]) for each in desk.ok("history")] == [("Trần Thị Mẫu", "good")] * 2  # type: ignore[attr-defined]


def test_history_ends_with_an_error_where_a_signature_is_wrong(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = own_folder(desk, monkeypatch)
    key = desk.file.parent / "mau.pem"
    public = desk.ok("key", key, "--no-passphrase")["key"]  # type: ignore[index]
    (folder / "grant_signers.yaml").write_text(f"signers:\n  - {{name: Mẫu, key: {public}, valid_from: 2026-01-01}}\n")
    desk.ok("apply", "--deployment", "--key", key, *WHY)
    (folder / "grant_signers.yaml").unlink()
    done = desk("history", "--json")
    assert isinstance(done.exception, GrantsForged)
    assert "version 1" in str(done.exception)
    assert json.loads(done.stdout)[0]["signature"] == "WRONG"
