"""A contract whose names are all words of SQL, or as long as PostgreSQL takes them, from its file to its second opinion."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import polars as pl
import pytest
import sqlalchemy as sa
import yaml

from connectors.interface import Page, Position, Probe, Source, Window
from connectors.leaf_rows import text_frame
from contracts.lint import lint
from contracts.load import load_contract
from contracts.model import Contract, Dataset, Kind
from hub.access import row_security
from hub.core.crypto import Keys
from hub.core.database import connect, identifier
from hub.evidence.evidence import Evidence, row_if_held
from hub.load import batches, stream_state
from hub.load.batches import Batch
from hub.load.counts import Counts
from hub.load.exchange import Exchange
from hub.load.landing import Landing
from hub.load.second_opinion.daily import SecondOpinion
from hub.load.validation import Validator
from hub.load.warehouse import ensure_all, ensure_tables
from hub.operations.reference_merge import ReferenceMerge, staged_again
from quality.coverage import lint as lint_engines
from tests.contracts.good_file import GOOD
from tests.hub.conftest import UngatedValidator

NOW = datetime(2026, 6, 2, 1, tzinfo=UTC)
KINDS: tuple[Mapping[str, object], ...] = (
    {"logicalType": "string", "logicalTypeOptions": {"maxLength": 20}},
    {"logicalType": "integer", "logicalTypeOptions": {"minimum": 0}},
    {"logicalType": "number"},
    {"logicalType": "timestamp"},
    {"logicalType": "string", "logicalTypeOptions": {"format": "partial-date"}},
    {"logicalType": "string", "enum": [{"value": "1", "label": "Một"}, {"value": "2", "label": "Hai"}]},
    {"logicalType": "string", "logicalTypeOptions": {"pattern": "[0-9]+"}, "required": True},
    {"logicalType": "string", "classification": "restricted"},
    {"logicalType": "string", "customProperties": [{"property": "identity", "value": True}]},
)


@dataclass
class WordSource(Source):
    """Serves the records of a page as frames of owners and of children."""

    contract: Contract
    served: list[dict[str, str | None]] = field(default_factory=list)

    def pages(self, window: Window) -> Iterator[Page]:
        yield Page(msgspec.json.encode(self.served), "application/json", len(self.served), "list", Position(NOW))

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        given: list[dict[str, str | None]] = msgspec.json.decode(body)
        frames = {}
        for dataset in self.contract.datasets:
            names = [each.name for each in dataset.fields]
            frame = text_frame(names, [tuple(record.get(name) for name in names) for record in given])
            if dataset.parent:
                frame = frame.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("_owner"))
            frames[dataset.name] = frame
        return frames

    def check(self) -> Iterable[Probe]:
        return []


def written(words: list[str], owner: str, child: str, key: str, version: str) -> str:
    """The text of a contract whose two datasets have all the words as fields."""
    file = yaml.safe_load(GOOD)
    file["name"] = "words"
    kinds = {word: KINDS[n % len(KINDS)] for n, word in enumerate(w for w in words if w not in (key, version))}
    plain = {"businessName": "Từ của máy", "description": "A word.", "classification": "none"}
    fields = [
        {**plain, "name": key, "logicalType": "string", "primaryKey": True, "primaryKeyPosition": 1, "required": True},
        *({**plain, **copy.deepcopy(dict(kind)), "name": word} for word, kind in kinds.items()),
        {
            **plain,
            "name": version,
            "logicalType": "timestamp",
            "required": True,
            "customProperties": [{"property": "transport", "value": True}],
        },
    ]
    second = next(word for word, kind in kinds.items() if kind is KINDS[0])
    inner = copy.deepcopy(fields)
    next(each for each in inner if each["name"] == second).update(primaryKey=True, primaryKeyPosition=2, required=True)
    about = {"businessName": "Bảng", "description": "One."}
    versioned = {"property": "versionField", "value": version}
    file["schema"] = [
        {**about, "name": owner, "customProperties": [versioned], "properties": fields},
        {
            **about,
            "name": child,
            "customProperties": [versioned, {"property": "parent", "value": owner}],
            "properties": inner,
        },
    ]
    return yaml.safe_dump(file, allow_unicode=True, sort_keys=False)


def record(contract: Contract, key: str, at: str, **values: str | None) -> dict[str, str | None]:
    """A record with a value for each field."""
    found: dict[str, str | None] = {}
    for each in contract.datasets[0].fields:
        match each:
            case _ if each.key_position:
                found[each.name] = key
            case _ if each.transport:
                found[each.name] = at
            case _ if each.codes:
                found[each.name] = "2"
            case _ if each.identity:
                found[each.name] = "079200000001"
            case _ if each.kind is Kind.TEXT:
                found[each.name] = "7"
            case _:
                found[each.name] = {
                    Kind.INTEGER: "12",
                    Kind.DECIMAL: "1.50",
                    Kind.TIMESTAMP: "2026-05-01T08:00:00",
                    Kind.PARTIAL_DATE: "05.2001",
                }[each.kind]
    return found | values


@pytest.fixture
def engine(pg_url: str) -> Iterator[sa.Engine]:
    engine = connect(pg_url)
    yield engine
    engine.dispose()


def walked(engine: sa.Engine, contract: Contract, folder: Path, *, suite: bool = True) -> None:
    """Every path of such a contract: copied, changed, quarantined, replayed, recounted, read by agencies, judged again."""
    owner, child = contract.datasets
    word = next(each for each in owner.fields if each.kind is Kind.INTEGER)
    keys, source = Keys(b"k" * 32), WordSource(contract)
    with engine.begin() as connection:
        ensure_all(connection, {contract.name: contract})
        stream_state.register(connection, "test.words", "test", contract.name)
    landing = Landing(folder, keys)
    kind = Validator if suite else UngatedValidator
    validator = kind(source, contract, engine, landing, keys, {}, 1.0)
    exchange = Exchange(
        "test.words", source, contract, engine, landing, validator, lambda: NOW, timedelta(minutes=15), 1_000
    )
    source.served = [record(contract, f"K{n}", "2026-05-01T08:00:00") for n in range(5)]
    assert _both(contract, received=5, accepted=5) == exchange.sync()[1]
    source.served = [
        record(contract, "K0", "2026-05-01T09:00:00", **{word.name: "13"}),
        record(contract, "K1", "2026-05-01T09:00:00", **{word.name: "no number"}),
        record(contract, "K9", "2026-05-01T09:00:00"),
    ]
    _, counts = exchange.sync(mode="full")
    assert _both(contract, received=3, accepted=2, quarantined=1) == counts
    assert _counted_again(exchange, engine) == counts
    assert {owner.name, child.name} == set(exchange.replay(None, None)[1])
    quick = replace(exchange, validator=replace(validator, gate_share=0.0))
    source.served = [record(contract, f"N{n}", "2026-05-01T10:00:00") for n in range(5)]
    assert _both(contract, received=5, accepted=5) == quick.sync(mode="full")[1]  # past the stage, by one COPY
    _looked_at(engine, contract, owner, word.name, word.column)
    if suite:
        assert SecondOpinion(exchange.stream, validator).give(NOW).accepted > 0
        with engine.connect() as connection:
            asked = sa.text("select occasion, disagreements from hub.second_opinion order by id")
            opinions = connection.execute(asked).all()
        assert {"first", "daily"} <= {each.occasion for each in opinions}
        assert [] == [each for opinion in opinions for each in opinion.disagreements]
    with engine.begin() as connection:
        ensure_tables(connection, contract)
        assert [] == row_security.drift(connection, row_security.policies({contract.name: contract}))


def _both(contract: Contract, **counts: int) -> Mapping[str, Counts]:
    return {dataset.name: Counts(**counts) for dataset in contract.datasets}


def _looked_at(engine: sa.Engine, contract: Contract, owner: Dataset, name: str, column: str) -> None:
    """The current row and the one before it, as the hub reads them and as an agency's role does."""
    with engine.connect() as connection:
        found = connection.execute(
            sa.text(
                f"select {identifier(column)}, _known_from from warehouse.{identifier(owner.table)} where _key = 'K0'"
            )
        ).one()
        assert 13 == found[0]
        evidence = Evidence(
            type="", dataset=owner.name, system="test", key="K0", role="", version=datetime(2026, 5, 1, 1, tzinfo=UTC),
            known_from=NOW, batch=1,
        )  # fmt: skip
        assert {name: 12} == row_if_held(connection, owner, evidence, [name])
        row_security.read_as(connection, agency="x", purpose="y", day=date(2026, 6, 2))
        plain = [each.column for each in owner.fields if not each.classification.encrypted]
        listed = ", ".join(map(identifier, plain))
        assert [] == connection.execute(sa.text(f"select {listed} from warehouse.{identifier(owner.table)}")).all()


def _counted_again(exchange: Exchange, engine: sa.Engine) -> Mapping[str, Counts]:
    """What the reference merge makes of all batches so far, of the last one."""
    merge = ReferenceMerge(exchange.contract)
    with engine.connect() as connection:
        rows = connection.execute(sa.text("select id, serial, number from hub.batch order by serial")).all()
        found = [Batch(r.id, r.serial, r.number, None, None, None, batches.pages_of(connection, r.id)) for r in rows]
    counts: Mapping[str, Counts] = {}
    for batch in found:
        counts = merge.apply(staged_again(exchange.validator, batch))
    return counts


@pytest.mark.parametrize("reserved", [False, True])
def test_every_word_of_sql_may_be_the_name_of_a_field(engine: sa.Engine, tmp_path: Path, reserved: bool) -> None:
    """A field called user, order or end passed the lint and could never be synced. Datasets may be called so too.

    The declared suite, which takes a second for a hundred rules, sees the words that need quotes.
    """
    query = "select word from pg_get_keywords() where :all or catcode in ('R', 'T') order by word"
    with engine.connect() as connection:
        words = list(connection.scalars(sa.text(query), {"all": not reserved}))
    assert len(words) > (90 if reserved else 400)
    path = tmp_path / "words.odcs.yaml"
    path.write_text(written(words, "user", "order", "table", "left" if reserved else "timestamp"), encoding="utf-8")
    contract = load_contract(path)

    assert {*words} == {each.name for each in contract.datasets[0].fields}
    assert [] == [*lint(contract), *lint_engines(contract)]
    walked(engine, contract, tmp_path / "landing", suite=reserved)


def test_names_of_58_characters(engine: sa.Engine, tmp_path: Path) -> None:
    """PostgreSQL cuts names at 63 bytes: of checks, indexes and stage tables too, which are composed of others."""
    long = [f"{'truong' * 9}_{n:03}" for n in range(20)]
    assert {58} == {len(each) for each in long}
    path = tmp_path / "words.odcs.yaml"
    path.write_text(written(long, f"{'b' * 57}x", f"{'b' * 57}y", long[0], long[1]), encoding="utf-8")
    contract = load_contract(path)

    walked(engine, contract, tmp_path / "landing")
    with engine.connect() as connection:
        names = list(connection.scalars(sa.text("select conname from pg_constraint where contype = 'c'")))
    assert len(names) == len(set(names))
    assert max(map(len, names)) == 63
