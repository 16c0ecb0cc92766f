"""Registers with a desk that asks, and the feed of `tests/hub/feeds/city.py`. All people are synthetic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest
import sqlalchemy as sa

from hub.answers.disclosure.disclosure import Disclosure
from hub.recall.recalls import RecallRound, look
from tests.hub import registers
from tests.hub.answers.builders import small_hub
from tests.hub.in_force import put_in_force
from tests.hub.registers import KEYS, NOW

contracts = registers.contracts
engine = registers.engine
folder = registers.folder
put = registers.put
units = registers.units


@pytest.fixture
def disclosure(engine, contracts, folder) -> Disclosure:
    """The way out over the registers."""
    hub = small_hub(engine, contracts, folder)
    put_in_force(hub)
    return Disclosure.of(hub)


@pytest.fixture
def correct(engine) -> Callable[..., None]:
    """Correct a birth: what it was goes into history, a batch brings what it is."""
    days = count(1)

    def correct(key: str, *, content: bool = True) -> None:
        with engine.begin() as connection:
            number = next(days)
            at = NOW - timedelta(days=20 - number)
            given = {"key": key, "at": at, "known": NOW - timedelta(hours=12 - number)}
            if not content:  # only its change time moves on
                connection.execute(sa.text("update warehouse.birth set _version = :at where _key = :key"), given)
                return
            serial = connection.scalar(
                sa.text("""
                    insert into hub.batch (id, run, stream, epoch, number, previous, state, contract_version, landed_at,
                                           settled_at, changed, least_key, greatest_key)
                    select md5(random()::text), id, stream, 1, 1, md5(random()::text), 'applied', '1', :known, :known, true,
                           :key, :key
                    from hub.run where id = 'run-birth' returning serial"""),
                given,
            )
            columns = list(
                connection.scalars(
                    sa.text("""
                        select quote_ident(column_name) from information_schema.columns
                        where table_schema = 'warehouse' and table_name = 'birth' and column_name <> '_seen'""")
                )
            )
            listed = ", ".join(columns)
            connection.execute(
                sa.text(f"""
                    insert into history.birth ({listed}, _known_to, _end)
                    select {listed}, :known, 'superseded' from warehouse.birth where _key = :key"""),
                given,
            )
            connection.execute(
                sa.text("""
                    update warehouse.birth set _version = :at, _known_from = :known, _batch = :serial,
                           _hash = sha256(_hash || 'x'::bytea), nks_que_quan = 'Long An' where _key = :key"""),
                {**given, "serial": serial},
            )

    return correct


@pytest.fixture
def looked(engine, contracts) -> Callable[[], RecallRound]:
    """Look for corrections."""
    return lambda: look(engine, contracts, KEYS, NOW + timedelta(days=100))
