"""Names in contract files become part of SQL, of paths and of ids: what may not be one is refused with its file and line."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contracts.errors import ContractInvalid
from contracts.identifiers import (
    CONTRACT,
    FIELD,
    LONGEST,
    LONGEST_STAGED,
    LONGEST_TABLE,
    LOOKUP,
    RULE,
    SYSTEM,
    TABLE,
    shortened,
)
from contracts.load import load_contract, load_contracts
from tests.contracts.good_file import GOOD

ATTACK = "x')) or true); create table hub.taken (n int); --"
PLACES: dict[str, tuple[str | int, ...]] = {
    "contract": ("name",),
    "dataset": ("schema", 0, "name"),
    "table": ("schema", 0, "physicalName"),
    "field": ("schema", 0, "properties", 1, "name"),
    "parent": ("schema", 0, "customProperties", 1, "value"),
    "rule": ("schema", 0, "quality", 0, "id"),
    "field of a rule": ("schema", 0, "quality", 0, "implementation", "fields", 0),
    "version field": ("schema", 0, "customProperties", 0, "value"),
}
"""Where a contract says a name."""
NASTY = (
    "",
    " ",
    "..",
    "../x",
    "a/b",
    "/x",
    "a\0",
    "a\n",
    "A",
    "Birth",
    "1a",
    "_a",
    "a-b",
    "a.b",
    "a b",
    'a"b',
    "a'b",
    "a;b",
    "a:b",
    "a--",
    "đ",
    "ａ",
    "a" * 64,
    "xmin",
    "ctid",
    "order",
    "user",
    "select",
    ATTACK,
    "a\u0300",
    "ﬁ",
    "İ",
    "a$",
    "${a}",
    "%s",
    "{table}",
)


def with_name(place: str, name: object) -> str:
    """The good contract with another name at a place, as YAML."""
    data: Any = copy.deepcopy(yaml.safe_load(GOOD))
    data["schema"][0]["customProperties"].append(
        {"property": "parent", "value": "books"}
        if place == "parent"
        else {"property": "versionField", "value": "changed"}
    )
    if place != "parent":
        data["schema"][0]["customProperties"].pop()
    at = data
    *steps, last = PLACES[place]
    for step in steps:
        at = at[step]
    at[last] = name
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)


@pytest.mark.parametrize("place", PLACES)
def test_sql_in_a_name_is_refused_with_its_line(tmp_path: Path, place: str) -> None:
    """A dataset's name that closes the policy's bracket passed the lint and ran as the owner of the database, which can read everybody."""
    path = tmp_path / "books.odcs.yaml"
    path.write_text(with_name(place, ATTACK), encoding="utf-8")

    with pytest.raises(ContractInvalid) as caught:
        load_contract(path)

    line = int(re.match(rf"{re.escape(str(path))}:(\d+): ", caught.value.message)[1])
    assert "create table" in path.read_text(encoding="utf-8").splitlines()[line - 1] or place in (
        "parent",
        "version field",
        "field of a rule",
    )
    assert caught.value.hint


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.one_of(st.text(max_size=70), st.sampled_from(NASTY), st.from_regex("[A-Za-z_0-9.-]{1,40}", fullmatch=True))
)
@example(name=ATTACK)
@example(name="order")
def test_any_text_as_a_name_is_refused_or_plain(tmp_path: Path, place: str, name: str) -> None:
    """Whatever stands where a name is due, the file is refused with its line, or every name that comes out is a plain one."""
    path = tmp_path / "books.odcs.yaml"
    path.write_text(with_name(place, name), encoding="utf-8")
    try:
        contract = load_contract(path)
    except ContractInvalid as error:
        refused = re.match(rf"{re.escape(str(path))}:[1-9]\d*: ", error.message)
        assert refused
        return
    assert CONTRACT.fault(contract.name) is None
    for dataset in contract.datasets:
        assert [None, None] == [TABLE.fault(dataset.name), TABLE.fault(dataset.table)]
        assert not [
            f.name for f in dataset.fields if FIELD.fault(f.name) or not re.fullmatch("[a-z][a-z0-9_]{0,62}", f.column)
        ]
        assert not [rule.id for rule in dataset.rules if RULE.fault(rule.id)]


def test_names_that_postgresql_would_cut_are_refused(tmp_path: Path) -> None:
    """PostgreSQL cuts at 63 bytes without an error: two tables of the merge would become one."""
    path = tmp_path / "books.odcs.yaml"
    kept, cut = "b" * LONGEST_TABLE, "b" * (LONGEST_TABLE + 1)
    assert LONGEST == len(f"fate_{kept}")
    path.write_text(with_name("dataset", kept), encoding="utf-8")
    assert kept == load_contract(path).datasets[0].table
    path.write_text(with_name("dataset", cut), encoding="utf-8")
    with pytest.raises(ContractInvalid, match="longer than 58 characters"):
        load_contract(path)


def test_composed_names_are_shortened_and_stay_apart() -> None:
    """A stage table, a check or an index is named after its dataset and field: of two long names two are made."""
    one, other = (shortened(f"{'b' * 58}{each}_natural_key") for each in "xy")
    assert (LONGEST, LONGEST) == (len(one), len(other))
    assert one != other
    assert "birth_natural_key" == shortened("birth_natural_key")
    assert LONGEST == len(f"e{10**10 - 1}_{'0' * 16}_{shortened('b' * 58, LONGEST_STAGED)}_same")


@pytest.mark.parametrize(("identity", "longest"), [(False, LONGEST), (True, LONGEST - len(LOOKUP))])
def test_a_column_has_at_most_63_bytes(tmp_path: Path, identity: bool, longest: int) -> None:
    """The look-up of an identity number has five characters more. The table's name does not count."""
    path = tmp_path / "books.odcs.yaml"
    properties = "customProperties: [{property: identity, value: true}]\n        " if identity else ""
    for length in (longest, longest + 1):
        text = (
            GOOD.replace("ngayMuon", "n" * length)
            .replace("format: partial-date", "maxLength: 5")
            .replace("rule: not_after, fields", "rule: same_text, fields")
        )
        path.write_text(
            text.replace("businessName: Ngày mượn", f"{properties}businessName: Ngày mượn"), encoding="utf-8"
        )
        if length == longest:
            load_contract(path)
        else:
            with pytest.raises(ContractInvalid, match=r"books\.odcs\.yaml:\d+: .*(too long a name|longer than 63)"):
                load_contract(path)


def test_a_column_that_is_the_lookup_of_another_is_refused(tmp_path: Path) -> None:
    """The look-up column of an identity number would be written over by a field of the same name."""
    path = tmp_path / "books.odcs.yaml"
    text = GOOD.replace("ngayMuon", "so_the_hmac").replace(
        "businessName: Số thẻ", "customProperties: [{property: identity, value: true}]\n        businessName: Số thẻ"
    )
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ContractInvalid, match="the look-up column of `soThe` has this name: so_the_hmac"):
        load_contract(path)


def test_a_table_of_two_contracts_is_refused(tmp_path: Path) -> None:
    """A second contract over the table `books` would bring grants and policies of its own to it: who may see one would see the other."""
    (tmp_path / "books.odcs.yaml").write_text(GOOD, encoding="utf-8")
    other = GOOD.replace("name: books\nversion", "name: lent\nversion").replace(
        "  - name: books\n", "  - name: lent\n    physicalName: books\n"
    )
    (tmp_path / "lent.odcs.yaml").write_text(other, encoding="utf-8")

    with pytest.raises(ContractInvalid, match=r"lent\.odcs\.yaml:1: a second dataset or table named `books`"):
        load_contracts(tmp_path)


@pytest.mark.parametrize("name", ["one-stop-760", "moj-registry", "s1"])
def test_ids_of_systems(name: str) -> None:
    """Small letters, digits and single hyphens."""
    assert SYSTEM.fault(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "..",
        "../x",
        "a/b",
        "/etc/passwd",
        "a\0",
        "One-Stop",
        "a--b",
        "-a",
        "a-",
        "a.b",
        "a_b",
        "a\n",
        "a" * 64,
        7,
        None,
    ],
)
def test_what_is_no_id_of_a_system(name: object) -> None:
    """It is a file's name, a part of ids and a key of secrets: nothing that leads elsewhere, nothing that differs by case only."""
    assert SYSTEM.fault(name) is not None
