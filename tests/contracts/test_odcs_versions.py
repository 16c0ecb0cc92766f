"""Contracts of the standard's versions 3.0, 3.1 and 3.2: the official examples, read to their end and written back."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import yaml

from contracts.errors import ContractInvalid
from contracts.from_odcs.text import written
from contracts.load import PACKAGED, SUFFIX, load_contract, read_contract, read_document
from tests.contracts.good_file import GOOD

EXAMPLES = sorted((Path(__file__).parent / "odcs").glob(f"*{SUFFIX}"))
SHIPPED = sorted(PACKAGED.rglob(f"*{SUFFIX}"))


def test_the_examples_are_the_standard_s_own():
    """Byte for byte the files whose hashes stand beside them."""
    stated = dict(reversed(line.split()) for line in (EXAMPLES[0].parent / "sha256sums.txt").read_text().splitlines())

    assert stated == {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in EXAMPLES}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda each: each.name.removesuffix(SUFFIX))
def test_an_official_example_is_read_whole(path: Path):
    """Every field is there, whatever the hub thinks of it; the hub takes none of them, and says why with a line."""
    contract = read_contract(path)

    written_down = yaml.safe_load(path.read_text(encoding="utf-8"))["schema"]
    assert [[each["name"] for each in one["properties"]] for one in written_down] == [
        [each.name for each in dataset.fields] for dataset in contract.datasets
    ]
    assert any(gap.refused for gap in contract.gaps)
    with pytest.raises(ContractInvalid, match=rf"{path.name}:[0-9]+: "):
        load_contract(path)


@pytest.mark.parametrize("path", [*EXAMPLES, *SHIPPED], ids=lambda each: each.name.removesuffix(SUFFIX))
def test_a_document_is_written_back_without_loss(path: Path, tmp_path: Path):
    """What is read from the text of what was read is the same, every word of the standard included."""
    document = read_document(path).data
    again = tmp_path / path.name
    again.write_text(written(document), encoding="utf-8")

    assert document == read_document(again).data
    assert list(document) == list(read_document(again).data)


def test_a_check_of_another_tool_is_reported_and_kept():
    """The example with two checks of soda: both are gaps, each with its line; neither refuses the file by itself."""
    gaps = read_contract(EXAMPLES[0].parent / f"column-custom{SUFFIX}").gaps

    soda = [(gap.line, gap.refused) for gap in gaps if "`soda`" in gap.what]
    assert [(22, False), (34, False)] == soda


@pytest.mark.parametrize("version", ["v3.0.2", "v3.1.0", "v3.2.0"])
def test_a_contract_of_ours_may_be_written_in_each_version(write, version: str):
    """What a version does not change means the same in it."""
    contract = load_contract(write(GOOD.replace("v3.2.0", version)))

    assert load_contract(write(GOOD, "newest.odcs.yaml")).datasets == contract.datasets


def test_a_word_of_a_later_version_is_read_and_nonsense_is_not(write):
    """Files use `enum` of 3.2 before they name it; what no version knows is refused with its line."""
    with_enum = GOOD.replace("v3.2.0", "v3.1.0").replace(
        "logicalTypeOptions: {maxLength: 20, pattern: '[0-9]{4}'}", "enum: [{value: '1', label: Một}]"
    )

    assert ["1"] == [code.value for code in load_contract(write(with_enum)).datasets[0].fields[0].codes]
    with pytest.raises(ContractInvalid, match="colour"):
        load_contract(write(GOOD.replace("v3.2.0", "v3.0.2").replace("status: active", "status: active\ncolour: red")))
