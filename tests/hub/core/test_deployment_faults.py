"""A fault in a deployment's files: in which file, on which line, and what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from contracts.errors import DeploymentInvalid
from hub.core.deployment import load_deployment

from .spoilt import spoil


def test_missing_contract_is_reported_with_file_and_line(folder: Path) -> None:
    """A deployment file naming a missing contract."""
    spoil(folder, "contracts: [dossier]", "contracts:\n  - dosier")

    with pytest.raises(DeploymentInvalid, match=r"systems/one-stop-760\.yaml:13: no contract dosier"):
        load_deployment(folder, frozenset({"dossier"}))


def test_unknown_key_is_reported_with_file_and_line(folder: Path) -> None:
    """A typing error in a key never goes unseen."""
    spoil(folder, "overlap: 15m", "overlapp: 15m")

    with pytest.raises(DeploymentInvalid, match=r"systems/one-stop-760\.yaml:11: unknown key overlapp"):
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


def test_an_alias_bomb_in_a_system_is_refused(folder: Path) -> None:
    """Five hundred bytes under `options` filled the memory of every process that read the deployment, Airflow's among them."""
    bomb = "".join(f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else 'x'] * 10)}]\n" for n in range(12))
    spoil(folder, "overlap: 15m\n", f"overlap: 15m\noptions:\n{bomb}")

    with pytest.raises(DeploymentInvalid, match=r"one-stop-760\.yaml:\d+: more than \d+ values"):
        load_deployment(folder)


def test_a_key_for_the_second_time_is_reported(folder: Path) -> None:
    """YAML would silently take the last."""
    spoil(folder, "overlap: 15m\n", "overlap: 15m\noverlap: 2h\n")

    with pytest.raises(DeploymentInvalid, match=r"one-stop-760\.yaml:12: key `overlap` for the second time"):
        load_deployment(folder)
