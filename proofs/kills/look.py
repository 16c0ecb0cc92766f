"""What a state folder holds after a run, as one JSON object: `python -m proofs.kills.look`, with the settings of the run.

{"doctor": checks that fail, "stage": tables, "batches": those that wait or are held, "databases": names, "tables": name -> [rows,
digest], "cases": table -> open ones, "unreferred": landed files that no row names}
"""

from __future__ import annotations

import json
import sys
from typing import Any

import sqlalchemy as sa

from hub.app import Hub, open_hub
from hub.operations.digest import digests
from hub.operations.doctor import examine


def look(hub: Hub) -> dict[str, Any]:
    """The state of a hub."""
    with hub.engine.connect() as connection:

        def rows(query: str) -> list[Any]:
            return [list(row) for row in connection.execute(sa.text(query))]

        named = {digest for (digest,) in rows("select sha256 from hub.landing")}
        named |= {name for both in rows("select contract, deployment from hub.basis") for name in both}
        found = {
            "stage": [n for (n,) in rows("select tablename from pg_tables where schemaname = 'stage'")],
            "batches": rows(
                "select stream, state, left(id, 12) from hub.batch where state not in ('applied', 'discarded')"
            ),
            "databases": [
                n for (n,) in rows("select datname from pg_database where not datistemplate and datname <> 'postgres'")
            ],
            "cases": dict(rows("select dataset, count(*) from hub.\"case\" where state = 'open' group by 1")),
            "unreferred": sum(path.stem not in named for path in hub.landing.folder.glob("??/*.page")),
        }
    found["doctor"] = [f"{each.check}: {each.detail}" for each in examine(hub) if not each.ok]
    found["tables"] = {
        each.table: [each.rows, each.digest] for each in digests(hub.engine, iter(hub.contracts.values()))
    }
    return found


def main() -> None:
    """Look, and print."""
    with open_hub() as hub:
        json.dump(look(hub), sys.stdout)


if __name__ == "__main__":
    main()
