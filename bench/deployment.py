"""A deployment for measuring: the shipped contracts and code lists, and the systems of the comparisons."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import psycopg
import yaml

from bench.births import COLUMNS
from hub.core.settings import ROOT
from hub.local.embedded import EmbeddedServer

HCMC = ROOT / "deployments" / "hcmc"
STORE = "bench_store"
DUMP_STREAM, STORE_STREAM = "register-dump.birth", "digitised-store.birth"
READER = {"username": "bench-reader", "password": "bench-reader"}


def make(folder: Path, dump: Path, store: str = "") -> Mapping[str, str]:
    """Write the deployment; return the environment in which `hub` uses it. `dump` lies in a folder of its own."""
    systems = folder / "systems"
    systems.mkdir(parents=True, exist_ok=True)
    shipped = yaml.safe_load((HCMC / "deployment.yaml").read_text(encoding="utf-8"))
    head = {name: shipped[name] for name in ("name", "title", "timezone", "lists")}
    head["as_of"] = shipped["as_of"].isoformat()
    (folder / "deployment.yaml").write_text(yaml.safe_dump(head, allow_unicode=True), encoding="utf-8")
    reference = folder / "reference"
    if not reference.exists():
        reference.symlink_to(HCMC / "reference")
    described = {"register-dump": _dump(dump)}
    if store:
        described["digitised-store"] = _store(store)
        if not (systems / "digitised-store").exists():
            (systems / "digitised-store").symlink_to(HCMC / "systems" / "digitised-store")
    for name, about in described.items():
        whole = {"system": name, "title": name, "owner": "bench", "schedule": "@daily", "contracts": ["birth"], **about}
        (systems / f"{name}.yaml").write_text(yaml.safe_dump(whole, allow_unicode=True), encoding="utf-8")
    secrets = folder / "secrets.json"
    secrets.write_text(json.dumps(dict.fromkeys(described, READER)), encoding="utf-8")
    secrets.chmod(0o600)
    return {"HUB_DEPLOYMENT": str(folder), "HUB_SECRETS_FILE": str(secrets), "HUB_SCENARIO": "bench"}


def environment(folder: Path, dump: Path, url: str, store: str = "") -> Mapping[str, str]:
    """The environment in which `hub` loads a dump, or a store, into a database; the deployment is made in `folder`."""
    apart = folder / "dump" / dump.name
    apart.parent.mkdir()
    apart.hardlink_to(dump)
    home = {"HUB_HOME": str(folder / "home"), "HUB_DATABASE_URL": url}
    return {**make(folder / "deployment", apart, store), **home}


def _dump(file: Path) -> dict[str, object]:
    options = {"files": {"birth": file.name}, "manifests": False, "settle_s": 0.1}
    return {
        "dialect": "register_dumps",
        "address": file.parent.absolute().as_uri(),
        "overlap": "1d",
        "options": options,
    }


def _store(address: str) -> dict[str, object]:
    shipped = yaml.safe_load((HCMC / "systems" / "digitised-store.yaml").read_text(encoding="utf-8"))
    options = {name: value for name, value in shipped["options"].items() if name not in ("years", "kept", "tables")}
    return {
        "dialect": "digitised_store",
        "address": address,
        "overlap": "1d",
        "options": {**options, "tables": {"birth": "HT_KHAISINH"}},
    }


def fill_store(server: EmbeddedServer, csv: Path) -> str:
    """A contractor's database with the births of a CSV, made anew; its URL without a login. `READER` may SELECT.

    The change time is a time without a zone, and the rows have an index in the order of reading.
    """
    server.drop(STORE)
    owner = server.ensure(STORE, "bench-store", "bench-store", readers={READER["username"]: READER["password"]})
    map_ = yaml.safe_load((HCMC / "systems" / "digitised-store" / "birth.yaml").read_text(encoding="utf-8"))
    column_of = {field: column for field, column in map_["fields"].items() if column}
    texts = [column for column in column_of.values() if column != "NgayCapNhat"]
    with psycopg.connect(owner) as connection:
        run = connection.execute
        wire = ", ".join(f'"{name}" text' for name in COLUMNS)
        run(f"create temp table given ({wire})".encode())
        with connection.cursor().copy("copy given from stdin (format csv, header)") as target, csv.open("rb") as file:
            while part := file.read(1 << 20):
                target.write(part)
        columns = ", ".join(f'"{name}" text' for name in texts)
        run(f'create table "HT_KHAISINH" ({columns}, "NgayCapNhat" timestamp, "TinhTrangID" smallint)'.encode())
        given = [(field, column_of[field]) for field in COLUMNS if column_of.get(field) in texts]
        run(
            f"""insert into "HT_KHAISINH" ({", ".join(f'"{column}"' for _, column in given)}, "NgayCapNhat", "TinhTrangID")
                select {", ".join(f'"{field}"' for field, _ in given)},
                       cast("ngayCapNhat" as timestamptz) at time zone 'Asia/Ho_Chi_Minh', 7 from given""".encode()
        )
        run(
            """create table "DM_NOIDANGKY" as select distinct "noiDangKy" as "Ma", "noiDangKy" as "IDMap",
               cast(null as text) as "MaCapCha" from given"""
        )
        run('create unique index on "HT_KHAISINH" ("NgayCapNhat", "ID")')
        run(f'grant select on all tables in schema public to "{READER["username"]}"'.encode())
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("vacuum analyze")
    return f"postgresql://127.0.0.1:{server.port}/{STORE}"
