"""dlt's loader with zeep in front of it: births from the registry's SOAP service into PostgreSQL, merged on the id.

    PEERS/bin/python bench/peers/dlt_soap.py DATABASE_URL SERVICE_URL WSDL LOGIN.json FIRST_DAY LAST_DAY FOLDER

Runs in the peers' environment and imports nothing of the hub. It is what an engineer would write instead: zeep makes
the call and reads the reply, dlt follows the change time by days and merges. LOGIN.json holds username, password, and
`now`: the time on the service's clock, which dates the tokens. Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}

import dlt
import zeep
from dated_token import DatedToken

PAGE = 1000
"""Ids a call: the most that the service takes."""


def main(url: str, address: str, wsdl: str, login: Path, first: str, last: str, folder: Path) -> None:
    """Load once; print what it took."""
    os.environ["DLT_DATA_DIR"] = str(folder)
    known = json.loads(login.read_text())
    token = DatedToken(known["username"], known["password"], datetime.fromisoformat(known["now"]))
    client = zeep.Client(wsdl, wsse=token)
    service = client.create_service(next(iter(client.wsdl.bindings)), address)

    @dlt.resource(name="birth", primary_key="id", write_disposition="merge")
    def birth(changed=dlt.sources.incremental("ngayCapNhat", initial_value=first)) -> Iterator[object]:
        day, end = date.fromisoformat(str(changed.start_value)[:10]), date.fromisoformat(last)
        while day <= end:
            listed = service.dsHoSoDangKy(module="KS", ngayCapNhat=day)
            held = listed if isinstance(listed, list) else (listed and listed["hoSo"]) or []
            ids = [each["id"] for each in held]
            for start in range(0, len(ids), PAGE):
                chunk = {"id": ids[start : start + PAGE]}
                reply = service.traDanhSachHoSo(maTinh="79", module="KS", dsMaHoSo=chunk)
                yield [_row(each) for each in reply["hoSo"] or []]
            day += timedelta(days=1)

    pipeline = dlt.pipeline(
        "wire",
        destination=dlt.destinations.postgres(credentials=url),
        dataset_name="wire",
        pipelines_dir=str(folder / "pipelines"),
    )
    pipeline.run(birth(), loader_file_format="csv")
    with pipeline.sql_client() as client, client.execute_query("select count(*) from birth") as cursor:
        rows = cursor.fetchone()[0]
    print(json.dumps({"rows": rows, "version": f"dlt {dlt.__version__} + zeep {zeep.__version__}"}), flush=True)


def _row(held: zeep.xsd.CompoundValue) -> dict[str, str | None]:
    """The one record of an element, as texts."""
    [record] = filter(None, held.__values__.values())
    return {name: None if value is None else str(value) for name, value in record.__values__.items()}


if __name__ == "__main__":
    url, address, wsdl, login, first, last, folder = sys.argv[1:]
    main(url, address, wsdl, Path(login), first, last, Path(folder))
