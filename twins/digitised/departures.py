"""Rows of the store of digitised books that are deleted, restored or rekeyed, as `twins.departures` says."""

from __future__ import annotations

import psycopg
from psycopg import sql

from twins.departures import Departed
from twins.digitised.store import FINISHED, READ, TABLES


def depart(
    url: str, register: str, what: str, count: int, seed: int, *, silent: bool, years: tuple[int, int] = READ
) -> Departed:
    """Let rows that are read leave the store, come back, or have another ID.

    `url` is of the owner of its database; `years` are those of the books that are read. A change time that is not kept
    is the server's present one, in local time.

    Raises:
        ValueError: there are fewer rows.
    """
    table = TABLES[register]
    with psycopg.connect(url) as owner:
        columns = [
            name
            for (name,) in owner.execute(
                "select column_name from information_schema.columns where table_name = %s order by ordinal_position",
                [table],
            )
        ]
        times = '"NgayCapNhat"' if silent else "date_trunc('second', now() at time zone 'Asia/Ho_Chi_Minh')"
        values = sql.SQL(", ").join(
            sql.SQL(times) if name == "NgayCapNhat" else sql.Identifier(name) for name in columns
        )
        given = {
            "t": sql.Identifier(table),
            "gone": sql.Identifier(f"{table}_gone"),
            "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
            "values": values,
            "time": sql.SQL(times),
            "read": sql.SQL(
                f'"TinhTrangID" in {FINISHED} and "NamMoSo" between {years[0]} and {years[1]} and "NgayCapNhat" is not null'
            ),
            "seed": sql.Literal(f" {seed}"),
            "count": sql.Literal(count),
        }
        owner.execute(sql.SQL("create table if not exists {gone} (like {t})").format(**given))
        done = [(_text(old), _text(new)) for old, new in owner.execute(sql.SQL(_STATEMENTS[what]).format(**given))]
        if len(done) != count:
            raise ValueError(f"{count} rows were asked for, and there are {len(done)}")
    return done


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


_STATEMENTS = {
    "deleted": """
        with chosen as (select "ID" from {t} where {read} order by md5("ID" || {seed}) limit {count}),
             left_now as (delete from {t} using chosen where {t}."ID" = chosen."ID" returning {t}.*)
        insert into {gone} select * from left_now returning "ID", null""",
    "restored": """
        with chosen as (select "ID" from {gone} order by md5("ID" || {seed}) limit {count}),
             back as (delete from {gone} using chosen where {gone}."ID" = chosen."ID" returning {gone}.*)
        insert into {t} ({columns}) select {values} from back returning null, "ID"
    """,
    "rekeyed": """
        with chosen as (select "ID" as old, row_number() over (order by md5("ID" || {seed})) as n
                        from (select * from {t} where {read} order by md5("ID" || {seed}) limit {count}) s),
             most as (select greatest((select max("ID") from {t}), coalesce((select max("ID") from {gone}), 0)) as id)
        update {t} set "ID" = most.id + chosen.n, "NgayCapNhat" = {time} from chosen, most where {t}."ID" = chosen.old
        returning chosen.old, {t}."ID"
    """,
}
