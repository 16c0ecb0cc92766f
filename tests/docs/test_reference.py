"""The reference pages are what the code says; the pages of the deployment's files are held against its loader."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from contracts.errors import DeploymentInvalid, Permanent
from contracts.load import load_contracts
from docs.generate import ROOT, deployment, errors, stale
from hub.access.grants.load import GrantsFile, read_grants
from hub.core.deployment import load_deployment

HCMC = ROOT / "deployments" / "hcmc"
DESCRIBED = {each["file"]: each for each in deployment.described()}


def keys(file: str) -> set[str]:
    return {*DESCRIBED[file].get("needed", {}), *DESCRIBED[file].get("may", {})}


def test_generated_parts_are_fresh() -> None:
    """Pages made from code are what the code says; `python -m docs.generate` writes them anew."""
    assert [] == [str(file.relative_to(ROOT)) for file in stale()], "run: python -m docs.generate"


# -- exit codes --------------------------------------------------------------------------------------


def test_the_help_has_every_exit_code_of_the_error_tree() -> None:
    """0, 1, 130 (interrupted) and 143 (terminated) belong to no error; every other code is an error's."""
    assert {*errors.by_code(), 0, 1, 130, 143} == set(errors.codes())


def test_exit_codes_do_not_hang_on_what_was_imported_before() -> None:
    """The page listed the service's errors too when a test had imported the service first."""

    class Stranger(Permanent):
        """An error of another package."""

    assert Stranger.__name__ not in {each.__name__ for each in errors.tree()}


def test_every_exit_code_is_explained_in_vietnamese() -> None:
    """No code more, no code less."""
    assert set(errors.codes()) == set(errors.VIETNAMESE)


# -- files of a deployment ---------------------------------------------------------------------------

LISTS = {"grants.yaml": "grants", "purposes.yaml": "purposes", "requirement_rules.yaml": "rules"}


def entries(file: str) -> list[tuple[str, dict[str, object]]]:
    """The shipped entries that the description of a file is about, with their place."""
    found: list[tuple[str, dict[str, object]]] = []
    for path in sorted(HCMC.glob(file)):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        if file in LISTS:
            found += [(f"{path.name} {entry['id']}", entry) for entry in data[LISTS[file]]]
        else:
            found.append((path.name, data))
    return found


@pytest.mark.parametrize("file", ["deployment.yaml", "systems/*.yaml", *LISTS])
def test_the_shipped_files_use_described_keys_only(file: str) -> None:
    """A key that somebody adds to a file of the deployment has its sentence; one that is needed stands everywhere."""
    shipped = entries(file)
    needed = set(DESCRIBED[file]["needed"])

    assert shipped
    assert [] == [(where, sorted(set(entry) - keys(file))) for where, entry in shipped if set(entry) - keys(file)]
    assert [] == [(where, sorted(needed - set(entry))) for where, entry in shipped if needed - set(entry)]


def refused(folder: Path, file: str) -> bool:
    """Whether the loaders refuse the folder because of this file; an error about another file is passed on."""
    contracts = load_contracts()
    try:
        load_deployment(folder, frozenset(contracts))
        read_grants(folder, contracts)
    except DeploymentInvalid as error:
        if file not in error.message:
            raise
        return True
    return False


def test_what_stands_beside_the_grants_is_described() -> None:
    """Limits of every agency: each has its sentence, and the shipped file shows each."""
    shipped = yaml.safe_load((HCMC / "grants.yaml").read_text(encoding="utf-8"))

    beside = set(GrantsFile.model_fields) - {"grants"}

    assert beside == set(DESCRIBED["grants.yaml"]["beside"])
    assert beside == set(shipped) - {"grants"}


@pytest.mark.parametrize("key", sorted(keys("systems/*.yaml")))
def test_a_key_of_a_system_is_needed_or_not_as_described(key: str, tmp_path: Path) -> None:
    """Taken out of a file, a key that is needed is missed; one that may be left out is not."""
    folder = Path(shutil.copytree(HCMC, tmp_path / "hcmc"))
    path = folder / "systems" / "one-stop-760.yaml"
    entry = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump({k: v for k, v in entry.items() if k != key}, allow_unicode=True), encoding="utf-8")

    assert refused(folder, "one-stop-760.yaml") == (key in DESCRIBED["systems/*.yaml"]["needed"])


@pytest.mark.parametrize("key", sorted(keys("grants.yaml")))
def test_a_key_of_a_grant_is_needed_or_not_as_described(key: str, tmp_path: Path) -> None:
    """Likewise; a grant that gives fields and answers may go without one of them."""
    folder = Path(shutil.copytree(HCMC, tmp_path / "hcmc"))
    path = folder / "grants.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    data["grants"] = [{k: v for k, v in data["grants"][0].items() if k != key}]
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")

    assert refused(folder, "grants.yaml") == (key in DESCRIBED["grants.yaml"]["needed"])
