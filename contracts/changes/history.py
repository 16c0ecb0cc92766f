"""The versions of a contract that were released, and the number that a changed contract must have.

    contracts/history/<name>/<version>.yaml      the file as it was released, unchanged for good

A deployment's own contracts have theirs in its `contracts/history/`. Numbers count as in semantic versioning: what
breaks senders or readers moves the first, another clause the second, words alone the third.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from contracts.changes.change import ClauseChange, Step, step_of
from contracts.changes.compare import compare
from contracts.errors import ContractInvalid
from contracts.lint import RELEASE, LintProblem
from contracts.load import HISTORY, load_contract
from contracts.model import Contract
from contracts.yaml.lines import read_located

Number = tuple[int, int, int]


@dataclass(frozen=True)
class VersionStep:
    """What a contract has otherwise than its last released version, and the least number that it may have."""

    before: str
    changes: tuple[ClauseChange, ...]
    least: str

    @property
    def breaking(self) -> tuple[ClauseChange, ...]:
        return tuple(each for each in self.changes if each.breaking)


def number_of(version: str) -> Number:
    """1.2.0 as three numbers; of text that is no version, the lowest."""
    if not RELEASE.fullmatch(version):
        return 0, 0, 0
    major, minor, patch = map(int, version.split("."))
    return major, minor, patch


def least_after(version: str, step: Step) -> str:
    """The lowest number after a version that moves the part which a change moves."""
    major, minor, patch = number_of(version)
    match step:
        case Step.MAJOR:
            return f"{major + 1}.0.0"
        case Step.MINOR:
            return f"{major}.{minor + 1}.0"
        case Step.PATCH:
            return f"{major}.{minor}.{patch + 1}"
        case _:
            return version


def folder_of(contract: Contract) -> Path:
    """Where the released versions of a contract stand."""
    root = next((each for each in contract.path.absolute().parents if each.name == "contracts"), contract.path.parent)
    return root / HISTORY / contract.name


def released(contract: Contract) -> dict[str, Path]:
    """Its released versions by number, the oldest first."""
    found = [each for each in folder_of(contract).glob("*.yaml") if RELEASE.fullmatch(each.stem)]
    return {each.stem: each for each in sorted(found, key=lambda each: number_of(each.stem))}


def step_since_release(contract: Contract) -> VersionStep | None:
    """What it has otherwise than its last released version; None if none was released.

    Raises:
        ContractInvalid: the released file cannot be read.
    """
    versions = released(contract)
    if not versions:
        return None
    last, path = list(versions.items())[-1]
    if path.read_bytes() == contract.path.read_bytes():
        return VersionStep(last, (), last)
    changes = tuple(compare(load_contract(path), contract))
    return VersionStep(last, changes, least_after(last, step_of(list(changes))))


def lint(contract: Contract) -> list[LintProblem]:
    """A number that says less than what changed, with its line (`hub contracts lint`)."""
    step = step_since_release(contract)
    if step is None or not RELEASE.fullmatch(contract.version):
        return []
    wrong = fault(contract, step)
    if wrong is None:
        return []
    return [LintProblem(contract.path, read_located(contract.path).line(("version",)), *wrong)]


def fault(contract: Contract, step: VersionStep) -> tuple[str, str] | None:
    """What is wrong with a contract's number after its changes, and what to do; None if nothing is."""
    if number_of(contract.version) < number_of(step.before):
        return (
            f"contract `{contract.name}` has the version {contract.version}, and {step.before} was released",
            "Numbers only go up.",
        )
    if number_of(contract.version) < number_of(step.least):
        first = (step.breaking or step.changes)[0]
        said = f"{first.place}: {first.what} ({first.verdict})"
        others = f", and {len(step.changes) - 1} more changes" if len(step.changes) > 1 else ""
        return (
            f"contract `{contract.name}` {contract.version} is not what was released as {step.before}: {said}{others}",
            f"Its version is at least {step.least}. See hub contracts diff {contract.name}@{step.before} {contract.name}.",
        )
    return None


def release(contract: Contract) -> Path:
    """Keep the file of a contract as the released version of its number.

    Raises:
        ContractInvalid: its number says less than what changed, or was released with another content.
    """
    step = step_since_release(contract)
    wrong = fault(contract, step) if step else None
    if wrong:
        raise ContractInvalid(f"{contract.path}: {wrong[0]}", hint=wrong[1])
    path = folder_of(contract) / f"{contract.version}.yaml"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contract.path.read_bytes())
    return path


def load_version(contract: Contract, version: str) -> Contract:
    """A released version of a contract.

    Raises:
        ContractInvalid: no such version was released.
    """
    known = released(contract)
    if version not in known:
        raise ContractInvalid(
            f"contract {contract.name} has no released version {version}",
            hint=f"released are {', '.join(known) or 'none: hub contracts release ' + contract.name}",
        )
    return replace(load_contract(known[version]), path=known[version])
