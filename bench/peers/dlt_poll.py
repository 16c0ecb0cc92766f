"""dlt's incremental poll of a twin, over REST or SOAP: what an engineer would write instead. A cold process a poll.

    PEERS/bin/python bench/peers/dlt_poll.py rest DATABASE_URL ADDRESS SECRETS.json SYSTEM FOLDER
    PEERS/bin/python bench/peers/dlt_poll.py soap DATABASE_URL ADDRESS SECRETS.json SYSTEM FOLDER WSDL FIRST_DAY NOW

Runs in the peers' environment and imports nothing of the hub. REST is dlt with requests, SOAP dlt with zeep. The first
poll of a folder loads everything; a later one asks from dlt's cursor on. Nothing is validated or kept as received.
`NOW` is the twins' clock as ISO time: it dates the UsernameToken and ends the days that are asked for. Prints one JSON
object.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}

import dlt

MOST = 500
"""Dossiers a page; records a call of the registry are twice as many."""


def rest(address: str, secret: dict[str, str]) -> Any:
    """Dossiers of a district, with their children as dlt's child tables."""
    import requests

    names = {"AccessKey": "access_key", "SecretKey": "secret_key", "AppName": "app_name", "PartnerCode": "partner_code"}
    parts = {name: secret[key] for name, key in names.items()}
    parts["PartnerCodeCus"] = secret.get("partner_code_cus") or parts["PartnerCode"]
    session = requests.Session()

    @dlt.resource(name="dossier", primary_key="MaHoSo", write_disposition="merge")
    def dossier(
        changed: Any = dlt.sources.incremental("NgayCapNhat", initial_value="20000101000000"),
    ) -> Iterator[object]:
        client = (secret["client_id"], secret["client_secret"])
        granted = session.post(f"{address}/token", data={"grant_type": "client_credentials"}, auth=client, timeout=60)
        session.headers.update(
            {
                "Authorization": f"Bearer {granted.json()['access_token']}",
                "lgspaccesstoken": base64.b64encode(json.dumps(parts).encode()).decode(),
            }
        )
        asked, more = {"tuNgay": changed.start_value, "soLuong": str(MOST)}, True
        while more:
            reply = session.get(f"{address}/DongBoHoSoMC", params=asked, timeout=60).json()
            if reply["result"]:
                last = reply["result"][-1]
                asked |= {"tuNgay": last["NgayCapNhat"], "sauMaHoSo": last["MaHoSo"]}
                yield reply["result"]
            more = reply["hasMore"]

    return dossier()


def soap(address: str, secret: dict[str, str], wsdl: str, first: str, now: str) -> Any:
    """Births of the registry, day by day."""
    import zeep
    from dated_token import DatedToken

    moment = dt.datetime.fromisoformat(now)
    token = DatedToken(secret["username"], secret["password"], moment)
    client = zeep.Client(wsdl, wsse=token)
    service = client.create_service(next(iter(client.wsdl.bindings)), address)

    @dlt.resource(name="birth", primary_key="id", write_disposition="merge")
    def birth(
        changed: Any = dlt.sources.incremental("ngayCapNhat", initial_value=first),
    ) -> Iterator[object]:
        # The registry lists whole days. dlt asks from the last record's day on; the hub a day before it as well.
        day = dt.date.fromisoformat(str(changed.start_value)[:10])
        while day <= moment.astimezone(dt.timezone(dt.timedelta(hours=7))).date():
            listed = service.dsHoSoDangKy(module="KS", ngayCapNhat=day)
            held = listed if isinstance(listed, list) else (listed["hoSo"] if listed else None)
            ids = [each["id"] for each in held or []]
            for start in range(0, len(ids), 2 * MOST):
                asked = {"id": ids[start : start + 2 * MOST]}
                reply = service.traDanhSachHoSo(maTinh="79", module="KS", dsMaHoSo=asked)
                rows = []
                for each in reply["hoSo"] or []:
                    record = next(value for value in each.__values__.values() if value is not None)
                    fields = record.__values__.items()
                    rows.append({name: None if value is None else str(value) for name, value in fields})
                yield rows
            day += dt.timedelta(days=1)

    return birth()


def main(wire: str, url: str, address: str, secrets: str, system: str, folder: str, *more: str) -> None:
    """Poll once; print what came."""
    os.environ["DLT_DATA_DIR"] = folder
    secret = json.loads(Path(secrets).read_text())[system]
    records = {"rest": rest, "soap": soap}[wire](address, secret, *more)
    pipeline = dlt.pipeline(
        f"poll_{wire}",
        destination=dlt.destinations.postgres(credentials=url),
        dataset_name=f"poll_{wire}",
        pipelines_dir=str(Path(folder) / "pipelines"),
    )
    pipeline.run(records, loader_file_format="csv")
    trace = pipeline.last_trace.last_normalize_info
    counts = trace.row_counts if trace else {}
    table = {"rest": "dossier", "soap": "birth"}[wire]
    print(json.dumps({"rows": counts.get(table, 0), "version": dlt.__version__}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
