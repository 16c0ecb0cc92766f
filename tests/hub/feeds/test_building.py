"""Deliveries of a feed: what the receiver holds equals what the city holds and may give, whatever happened in between."""

from __future__ import annotations

import gzip
import random
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from hub.access.grants import versions
from hub.access.grants.model import Grants
from hub.cases import departures
from hub.cases.findings import FindingFilter
from hub.core.errors import NotGranted
from hub.feeds import approvals, package, signing
from hub.feeds.building import FeedNotDue
from hub.feeds.rebuilding import DeliveryExpired, RebuiltOtherwise, rebuild
from tests.hub.feeds.city import COLUMNS, MINISTRY, PERSON, City, granted, kit


def paper(id: str, at: str, **values: str) -> dict[str, object]:
    return {"MaHoSo": id, "NgayCapNhat": at, "parts": [], **values}


def put(city: City, number: int) -> dict[str, str]:
    """Key -> operation of a delivery, as the receiver reads it."""
    return {row.key: row.op for row in kit.rows(city.chain()[number - 1], city.opening)}


def test_a_snapshot_then_what_changed(city: City) -> None:
    """The first delivery has all, the next ones only new and changed records, an idle day none."""
    city.sync(paper("A", "20220601080000", TrangThai="1"), paper("B", "20220601080100", NgaySinh="1990-05"))
    assert "moj-papers-00000001" == city.build()
    city.sync(paper("A", "20220602080000", TrangThai="2"), paper("C", "20220602080100"))
    city.build()
    city.build()
    assert [{"A": "put", "B": "put"}, {"A": "put", "C": "put"}, {}] == [put(city, n) for n in (1, 2, 3)]
    assert city.current() == city.held()
    assert ["snapshot", "delta", "delta"] == [each.manifest["kind"] for each in city.chain()]


def test_a_batch_waits_for_its_feed_in_the_merge(city: City) -> None:
    """One row a batch and feed, written with the merge; a reading that brings nothing new notes nothing."""
    first = [paper(str(n), f"2022060108000{n}") for n in range(5)]
    city.sync(*first)
    waiting = "select count(*) from hub.outbox where sequence is null"
    assert [(1,)] == city.rows(waiting)
    city.build()
    assert [(0,)] == city.rows(waiting)
    city.sync(*first)
    assert [(0,)] == city.rows(waiting)
    assert [(1,)] == city.rows("select count(*) from hub.outbox where sequence = 1")


def test_changed_twice_between_deliveries(city: City) -> None:
    """The newest version travels once; the one between is never sent."""
    city.sync(paper("A", "20220601080000", TrangThai="1"))
    city.build()
    city.sync(paper("A", "20220602080000", TrangThai="2"))
    city.sync(paper("A", "20220603080000", TrangThai="1"))
    city.build()
    assert {"A": "put"} == put(city, 2)
    assert "1" == city.held()["A"]["TrangThai"]


def test_late_news_of_an_older_batch(city: City) -> None:
    """A batch with a smaller number that is merged behind a delivery is in the next one: the outbox counts no numbers."""
    city.sync(paper("A", "20220601080000"))
    city.sync(paper("B", "20220601080100"))
    with city.engine.begin() as connection:  # as if the first batch's transaction had committed later
        late = connection.execute(
            sa.text("delete from hub.outbox where batch = (select min(batch) from hub.outbox) returning *")
        ).one()
        connection.execute(sa.text("update warehouse.paper set _key = 'hidden' where _key = 'A'"))
    city.build()
    with city.engine.begin() as connection:
        connection.execute(sa.text("update warehouse.paper set _key = 'A' where _key = 'hidden'"))
        connection.execute(sa.text("insert into hub.outbox values (:feed, :batch, :at, null)"), dict(late._mapping))
    city.build()
    assert "put" == put(city, 2)["A"]


def test_what_left_its_source(city: City) -> None:
    """A record that a person released as gone is deleted there; one that came back is put again; one never sent is not named."""
    city.sync(paper("A", "20220601080000"), paper("B", "20220601080100"))
    city.build()
    city.sync(paper("C", "20220602080000"))
    leave(city, "B", "C")
    city.build()
    assert {"B": "delete"} == put(city, 2)
    city.sync(paper("B", "20220601080100"))
    city.build()
    assert {"B": "put"} == put(city, 3)
    assert {"A", "B"} == set(city.held())


def leave(city: City, *keys: str) -> None:
    with city.engine.begin() as connection:
        stream, dataset = city.exchange.stream, city.feed.dataset
        departures.note(connection, stream, dataset, keys, PERSON, city.clock[0])
        departures.release(connection, FindingFilter(stream=stream), PERSON, city.clock[0])


def test_nothing_leaves_before_a_person_approved(city: City) -> None:
    """The first delivery is built and waits; with the approval it is released, and the following ones by themselves."""
    city.sync(paper("A", "20220601080000"))
    city.build()
    states = "select sequence, state, released, waiting from hub.delivery order by 1"
    assert [(1, "built", 0, 0)] == city.rows(states)
    assert [] == city.rows("select * from hub.audit where what = 'delivery'")
    assert [1] == city.approve()
    city.sync(paper("B", "20220602080000"))
    city.build()
    assert [(1, "released", 1, 1), (2, "released", 1, 1)] == city.rows(states)


def test_every_release_is_an_audit_row(city: City) -> None:
    """To whom, why, by which grant and law, which fields; no key and no value of a record."""
    city.sync(paper("A", "20220601080000", SoDinhDanh="079190000001"))
    city.build()
    city.approve()
    found = city.rows(
        "select agency, purpose, reference, datasets, fields, grants, legal_bases, outcome from hub.audit"
    )
    fields = sorted(f"paper.{name}" for name in COLUMNS)
    expected = (MINISTRY, "feeding", "moj-papers-00000001", ["paper"], fields, ["bulk"], ["Luật A Điều 1"], "answered")
    assert [expected] == found


def test_without_a_grant_of_the_day(city: City) -> None:
    """A grant that ended yesterday gives nothing today: no delivery, and no number is used up."""
    city.sync(paper("A", "20220601080000"))
    city.feed = replace(city.feed, granted=granted(valid_to=date(2022, 6, 2)))
    with pytest.raises(NotGranted, match=r"may not leave on 2022-06-03"):
        city.build()
    assert [] == city.rows("select * from hub.delivery")
    city.feed = replace(city.feed, granted=granted(COLUMNS[:2]))
    with pytest.raises(NotGranted, match="NgaySinh, SoDinhDanh of paper"):
        city.build()


def test_the_version_in_force_counts(city: City) -> None:
    """What was applied decides, not the deployment's file: a version without the grant ends the feed at once."""
    city.sync(paper("A", "20220601080000"))
    with city.engine.begin() as connection:
        versions.apply(connection, Grants(()), city.builder.territories, PERSON)
    with pytest.raises(NotGranted):
        city.build()
    with city.engine.begin() as connection:
        versions.apply(connection, granted(), city.builder.territories, PERSON)
    assert "moj-papers-00000001" == city.build()


def test_new_terms_begin_with_a_snapshot_and_a_person(city: City) -> None:
    """Fewer columns: the next delivery holds everything under the new terms, and waits again."""
    city.sync(paper("A", "20220601080000"), paper("B", "20220601080100"))
    city.build()
    city.approve()
    narrow = city.feed.file.model_copy(update={"columns": COLUMNS[:2]})
    city.feed = replace(city.feed, file=narrow)
    city.build()
    assert [("snapshot", "released"), ("snapshot", "built")] == city.rows(
        "select kind, state from hub.delivery order by sequence"
    )
    assert {"MaHoSo", "TrangThai"} == set(city.held()["A"])


def test_sealed_fields_are_in_no_delivery(city: City) -> None:
    """The canary of a sensitive field is in no file, and nobody without the key reads any value."""
    city.sync(paper("A", "20220601080000", NguyenNhan="CANARY-CAUSE", SoDinhDanh="079190000001"))
    city.build()
    opened = kit.content(city.chain()[0], city.opening)
    assert b"CANARY-CAUSE" not in gzip.decompress(opened)
    assert b"079190000001" not in b"".join(path.read_bytes() for path in city.folder.rglob("*") if path.is_file())


def test_a_kill_while_building(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender that dies before its commit leaves no row and no batch taken; the next build has the same number."""
    city.sync(paper("A", "20220601080000"))
    for point in ("write_payload", "finish"):
        with monkeypatch.context() as patch:
            patch.setattr(package, point, _dies)
            with pytest.raises(SystemExit):
                city.build()
    with monkeypatch.context() as patch:
        patch.setattr("hub.feeds.building._settle", _dies)  # the folder is whole, the row is not committed
        with pytest.raises(SystemExit):
            city.build()
    assert [(0, 1)] == city.rows(
        "select (select count(*) from hub.delivery), count(*) from hub.outbox where sequence is null"
    )
    assert "moj-papers-00000001" == city.build()
    assert city.current() == city.held()


def _dies(*_: object, **__: object) -> None:
    raise SystemExit(9)


def test_a_key_rotated(city: City) -> None:
    """The chain holds over a new signing key: each delivery names the key that signed it."""
    city.sync(paper("A", "20220601080000"))
    city.build()
    old = signing.signers(city.builder.signing_keys)[0].id
    new = signing.rotate(city.builder.signing_keys).id
    city.build()
    assert [old, new] == [each.manifest["signer"] for each in city.chain()]


def test_rebuilt_from_history(city: City) -> None:
    """Every past delivery, after its records changed twice, is made again to the byte, even where its folder is lost."""
    for day in range(1, 6):
        city.sync(
            *(
                paper(key, f"2022060{day}08000{n}", TrangThai="12"[day % 2], NgaySinh=f"199{day}")
                for n, key in enumerate("ABCD")
            )
        )
        city.build()
    before = {path: path.read_bytes() for path in city.folder.rglob("*") if path.is_file()}
    shutil.rmtree(city.folder)
    for number in range(1, 6):
        made = rebuild(city.engine, city.builder.keys, city.folder, city.feed, number, city.clock[0])
        assert made.same_bytes
    assert before == {path: path.read_bytes() for path in city.folder.rglob("*") if path.is_file()}


def test_rebuilt_under_a_newer_receiver_key(city: City) -> None:
    """A past delivery stays sealed for the key of its day."""
    city.sync(paper("A", "20220601080000"))
    city.build()
    other = kit.X25519PrivateKey.generate().public_key()
    pem = other.public_bytes(kit.serialization.Encoding.PEM, kit.serialization.PublicFormat.SubjectPublicKeyInfo)
    with city.engine.begin() as connection:
        approvals.pin(connection, MINISTRY, pem, PERSON, city.clock[0])
    assert rebuild(city.engine, city.builder.keys, city.folder, city.feed, 1, city.clock[0]).same_bytes


def test_a_database_that_was_altered(city: City) -> None:
    """History that no longer says what was sent is found, and what was sent stays as it lies there."""
    city.sync(paper("A", "20220601080000", TrangThai="1"))
    city.build()
    before = (city.folder / "moj-papers" / "00000001" / "payload.jsonl.gz.sealed").read_bytes()
    with city.engine.begin() as connection:
        connection.execute(sa.text("update warehouse.paper set trang_thai = '2'"))
    with pytest.raises(RebuiltOtherwise):
        rebuild(city.engine, city.builder.keys, city.folder, city.feed, 1, city.clock[0])
    assert before == (city.folder / "moj-papers" / "00000001" / "payload.jsonl.gz.sealed").read_bytes()


def test_expired_after_its_retention(city: City) -> None:
    """Its hash and counts remain; its content is not made again."""
    city.sync(paper("A", "20220601080000"))
    city.build()
    with pytest.raises(DeliveryExpired, match="moj-papers-00000001 expired on"):
        rebuild(city.engine, city.builder.keys, city.folder, city.feed, 1, city.clock[0] + timedelta(days=90))


def test_the_equation_is_the_database_s(city: City) -> None:
    """No statement can make a delivery whose items are not accounted for."""
    city.sync(paper("A", "20220601080000"))
    city.build()
    city.approve()
    for wrong in ("waiting = 0", "acknowledged = 1", "released = 2, waiting = 2", "state = 'built'"):
        with (
            pytest.raises(Exception, match=r"delivery_(balances|released_whole|counts_follow)"),
            city.engine.begin() as connection,
        ):
            connection.execute(sa.text(f"update hub.delivery set {wrong}"))


def test_switched_off(city: City) -> None:
    """A feed that its file switches off is not built."""
    city.feed = replace(city.feed, file=city.feed.file.model_copy(update={"active": False}))
    with pytest.raises(FeedNotDue):
        city.build()


def test_sixty_days(city: City) -> None:
    """Two months of random days: the receiver's set is the city's after each, and every delivery is rebuilt as it was."""
    chance, at = random.Random(7), datetime(2022, 6, 1, 8, tzinfo=UTC)
    for day in range(1, 61):
        at += timedelta(days=1)
        changed = chance.sample("ABCDEFGHIJKLMNOP", chance.randint(0, 5))
        if changed:
            city.sync(
                *(paper(k, f"{at:%Y%m%d}0800{n:02d}", TrangThai=chance.choice("12")) for n, k in enumerate(changed))
            )
        city.build(snapshot=day in (20, 40))
        if not day % 15:
            assert city.current() == city.held()
    for number in range(1, 61):
        assert rebuild(city.engine, city.builder.keys, city.folder, city.feed, number, city.clock[0]).same_bytes
