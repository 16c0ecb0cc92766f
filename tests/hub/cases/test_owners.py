"""Whose case it is: the unit of the record, by its contract and day; of a unit that ended, the keeper of its books."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from contracts.load import load_contracts
from hub.core.actions import Actor
from hub.core.deployment import Deployment, load_deployment
from hub.load import case_owners, stream_state
from hub.load.case_owners import owner_of
from hub.load.warehouse import stage_columns
from tests.hub.conftest import CONTRACT

from .conftest import FAULTY, PAPER, Office, paper

HCMC = Path(__file__).parents[3] / "deployments" / "hcmc"
THEN, NOW = datetime(2022, 6, 2, 3, tzinfo=UTC), datetime(2026, 1, 2, 3, tzinfo=UTC)
JUSTICE = "Sở Tư pháp Thành phố Hồ Chí Minh"
BIRTH = load_contracts()["birth"].datasets[0]
PART = load_contracts()["dossier"].datasets[1]
LAN = Actor("Lan", "Quận đã bàn giao.")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HCMC, tmp_path / "hcmc"))


def of_day(folder: Path, day: datetime) -> Deployment:
    return load_deployment(folder, as_of=day)


def publish(engine: sa.Engine, folder: Path, day: datetime) -> bool:
    with engine.begin() as connection:
        return case_owners.publish(connection, of_day(folder, day), day)


def owner(engine: sa.Engine, system: str, *, dataset=BIRTH, **columns: str | None):  # type: ignore[no-untyped-def]
    """Unit and owner of a staged record with these columns."""
    given = dict.fromkeys(stage_columns(dataset)) | columns
    names = ", ".join(f'cast(:{n} as text) as "{n}"' for n in given)
    query = sa.text(f"select o.unit, o.owner from (select {names}) s left join lateral ({owner_of(dataset)}) o on true")
    with engine.connect() as connection:
        return tuple(connection.execute(query, {**given, "system": system}).one())


def test_a_record_belongs_to_the_office_of_its_unit(engine: sa.Engine, folder: Path) -> None:
    """Once every case of the registry was the Justice department's, and every dossier's one generic office's."""
    publish(engine, folder, THEN)

    assert owner(engine, "moj-registry", ma_don_vi="760", ngay_dang_ky="2021-03-04") == (
        "760",
        "Ủy ban nhân dân Quận 1",
    )
    assert owner(engine, "moj-registry", ma_don_vi="26737", ngay_dang_ky="2021-03") == (
        "26737",
        "Ủy ban nhân dân Phường Đa Kao",
    )


def test_each_one_stop_system_has_its_own_office(engine: sa.Engine, folder: Path) -> None:
    """22 districts, 22 owners; a part of a dossier has its dossier's."""
    publish(engine, folder, THEN)

    found = {owner(engine, name, dataset=PART)[1] for name in of_day(folder, THEN).systems if "one-stop" in name}

    assert len(found) == 22
    assert owner(engine, "one-stop-760", dataset=PART) == ("760", "Văn phòng UBND Quận 1")


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"ma_don_vi": "không rõ", "ngay_dang_ky": "2021-03-04"},
        {"ma_don_vi": "99999", "noi_dang_ky": ""},
        {"ma_don_vi": "*", "noi_dang_ky": "*"},
    ],
)
def test_a_record_whose_unit_nobody_knows_goes_to_the_owner_of_its_system(
    engine: sa.Engine, folder: Path, columns: dict[str, str]
) -> None:
    """A record that could not be read has no unit; its case is never nobody's. Its unit is no text of the record."""
    publish(engine, folder, THEN)

    assert owner(engine, "moj-registry", **columns) == (None, JUSTICE)


def test_the_second_field_counts_where_the_first_names_no_unit(engine: sa.Engine, folder: Path) -> None:
    """The unit that answers may be missing in a faulty record; the place of registration is the next to ask."""
    publish(engine, folder, THEN)

    assert owner(engine, "moj-registry", ma_don_vi="?", noi_dang_ky="770", ngay_dang_ky="2021")[0] == "770"


@pytest.mark.parametrize("day", [None, "1989", "1989-02-30", "30/02/1989", "2099-01-01"])
def test_a_day_that_is_not_listed_is_the_nearest_that_is(engine: sa.Engine, folder: Path, day: str | None) -> None:
    """Old books are from before the list begins, and faulty records have days that are none."""
    publish(engine, folder, THEN)

    assert owner(engine, "moj-registry", ma_don_vi="760", ngay_dang_ky=day)[1] == "Ủy ban nhân dân Quận 1"


def test_a_code_that_was_reused_means_the_unit_of_its_day(engine: sa.Engine, folder: Path) -> None:
    """26737 was Phường Đa Kao until 2025-06-30 and is Phường Tân Định since: its old books are not Tân Định's."""
    publish(engine, folder, NOW)

    assert owner(engine, "moj-registry", ma_don_vi="26737", ngay_dang_ky="2021-03-04")[1] == JUSTICE
    assert owner(engine, "moj-registry", ma_don_vi="26737", ngay_dang_ky="2025-08-01")[1] == (
        "Ủy ban nhân dân Phường Tân Định"
    )


def test_the_books_of_a_unit_that_ended_are_with_their_keeper_of_the_day(engine: sa.Engine, folder: Path) -> None:
    """By the dated table of the deployment; before and after a keeper's days, and without one, the Justice department."""
    (folder / "book_keepers.yaml").write_text(
        f"""
otherwise: {JUSTICE}
keepers:
  - {{unit: "760", ended: 2025-06-30, keeper: "26737", from: 2025-09-01, to: 2025-12-31, basis: Biên bản 1}}
  - {{unit: "760", ended: 2025-06-30, keeper: Trung tâm lưu trữ, from: 2026-01-01, basis: Biên bản 2}}
""",
        encoding="utf-8",
    )
    seen = []
    for day in (datetime(2025, 8, 1, tzinfo=UTC), datetime(2025, 10, 1, tzinfo=UTC), NOW):
        publish(engine, folder, day)
        seen.append(owner(engine, "moj-registry", ma_don_vi="760", ngay_dang_ky="2021-03-04")[1])
    publish(engine, folder, NOW)

    assert seen == [JUSTICE, "Ủy ban nhân dân Phường Tân Định", "Trung tâm lưu trữ"]
    assert owner(engine, "moj-registry", ma_don_vi="761", ngay_dang_ky="2021-03-04")[1] == JUSTICE


def test_every_unit_that_ended_has_somebody(engine: sa.Engine, folder: Path) -> None:
    """22 districts and the communes of before: never nobody."""
    publish(engine, folder, NOW)

    with engine.connect() as connection:
        ended = connection.execute(sa.text("select unit, owner from hub.case_owner where until is not null")).all()

    assert len([unit for unit, _ in ended if len(unit) == 3]) >= 22
    assert {name for _, name in ended} == {JUSTICE}


def test_the_office_above_all_owners_is_the_justice_department(engine: sa.Engine, folder: Path) -> None:
    """Whoever lets three reminders pass is named to it."""
    publish(engine, folder, THEN)

    with engine.connect() as connection:
        above = sa.select(case_owners.case_owner.c.owner).where(case_owners.case_owner.c.unit == case_owners.ABOVE)
        assert connection.scalars(above).all() == [JUSTICE]


def test_publishing_again_writes_nothing(engine: sa.Engine, folder: Path) -> None:
    """It stands before every sync: a list that did not change costs one question."""
    assert [publish(engine, folder, THEN), publish(engine, folder, THEN)] == [True, False]


def case(engine: sa.Engine, stream: str, unit: str, since: str, name: str, assigned: bool = False) -> int:
    """An open case as the merge leaves it."""
    system, contract = stream.split(".")
    with engine.begin() as connection:
        stream_state.register(connection, stream, system, contract)
        for statement in (
            "insert into hub.run (id, stream, epoch, mode, started_at) values (:s, :s, 1, 'live', now()) on conflict do nothing",
            "insert into hub.batch (id, run, stream, epoch, number, state, contract_version, landed_at)"
            " values (:s, :s, :s, 1, 1, 'applied', '1', now()) on conflict do nothing",
            "insert into hub.landing (stream, sha256, media_type, bytes, records, request, fetched_at)"
            " values (:s, :s, 'x', 1, 1, 'r', now()) on conflict do nothing",
        ):
            connection.execute(sa.text(statement), {"s": stream})
        return int(
            connection.scalar(
                sa.text("""
            insert into hub."case" (stream, dataset, content, rules, landing, record, owner, opened_at, due_at, first_batch, last_batch,
                                    unit, unit_since, assigned)
            select :s, 'd', gen_random_uuid(), '{r}', id, 1, :owner, now(), now(), :s, :s, :unit, :since, :assigned
            from hub.landing where stream = :s returning id"""),
                {"s": stream, "owner": name, "unit": unit, "since": since, "assigned": assigned},
            )
            or 0
        )


def test_open_cases_follow_when_their_district_ends(engine: sa.Engine, folder: Path) -> None:
    """The systems of the 22 districts are gone with them: their cases must not wait in an office that is none."""
    publish(engine, folder, THEN)
    open_ = case(engine, "one-stop-760.dossier", "760", "2021-01-01", "Văn phòng UBND Quận 1")
    chosen = case(engine, "one-stop-761.dossier", "761", "2021-01-01", "Ban bàn giao", assigned=True)

    publish(engine, folder, NOW)

    with engine.connect() as connection:
        owners = {row.id: row.owner for row in connection.execute(sa.text('select id, owner from hub."case"'))}
        acts = connection.execute(sa.text('select "case", what, detail, who from hub.act')).all()
    assert owners == {open_: JUSTICE, chosen: "Ban bàn giao"}
    assert acts == [(open_, "assigned", JUSTICE, "hub")]


def test_the_merge_opens_a_case_at_its_owner(office: Office) -> None:
    """By the system where the contract names no field; the case and the finding know their unit."""
    _owners(office.engine, ("test", "760", "2021-01-01", "Văn phòng UBND Quận 1"))

    office.sync(paper("A", number=FAULTY), paper("B", number="079190000001", NgaySinh="12.05.1971"))

    assert office.rows('select unit, unit_since, owner from hub."case"') == [
        ("760", "2021-01-01", "Văn phòng UBND Quận 1")
    ]
    assert office.rows("select unit from hub.finding") == [("760",)]


def test_the_merge_reads_the_fields_that_the_contract_names(office: Office) -> None:
    """Each record's own unit, in one batch."""
    _owners(
        office.engine,
        ("test", "", "", "chủ hệ thống"),
        ("", "1", "2021-01-01", "UBND Quận 1"),
        ("", "2", "2021-01-01", "UBND Quận 3"),
    )
    contract = replace(CONTRACT, datasets=(replace(PAPER, unit_fields=("TrangThai",)),))
    judge = replace(office.exchange.validator, contract=contract)
    office.exchange = replace(office.exchange, contract=contract, validator=judge)

    office.sync(*(paper(f"P{status}", number=FAULTY, TrangThai=status) for status in ("1", "2", "9")))

    assert office.rows('select record_key, unit, owner from hub."case" order by 1') == [
        ("P1", "1", "UBND Quận 1"),
        ("P2", "2", "UBND Quận 3"),
        ("P9", None, "chủ hệ thống"),
    ]


def test_without_a_list_the_contract_names_the_owner(office: Office) -> None:
    """A deployment without units, or one whose list was never written: never nobody."""
    office.sync(paper("A", number=FAULTY))

    assert office.rows('select unit, owner from hub."case"') == [(None, CONTRACT.owner)]


def _owners(engine: sa.Engine, *rows: tuple[str, str, str, str]) -> None:
    with engine.begin() as connection:
        for system, unit, since, name in rows:
            values = {"system": system, "unit": unit, "since": since, "owner": name, "list": "x"}
            connection.execute(sa.insert(case_owners.case_owner).values(values))
