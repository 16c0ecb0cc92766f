"""The city's evidence at a size: tables, births, and the people among them who are asked about."""

from __future__ import annotations

from datetime import timedelta

import rich
import sqlalchemy as sa

from hub.app import Hub
from hub.evidence import indexes
from hub.load.warehouse import ensure_tables

SAMPLE = 2_000
"""People who are asked about; their look-up values are real ones, spread over all entries."""


def prepare(hub: Hub) -> None:
    """Empty tables, and streams that were read a minute ago."""
    with hub.engine.begin() as connection:
        for name in ("birth", "marriage", "recognition", "death", "dossier"):
            ensure_tables(connection, hub.contracts[name])
        for name in ("birth", "death", "marriage"):
            stream = {"id": f"moj-registry.{name}", "contract": name, "at": hub.scenario.now() - timedelta(minutes=1)}
            connection.execute(
                sa.text("insert into hub.stream (id, system, contract) values (:id, 'moj-registry', :contract)"), stream
            )
            connection.execute(
                sa.text("""
                insert into hub.run (id, stream, epoch, mode, started_at, ended_at) values (:id, :id, 1, 'full', :at, :at)"""),
                stream,
            )


def grow(hub: Hub, held: int, size: int) -> None:
    """Births up to a size. Only what a question looks at is filled; the columns, checks and indexes are those of the warehouse."""
    rich.print(f"growing to {size:,} …")
    with hub.engine.begin() as connection:
        connection.execute(
            sa.text(
                """
            insert into warehouse.birth (_system, _key, _version, _hash, _known_from, _batch, _landing, _row, id, ma_don_vi, ngay_cap_nhat, so, quyen_so,
                                         ngay_dang_ky, noi_dang_ky, nks_ho_ten, nks_gioi_tinh, nks_ngay_sinh, nks_so_ddcn, nks_so_ddcn_hmac)
            select 'moj-registry', i::text, now(), decode(md5(i::text), 'hex'), cast(:at as timestamptz), 1, 1, 1, i::text, '760', now(), (1 + i % 200)::text,
                   i / 200 || '/' || 1990 + i / 200 % 30, '2015-01-01', '760', 'Nguyễn Văn ' || i, '1', (1950 + i % 70) || '-01-01', lpad(i::text, 12, '0'),
                   decode(md5('x' || i), 'hex') from generate_series(cast(:first as bigint), cast(:last as bigint)) i""".replace(
                    "::", "\\:\\:"
                )
            ),
            {"at": hub.scenario.now() - timedelta(days=1), "first": held + 1, "last": size},
        )
        every = size // SAMPLE
        asked = [
            {"key": str(n * every), "lookup": bytes.fromhex(hub.keys.lookup(str(n * every).zfill(12)))}
            for n in range(1, SAMPLE + 1)
        ]
        connection.execute(
            sa.text(
                "update warehouse.birth set nks_so_ddcn_hmac = :lookup where _key = :key and _system = 'moj-registry'"
            ),
            asked,
        )
    indexes.build(hub.engine, hub.contracts)
    with hub.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("vacuum (analyze) warehouse.birth"))


def numbers_asked(hub: Hub) -> list[str]:
    """Personal numbers of the people who are asked about, spread over all births."""
    with hub.engine.connect() as connection:
        largest = int(connection.scalar(sa.text("select count(*) from warehouse.birth")) or 0)
    return [str(n * (largest // SAMPLE)).zfill(12) for n in range(1, SAMPLE + 1)]
