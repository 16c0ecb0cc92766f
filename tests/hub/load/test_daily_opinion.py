"""The second opinion in a run of its own: what it finds, what that stops, and what lets it go on."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from hub.core.actions import Actor
from hub.core.errors import DatabaseRefused, EnginesDisagree, NotFound, StreamBusy
from hub.load.counts import Counts
from hub.load.exchange import Exchange
from hub.load.second_opinion import record as on_record
from hub.load.second_opinion.record import Opinion
from tests.hub.conftest import NOW

from .observed import rows
from .second_opinions import ALONE, RIGHT, SHARED, WRONG, daily, doubted, looked_at, opinions, planted

AT, LATER = "20220601080000", "20220601090000"
LAN = Actor("Lan", "Đã đối chiếu với sổ: hệ thống đếm đúng.")


@pytest.fixture
def agreed(exchange: Exchange, source, record) -> Exchange:
    """A stream on whose first batch both engines agreed."""
    stream = looked_at(exchange)
    source.served = [[record("A", AT, [("x", "1")], TrangThai="1")]]
    stream.sync()
    return stream


def merge_faulty(agreed: Exchange, source, record, fault: str) -> None:
    """Merge a batch that no suite sees, while one engine is faulty: a wrong number and a right one."""
    source.served = [[record("B", LATER, **WRONG), record("C", LATER, [("x", "1")], **RIGHT)]]
    with planted(fault):
        agreed.sync()


def batch_ids(engine: sa.Engine) -> list[object]:
    return [id_ for (id_,) in rows(engine, "select id from hub.batch order by serial")]


def test_agreement_covers_what_was_merged(agreed: Exchange, source, engine: sa.Engine, tmp_path, record) -> None:
    """Accepted rows of all kinds of fields, and a batch with a faulty record, staged again."""
    source.served = [[record("B", LATER, SoDinhDanh="079090000001", NgaySinh="02.1990", NguyenNhan="x", TrangThai="9")]]
    agreed.sync()

    given = daily(agreed).give(NOW)

    assert (given.merged, given.accepted) == (2, 2)
    assert given.staged_again >= 1
    assert opinions(engine) == [("first", True), ("daily", True)]
    assert rows(
        engine, "select through = (select max(serial) from hub.batch) from hub.second_opinion where occasion = 'daily'"
    ) == [(True,)]
    assert (
        rows(
            engine,
            "select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where nspname = 'stage' and relname like 'opinion%'",
        )
        == []
    )


def test_nothing_merged_is_nothing_to_say(agreed: Exchange, engine: sa.Engine) -> None:
    """A quiet stream costs no import, and leaves no row a day."""
    daily(agreed).give(NOW)
    again = daily(agreed).give(NOW)

    assert (again.merged, again.staged_again) == (0, 0)
    assert opinions(engine) == [("first", True), ("daily", True)]


@pytest.mark.parametrize("fault", ["row engine accepts", "row engine rejects"])
def test_fault_of_the_row_engine_is_found_while_it_lasts(
    agreed: Exchange, source, engine: sa.Engine, record, fault: str
) -> None:
    """No suite saw the batch before its merge: the daily run finds what was accepted or rejected wrongly."""
    merge_faulty(agreed, source, record, fault)

    with planted(fault), pytest.raises(EnginesDisagree, match=r"paper/SoDinhDanh\.pattern") as found:
        daily(agreed).give(NOW)

    suspect = batch_ids(engine)[-1]
    assert str(suspect)[:12] in str(found.value)
    assert "hub second-opinion run test.paper" in found.value.hint
    assert suspect in doubted(engine)


@pytest.mark.parametrize("fault", ["suite accepts", "suite rejects"])
def test_fault_of_the_suite_is_found_too(agreed: Exchange, source, engine: sa.Engine, record, fault: str) -> None:
    """Who watches the watchman: the row engine."""
    merge_faulty(agreed, source, record, fault)

    with planted(fault), pytest.raises(EnginesDisagree):
        daily(agreed).give(NOW)

    assert opinions(engine)[-1] == ("daily", False)


def test_row_that_was_accepted_wrongly_is_found_after_the_repair(
    agreed: Exchange, source, engine: sa.Engine, record
) -> None:
    """The faulty row stands in the warehouse, though both engines would count it alike by now."""
    merge_faulty(agreed, source, record, "row engine accepts")

    with pytest.raises(EnginesDisagree, match=r"accepted rows, paper/SoDinhDanh\.pattern: 0 by row, 1 in SQL"):
        daily(agreed).give(NOW)

    assert doubted(engine) == [batch_ids(engine)[-1]]


def test_batches_on_which_both_agreed_are_not_in_doubt(agreed: Exchange, source, engine: sa.Engine, record) -> None:
    """The first batch was seen by both before its merge."""
    merge_faulty(agreed, source, record, "row engine rejects")
    with planted("row engine rejects"), pytest.raises(EnginesDisagree):
        daily(replace(agreed, validator=replace(agreed.validator, gate_share=1e-9))).give(NOW)

    assert doubted(engine) == batch_ids(engine)[1:]


def test_later_agreement_ends_it(agreed: Exchange, source, engine: sa.Engine, record) -> None:
    """After the repair the same batches are judged again; the stream goes on by itself, and the log says since when."""
    merge_faulty(agreed, source, record, "row engine rejects")
    with planted("row engine rejects"), pytest.raises(EnginesDisagree):
        daily(agreed).give(NOW)
    with pytest.raises(EnginesDisagree):
        agreed.sync()

    daily(agreed).give(NOW)
    _, counts = agreed.sync(mode="full")

    assert counts["paper"] == Counts(received=2, accepted=1, quarantined=1)
    assert doubted(engine) == []
    settled = "select stream, what, who from hub.act where stream is not null"
    assert rows(engine, settled) == [("test.paper", "settled", "hub")]


def test_held_batch_in_dispute_is_judged_again(agreed: Exchange, source, engine: sa.Engine, record) -> None:
    """It was never merged, so no span of merged batches has it: without it the dispute would end unseen."""
    source.served = [[record(f"{i}", LATER, TrangThai="1") for i in range(4)]]
    with planted("row engine holds shares"):
        with pytest.raises(EnginesDisagree):
            agreed.sync()
        with pytest.raises(EnginesDisagree, match="null-share"):
            daily(agreed).give(NOW)

    given = daily(agreed).give(NOW)

    assert given.staged_again >= 1
    assert opinions(engine)[-1] == ("daily", True)


def test_agreement_that_did_not_see_the_dispute_does_not_end_it(
    agreed: Exchange, source, engine: sa.Engine, record
) -> None:
    """A batch that came into dispute while the daily run judged the others would be merged next."""
    source.served = [[record(f"{i}", LATER, TrangThai="1") for i in range(4)]]
    with planted("row engine holds shares"), pytest.raises(EnginesDisagree):
        agreed.sync()
    v = agreed.validator
    with engine.begin() as connection:
        on_record.record(connection, "test.paper", Opinion("daily", v.rules, v.engines, ("another",), 1, 1), NOW)

    with pytest.raises(EnginesDisagree):
        agreed.sync()


def test_person_ends_it_by_name(agreed: Exchange, source, engine: sa.Engine, record) -> None:
    """As with a release: who, when and why stay, and the batches are that person's to answer for."""
    merge_faulty(agreed, source, record, "row engine accepts")
    with pytest.raises(EnginesDisagree):
        daily(agreed).give(NOW)
    v = agreed.validator
    with engine.begin() as connection:
        on_record.settle(connection, "test.paper", v.rules, v.engines, LAN, NOW)

    again = daily(agreed).give(NOW)

    assert (again.merged, doubted(engine)) == (0, [])
    assert rows(engine, "select what, who, why from hub.act") == [("settled", LAN.who, LAN.why)]
    with pytest.raises(NotFound), engine.begin() as connection:
        on_record.settle(connection, "test.paper", v.rules, v.engines, LAN, NOW)


def test_who_ended_it_cannot_be_rewritten(agreed: Exchange, source, engine: sa.Engine, record) -> None:
    """The log of acts is only ever appended to, about streams too."""
    merge_faulty(agreed, source, record, "row engine accepts")
    with pytest.raises(EnginesDisagree):
        daily(agreed).give(NOW)
    v = agreed.validator
    with engine.begin() as connection:
        on_record.settle(connection, "test.paper", v.rules, v.engines, LAN, NOW)

    with pytest.raises(DatabaseRefused, match="only ever appended"), engine.begin() as connection:
        connection.execute(sa.text("update hub.act set who = 'somebody'"))


def test_batch_in_flight_is_not_merged(agreed: Exchange, source, engine: sa.Engine, record) -> None:
    """Judged before the engines disagreed, due to be merged after: the merge looks once more, under the stream's lock."""
    merge_faulty(agreed, source, record, "row engine accepts")
    source.served = [[record("D", LATER, TrangThai="1")]]
    run, _ = agreed.begin(None, "live", None)
    [(batch, _)] = agreed.fetched(run)
    staged = agreed.validator(run, batch)
    with pytest.raises(EnginesDisagree):
        daily(agreed).give(NOW)

    with pytest.raises(EnginesDisagree):
        agreed.merge(run, batch, staged)

    assert rows(engine, "select count(*) from warehouse.paper where _key = 'D'") == [(0,)]


def test_rows_of_earlier_rules_are_not_measured_by_new_ones(
    agreed: Exchange, source, engine: sa.Engine, record
) -> None:
    """A new rule made every row that it would reject today look like a fault of the hub."""
    parent, child = SHARED.datasets
    stricter = replace(
        parent, rules=(*parent.rules, replace(parent.rules[0], id="SoDinhDanh.required", fields=("SoDinhDanh",)))
    )

    given = daily(looked_at(agreed, replace(SHARED, datasets=(stricter, child)))).give(NOW)

    assert (given.merged, given.accepted) == (1, 0)
    assert opinions(engine)[-1] == ("daily", True)


def test_unchanged_records_are_staged_again_as_well(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """A batch whose records were recognised, or went past the stage, is judged whole from its landed bytes."""
    stream = looked_at(exchange, ALONE, share=1.0)
    source.served = [[record(f"{i}", AT, TrangThai="1") for i in range(4)]]
    stream.sync()
    source.served = [[record(f"{i}", AT, TrangThai="1") for i in range(5)]]
    replace(stream, validator=replace(stream.validator, gate_share=0.5)).sync(mode="full")

    given = daily(stream).give(NOW)

    assert (given.merged, given.accepted, given.staged_again) == (2, 5, 2)


def test_documents_of_the_run_hold_no_value(exchange: Exchange, source, tmp_path, record) -> None:
    """Data Docs of both parts are written, with counts only."""
    stream = looked_at(exchange, docs=tmp_path / "docs")
    source.served = [[record("canary-key", AT, SoDinhDanh="079090424242", TrangThai="1")]]
    stream.sync()
    daily(stream).give(NOW)

    folder = tmp_path / "docs" / "test.paper" / "second-opinion"
    pages = {page.relative_to(folder).as_posix(): page.read_text() for page in folder.rglob("*.html")}
    assert {"accepted/paper.html", "sample-1/paper.html"} <= set(pages)
    assert not [name for name, page in pages.items() if "canary" in page or "424242" in page]


def test_two_do_not_ask_at_once(agreed: Exchange, engine: sa.Engine) -> None:
    """Their tables bear the same names."""
    with engine.connect() as other:
        other.execute(sa.text("select pg_advisory_lock(hashtextextended('second-opinion/test.paper', 0))"))
        with pytest.raises(StreamBusy):
            daily(agreed).give(NOW)
