"""A chain of deliveries in a receiver's own database: equal to what was released, whatever happens on the way."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import load as loader
import psycopg
import pytest
import verify as kit
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hub.feeds.samples import COLUMNS, FORGED, write_samples

NOW = datetime(2022, 6, 12, tzinfo=UTC)


def released(feed: Path, samples: Path, last: int = 11) -> dict[str, tuple[object, ...]]:
    """What a receiver holds after a number of deliveries, by plain reading."""
    private = kit.private_key(samples / "receiver" / "opening.pem", X25519PrivateKey)
    there: dict[str, tuple[object, ...]] = {}
    for number in range(1, last + 1):
        for row in kit.rows(kit.verify(feed / f"{number:08d}", kit.pinned(samples / "keys")), private):
            there.pop(row.key, None)
            if row.op == "put":
                there[row.key] = tuple(row.values[name] for name in COLUMNS)
    return there


def load(samples: Path, feed: Path, into: str) -> int:
    return loader.load(feed, samples / "keys", samples / "receiver" / "opening.pem", into, NOW)


def held(file: Path) -> dict[str, tuple[object, ...]]:
    query = f"select _key, {', '.join(COLUMNS)} from birth"
    with sqlite3.connect(file) as connection:
        return {key: values for key, *values in connection.execute(query)} and {
            row[0]: row[1:] for row in connection.execute(query)
        }


@pytest.mark.parametrize("form", ["jsonl.gz", "csv.gz"])
def test_a_snapshot_and_ten_deltas(tmp_path: Path, form: str) -> None:
    """The table equals the released set; null and the empty text are told apart in both forms."""
    write_samples(tmp_path, form=form)
    feed = tmp_path / "feeds" / "sample-births"
    assert 11 == load(tmp_path, feed, f"sqlite:///{tmp_path}/city.db")
    found = held(tmp_path / "city.db")
    assert released(feed, tmp_path) == found
    assert {None, ""} <= {values[COLUMNS.index("nksNoiSinh")] for values in found.values()}


def test_both_forms_bring_the_same(tmp_path: Path) -> None:
    """One story, two forms, one table."""
    for form in ("jsonl.gz", "csv.gz"):
        folder = tmp_path / form
        write_samples(folder, form=form)
        load(folder, folder / "feeds" / "sample-births", f"sqlite:///{folder}/city.db")
    assert held(tmp_path / "jsonl.gz" / "city.db") == held(tmp_path / "csv.gz" / "city.db")


def test_into_postgresql(samples: Path, feed: Path, pg_url: str) -> None:
    """The same in PostgreSQL."""
    address = pg_url.replace("postgresql+psycopg", "postgresql")
    assert 11 == load(samples, feed, address)
    with psycopg.connect(address) as connection:
        found = connection.execute(f"select _key, {', '.join(f'{chr(34)}{c}{chr(34)}' for c in COLUMNS)} from birth")
        assert released(feed, samples) == {row[0]: tuple(row[1:]) for row in found}


def test_again_changes_nothing(samples: Path, feed: Path, tmp_path: Path) -> None:
    """A second start applies nothing; what came meanwhile is applied behind the last one."""
    shutil.copytree(
        feed, tmp_path / "sample-births", ignore=lambda _, names: {n for n in names if n > "00000006" and n.isdigit()}
    )
    address = f"sqlite:///{tmp_path}/city.db"
    assert 6 == load(samples, tmp_path / "sample-births", address)
    assert released(feed, samples, 6) == held(tmp_path / "city.db")
    assert 0 == load(samples, tmp_path / "sample-births", address)
    assert 5 == load(samples, feed, address)
    assert released(feed, samples) == held(tmp_path / "city.db")


def test_a_forged_delivery_is_not_applied(samples: Path, feed: Path, tmp_path: Path) -> None:
    """What was good before it stays; nothing of it or behind it comes in."""
    with pytest.raises(kit.Refused, match="00000007: forged"):
        load(samples, samples / "forged" / "sample-births", f"sqlite:///{tmp_path}/city.db")
    assert released(feed, samples, FORGED - 1) == held(tmp_path / "city.db")


def test_a_delivery_is_applied_whole_or_not_at_all(
    samples: Path, feed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut in the middle of a delivery leaves the table of the delivery before."""

    def cut(delivery: kit.Delivery, private: X25519PrivateKey):
        for number, row in enumerate(kit.rows(delivery, private)):
            if delivery.manifest["sequence"] == 4 and number == 3:
                raise KeyboardInterrupt
            yield row

    monkeypatch.setattr(loader, "rows", cut)
    with pytest.raises(KeyboardInterrupt):
        load(samples, feed, f"sqlite:///{tmp_path}/city.db")
    assert released(feed, samples, 3) == held(tmp_path / "city.db")


def test_another_past_is_refused(samples: Path, feed: Path, tmp_path: Path) -> None:
    """A store that applied one history does not go on with another."""
    address = f"sqlite:///{tmp_path}/city.db"
    load(samples, feed, address)
    write_samples(tmp_path / "other", seed=2)
    with pytest.raises(kit.Refused, match="fork"):
        load(tmp_path / "other", tmp_path / "other" / "feeds" / "sample-births", address)
