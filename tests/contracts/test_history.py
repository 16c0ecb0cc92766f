"""Released versions of a contract: the number that a changed one must have, at the lint and at its release."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.changes.change import Step
from contracts.changes.history import folder_of, least_after, lint, load_version, release, released
from contracts.errors import ContractInvalid
from contracts.load import load_contract, load_contracts
from tests.contracts.good_file import GOOD, line_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of contracts, with `books` 1.0.0 released."""
    made = tmp_path / "contracts"
    made.mkdir()
    (made / "books.odcs.yaml").write_text(GOOD, encoding="utf-8")
    release(load_contract(made / "books.odcs.yaml"))
    return made


def changed(folder: Path, *pairs: tuple[str, str]) -> Path:
    text = GOOD
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "books.odcs.yaml"
    path.write_text(text, encoding="utf-8")
    return path


RENUMBERED = {
    "a rejecting rule is stricter": (("'[0-9]{4}'", "'[0-9]{5}'"), "2.0.0"),
    "a promise is smaller": (("latency, value: 1,", "latency, value: 3,"), "2.0.0"),
    "a field is new": (
        (
            "      - name: changed\n",
            "      - {name: ngayTra, businessName: Ngày trả, description: Day., logicalType: string,"
            " classification: none}\n      - name: changed\n",
        ),
        "1.1.0",
    ),
    "a title is another": (("Ngày mượn\n", "Ngày cho mượn\n"), "1.0.1"),
}


@pytest.mark.parametrize("case", RENUMBERED)
def test_a_number_says_at_least_what_changed(folder: Path, case: str):
    """Unchanged number, one that is too low, the least one, a higher one: only the last two lint clean."""
    pair, least = RENUMBERED[case]
    path = changed(folder, pair)

    [problem] = lint(load_contract(path))

    assert f"at least {least}" in problem.next
    assert line_of(path.read_text(encoding="utf-8"), "version: 1.0.0") == problem.line
    assert [] == lint(load_contract(changed(folder, pair, ("version: 1.0.0", f"version: {least}"))))
    assert [] == lint(load_contract(changed(folder, pair, ("version: 1.0.0", "version: 3.0.0"))))


def test_what_breaks_somebody_is_no_second_number(folder: Path):
    """1.1.0 for a rule that rejects more is refused, also by a release; nothing is kept of it."""
    path = changed(folder, ("'[0-9]{4}'", "'[0-9]{5}'"), ("version: 1.0.0", "version: 1.1.0"))

    [problem] = lint(load_contract(path))
    with pytest.raises(ContractInvalid, match=r"soThe\.pattern"):
        release(load_contract(path))

    assert "at least 2.0.0" in problem.next
    assert ["1.0.0"] == list(released(load_contract(path)))


def test_numbers_only_go_up(folder: Path):
    """A number below a released one would say that the past has changed."""
    [problem] = lint(load_contract(changed(folder, ("version: 1.0.0", "version: 0.9.0"))))

    assert "1.0.0 was released" in problem.what


def test_a_comment_is_no_change(folder: Path):
    """The bytes are others, the contract is the same."""
    assert [] == lint(load_contract(changed(folder, ("status: active", "status: active # as agreed"))))


def test_released_versions_stay_and_are_read_in_their_order(folder: Path):
    """1.10.0 comes after 1.9.0; each is the file as it was; none is taken for a contract of the folder."""
    for version in ("1.9.0", "1.10.0"):
        release(load_contract(changed(folder, ("Ngày mượn\n", f"Ngày {version}\n"), ("1.0.0", version))))

    current = load_contract(folder / "books.odcs.yaml")
    assert ["1.0.0", "1.9.0", "1.10.0"] == list(released(current))
    assert "Ngày 1.9.0" == load_version(current, "1.9.0").datasets[0].by_name["ngayMuon"].title
    assert GOOD == (folder_of(current) / "1.0.0.yaml").read_text(encoding="utf-8")
    assert ["books"] == list(load_contracts(folder))
    with pytest.raises(ContractInvalid, match=r"no released version 4\.0\.0"):
        load_version(current, "4.0.0")


@pytest.mark.parametrize("contract", load_contracts().values(), ids=lambda each: each.name)
def test_every_shipped_contract_has_a_history(contract):
    """What is shipped was released once, each version under its own number, and the file's number says what changed."""
    versions = released(contract)

    assert versions
    assert [] == lint(contract)
    for version in versions:
        assert version == load_version(contract, version).version


@pytest.mark.parametrize(("step", "number"), [(0, "1.2.3"), (1, "1.2.4"), (2, "1.3.0"), (3, "2.0.0")])
def test_the_least_number_after_a_step(step: int, number: str):
    """The parts behind the moved one begin again."""
    assert number == least_after("1.2.3", Step(step))
