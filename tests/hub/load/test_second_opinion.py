"""Which batches the declared suite sees before their merge, and that no share passes unseen between two of them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
import sqlalchemy as sa

from hub.core.errors import BatchHeld, EnginesDisagree
from hub.load.counts import Counts
from hub.load.exchange import Exchange
from tests.hub.conftest import rule_of

from .observed import rows
from .second_opinions import ALONE, RIGHT, SHARED, WRONG, doubted, looked_at, opinions, planted

AT = "20220601080000"


def batch_of(record, number: int, *, empty: int = 0, **values: str) -> list[dict[str, object]]:
    """Records of their own keys; the first `empty` of them lack TrangThai."""
    full = {"TrangThai": "1", **values}
    return [record(f"{number}-{i}", AT, **({} if i < empty else full)) for i in range(4)]


def test_suite_sees_the_first_batch_of_new_rules_only(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """It was run for the first batch of every reading: 5 s and 220 MB each time, to say the same again."""
    stream = looked_at(exchange)
    source.served = [batch_of(record, 1)]
    stream.sync()
    stream.sync(mode="full")

    assert opinions(engine) == [("first", True)]


def test_suite_sees_a_batch_again_after_a_rule_or_list_changed(
    exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """Any part of the rules counts, whatever the version says."""
    source.served = [batch_of(record, 1)]
    looked_at(exchange).sync()
    parent, child = SHARED.datasets
    longer = replace(parent, rules=(*parent.rules, rule_of("MaHoSo.max_length", "max_length", "MaHoSo", length=9)))
    looked_at(exchange, replace(SHARED, datasets=(longer, child))).sync(mode="full")
    listed = looked_at(exchange)
    replace(listed, validator=replace(listed.validator, lists={"units": frozenset({"760"})})).sync(mode="full")

    assert opinions(engine) == [("first", True)] * 3


def test_what_is_held_or_lost_before_its_merge_is_no_first_batch(
    exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """An opinion is remembered with the merge of its batch, or not at all."""
    stream = looked_at(exchange)
    source.served = [batch_of(record, 1)]
    run, _ = stream.begin(None, "live", None)
    [(batch, _)] = stream.fetched(run)
    stream.validator(run, batch)
    before = opinions(engine)
    stream.sync()

    assert (before, opinions(engine)) == ([], [("first", True)])


def test_in_bulk_a_share_is_seen(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """By the batch's id, so that a second try sees the same ones; a small batch waits for none."""
    stream = looked_at(exchange, share=0.999999)
    source.served = [batch_of(record, 1)]
    stream.sync()
    source.served = [batch_of(record, 2), [record(f"{i}", AT, TrangThai="1") for i in range(1000)]]
    replace(stream, batch_records=4).sync()

    assert opinions(engine) == [("first", True), ("sample", True)]


def test_share_is_checked_in_every_batch(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """A fault that began in the middle of a bulk load passed until a batch came that the suite looked at."""
    stream = replace(looked_at(exchange), batch_records=4)
    source.served = [batch_of(record, n, empty=3 if n == 3 else 1) for n in range(1, 5)]

    with pytest.raises(BatchHeld, match=r"paper/TrangThai\.null-share failed"):
        stream.sync()

    assert rows(
        engine, "select state, count(*) from hub.batch where state in ('applied', 'held') group by 1 order by 1"
    ) == [
        ("applied", 2),
        ("held", 1),
    ]
    assert opinions(engine) == [("first", True), ("held", True)]


def test_unchanged_records_count_for_a_share(exchange: Exchange, source, record) -> None:
    """Of the batch as received, not of what is new in it: one new record without a state is one of five."""
    stream = looked_at(exchange, ALONE)
    source.served = [batch_of(record, 1)]
    stream.sync()
    source.served = [[*batch_of(record, 1), record("new", AT)]]

    _, counts = stream.sync(mode="full")

    assert counts["paper"] == Counts(received=5, accepted=1, unchanged=4)


@pytest.mark.parametrize("fault", ["row engine passes shares", "suite accepts", "suite rejects", "row engine rejects"])
def test_fault_of_one_engine_is_found_in_the_first_batch(
    exchange: Exchange, source, engine: sa.Engine, record, fault: str
) -> None:
    """A rule that one engine counts wrongly: nothing is merged, the stream is stopped, the error names rule and way out."""
    source.served = [[*batch_of(record, 1, empty=4), record("odd-1", AT, **RIGHT), record("odd-2", AT, **WRONG)]]

    with (
        planted(fault),
        pytest.raises(EnginesDisagree, match=r"paper/(SoDinhDanh\.pattern|TrangThai\.null-share)") as found,
    ):
        looked_at(exchange).sync()

    assert "hub second-opinion run test.paper" in found.value.hint
    assert rows(engine, "select count(*) from warehouse.paper") == [(0,)]
    assert rows(engine, "select distinct state from hub.batch") == [("held",)]


def test_share_that_the_row_engine_alone_holds_is_a_disagreement(
    exchange: Exchange, source, engine: sa.Engine, record
) -> None:
    """Every held batch gets the suite's opinion: nobody is asked to release what a defect of the hub holds."""
    stream = looked_at(exchange)
    source.served = [batch_of(record, 1)]
    stream.sync()
    source.served = [batch_of(record, 2)]

    with planted("row engine holds shares"), pytest.raises(EnginesDisagree, match="null-share: fails by row only"):
        stream.sync()

    assert opinions(engine) == [("first", True), ("held", False)]


def test_stopped_stream_asks_its_source_nothing(exchange: Exchange, source, engine: sa.Engine, record) -> None:
    """Until the engines agree or a person acts, nothing is fetched for nothing; exit code 7."""
    source.served = [batch_of(record, 1)]
    with planted("suite rejects"), pytest.raises(EnginesDisagree):
        looked_at(exchange).sync()
    asked = len(source.asked)

    with pytest.raises(EnginesDisagree) as found:
        looked_at(exchange).sync()

    assert (len(source.asked), found.value.exit_code) == (asked, 7)
    assert doubted(engine) == []


SMALL = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from hub.core.crypto import Keys
from hub.core.database import connect
from hub.load.exchange import Exchange
from hub.load.landing import Landing
from hub.load.validation import Validator
from tests.hub.conftest import ListSource, record
from tests.hub.load.second_opinions import SHARED

engine, keys = connect(sys.argv[1]), Keys(b"k" * 32)
source, landing = ListSource([[record("B", "20220601080000", TrangThai="1")]]), Landing(Path(sys.argv[2]), keys)
validator = Validator(source, SHARED, engine, landing, keys, {}, 0.01)
now = lambda: datetime(2022, 6, 2, tzinfo=UTC)
stream = Exchange("test.paper", source, SHARED, engine, landing, validator, now, timedelta(0), 100)
_, counts = stream.sync()
print(counts["paper"].accepted, "great_expectations" in sys.modules)
"""


def test_small_sync_does_not_import_the_suite(exchange: Exchange, source, engine: sa.Engine, tmp_path, record) -> None:
    """Each small sync paid 5 s and 220 MB for a suite that had agreed long ago."""
    source.served = [batch_of(record, 1)]
    looked_at(exchange).sync()
    url = engine.url.render_as_string(hide_password=False)

    done = subprocess.run(
        [sys.executable, "-c", SMALL, url, str(tmp_path / "landing")], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "1 False"
