"""Server time of the workbench's pages over a city that `hub run` or `hub sync` has loaded.

    python -m bench.workbench [--times N]        HUB_HOME, HUB_RECORDS ... say which city, as for hub

Each page is asked for so many times, one after another, as the auditor of the scenario (the administrator for the
accounts); the first time of each is apart, because it fills the caches. Measured is the application with its database, without
socket and TLS. Prints percentiles in milliseconds and writes bench/workbench.json. The promise: the 95th of each below
200 ms at a million records.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from typing import Any

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table
from starlette.testclient import TestClient

from hub.app import open_hub
from hub.core.settings import ROOT
from hub.demonstration import showcase_people
from hub.operations import daily
from service.workbench.app import PAGES, create_workbench

PROMISED_MS = 200
COUNTED = ("birth", "death", "marriage", "recognition", "dossier")


def measured(times: int) -> dict[str, Any]:
    """Percentiles by page, and what the city holds."""
    with open_hub() as hub:
        daily.trends(hub)
        daily.indicators(hub)
        showcase_people.signed_in_as(hub)
        password = (hub.scenario.folder / showcase_people.FILE).read_text(encoding="utf-8").strip()
        with hub.engine.connect() as connection:
            records = {name: connection.scalar(sa.text(f"select count(*) from warehouse.{name}")) for name in COUNTED}
            one = connection.execute(
                sa.text("""select (select id from hub.run order by started_at desc limit 1),
                           (select min(id) from hub."case"), (select min(id) from hub.finding)""")
            ).one()
        paths = [each.path for each in PAGES if each.show and each.right and "{" not in each.path]
        single = zip(("/runs/{}", "/cases/{}", "/findings/{}"), one, strict=True)
        paths += [path.format(there) for path, there in single if there is not None]
        paths += [
            "/datasets/birth",
            "/datasets/dossier",
            "/systems/moj-registry",
            "/indicators/2.1",
            "/indicators/online-share",
        ]
        app = create_workbench(hub, secure=False)
        clients = {login: TestClient(app, follow_redirects=False) for login in ("kiemtra", "quantri")}
        for login, client in clients.items():
            done = client.post("/signin", data={"login": login, "password": password})
            assert done.status_code == 303, f"{login}: {done.status_code}"
        pages = {}
        for path in paths:
            client = clients["quantri" if path == "/accounts" else "kiemtra"]
            pages[path.split("/")[1] + ("/…" if path.count("/") > 1 else "")] = _percentiles(client, path, times)
    return {"records": records, "times": times, "promised_ms": PROMISED_MS, "pages": pages}


def _percentiles(client: TestClient, path: str, times: int) -> dict[str, float]:
    spent = []
    for _ in range(times + 1):
        began = time.perf_counter()
        answer = client.get(path)
        spent.append(1000 * (time.perf_counter() - began))
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
    first, *rest = spent
    cuts = statistics.quantiles(rest, n=100, method="inclusive")
    return {"first": round(first, 1), "p50": round(cuts[49], 1), "p95": round(cuts[94], 1), "p99": round(cuts[98], 1)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.workbench")
    parser.add_argument("--times", type=int, default=50)
    found = measured(parser.parse_args().times)
    table = Table(title=f"Workbench, ms a page; {sum(found['records'].values()):,} records")
    for name in ("page", "first", "p50", "p95", "p99", "holds"):
        table.add_column(name, justify="left" if name == "page" else "right")
    for page, cuts in found["pages"].items():
        table.add_row(
            page or "today", *(str(value) for value in cuts.values()), "yes" if cuts["p95"] < PROMISED_MS else "NO"
        )
    Console(width=100).print(table)
    (ROOT / "bench" / "workbench.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
