"""Rules across registers: contradictions of two books become findings, and go when the books agree."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from contracts.cross_rules import CrossRule, load_cross_rules, sentences
from contracts.model import Contract
from hub.core import tables
from hub.core.deployment import load_deployment
from hub.cross_register import checking
from hub.cross_register.checking import Checked
from tests.hub import registers
from tests.hub.registers import NOW, ROOT, Put

contracts, engine, put = registers.contracts, registers.engine, registers.put
S = "moj-registry"
HUSBAND, WIFE, OTHER, CHILD = "079080000001", "079190000002", "079080000003", "079215000004"


@dataclass
class Books:
    """The four books of one system, filled batch by batch."""

    engine: sa.Engine
    rules: Mapping[str, CrossRule]
    put: Put
    numbers: int = 0

    def batch(self, contract: str, *entries: Mapping[str, object]) -> None:
        """Apply one batch: entries with `key` and their fields; an entry of a known key replaces it."""
        self.numbers += 1
        batch, stream = uuid.uuid4().hex, f"{S}.{contract}"
        b, s = tables.batch, tables.stream
        with self.engine.begin() as connection:
            previous = connection.scalar(sa.select(s.c.last_batch).where(s.c.id == stream))
            values = {"id": batch, "run": f"run-{contract}", "stream": stream, "epoch": 1, "number": self.numbers}
            values |= {"previous": previous, "state": "applied", "contract_version": "1.0.0", "landed_at": NOW}
            serial = connection.scalar(sa.insert(b).values(**values, changed=True).returning(b.c.serial))
            connection.execute(sa.update(s).where(s.c.id == stream).values(last_batch=batch))
        for entry in entries:
            fields = dict(entry)
            key = str(fields.pop("key"))
            with self.engine.begin() as connection:
                connection.execute(
                    sa.text(f"""
                        with gone as (delete from warehouse.{contract} where _key = :key returning *)
                        insert into history.{contract} ({self._columns(connection, contract)}, _known_to, _end)
                        select {self._columns(connection, contract)}, now(), 'superseded' from gone
                        on conflict do nothing"""),
                    {"key": key},
                )
            self.put(contract, key, _batch=serial, _hash=uuid.uuid4().bytes, **fields)

    def _columns(self, connection: sa.Connection, contract: str) -> str:
        found = sa.inspect(connection).get_columns(contract, schema="warehouse")
        return ", ".join(f'"{column["name"]}"' for column in found if column["name"] != "_seen")

    def look(self, rule: str, *, whole: bool = False) -> Checked:
        found = checking.check(self.engine, self.rules[rule], S, NOW, whole=whole)
        assert found is not None
        return found

    def open(self, rule: str) -> list[str]:
        """Keys of the records with an open finding of a rule."""
        query = "select record_key from hub.finding where rule = :r and resolved_at is null order by 1"
        with self.engine.connect() as connection:
            return list(connection.scalars(sa.text(query), {"r": f"across.{rule}"}))


@pytest.fixture
def books(engine: sa.Engine, contracts: dict[str, Contract], put: Put) -> Books:
    return Books(engine, {rule.file.rule: rule for rule in load_cross_rules(contracts)}, put)


def marriage(key: str, on: str, **more: object) -> dict[str, object]:
    usual = {"chongSoGiayToTuyThan": HUSBAND, "voSoGiayToTuyThan": WIFE, "loaiDangKy": "1"}
    return {"key": key, "ngayDangKy": on, "tinhTrangKetHon": "không có thông tin", **usual, **more}


def death(key: str, number: str, on: str, **more: object) -> dict[str, object]:
    return {"key": key, "nktSoGiayToTuyThan": number, "nktNgayChet": on, **more}


def birth(key: str, number: str | None, born: str, **more: object) -> dict[str, object]:
    return {"key": key, "nksSoDDCN": number, "nksNgaySinh": born, "loaiDangKy": "1", **more}


def recognition(key: str, **more: object) -> dict[str, object]:
    usual = {"cmSoGiayToTuyThan": HUSBAND, "ncSoGiayToTuyThan": CHILD, "loaiXacNhan": "1"}
    return {"key": key, **usual, **more}


def test_married_after_death(books: Books) -> None:
    """Of the wife, too; the finding stands on the marriage and names the death."""
    books.batch("marriage", marriage("M1", "2020-05-01"), marriage("M2", "2018-05-01"))
    books.batch("death", death("D1", WIFE, "2019-03-04"))
    assert (1, 1) == (books.look("married-after-death").new, books.look("married-after-death").pairs)
    assert ["M1"] == books.open("married-after-death")
    with books.engine.connect() as connection:
        assert ["D1"] == checking.others(connection, "across.married-after-death", S, "M1")


@pytest.mark.parametrize(
    ("died", "expected"), [("2020", []), ("2020-05", []), ("2020-04", ["M1"]), ("2019", ["M1"]), ("2020-05-01", [])]
)
def test_what_a_partial_date_leaves_open_finds_nothing(books: Books, died: str, expected: list[str]) -> None:
    """Only what is certain on every day that the date may mean."""
    books.batch("marriage", marriage("M1", "2020-05-01"))
    books.batch("death", death("D1", HUSBAND, died))
    books.look("married-after-death")
    assert expected == books.open("married-after-death")


def test_a_death_that_was_annulled_contradicts_nothing(books: Books) -> None:
    """And once it is noted, the finding goes."""
    books.batch("marriage", marriage("M1", "2020-05-01"))
    books.batch("death", death("D1", HUSBAND, "2019-03-04"))
    books.look("married-after-death")
    books.batch("death", death("D1", HUSBAND, "2019-03-04", nktNgayGhiChuHuyTuyenBoViecChet="2021-01-01"))
    looked = books.look("married-after-death")
    assert (1, 1, 0) == (looked.judged, looked.resolved, looked.pairs)
    assert [] == books.open("married-after-death")


def test_a_number_that_is_corrected_ends_the_contradiction(books: Books) -> None:
    """The death named the wrong person: what was linked by the old number is judged again."""
    books.batch("marriage", marriage("M1", "2020-05-01"))
    books.batch("death", death("D1", HUSBAND, "2019-03-04"))
    books.look("married-after-death")
    books.batch("death", death("D1", OTHER, "2019-03-04"))
    books.look("married-after-death")
    assert [] == books.open("married-after-death")


def test_only_what_changed_is_judged(books: Books) -> None:
    """Nothing new: no record. One death: the marriages of that person alone."""
    books.batch(
        "marriage", *(marriage(f"M{n}", "2020-05-01", chongSoGiayToTuyThan=f"0790800001{n:02}") for n in range(9))
    )
    books.batch("death", death("D1", OTHER, "2019-03-04"))
    assert (True, 9) == (books.look("married-after-death").whole, books.look("married-after-death", whole=True).judged)
    assert 0 == books.look("married-after-death").judged
    books.batch("death", death("D2", "079080000104", "2019-03-04"))
    looked = books.look("married-after-death")
    assert (False, 1, 1) == (looked.whole, looked.judged, looked.new)
    assert ["M4"] == books.open("married-after-death")


def test_what_is_found_step_by_step_is_what_one_look_finds(books: Books) -> None:
    """After many batches, everything judged again changes nothing."""
    numbers = [f"07908000{n:04}" for n in range(6)]
    for n, number in enumerate(numbers):
        books.batch(
            "marriage", marriage(f"M{n}", f"20{10 + n}-05-01", chongSoGiayToTuyThan=number, voSoGiayToTuyThan=None)
        )
        books.batch("death", death(f"D{n}", numbers[(n * 5 + 2) % 6], f"20{11 + n % 3}-03-04"))
        books.batch("death", death(f"D{n // 2}", numbers[n], "2012-01-01"))
        for rule in books.rules:
            books.look(rule)
    for rule in books.rules:
        before = books.open(rule)
        again = books.look(rule, whole=True)
        assert (before, 0, 0) == (books.open(rule), again.new, again.resolved)
    assert books.open("married-after-death")


def test_two_births_of_one_person(books: Books) -> None:
    """Both have the finding; a re-registration has none."""
    books.batch("birth", birth("B1", CHILD, "2015-01-01"), birth("B2", CHILD, "2015-01-02"))
    books.batch("birth", birth("B3", OTHER, "1980-01-01"), birth("B4", OTHER, "1980-01-01", loaiDangKy="2"))
    books.look("two-births-of-one-person")
    assert ["B1", "B2"] == books.open("two-births-of-one-person")


def test_parent_younger_than_child(books: Books) -> None:
    """By the parent's own entry, not by what the child's entry says of the parent."""
    books.batch("birth", birth("B1", WIFE, "1990-01-01"), birth("B2", CHILD, "1989-05", meSoGiayToTuyThan=WIFE))
    books.batch("birth", birth("B3", OTHER, "1990", chaSoGiayToTuyThan=WIFE))
    books.look("parent-younger-than-child")
    assert ["B2"] == books.open("parent-younger-than-child")


def test_married_while_married_is_a_possibility(books: Books) -> None:
    """Not after a divorce that is noted, not after the first spouse's death, not the same marriage entered again."""
    books.batch("marriage", marriage("M1", "2010-01-01"), marriage("M2", "2015-01-01", voSoGiayToTuyThan=OTHER))
    books.look("married-while-married")
    assert ["M2"] == books.open("married-while-married")
    books.batch("death", death("D1", WIFE, "2012-01-01"))
    books.look("married-while-married")
    assert [] == books.open("married-while-married")
    books.batch("death", death("D1", WIFE, "2012-01-01", nktNgayGhiChuHuyTuyenBoViecChet="2013-01-01"))
    books.look("married-while-married")
    assert ["M2"] == books.open("married-while-married")
    books.batch("marriage", marriage("M1", "2010-01-01", tinhTrangKetHon="đã ly hôn"))
    books.look("married-while-married")
    assert [] == books.open("married-while-married")


def test_recognised_parent_differs_from_the_birth_entry(books: Books) -> None:
    """Two personal numbers of 12 digits; an old card of 9 digits may be the same person's."""
    books.batch("birth", birth("B1", CHILD, "2015-01-01", chaSoGiayToTuyThan=OTHER, chaHoTen="Phạm Văn Ba"))
    books.batch("recognition", recognition("R1"))
    books.look("recognised-parent-differs")
    assert ["R1"] == books.open("recognised-parent-differs")
    books.batch("birth", birth("B1", CHILD, "2015-01-01", chaSoGiayToTuyThan="021234567", chaHoTen="Phạm Văn Ba"))
    books.look("recognised-parent-differs")
    assert [] == books.open("recognised-parent-differs")


def test_a_birth_entry_without_the_recognised_parent(books: Books) -> None:
    """It goes when the entry names the father."""
    books.batch("birth", birth("B1", CHILD, "2015-01-01", meHoTen="Lê Thị Tư"))
    books.batch("recognition", recognition("R1"))
    for rule in ("birth-without-recognised-father", "birth-without-recognised-mother"):
        books.look(rule)
    assert ["B1"] == books.open("birth-without-recognised-father")
    assert [] == books.open("birth-without-recognised-mother")
    books.batch("birth", birth("B1", CHILD, "2015-01-01", meHoTen="Lê Thị Tư", chaHoTen="Trần Văn Năm"))
    books.look("birth-without-recognised-father")
    assert [] == books.open("birth-without-recognised-father")


def test_systems_are_not_mixed(books: Books, put: Put) -> None:
    """A copy of the same book tells the same entry: that is no second one."""
    books.batch("birth", birth("B1", CHILD, "2015-01-01"))
    put("birth", "copy", system="digitised-store", nksSoDDCN=CHILD, nksNgaySinh="2015-01-01", loaiDangKy="1")
    books.look("two-births-of-one-person")
    assert [] == books.open("two-births-of-one-person")


def test_the_registry_is_judged_where_there_is_one(books: Books) -> None:
    deployment = load_deployment(ROOT / "deployments/hcmc")
    rule = books.rules["married-after-death"]
    assert ["moj-registry"] == checking.systems_of(deployment, rule)
    alone = deployment.only({"digitised-store": deployment.systems["digitised-store"]})
    assert ["digitised-store"] == checking.systems_of(alone, rule)


def test_each_rule_names_its_law_and_says_a_sentence(books: Books) -> None:
    """What a clerk reads, and what a jurist can check."""
    assert {rule.id for rule in books.rules.values()} == set(sentences())
    assert all("Luật" in rule.file.law and "Điều" in rule.file.law for rule in books.rules.values())
